/* SPDX-License-Identifier: MPL-2.0 */
/* `postseal reopen`: sealed messages whose key came after they were first shown. */
#pragma once

#include "setup/setup.h"

/* What the wish and the configuration say of one run. */
typedef struct {
	const SetupPlace *place;
	const char *address;     /* as setup_reopen_account() gives it */
	const char *folder;      /* UTF-8 */
	const char *password;    /* the one that the mail program uses */
	PsProgressFunc progress; /* messages done and in all */
	gpointer user;
} SetupReopenWish;

typedef struct {
	guint looked_at; /* sealed messages in the folder that are not deleted */
	guint reopened;
	guint still_closed;
	guint errors;
	char *first_error; /* NULL: none */
} SetupReopened;

void setup_reopened_clear(SetupReopened *reopened);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SetupReopened, setup_reopened_clear)

/* The account of @address, or the only one (NULL), by its address. PS_ERROR_ARGUMENT says which
 * there are; PS_ERROR_NOT_FOUND, PS_ERROR_MALFORMED (configuration). (transfer full) */
char *setup_reopen_account(const SetupPlace *place, const char *address, GError **error);

/*
 * What a UID names never changes (RFC 9051 section 2.3.1.1), so what could not be opened at first
 * sight stays closed under its UID. Each such message that opens now is appended anew, with one
 * more field in front, flags and date as they are; the old one is marked as deleted once the server
 * has the new one. It may be interrupted and done again. A message that cannot be dealt with is
 * counted. PS_ERROR_UNAVAILABLE (no IMAP server, no such folder), PS_ERROR_PASSPHRASE, PS_ERROR_IO,
 * PS_ERROR_BUSY.
 */
bool setup_reopen(const SetupReopenWish *wish, SetupReopened *out, GError **error);
