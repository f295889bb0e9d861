/* SPDX-License-Identifier: MPL-2.0 */
/* Hand-over statements: one encoding, and nothing else is read. */
#include "cert/handover.h"

#include "base/hex.h"
#include "cert_t.h"

#define ADDRESS "alice@example.org"

/* The statement, written by hand, for hashes of 0xaa and 0xbb. */
#define H32(x)  x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x
#define VERSION "\x02\x01\x01"
#define MAILBOX "\x0c\x11" ADDRESS
#define OLD     "\x04\x20" H32("\xaa")
#define NEW     "\x04\x20" H32("\xbb")
#define TIME       \
	"\x18\x0f" \
	"20261121100000Z"
#define BODY VERSION MAILBOX OLD NEW TIME
#define GOOD "\x30\x6b" BODY /* 3 + 19 + 34 + 34 + 17 = 107 octets */

static GBytes *
make(const CertIdentity *a, const CertIdentity *b)
{
	g_autoptr(GError) error = NULL;
	GBytes *der = cert_handover_new("Alice@Example.ORG", a->root, b->root, CERT_T_NOW, &error);
	g_assert_no_error(error);
	return der;
}

static void
assert_hash(const uint8_t *hash, const CertInfo *root)
{
	g_autofree char *hex = base_hex(base_bytes(hash, CERT_HANDOVER_HASH));
	g_assert_cmpstr(hex, ==, root->fingerprint);
}

static void
is_read_as_written(void)
{
	g_autoptr(CertIdentity) a = cert_t_identity(ADDRESS, CERT_PROFILE_P256);
	g_autoptr(CertIdentity) b = cert_t_identity(ADDRESS, CERT_PROFILE_MODERN);
	g_autoptr(GBytes) der = make(a, b);
	BaseBytes octets = base_bytes_of(der);
	t_assert_bytes(octets.p, 24, GOOD, 24);
	g_auto(CertHandover) read = {0};
	g_assert_true(cert_handover_read(octets, &read));
	g_assert_cmpstr(read.address, ==, ADDRESS);
	g_assert_cmpint(read.time, ==, CERT_T_NOW);
	assert_hash(read.old_root, a->root);
	assert_hash(read.new_root, b->root);
}

static bool
reads(BaseBytes der)
{
	g_auto(CertHandover) read = {0};
	return cert_handover_read(der, &read);
}

static void
every_octet_counts(void)
{
	g_auto(CertHandover) read = {0};
	g_assert_true(cert_handover_read(BASE_LIT(GOOD), &read));
	for (size_t i = 0; i < sizeof(GOOD) - 1; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t octets[] = GOOD;
			octets[i] = (uint8_t)(octets[i] ^ 1U << bit);
			g_auto(CertHandover) other = {0};
			if (cert_handover_read(base_bytes(octets, sizeof(GOOD) - 1), &other)) {
				g_assert_true(!g_str_equal(other.address, read.address) ||
					      memcmp(other.old_root, read.old_root, 32) != 0 ||
					      memcmp(other.new_root, read.new_root, 32) != 0 ||
					      other.time != read.time);
			}
		}
		g_assert_false(reads(base_bytes(GOOD, i)));
	}
}

static void
nothing_else_is_read(void)
{
	const BaseBytes bad[] = {
		BASE_LIT(""),
		BASE_LIT(GOOD "x"),
		BASE_LIT("\x30\x6d" BODY "\x05\x00"),
		BASE_LIT("\x30\x81\x6b" BODY), /* length not minimal */
		BASE_LIT("\x30\x80" BODY "\x00\x00"),
		BASE_LIT("\x31\x6b" BODY),
		BASE_LIT("\x30\x6b\x02\x01\x02" MAILBOX OLD NEW TIME),
		BASE_LIT("\x30\x6c\x02\x02\x00\x01" MAILBOX OLD NEW TIME),
		BASE_LIT("\x30\x68" MAILBOX OLD NEW TIME),
		BASE_LIT("\x30\x6b" VERSION "\x16\x11" ADDRESS OLD NEW TIME),
		BASE_LIT("\x30\x6b" VERSION "\x0c\x11"
			 "Alice@example.org" OLD NEW TIME), /* not as normalised */
		BASE_LIT("\x30\x6b" VERSION "\x0c\x11"
			 "alice.example.org" OLD NEW TIME),
		BASE_LIT("\x30\x6b" VERSION "\x0c\x11"
			 "alice@exa\0ple.org" OLD NEW TIME),
		BASE_LIT("\x30\x5a" VERSION "\x0c\x00" OLD NEW TIME),
		BASE_LIT("\x30\x6b" VERSION MAILBOX OLD OLD TIME),
		BASE_LIT("\x30\x6b" VERSION MAILBOX OLD "\x03\x20" H32("\xbb") TIME),
		BASE_LIT("\x30\x6c" VERSION MAILBOX OLD "\x04\x21" H32("\xbb") "\xbb" TIME),
		BASE_LIT("\x30\x6a" VERSION MAILBOX OLD "\x04\x1f" /* 31 */
			 "\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb"
			 "\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb" TIME),
		BASE_LIT("\x30\x69" VERSION MAILBOX OLD NEW "\x17\x0d"
			 "261121100000Z"),
		BASE_LIT("\x30\x6d" VERSION MAILBOX OLD NEW "\x18\x11"
			 "20261121100000.5Z"),
		BASE_LIT("\x30\x6b" VERSION MAILBOX OLD NEW "\x18\x0f"
			 "20261121100060Z"),
		BASE_LIT("\x30\x6b" VERSION MAILBOX OLD NEW "\x18\x0f"
			 "20261321100000Z"),
		BASE_LIT("\x30\x6b" VERSION MAILBOX OLD NEW "\x18\x0f"
			 "202611211000000"),
		BASE_LIT("\x30\x5a" VERSION MAILBOX OLD NEW),
	};

	g_assert_true(reads(BASE_LIT(GOOD)));
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_test_message("%" G_GSIZE_FORMAT, i);
		g_assert_false(reads(bad[i]));
	}
	g_autofree char *octets = g_strnfill(100000, '0');
	g_assert_false(reads(base_bytes_str(octets)));
}

static void
takes_the_longest_address(void)
{
	g_autoptr(CertIdentity) a = cert_t_identity(ADDRESS, CERT_PROFILE_P256);
	g_autoptr(CertIdentity) b = cert_t_identity(ADDRESS, CERT_PROFILE_P256);
	g_autoptr(GError) error = NULL;
	for (size_t n = 1; n < 64; n += 3) {
		g_autofree char *local = g_strnfill(n, 'x');
		g_autofree char *label = g_strnfill(n > 60 ? 60 : n, 'y');
		g_autofree char *address =
			g_strdup_printf("%s@%s.%s.%s", local, label, label, label);
		g_autoptr(GBytes) der =
			cert_handover_new(address, a->root, b->root, CERT_T_NOW, &error);
		g_assert_no_error(error);
		g_auto(CertHandover) read = {0};
		g_assert_true(cert_handover_read(base_bytes_of(der), &read));
		g_assert_cmpstr(read.address, ==, address);
	}
}

static void
refuses_to_make_nonsense(void)
{
	g_autoptr(CertIdentity) a = cert_t_identity(ADDRESS, CERT_PROFILE_P256);
	g_autoptr(CertIdentity) b = cert_t_identity(ADDRESS, CERT_PROFILE_P256);

	const struct {
		const char *address;
		const CertInfo *old_root;
		int64_t time;
	} rows[] = {
		{"", a->root, 0},
		{"alice", a->root, 0},
		{ADDRESS, b->root, 0},
		{ADDRESS, a->root, INT64_MAX},
		{ADDRESS, a->root, INT64_MIN},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(cert_handover_new(rows[i].address, rows[i].old_root, b->root,
						rows[i].time, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	}
}

static void
is_signed_behind_a_prefix(void)
{
	g_autoptr(GBytes) input = cert_handover_signed_input(BASE_LIT("\x30\x00"));
	BaseBytes got = base_bytes_of(input);
	t_assert_bytes(got.p, got.n, "postseal-handover-v1\x30\x00", 22);
	g_autoptr(GBytes) empty = cert_handover_signed_input(base_bytes(NULL, 0));
	T_ASSERT_STR_BYTES(base_bytes_of(empty), "postseal-handover-v1");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/handover/round", is_read_as_written);
	g_test_add_func("/cert/handover/octets", every_octet_counts);
	g_test_add_func("/cert/handover/bad", nothing_else_is_read);
	g_test_add_func("/cert/handover/long", takes_the_longest_address);
	g_test_add_func("/cert/handover/nonsense", refuses_to_make_nonsense);
	g_test_add_func("/cert/handover/prefix", is_signed_behind_a_prefix);
	return g_test_run();
}
