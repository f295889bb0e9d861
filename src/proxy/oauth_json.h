/* SPDX-License-Identifier: MPL-2.0 */
/* Members of a JSON object, as token endpoints answer (RFC 6749 section 5). */
#pragma once

#include "base/secret.h"

/* The member @name of the object @json, if it is a string or a number, as text; NULL if it is
 * missing, something else, or if what comes before it is no JSON. */
BaseSecretString *oauth_json_get(BaseBytes json, const char *name);
