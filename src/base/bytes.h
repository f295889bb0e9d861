/* SPDX-License-Identifier: MPL-2.0 */
/* Borrowed octets: two words, passed by value, never owned, may hold NUL. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct {
	const uint8_t *p; /* NULL only if n is 0 */
	size_t n;         /* octets */
} BaseBytes;

#define BASE_LIT(s) ((BaseBytes){(const uint8_t *)("" s), sizeof(s) - 1})

static inline BaseBytes
base_bytes(const void *p, size_t n)
{
	return (BaseBytes){(const uint8_t *)p, n};
}

static inline BaseBytes
base_bytes_str(const char *s)
{
	return base_bytes(s, s == NULL ? 0 : strlen(s));
}

static inline BaseBytes
base_bytes_of(GBytes *b)
{
	size_t n = 0;
	const void *p = b == NULL ? NULL : g_bytes_get_data(b, &n);
	return base_bytes(p, n);
}

static inline BaseBytes
base_bytes_of_array(const GByteArray *a)
{
	return base_bytes(a->data, a->len);
}

/* Octets [from, from+n) of @b, cut to what is there. */
BaseBytes base_bytes_slice(BaseBytes b, size_t from, size_t n);
bool base_bytes_equal(BaseBytes a, BaseBytes b);
/* ASCII letters compare without case; no locale. */
bool base_bytes_equal_nocase(BaseBytes a, BaseBytes b);
bool base_bytes_starts_nocase(BaseBytes b, const char *ascii_prefix);
/* Offset of the first @needle in @b, or SIZE_MAX. */
size_t base_bytes_find(BaseBytes b, BaseBytes needle);
/* The same for ASCII text, letters without case. */
size_t base_bytes_find_nocase(BaseBytes b, const char *ascii);
/* Without blanks, tabs, CR and LF at both ends. */
BaseBytes base_bytes_trim(BaseBytes b);
/* Copies. */
GBytes *base_bytes_dup(BaseBytes b);
char *base_bytes_strdup(BaseBytes b); /* NUL-terminated; inner NULs become spaces */
