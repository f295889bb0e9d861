/* SPDX-License-Identifier: MPL-2.0 */
/* The file token of a home. */
#include "t.h"
#include "web/token.h"

#include "base/error.h"
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
	char *home;
	char *path;
} Home;

static void
home_up(Home *home, gconstpointer user G_GNUC_UNUSED)
{
	home->home = g_dir_make_tmp("postseal-token-XXXXXX", NULL);
	home->path = g_build_filename(home->home, "token", NULL);
}

static void
home_down(Home *home, gconstpointer user G_GNUC_UNUSED)
{
	(void)g_remove(home->path);
	(void)g_rmdir(home->home);
	g_free(home->path);
	g_free(home->home);
}

static void
test_made_once(Home *home, gconstpointer user G_GNUC_UNUSED)
{
	struct stat status;
	g_autoptr(BaseSecretString) first = web_token(home->home, NULL);
	g_autoptr(BaseSecretString) again = web_token(home->home, NULL);
	g_assert_cmpstr(first, ==, again);
	g_assert_cmpuint(strspn(first, "0123456789abcdef"), ==, 64);
	g_assert_cmpuint(strlen(first), ==, 64);
	g_assert_cmpint(stat(home->path, &status), ==, 0);
	g_assert_cmpuint(status.st_mode & 0777, ==, 0600);
	g_assert_cmpint(g_remove(home->path), ==, 0);
	g_autoptr(BaseSecretString) other = web_token(home->home, NULL);
	g_assert_cmpstr(first, !=, other);
}

static void
refuse(const Home *home)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(web_token(home->home, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
}

static void
test_what_is_no_token(Home *home, gconstpointer user G_GNUC_UNUSED)
{
	g_autofree char *lengthy = g_strnfill(65, '0');
	g_autofree char *large = g_strnfill(2000, '0');
	const char *const texts[] = {
		"", "x", lengthy, large,
		"0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_assert_true(g_file_set_contents(home->path, texts[i], -1, NULL));
		g_assert_cmpint(g_chmod(home->path, 0600), ==, 0);
		refuse(home);
	}
}

static void
test_open_or_no_file(Home *home, gconstpointer user G_GNUC_UNUSED)
{
	g_autoptr(BaseSecretString) token = web_token(home->home, NULL);
	g_autofree char *other = g_build_filename(home->home, "other", NULL);
	g_assert_nonnull(token);
	g_assert_cmpint(g_chmod(home->path, 0640), ==, 0);
	refuse(home);
	g_assert_cmpint(g_chmod(home->path, 0600), ==, 0);
	g_assert_cmpint(g_rename(home->path, other), ==, 0);
	g_assert_cmpint(symlink(other, home->path), ==, 0);
	refuse(home);
	g_assert_cmpint(g_remove(other), ==, 0);
}

static void
test_matches(void)
{
	g_assert_true(web_token_matches("abc", "abc"));
	static const char *const OTHERS[] = {NULL, "", "ab", "abcd", "abd", "ABC"};
	for (size_t i = 0; i < G_N_ELEMENTS(OTHERS); i++) {
		g_assert_false(web_token_matches("abc", OTHERS[i]));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/web/token/once", Home, NULL, home_up, test_made_once, home_down);
	g_test_add("/web/token/none", Home, NULL, home_up, test_what_is_no_token, home_down);
	g_test_add("/web/token/open", Home, NULL, home_up, test_open_or_no_file, home_down);
	g_test_add_func("/web/token/matches", test_matches);
	return g_test_run();
}
