/* SPDX-License-Identifier: MPL-2.0 */
/* The host of one URL; private to links.c. */
#pragma once

#include "base/bytes.h"

/* The host of the attribute value @value (character references in it, blanks around it) as a
 * browser would reach it; NULL if it is no http or https URL or has no usable host. @cut: the value
 * goes on, so that its host must end within @value. */
char *mime_url_host_html(BaseBytes value, bool cut);

/* The host of a plain-text URL, given what follows "//"; what cannot be part of a host ends it. */
char *mime_url_host_plain(BaseBytes rest);

/* Whether an octet ends the authority of a URL in plain text. */
bool mime_url_ends_plain(uint8_t c);
