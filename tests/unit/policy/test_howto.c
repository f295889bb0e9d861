/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses of the how-to pages. */
#include "policy/howto.h"
#include "t.h"

static void
test_urls(void)
{
	static const struct {
		const char *base;
		const char *from;
		const char *to;
		const char *state;
		const char *url;
	} table[] = {
		{NULL, NULL, NULL, "none", "http://127.0.0.1:8025/how-to/encrypt/any/any/none/"},
		{NULL, "mutt", "apple-mail-ios", "changed",
		 "http://127.0.0.1:8025/how-to/encrypt/mutt/apple-mail-ios/changed/"},
		{"https://example.org/postseal", NULL, "outlook", "expired",
		 "https://example.org/postseal/how-to/encrypt/any/outlook/expired/"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *url =
			policy_howto_url(table[i].base, table[i].from, table[i].to, table[i].state);
		g_assert_cmpstr(url, ==, table[i].url);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/policy/howto/urls", test_urls);
	return g_test_run();
}
