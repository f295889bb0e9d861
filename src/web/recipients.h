/* SPDX-License-Identifier: MPL-2.0 */
/* Whom a letter is for, and whether it can be sealed to them. */
#pragma once

#include "letter/draft.h"
#include "web/desk.h"
#include "web/json.h"

/* All mailboxes of To, Cc and Bcc that can be read; of LetterMailbox. (transfer full) */
GPtrArray *web_names_of(const LetterDraft *letter);
/* {"address","name","state","state_text","ready","reasons","sentence","fingerprint","program",
 * "looks_like","how_to"} (transfer full) */
JsonObject *web_recipient_json(const WebSite *site, const PsRecipient *recipient,
			       const GPtrArray *names);
