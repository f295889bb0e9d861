/* SPDX-License-Identifier: MPL-2.0 */
/* DER writer (X.690 section 10). */
#include "cms/der.h"
#include "base/calendar.h"

size_t
cms_der_length_size(size_t n)
{
	if (n < 0x80) {
		return 1;
	}
	size_t size = 1;
	for (; n > 0; n >>= 8) {
		size++;
	}
	return size;
}

size_t
cms_der_size(size_t n)
{
	return 1 + cms_der_length_size(n) + n;
}

size_t
cms_der_put_length(uint8_t *out, size_t n)
{
	size_t size = cms_der_length_size(n);
	if (size == 1) {
		out[0] = (uint8_t)n;
		return 1;
	}
	out[0] = (uint8_t)(0x80 | (size - 1));
	for (size_t i = size - 1; i > 0; i--, n >>= 8) {
		out[i] = (uint8_t)n;
	}
	return size;
}

void
cms_der_raw(GByteArray *out, BaseBytes der)
{
	if (der.n > 0) {
		g_byte_array_append(out, der.p, (guint)der.n);
	}
}

void
cms_der_header(GByteArray *out, uint8_t tag, size_t n)
{
	uint8_t header[10] = {tag};
	size_t size = 1 + cms_der_put_length(header + 1, n);
	g_byte_array_append(out, header, (guint)size);
}

void
cms_der_tlv(GByteArray *out, uint8_t tag, BaseBytes value)
{
	cms_der_header(out, tag, value.n);
	cms_der_raw(out, value);
}

guint
cms_der_begin(GByteArray *out, uint8_t tag)
{
	const uint8_t header[2] = {tag, 0};
	g_byte_array_append(out, header, sizeof(header));
	return out->len;
}

void
cms_der_end(GByteArray *out, guint mark)
{
	guint n = out->len - mark;
	guint more = (guint)cms_der_length_size(n) - 1;
	if (more > 0) {
		g_byte_array_set_size(out, out->len + more);
		memmove(out->data + mark + more, out->data + mark, n);
	}
	cms_der_put_length(out->data + mark - 1, n);
}

void
cms_der_oid(GByteArray *out, CmsOid oid)
{
	cms_der_tlv(out, CMS_TAG_OID, cms_oid_bytes(oid));
}

void
cms_der_octets(GByteArray *out, BaseBytes value)
{
	cms_der_tlv(out, CMS_TAG_OCTET_STRING, value);
}

void
cms_der_null(GByteArray *out)
{
	cms_der_header(out, CMS_TAG_NULL, 0);
}

void
cms_der_unsigned(GByteArray *out, BaseBytes value)
{
	while (value.n > 0 && value.p[0] == 0) {
		value = base_bytes(value.p + 1, value.n - 1);
	}
	bool pad = value.n == 0 || (value.p[0] & 0x80) != 0;
	cms_der_header(out, CMS_TAG_INTEGER, value.n + pad);
	if (pad) {
		g_byte_array_append(out, (const uint8_t *)"", 1);
	}
	cms_der_raw(out, value);
}

void
cms_der_uint(GByteArray *out, uint64_t value)
{
	uint64_t big_endian = GUINT64_TO_BE(value);
	cms_der_unsigned(out, base_bytes(&big_endian, sizeof(big_endian)));
}

void
cms_der_bits(GByteArray *out, BaseBytes value)
{
	cms_der_header(out, CMS_TAG_BIT_STRING, value.n + 1);
	g_byte_array_append(out, (const uint8_t *)"", 1);
	cms_der_raw(out, value);
}

void
cms_der_time(GByteArray *out, int64_t time)
{
	Calendar c = calendar_of(time);
	const int fields[] = {c.year / 100, c.year % 100, c.month, c.day,
			      c.hour,       c.minute,     c.second};
	char text[15];
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
		text[2 * i] = (char)('0' + fields[i] / 10 % 10);
		text[2 * i + 1] = (char)('0' + fields[i] % 10);
	}
	text[14] = 'Z';
	if (c.year >= 1950 && c.year <= 2049) {
		cms_der_tlv(out, CMS_TAG_UTC_TIME, base_bytes(text + 2, 13));
	} else {
		cms_der_tlv(out, CMS_TAG_GENERALIZED_TIME, base_bytes(text, 15));
	}
}

/* X.690 section 11.6: compared as octet strings, the shorter padded with zeros. */
static int
compare(const void *a, const void *b)
{
	const BaseBytes *x = a;
	const BaseBytes *y = b;
	int c = memcmp(x->p, y->p, MIN(x->n, y->n));
	return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

void
cms_der_set_of(GByteArray *out, uint8_t tag, BaseBytes *elements, size_t n)
{
	size_t total = 0;
	for (size_t i = 0; i < n; i++) {
		total += elements[i].n;
	}
	if (n > 1) {
		qsort(elements, n, sizeof(*elements), compare);
	}
	cms_der_header(out, tag, total);
	for (size_t i = 0; i < n; i++) {
		cms_der_raw(out, elements[i]);
	}
}

void
cms_der_algorithm(GByteArray *out, CmsOid oid, bool null)
{
	guint mark = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, oid);
	if (null) {
		cms_der_null(out);
	}
	cms_der_end(out, mark);
}
