/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses of the how-to pages: (sending program, receiving program, state) -> URL. */
#pragma once

#include "base/bytes.h"

#define POLICY_HOWTO_BASE "http://127.0.0.1:8025"

/* @base without a slash at its end, NULL is POLICY_HOWTO_BASE; unknown programs (NULL) become
 * "any". BASE/how-to/encrypt/FROM/TO/STATE/; holds no address or name of a person. (transfer full)
 */
char *policy_howto_url(const char *base, const char *from, const char *to, const char *state);
