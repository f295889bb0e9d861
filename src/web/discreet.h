/* SPDX-License-Identifier: MPL-2.0 */
/* What people type in secret is taken out of JSON before a parser copies it, which wipes nothing.
 */
#pragma once

#include "base/secret.h"

/* Takes @word. */
typedef void (*WebKeepWord)(gpointer user, const char *name, BaseSecretString *word);

/*
 * Each member "passphrase" or "password" of @json that is a string: decoded for @keep, and blanked
 * there, so that a parser finds one as long. @json is ours alone and can be written.
 */
void web_discreet_take(GBytes *json, WebKeepWord keep, gpointer user);
