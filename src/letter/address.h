/* SPDX-License-Identifier: MPL-2.0 */
/* Mailboxes as people see and write them. */
#pragma once

#include "base/error.h"
#include <glib.h>

typedef struct {
	char *name;    /* UTF-8, decoded, fit to be shown (letter_text_clean()); "" if none */
	char *address; /* addr-spec, UTF-8; "" for the name of a group without members */
} LetterMailbox;

LetterMailbox *letter_mailbox_new(const char *name, const char *address);
void letter_mailbox_free(LetterMailbox *mailbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LetterMailbox, letter_mailbox_free)

/* The mailboxes of a field's value that somebody sent: never fails, groups are taken apart, at most
 * BASE_LIMIT_ADDRESSES; (transfer full), of LetterMailbox. */
GPtrArray *letter_addresses_read(const char *value);

/*
 * A list as a person types it: 'Bob <bob@example.org>, carol@example.net', also with ";" between.
 * Empty or NULL: no mailboxes. PS_ERROR_ARGUMENT names what is no address; domains may be in other
 * scripts. (transfer full), of LetterMailbox.
 */
GPtrArray *letter_addresses_parse(const char *list, GError **error);

/* 'Bob <bob@example.org>, "Miller, Ann" <ann@example.net>' in UTF-8, fit for a form; what
 * letter_addresses_parse() gives back; (transfer full). */
char *letter_addresses_format(const GPtrArray *mailboxes);

/* Whether both are the same mailbox: the domain without case, the local part, too (nobody tells
 * people apart by it). */
bool letter_address_equal(const char *a, const char *b);
/* The same text for the same mailbox, to look many of them up; NULL if @address is none; (transfer
 * full). */
char *letter_address_key(const char *address);
