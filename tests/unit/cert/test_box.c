/* SPDX-License-Identifier: MPL-2.0 */
/* Passphrase boxes. */
#include "cert/box.h"

#include "t.h"
#include <postseal/error.h>

static void
opens_what_it_sealed(void)
{
	g_autoptr(GError) error = NULL;
	static const size_t SIZES[] = {0, 17, 100000};
	for (size_t i = 0; i < G_N_ELEMENTS(SIZES); i++) {
		g_autofree uint8_t *data = g_malloc0(SIZES[i] + 1);
		g_autoptr(GBytes) box =
			cert_box_seal("correct horse", base_bytes(data, SIZES[i]), &error);
		g_assert_no_error(error);
		g_assert_cmpuint(g_bytes_get_size(box), ==, SIZES[i] + 48 + 16);
		g_autoptr(GBytes) back = cert_box_open("correct horse", base_bytes_of(box), &error);
		g_assert_no_error(error);
		t_assert_bytes(base_bytes_of(back).p, g_bytes_get_size(back), data, SIZES[i]);
	}
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
	g_autoptr(GBytes) box = cert_box_seal("right", BASE_LIT("data"), NULL);
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
} DAMAGE[] = {
	{0, 'P', PS_ERROR_MALFORMED},    {16, 0, PS_ERROR_MALFORMED},
	{16, 14, PS_ERROR_PASSPHRASE},   {16, 25, PS_ERROR_LIMIT},
	{16, 19, PS_ERROR_LIMIT},        {16, 255, PS_ERROR_LIMIT},
	{17, 0, PS_ERROR_MALFORMED},     {17, 255, PS_ERROR_LIMIT},
	{18, 0, PS_ERROR_MALFORMED},     {18, 255, PS_ERROR_LIMIT},
	{19, 1, PS_ERROR_MALFORMED},     {20, 0xaa, PS_ERROR_PASSPHRASE},
	{48, 0xaa, PS_ERROR_PASSPHRASE}, {52, 0xaa, PS_ERROR_PASSPHRASE},
};

static void
refuses_a_damaged_box(void)
{
	g_autoptr(GBytes) box = cert_box_seal("right", BASE_LIT("data"), NULL);
	size_t n = g_bytes_get_size(box);
	for (size_t i = 0; i < G_N_ELEMENTS(DAMAGE); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree uint8_t *copy = g_memdup2(g_bytes_get_data(box, NULL), n);
		copy[DAMAGE[i].at] = copy[DAMAGE[i].at] == DAMAGE[i].value ? 0x55 : DAMAGE[i].value;
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
	g_test_add_func("/cert/box/differs_every_time", differs_every_time);
	g_test_add_func("/cert/box/refuses_a_wrong_passphrase", refuses_a_wrong_passphrase);
	g_test_add_func("/cert/box/refuses_a_damaged_box", refuses_a_damaged_box);
	return g_test_run();
}
