/* SPDX-License-Identifier: MPL-2.0 */
/* Messages that never were: sightings from small numbers. */
#pragma once

#include "../store/temp.h"
#include "base/clock.h"
#include "trust/history.h"

#define ALICE "alice@example.org"
#define START (INT64_C(20000) * BASE_DAY + BASE_DAY / 2)
#define AT(d) (START + (int64_t)(d)*BASE_DAY)

/* SHA-256 of the text that stands for a certificate, as the store files it. */
static inline const char *
people_fingerprint(const char *certificate)
{
	return temp_keep(g_compute_checksum_for_string(G_CHECKSUM_SHA256, certificate, -1));
}

/* A direct, verified signature under @root by the @n-th leaf (made on day @n, good for 100 days).
 */
static inline TrustSighting
people_sighting(const char *root, int n, double day, const char *message)
{
	const char *leaf = temp_keep(g_strdup_printf("%s leaf %d", root, n));
	return (TrustSighting){
		.address = ALICE,
		.kind = STORE_KIND_PERSONAL,
		.how = STORE_HOW_SIGNATURE,
		.signer = {people_fingerprint(leaf), base_bytes_str(leaf), AT(n), AT(n + 100),
			   true},
		.root_fingerprint = people_fingerprint(root),
		.root = base_bytes_str(root),
		.signing_time = START + (int64_t)(day * (double)BASE_DAY),
		.received = START + (int64_t)(day * (double)BASE_DAY),
		.now = START + (int64_t)(day * (double)BASE_DAY),
		.message_key = message,
		.direct = true,
	};
}

static inline TrustHarvest
people_harvest(Store *store, TrustSighting s)
{
	TrustHarvest harvest = {.outcome = TRUST_IGNORED};
	g_autoptr(GError) error = NULL;
	trust_harvest(store, &s, &harvest, &error);
	g_assert_no_error(error);
	return harvest;
}

static inline StoreIdentity *
people_identity(Store *store, const char *root)
{
	StoreIdentity *identity = NULL;
	g_assert_true(
		store_identity_by_root(store, ALICE, people_fingerprint(root), &identity, NULL));
	return identity;
}

static inline void
people_assert_pin(Store *store, const char *root)
{
	g_autoptr(StoreIdentity) pin = NULL;
	g_assert_true(store_identity_pin(store, ALICE, &pin, NULL));
	g_assert_cmpstr(pin == NULL ? NULL : pin->root_fingerprint, ==,
			root == NULL ? NULL : people_fingerprint(root));
}

static inline void
people_assert_same_history(const TrustHistory *a, const TrustHistory *b)
{
	const int64_t have[2][15] = {
		{a->state, a->binds, a->refused, a->verified, a->accepted, a->contested,
		 a->usually_signs, a->habit_is_ca, a->messages, a->days, a->first_seen,
		 a->last_seen, a->org_messages, a->org_days, a->org_first},
		{b->state, b->binds, b->refused, b->verified, b->accepted, b->contested,
		 b->usually_signs, b->habit_is_ca, b->messages, b->days, b->first_seen,
		 b->last_seen, b->org_messages, b->org_days, b->org_first},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(have[0]); i++) {
		if (have[0][i] != have[1][i]) {
			g_test_message("field %zu", i);
		}
		g_assert_cmpint(have[0][i], ==, have[1][i]);
	}
}
