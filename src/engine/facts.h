/* SPDX-License-Identifier: MPL-2.0 */
/* What a header says about a message, as plain facts for the policy tables. */
#pragma once

#include "mime/content_type.h"
#include "policy/pass.h"
#include "policy/program.h"

/* When the message came: the date of its topmost Received field, @now without one; never later than
 * @now. */
int64_t facts_received(const MimeHeader *header, int64_t now);

/* List-Id, List-Post or Precedence: list (RFC 2369, 2919). */
bool facts_is_list_mail(const MimeHeader *header);

/* multipart/report, or an answer that a machine wrote (RFC 3834): teaches nothing about a person's
 * key. */
bool facts_is_automatic(const MimeHeader *header);

/* A filter called it spam, or it failed the DMARC policy of its From (RFC 8601). A forged field of
 * this kind can only keep a key from being learned. */
bool facts_is_junk(const MimeHeader *header);

/* Why a message might pass untouched; everything but foreign_from. */
PolicyPassFacts facts_pass(const MimeHeader *header);

/* How a message is already protected. */
typedef enum {
	FACTS_OPEN,
	FACTS_SIGNED_SMIME,
	FACTS_SIGNED_OTHER, /* OpenPGP */
	FACTS_ENCRYPTED,    /* S/MIME or OpenPGP */
} FactsProtection;

FactsProtection facts_protection(const MimeHeader *header);

/* An invitation (RFC 5545 in text/calendar, or a part of it named in the header). */
bool facts_is_calendar(const MimeHeader *header);
/* "[PATCH ...]" in the Subject. */
bool facts_is_patch(const MimeHeader *header);

/* Which program wrote it; free the version. */
PolicyProgram facts_program(const MimeHeader *header);

/* RFC 5322 3.6.4: the Message-IDs of In-Reply-To, References and X-Forwarded-Message-Id, newest
 * first. (transfer full), of char *, angle brackets included, at most 100. */
GPtrArray *facts_answered(const MimeHeader *header);
/* Of In-Reply-To alone. (transfer full), as above. */
GPtrArray *facts_in_reply_to(const MimeHeader *header);
/* Those that are passed on: X-Forwarded-Message-Id and, of a redirect (Resent-*), its own
 * Message-ID. */
GPtrArray *facts_forwarded(const MimeHeader *header);
