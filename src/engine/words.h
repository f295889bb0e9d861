/* SPDX-License-Identifier: MPL-2.0 */
/* Marks for xgettext, and the look-up of a translation. <glib/gi18n-lib.h> casts const away. */
#pragma once

#include <glib.h>

#define WORDS_DOMAIN "postseal"
#define N_(text)     text
#define _(text)      g_dgettext(WORDS_DOMAIN, text)
