/* SPDX-License-Identifier: MPL-2.0 */
/* What is said to people. Every text of a verdict stands in this file, ready for translation. */
#include "engine/sentence.h"

#include "base/clock.h"
#include <string.h>

/* One %s at most: the detail. */
static const struct {
	const char *code;
	const char *text;
	const char *without_detail;
} WARNINGS[] = {
	{"several-from",
	 "The message names more than one sender, so nobody's signature can stand for it.", NULL},
	{"from-mismatch",
	 "Inside it names another sender (%s), which nothing proves; the one on the envelope is shown.",
	 "The sender shown is not the one who signed."},
	{"key-changed", "This is not the key that %s used before.",
	 "This is not the key that the sender used before."},
	{"key-conflict", "Two keys claim to belong to %s.",
	 "Two keys claim to belong to the sender."},
	{"candidate-key", "%s was known with another key; that one stays in use until you decide.",
	 "The sender was known with another key; that one stays in use until you decide."},
	{"untrusted-issuer", "Nobody you trust vouches for the signer's certificate.", NULL},
	{"expired", "The signer's certificate had expired.", NULL},
	{"weak-algorithm", "It is protected with an algorithm that is no longer safe (%s).",
	 "It is protected with an algorithm that is no longer safe."},
	{"legacy-cbc",
	 "It is encrypted in an old way that does not notice changes made on the journey.", NULL},
	{"errant-layer",
	 "A signed or encrypted part lies inside the message; it says nothing about the whole.",
	 NULL},
	{"list-footer",
	 "A mailing list added text around a signed message; the signature was not used.", NULL},
	{"not-addressed-to-you", "Your address is not among the protected recipients.", NULL},
	{"remote-content", "It would load content from the network; that was not checked.", NULL},
};

char *
sentence_warning(const char *code, const char *detail)
{
	for (size_t i = 0; i < G_N_ELEMENTS(WARNINGS); i++) {
		if (strcmp(WARNINGS[i].code, code) != 0) {
			continue;
		}
		const char *text = WARNINGS[i].text;
		const char *gap = strstr(text, "%s");
		if (gap == NULL || (detail == NULL && WARNINGS[i].without_detail == NULL)) {
			return g_strdup(text);
		}
		return detail == NULL ? g_strdup(WARNINGS[i].without_detail)
				      : g_strdup_printf("%.*s%s%s", (int)(gap - text), text, detail,
							gap + 2);
	}
	return g_strdup(code);
}

/* Why a message that is there could not be read. */
static const struct {
	const char *reason;
	const char *text;
} UNREADABLE[] = {
	{"no-key",
	 "It is encrypted, but not for a key that is here; import the key that it was sent to."},
	{"not-authenticated",
	 "It is encrypted, but was damaged or altered on the journey; ask the sender to send it again."},
	{"malformed", "It is encrypted, but broken; ask the sender to send it again."},
	{"unsupported-algorithm",
	 "It is encrypted in a way that cannot be read here; ask the sender for AES."},
	{"too-large", "It is encrypted for more recipients than can be looked at."},
};

static const char *
unreadable_text(const PsVerdict *verdict)
{
	for (size_t i = 0; i < G_N_ELEMENTS(UNREADABLE); i++) {
		if (strcmp(verdict->encryption.reason, UNREADABLE[i].reason) == 0) {
			return UNREADABLE[i].text;
		}
	}
	return NULL;
}

/* "1st", "2nd", "3rd", "11th". */
static char *
ordinal(int64_t n)
{
	static const char *const ENDINGS[] = {"th", "st", "nd", "rd"};
	int64_t last = n % 10;
	bool teen = n % 100 >= 11 && n % 100 <= 13;
	return g_strdup_printf("%" G_GINT64_FORMAT "%s", n,
			       teen || last > 3 ? "th" : ENDINGS[last]);
}

/* "March 2026". */
static char *
month_of(int64_t time)
{
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
	return date == NULL ? g_strdup("long ago") : g_date_time_format(date, "%B %Y");
}

static char *
history_text(const PsVerdict *verdict)
{
	if (verdict->history.first_seen == 0) {
		return g_strdup("you accepted it, and no signed message was learned before");
	}
	g_autofree char *nth = ordinal(verdict->history.messages + 1);
	g_autofree char *since = month_of(verdict->history.first_seen);
	const char *plural = verdict->history.days == 1 ? "day" : "days";
	return g_strdup_printf("the %s signed message with this key, seen on %" G_GINT64_FORMAT
			       " %s since %s",
			       nth, verdict->history.days, plural, since);
}

static char *
valid_text(const PsVerdict *verdict)
{
	const char *from = verdict->from_address == NULL ? "the sender" : verdict->from_address;
	const char *sealed = verdict->encryption.present ? "Sealed" : "Signed";
	if (!verdict->signer.matches_from) {
		return g_strdup_printf("%s, but by somebody else than %s.", sealed, from);
	}
	if (verdict->summary == PS_SUMMARY_VERIFIED ||
	    verdict->summary == PS_SUMMARY_CONFIDENTIAL) {
		g_autofree char *history = history_text(verdict);
		const char *by =
			strcmp(verdict->signer.chain, "trusted") == 0
				? "vouched for by its issuer"
				: (verdict->history.first_seen == 0 ? "the key that you know"
								    : "the same key as before");
		return g_strdup_printf("%s by %s: %s; %s.", sealed, from, by, history);
	}
	if (strcmp(verdict->signer.chain, "revoked") == 0) {
		return g_strdup_printf(
			"It is signed with a key of %s that was revoked: anybody may have it.",
			from);
	}
	if (verdict->history.refused) {
		return g_strdup_printf("It carries a key of %s that you refused.", from);
	}
	if (strcmp(verdict->history.state, "first") == 0) {
		return g_strdup_printf(
			"It carries a key for %s, seen for the first time; that proves nothing yet.",
			from);
	}
	if (strcmp(verdict->history.state, "changed") == 0 ||
	    strcmp(verdict->history.state, "conflict") == 0) {
		return g_strdup_printf(
			"It carries another key than %s used before; that proves nothing.", from);
	}
	g_autofree char *history = history_text(verdict);
	return g_strdup_printf("It carries the key of %s that is being got to know: %s.", from,
			       history);
}

char *
sentence_verdict(const PsVerdict *verdict)
{
	const char *unreadable = verdict->encryption.present ? unreadable_text(verdict) : NULL;
	if (unreadable != NULL) {
		return g_strdup(unreadable);
	}
	if (verdict->signature.valid) {
		return valid_text(verdict);
	}
	if (verdict->encryption.present) {
		return g_strdup("Encrypted on the journey, but nobody knows by whom.");
	}
	if (verdict->signature.present) {
		return g_strdup("Its signature does not hold here, so it counts as unsigned.");
	}
	return g_strdup("Not protected: anybody could have written or read it.");
}
