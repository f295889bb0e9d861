/* SPDX-License-Identifier: MPL-2.0 */
/* The small sinks and the one that writes to a file descriptor. */
#include "base/error.h"
#include "base/sink.h"
#include "t.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

static void
test_memory(void)
{
	g_autoptr(BaseSink) memory = base_sink_new_memory(5);
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(base_sink_write_str(memory, "abc", NULL));
	g_assert_true(base_sink_write(memory, base_bytes(NULL, 0), NULL));
	T_ASSERT_STR_BYTES(base_sink_peek_bytes(memory), "abc");
	bytes = base_sink_take_bytes(memory);
	T_ASSERT_STR_BYTES(base_bytes_of(bytes), "abc");
	g_assert_cmpuint(base_sink_peek_bytes(memory).n, ==, 0);
	g_assert_true(base_sink_write_str(memory, "12345", NULL));
	g_assert_false(base_sink_write_str(memory, "6", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
}

static void
test_array(void)
{
	g_autoptr(GByteArray) array = g_byte_array_new();
	g_autoptr(GError) error = NULL;

	{
		g_autoptr(BaseSink) sink = base_sink_new_array(array, 4);

		g_assert_true(base_sink_write_str(sink, "abcd", NULL));
		g_assert_true(base_sink_finish(sink, NULL));
		g_assert_false(base_sink_write_str(sink, "e", &error));
	}
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	T_ASSERT_STR_BYTES(base_bytes_of_array(array), "abcd");
}

static void
test_count_and_tee(void)
{
	g_autoptr(BaseSink) memory = base_sink_new_memory(100);
	g_autoptr(BaseSink) alone = base_sink_new_count(NULL);
	g_autoptr(BaseSink) count = base_sink_new_count(memory);
	g_autoptr(BaseSink) tee = base_sink_new_tee(alone, count);

	g_assert_true(base_sink_write_str(tee, "hello", NULL));
	g_assert_true(base_sink_write_str(tee, "!", NULL));
	g_assert_true(base_sink_finish(tee, NULL));
	g_assert_cmpuint(base_sink_count(alone), ==, 6);
	g_assert_cmpuint(base_sink_count(count), ==, 6);
	T_ASSERT_STR_BYTES(base_sink_peek_bytes(memory), "hello!");
	g_assert_true(base_sink_write_str(base_sink_null(), "x", NULL));
	base_sink_free(base_sink_null());
	base_sink_free(NULL);
}

/* What arrives in a file, written in the given chunks. */
static void
check_fd(size_t total, size_t chunk)
{
	g_autofree char *path = g_build_filename(g_get_tmp_dir(), "test-sink-XXXXXX", NULL);
	g_autofree char *got = NULL;
	g_autofree char *want = g_malloc(total);
	int fd = g_mkstemp(path);
	g_autoptr(BaseSink) sink = base_sink_new_fd(fd);
	BaseBytes left;
	size_t n = 0;

	for (size_t i = 0; i < total; i++) {
		want[i] = (char)(i * 7 + i / 251);
	}
	left = base_bytes(want, total);
	while (left.n > 0) {
		g_assert_true(base_sink_write(sink, base_bytes_slice(left, 0, chunk), NULL));
		left = base_bytes_slice(left, chunk, SIZE_MAX);
	}
	g_assert_true(base_sink_finish(sink, NULL));
	g_assert_true(g_file_get_contents(path, &got, &n, NULL));
	g_assert_true(base_bytes_equal(base_bytes(got, n), base_bytes(want, total)));
	g_assert_cmpint(close(fd), ==, 0);
	g_assert_cmpint(unlink(path), ==, 0);
}

static void
test_fd(void)
{
	check_fd(0, 1);
	check_fd(10, 3);
	check_fd(1000000, 1);
	check_fd(1000000, 4097);
	check_fd(1000000, 262144);
	check_fd(1000000, 1000000);
}

static void
test_fd_full_disk(void)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	g_autoptr(BaseSink) sink = base_sink_new_fd(fd);
	g_autoptr(GError) error = NULL;

	g_assert_true(base_sink_write_str(sink, "x", NULL));
	g_assert_false(base_sink_finish(sink, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	g_assert_cmpstr(error->message, ==, "cannot write: No space left on device");
	g_assert_cmpint(close(fd), ==, 0);
}

static void
test_fd_closed_pipe(void)
{
	int ends[2];
	g_autoptr(BaseSink) sink = NULL;
	g_autoptr(GError) error = NULL;

	g_assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, NULL));
	g_assert_cmpint(close(ends[0]), ==, 0);
	g_assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	sink = base_sink_new_fd(ends[1]);
	g_assert_true(base_sink_write_str(sink, "x", NULL));
	g_assert_false(base_sink_finish(sink, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
	g_assert_cmpstr(error->message, ==, "cannot write: Broken pipe");
	g_assert_cmpint(close(ends[1]), ==, 0);
}

static gpointer
drain(gpointer data)
{
	uint8_t block[1000];
	size_t total = 0;
	ssize_t n;

	while ((n = read(GPOINTER_TO_INT(data), block, sizeof block)) > 0) {
		total += (size_t)n;
	}
	return GSIZE_TO_POINTER(total);
}

/* A pipe that does not block takes less than it is offered. */
static void
test_fd_slow_pipe(void)
{
	g_autofree uint8_t *data = g_malloc0(700000);
	g_autoptr(BaseSink) sink = NULL;
	GThread *reader = NULL;
	int ends[2];

	g_assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, NULL));
	g_assert_true(g_unix_set_fd_nonblocking(ends[1], true, NULL));
	reader = g_thread_new("drain", drain, GINT_TO_POINTER(ends[0]));
	sink = base_sink_new_fd(ends[1]);
	g_assert_true(base_sink_write(sink, base_bytes(data, 700000), NULL));
	g_assert_true(base_sink_write(sink, base_bytes(data, 5), NULL));
	g_assert_true(base_sink_finish(sink, NULL));
	g_assert_cmpint(close(ends[1]), ==, 0);
	g_assert_cmpuint(GPOINTER_TO_SIZE(g_thread_join(reader)), ==, 700005);
	g_assert_cmpint(close(ends[0]), ==, 0);
}

static void
test_errors(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(base_fail(NULL, PS_ERROR_IO, "not wanted"));
	g_assert_null(BASE_FAIL_NULL(&error, PS_ERROR_BUSY, "%s is %d", "it", 7));
	g_assert_error(error, PS_ERROR, PS_ERROR_BUSY);
	g_assert_cmpstr(error->message, ==, "it is 7");
	g_assert_cmpstr(g_quark_to_string(PS_ERROR), ==, "ps-error-quark");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sink/memory", test_memory);
	g_test_add_func("/sink/array", test_array);
	g_test_add_func("/sink/count-and-tee", test_count_and_tee);
	g_test_add_func("/sink/fd", test_fd);
	g_test_add_func("/sink/fd-full-disk", test_fd_full_disk);
	g_test_add_func("/sink/fd-closed-pipe", test_fd_closed_pipe);
	g_test_add_func("/sink/fd-slow-pipe", test_fd_slow_pipe);
	g_test_add_func("/sink/errors", test_errors);
	return g_test_run();
}
