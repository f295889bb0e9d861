/* SPDX-License-Identifier: MPL-2.0 */
/* Colours, as far as it takes to know what cannot be seen. */
#include "letter/style.h"

#define NEAR 24 /* two colours whose parts all differ by less cannot be told apart by a reader */

typedef struct {
	const char *name;
	gint64 color;
} Named;

static const Named names[] = {
	{"black", 0x000000},
	{"silver", 0xc0c0c0},
	{"gray", 0x808080},
	{"grey", 0x808080},
	{"white", 0xffffff},
	{"maroon", 0x800000},
	{"red", 0xff0000},
	{"purple", 0x800080},
	{"fuchsia", 0xff00ff},
	{"green", 0x008000},
	{"lime", 0x00ff00},
	{"olive", 0x808000},
	{"yellow", 0xffff00},
	{"navy", 0x000080},
	{"blue", 0x0000ff},
	{"teal", 0x008080},
	{"aqua", 0x00ffff},
	{"orange", 0xffa500},
	{"snow", 0xfffafa},
	{"ivory", 0xfffff0},
	{"whitesmoke", 0xf5f5f5},
	{"ghostwhite", 0xf8f8ff},
	{"lightgray", 0xd3d3d3},
	{"lightgrey", 0xd3d3d3},
	{"transparent", LETTER_COLOR_NONE},
};

static gint64
parse_hex(const char *digits)
{
	size_t n = strspn(digits, "0123456789abcdefABCDEF");
	if (digits[n] != '\0' || (n != 3 && n != 4 && n != 6 && n != 8)) {
		return -1;
	}
	bool is_short = n < 6;
	gint64 color = 0;
	for (size_t i = 0; i < 3; i++) {
		int high = g_ascii_xdigit_value(digits[is_short ? i : 2 * i]);
		int low = g_ascii_xdigit_value(digits[is_short ? i : 2 * i + 1]);
		color = color * 256 + high * 16 + low;
	}
	bool clear = (n == 4 && digits[3] == '0') || (n == 8 && digits[6] == '0');
	return clear ? LETTER_COLOR_NONE : color;
}

/* "rgb(1, 2, 3)", "rgba(1 2 3 / 0.5)" */
static gint64
parse_rgb(const char *text)
{
	const char *p = strchr(text, '(');
	gint64 parts[4] = {0, 0, 0, 100};
	size_t n = 0;
	for (p = p == NULL ? "" : p + 1; *p != '\0' && *p != ')' && n < 4;) {
		char *end = NULL;
		double value = g_ascii_strtod(p, &end);
		if (end == p) {
			p++;
			continue;
		}
		bool percent = *end == '%';
		double scale = n == 3 ? (percent ? 1 : 100) : (percent ? 2.55 : 1);
		parts[n++] = (gint64)CLAMP(value * scale + 0.5, 0, 255);
		p = end;
	}
	if (n < 3) {
		return -1;
	}
	return parts[3] < 10 ? LETTER_COLOR_NONE : (parts[0] * 256 + parts[1]) * 256 + parts[2];
}

gint64
letter_color_parse(const char *text)
{
	g_autofree char *word = g_strstrip(g_ascii_strdown(text, -1));
	if (*word == '#') {
		return parse_hex(word + 1);
	}
	if (g_str_has_prefix(word, "rgb")) {
		return parse_rgb(word);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (g_str_equal(word, names[i].name)) {
			return names[i].color;
		}
	}
	return strlen(word) == 6 ? parse_hex(word) : -1; /* <font color=ff0000> */
}

static bool
is_near(gint64 a, gint64 b)
{
	for (int shift = 0; shift < 24; shift += 8) {
		gint64 difference = ((a >> shift) & 0xff) - ((b >> shift) & 0xff);
		if (ABS(difference) >= NEAR) {
			return false;
		}
	}
	return true;
}

bool
letter_look_is_visible(const LetterLook *look)
{
	bool same =
		look->color >= 0 && look->background >= 0 && is_near(look->color, look->background);
	return !look->tiny && !look->transparent && !same;
}
