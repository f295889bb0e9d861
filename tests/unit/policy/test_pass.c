/* SPDX-License-Identifier: MPL-2.0 */
/* What is never signed, against the last line of the forms in design.md 3.2. */
#include "policy/pass.h"
#include "t.h"

static void
test_each_exception(void)
{
	static const struct {
		PolicyPassFacts facts;
		const char *reason;
	} table[] = {
		{{.is_protected = true}, "already-protected"},
		{{.null_sender = true}, "null-sender"},
		{{.report = true}, "report"},
		{{.mdn = true}, "mdn"},
		{{.auto_reply = true}, "auto-reply"},
		{{.acme = true}, "acme"},
		{{.resent = true}, "resent"},
		{{.foreign_from = true}, "foreign-from"},
		{{false}, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_assert_cmpstr(policy_pass_reason(&table[i].facts), ==, table[i].reason);
	}
}

/* Any combination passes. */
static void
test_all_combinations(void)
{
	for (unsigned bits = 0; bits < 256; bits++) {
		PolicyPassFacts facts = {
			.is_protected = (bits & 1U) != 0,
			.null_sender = (bits & 2U) != 0,
			.report = (bits & 4U) != 0,
			.mdn = (bits & 8U) != 0,
			.auto_reply = (bits & 16U) != 0,
			.acme = (bits & 32U) != 0,
			.resent = (bits & 64U) != 0,
			.foreign_from = (bits & 128U) != 0,
		};
		g_assert_cmpint(policy_pass_reason(&facts) != NULL, ==, bits != 0);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/policy/pass/each", test_each_exception);
	g_test_add_func("/policy/pass/all", test_all_combinations);
	return g_test_run();
}
