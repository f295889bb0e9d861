/* SPDX-License-Identifier: MPL-2.0 */
/* BER in memory (X.690 section 8): every view returned lies inside the octets given. */
#include "cms/ber.h"
#include "base/calendar.h"

CmsBerHeaderStatus
cms_ber_header(BaseBytes in, CmsBerHeader *out)
{
	if (in.n < 2) {
		return CMS_BER_HEADER_SHORT;
	}
	uint8_t tag = in.p[0];
	uint8_t first = in.p[1];
	if ((tag & 0x1f) == 0x1f || (tag == 0 && first != 0)) {
		return CMS_BER_HEADER_BAD;
	}
	*out = (CmsBerHeader){.tag = tag, .length = first, .size = 2};
	if (first < 0x80) {
		return CMS_BER_HEADER_READ;
	}
	if (first == 0x80) {
		out->indefinite = true;
		out->length = 0;
		return (tag & CMS_TAG_CONSTRUCTED) != 0 ? CMS_BER_HEADER_READ : CMS_BER_HEADER_BAD;
	}
	size_t octets = first & 0x7fU;
	if (octets > 8) {
		return CMS_BER_HEADER_BAD;
	}
	if (in.n < 2 + octets) {
		return CMS_BER_HEADER_SHORT;
	}
	out->length = 0;
	for (size_t i = 0; i < octets; i++) {
		out->length = out->length << 8 | in.p[2 + i];
	}
	out->size = 2 + octets;
	return out->length > INT64_MAX ? CMS_BER_HEADER_BAD : CMS_BER_HEADER_READ;
}

/* Octets in front of the end-of-contents that closes an indefinite value; SIZE_MAX if it never
 * comes. */
static size_t
indefinite_length(BaseBytes in)
{
	unsigned depth = 1;
	size_t at = 0;
	for (;;) {
		CmsBerHeader h;
		if (cms_ber_header(base_bytes(in.p + at, in.n - at), &h) != CMS_BER_HEADER_READ ||
		    h.length > in.n - at - h.size) {
			return SIZE_MAX;
		}
		if (h.tag == 0 && --depth == 0) {
			return at;
		}
		if (h.indefinite && ++depth > BASE_LIMIT_BER_DEPTH) {
			return SIZE_MAX;
		}
		at += h.size + (size_t)h.length;
	}
}

/* Most values are shorter than 128 octets: tag, one octet of length, content. */
static inline bool
next_short(BaseBytes *in, CmsTlv *out)
{
	const uint8_t *p = in->p;
	if (in->n < 2 || p[1] >= 0x80 || (p[0] & 0x1f) == 0x1f || p[0] == 0 || p[1] > in->n - 2) {
		return false;
	}
	size_t n = p[1];
	*out = (CmsTlv){p[0], base_bytes(p + 2, n), base_bytes(p, n + 2)};
	*in = base_bytes(p + 2 + n, in->n - 2 - n);
	return true;
}

bool
cms_ber_next(BaseBytes *in, CmsTlv *out)
{
	CmsBerHeader h;
	if (next_short(in, out)) {
		return true;
	}
	if (cms_ber_header(*in, &h) != CMS_BER_HEADER_READ || h.tag == 0) {
		return false;
	}
	BaseBytes rest = base_bytes(in->p + h.size, in->n - h.size);
	size_t n = (size_t)h.length;
	size_t end = 0;
	if (h.indefinite) {
		n = indefinite_length(rest);
		end = 2;
	}
	if (n > rest.n) {
		return false;
	}
	*out = (CmsTlv){h.tag, base_bytes(rest.p, n), base_bytes(in->p, h.size + n + end)};
	*in = base_bytes(rest.p + n + end, rest.n - n - end);
	return true;
}

uint8_t
cms_ber_peek(BaseBytes in)
{
	return in.n == 0 ? 0 : in.p[0];
}

bool
cms_ber_take(BaseBytes *in, uint8_t tag, CmsTlv *out)
{
	return cms_ber_peek(*in) == tag && cms_ber_next(in, out);
}

bool
cms_ber_value(BaseBytes *in, uint8_t tag, BaseBytes *value)
{
	CmsTlv tlv;
	if (!cms_ber_take(in, tag, &tlv)) {
		return false;
	}
	if (value != NULL) {
		*value = tlv.value;
	}
	return true;
}

bool
cms_ber_only(BaseBytes in, uint8_t tag, BaseBytes *value)
{
	BaseBytes content;
	if (!cms_ber_value(&in, tag, &content) || in.n != 0) {
		return false;
	}
	*value = content;
	return true;
}

bool
cms_ber_oid(BaseBytes *in, BaseBytes *oid)
{
	BaseBytes rest = *in;
	BaseBytes value;
	if (!cms_ber_value(&rest, CMS_TAG_OID, &value) || value.n == 0 || value.n > 128) {
		return false;
	}
	*in = rest;
	*oid = value;
	return true;
}

bool
cms_ber_uint(BaseBytes *in, uint64_t *out)
{
	BaseBytes rest = *in;
	BaseBytes value;
	if (!cms_ber_value(&rest, CMS_TAG_INTEGER, &value) || value.n == 0 ||
	    (value.p[0] & 0x80) != 0) {
		return false;
	}
	while (value.n > 0 && value.p[0] == 0) {
		value = base_bytes(value.p + 1, value.n - 1);
	}
	if (value.n > sizeof(uint64_t)) {
		return false;
	}
	uint64_t v = 0;
	for (size_t i = 0; i < value.n; i++) {
		v = v << 8 | value.p[i];
	}
	*in = rest;
	*out = v;
	return true;
}

bool
cms_ber_algorithm(BaseBytes *in, BaseBytes *oid, BaseBytes *parameters)
{
	BaseBytes rest = *in;
	BaseBytes value;
	BaseBytes id;
	if (!cms_ber_value(&rest, CMS_TAG_SEQUENCE, &value) || !cms_ber_oid(&value, &id)) {
		return false;
	}
	CmsTlv any = {0};
	if (value.n > 0 && (!cms_ber_next(&value, &any) || value.n > 0)) {
		return false;
	}
	*in = rest;
	*oid = id;
	*parameters = any.whole;
	return true;
}

/* @n digits at @p; -1 if one of them is none. */
static int
digits(const uint8_t *p, size_t n)
{
	int v = 0;
	for (size_t i = 0; i < n; i++) {
		if (!g_ascii_isdigit(p[i])) {
			return -1;
		}
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

/* [CC]YYMMDDHHMMSSZ */
static bool
time_text(BaseBytes text, bool generalized, int64_t *out)
{
	size_t y = generalized ? 4 : 2;
	if (text.n != y + 11 || text.p[y + 10] != 'Z') {
		return false;
	}
	int year = digits(text.p, y);
	if (!generalized && year >= 0) {
		year += year >= 50 ? 1900 : 2000;
	}
	const uint8_t *p = text.p + y;
	const Calendar c = {.year = year,
			    .month = digits(p, 2),
			    .day = digits(p + 2, 2),
			    .hour = digits(p + 4, 2),
			    .minute = digits(p + 6, 2),
			    .second = digits(p + 8, 2)};
	return calendar_time(&c, 0, out);
}

bool
cms_ber_time(BaseBytes *in, int64_t *out)
{
	BaseBytes rest = *in;
	CmsTlv tlv;
	if (!cms_ber_next(&rest, &tlv) ||
	    (tlv.tag != CMS_TAG_UTC_TIME && tlv.tag != CMS_TAG_GENERALIZED_TIME) ||
	    !time_text(tlv.value, tlv.tag == CMS_TAG_GENERALIZED_TIME, out)) {
		return false;
	}
	*in = rest;
	return true;
}

/* Takes one segment off @open[*depth]: its octets go to @out, or it is opened in turn. */
static bool
join_segment(BaseBytes *open, unsigned *depth, GByteArray *out)
{
	CmsTlv tlv;
	if (!cms_ber_next(&open[*depth], &tlv)) {
		return false;
	}
	if (tlv.tag == CMS_TAG_OCTET_STRING) {
		cms_der_raw(out, tlv.value);
		return true;
	}
	if (tlv.tag != (CMS_TAG_OCTET_STRING | CMS_TAG_CONSTRUCTED) ||
	    *depth + 1 == BASE_LIMIT_BER_DEPTH) {
		return false;
	}
	open[++*depth] = tlv.value;
	return true;
}

/* Joins the segments of a constructed string; what is open at each depth waits on a small stack. */
static bool
join(BaseBytes content, GByteArray *out)
{
	BaseBytes open[BASE_LIMIT_BER_DEPTH];
	unsigned depth = 0;
	open[0] = content;
	while (depth > 0 || open[0].n > 0) {
		if (open[depth].n == 0) {
			depth--;
		} else if (!join_segment(open, &depth, out)) {
			return false;
		}
	}
	return true;
}

GBytes *
cms_ber_octets(BaseBytes *in, uint8_t tag)
{
	BaseBytes rest = *in;
	CmsTlv tlv;
	if (!cms_ber_next(&rest, &tlv)) {
		return NULL;
	}
	if (tlv.tag == tag) {
		*in = rest;
		return base_bytes_dup(tlv.value);
	}
	g_autoptr(GByteArray) out = g_byte_array_new();
	if (tlv.tag != (tag | CMS_TAG_CONSTRUCTED) || !join(tlv.value, out)) {
		return NULL;
	}
	*in = rest;
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}
