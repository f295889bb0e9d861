/* SPDX-License-Identifier: MPL-2.0 */
/* Borrowed octets: slices, comparison, search. */
#include "base/bytes.h"

BaseBytes
base_bytes_slice(BaseBytes b, size_t from, size_t n)
{
	if (from >= b.n) {
		return (BaseBytes){b.p == NULL ? NULL : b.p + b.n, 0};
	}
	return (BaseBytes){b.p + from, MIN(n, b.n - from)};
}

bool
base_bytes_equal(BaseBytes a, BaseBytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static bool
same_nocase(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (g_ascii_tolower((char)a[i]) != g_ascii_tolower((char)b[i])) {
			return false;
		}
	}
	return true;
}

bool
base_bytes_equal_nocase(BaseBytes a, BaseBytes b)
{
	return a.n == b.n && same_nocase(a.p, b.p, a.n);
}

bool
base_bytes_starts_nocase(BaseBytes b, const char *ascii_prefix)
{
	BaseBytes prefix = base_bytes_str(ascii_prefix);

	return b.n >= prefix.n && same_nocase(b.p, prefix.p, prefix.n);
}

size_t
base_bytes_find_nocase(BaseBytes b, const char *ascii)
{
	size_t n = strlen(ascii);
	uint8_t low = n == 0 ? 0 : (uint8_t)g_ascii_tolower(ascii[0]);
	uint8_t high = n == 0 ? 0 : (uint8_t)g_ascii_toupper(ascii[0]);
	for (size_t i = 0; i + n <= b.n; i++) {
		if ((b.p[i] == low || b.p[i] == high) &&
		    same_nocase(b.p + i, (const uint8_t *)ascii, n)) {
			return i;
		}
	}
	return SIZE_MAX;
}

size_t
base_bytes_find(BaseBytes b, BaseBytes needle)
{
	const uint8_t *at = NULL;

	if (needle.n == 0) {
		return 0;
	}
	if (b.n < needle.n) {
		return SIZE_MAX;
	}
	at = memmem(b.p, b.n, needle.p, needle.n);
	return at == NULL ? SIZE_MAX : (size_t)(at - b.p);
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

BaseBytes
base_bytes_trim(BaseBytes b)
{
	while (b.n > 0 && is_blank(b.p[0])) {
		b.p++;
		b.n--;
	}
	while (b.n > 0 && is_blank(b.p[b.n - 1])) {
		b.n--;
	}
	return b;
}

GBytes *
base_bytes_dup(BaseBytes b)
{
	return g_bytes_new(b.p, b.n);
}

char *
base_bytes_strdup(BaseBytes b)
{
	uint8_t *s = g_malloc(b.n + 1);

	for (size_t i = 0; i < b.n; i++) {
		s[i] = b.p[i] == 0 ? ' ' : b.p[i];
	}
	s[b.n] = 0;
	return (char *)s;
}
