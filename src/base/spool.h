/* SPDX-License-Identifier: MPL-2.0 */
/* A pipe read to its end: the first octets in memory, the rest in an unlinked, encrypted file. */
#pragma once

#include "base/bytes.h"

typedef struct Spool Spool;

/* Reads @fd to its end; PS_ERROR_IO, PS_ERROR_LIMIT over @max octets, PS_ERROR_CREATE if there is
 * no place for the file. */
Spool *spool_new(int fd, uint64_t max, GError **error);
void spool_free(Spool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spool, spool_free)

uint64_t spool_size(const Spool *spool);

/* Octets from @offset on, at least one unless it is the end; borrowed until the next call. */
bool spool_peek(Spool *spool, uint64_t offset, BaseBytes *out, GError **error);
