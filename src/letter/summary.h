/* SPDX-License-Identifier: MPL-2.0 */
/* What a list shows of a message: from its header alone. */
#pragma once

#include "base/bytes.h"
#include "letter/address.h"

typedef struct {
	GPtrArray *from; /* of LetterMailbox; of all From fields if a hostile message has several */
	GPtrArray *to;
	GPtrArray *cc;
	GPtrArray *reply_to;
	char *subject;    /* fit to be shown; "" if there is none */
	gint64 date;      /* of the Date field, seconds since 1970; 0 if it cannot be read */
	char *message_id; /* "<...>"; NULL if there is none */
	bool attachments; /* the root is multipart/mixed: a guess */
	bool sealed;      /* the root is an encrypted S/MIME message (application/pkcs7-mime) */
} LetterSummary;

/* @octets: a header or a whole message; never fails: what cannot be read is empty. (transfer full)
 */
LetterSummary *letter_summary_new(BaseBytes octets);
void letter_summary_free(LetterSummary *summary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LetterSummary, letter_summary_free)
