/* SPDX-License-Identifier: MPL-2.0 */
/* A store in a folder of its own that goes when the test ends. */
#pragma once

#include "store/store.h"
#include "t.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

typedef char TempDir;

/* In memory where there is some: these stores need not outlive the power, and thousands of
 * fsync() are seconds on a disk. */
static inline char *
temp_make_top(void)
{
	const char *memory = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : g_get_tmp_dir();
	char *top = g_build_filename(memory, "postseal-test-XXXXXX", NULL);
	g_assert_nonnull(g_mkdtemp(top));
	return top;
}

/* Removes @top when the writing end of @alive is closed, which the end of this program does in
 * any case, be it abort() in a failed assertion or the SIGKILL of a time-out. */
static inline void
temp_watch(const char *top, const int alive[2])
{
	char octet;
	(void)setsid();
	for (int fd = 0; fd < 3; fd++) {
		(void)close(fd); /* who reads our output waits for its end */
	}
	(void)close(alive[1]);
	while (read(alive[0], &octet, 1) > 0) {
	}
	(void)execlp("rm", "rm", "-rf", top, NULL);
	_exit(1);
}

/* The folder of this program; it is made once. */
static inline const char *
temp_top(void)
{
	static char *top;
	int alive[2];
	if (top == NULL) {
		top = temp_make_top();
		g_assert_cmpint(pipe2(alive, O_CLOEXEC), ==, 0);
		pid_t pid = fork();
		g_assert_cmpint(pid, >=, 0);
		if (pid == 0) {
			temp_watch(top, alive);
		}
		(void)close(alive[0]);
	}
	return top;
}

static inline TempDir *
temp_dir(void)
{
	char *dir = g_build_filename(temp_top(), "XXXXXX", NULL);
	g_assert_nonnull(g_mkdtemp(dir));
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
