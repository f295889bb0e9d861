/* SPDX-License-Identifier: MPL-2.0 */
/* Which recipients share one sealed copy, and its algorithms (design.md 3.2 'Sealed'). */
#pragma once

#include "base/bytes.h"

typedef enum {
	POLICY_KEY_RSA,
	POLICY_KEY_EC,
	POLICY_KEY_X25519,
} PolicyKey;

/* One recipient's certificate and what was announced for it in signed capabilities. */
typedef struct {
	PolicyKey key;
	bool gcm;      /* AES-GCM in AuthEnvelopedData */
	bool oaep;     /* RSAES-OAEP */
	bool ecdh;     /* copes with key agreement recipients beside it */
	bool cek_hkdf; /* RFC 9709 */
	bool bcc;      /* gets a copy of its own */
} PolicyRecipient;

typedef struct {
	bool gcm;        /* AES-256-GCM, else AES-256-CBC */
	bool cek_hkdf;   /* under a derived key */
	GArray *members; /* guint indexes into the recipients, in order */
	bool bcc;        /* the copy of one Bcc recipient */
} PolicyGroup;

void policy_group_free(PolicyGroup *group);

/* (transfer full): at least one PolicyGroup; the first is the main copy (To, Cc, self); then
 * further algorithm groups; then one for each Bcc recipient. OAEP is used for a member that
 * announced it. */
GPtrArray *policy_cipher_groups(const PolicyRecipient *recipients, size_t n);
