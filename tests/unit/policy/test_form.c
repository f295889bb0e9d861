/* SPDX-License-Identifier: MPL-2.0 */
/* The form of a signature, against design.md 3.2: recipient facts -> form and reason. */
#include "policy/form.h"
#include "t.h"

#define AUTO        POLICY_MODE_AUTO
#define SIGNATURE   POLICY_FORM_SIGNATURE
#define UNOBTRUSIVE POLICY_FORM_UNOBTRUSIVE
#define HEADER      POLICY_FORM_HEADER

/* One letter a recipient. */
static PolicyReader
reader(char letter)
{
	return (PolicyReader){
		.sealed_to_us = letter == 's',
		.runs_postseal = letter == 'p',
		.quiet_program = letter == 'q',
		.automatic = letter == 'a' || letter == 'A',
		.list = letter == 'l' || letter == 'L',
	};
}

/* A and L cope, too: what may only have a header is not softened by that. */
static PolicyReader
reader_of(char letter)
{
	PolicyReader r = reader(letter);
	r.sealed_to_us = r.sealed_to_us || letter == 'A' || letter == 'L';
	return r;
}

typedef struct {
	const char *readers; /* s sealed to us, p runs postseal, q quiet, a automatic, l list, u
				unknown; A, L: cope as well */
	PolicyMode mode;
	const char *flags; /* P public chain, c calendar, k patch, h list headers */
	PolicyForm form;
	const char *reason;
} FormCase;

static const FormCase FORMS[] = {
	/* tells the reader something or disturbs nobody */
	{"s", AUTO, "", SIGNATURE, "known-readers"},
	{"p", AUTO, "", SIGNATURE, "known-readers"},
	{"q", AUTO, "", SIGNATURE, "known-readers"},
	{"spq", AUTO, "", SIGNATURE, "known-readers"},
	{"u", AUTO, "P", SIGNATURE, "public-chain"},
	{"s", AUTO, "P", SIGNATURE, "public-chain"},
	/* everybody else; one who needs less decides for all */
	{"u", AUTO, "", UNOBTRUSIVE, "unknown-reader"},
	{"su", AUTO, "", UNOBTRUSIVE, "unknown-reader"},
	{"spqu", AUTO, "", UNOBTRUSIVE, "unknown-reader"},
	{"us", AUTO, "", UNOBTRUSIVE, "unknown-reader"},
	{"", AUTO, "", UNOBTRUSIVE, "unknown-reader"},
	/* key only: lists, automatic addresses, invitations, patches */
	{"l", AUTO, "", HEADER, "list"},
	{"L", AUTO, "", HEADER, "list"},
	{"sl", AUTO, "", HEADER, "list"},
	{"u", AUTO, "h", HEADER, "list"},
	{"s", AUTO, "h", HEADER, "list"},
	{"a", AUTO, "", HEADER, "automatic"},
	{"A", AUTO, "", HEADER, "automatic"},
	{"ua", AUTO, "", HEADER, "automatic"},
	{"u", AUTO, "c", HEADER, "calendar"},
	{"s", AUTO, "c", HEADER, "calendar"},
	{"u", AUTO, "k", HEADER, "patch"},
	{"s", AUTO, "k", HEADER, "patch"},
	{"l", AUTO, "P", HEADER, "list"},
	{"a", AUTO, "P", HEADER, "automatic"},
	{"u", AUTO, "Pc", HEADER, "calendar"},
	{"u", AUTO, "Pk", HEADER, "patch"},
	/* a mode forces one */
	{"u", POLICY_MODE_SIGNATURE, "", SIGNATURE, "mode"},
	{"s", POLICY_MODE_UNOBTRUSIVE, "", UNOBTRUSIVE, "mode"},
	{"s", POLICY_MODE_HEADER, "", HEADER, "mode"},
	{"u", POLICY_MODE_HEADER, "P", HEADER, "mode"},
	{"l", POLICY_MODE_SIGNATURE, "h", SIGNATURE, "mode"},
	{"a", POLICY_MODE_UNOBTRUSIVE, "c", UNOBTRUSIVE, "mode"},
	{"u", POLICY_MODE_SIGNATURE, "k", SIGNATURE, "mode"},
};

static void
test_decide(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(FORMS); i++) {
		const FormCase *c = &FORMS[i];
		PolicyReader readers[8];
		size_t n = strlen(c->readers);
		g_assert_cmpuint(n, <=, G_N_ELEMENTS(readers));
		for (size_t r = 0; r < n; r++) {
			readers[r] = reader_of(c->readers[r]);
		}
		PolicyFormFacts facts = {
			.mode = c->mode,
			.public_chain = strchr(c->flags, 'P') != NULL,
			.calendar = strchr(c->flags, 'c') != NULL,
			.patch = strchr(c->flags, 'k') != NULL,
			.list_headers = strchr(c->flags, 'h') != NULL,
			.readers = readers,
			.n_readers = n,
		};
		PolicyFormDecision got = policy_form_decide(&facts);
		g_test_message("readers \"%s\" mode %s flags \"%s\"", c->readers,
			       policy_mode_name(c->mode), c->flags);
		g_assert_cmpstr(policy_form_name(got.form), ==, policy_form_name(c->form));
		g_assert_cmpstr(got.reason, ==, c->reason);
	}
}

static void
test_names(void)
{
	static const char *const MODES[] = {"auto", "signature", "unobtrusive", "header"};
	for (size_t i = 0; i < G_N_ELEMENTS(MODES); i++) {
		PolicyMode mode = POLICY_MODE_AUTO;
		g_assert_true(policy_mode_parse(MODES[i], &mode));
		g_assert_cmpstr(policy_mode_name(mode), ==, MODES[i]);
	}
	PolicyMode untouched = POLICY_MODE_HEADER;
	g_assert_false(policy_mode_parse("visible", &untouched));
	g_assert_cmpint(untouched, ==, POLICY_MODE_HEADER);
	g_assert_cmpstr(policy_form_name(POLICY_FORM_NONE), ==, "none");
	g_assert_cmpstr(policy_form_name(SIGNATURE), ==, "signature");
	g_assert_cmpstr(policy_form_name(UNOBTRUSIVE), ==, "unobtrusive");
	g_assert_cmpstr(policy_form_name(HEADER), ==, "header");
}

typedef struct {
	const char *address;
	bool is;
} AddressCase;

static void
test_automatic_addresses(void)
{
	static const AddressCase table[] = {
		{"noreply@example.org", true},
		{"no-reply@example.org", true},
		{"NoReply@Example.ORG", true},
		{"no_reply@example.org", true},
		{"donotreply@example.org", true},
		{"do-not-reply@example.org", true},
		{"mailer-daemon@example.org", true},
		{"MAILER-DAEMON@example.org", true},
		{"listserv@example.org", true},
		{"majordomo@example.org", true},
		{"unsubscribe@example.org", true},
		{"unsubscribe-12345@example.org", true},
		{"hikers-request@example.org", true},
		{"hikers-subscribe@example.org", true},
		{"hikers-unsubscribe@example.org", true},
		{"hikers-bounces@example.org", true},
		{"noreply+abc@example.org", true},
		{"billing-noreply@example.org", true},
		{"alice@example.org", false},
		{"norely@example.org", false},
		{"request@example.org", false},
		{"alice.request@example.org", false},
		{"alice@noreply.example.org", false},
		{"info@example.org", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s", table[i].address);
		g_assert_cmpint(policy_address_is_automatic(table[i].address), ==, table[i].is);
	}
}

static void
test_list_addresses(void)
{
	static const AddressCase table[] = {
		{"hikers@lists.example.org", true},
		{"hikers@Lists.Example.ORG", true},
		{"hikers@club.lists.example.org", true},
		{"hikers@googlegroups.com", true},
		{"hikers@GoogleGroups.com", true},
		{"hikers@groups.io", true},
		{"alice@example.org", false},
		{"lists@example.org", false},
		{"alice@mylists.org", false},
		{"alice@playlists.example.org", false},
		{"alice@googlegroups.com.example.org", false},
		{"alice", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s", table[i].address);
		g_assert_cmpint(policy_address_is_list(table[i].address), ==, table[i].is);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/policy/form/decide", test_decide);
	g_test_add_func("/policy/form/names", test_names);
	g_test_add_func("/policy/form/automatic-addresses", test_automatic_addresses);
	g_test_add_func("/policy/form/list-addresses", test_list_addresses);
	return g_test_run();
}
