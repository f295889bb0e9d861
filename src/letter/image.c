/* SPDX-License-Identifier: MPL-2.0 */
/* Images within HTML. */
#include "letter/image.h"

#include "base/base64.h"

typedef struct {
	const char *type;
	BaseBytes magic;
	size_t at;
} Kind;

const char *
letter_image_type(BaseBytes octets)
{
	static const Kind kinds[] = {
		{"image/png", {(const uint8_t *)"\x89PNG\r\n\x1a\n", 8}, 0},
		{"image/jpeg", {(const uint8_t *)"\xff\xd8\xff", 3}, 0},
		{"image/gif", {(const uint8_t *)"GIF8", 4}, 0},
		{"image/webp", {(const uint8_t *)"WEBP", 4}, 8},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		BaseBytes there = base_bytes_slice(octets, kinds[i].at, kinds[i].magic.n);
		if (base_bytes_equal(there, kinds[i].magic)) {
			return kinds[i].type;
		}
	}
	return NULL;
}

char *
letter_image_uri(BaseBytes octets, size_t max)
{
	const char *type = letter_image_type(octets);
	if (type == NULL || octets.n > max) {
		return NULL;
	}
	g_autofree char *text = base64_encode_string(octets);
	return g_strdup_printf("data:%s;base64,%s", type, text);
}

GBytes *
letter_image_of_uri(const char *uri)
{
	const char *comma = strchr(uri, ',');
	if (comma == NULL || g_ascii_strncasecmp(uri, "data:image/", 11) != 0 || comma - uri < 7 ||
	    g_ascii_strncasecmp(comma - 7, ";base64", 7) != 0) {
		return NULL;
	}
	return base64_decode_bytes(base_bytes_str(comma + 1), true);
}
