/* SPDX-License-Identifier: MPL-2.0 */
/* A pipe read to its end: the first octets in memory, the rest in an unlinked, encrypted file. */
#include "base/spool.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/spool_cipher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* A multiple of the cipher's block: every read of the file begins at one. */
#define BLOCK ((size_t)64 << 10)

struct Spool {
	uint64_t size;
	int fd; /* -1: all of it is in memory */
	SpoolCipher cipher;
	uint8_t *memory;   /* the first BASE_LIMIT_SPOOL_MEMORY octets */
	uint64_t block_at; /* offset in the file of what is in block; UINT64_MAX: nothing */
	size_t block_n;
	uint8_t block[BLOCK];
};

static bool
draw_random(uint8_t *out, size_t n, GError **error)
{
	while (n > 0) {
		ssize_t got = getrandom(out, n, 0);

		if (got < 0 && errno != EINTR) {
			return base_fail(error, PS_ERROR_INTERNAL, "no random numbers: %s",
					 g_strerror(errno));
		}
		out += MAX(got, 0);
		n -= (size_t)MAX(got, 0);
	}
	return true;
}

static bool
draw_key(SpoolCipher *cipher, GError **error)
{
	static const uint8_t nonce[SPOOL_CIPHER_NONCE] = {0};
	uint8_t key[SPOOL_CIPHER_KEY];

	if (!draw_random(key, sizeof key, error)) {
		return false;
	}
	/* The key is used for one file, so that the nonce may be a constant. */
	spool_cipher_init(cipher, key, nonce);
	base_wipe(key, sizeof key);
	return true;
}

/* A file without a name in @folder, or -1 with errno. */
static int
open_unlinked(const char *folder)
{
	g_autofree char *name = NULL;
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0) {
		return fd;
	}
	/* Not every file system has O_TMPFILE. */
	name = g_build_filename(folder, "postseal-XXXXXX", NULL);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0) {
		(void)unlink(name);
	}
	return fd;
}

static bool
open_file(int *fd, GError **error)
{
	const char *folders[] = {g_getenv("TMPDIR"), "/var/tmp", "/tmp"};
	int reason = ENOENT;

	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
		if (folders[i] == NULL || folders[i][0] == '\0') {
			continue;
		}
		*fd = open_unlinked(folders[i]);
		if (*fd >= 0) {
			return true;
		}
		reason = errno;
	}
	return base_fail(error, PS_ERROR_CREATE, "cannot create a temporary file: %s",
			 g_strerror(reason));
}

static uint32_t
counter_at(uint64_t file_offset)
{
	return (uint32_t)(file_offset / SPOOL_CIPHER_BLOCK);
}

/* The part of the pipe that does not fit into memory; encrypts block by block. */
static bool
fill_file(Spool *spool, int fd, uint64_t max, GError **error)
{
	uint64_t at = 0;

	for (;;) {
		size_t n = file_read(fd, spool->block, BLOCK, error);

		if (n == SIZE_MAX) {
			return false;
		}
		if (n == 0) {
			return true;
		}
		if (n > max - MIN(max, spool->size)) {
			return base_fail(error, PS_ERROR_LIMIT,
					 "the message is larger than %" G_GUINT64_FORMAT " octets",
					 max);
		}
		if (spool->fd < 0 &&
		    (!draw_key(&spool->cipher, error) || !open_file(&spool->fd, error))) {
			return false;
		}
		spool_cipher_apply(&spool->cipher, counter_at(at), spool->block, n);
		if (!file_write(spool->fd, base_bytes(spool->block, n), error)) {
			return false;
		}
		at += n;
		spool->size += n;
	}
}

static bool
fill(Spool *spool, int fd, uint64_t max, GError **error)
{
	size_t n = file_read(fd, spool->memory, BASE_LIMIT_SPOOL_MEMORY, error);

	if (n == SIZE_MAX) {
		return false;
	}
	if (n > max) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "the message is larger than %" G_GUINT64_FORMAT " octets", max);
	}
	spool->size = n;
	return n < BASE_LIMIT_SPOOL_MEMORY || fill_file(spool, fd, max, error);
}

Spool *
spool_new(int fd, uint64_t max, GError **error)
{
	g_autoptr(Spool) spool = g_new(Spool, 1);

	spool->size = 0;
	spool->fd = -1;
	spool->memory = g_malloc(BASE_LIMIT_SPOOL_MEMORY);
	spool->block_at = UINT64_MAX;
	spool->block_n = 0;
	if (!fill(spool, fd, max, error)) {
		return NULL;
	}
	return g_steal_pointer(&spool);
}

void
spool_free(Spool *spool)
{
	if (spool == NULL) {
		return;
	}
	if (spool->fd >= 0) {
		(void)close(spool->fd);
		base_wipe(spool->block, sizeof spool->block);
		base_wipe(&spool->cipher, sizeof spool->cipher);
	}
	base_wipe(spool->memory, (size_t)MIN(spool->size, BASE_LIMIT_SPOOL_MEMORY));
	g_free(spool->memory);
	g_free(spool);
}

uint64_t
spool_size(const Spool *spool)
{
	return spool->size;
}

static bool
load_block(Spool *spool, uint64_t at, GError **error)
{
	size_t n = (size_t)MIN(BLOCK, spool->size - BASE_LIMIT_SPOOL_MEMORY - at);

	spool->block_at = UINT64_MAX;
	if (!file_read_at(spool->fd, at, spool->block, n, error)) {
		return false;
	}
	spool_cipher_apply(&spool->cipher, counter_at(at), spool->block, n);
	spool->block_at = at;
	spool->block_n = n;
	return true;
}

bool
spool_peek(Spool *spool, uint64_t offset, BaseBytes *out, GError **error)
{
	uint64_t in_file, at;

	if (offset < MIN(spool->size, BASE_LIMIT_SPOOL_MEMORY)) {
		size_t n = (size_t)MIN(spool->size, BASE_LIMIT_SPOOL_MEMORY) - (size_t)offset;

		*out = base_bytes(spool->memory + offset, n);
		return true;
	}
	if (offset >= spool->size) {
		*out = base_bytes(NULL, 0);
		return true;
	}
	in_file = offset - BASE_LIMIT_SPOOL_MEMORY;
	at = in_file - in_file % BLOCK;
	if (at != spool->block_at && !load_block(spool, at, error)) {
		return false;
	}
	*out = base_bytes_slice(base_bytes(spool->block, spool->block_n), (size_t)(in_file - at),
				SIZE_MAX);
	return true;
}
