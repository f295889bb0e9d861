/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses of how-to pages. */
#include "howto/howto.h"
#include "howto/place.h"
#include "t.h"

/* What a path means, as the path that means it; NULL: it has no page. */
static const struct {
	const char *path;
	const char *canonical;
} PATHS[] = {
	{"/how-to", "/how-to/"},
	{"/how-to/", "/how-to/"},
	{"/how-to/de", "/how-to/de/"},
	{"/how-to/de/", "/how-to/de/"},
	{"/how-to/encrypt/", "/how-to/"},
	{"/how-to/find", "/how-to/find/"},
	{"/how-to/de/find/", "/how-to/de/find/"},
	{"/how-to/style.css", "/how-to/style.css"},
	{"/how-to/de/style.css", "/how-to/style.css"},
	{"/how-to/find.js", "/how-to/find.js"},
	{"/how-to/program/thunderbird", "/how-to/program/thunderbird/"},
	{"/how-to/program/thunderbird-153.7.0/", "/how-to/program/thunderbird-153/"},
	{"/how-to/encrypt/thunderbird/", "/how-to/encrypt/thunderbird/"},
	{"/how-to/encrypt/thunderbird/any", "/how-to/encrypt/thunderbird/any/"},
	{"/how-to/encrypt/thunderbird-153/apple-mail-ios-16/none/",
	 "/how-to/encrypt/thunderbird-153/apple-mail-ios-16/none/"},
	{"/how-to/encrypt/thunderbird-153.7.0/apple-mail-ios-21F90/none/",
	 "/how-to/encrypt/thunderbird-153/apple-mail-ios-21/none/"},
	{"/how-to/encrypt/thunderbird-0/any-3/none/", "/how-to/encrypt/thunderbird/any/none/"},
	{"/how-to/encrypt/thunderbird-99999999999999999999999/any/none/",
	 "/how-to/encrypt/thunderbird/any/none/"},
	{"/how-to/de/encrypt/thunderbird/any/recipient-cannot",
	 "/how-to/de/encrypt/thunderbird/any/recipient-cannot/"},
	/* programs that we do not know are any */
	{"/how-to/encrypt/nobody-knows/any/none/", "/how-to/encrypt/any/any/none/"},
	{"/how-to/encrypt/nobody-7.1b/thunderbird/none/", "/how-to/encrypt/any/thunderbird/none/"},
	{"/how-to/encrypt/de/any/none/", "/how-to/encrypt/any/any/none/"},
	/* nothing */
	{"", NULL},
	{"/", NULL},
	{"/how-tox/", NULL},
	{"/how-to/x", NULL},
	{"/how-to/fr/", NULL},
	{"/how-to/de/de/", NULL},
	{"/how-to//", NULL},
	{"/how-to//encrypt/any/any/none/", NULL},
	{"/how-to/encrypt//any/none/", NULL},
	{"/how-to/encrypt/any/any/none//", NULL},
	{"/how-to/encrypt/any/any/none/more/", NULL},
	{"/how-to/encrypt/any/any/any/any/any/any/any/any/", NULL},
	{"/how-to/encrypt/any/any/no-such-state/", NULL},
	{"/how-to/encrypt/any/any/None/", NULL},
	{"/how-to/encrypt/../../../etc/passwd", NULL},
	{"/how-to/encrypt/./any/none/", NULL},
	{"/how-to/encrypt/any/any/none/..", NULL},
	{"/how-to/../how-to/", NULL},
	{"/how-to/encrypt/%61ny/any/none/", NULL},
	{"/how-to/encrypt/any%2fany/any/none/", NULL},
	{"/how-to/encrypt/any\\any/any/none/", NULL},
	{"/how-to/encrypt/<script>/any/none/", NULL},
	{"/how-to/encrypt/any\"/any/none/", NULL},
	{"/how-to/encrypt/any any/any/none/", NULL},
	{"/how-to/encrypt/th\xc3\xbcnderbird/any/none/", NULL},
	{"/how-to/encrypt/\xff\xfe/any/none/", NULL},
	{"/how-to/encrypt/-any/any/none/", NULL},
	{"/how-to/encrypt/any-/any/none/", NULL},
	{"/how-to/encrypt/any7/any/none/", NULL},
	{"/how-to/encrypt/7/any/none/", NULL},
	{"/how-to/encrypt/any-7~/any/none/", NULL},
	{"/how-to/program/", NULL},
	{"/how-to/program/any/more/", NULL},
	{"/how-to/style.css/x", NULL},
	{"/how-to/find/x/", NULL},
};

static void
test_paths(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(PATHS); i++) {
		HowtoPlace place;
		g_test_message("%s", PATHS[i].path);
		bool found = howto_place_parse(PATHS[i].path, &place);
		g_assert_cmpint(found, ==, PATHS[i].canonical != NULL);
		g_autofree char *canonical = found ? howto_place_path(&place) : NULL;
		g_assert_cmpstr(canonical, ==, PATHS[i].canonical);
		g_assert_true(!found || howto_place_parse(canonical, &place));
	}
}

static void
test_long(void)
{
	for (size_t n = 1; n < 5000; n = n * 3 + 1) {
		g_autofree char *word = g_strnfill(n, 'a');
		g_autofree char *slashes = g_strnfill(n, '/');
		g_autofree char *id = g_strconcat("/how-to/encrypt/", word, "/any/none/", NULL);
		g_autofree char *version =
			g_strconcat("/how-to/encrypt/any-1", word, "/any/none/", NULL);
		g_autofree char *other = g_strconcat("/how-to/", word, NULL);
		g_autofree char *many = g_strconcat("/how-to/", slashes, NULL);
		HowtoPlace place;
		g_assert_cmpint(howto_place_parse(id, &place), ==, n <= 64);
		g_assert_cmpint(howto_place_parse(version, &place), ==, n + 5 <= 64);
		g_assert_false(howto_place_parse(other, &place));
		g_assert_cmpint(howto_place_parse(many, &place), ==, 0);
	}
}

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
		{"https://example.org/x", "thunderbird-153.7", "any", "sender-cannot",
		 "https://example.org/x/how-to/encrypt/thunderbird-153/any/sender-cannot/"},
		{NULL, "../..", "Thunderbird", "ready",
		 "http://127.0.0.1:8025/how-to/encrypt/any/any/ready/"},
		{NULL, NULL, NULL, "nothing", NULL},
		{NULL, NULL, NULL, NULL, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *url =
			howto_url(table[i].base, table[i].from, table[i].to, table[i].state);
		g_assert_cmpstr(url, ==, table[i].url);
	}
}

static void
test_versions(void)
{
	static const struct {
		const char *name;
		guint version;
		const char *value;
	} table[] = {{"quiet", 0, "no"},      {"quiet", 115, "no"},     {"quiet", 147, "no"},
		     {"quiet", 148, "yes"},   {"quiet", 99999, "yes"},  {"read-gcm", 0, "no"},
		     {"read-gcm", 153, "no"}, {"no-such", 1, "unknown"}};

	const HowtoProgram *program = howto_program("thunderbird");
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_assert_cmpstr(howto_value(program, table[i].name, table[i].version), ==,
				table[i].value);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/howto/place/paths", test_paths);
	g_test_add_func("/howto/place/long", test_long);
	g_test_add_func("/howto/place/urls", test_urls);
	g_test_add_func("/howto/place/versions", test_versions);
	return g_test_run();
}
