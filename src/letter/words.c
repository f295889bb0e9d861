/* SPDX-License-Identifier: MPL-2.0 */
/* Encoded words as GMime can read them. */
#include "letter/words.h"

#include "base/base64.h"

/* "=?" charset "?B?" base64 padding "?=" before another one. */
#define PADDED "=\\?([^?\\s]{1,40})\\?[bB]\\?([A-Za-z0-9+/]{1,998}={1,2})\\?=(?=\\s+=\\?)"

static gboolean
as_quoted(const GMatchInfo *match, GString *out, G_GNUC_UNUSED gpointer user)
{
	g_autofree char *charset = g_match_info_fetch(match, 1);
	g_autofree char *text = g_match_info_fetch(match, 2);
	g_autoptr(GBytes) octets = base64_decode_bytes(base_bytes_str(text), false);
	BaseBytes decoded = base_bytes_of(octets);
	g_string_append_printf(out, "=?%s?Q?", charset);
	for (size_t i = 0; i < decoded.n; i++) {
		g_string_append_printf(out, "=%02X", decoded.p[i]);
	}
	g_string_append(out, "?=");
	return FALSE;
}

char *
letter_words_repair(const char *raw)
{
	static GRegex *padded;
	if (g_once_init_enter(&padded)) {
		g_once_init_leave(&padded,
				  g_regex_new(PADDED, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL));
	}
	char *repaired = g_regex_replace_eval(padded, raw, -1, 0, 0, as_quoted, NULL, NULL);
	return repaired == NULL ? g_strdup(raw) : repaired;
}
