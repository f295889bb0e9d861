/* SPDX-License-Identifier: MPL-2.0 */
/* What a POP3 server answers: status lines and the lines of scan and unique-id listings. */
#pragma once

#include "base/bytes.h"

typedef enum {
	POP3_OK,
	POP3_ERR,
	POP3_CONTINUE, /* "+ ": more of an AUTH exchange is asked for */
} Pop3Status;

/* @text: what follows the status indicator; borrowed. false: @line is no response. */
bool pop3_response_parse(BaseBytes line, Pop3Status *status, BaseBytes *text);

/* "2 200 and more": a message and a size, of LIST and of STAT ("count octets"). */
bool pop3_sizes_parse(BaseBytes text, guint32 *number, guint64 *octets);

/* "2 QhdPYR:00WBw1Ph7x7": a message and its unique-id of 1 to 70 octets; borrowed. */
bool pop3_uidl_parse(BaseBytes text, guint32 *number, BaseBytes *id);
