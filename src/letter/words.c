/* SPDX-License-Identifier: MPL-2.0 */
/* Encoded words as GMime can read them. */
#include "letter/words.h"

#include "base/base64.h"
#include "base/charset.h"
#include "letter/decode.h"

/* "=?" charset ["*" language] "?" encoding "?" text "?=", with blanks where none belong. */
#define WORD     "=\\?([^?\\s*]{1,40})(?:\\*[^?\\s]{0,40})?\\?([bBqQ])\\?([^?\\r\\n]{0,4000})\\?="

#define JAPANESE "iso-2022-jp" /* each word is whole, and always base64 (RFC 1468) */

static void
append_octet(GString *out, uint8_t c)
{
	if (g_ascii_isalnum(c)) {
		g_string_append_c(out, (char)c);
	} else {
		g_string_append_printf(out, "=%02X", c);
	}
}

/* Everything but letters and digits is written in hexadecimal: what stands bare ("(", ":", a
 * blank) or without its padding is misread in some place or other. */
static void
append_quoted(GString *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		bool coded = *p == '=' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2]);
		if (*p == '_' || coded) {
			g_string_append_len(out, p, coded ? 3 : 1);
			p += coded ? 2 : 0;
		} else {
			append_octet(out, (uint8_t)*p);
		}
	}
}

static void
append_decoded(GString *out, const char *charset, const char *text)
{
	size_t n = 0;
	g_autofree uint8_t *octets = g_malloc(strlen(text) / 4 * 3 + 3);
	(void)base64_decode(base_bytes_str(text), false, octets, &n);
	bool japanese = g_ascii_strcasecmp(charset, JAPANESE) == 0;
	g_autofree char *utf8 = japanese ? letter_decode(base_bytes(octets, n), charset, n) : NULL;
	BaseBytes all = japanese ? base_bytes_str(utf8) : base_bytes(octets, n);
	g_string_append_printf(out, "=?%s?Q?", japanese ? "utf-8" : base_charset_iconv(charset));
	for (size_t i = 0; i < all.n; i++) {
		append_octet(out, all.p[i]);
	}
}

static gboolean
as_quoted(const GMatchInfo *match, GString *out, G_GNUC_UNUSED gpointer user)
{
	g_autofree char *said = g_match_info_fetch(match, 1);
	g_autofree char *encoding = g_match_info_fetch(match, 2);
	g_autofree char *text = g_match_info_fetch(match, 3);
	if (g_ascii_tolower(*encoding) == 'b') {
		append_decoded(out, said, text);
	} else {
		g_string_append_printf(out, "=?%s?Q?", base_charset_iconv(said));
		append_quoted(out, text);
	}
	g_string_append(out, "?=");
	return FALSE;
}

char *
letter_words_repair(const char *raw)
{
	static GRegex *word;
	if (g_once_init_enter(&word)) {
		g_once_init_leave(&word,
				  g_regex_new(WORD, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL));
	}
	char *repaired = g_regex_replace_eval(word, raw, -1, 0, 0, as_quoted, NULL, NULL);
	return repaired == NULL ? g_strdup(raw) : repaired;
}
