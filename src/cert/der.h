/* SPDX-License-Identifier: MPL-2.0 */
/* A strict DER reader (X.690 section 10) over borrowed octets; private to this folder. */
#pragma once

#include "base/bytes.h"

enum {
	CERT_DER_BOOLEAN = 0x01,
	CERT_DER_INTEGER = 0x02,
	CERT_DER_BIT_STRING = 0x03,
	CERT_DER_OCTET_STRING = 0x04,
	CERT_DER_NULL = 0x05,
	CERT_DER_OID = 0x06,
	CERT_DER_UTF8_STRING = 0x0c,
	CERT_DER_NUMERIC_STRING = 0x12,
	CERT_DER_PRINTABLE_STRING = 0x13,
	CERT_DER_TELETEX_STRING = 0x14,
	CERT_DER_IA5_STRING = 0x16,
	CERT_DER_UTC_TIME = 0x17,
	CERT_DER_GENERALIZED_TIME = 0x18,
	CERT_DER_VISIBLE_STRING = 0x1a,
	CERT_DER_UNIVERSAL_STRING = 0x1c,
	CERT_DER_BMP_STRING = 0x1e,
	CERT_DER_SEQUENCE = 0x30,
	CERT_DER_SET = 0x31,
};

#define CERT_DER_CONTEXT(n)     (0x80U | (n)) /* primitive [n] */
#define CERT_DER_CONSTRUCTED(n) (0xa0U | (n)) /* constructed [n] */

/* One element from the front of *@in; *@whole includes the header. False: nothing there, or not
 * DER. */
bool cert_der_next(BaseBytes *in, unsigned *tag, BaseBytes *value, BaseBytes *whole);

/* The element at the front if it has this tag; false otherwise, and then *@in is where it was. */
bool cert_der_take(BaseBytes *in, unsigned tag, BaseBytes *value);
bool cert_der_take_whole(BaseBytes *in, unsigned tag, BaseBytes *whole);

/* AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, ... }, all of @value: *@id
 * stays as it is without one. */
bool cert_der_read_authority_key(BaseBytes value, BaseBytes *id);

/* BIT STRING of whole octets: its octets. */
bool cert_der_take_octet_bits(BaseBytes *in, BaseBytes *value);

/* Time = UTCTime / GeneralizedTime as RFC 5280 section 4.1.2.5 has them. */
bool cert_der_take_time(BaseBytes *in, int64_t *time);

/* Dotted form of OID contents; NULL if they are none. */
char *cert_der_oid_text(BaseBytes oid);
