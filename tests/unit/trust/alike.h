/* SPDX-License-Identifier: MPL-2.0 */
/* Correspondents and questions from a few words. */
#pragma once

#include "../store/temp.h"
#include "base/clock.h"
#include "trust/harvest.h"
#include "trust/lookalike.h"

#define START (INT64_C(20000) * BASE_DAY + BASE_DAY / 2)
#define LATER (START + 30 * BASE_DAY)

static inline void
alike_note(Store *store, const char *address, const char *display, int64_t received)
{
	g_autoptr(GError) error = NULL;
	const TrustCorrespondent c = {
		.address = address, .display = display, .received = received, .direct = true};
	trust_correspondent_note(store, &c, NULL, &error);
	g_assert_no_error(error);
}

/* A message that the history counts as well. */
static inline void
alike_count(Store *store, const char *address, int64_t received)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *key = g_strdup_printf("%s %" G_GINT64_FORMAT, address, received);
	const TrustSighting sighting = {.address = address,
					.received = received,
					.now = received,
					.message_key = key,
					.direct = true};
	trust_note_unsigned(store, &sighting, &error);
	g_assert_no_error(error);
}

/* On @days days in a row. */
static inline void
alike_note_days(Store *store, const char *address, int days)
{
	for (int day = 0; day < days; day++) {
		alike_note(store, address, NULL, START + day * BASE_DAY);
	}
}

static inline TrustAlike
alike_ask(Store *store, const TrustAlikeQuestion *question)
{
	g_autoptr(GError) error = NULL;
	TrustAlike alike = {0};
	trust_lookalike(store, question, &alike, &error);
	g_assert_no_error(error);
	g_assert_nonnull(alike.shown);
	g_assert_true(g_utf8_validate(alike.shown, -1, NULL));
	return alike;
}

static inline TrustAlike
alike_ask_address(Store *store, const char *address)
{
	return alike_ask(store, &(TrustAlikeQuestion){.address = address, .received = LATER});
}
