/* SPDX-License-Identifier: MPL-2.0 */
/* A store in a folder of its own that goes when the test ends. */
#pragma once

#include "store/store.h"
#include "t.h"

#include <glib/gstdio.h>

typedef char TempDir;

static inline TempDir *
temp_dir(void)
{
	GError *error = NULL;
	char *dir = g_dir_make_tmp("postseal-test-XXXXXX", &error);
	g_assert_no_error(error);
	return dir;
}

static inline void
temp_remove(TempDir *dir)
{
	g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
	const char *name = NULL;
	while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
		g_autofree char *path = g_build_filename(dir, name, NULL);
		if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
			temp_remove(g_strdup(path));
		} else {
			g_unlink(path);
		}
	}
	g_rmdir(dir);
	g_free(dir);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TempDir, temp_remove)

static inline Store *
temp_open(const char *dir, StoreMode mode)
{
	GError *error = NULL;
	Store *store = store_open(dir, mode, &error);
	g_assert_no_error(error);
	return store;
}

/* Takes @text; what is returned lives as long as the program. */
static inline const char *
temp_keep(char *text)
{
	const char *kept = g_intern_string(text);
	g_free(text);
	return kept;
}

/* 64 hexadecimal digits from a small number. */
static inline const char *
temp_fingerprint(unsigned n)
{
	static char texts[8][65];
	static unsigned next;
	char *text = texts[next++ % 8];
	g_snprintf(text, 65, "%064x", n);
	return text;
}
