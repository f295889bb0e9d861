/* SPDX-License-Identifier: MPL-2.0 */
/* The sink that writes to a file descriptor. */
#include "base/file.h"
#include "base/secret.h"
#include "base/sink.h"

/* Large enough that system calls cost nothing, small enough for the second-level cache. */
#define BLOCK ((size_t)256 << 10)

typedef struct {
	BaseSink sink;
	int fd;
	size_t used;
	size_t touched; /* the highest used so far: what must be wiped */
	uint8_t block[BLOCK];
} FdSink;

static bool
fd_flush(BaseSink *sink, GError **error)
{
	FdSink *self = (FdSink *)sink;
	size_t used = self->used;

	self->used = 0;
	return file_write(self->fd, base_bytes(self->block, used), error);
}

static bool
fd_write(BaseSink *sink, BaseBytes data, GError **error)
{
	FdSink *self = (FdSink *)sink;

	if (self->used + data.n > BLOCK && !fd_flush(sink, error)) {
		return false;
	}
	if (data.n >= BLOCK) {
		return file_write(self->fd, data, error);
	}
	if (data.n > 0) {
		memcpy(self->block + self->used, data.p, data.n);
	}
	self->used += data.n;
	self->touched = MAX(self->touched, self->used);
	return true;
}

static void
fd_free(BaseSink *sink)
{
	FdSink *self = (FdSink *)sink;

	base_wipe(self->block, self->touched);
	g_free(self);
}

BaseSink *
base_sink_new_fd(int fd)
{
	static const BaseSinkClass klass = {fd_write, fd_flush, fd_free};
	FdSink *self = g_new(FdSink, 1);

	self->sink.klass = &klass;
	self->fd = fd;
	self->used = 0;
	self->touched = 0;
	return &self->sink;
}
