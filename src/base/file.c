/* SPDX-License-Identifier: MPL-2.0 */
/* Reading and writing file descriptors to the end, whatever interrupts. */
#include "base/file.h"

#include "base/error.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* True if the call that failed with errno can be tried again; waits where that is needed. */
static bool
try_again(int fd, short events)
{
	struct pollfd wait = {.fd = fd, .events = events};

	if (errno == EAGAIN) {
		(void)poll(&wait, 1, -1);
		return true;
	}
	return errno == EINTR;
}

size_t
file_read(int fd, uint8_t *out, size_t n, GError **error)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = read(fd, out + have, n - have);

		if (got == 0) {
			return have;
		}
		if (got > 0) {
			have += (size_t)got;
		} else if (!try_again(fd, POLLIN)) {
			(void)base_fail(error, PS_ERROR_IO, "cannot read: %s", g_strerror(errno));
			return SIZE_MAX;
		}
	}
	return have;
}

bool
file_read_at(int fd, uint64_t offset, uint8_t *out, size_t n, GError **error)
{
	while (n > 0) {
		ssize_t got = pread(fd, out, n, (off_t)offset);

		if (got == 0) {
			return base_fail(error, PS_ERROR_IO,
					 "cannot read: the file became shorter meanwhile");
		}
		if (got > 0) {
			offset += (size_t)got;
			out += got;
			n -= (size_t)got;
		} else if (!try_again(fd, POLLIN)) {
			return base_fail(error, PS_ERROR_IO, "cannot read: %s", g_strerror(errno));
		}
	}
	return true;
}

bool
file_write(int fd, BaseBytes data, GError **error)
{
	while (data.n > 0) {
		ssize_t put = write(fd, data.p, data.n);

		if (put >= 0) {
			data = base_bytes_slice(data, (size_t)put, SIZE_MAX);
		} else if (!try_again(fd, POLLOUT)) {
			return base_fail(error, PS_ERROR_IO, "cannot write: %s", g_strerror(errno));
		}
	}
	return true;
}
