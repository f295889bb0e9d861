/* SPDX-License-Identifier: MPL-2.0 */
/* `postseal login`: the person lets the daemon log in at a provider that wants OAuth2. */
#pragma once

#include "setup/setup.h"

typedef struct {
	const SetupPlace *place;
	const char *address;
	bool device;        /* by a code that is typed in on any device */
	bool only_password; /* another password for the mail program, and nothing else */
	/* Tells the person which address to open. @code is what to type there; NULL: nothing, and
	 * the browser must be one on this machine. */
	void (*show)(const char *url, const char *code, gpointer user);
	gpointer user;
} SetupLoginWish;

typedef struct {
	char *address;
	char *password; /* for the mail program; NULL: the one that it has stays */
} SetupLoggedIn;

void setup_logged_in_clear(SetupLoggedIn *in); /* wipes */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SetupLoggedIn, setup_logged_in_clear)

/*
 * Waits for the person, half an hour at most. Without a page for browsers in the configuration it
 * is the code. PS_ERROR_ARGUMENT (no address), PS_ERROR_NOT_FOUND, PS_ERROR_MALFORMED
 * (configuration), PS_ERROR_UNAVAILABLE (not a managed account, an option is missing, or the person
 * or the provider refused), PS_ERROR_BUSY (the time is over), PS_ERROR_IO, PS_ERROR_CREATE.
 */
bool setup_login(PsEngine *engine, const SetupLoginWish *wish, SetupLoggedIn *out, GError **error);
