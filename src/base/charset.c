/* SPDX-License-Identifier: MPL-2.0 */
/* The names of character sets in mail. */
#include "base/charset.h"

#include <glib.h>

/* Windows programs label their own charsets with ISO names, and the C1 controls that would be there
 * are no text. */
static const struct {
	const char *name;
	const char *iconv_name;
} ALIASES[] = {
	{"iso-8859-1", "windows-1252"},
	{"latin1", "windows-1252"},
	{"us-ascii", "windows-1252"},
	{"iso-8859-9", "windows-1254"},
	{"gb2312", "gb18030"},
	{"gbk", "gb18030"},
	{"ks_c_5601-1987", "cp949"},
	{"ks_c_5601", "cp949"},
	{"euc-kr", "cp949"},
	{"shift_jis", "cp932"},
	{"x-sjis", "cp932"},
	{"iso-2022-jp", "iso-2022-jp-3"},
	{"big5", "big5-hkscs"},
	{"koi8_r", "koi8-r"},
	{"x-mac-roman", "macintosh"},
	{"x-mac-cyrillic", "maccyrillic"},
	{"unicode-1-1-utf-7", "utf-7"},
};

const char *
base_charset_iconv(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ALIASES); i++) {
		if (g_ascii_strcasecmp(name, ALIASES[i].name) == 0) {
			return ALIASES[i].iconv_name;
		}
	}
	return name;
}
