/* SPDX-License-Identifier: MPL-2.0 */
/* The guard for headers that are too long to be read at once; verdicts of one Message-ID. */
#include "proxy/kind.h"
#include "proxy/verdicts.h"
#include "t.h"

static const struct {
	const char *given;
	const char *passed;
} guarded[] = {
	{"Postseal-Status: x\r\n\r\n", "Postseal-Statu_: x\r\n\r\n"},
	{"A: b\nPOSTSEAL-status : x\n\n", "A: b\nPOSTSEAL-statu_ : x\n\n"},
	{"A: b\r\n\rpostseal-status:x", "A: b\r\n\rpostseal-statu_:x"},
	{"A: Postseal-Status: x\r\n Postseal-Status: x\r\n", NULL},
	{"Postseal-Stat: x\r\nXPostseal-Status: x\r\n", NULL},
	{"A: b\r\n\r\nPostseal-Status: x\r\n", NULL},
	{"\nPostseal-Status: x\n", NULL},
	{"", NULL},
};

static void
test_guard(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(guarded); i++) {
		const char *want = guarded[i].passed == NULL ? guarded[i].given : guarded[i].passed;
		size_t n = strlen(want);
		g_autofree char *whole = g_strdup(guarded[i].given);
		g_autofree char *pieces = g_strdup(guarded[i].given);
		KindGuard at_once = {0};
		KindGuard one_by_one = {0};
		kind_guard(&at_once, (uint8_t *)whole, n);
		for (size_t k = 0; k < n; k++) {
			kind_guard(&one_by_one, (uint8_t *)pieces + k, 1);
		}
		g_assert_cmpstr(whole, ==, want);
		g_assert_cmpstr(pieces, ==, want);
	}
}

/* Notes one after the other, of one id; what is found after each. */
static const struct {
	const char *digest;
	const char *json;
	const char *found; /* NULL: nothing; "?": that it is ambiguous */
} notes[] = {
	{"one", NULL, NULL},   {"one", "{1}", "{1}"}, {"one", NULL, "{1}"}, {"one", "{2}", "{2}"},
	{"two", "{2}", "{2}"}, {"two", "{3}", "{3}"}, {"one", "{2}", "?"},  {"one", "{2}", "?"},
};

static void
test_verdicts(void)
{
	Verdicts *verdicts = verdicts_new();
	for (size_t i = 0; i < G_N_ELEMENTS(notes); i++) {
		VerdictsEntry entry = {"<id>", notes[i].digest, notes[i].json};
		verdicts_note(verdicts, "me@x.test", &entry);
		g_autofree char *found = verdicts_find(verdicts, "me@x.test", "<id>");
		g_autofree char *other = verdicts_find(verdicts, "you@x.test", "<id>");
		g_assert_null(other);
		if (g_strcmp0(notes[i].found, "?") == 0) {
			g_assert_nonnull(strstr(found, "\"ambiguous\":true"));
		} else {
			g_assert_cmpstr(found, ==, notes[i].found);
		}
	}
	verdicts_free(verdicts);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/proxy/kind/guard", test_guard);
	g_test_add_func("/proxy/verdicts/one-id", test_verdicts);
	return g_test_run();
}
