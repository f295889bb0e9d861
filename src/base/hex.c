/* SPDX-License-Identifier: MPL-2.0 */
/* Hex, as fingerprints are shown and typed. */
#include "base/hex.h"

#include "base/error.h"

char *
base_hex(BaseBytes data)
{
	static const char digits[] = "0123456789abcdef";
	char *text = g_malloc(data.n * 2 + 1);

	for (size_t i = 0; i < data.n; i++) {
		text[i * 2] = digits[data.p[i] >> 4];
		text[i * 2 + 1] = digits[data.p[i] & 15];
	}
	text[data.n * 2] = '\0';
	return text;
}

static const char *
skip_separators(const char *s)
{
	while (*s == ':' || g_ascii_isspace(*s)) {
		s++;
	}
	return s;
}

GBytes *
base_hex_parse(const char *text)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	const char *s = skip_separators(text);

	while (*s != '\0') {
		int high = g_ascii_xdigit_value(s[0]);
		int low = high < 0 ? -1 : g_ascii_xdigit_value(s[1]);
		uint8_t octet;

		if (low < 0) {
			return NULL;
		}
		octet = (uint8_t)(high * 16 + low);
		g_byte_array_append(out, &octet, 1);
		s = skip_separators(s + 2);
	}
	return out->len == 0 ? NULL : g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

#define FINGERPRINT_OCTETS 32U

char *
base_hex_fingerprint(const char *text, GError **error)
{
	g_autoptr(GBytes) octets = base_hex_parse(text);
	if (octets == NULL || g_bytes_get_size(octets) != FINGERPRINT_OCTETS) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "not a fingerprint: give the 64 hexadecimal digits");
	}
	return base_hex(base_bytes_of(octets));
}
