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

/* Copies the account with every key that it has or had, for old mail too; nothing else. */
bool accounts_copy(Store *from, Store *to, const StoreAccount *account, GError **error);
