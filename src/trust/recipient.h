/* SPDX-License-Identifier: MPL-2.0 */
/* Can we seal to this address, to which certificate, and why. */
#pragma once

#include "store/peer.h"

typedef enum {
	TRUST_READY,
	TRUST_NONE,
	TRUST_CHANGED,
	TRUST_EXPIRED,
	TRUST_CONFLICT,
	TRUST_REFUSED,
} TrustState;

const char *trust_state_name(TrustState state); /* as in cli.md: "ready", ... */

/*
 * Reasons (static strings). Why it is ready, exactly one of: verified, accepted, ca, handed-over,
 * import, key-header, pinned (it binds, trust/history.h), first-contact, introduced; then
 * expired-kept if the certificate has expired less than a year ago. Otherwise: none: no-key,
 * cannot-encrypt (no certificate that one may encrypt to), revoked (its newest one was revoked);
 * expired: expired; refused: refused. Last, candidate if another identity was seen since the last
 * decision, which moves nothing. changed: changed, then why, one or more of: aligned, three-days,
 * hand-over, ca. conflict: conflict. Both stay until the person decides, and give no certificate.
 */
typedef struct {
	char *address;
	TrustState state;
	GPtrArray *reasons; /* of const char * (static), at least one */
	char *fingerprint;  /* of the identity (its root); NULL without one */
	char *contender;    /* changed, conflict: the other one's root; NULL otherwise */
	char *leaf_fingerprint;
	GBytes *leaf;      /* DER of the certificate to seal to; NULL unless ready or expired */
	GPtrArray *chain;  /* of GBytes: its intermediates; never NULL */
	GBytes *root;      /* DER; NULL if there is none */
	int64_t not_after; /* of the leaf */
	StoreKind kind;
	uint32_t caps; /* signed capabilities of the pin, 0: none known */
	GBytes *caps_raw;
	char *program; /* mail program last seen, NULL: unknown */
	char *version;
	bool runs_postseal;
	bool has_sealed_to_us; /* it has sealed mail to the root that was asked about */
	bool known;            /* mail came from or went to this address before */
} TrustRecipient;

void trust_recipient_free(TrustRecipient *recipient);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrustRecipient, trust_recipient_free)

typedef struct {
	int64_t now;
	const char *thread; /* for introduced keys; NULL: none counts */
	const char
		*own_root; /* fingerprint of our current root; NULL: has_sealed_to_us stays false */
} TrustQuestion;

TrustRecipient *trust_recipient(Store *store, const char *address, const TrustQuestion *question,
				GError **error);
