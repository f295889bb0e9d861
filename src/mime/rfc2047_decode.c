/* SPDX-License-Identifier: MPL-2.0 */
/* Reading encoded words. */
#include "mime/rfc2047.h"

#include "base/base64.h"
#include "base/charset.h"

const char *
mime_charset_of_raw(const char *value)
{
	return g_utf8_validate(value, -1, NULL) ? "utf-8" : "iso-8859-1";
}

/* U+061C, 200E-F, 202A-E, 2066-9: they make text read other than it is. */
static bool
is_direction_mark(gunichar c)
{
	return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

char *
mime_text_clean(const char *s)
{
	g_autofree char *valid = g_utf8_make_valid(s, -1);
	g_autoptr(GString) out = g_string_sized_new(strlen(valid));
	for (const char *p = valid; *p != '\0'; p += g_utf8_skip[(guchar)*p]) {
		gunichar c = g_utf8_get_char(p);
		if (is_direction_mark(c)) {
			continue;
		}
		bool control = g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029;
		g_string_append_unichar(out, control ? ' ' : c);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Octets of @charset as UTF-8; octets that are not of it are taken as Latin-1, so that nothing is
 * lost. NULs become blanks. */
char *
mime_charset_to_utf8(BaseBytes raw, const char *charset)
{
	if (raw.n == 0) {
		return g_strdup("");
	}
	const char *text = (const char *)raw.p;
	gssize n = (gssize)raw.n;
	gsize got = 0;
	g_autofree char *utf8 = NULL;
	if (g_ascii_strcasecmp(charset, "utf-8") == 0 && g_utf8_validate(text, n, NULL)) {
		return base_bytes_strdup(raw);
	}
	utf8 = g_convert(text, n, "UTF-8", base_charset_iconv(charset), NULL, &got, NULL);
	if (utf8 == NULL) {
		utf8 = g_convert(text, n, "UTF-8", "ISO-8859-1", NULL, &got, NULL);
	}
	return base_bytes_strdup(base_bytes(utf8, utf8 == NULL ? 0 : got));
}

/* encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?=" ; RFC 2047 section
 * 2, RFC 2231 section 5. Blanks inside Q text are tolerated. */
typedef struct {
	char charset[64];
	bool base64;
	BaseBytes text;
	const char *end;
} Word;

static bool
read_word(const char *p, Word *word)
{
	if (strncmp(p, "=?", 2) != 0) {
		return false;
	}
	p += 2;
	size_t n = strcspn(p, "?* \t\"<>@,;:()[]");
	if (n == 0 || n >= sizeof word->charset) {
		return false;
	}
	memcpy(word->charset, p, n);
	word->charset[n] = '\0';
	p += strcspn(p, "? \t");
	if (*p != '?' || p[1] == '\0' || p[2] != '?' || strchr("qQbB", p[1]) == NULL) {
		return false;
	}
	word->base64 = p[1] == 'b' || p[1] == 'B';
	p += 3;
	const char *end = strchr(p, '?');
	if (end == NULL || end[1] != '=') {
		return false;
	}
	word->text = base_bytes(p, (size_t)(end - p));
	word->end = end + 2;
	return true;
}

static void
append_q(GByteArray *out, BaseBytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i] == '_' ? ' ' : text.p[i];
		bool escape = c == '=' && i + 2 < text.n;
		int high = escape ? g_ascii_xdigit_value((char)text.p[i + 1]) : -1;
		int low = escape ? g_ascii_xdigit_value((char)text.p[i + 2]) : -1;
		if (high >= 0 && low >= 0) {
			c = (uint8_t)(high << 4 | low);
			i += 2;
		}
		g_byte_array_append(out, &c, 1);
	}
}

static void
append_base64(GByteArray *out, BaseBytes text)
{
	g_autofree uint8_t *octets = g_malloc(text.n / 4 * 3 + 3);
	size_t n = 0;
	if (base64_decode(text, false, octets, &n)) {
		g_byte_array_append(out, octets, (guint)n);
	}
}

/* Adjacent words of one charset are converted together: some senders cut characters in two. */
typedef struct {
	GString *out;
	GByteArray *raw;
	char charset[64];
} Decoder;

static void
flush(Decoder *d)
{
	g_autofree char *utf8 = mime_charset_to_utf8(base_bytes_of_array(d->raw), d->charset);
	g_string_append(d->out, utf8);
	g_byte_array_set_size(d->raw, 0);
}

static void
take_word(Decoder *d, const Word *word)
{
	if (g_ascii_strcasecmp(d->charset, word->charset) != 0) {
		flush(d);
		g_strlcpy(d->charset, word->charset, sizeof d->charset);
	}
	if (word->base64) {
		append_base64(d->raw, word->text);
	} else {
		append_q(d->raw, word->text);
	}
}

static void
decode_words(Decoder *d, const char *p)
{
	Word word;
	bool after_word = false;
	while (*p != '\0') {
		size_t blanks = after_word ? strspn(p, " \t") : 0;
		if (blanks > 0 && read_word(p + blanks, &word)) {
			p += blanks; /* RFC 2047 section 6.2: only there to part the words */
		}
		after_word = read_word(p, &word);
		if (after_word) {
			take_word(d, &word);
			p = word.end;
			continue;
		}
		flush(d);
		/* to the next place where a word can begin; blanks one by one, they may part words
		 */
		size_t n = MAX(strcspn(p + 1, "= \t") + 1, 1);
		g_string_append_len(d->out, p, (gssize)n);
		p += n;
	}
	flush(d);
}

char *
mime_rfc2047_decode(const char *value)
{
	g_autofree char *utf8 = mime_charset_to_utf8(base_bytes_str(value), "utf-8");
	if (strstr(utf8, "=?") == NULL) {
		return mime_text_clean(utf8);
	}
	Decoder d = {.out = g_string_new(NULL), .raw = g_byte_array_new(), .charset = "utf-8"};
	decode_words(&d, utf8);
	g_byte_array_unref(d.raw);
	g_autofree char *decoded = g_string_free(d.out, FALSE);
	return mime_text_clean(decoded);
}
