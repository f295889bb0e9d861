/* SPDX-License-Identifier: MPL-2.0 */
/* Passphrase boxes. */
#include "cert/box.h"

#include "t.h"
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <postseal/error.h>

#define HEAD 48 /* magic 16, log2 N, r, p, 0, salt 16, nonce 12 */
#define TAG  16

/* A box with a key that costs a 32nd of what ours cost (N = 2^10), made here by the layout. */
static GBytes *
cheap_box(const char *passphrase, const char *text)
{
	uint8_t key[32];
	int n = 0, m = 0;
	size_t size = HEAD + strlen(text) + TAG;
	g_autofree uint8_t *box = g_malloc0(size);
	memcpy(box, CERT_BOX_MAGIC, 16);
	memcpy(box + 16,
	       "\x0a\x08\x01\x00"
	       "salt of 16 bytesnonce of 12.",
	       32);
	g_assert_cmpint(EVP_PBE_scrypt(passphrase, strlen(passphrase), box + 20, 16, 1024, 8, 1,
				       1 << 24, key, sizeof key),
			==, 1);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	g_assert_cmpint(EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, box + 36), ==, 1);
	g_assert_cmpint(EVP_EncryptUpdate(ctx, NULL, &n, box, HEAD), ==, 1);
	g_assert_cmpint(
		EVP_EncryptUpdate(ctx, box + HEAD, &n, (const uint8_t *)text, (int)strlen(text)),
		==, 1);
	g_assert_cmpint(EVP_EncryptFinal_ex(ctx, box + HEAD + n, &m), ==, 1);
	g_assert_cmpint(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, box + size - TAG), ==,
			1);
	EVP_CIPHER_CTX_free(ctx);
	return g_bytes_new_take(g_steal_pointer(&box), size);
}

static void
opens_what_it_sealed(void)
{
	g_autoptr(GError) error = NULL;
	static const size_t SIZES[] = {0, 100001}; /* nothing, and no whole number of blocks */
	for (size_t i = 0; i < G_N_ELEMENTS(SIZES); i++) {
		g_autofree uint8_t *data = g_malloc0(SIZES[i] + 1);
		g_autoptr(GBytes) box =
			cert_box_seal("correct horse", base_bytes(data, SIZES[i]), &error);
		g_assert_no_error(error);
		g_assert_cmpuint(g_bytes_get_size(box), ==, SIZES[i] + HEAD + TAG);
		g_autoptr(GBytes) back = cert_box_open("correct horse", base_bytes_of(box), &error);
		g_assert_no_error(error);
		t_assert_bytes(base_bytes_of(back).p, g_bytes_get_size(back), data, SIZES[i]);
	}
}

/* The header says what the key costs; ours cost as much as they should. */
static void
opens_what_the_layout_says(void)
{
	g_autoptr(GBytes) box = cheap_box("right", "data");
	g_autoptr(GBytes) ours = cert_box_seal("right", BASE_LIT("data"), NULL);
	g_autoptr(GBytes) back = cert_box_open("right", base_bytes_of(box), NULL);
	T_ASSERT_STR_BYTES(base_bytes_of(back), "data");
	t_assert_bytes(base_bytes_of(ours).p + 16, 4, "\x0f\x08\x01\x00", 4);
}

static void
differs_every_time(void)
{
	g_autoptr(GBytes) a = cert_box_seal("p", BASE_LIT("data"), NULL);
	g_autoptr(GBytes) b = cert_box_seal("p", BASE_LIT("data"), NULL);
	g_assert_false(g_bytes_equal(a, b));
}

static void
refuses_a_wrong_passphrase(void)
{
	g_autoptr(GBytes) box = cheap_box("right", "data");
	static const char *const WRONG[] = {"wrong", "right ", "", NULL};
	for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(cert_box_open(WRONG[i], base_bytes_of(box), &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_PASSPHRASE);
	}
	g_autoptr(GError) error = NULL;
	g_assert_null(cert_box_seal("", BASE_LIT("data"), &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_PASSPHRASE);
}

/* Offset and new value in the header, and what comes of it. */
static const struct {
	size_t at;
	uint8_t value;
	PsError code;
	uint8_t log2n; /* unless 0: what N is at the same time */
} DAMAGE[] = {
	{0, 'P', PS_ERROR_MALFORMED, 0},    {16, 0, PS_ERROR_MALFORMED, 0},
	{16, 11, PS_ERROR_PASSPHRASE, 0},   {16, 25, PS_ERROR_LIMIT, 0},
	{16, 19, PS_ERROR_LIMIT, 0},        {16, 255, PS_ERROR_LIMIT, 0},
	{17, 0, PS_ERROR_MALFORMED, 0},     {17, 255, PS_ERROR_LIMIT, 15},
	{18, 0, PS_ERROR_MALFORMED, 0},     {18, 255, PS_ERROR_LIMIT, 0},
	{19, 1, PS_ERROR_MALFORMED, 0},     {20, 0xaa, PS_ERROR_PASSPHRASE, 0},
	{48, 0xaa, PS_ERROR_PASSPHRASE, 0}, {52, 0xaa, PS_ERROR_PASSPHRASE, 0},
};

static void
refuses_a_damaged_box(void)
{
	g_autoptr(GBytes) box = cheap_box("right", "data");
	size_t n = g_bytes_get_size(box);
	for (size_t i = 0; i < G_N_ELEMENTS(DAMAGE); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree uint8_t *copy = g_memdup2(g_bytes_get_data(box, NULL), n);
		copy[DAMAGE[i].at] = copy[DAMAGE[i].at] == DAMAGE[i].value ? 0x55 : DAMAGE[i].value;
		copy[16] = DAMAGE[i].log2n != 0 ? DAMAGE[i].log2n : copy[16];
		g_assert_null(cert_box_open("right", base_bytes(copy, n), &error));
		g_assert_error(error, PS_ERROR, (int)DAMAGE[i].code);
	}
	for (size_t cut = 0; cut < n; cut += 7) {
		g_autoptr(GError) error = NULL;
		g_assert_null(cert_box_open("right", base_bytes_slice(base_bytes_of(box), 0, cut),
					    &error));
		g_assert_nonnull(error);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/box/opens_what_it_sealed", opens_what_it_sealed);
	g_test_add_func("/cert/box/opens_what_the_layout_says", opens_what_the_layout_says);
	g_test_add_func("/cert/box/differs_every_time", differs_every_time);
	g_test_add_func("/cert/box/refuses_a_wrong_passphrase", refuses_a_wrong_passphrase);
	g_test_add_func("/cert/box/refuses_a_damaged_box", refuses_a_damaged_box);
	return g_test_run();
}
