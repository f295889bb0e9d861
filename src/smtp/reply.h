/* SPDX-License-Identifier: MPL-2.0 */
/* Replies (RFC 5321 section 4.2): the provider's, which may be hostile, and our own. */
#pragma once

#include "base/bytes.h"

#define SMTP_REPLY_LINES 128U /* of one reply */

typedef struct {
	guint code;       /* 200 to 599 */
	GPtrArray *lines; /* of char *: the text of each line, without control characters; at least
			     one */
} SmtpReply;

void smtp_reply_free(SmtpReply *reply);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpReply, smtp_reply_free)

typedef enum {
	SMTP_REPLY_MORE,
	SMTP_REPLY_READY,
	SMTP_REPLY_BROKEN, /* no SMTP reply, lines of different codes, too many or too long ones */
} SmtpReplyState;

typedef struct SmtpReplyReader SmtpReplyReader;

SmtpReplyReader *smtp_reply_reader_new(void);
void smtp_reply_reader_free(SmtpReplyReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpReplyReader, smtp_reply_reader_free)
/* Takes up to the end of one reply from @data: *@used octets. After BROKEN only free() is allowed.
 */
SmtpReplyState smtp_reply_feed(SmtpReplyReader *reader, BaseBytes data, size_t *used,
			       SmtpReply **out);

/* The class of the reply: 2, 3, 4 or 5. */
guint smtp_reply_class(const SmtpReply *reply);
/* The reply as it goes to the mail program. (transfer full) */
char *smtp_reply_to_string(const SmtpReply *reply);
/* In one line, for the log and for notices. (transfer full) */
char *smtp_reply_summary(const SmtpReply *reply);

/*
 * A reply of our own on the wire: @status is the enhanced code ("5.7.1", NULL for none) that each
 * line gets (RFC 2034 section 4). Long texts are folded at blanks, so that no line is over 512
 * octets. Without @utf8 what is not ASCII becomes "?"; (transfer full).
 */
char *smtp_reply_format(guint code, const char *status, const char *text, bool utf8);
