/* SPDX-License-Identifier: MPL-2.0 */
/* Messages that can be read more than once: from memory, from a file where it lies, from a pipe. */
#include "base/source.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Octets of a file that are read at once. */
#define BLOCK ((size_t)128 << 10)

struct BaseSource {
	bool (*peek)(BaseSource *source, uint64_t offset, BaseBytes *out, GError **error);
	uint64_t size;
	GBytes *bytes;  /* owned, or NULL */
	BaseBytes view; /* memory sources only */
	Spool *spool;   /* pipes only */
	int fd;         /* files only */
	int owned_fd;   /* to be closed, or -1 */
	uint64_t block_at;
	size_t block_n; /* 0: nothing is in block */
	uint8_t *block; /* files only */
};

static bool
memory_peek(BaseSource *source, uint64_t offset, BaseBytes *out, GError **error G_GNUC_UNUSED)
{
	*out = base_bytes_slice(source->view, (size_t)MIN(offset, source->size), SIZE_MAX);
	return true;
}

static bool
pipe_peek(BaseSource *source, uint64_t offset, BaseBytes *out, GError **error)
{
	return spool_peek(source->spool, offset, out, error);
}

static bool
file_load(BaseSource *source, uint64_t offset, GError **error)
{
	size_t n = (size_t)MIN(BLOCK, source->size - offset);

	source->block_n = 0;
	if (!file_read_at(source->fd, offset, source->block, n, error)) {
		return false;
	}
	source->block_at = offset;
	source->block_n = n;
	return true;
}

static bool
file_peek(BaseSource *source, uint64_t offset, BaseBytes *out, GError **error)
{
	bool held = offset >= source->block_at && offset - source->block_at < source->block_n;

	if (offset >= source->size) {
		*out = base_bytes(NULL, 0);
		return true;
	}
	if (!held && !file_load(source, offset, error)) {
		return false;
	}
	*out = base_bytes_slice(base_bytes(source->block, source->block_n),
				(size_t)(offset - source->block_at), SIZE_MAX);
	return true;
}

static BaseSource *
source_new(void)
{
	BaseSource *source = g_new0(BaseSource, 1);

	source->owned_fd = -1;
	return source;
}

BaseSource *
base_source_new_view(BaseBytes data)
{
	BaseSource *source = source_new();

	source->peek = memory_peek;
	source->view = data;
	source->size = data.n;
	return source;
}

BaseSource *
base_source_new_bytes(GBytes *bytes)
{
	BaseSource *source = base_source_new_view(base_bytes_of(bytes));

	source->bytes = g_bytes_ref(bytes);
	return source;
}

static bool
set_file(BaseSource *source, int fd, uint64_t size, GError **error)
{
	if (size > BASE_LIMIT_MESSAGE) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "the message is larger than %" G_GUINT64_FORMAT " octets",
				 (uint64_t)BASE_LIMIT_MESSAGE);
	}
	source->peek = file_peek;
	source->fd = fd;
	source->size = size;
	source->block = g_malloc((size_t)MIN(size, BLOCK));
	return true;
}

static bool
set_pipe(BaseSource *source, int fd, GError **error)
{
	source->spool = spool_new(fd, BASE_LIMIT_MESSAGE, error);
	if (source->spool == NULL) {
		return false;
	}
	source->peek = pipe_peek;
	source->size = spool_size(source->spool);
	return true;
}

BaseSource *
base_source_new_fd(int fd, GError **error)
{
	g_autoptr(BaseSource) source = source_new();
	struct stat st;
	bool done;

	if (fstat(fd, &st) != 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_IO, "cannot read: %s", g_strerror(errno));
	}
	/* Files of /proc say that they are empty and have to be read to know. */
	done = S_ISREG(st.st_mode) && st.st_size > 0
		       ? set_file(source, fd, (uint64_t)st.st_size, error)
		       : set_pipe(source, fd, error);
	return done ? g_steal_pointer(&source) : NULL;
}

BaseSource *
base_source_new_path(const char *path, GError **error)
{
	BaseSource *source = NULL;
	int fd;

	if (strcmp(path, "-") == 0) {
		return base_source_new_fd(STDIN_FILENO, error);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return BASE_FAIL_NULL(error, errno == ENOENT ? PS_ERROR_NOT_FOUND : PS_ERROR_IO,
				      "cannot open %s: %s", path, g_strerror(errno));
	}
	source = base_source_new_fd(fd, error);
	if (source == NULL) {
		(void)close(fd);
		return NULL;
	}
	source->owned_fd = fd;
	return source;
}

void
base_source_free(BaseSource *source)
{
	if (source == NULL) {
		return;
	}
	if (source->owned_fd >= 0) {
		(void)close(source->owned_fd);
	}
	g_clear_pointer(&source->spool, spool_free);
	g_clear_pointer(&source->bytes, g_bytes_unref);
	g_free(source->block);
	g_free(source);
}

uint64_t
base_source_size(const BaseSource *source)
{
	return source->size;
}

bool
base_source_peek(BaseSource *source, uint64_t offset, BaseBytes *out, GError **error)
{
	return source->peek(source, offset, out, error);
}

bool
base_source_copy(BaseSource *source, uint64_t offset, uint64_t length, BaseSink *sink,
		 GError **error)
{
	uint64_t left = MIN(length, source->size - MIN(offset, source->size));

	while (left > 0) {
		BaseBytes some;

		if (!source->peek(source, offset, &some, error)) {
			return false;
		}
		/* Pieces, so that one sink after the other finds them in the cache. */
		some = base_bytes_slice(some, 0, (size_t)MIN(left, BASE_LIMIT_BLOCK));
		if (!base_sink_write(sink, some, error)) {
			return false;
		}
		offset += some.n;
		left -= some.n;
	}
	return true;
}
