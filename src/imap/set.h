/* SPDX-License-Identifier: MPL-2.0 */
/* Sequence sets: "1:5,7,10:*" (RFC 9051 section 9, sequence-set). */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct ImapSet ImapSet;

/* PS_ERROR_MALFORMED; PS_ERROR_LIMIT over 100,000 ranges. */
ImapSet *imap_set_parse(BaseBytes text, GError **error);
ImapSet *imap_set_new(void);
void imap_set_add(ImapSet *set, guint32 number);
/* @last is what "*" stands for. */
bool imap_set_contains(const ImapSet *set, guint32 number, guint32 last);
bool imap_set_is_empty(const ImapSet *set);
/* Ranges joined; "" if empty; (transfer full). */
char *imap_set_to_string(const ImapSet *set);
void imap_set_free(ImapSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapSet, imap_set_free)
