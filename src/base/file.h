/* SPDX-License-Identifier: MPL-2.0 */
/* Reading and writing file descriptors to the end, whatever interrupts. */
#pragma once

#include "base/bytes.h"

/* As many of @n octets as there are before the end; SIZE_MAX and PS_ERROR_IO if it cannot be read.
 */
size_t file_read(int fd, uint8_t *out, size_t n, GError **error);

/* The same from @offset on; PS_ERROR_IO if there are fewer than @n. */
bool file_read_at(int fd, uint64_t offset, uint8_t *out, size_t n, GError **error);

/* All of @data; PS_ERROR_IO. */
bool file_write(int fd, BaseBytes data, GError **error);
