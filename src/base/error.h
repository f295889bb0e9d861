/* SPDX-License-Identifier: MPL-2.0 */
/* Errors: GError in the one domain PS_ERROR. */
#pragma once

#include <postseal/error.h>
#include <stdbool.h>

/* Sets @error and is false, so that a check is one line:
 * `return base_fail(error, PS_ERROR_MALFORMED, "…")`. The message is one sentence for a person,
 * without newline, secret or message content. */
bool base_fail(GError **error, PsError code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The same where NULL means failure. */
#define BASE_FAIL_NULL(error, code, ...) (base_fail((error), (code), __VA_ARGS__), NULL)
