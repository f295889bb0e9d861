/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_fold.h"

#include "trust/lookalike_library.h"

#include <string.h>

/* What UTS 39 does not call confusable with one ASCII letter, though people read it as one. */
static const struct {
	gunichar from;
	const char *to;
} letters[] = {
	{0xdf, "ss"}, /* sharp s */
	{0xe6, "ae"},  {0xf0, "d"},   {0xf8, "o"},   {0xfe, "p"},   {0x111, "d"},  {0x127, "h"},
	{0x131, "i"},  {0x138, "k"},  {0x142, "l"},  {0x14b, "n"},  {0x153, "oe"}, {0x167, "t"},
	{0x17f, "s"},  {0x180, "b"},  {0x188, "c"},  {0x18c, "d"},  {0x192, "f"},  {0x195, "h"},
	{0x199, "k"},  {0x19a, "l"},  {0x19e, "n"},  {0x1a5, "p"},  {0x1ab, "t"},  {0x1ad, "t"},
	{0x1b4, "y"},  {0x1b6, "z"},  {0x1bf, "p"},  {0x1dd, "e"},  {0x1e5, "g"},  {0x21d, "z"},
	{0x221, "d"},  {0x225, "z"},  {0x234, "l"},  {0x235, "n"},  {0x236, "t"},  {0x23c, "c"},
	{0x23f, "s"},  {0x240, "z"},  {0x247, "e"},  {0x249, "j"},  {0x24d, "r"},  {0x24f, "y"},
	{0x250, "a"},  {0x251, "a"},  {0x253, "b"},  {0x254, "c"},  {0x255, "c"},  {0x256, "d"},
	{0x257, "d"},  {0x258, "e"},  {0x259, "e"},  {0x25b, "e"},  {0x25f, "j"},  {0x260, "g"},
	{0x262, "g"},  {0x265, "h"},  {0x266, "h"},  {0x268, "i"},  {0x26b, "l"},  {0x26c, "l"},
	{0x26d, "l"},  {0x26f, "m"},  {0x270, "m"},  {0x271, "m"},  {0x272, "n"},  {0x273, "n"},
	{0x274, "n"},  {0x275, "o"},  {0x279, "r"},  {0x27a, "r"},  {0x27b, "r"},  {0x27c, "r"},
	{0x27d, "r"},  {0x27e, "r"},  {0x27f, "r"},  {0x280, "r"},  {0x282, "s"},  {0x283, "s"},
	{0x288, "t"},  {0x289, "u"},  {0x28a, "u"},  {0x28b, "v"},  {0x28d, "m"},  {0x28f, "y"},
	{0x290, "z"},  {0x291, "z"},  {0x299, "b"},  {0x29b, "g"},  {0x29c, "h"},  {0x29d, "j"},
	{0x29f, "l"},  {0x2a0, "q"},  {0x1d00, "a"}, {0x1d03, "b"}, {0x1d05, "d"}, {0x1d07, "e"},
	{0x1d0a, "j"}, {0x1d0b, "k"}, {0x1d0c, "l"}, {0x1d0d, "m"}, {0x1d0e, "n"}, {0x1d0f, "o"},
	{0x1d18, "p"}, {0x1d19, "r"}, {0x1d1a, "r"}, {0x1d1b, "t"}, {0x1d1c, "u"}, {0x1d20, "v"},
	{0x1d21, "w"}, {0x1d22, "z"}, {0x1e9c, "s"}, {0x1eff, "y"}, {0x2c61, "l"}, {0x2c65, "a"},
	{0x2c66, "t"}, {0x2c68, "h"}, {0x2c6a, "k"}, {0x2c6c, "z"}, {0x2c71, "v"}, {0x2c73, "w"},
	{0xa730, "f"}, {0xa731, "s"}, {0xa791, "n"}, {0xa7a1, "g"}, {0xa7a3, "k"}, {0xa7a5, "n"},
	{0xa7a7, "r"}, {0xa7a9, "s"},
};

/* Pairs that look like one letter. In loose keys only the first ones: there a pair that is one
 * letter in one name and two in the other must not make ordinary names the same. */
static const struct {
	const char *pair;
	char one;
} pairs[] = {
	{"rn", 'm'}, {"nn", 'm'}, {"vv", 'w'}, {"cl", 'd'}, {"rr", 'n'}, {"uu", 'w'}, {"dl", 'd'},
	{"lb", 'b'}, {"lh", 'h'}, {"lk", 'k'}, {"lc", 'k'}, {"ik", 'k'}, {"di", 'd'},
};

#define LOOSE_PAIRS 4

const char trust_fold_letters[] = "acdfghklnopstuwxyz";

static const char *
letter_of(gunichar c)
{
	size_t low = 0;
	size_t high = G_N_ELEMENTS(letters);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (letters[middle].from == c) {
			return letters[middle].to;
		}
		if (letters[middle].from < c) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return NULL;
}

static void
put_plain(GString *out, gunichar c)
{
	if (c >= 0x80) {
		g_string_append_unichar(out, g_unichar_tolower(c));
		return;
	}
	char lower = g_ascii_tolower((char)c);
	g_string_append_c(out, lower == '0' ? 'o' : lower == '1' || lower == '|' ? 'l' : lower);
}

static bool
is_silent(gunichar c)
{
	GUnicodeType type = g_unichar_type(c);
	return g_unichar_ismark(c) || type == G_UNICODE_FORMAT || type == G_UNICODE_CONTROL;
}

/* What is left of it without marks; one octet of @text at least is taken. */
static void
put_text(GString *out, const char *text)
{
	g_autofree char *bare = g_utf8_normalize(text, -1, G_NORMALIZE_NFKD);
	for (const char *p = bare; p != NULL && *p != '\0'; p = trust_fold_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if (!is_silent(c)) {
			put_plain(out, c);
		}
	}
}

static void
put_letter(GString *out, gunichar c, bool *unchecked)
{
	const char *letter = letter_of(c);
	if (c < 0x80 || letter != NULL) {
		g_string_append(out, letter == NULL ? "" : letter);
		if (letter == NULL) {
			put_plain(out, c);
		}
		return;
	}
	g_autofree char *skeleton = trust_library_skeleton(c);
	if (skeleton == NULL) {
		*unchecked = true;
		put_plain(out, c);
		return;
	}
	/* UTS 39 writes m as rn, which here is done by the loose key alone. */
	put_text(out, strcmp(skeleton, "rn") == 0 ? "m" : skeleton);
}

char *
trust_fold_strict(const char *text, bool *unchecked)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autofree char *flat =
		g_str_is_ascii(valid) ? NULL : g_utf8_normalize(valid, -1, G_NORMALIZE_NFKD);
	GString *out = g_string_new(NULL);
	for (const char *p = flat == NULL ? valid : flat; *p != '\0'; p = trust_fold_next(p)) {
		gunichar c = g_unichar_tolower(g_utf8_get_char(p));
		if (c < 0x80) {
			put_plain(out, c);
		} else if (!is_silent(c)) {
			put_letter(out, c, unchecked);
		}
	}
	return g_string_free(out, FALSE);
}

/* Replaces octets by @map, both of the same length. */
static char *
map_octets(const char *text, const char *from, const char *to)
{
	char *out = g_strdup(text);
	for (char *p = out; *p != '\0'; p++) {
		const char *at = strchr(from, *p);
		if (at != NULL) {
			*p = to[at - from];
		}
	}
	return out;
}

static char *
contract(const char *text, size_t n)
{
	GString *out = g_string_new(NULL);
	for (const char *p = text; *p != '\0';) {
		size_t i = 0;
		while (i < n && strncmp(p, pairs[i].pair, 2) != 0) {
			i++;
		}
		g_string_append_c(out, i < n ? pairs[i].one : *p);
		p += i < n ? 2 : 1;
	}
	return g_string_free(out, FALSE);
}

char *
trust_fold_loose(const char *strict)
{
	g_autofree char *short_one = contract(strict, LOOSE_PAIRS);
	return map_octets(short_one, "i23456789", "lzeasbtbg");
}

char *
trust_fold_contract(const char *strict)
{
	return contract(strict, G_N_ELEMENTS(pairs));
}

char *
trust_fold_shape(const char *strict)
{
	char *shape = map_octets(strict, "embrijvq23456789", "cndnllugzcasdtdg");
	char *to = shape;
	for (const char *from = shape; *from != '\0'; from++) {
		if (*from != '-') {
			*to++ = *from;
		}
	}
	*to = '\0';
	return shape;
}

void
trust_fold_squeeze(char *shape)
{
	char *to = shape;
	for (const char *from = shape; *from != '\0'; from++) {
		if (to == shape || to[-1] != *from || (*from & 0x80) != 0) {
			*to++ = *from;
		}
	}
	*to = '\0';
}

char *
trust_fold_coarse(const char *strict)
{
	char *shape = trust_fold_shape(strict);
	trust_fold_squeeze(shape);
	return shape;
}

void
trust_fold_respell(const char *strict, GPtrArray *out)
{
	size_t n = strlen(strict);
	for (size_t at = 0; at < n; at++) {
		for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
			if (strncmp(strict + at, pairs[i].pair, 2) == 0) {
				g_ptr_array_add(out,
						g_strdup_printf("%.*s%c%s", (int)at, strict,
								pairs[i].one, strict + at + 2));
			} else if (strict[at] == pairs[i].one) {
				g_ptr_array_add(out,
						g_strdup_printf("%.*s%s%s", (int)at, strict,
								pairs[i].pair, strict + at + 1));
			}
		}
	}
}
