/* SPDX-License-Identifier: MPL-2.0 */
/* Modified UTF-7: "&" base64 of UTF-16BE with "," for "/" and no "=", "-"; "&-" is "&". */
#include "imap/utf7.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static int
value_of(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
	const char *at = c == '\0' ? NULL : strchr(alphabet, c);
	return at == NULL ? -1 : (int)(at - alphabet);
}

/* One unit of UTF-16; a surrogate waits for the other in *@high. */
static bool
append_unit(GString *out, guint32 unit, guint32 *high)
{
	bool is_low = unit >= 0xdc00 && unit <= 0xdfff;

	if ((*high != 0) != is_low || unit == 0) {
		return false;
	}
	if (unit >= 0xd800 && unit <= 0xdbff) {
		*high = unit;
		return true;
	}
	if (is_low) {
		unit = 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00);
	}
	*high = 0;
	g_string_append_unichar(out, unit);
	return true;
}

/* From behind "&" to "-"; *@text moves behind that. */
static bool
append_shifted(GString *out, const char **text)
{
	guint32 bits = 0;
	guint32 high = 0;
	guint n = 0;
	const char *p = *text;

	for (; *p != '-'; p++) {
		int value = value_of(*p);
		if (value < 0) {
			return false;
		}
		bits = ((bits << 6) | (guint32)value) & 0x3fffffU;
		n += 6;
		if (n >= 16) {
			n -= 16;
			if (!append_unit(out, (bits >> n) & 0xffff, &high)) {
				return false;
			}
		}
	}
	*text = p + 1;
	return high == 0 && n < 6 && (bits & ((1U << n) - 1)) == 0;
}

char *
imap_utf7_decode(const char *mailbox)
{
	g_autoptr(GString) out = g_string_new(NULL);
	const char *p = mailbox;

	while (*p != '\0') {
		char c = *p++;
		if (c != '&') {
			g_string_append_c(out, c);
		} else if (*p == '-') {
			g_string_append_c(out, '&');
			p++;
		} else if (!append_shifted(out, &p)) {
			return NULL;
		}
	}
	if (!g_utf8_validate_len(out->str, out->len, NULL)) {
		return NULL;
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}
