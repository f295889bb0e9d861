/* SPDX-License-Identifier: MPL-2.0 */
/* What the daemon keeps of managed accounts, under HOME/oauth. */
#pragma once

#include "base/secret.h"
#include <postseal/engine.h>
#include <stdbool.h>

/* The refresh token, encrypted to the account, on the disk for good when it returns.
 * PS_ERROR_CREATE, PS_ERROR_UNAVAILABLE (no such account), PS_ERROR_IO. */
bool oauth_store_token(PsEngine *engine, const char *home, const char *address, const char *token,
		       GError **error);
/* Held while the token is exchanged for the next one: other processes of this home do it, too. -1
 * if there is no folder yet. Close it. */
int oauth_store_lock(const char *home, const char *address);
/* Whether there is one, good or not. */
bool oauth_has_token(const char *home, const char *address);
/* NULL: PS_ERROR_NOT_FOUND (nobody has logged in), PS_ERROR_UNAVAILABLE, PS_ERROR_MALFORMED. */
BaseSecretString *oauth_stored_token(PsEngine *engine, const char *home, const char *address,
				     GError **error);

/* The mail program's password: only a salted hash is kept, which is enough for one of 100 random
 * bits. PS_ERROR_CREATE. */
BaseSecretString *oauth_store_password(const char *home, const char *address, GError **error);
/* Whether there is one. */
bool oauth_stored_password(const char *home, const char *address);
/* Takes the same time whether it is nearly right or not. */
bool oauth_is_password(const char *home, const char *address, const char *password);
