/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What was found of messages, over a restart: the keywords that a mail program has seen must not be
 * gone because the daemon ended. Kept encrypted, as far as the account has keys.
 */
#pragma once

#include "proxy/house.h"

typedef struct Keywords Keywords;

Keywords *keywords_new(void);
void keywords_free(Keywords *keywords);

/* Brings back what was kept of @login, which its provider has accepted; once. */
void keywords_recall(House *house, const Login *login);
/* Keeps it, of all logins that were there. */
void keywords_write(House *house);
