/* SPDX-License-Identifier: MPL-2.0 */
/* The keys of one's own accounts, for the rest of the engine. */
#pragma once

#include "engine/core.h"
#include "store/account.h"

/* Gives @address a new leaf under its root when two thirds
 * of the old one's life are over (design.md 3.1). Readers do not notice. Nothing happens for
 * imported keys, at a time that was set for judging, near the end of the root, or if the store
 * cannot be written. */
void accounts_renew_if_due(PsEngine *engine, const char *address);

/* PS_ERROR_EXISTS: there is an account of this address. */
bool accounts_is_free(PsEngine *engine, const char *address, GError **error);
