/* SPDX-License-Identifier: MPL-2.0 */
/* Text and names that others chose. */
#include "letter/text.h"

#include "letter/gmime_auto.h"
#include "letter/words.h"

#define FIELD_MAX     1000U       /* characters of a field that are shown */
#define RAW_FIELD_MAX (64U << 10) /* octets of a field that are decoded */
#define FILE_NAME_MAX 120U        /* octets of a file name */
#define EXTENSION_MAX 16U         /* octets of it that are kept, with its dot */

typedef struct {
	gunichar first;
	gunichar last;
} Range;

/* They turn the direction of what follows, or stand where nothing seems to stand. The joiners
 * U+200C and U+200D are letters of several scripts and stay. */
static const Range unseen[] = {
	{0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5},
	{0x180B, 0x180E}, {0x200B, 0x200B}, {0x200E, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F},
	{0x3164, 0x3164}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xE0000, 0xE0FFF},
};

static bool
is_unseen(gunichar c)
{
	for (size_t i = 0; i < G_N_ELEMENTS(unseen); i++) {
		if (c >= unseen[i].first && c <= unseen[i].last) {
			return true;
		}
	}
	return false;
}

static bool
is_blank(gunichar c)
{
	return g_unichar_iscntrl(c) || g_unichar_isspace(c) || c == 0x2028 || c == 0x2029;
}

char *
letter_text_clean(const char *text, size_t max)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autoptr(GString) out = g_string_new(NULL);
	bool gap = false;
	size_t length = 0;
	for (const char *p = valid; *p != '\0'; p = letter_text_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if (is_blank(c)) {
			gap = out->len > 0;
			continue;
		}
		if (is_unseen(c)) {
			continue;
		}
		if (length + gap >= max) {
			g_string_append(out, "…");
			break;
		}
		length += 1U + gap;
		g_string_append(out, gap ? " " : "");
		g_string_append_unichar(out, c);
		gap = false;
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
letter_text_of_field(const char *raw)
{
	g_autofree char *cut = g_strndup(raw, RAW_FIELD_MAX);
	g_autofree char *whole = letter_words_repair(cut);
	g_autofree char *line = g_mime_utils_header_unfold(whole);
	g_autofree char *text = g_mime_utils_header_decode_text(letter_gmime_options(), line);
	return letter_text_clean(text == NULL ? "" : text, FIELD_MAX);
}

/* What is left of a name without folders; both kinds of slashes, whatever system it came from. */
static const char *
last_part(const char *name)
{
	const char *at = name;
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '/' || *p == '\\') {
			at = p + 1;
		}
	}
	return at;
}

static bool
is_device(const char *name)
{
	static const char *const devices[] = {"con", "prn", "aux", "nul", "com", "lpt"};
	size_t n = strcspn(name, ".");
	for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
		bool numbered = i >= 4;
		if (n == (numbered ? 4U : 3U) && g_ascii_strncasecmp(name, devices[i], 3) == 0 &&
		    (!numbered || g_ascii_isdigit(name[3]))) {
			return true;
		}
	}
	return false;
}

/* Cut in the middle of no character, with the extension that says what it is. */
static char *
shorten(const char *name)
{
	size_t n = strlen(name);
	if (n <= FILE_NAME_MAX) {
		return g_strdup(name);
	}
	const char *dot = strrchr(name, '.');
	const char *extension = dot != NULL && strlen(dot) <= EXTENSION_MAX ? dot : "";
	size_t keep = FILE_NAME_MAX - strlen(extension);
	while (((guchar)name[keep] & 0xC0U) == 0x80U) {
		keep--;
	}
	g_autofree char *stem = g_strndup(name, keep);
	return g_strconcat(stem, extension, NULL);
}

char *
letter_file_name(const char *name)
{
	g_autofree char *clean = letter_text_clean(name == NULL ? "" : name, FIELD_MAX);
	g_autofree char *part = g_strdup(last_part(clean));
	g_strdelimit(part, "<>:\"|?*$`", '_');
	const char *start = part + strspn(part, ". -~");
	g_autofree char *kept = g_strdup(start);
	for (size_t n = strlen(kept); n > 0 && strchr(". ", kept[n - 1]) != NULL; n--) {
		kept[n - 1] = '\0';
	}
	if (*kept == '\0') {
		return g_strdup("attachment");
	}
	g_autofree char *safe = g_strconcat(is_device(kept) ? "_" : "", kept, NULL);
	return shorten(safe);
}

const char *
letter_file_type(const char *type)
{
	static const char *const harmless[] = {
		"text/plain", "text/csv",   "text/calendar",   "image/png",       "image/jpeg",
		"image/gif",  "image/webp", "audio/mpeg",      "audio/ogg",       "audio/wav",
		"video/mp4",  "video/webm", "application/pdf", "application/zip", "message/rfc822",
	};
	for (size_t i = 0; type != NULL && i < G_N_ELEMENTS(harmless); i++) {
		if (g_ascii_strcasecmp(type, harmless[i]) == 0) {
			return harmless[i];
		}
	}
	return "application/octet-stream";
}

static char *
comparable(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autofree char *folded = g_utf8_casefold(valid, -1);
	return g_utf8_normalize(folded, -1, G_NORMALIZE_ALL);
}

bool
letter_text_matches(const char *text, const char *words)
{
	g_autofree char *where = comparable(text);
	g_autofree char *what = comparable(words);
	g_auto(GStrv) each = g_strsplit_set(what, " \t\r\n", -1);
	for (char **word = each; *word != NULL; word++) {
		if (strstr(where, *word) == NULL) {
			return false;
		}
	}
	return true;
}
