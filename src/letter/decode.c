/* SPDX-License-Identifier: MPL-2.0 */
/* Octets as text. */
#include "letter/decode.h"

#include "base/charset.h"

#include <errno.h>

#define CHARSET_MAX 40U /* characters of a name */
#define REPLACEMENT "\xef\xbf\xbd"

/* Whether iconv may be asked: a name, and not one of its options. */
static bool
is_charset_name(const char *name)
{
	size_t n =
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");
	return n > 0 && n <= CHARSET_MAX && name[n] == '\0';
}

/* One octet of what cannot be read, replaced. */
static void
skip_octet(GString *out, gchar **in, gsize *left)
{
	g_string_append(out, REPLACEMENT);
	(*in)++;
	(*left)--;
}

static void
convert(GIConv converter, BaseBytes octets, GString *out)
{
	union {
		const uint8_t *given;
		gchar *wanted;
	} p = {.given = octets.p};

	gsize left = octets.n;
	while (left > 0) {
		gchar block[4096];
		gchar *to = block;
		gsize room = sizeof(block);
		gsize before = left;
		gsize r = g_iconv(converter, &p.wanted, &left, &to, &room);
		int why = errno;
		g_string_append_len(out, block, (gssize)(sizeof(block) - room));
		if (r == (gsize)-1 && (why != E2BIG || (before == left && room == sizeof(block)))) {
			skip_octet(out, &p.wanted, &left);
		}
	}
}

/* NUL would end the text before its time. */
static void
append_text(GString *out, const char *text, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		guchar c = (guchar)text[i];
		bool ends = c == '\r' && (i + 1 == n || text[i + 1] != '\n');
		if (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f)) {
			g_string_append_c(out, text[i]);
		} else if (ends) {
			g_string_append_c(out, '\n');
		} else if (c != '\r') {
			g_string_append(out, c == '\0' ? REPLACEMENT : " ");
		}
	}
}

static char *
utf8_of_charset(BaseBytes octets, const char *charset, gsize *n)
{
	bool plain = charset == NULL || !is_charset_name(charset) ||
		     g_ascii_strcasecmp(charset, "us-ascii") == 0 ||
		     g_ascii_strcasecmp(charset, "utf-8") == 0;
	bool named = charset != NULL && g_ascii_strcasecmp(charset, "utf-8") == 0;
	GIConv converter = plain ? (GIConv)-1 : g_iconv_open("UTF-8", base_charset_iconv(charset));
	if (converter == (GIConv)-1 && !named &&
	    !g_utf8_validate_len((const char *)octets.p, octets.n, NULL) &&
	    memchr(octets.p, '\0', octets.n) == NULL) {
		converter = g_iconv_open("UTF-8", "WINDOWS-1252");
	}
	GString *out = g_string_sized_new(octets.n);
	if (converter == (GIConv)-1) {
		g_string_append_len(out, (const char *)octets.p, (gssize)octets.n);
	} else {
		convert(converter, octets, out);
		(void)g_iconv_close(converter);
	}
	*n = out->len;
	return g_string_free(out, FALSE);
}

/* ISO-2022-JP as EUC-JP: what mail in Japan says has more characters (NEC's, "①") than iconv's
 * ISO-2022-JP. An escape names the set of what follows: @lead is what EUC puts before it. */
static GByteArray *
euc_of_jis(BaseBytes in)
{
	static const struct {
		const char *escape;
		guint size; /* octets of a character; 0: it is ASCII */
		uint8_t lead;
	} sets[] = {{"(B", 0, 0}, {"(J", 0, 0},    {"$B", 2, 0},
		    {"$@", 2, 0}, {"(I", 1, 0x8e}, {"$(D", 2, 0x8f}};

	GByteArray *out = g_byte_array_sized_new((guint)in.n);
	guint set = 0;
	for (size_t i = 0; i < in.n;) {
		size_t skip = 0;
		for (guint s = 0; in.p[i] == 0x1b && skip == 0 && s < G_N_ELEMENTS(sets); s++) {
			size_t n = strlen(sets[s].escape);
			bool found = in.n - i > n && memcmp(in.p + i + 1, sets[s].escape, n) == 0;
			skip = found ? n + 1 : 0;
			set = found ? s : set;
		}
		i += skip;
		if (skip > 0) {
			continue;
		}
		guint size = sets[set].size;
		bool whole =
			size > 0 && in.n - i >= size && in.p[i] > ' ' && in.p[i + size - 1] > ' ';
		if (whole && sets[set].lead != 0) {
			g_byte_array_append(out, &sets[set].lead, 1);
		}
		for (guint n = whole ? size : 1; n > 0; n--) {
			uint8_t c = in.p[i++] | (whole ? 0x80 : 0);
			g_byte_array_append(out, &c, 1);
		}
	}
	return out;
}

static char *
utf8_of(BaseBytes octets, const char *charset, gsize *n)
{
	if (charset != NULL && g_ascii_strcasecmp(charset, "iso-2022-jp") == 0) {
		g_autoptr(GByteArray) euc = euc_of_jis(octets);
		return utf8_of_charset(base_bytes_of_array(euc), "EUC-JP-MS", n);
	}
	return utf8_of_charset(octets, charset, n);
}

char *
letter_decode(BaseBytes octets, const char *charset, size_t max)
{
	gsize n = 0;
	if (octets.n == 0) {
		return g_strdup("");
	}
	g_autofree char *text = utf8_of(base_bytes_slice(octets, 0, max), charset, &n);
	g_autoptr(GString) out = g_string_sized_new(n);
	append_text(out, text, n);
	g_autofree char *valid = g_utf8_make_valid(out->str, (gssize)out->len);
	return g_steal_pointer(&valid);
}
