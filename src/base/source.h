/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A message as read-only octets that can be read more than once, without holding it in memory:
 * opening sealed mail reads the ciphertext twice.
 */
#pragma once

#include "base/sink.h"

typedef struct BaseSource BaseSource;

/* @bytes is referenced. */
BaseSource *base_source_new_bytes(GBytes *bytes);

/* @data is borrowed and must outlive the source. */
BaseSource *base_source_new_view(BaseBytes data);

/*
 * A regular file is read where it lies (pread, from its current start 0). Anything else (pipe,
 * terminal, socket) is read to its end at once: up to BASE_LIMIT_SPOOL_MEMORY octets stay in
 * memory, the rest goes to an unlinked temporary file, encrypted under a key that exists only in
 * this process, since mail on its way out is plaintext (design.md section 6: none on disk).
 * @fd is borrowed and must stay open. Errors: PS_ERROR_IO, PS_ERROR_LIMIT (over
 * BASE_LIMIT_MESSAGE).
 */
BaseSource *base_source_new_fd(int fd, GError **error);

/* Opens @path ("-" is standard input); PS_ERROR_NOT_FOUND, PS_ERROR_IO. */
BaseSource *base_source_new_path(const char *path, GError **error);

void base_source_free(BaseSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BaseSource, base_source_free)

/* Octets in all. */
uint64_t base_source_size(const BaseSource *source);

/*
 * Octets from @offset on: at least one unless @offset is at the end, at most what the source likes
 * to give at once. Borrowed until the next call on this source. Returns false on PS_ERROR_IO.
 */
bool base_source_peek(BaseSource *source, uint64_t offset, BaseBytes *out, GError **error);

/* Writes octets [offset, offset+length) to @sink, without finishing it; a @length of UINT64_MAX is
 * "to the end". */
bool base_source_copy(BaseSource *source, uint64_t offset, uint64_t length, BaseSink *sink,
		      GError **error);
