/* SPDX-License-Identifier: MPL-2.0 */
/* One-time codes and the message that waits for one. */
#include "setup/transfer.h"
#include "t.h"

static void
test_codes(void)
{
	static const struct {
		const char *text;
		const char *code; /* NULL: none */
	} table[] = {
		{"01234-56789-ABCDE-FGHJK-MNPQR", "0123456789ABCDEFGHJKMNPQR"},
		{" o1234 56789 abcde fghjk mnpqr\n", "0123456789ABCDEFGHJKMNPQR"},
		{"OIL34-56789-ABCDE-FGHJK-MNPQR", "0113456789ABCDEFGHJKMNPQR"},
		{"01234-56789-ABCDE-FGHJK-MNPQ", NULL},
		{"01234-56789-ABCDE-FGHJK-MNPQRS", NULL},
		{"01234-56789-ABCDE-FGHJK-MNPQU", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *code = setup_code_normalise(table[i].text);
		g_assert_cmpstr(code, ==, table[i].code);
	}
	g_autofree char *a = setup_code_new();
	g_autofree char *b = setup_code_new();
	g_autofree char *normal = setup_code_normalise(a);
	g_assert_cmpuint(strlen(a), ==, 29);
	g_assert_cmpuint(strlen(normal), ==, 25);
	g_assert_cmpstr(a, !=, b);
}

static void
test_message(void)
{
	for (size_t n = 1; n < 300; n += 13) {
		g_autofree guint8 *octets = g_malloc(n);
		for (size_t i = 0; i < n; i++) {
			octets[i] = (guint8)(i * 7);
		}
		g_autoptr(GBytes) backup = g_bytes_new(octets, n);
		g_autoptr(GBytes) message = setup_transfer_write("alice@example.org", backup);
		g_autoptr(GBytes) back =
			setup_transfer_read(base_bytes_of(message), "alice@example.org");
		g_autoptr(GBytes) other =
			setup_transfer_read(base_bytes_of(message), "bob@example.org");
		g_assert_nonnull(back);
		g_assert_true(g_bytes_equal(back, backup));
		g_assert_null(other);
		BaseBytes text = base_bytes_of(message);
		for (size_t i = 1; i < text.n; i++) {
			g_assert_true(text.p[i] != '\n' || text.p[i - 1] == '\r');
		}
	}
	g_assert_null(setup_transfer_read(BASE_LIT("Subject: x\r\n\r\nhi\r\n"), "a@b"));
	g_assert_null(setup_transfer_read(BASE_LIT(""), "a@b"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/setup/transfer/codes", test_codes);
	g_test_add_func("/setup/transfer/message", test_message);
	return g_test_run();
}
