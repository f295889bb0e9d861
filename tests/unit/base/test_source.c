/* SPDX-License-Identifier: MPL-2.0 */
/* Sources: memory, files, pipes below and above what stays in memory. */
#include "base/error.h"
#include "base/limits.h"
#include "base/source.h"
#include "t.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <unistd.h>

static uint8_t *
make_data(size_t n)
{
	uint8_t *data = g_malloc(n + 1);

	for (size_t i = 0; i < n; i++) {
		data[i] = (uint8_t)(i * 31 + i / 253 + i / 65537);
	}
	data[n] = 0;
	return data;
}

/* All of it, pieces of it, twice. */
static void
check_source(BaseSource *source, BaseBytes want)
{
	const uint64_t offsets[] = {0, 1, want.n / 2, want.n == 0 ? 0 : want.n - 1, want.n, 5};

	g_assert_cmpuint(base_source_size(source), ==, want.n);
	for (int i = 0; i < 2; i++) {
		g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);

		g_assert_true(base_source_copy(source, 0, UINT64_MAX, memory, NULL));
		g_assert_true(base_bytes_equal(base_sink_peek_bytes(memory), want));
	}
	for (size_t i = 0; i < G_N_ELEMENTS(offsets); i++) {
		size_t offset = MIN(offsets[i], want.n);
		BaseBytes some = {0};
		g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);

		g_assert_true(base_source_peek(source, offset, &some, NULL));
		g_assert_true(some.n > 0 || offset == want.n);
		g_assert_true(base_bytes_equal(some, base_bytes_slice(want, offset, some.n)));
		g_assert_true(base_source_copy(source, offset, 200000, memory, NULL));
		g_assert_true(base_bytes_equal(base_sink_peek_bytes(memory),
					       base_bytes_slice(want, offset, 200000)));
	}
	g_assert_true(base_source_copy(source, want.n + 9, UINT64_MAX, base_sink_null(), NULL));
}

static const size_t sizes[] = {0, 1, 1000, 131071, 131072, 131073, 500000};

static void
test_memory(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree uint8_t *data = make_data(sizes[i]);
		g_autoptr(GBytes) bytes = g_bytes_new(data, sizes[i]);
		g_autoptr(BaseSource) view = base_source_new_view(base_bytes(data, sizes[i]));
		g_autoptr(BaseSource) source = base_source_new_bytes(bytes);

		check_source(view, base_bytes(data, sizes[i]));
		check_source(source, base_bytes(data, sizes[i]));
	}
}

static char *
write_file(BaseBytes data)
{
	g_autofree char *path = g_build_filename(g_get_tmp_dir(), "test-source-XXXXXX", NULL);
	int fd = g_mkstemp(path);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(close(fd), ==, 0);
	g_assert_true(g_file_set_contents(path, (const char *)data.p, (gssize)data.n, NULL));
	return g_steal_pointer(&path);
}

static void
test_file(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree uint8_t *data = make_data(sizes[i]);
		g_autofree char *path = write_file(base_bytes(data, sizes[i]));
		g_autoptr(BaseSource) source = base_source_new_path(path, NULL);

		check_source(source, base_bytes(data, sizes[i]));
		g_assert_cmpint(g_unlink(path), ==, 0);
	}
}

static void
test_file_shrinks(void)
{
	g_autofree uint8_t *data = make_data(300000);
	g_autofree char *path = write_file(base_bytes(data, 300000));
	g_autoptr(BaseSource) source = base_source_new_path(path, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(truncate(path, 100), ==, 0);
	g_assert_false(base_source_copy(source, 0, UINT64_MAX, base_sink_null(), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	g_assert_cmpint(g_unlink(path), ==, 0);
}

static void
test_file_too_large(void)
{
	g_autofree char *path = write_file(BASE_LIT("x"));
	g_autoptr(BaseSource) source = NULL;
	g_autoptr(GError) error = NULL;

	/* A hole takes no room. */
	if (truncate(path, (off_t)BASE_LIMIT_MESSAGE + 1) == 0) {
		source = base_source_new_path(path, &error);
		g_assert_null(source);
		g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	} else {
		g_test_skip("the file system has no such large files");
	}
	g_assert_cmpint(g_unlink(path), ==, 0);
}

typedef struct {
	int fd;
	BaseBytes data;
} Feeder;

static gpointer
feed_pipe(gpointer user_data)
{
	Feeder *feeder = user_data;
	BaseBytes left = feeder->data;

	while (left.n > 0) {
		ssize_t n = write(feeder->fd, left.p, MIN(left.n, 70001));

		g_assert_cmpint(n, >, 0);
		left = base_bytes_slice(left, (size_t)n, SIZE_MAX);
	}
	g_assert_cmpint(close(feeder->fd), ==, 0);
	return NULL;
}

/* Entries of this process's table of open files that are temporary files of ours. */
static char *
deleted_file(void)
{
	g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename("/proc/self/fd", name, NULL);
		g_autofree char *target = g_file_read_link(path, NULL);

		bool is_file = g_file_test(path, G_FILE_TEST_IS_REGULAR);
		if (is_file && target != NULL && g_str_has_suffix(target, " (deleted)")) {
			return g_steal_pointer(&path);
		}
	}
	return NULL;
}

static void
check_pipe(BaseBytes data)
{
	g_autoptr(BaseSource) source = NULL;
	g_autofree char *spool = NULL;
	g_autofree char *on_disk = NULL;
	Feeder feeder = {.data = data};
	GThread *thread;
	int ends[2];
	size_t n = 0;

	g_assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, NULL));
	feeder.fd = ends[1];
	thread = g_thread_new("feed", feed_pipe, &feeder);
	source = base_source_new_fd(ends[0], NULL);
	g_thread_join(thread);
	g_assert_nonnull(source);
	check_source(source, data);
	g_assert_cmpint(close(ends[0]), ==, 0);
	spool = deleted_file();
	if (data.n <= BASE_LIMIT_SPOOL_MEMORY) {
		g_assert_null(spool);
		return;
	}
	/* No 16 octets of the message are in the file. */
	g_assert_true(g_file_get_contents(spool, &on_disk, &n, NULL));
	g_assert_cmpuint(n, ==, data.n - BASE_LIMIT_SPOOL_MEMORY);
	g_assert_true(n < 16 || memcmp(on_disk, data.p + BASE_LIMIT_SPOOL_MEMORY, 16) != 0);
	g_assert_cmpuint(base_bytes_find(base_bytes(on_disk, n), BASE_LIT("Confidential text")), ==,
			 SIZE_MAX);
}

static void
test_pipe(void)
{
	static const size_t pipes[] = {0,
				       1,
				       100000,
				       BASE_LIMIT_SPOOL_MEMORY - 1,
				       BASE_LIMIT_SPOOL_MEMORY,
				       BASE_LIMIT_SPOOL_MEMORY + 1,
				       BASE_LIMIT_SPOOL_MEMORY + 65536,
				       3000001};

	for (size_t i = 0; i < G_N_ELEMENTS(pipes); i++) {
		g_autofree uint8_t *data = make_data(pipes[i]);

		if (pipes[i] > BASE_LIMIT_SPOOL_MEMORY + 60000) {
			memcpy(data + BASE_LIMIT_SPOOL_MEMORY + 5000, "Confidential text", 17);
		}
		check_pipe(base_bytes(data, pipes[i]));
	}
}

static void
test_pipe_without_room(void)
{
	g_autofree uint8_t *data = make_data(BASE_LIMIT_SPOOL_MEMORY + 10);
	g_autofree char *saved = g_strdup(g_getenv("TMPDIR"));

	/* A folder that does not exist: the next one is taken. */
	g_setenv("TMPDIR", "/nonexistent", TRUE);
	check_pipe(base_bytes(data, BASE_LIMIT_SPOOL_MEMORY + 10));
	if (saved == NULL) {
		g_unsetenv("TMPDIR");
	} else {
		g_setenv("TMPDIR", saved, TRUE);
	}
}

static void
test_failures(void)
{
	static const struct {
		const char *path;
		PsError code;
	} rows[] = {
		{"/nonexistent/message.eml", PS_ERROR_NOT_FOUND},
		{"/", PS_ERROR_IO},
		{"/proc/self/status/x", PS_ERROR_IO},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(BaseSource) source = base_source_new_path(rows[i].path, &error);

		g_assert_null(source);
		g_assert_error(error, PS_ERROR, (int)rows[i].code);
	}
	g_assert_null(base_source_new_fd(-1, NULL));
}

/* A file that says it is empty and is not. */
static void
test_proc(void)
{
	g_autoptr(BaseSource) source = base_source_new_path("/proc/self/status", NULL);

	g_assert_nonnull(source);
	g_assert_cmpuint(base_source_size(source), >, 10);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/source/memory", test_memory);
	g_test_add_func("/source/file", test_file);
	g_test_add_func("/source/file-shrinks", test_file_shrinks);
	g_test_add_func("/source/file-too-large", test_file_too_large);
	g_test_add_func("/source/pipe", test_pipe);
	g_test_add_func("/source/pipe-without-room", test_pipe_without_room);
	g_test_add_func("/source/failures", test_failures);
	g_test_add_func("/source/proc", test_proc);
	return g_test_run();
}
