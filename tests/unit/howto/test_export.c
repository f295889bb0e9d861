/* SPDX-License-Identifier: MPL-2.0 */
/* Failures of the export; what it writes is looked at by tests/web/test_howto_export.py. */
#include "t.h"
#include "howto/howto.h"
#include <glib/gstdio.h>

static void
test_bases(void)
{
	static const char *const wrong[] = {"",
					    "example.org",
					    "ftp://example.org",
					    "https://",
					    "https://example.org/",
					    "https://example.org/?x",
					    "https://example.org/#x",
					    "httpx://example.org",
					    "javascript:alert(1)"};

	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
		g_autoptr(GError) error = NULL;
		HowtoExported done = {0, 0};
		g_assert_false(
			howto_export("/nonexistent/dir", wrong[i], NULL, NULL, &done, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
		g_assert_cmpuint(done.pages, ==, 0);
	}
}

static void
test_no_folder(void)
{
	g_autofree char *dir = g_dir_make_tmp("howto-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(dir, "file", NULL);
	g_assert_true(g_file_set_contents(file, "", 0, NULL));
	g_autofree char *below = g_build_filename(file, "below", NULL);
	g_autoptr(GError) error = NULL;
	HowtoExported done = {0, 0};
	g_assert_false(howto_export(below, NULL, NULL, NULL, &done, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_CREATE);
	g_assert_cmpint(g_unlink(file), ==, 0);
	g_assert_cmpint(g_rmdir(dir), ==, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/howto/export/bases", test_bases);
	g_test_add_func("/howto/export/no-folder", test_no_folder);
	return g_test_run();
}
