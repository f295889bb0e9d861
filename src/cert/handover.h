/* SPDX-License-Identifier: MPL-2.0 */
/* The statement with which an old personal root hands over to a new one (design.md 3.3). */
#pragma once

#include "base/error.h"
#include "cert/info.h"

#define CERT_HANDOVER_HASH 32U /* octets of SHA-256 */

/*
 * HandOver ::= SEQUENCE {
 *   version  INTEGER (1),
 *   address  UTF8String,             -- as cert_address_normalise() writes it
 *   oldRoot  OCTET STRING (SIZE (32)),  -- SHA-256 of the certificate's DER
 *   newRoot  OCTET STRING (SIZE (32)),  -- another one
 *   time     GeneralizedTime }       -- YYYYMMDDHHMMSSZ, RFC 5280 section 4.1.2.5.2
 *
 * GeneralizedTime, since all other times in our DER are; it has one encoding for each second.
 */
typedef struct {
	char *address;
	uint8_t old_root[CERT_HANDOVER_HASH];
	uint8_t new_root[CERT_HANDOVER_HASH];
	int64_t time;
} CertHandover;

/* Frees what cert_handover_read() filled in, and empties it. */
void cert_handover_clear(CertHandover *handover);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CertHandover, cert_handover_clear)

/* The DER; (transfer full). PS_ERROR_ARGUMENT if the address is none, the time lies beyond the
 * years 1 to 9999, or both roots are the same. */
GBytes *cert_handover_new(const char *address, const CertInfo *old_root, const CertInfo *new_root,
			  int64_t time, GError **error);

/* What the old root signs raw: "postseal-handover-v1" (20 octets, no NUL) and the DER. */
GBytes *cert_handover_signed_input(BaseBytes statement);

/* Exactly one statement in DER, as above, and nothing behind it; otherwise false. Who signed it and
 * whose roots these are is the caller's to check. */
bool cert_handover_read(BaseBytes der, CertHandover *out);
