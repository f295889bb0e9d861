/* SPDX-License-Identifier: MPL-2.0 */
/* The secret that programs of this person know: HOME/token. */
#pragma once

#include "base/error.h"
#include "base/secret.h"

/* The one that is there, or a new one: 64 hexadecimal digits. PS_ERROR_CREATE; PS_ERROR_MALFORMED
 * if the file holds something else or others may read it. */
BaseSecretString *web_token(const char *home, GError **error);
/* In a time that does not tell where they differ. @given may be NULL. */
bool web_token_matches(const char *token, const char *given);
