/* SPDX-License-Identifier: MPL-2.0 */
/*
 * DER writer (X.690 section 10) into a GByteArray. Nested values are written between
 * cms_der_begin() and cms_der_end(), which moves what was written only if the length needs more
 * than one octet. Nothing here can fail.
 */
#pragma once

#include "cms/oid.h"

enum {
	CMS_TAG_BOOLEAN = 0x01,
	CMS_TAG_INTEGER = 0x02,
	CMS_TAG_BIT_STRING = 0x03,
	CMS_TAG_OCTET_STRING = 0x04,
	CMS_TAG_NULL = 0x05,
	CMS_TAG_OID = 0x06,
	CMS_TAG_ENUMERATED = 0x0a,
	CMS_TAG_UTF8_STRING = 0x0c,
	CMS_TAG_UTC_TIME = 0x17,
	CMS_TAG_GENERALIZED_TIME = 0x18,
	CMS_TAG_SEQUENCE = 0x30,
	CMS_TAG_SET = 0x31,
	CMS_TAG_CONSTRUCTED = 0x20,
};

/* Context tags [n]: primitive (implicit string) and constructed (explicit, or implicit SEQUENCE and
 * SET). */
#define CMS_TAG_CONTEXT(n)             ((uint8_t)(0x80 | (n)))
#define CMS_TAG_CONTEXT_CONSTRUCTED(n) ((uint8_t)(0xa0 | (n)))

/* Octets of a length field for @n content octets, and of tag, length and content. */
size_t cms_der_length_size(size_t n);
size_t cms_der_size(size_t n);

/* Writes the length field to @out (room for 9 octets) and returns its size. */
size_t cms_der_put_length(uint8_t *out, size_t n);

/* Tag and length only, for content that follows by other ways. */
void cms_der_header(GByteArray *out, uint8_t tag, size_t n);
/* Tag, length and content. */
void cms_der_tlv(GByteArray *out, uint8_t tag, BaseBytes value);
/* Octets as they are. */
void cms_der_raw(GByteArray *out, BaseBytes der);

/* Opens a value; pass what it returns to cms_der_end(), innermost first. */
guint cms_der_begin(GByteArray *out, uint8_t tag);
void cms_der_end(GByteArray *out, guint mark);

void cms_der_oid(GByteArray *out, CmsOid oid);
void cms_der_octets(GByteArray *out, BaseBytes value);
void cms_der_null(GByteArray *out);
void cms_der_uint(GByteArray *out, uint64_t value);
/* A non-negative INTEGER of any size, big endian, leading zeros allowed. */
void cms_der_unsigned(GByteArray *out, BaseBytes value);
/* BIT STRING without unused bits. */
void cms_der_bits(GByteArray *out, BaseBytes value);
/* UTCTime for 1950 to 2049, GeneralizedTime otherwise (RFC 5652 section 11.3). */
void cms_der_time(GByteArray *out, int64_t time);

/* SET OF (or implicit, by @tag): the elements, each a whole TLV, in DER order; @elements is sorted
 * in place. */
void cms_der_set_of(GByteArray *out, uint8_t tag, BaseBytes *elements, size_t n);

/* SEQUENCE { algorithm OID } and, if @null, the parameters NULL. */
void cms_der_algorithm(GByteArray *out, CmsOid oid, bool null);
