/* SPDX-License-Identifier: MPL-2.0 */
/* The one test header: GTest with the few helpers that every unit test wants. */
#pragma once

#include <glib.h>
#include <string.h>

/* g_assert_cmpmem() warns under -Wnonnull with gcc 12; this one does not and prints both sides. */
static inline void
t_assert_bytes(const void *got, size_t got_n, const void *want, size_t want_n)
{
	if (got_n != want_n || (want_n > 0 && memcmp(got, want, want_n) != 0)) {
		g_autofree char *g = g_strescape(g_strndup(got, MIN(got_n, 4000)), NULL);
		g_autofree char *w = g_strescape(g_strndup(want, MIN(want_n, 4000)), NULL);
		g_error("bytes differ: got %" G_GSIZE_FORMAT " \"%s\", want %" G_GSIZE_FORMAT
			" \"%s\"",
			got_n, g, want_n, w);
	}
}

#define T_ASSERT_STR_BYTES(bytes, string) \
	t_assert_bytes((bytes).p, (bytes).n, (string), strlen(string))
