/* SPDX-License-Identifier: MPL-2.0 */
/* The message itself, both ways (RFC 5321 sections 4.1.1.4 and 4.5.2). */
#pragma once

#include "base/sink.h"

typedef enum {
	SMTP_DATA_MORE,
	SMTP_DATA_END, /* CRLF "." CRLF came */
} SmtpDataState;

typedef enum {
	SMTP_DATA_GOOD,
	SMTP_DATA_BARE, /* a CR without LF, a line of one dot with an LF without CR: 554 5.6.0 */
	SMTP_DATA_LONG, /* more than the limit: 552 5.3.4 */
} SmtpDataFault;

/*
 * The message as it comes: only CRLF "." CRLF ends it, so that nobody takes LF "." LF for the end
 * and what follows for commands. Dots are unstuffed. After a fault the rest is passed over, to the
 * true end. Any other LF without CR, as scripts write it, becomes CRLF. Writes to @next (borrowed,
 * never finished).
 */
typedef struct SmtpData SmtpData;
SmtpData *smtp_data_new(BaseSink *next, guint64 max);
void smtp_data_free(SmtpData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpData, smtp_data_free)

/* Takes octets up to the end of the message: *@used. False only if @next fails. */
bool smtp_data_feed(SmtpData *data, BaseBytes octets, size_t *used, SmtpDataState *state,
		    GError **error);
SmtpDataFault smtp_data_fault(const SmtpData *data);

/* The way out: stuffs dots; finish() writes the CRLF that may be missing and "." CRLF, so that
 * exactly CRLF "." CRLF ends it. What is written must have no bare CR or LF. */
BaseSink *smtp_data_new_stuffer(BaseSink *next);
