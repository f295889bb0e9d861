/* SPDX-License-Identifier: MPL-2.0 */
/* What is said to people about each verdict and each warning. */
#include "engine/sentence.h"
#include "t.h"

/* One line, a whole sentence, no gap left open. */
static void
check_sentence(const char *text)
{
	g_test_message("%s", text);
	g_assert_true(g_str_has_suffix(text, "."));
	g_assert_true(g_ascii_isupper(text[0]) || strchr(text, '@') != NULL);
	g_assert_null(strchr(text, '%'));
	g_assert_null(strchr(text, '\n'));
	g_assert_null(strstr(text, "  "));
	g_assert_null(strstr(text, "(null)"));
}

/* The codes of cli.md, but those that come with the trust work: lookalikes, usually-signs and
 * first-time-link. */
static const char *const CODES[] = {
	"from-mismatch",  "key-changed",    "key-conflict", "untrusted-issuer",
	"expired",        "weak-algorithm", "legacy-cbc",   "errant-layer",
	"candidate-key",  "list-footer",    "several-from", "not-addressed-to-you",
	"remote-content",
};

static void
test_warnings(void)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(CODES); i++) {
		g_autofree char *bare = sentence_warning(CODES[i], NULL);
		g_autofree char *detailed = sentence_warning(CODES[i], "x@example.org");
		g_assert_cmpstr(bare, !=, CODES[i]);
		check_sentence(bare);
		check_sentence(detailed);
		g_assert_true(g_hash_table_add(seen, g_steal_pointer(&bare)));
	}
	g_autofree char *changed = sentence_warning("key-changed", "alice@example.org");
	g_assert_nonnull(strstr(changed, "alice@example.org"));
	g_autofree char *percent = sentence_warning("key-changed", "%s%n");
	g_assert_nonnull(strstr(percent, "%s%n"));
}

typedef struct {
	const char *reason;
	const char *holds; /* a word of what to do or what happened */
} ReasonCase;

static void
test_unreadable(void)
{
	static const ReasonCase table[] = {
		{"no-key", "import the key"}, {"not-authenticated", "altered"},
		{"malformed", "broken"},      {"unsupported-algorithm", "AES"},
		{"too-large", "recipients"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(PsVerdict) verdict = verdict_new();
		verdict->encryption.present = true;
		verdict->encryption.reason = table[i].reason;
		g_autofree char *text = sentence_verdict(verdict);
		check_sentence(text);
		g_assert_nonnull(strstr(text, table[i].holds));
	}
}

typedef struct {
	const char *what;
	bool sealed;
	bool present;
	bool valid;
	bool matches;
	PsSummary summary;
	const char *chain;
	const char *history;
	const char *holds;
	const char *lacks;
} VerdictCase;

static const VerdictCase VERDICTS[] = {
	{"nothing", false, false, false, false, PS_SUMMARY_UNPROTECTED, "unknown", "none",
	 "anybody could have written", "igned by"},
	{"failed signature counts as none", false, true, false, false, PS_SUMMARY_UNPROTECTED,
	 "unknown", "none", "does not hold", "igned by"},
	{"encrypted only", true, false, false, false, PS_SUMMARY_ENCRYPTED_ONLY, "unknown", "none",
	 "nobody knows by whom", "igned by"},
	{"somebody else's signature", false, true, true, false, PS_SUMMARY_UNPROTECTED, "pinned",
	 "same", "somebody else than alice@example.org", "same key"},
	{"first contact", false, true, true, true, PS_SUMMARY_UNPROTECTED, "untrusted", "first",
	 "proves nothing", "igned by"},
	{"sealed first contact", true, true, true, true, PS_SUMMARY_ENCRYPTED_ONLY, "untrusted",
	 "first", "proves nothing", "igned by"},
	{"not yet binding", false, true, true, true, PS_SUMMARY_UNPROTECTED, "pinned", "new",
	 "got to know", "Signed by"},
	{"changed", false, true, true, true, PS_SUMMARY_UNPROTECTED, "untrusted", "changed",
	 "another key", "Signed by"},
	{"conflict", false, true, true, true, PS_SUMMARY_UNPROTECTED, "untrusted", "conflict",
	 "another key", "Signed by"},
	{"pinned", false, true, true, true, PS_SUMMARY_VERIFIED, "pinned", "same",
	 "Signed by alice@example.org: the same key as before", "vouched"},
	{"vouched for", false, true, true, true, PS_SUMMARY_VERIFIED, "trusted", "same",
	 "Signed by alice@example.org: vouched for by its issuer", "same key"},
	{"sealed and pinned", true, true, true, true, PS_SUMMARY_CONFIDENTIAL, "pinned", "same",
	 "Sealed by alice@example.org", "vouched"},
};

static void
test_verdicts(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(VERDICTS); i++) {
		const VerdictCase *c = &VERDICTS[i];
		g_autoptr(PsVerdict) verdict = verdict_new();
		verdict->from_address = g_strdup("alice@example.org");
		verdict->encryption.present = c->sealed;
		verdict->encryption.reason = c->sealed ? "ok" : "none";
		verdict->signature.present = c->present;
		verdict->signature.valid = c->valid;
		verdict->signature.reason = c->valid ? "ok" : c->present ? "bad-signature" : "none";
		verdict->signer.matches_from = c->matches;
		verdict->signer.chain = c->chain;
		verdict->summary = c->summary;
		verdict->history.state = c->history;
		verdict->history.messages = 9;
		verdict->history.days = 7;
		verdict->history.first_seen = INT64_C(1772323200); /* 1 March 2026 */
		g_autofree char *text = sentence_verdict(verdict);
		g_test_message("%s", c->what);
		check_sentence(text);
		g_assert_nonnull(strstr(text, c->holds));
		g_assert_null(strstr(text, c->lacks));
	}
}

/* "The same signer as before, the 1st, 10th or 50th time" (design.md 1). */
static void
test_ordinals(void)
{
	static const struct {
		int64_t before;
		const char *nth;
	} table[] = {
		{0, " 1st "},       {1, " 2nd "},   {2, " 3rd "},     {3, " 4th "},
		{9, " 10th "},      {10, " 11th "}, {11, " 12th "},   {12, " 13th "},
		{20, " 21st "},     {49, " 50th "}, {100, " 101st "}, {110, " 111th "},
		{1001, " 1002nd "},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(PsVerdict) verdict = verdict_new();
		verdict->from_address = g_strdup("alice@example.org");
		verdict->signature.present = verdict->signature.valid = true;
		verdict->signer.matches_from = true;
		verdict->signer.chain = "pinned";
		verdict->summary = PS_SUMMARY_VERIFIED;
		verdict->history.state = "same";
		verdict->history.messages = table[i].before;
		verdict->history.days = 1;
		verdict->history.first_seen = INT64_C(1772323200);
		g_autofree char *text = sentence_verdict(verdict);
		g_test_message("%s", text);
		g_assert_nonnull(strstr(text, table[i].nth));
		g_assert_nonnull(strstr(text, "1 day since March 2026"));
	}
}

/* The same words twice are one warning. */
static void
test_warn_once(void)
{
	g_autoptr(PsVerdict) verdict = verdict_new();
	verdict_warn(verdict, "expired", NULL);
	verdict_warn(verdict, "expired", NULL);
	verdict_warn(verdict, "legacy-cbc", NULL);
	g_assert_true(verdict_has_warning(verdict, "expired"));
	g_assert_false(verdict_has_warning(verdict, "key-changed"));
	g_autoptr(GPtrArray) warnings = ps_verdict_get_warnings(verdict);
	g_assert_cmpuint(warnings->len, ==, 2);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/engine/sentence/warnings", test_warnings);
	g_test_add_func("/engine/sentence/unreadable", test_unreadable);
	g_test_add_func("/engine/sentence/verdicts", test_verdicts);
	g_test_add_func("/engine/sentence/ordinals", test_ordinals);
	g_test_add_func("/engine/sentence/warn-once", test_warn_once);
	return g_test_run();
}
