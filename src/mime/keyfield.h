/* SPDX-License-Identifier: MPL-2.0 */
/* The field that carries a key where no signature may be seen: Postseal-Key (design.md 3.2). */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "mime/header.h"

#define MIME_KEYFIELD_NAME "Postseal-Key"

/*
 * postseal-key = "Postseal-Key:" tag-list CRLF               ; RFC 6376 section 3.2
 *   v    = "1"                                               ; first
 *   addr = addr-spec of the only From mailbox, lower case    ; no white space, ";" or control
 *   time = 1*12DIGIT                                         ; seconds since 1970
 *   leaf = base64 of one DER certificate
 *   root = base64 of one DER certificate
 *   pop  = base64 of the leaf's signature over mime_keyfield_proof_input()
 * Unknown tags are ignored. The whole field, name and folds included, has at most
 * BASE_LIMIT_KEY_FIELD octets.
 */
typedef struct {
	char *addr;
	int64_t time; /* not covered by the proof: Date is */
	GBytes *leaf; /* DER */
	GBytes *root; /* DER */
	GBytes *pop;  /* the signature's octets */
} MimeKeyfield;

void mime_keyfield_free(MimeKeyfield *field);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeKeyfield, mime_keyfield_free)

/* Why there is no key field to use. */
typedef enum {
	MIME_KEYFIELD_OK,
	MIME_KEYFIELD_ABSENT,
	MIME_KEYFIELD_SEVERAL,  /* more than one field */
	MIME_KEYFIELD_OVERSIZE, /* over BASE_LIMIT_KEY_FIELD */
	MIME_KEYFIELD_SYNTAX,   /* not a tag list, or a tag twice */
	MIME_KEYFIELD_VERSION,  /* v is not 1 */
	MIME_KEYFIELD_MISSING,  /* addr, time, leaf, root or pop is not there */
	MIME_KEYFIELD_ADDRESS,  /* addr is not an address */
	MIME_KEYFIELD_TIME,
	MIME_KEYFIELD_BASE64, /* leaf, root or pop is empty or not base64 */
} MimeKeyfieldReason;

/* "ok", "absent", ... in the order above. */
const char *mime_keyfield_reason_name(MimeKeyfieldReason reason);

/* The one key field of @header; NULL with *@reason (set in every case) if there is none that can be
 * used. Nothing is checked against From or the certificates: that takes cryptography. */
MimeKeyfield *mime_keyfield_read(const MimeHeader *header, MimeKeyfieldReason *reason);

/* The same for one field body, with or without folds. */
MimeKeyfield *mime_keyfield_parse(BaseBytes value, MimeKeyfieldReason *reason);

/* The whole field, folded, CRLF at the end; (transfer full). PS_ERROR_LIMIT if it would be longer
 * than BASE_LIMIT_KEY_FIELD, PS_ERROR_ARGUMENT if addr or time cannot be written. */
char *mime_keyfield_format(const MimeKeyfield *field, GError **error);

/*
 * What pop signs:
 *   "postseal-key-v1" NUL addr NUL root-hash Message-ID NUL Date NUL
 * root-hash is the 32 octets of SHA-256 over the root's DER, without NUL after it; the strings are
 * the unfolded field values without white space at both ends. No string can hold NUL, so different
 * inputs give different octets. PS_ERROR_ARGUMENT if @root_sha256 has not 32 octets or a string is
 * empty.
 */
GBytes *mime_keyfield_proof_input(const char *addr, BaseBytes root_sha256, const char *message_id,
				  const char *date, GError **error);
