/* SPDX-License-Identifier: MPL-2.0 */
/* AES key wrap against RFC 3394 section 4. */
#include "cms/wrap.h"

#include "base/hex.h"
#include "t.h"

#define KEK "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"

static const struct {
	size_t kek_n;
	size_t key_n;
	const char *wrapped;
} rows[] = {
	{16, 16, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
	{24, 16, "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"},
	{32, 16, "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
	{32, 32,
	 "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
};

static void
rfc3394_vectors(void)
{
	g_autoptr(GBytes) kek = base_hex_parse(KEK);
	g_autoptr(GBytes) key = base_hex_parse(KEY);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		BaseBytes kek_part = base_bytes_slice(base_bytes_of(kek), 0, rows[i].kek_n);
		BaseBytes key_part = base_bytes_slice(base_bytes_of(key), 0, rows[i].key_n);
		uint8_t wrapped[CMS_WRAP_MAX_KEY + CMS_WRAP_OVERHEAD];
		uint8_t back[CMS_WRAP_MAX_KEY];
		size_t n = rows[i].key_n + CMS_WRAP_OVERHEAD;
		g_assert_true(cms_wrap(kek_part, key_part, wrapped));
		g_autofree char *hex = base_hex(base_bytes(wrapped, n));
		g_assert_cmpstr(hex, ==, rows[i].wrapped);
		g_assert_true(cms_unwrap(kek_part, base_bytes(wrapped, n), back));
		t_assert_bytes(back, rows[i].key_n, key_part.p, key_part.n);
	}
}

static void
refuses_every_flipped_bit(void)
{
	g_autoptr(GBytes) kek = base_hex_parse(KEK);
	g_autoptr(GBytes) wrapped = base_hex_parse(rows[3].wrapped);
	uint8_t octets[40];
	uint8_t out[32] = {0};
	const uint8_t untouched[32] = {0};
	memcpy(octets, g_bytes_get_data(wrapped, NULL), sizeof(octets));
	for (size_t bit = 0; bit < 8 * sizeof(octets); bit++) {
		octets[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		g_assert_false(
			cms_unwrap(base_bytes_of(kek), base_bytes(octets, sizeof(octets)), out));
		octets[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		t_assert_bytes(out, sizeof(out), untouched, sizeof(untouched));
	}
}

static void
refuses_odd_lengths(void)
{
	static const uint8_t zeros[CMS_WRAP_MAX_KEY + 16];
	uint8_t out[CMS_WRAP_MAX_KEY + 32];
	BaseBytes kek = base_bytes(zeros, 16);
	static const size_t bad[] = {0, 1, 8, 15, 17, 23, 72};
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_false(cms_wrap(kek, base_bytes(zeros, bad[i]), out));
		g_assert_false(cms_wrap(base_bytes(zeros, bad[i]), base_bytes(zeros, 16), out));
		g_assert_false(cms_unwrap(kek, base_bytes(zeros, bad[i]), out));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wrap/rfc3394", rfc3394_vectors);
	g_test_add_func("/wrap/flipped", refuses_every_flipped_bit);
	g_test_add_func("/wrap/lengths", refuses_odd_lengths);
	return g_test_run();
}
