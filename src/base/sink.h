/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Push pipelines: octets go in, something happens, octets go on.
 *
 * The rules of every sink, so that nobody has to ask:
 *  - A filter BORROWS its next sink: freeing a filter never frees the next one, finishing a filter
 *    flushes what it holds back into the next one and never finishes that one.
 *  - write() may be called with any chunking, 0 octets included; the result never depends on it.
 *  - finish() is called at most once and after the last write(); no write() follows.
 *  - After a failed write() or finish() only free() is allowed.
 */
#pragma once

#include "base/bytes.h"

typedef struct BaseSink BaseSink;

typedef struct {
	bool (*write)(BaseSink *sink, BaseBytes data, GError **error);
	bool (*finish)(BaseSink *sink, GError **error); /* NULL: nothing is held back */
	void (*free)(BaseSink *sink);                   /* NULL: the sink is embedded or static */
} BaseSinkClass;

struct BaseSink {
	const BaseSinkClass *klass;
};

static inline bool
base_sink_write(BaseSink *sink, BaseBytes data, GError **error)
{
	return sink->klass->write(sink, data, error);
}

static inline bool
base_sink_write_str(BaseSink *sink, const char *s, GError **error)
{
	return sink->klass->write(sink, base_bytes_str(s), error);
}

static inline bool
base_sink_finish(BaseSink *sink, GError **error)
{
	return sink->klass->finish == NULL || sink->klass->finish(sink, error);
}

static inline void
base_sink_free(BaseSink *sink)
{
	if (sink != NULL && sink->klass->free != NULL) {
		sink->klass->free(sink);
	}
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BaseSink, base_sink_free)

/* Swallows everything; a shared static object, never freed. */
BaseSink *base_sink_null(void);

/* Collects into memory; PS_ERROR_LIMIT beyond @max octets. */
BaseSink *base_sink_new_memory(size_t max);
/* What a memory sink holds; (transfer full), the sink is empty afterwards. */
GBytes *base_sink_take_bytes(BaseSink *memory);
/* What a memory sink holds now; borrowed until the next write or free. */
BaseBytes base_sink_peek_bytes(BaseSink *memory);

/* Appends to @array, which the caller owns; PS_ERROR_LIMIT when it would exceed @max octets. */
BaseSink *base_sink_new_array(GByteArray *array, size_t max);

/* Writes to a file descriptor in large blocks, retrying short writes and EINTR; the descriptor
 * stays open. finish() flushes; PS_ERROR_IO with the reason (a full disk, a closed pipe). */
BaseSink *base_sink_new_fd(int fd);

/* Counts octets and passes them on (@next may be NULL). */
BaseSink *base_sink_new_count(BaseSink *next);
uint64_t base_sink_count(BaseSink *count);

/* Every write goes to @a and then to @b. */
BaseSink *base_sink_new_tee(BaseSink *a, BaseSink *b);
