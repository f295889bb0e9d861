/* SPDX-License-Identifier: MPL-2.0 */
/* The cipher of the spool against RFC 8439, and the spool's limit. */
#include "base/error.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/spool.h"
#include "base/spool_cipher.h"
#include "t.h"

#include <fcntl.h>
#include <unistd.h>

static SpoolCipher
make_cipher(const char *nonce_hex)
{
	g_autoptr(GBytes) nonce = base_hex_parse(nonce_hex);
	uint8_t key[SPOOL_CIPHER_KEY];
	SpoolCipher cipher;

	for (size_t i = 0; i < sizeof key; i++) {
		key[i] = (uint8_t)i;
	}
	spool_cipher_init(&cipher, key, base_bytes_of(nonce).p);
	return cipher;
}

/* RFC 8439 section 2.3.2: one block of key stream. */
static void
test_block(void)
{
	SpoolCipher cipher = make_cipher("00:00:00:09:00:00:00:4a:00:00:00:00");
	g_autoptr(GBytes) want =
		base_hex_parse("10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
			       "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e");
	uint8_t got[64] = {0};

	spool_cipher_apply(&cipher, 1, got, sizeof got);
	t_assert_bytes(got, sizeof got, base_bytes_of(want).p, 64);
}

/* RFC 8439 section 2.4.2. */
static void
test_text(void)
{
	static const char text[] =
		"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for "
		"the future, sunscreen would be it.";
	SpoolCipher cipher = make_cipher("00:00:00:00:00:00:00:4a:00:00:00:00");
	g_autoptr(GBytes) want =
		base_hex_parse("6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
			       "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
			       "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
			       "5af90bbf74a35be6b40b8eedf2785e42874d");
	uint8_t got[sizeof text - 1];

	memcpy(got, text, sizeof got);
	spool_cipher_apply(&cipher, 1, got, sizeof got);
	t_assert_bytes(got, sizeof got, base_bytes_of(want).p, base_bytes_of(want).n);
}

/* Any part can be had by itself, if it begins at a block. */
static void
test_random_access(void)
{
	SpoolCipher cipher = make_cipher("01:02:03:04:05:06:07:08:09:0a:0b:0c");
	uint8_t whole[4000] = {0};

	spool_cipher_apply(&cipher, 0, whole, sizeof whole);
	for (uint32_t block = 0; block < sizeof whole / SPOOL_CIPHER_BLOCK; block++) {
		size_t at = block * SPOOL_CIPHER_BLOCK;
		size_t n = MIN(sizeof whole - at, 700U + block);
		uint8_t part[4000] = {0};

		spool_cipher_apply(&cipher, block, part, n);
		t_assert_bytes(part, n, whole + at, n);
	}
}

static void
test_limit(void)
{
	static const uint64_t limits[] = {0, 1000, BASE_LIMIT_SPOOL_MEMORY,
					  BASE_LIMIT_SPOOL_MEMORY + 100000};

	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
		int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
		g_autoptr(GError) error = NULL;
		g_autoptr(Spool) spool = spool_new(fd, limits[i], &error);

		g_assert_null(spool);
		g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
		g_assert_cmpint(close(fd), ==, 0);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spool/block", test_block);
	g_test_add_func("/spool/text", test_text);
	g_test_add_func("/spool/random-access", test_random_access);
	g_test_add_func("/spool/limit", test_limit);
	return g_test_run();
}
