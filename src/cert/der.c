/* SPDX-License-Identifier: MPL-2.0 */
/* A strict DER reader: definite, minimal lengths and low tag numbers, nothing else. */
#include "cert/der.h"

#define OID_MAX 128U /* octets; notes of the standards digest, section 20 */

/* Length octets of X.690 section 8.1.3 after the tag; false if indefinite, not minimal or beyond
 * the data. */
static bool
read_length(BaseBytes in, size_t *header, size_t *length)
{
	if (in.n < 2) {
		return false;
	}
	uint8_t first = in.p[1];
	if (first < 0x80) {
		*header = 2;
		*length = first;
		return *length <= in.n - 2;
	}
	size_t octets = first & 0x7fU;
	if (octets == 0 || octets > 4 || in.n < 2 + octets || in.p[2] == 0) {
		return false;
	}
	size_t value = 0;
	for (size_t i = 0; i < octets; i++) {
		value = value << 8 | in.p[2 + i];
	}
	*header = 2 + octets;
	*length = value;
	return value >= 0x80 && value <= in.n - *header;
}

bool
cert_der_next(BaseBytes *in, unsigned *tag, BaseBytes *value, BaseBytes *whole)
{
	size_t header = 0;
	size_t length = 0;
	if (in->n == 0 || (in->p[0] & 0x1f) == 0x1f || !read_length(*in, &header, &length)) {
		return false;
	}
	*tag = in->p[0];
	*value = base_bytes(in->p + header, length);
	*whole = base_bytes(in->p, header + length);
	*in = base_bytes(in->p + header + length, in->n - header - length);
	return true;
}

static bool
take(BaseBytes *in, unsigned tag, BaseBytes *value, BaseBytes *whole)
{
	BaseBytes rest = *in;
	unsigned found = 0;
	BaseBytes v;
	BaseBytes w;
	if (!cert_der_next(&rest, &found, &v, &w) || found != tag) {
		return false;
	}
	*in = rest;
	*value = v;
	*whole = w;
	return true;
}

bool
cert_der_take(BaseBytes *in, unsigned tag, BaseBytes *value)
{
	BaseBytes whole;
	return take(in, tag, value, &whole);
}

bool
cert_der_take_whole(BaseBytes *in, unsigned tag, BaseBytes *whole)
{
	BaseBytes value;
	return take(in, tag, &value, whole);
}

bool
cert_der_take_octet_bits(BaseBytes *in, BaseBytes *value)
{
	BaseBytes bits;
	if (!cert_der_take(in, CERT_DER_BIT_STRING, &bits) || bits.n < 1 || bits.p[0] != 0) {
		return false;
	}
	*value = base_bytes(bits.p + 1, bits.n - 1);
	return true;
}

/* Decimal digits at @p; -1 if there is anything else. */
static int
digits(const uint8_t *p, size_t n)
{
	int value = 0;
	for (size_t i = 0; i < n; i++) {
		if (!g_ascii_isdigit(p[i])) {
			return -1;
		}
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

/* MMDDHHMMSSZ after the year. */
static bool
read_time(int year, const uint8_t *p, int64_t *time)
{
	int part[5];
	for (size_t i = 0; i < G_N_ELEMENTS(part); i++) {
		part[i] = digits(p + 2 * i, 2);
		if (part[i] < 0) {
			return false;
		}
	}
	if (p[10] != 'Z' || year < 1) {
		return false;
	}
	g_autoptr(GDateTime) t =
		g_date_time_new_utc(year, part[0], part[1], part[2], part[3], part[4]);
	if (t == NULL) {
		return false;
	}
	*time = g_date_time_to_unix(t);
	return true;
}

bool
cert_der_take_time(BaseBytes *in, int64_t *time)
{
	BaseBytes v;
	if (cert_der_take(in, CERT_DER_UTC_TIME, &v)) {
		int yy = v.n == 13 ? digits(v.p, 2) : -1;
		return yy >= 0 && read_time(yy < 50 ? 2000 + yy : 1900 + yy, v.p + 2, time);
	}
	if (cert_der_take(in, CERT_DER_GENERALIZED_TIME, &v)) {
		return v.n == 15 && read_time(digits(v.p, 4), v.p + 4, time);
	}
	return false;
}

char *
cert_der_oid_text(BaseBytes oid)
{
	if (oid.n == 0 || oid.n > OID_MAX || (oid.p[oid.n - 1] & 0x80) != 0) {
		return NULL;
	}
	g_autoptr(GString) text = g_string_new(NULL);
	uint64_t arc = 0;
	for (size_t i = 0; i < oid.n; i++) {
		if (arc >> 57 != 0 || (arc == 0 && oid.p[i] == 0x80)) {
			return NULL;
		}
		arc = arc << 7 | (oid.p[i] & 0x7fU);
		if ((oid.p[i] & 0x80) != 0) {
			continue;
		}
		if (text->len == 0) {
			uint64_t first = MIN(arc / 40, 2);
			g_string_append_printf(text, "%" G_GUINT64_FORMAT, first);
			arc -= first * 40;
		}
		g_string_append_printf(text, ".%" G_GUINT64_FORMAT, arc);
		arc = 0;
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

bool
cert_der_read_authority_key(BaseBytes value, BaseBytes *id)
{
	BaseBytes fields;
	if (!cert_der_take(&value, CERT_DER_SEQUENCE, &fields) || value.n != 0) {
		return false;
	}
	(void)cert_der_take(&fields, CERT_DER_CONTEXT(0), id);
	return true;
}
