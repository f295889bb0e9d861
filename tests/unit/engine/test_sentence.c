/* SPDX-License-Identifier: MPL-2.0 */
/* What is said to people about each verdict and each warning. */
#include "engine/sentence.h"
#include "engine/warning.h"
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

/* The codes of cli.md, all of them. */
static const char *const CODES[] = {
	"lookalike-domain", "lookalike-name", "from-mismatch",
	"key-changed",      "key-conflict",   "unsigned-but-usually-signed",
	"untrusted-issuer", "expired",        "weak-algorithm",
	"legacy-cbc",       "errant-layer",   "first-time-link",
	"candidate-key",    "list-footer",    "not-addressed-to-you",
	"several-from",     "remote-content",
};

static void
test_warnings(void)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(CODES); i++) {
		g_autofree char *bare = warning_text(CODES[i], NULL);
		g_autofree char *detailed = warning_text(CODES[i], "x@example.org");
		g_assert_cmpstr(bare, !=, CODES[i]);
		check_sentence(bare);
		check_sentence(detailed);
		g_assert_true(g_hash_table_add(seen, g_steal_pointer(&bare)));
	}
	g_autofree char *changed = warning_text("key-changed", "alice@example.org");
	g_assert_nonnull(strstr(changed, "alice@example.org"));
	g_autofree char *percent = warning_text("key-changed", "%s%n");
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
	const char *warning; /* NULL: none */
	const char *text;
} VerdictCase;

#define A     "alice@example.org"
#define UP    PS_SUMMARY_UNPROTECTED
#define EO    PS_SUMMARY_ENCRYPTED_ONLY
#define VE    PS_SUMMARY_VERIFIED
#define CO    PS_SUMMARY_CONFIDENTIAL
#define TENTH "the 10th time, over 7 days since March 2026"

/* Each row of the table of sentences, in whole: what people read is worth reading twice. */
static const VerdictCase VERDICTS[] = {
	{"nothing", false, false, false, false, UP, "unknown", "none", NULL,
	 "Not protected: anybody could have written or read it."},
	{"failed signature counts as none", false, true, false, false, UP, "unknown", "none", NULL,
	 "Its signature does not hold here, so it counts as unsigned."},
	{"encrypted only", true, false, false, false, EO, "unknown", "none", NULL,
	 "Encrypted on the journey, but nobody knows by whom."},
	{"missing", false, false, false, false, UP, "unknown", "none",
	 "unsigned-but-usually-signed",
	 "Not signed, although " A
	 " usually signs: anybody could have written it, so ask before you "
	 "trust it."},
	{"missing, encrypted", true, false, false, false, EO, "unknown", "none",
	 "unsigned-but-usually-signed",
	 "Encrypted on the journey, but not signed, although " A " usually signs: ask before you "
	 "trust it."},
	{"somebody else's signature", false, true, true, false, UP, "pinned", "same", NULL,
	 "Signed, but by somebody else than " A "."},
	{"sealed by somebody else", true, true, true, false, EO, "pinned", "same", NULL,
	 "Sealed, but by somebody else than " A "."},
	{"first contact", false, true, true, true, UP, "untrusted", "first", NULL,
	 "It carries a key for " A ", seen for the first time; that proves nothing yet."},
	{"sealed first contact", true, true, true, true, EO, "untrusted", "first", NULL,
	 "It carries a key for " A ", seen for the first time; that proves nothing yet."},
	{"not yet binding", false, true, true, true, UP, "untrusted", "new", NULL,
	 "It carries the key of " A " that is being got to know: " TENTH
	 "; that proves little yet."},
	{"candidate", false, true, true, true, UP, "untrusted", "changed", "candidate-key",
	 "It carries another key than " A " used before; that proves nothing, and the known key "
	 "stays in use."},
	{"changed", false, true, true, true, UP, "untrusted", "changed", "key-changed",
	 "It carries another key than " A " used before; ask " A " on another way which one is "
	 "right, then accept or refuse it."},
	{"conflict", false, true, true, true, UP, "untrusted", "conflict", "key-conflict",
	 "Two different keys claim to belong to " A "; nothing can be sealed to either until you "
	 "compare one."},
	{"revoked", false, true, true, true, UP, "revoked", "same", NULL,
	 "It is signed with a key of " A " that was revoked: anybody may have it."},
	{"expired", false, true, true, true, UP, "expired", "same", NULL,
	 "It is signed with a certificate of " A " that had expired when it was first seen here."},
	{"breaks the rules", false, true, true, true, UP, "invalid", "none", NULL,
	 "It is signed with a certificate for " A " that breaks the rules of those who issued it, "
	 "so it proves nothing."},
	{"pinned", false, true, true, true, VE, "pinned", "same", NULL,
	 "Signed by " A " with the same key as before: " TENTH "."},
	{"sealed and pinned", true, true, true, true, CO, "pinned", "same", NULL,
	 "Sealed by " A " with the same key as before: " TENTH "."},
	{"vouched for", false, true, true, true, VE, "trusted", "same", NULL,
	 "Signed by " A "; an issuer that you trust vouches for the address, not for a name: " TENTH
	 "."},
	{"look-alike", false, true, true, true, VE, "trusted", "same", "lookalike-domain",
	 "Careful: " A
	 " looks like one that you know, but is somebody else; whatever it proves, it "
	 "proves for " A " only."},
	{"another's name", false, false, false, false, UP, "unknown", "none", "lookalike-name",
	 "Careful: the sender calls itself somebody that you know, but the address " A
	 " is not theirs."},
};

static PsVerdict *
verdict_of(const VerdictCase *c)
{
	PsVerdict *verdict = verdict_new();
	verdict->from_address = g_strdup(A);
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
	if (c->warning != NULL) {
		verdict_warn(verdict, c->warning, NULL);
	}
	return verdict;
}

static void
test_verdicts(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(VERDICTS); i++) {
		g_autoptr(PsVerdict) verdict = verdict_of(&VERDICTS[i]);
		g_autofree char *text = sentence_verdict(verdict);
		g_test_message("%s", VERDICTS[i].what);
		check_sentence(text);
		g_assert_cmpstr(text, ==, VERDICTS[i].text);
		g_autofree char *lower = g_ascii_strdown(text, -1);
		g_assert_null(strstr(lower, "verified")); /* never the bare word */
	}
}

/* What a trusted issuer proves, and the history that an organization's mailboxes share. */
static void
test_names(void)
{
	static const VerdictCase trusted = {"", false,     true,   true, true,
					    VE, "trusted", "same", NULL, ""};
	g_autoptr(PsVerdict) verdict = verdict_of(&trusted);
	verdict->signer.organization = g_strdup("Bank");
	verdict->signer.issuer_name = g_strdup("Trusty");
	verdict->history.org_messages = 49;
	verdict->history.org_days = 30;
	verdict->history.org_first_seen = INT64_C(1772323200);
	g_autofree char *text = sentence_verdict(verdict);
	g_assert_cmpstr(text, ==,
			"Signed by Bank (" A
			"), as Trusty vouches: the 50th time, over 30 days since "
			"March 2026.");
	verdict->signer.person = g_strdup("Ann {from}");
	g_autofree char *member = sentence_verdict(verdict);
	g_assert_true(g_str_has_prefix(member, "Signed by Ann {from} of Bank (" A "), as Trusty"));
	g_clear_pointer(&verdict->signer.organization, g_free);
	g_autofree char *person = sentence_verdict(verdict);
	g_assert_true(g_str_has_prefix(person, "Signed by Ann {from} (" A "), as Trusty"));
	verdict->history.verified = true;
	verdict->signer.chain = "pinned";
	g_autofree char *compared = sentence_verdict(verdict);
	g_assert_true(g_str_has_prefix(compared, "Signed by " A " with the key that you compared"));
	verdict->history.verified = false;
	verdict->history.messages = 0;
	g_autofree char *accepted = sentence_verdict(verdict);
	g_assert_nonnull(strstr(accepted, "the key that you accepted"));
	verdict->history.vouched = true;
	g_autofree char *handed_over = sentence_verdict(verdict);
	g_assert_cmpstr(handed_over, ==,
			"Signed by " A " with a new key; the key known before vouches for it.");
	verdict->history.refused = true;
	g_autofree char *refused = sentence_verdict(verdict);
	g_assert_cmpstr(refused, ==, "It carries a key of " A " that you refused.");
}

/* "The same signer as before, the 1st, 10th or 50th time" (design.md 1). */
static void
test_ordinals(void)
{
	static const struct {
		int64_t before;
		const char *nth;
	} table[] = {
		{0, "the first time"}, {1, " 2nd "},   {2, " 3rd "},     {3, " 4th "},
		{9, " 10th "},         {10, " 11th "}, {11, " 12th "},   {12, " 13th "},
		{20, " 21st "},        {49, " 50th "}, {100, " 101st "}, {110, " 111th "},
		{1001, " 1002nd "},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(PsVerdict) verdict = verdict_new();
		verdict->from_address = g_strdup("alice@example.org");
		verdict->signature.present = verdict->signature.valid = true;
		verdict->signer.matches_from = true;
		verdict->signer.chain = "trusted";
		verdict->summary = PS_SUMMARY_VERIFIED;
		verdict->history.state = "same";
		verdict->history.messages = table[i].before;
		verdict->history.days = 1;
		verdict->history.first_seen = INT64_C(1772323200);
		g_autofree char *text = sentence_verdict(verdict);
		g_test_message("%s", text);
		g_assert_nonnull(strstr(text, table[i].nth));
		g_assert_true(table[i].before == 0 ||
			      strstr(text, "over 1 day since March 2026") != NULL);
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
	g_test_add_func("/engine/sentence/names", test_names);
	g_test_add_func("/engine/sentence/ordinals", test_ordinals);
	g_test_add_func("/engine/sentence/warn-once", test_warn_once);
	return g_test_run();
}
