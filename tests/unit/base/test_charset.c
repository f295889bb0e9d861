/* SPDX-License-Identifier: MPL-2.0 */
/* What mail calls character sets. */
#include "t.h"
#include "base/charset.h"

/* The texts are the WHATWG Encoding Standard's reading of these labels. */
static void
test_labels(void)
{
	static const struct {
		const char *label;
		const char *octets;
		const char *want;
	} rows[] = {
		{"utf-8", "\xc3\xbc", "ü"},
		{"US-ASCII", "\x93", "“"},
		{"ISO-8859-1", "\x80", "€"},
		{"iso-8859-9", "\xfd\x80", "ı€"},
		{"gb2312", "\xb0\xa1\x80\x30\x84\x36", NULL},
		{"GB2312", "\x81\x30\x84\x36", "¥"},
		{"ks_c_5601-1987", "\xc0\xcc", "이"},
		{"euc-kr", "\x81\x41", "갂"},
		{"Shift_JIS", "\x87\x40", "①"},
		{"big5", "\xa4\xa4", "中"},
		{"iso-2022-jp", "\x1b$BF|\x1b(B", "日"},
		{"koi8_r", "\xde", "ч"},
		{"x-mac-cyrillic", "\x80", "А"},
		{"unicode-1-1-utf-7", "+APw-", "ü"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text =
			g_convert(rows[i].octets, -1, "UTF-8", base_charset_iconv(rows[i].label),
				  NULL, NULL, NULL);
		g_assert_cmpstr(text, ==, rows[i].want);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/charset/labels", test_labels);
	return g_test_run();
}
