/* SPDX-License-Identifier: MPL-2.0 */
/* Canonical addresses. */
#include "cert/address.h"
#include "t.h"

static const struct {
	const char *in;
	const char *out;
} NORMAL[] = {
	{"alice@example.org", "alice@example.org"},
	{"Alice@EXAMPLE.Org", "alice@example.org"},
	{"a.b+tag@example.org", "a.b+tag@example.org"},
	{"a@b", "a@b"},
	{"a@B\xc3\xbc"
	 "cher.example",
	 "a@xn--bcher-kva.example"},
	{"a@b\xc3\xbc"
	 "cher.example",
	 "a@xn--bcher-kva.example"},
	{"a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"},
	{"J\xc3\xb6rg@Example.org", "J\xc3\xb6rg@example.org"},
	{"j\xc3\xb6rg@example.org", "j\xc3\xb6rg@example.org"},
	{"\xe8\x80\x81\xe5\xb8\xab@example.com", "\xe8\x80\x81\xe5\xb8\xab@example.com"},
	{"\"alice\"@example.org", "alice@example.org"},
	{"\"a\\l\\ice\"@example.org", "alice@example.org"},
	{"\"a@b\"@example.org", "\"a@b\"@example.org"},
	{"\"a\\\"b\"@example.org", "\"a\\\"b\"@example.org"},
	{"\".a\"@example.org", "\".a\"@example.org"},
	{"\"\"@example.org", "\"\"@example.org"},
	{"a..b@example.org", "a..b@example.org"},
	{"a@[192.0.2.1]", "a@[192.0.2.1]"},
	{"a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]"},
	{"a@mail_1.example", "a@mail_1.example"},
	{"a@\xef\xbd\x85xample.org", "a@example.org"}, /* full-width e */
};

static const char *const BAD[] = {
	"",
	"alice",
	"@example.org",
	"alice@",
	"alice@@example.org",
	"alice@example.org@example.com",
	"alice@example.org.",
	"alice@.example.org",
	"alice@example..org",
	"ali ce@example.org",
	"alice @example.org",
	" alice@example.org",
	"alice@example.org ",
	"alice@exam ple.org",
	"alice@example.org\r\nBcc: eve@example.org",
	"ali\tce@example.org",
	"ali\x7f"
	"ce@example.org",
	"\"ali ce\"@example.org",
	"\"alice@example.org",
	"\"alice\"x@example.org",
	"<alice@example.org>",
	"alice@example.org,eve@example.org",
	"alice(comment)@example.org",
	"alice@exam/ple.org",
	"alice@[192.0.2.1",
	"alice@[]",
	"alice@[192.0.2.1]x",
	"ali\xff"
	"ce@example.org", /* not UTF-8 */
	"ali\xc2\xa0"
	"ce@example.org", /* no-break space */
	"ali\xc2\x85"
	"ce@example.org", /* a C1 control */
	"\xe2\x80\xae"
	"alice@example.org", /* right-to-left override */
	"ali\xe2\x80\x8b"
	"ce@example.org", /* zero-width space */
	"ali\xe2\x80\x8d"
	"ce@example.org", /* joiner */
	"ali\xe2\x81\xa6"
	"ce@example.org", /* isolate */
	"ali\xc2\xad"
	"ce@example.org", /* soft hyphen */
	"ali\xee\x80\x80"
	"ce@example.org", /* private use */
	"ali\xcd\xb8"
	"ce@example.org", /* unassigned */
	"ali\xe2\x80\xa8"
	"ce@example.org", /* line separator */
	"ali\xe2\x80\xa9"
	"ce@example.org", /* paragraph separator */
	"ali\xe3\x85\xa4"
	"ce@example.org", /* Hangul filler */
	"ali\xef\xb8\x8f"
	"ce@example.org", /* variation selector */
	"ali\xf3\xa0\x81\x81"
	"ce@example.org", /* tag */
	"\"ali\xe2\x80\xae\"@example.org",
	"alice@exam\xc2\xad"
	"ple.org", /* soft hyphen in a host */
	"alice@stra\xc3\x9f"
	"e.example", /* sharp s: two names in two versions of IDNA */
	"alice@a\xe2\x80\x8d"
	"b.example", /* joiner */
	"alice@\xef\xbc\xa0"
	"example.org", /* full-width @ */
	"alice@a\xe2\x84\x80"
	"b.example", /* becomes a/c */
};

static void
normalises(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(NORMAL); i++) {
		g_autofree char *out = cert_address_normalise(NORMAL[i].in);
		g_assert_cmpstr(out, ==, NORMAL[i].out);
		g_autofree char *again = cert_address_normalise(out);
		g_assert_cmpstr(again, ==, out);
	}
}

static void
refuses_what_is_no_address(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		g_autofree char *out = cert_address_normalise(BAD[i]);
		g_assert_cmpstr(out, ==, NULL);
	}
	g_assert_null(cert_address_normalise(NULL));
	g_assert_null(cert_address_normalise_bytes(BASE_LIT("alice@example.org\0.evil.example")));
	g_assert_null(cert_address_normalise_bytes(BASE_LIT("ali\0ce@example.org")));
}

static char *
make_address(size_t local, size_t labels)
{
	GString *s = g_string_new(NULL);
	for (size_t i = 0; i < local; i++) {
		g_string_append_c(s, 'a');
	}
	g_string_append_c(s, '@');
	for (size_t i = 0; i < labels; i++) {
		g_string_append(s, i == 0 ? "bbbbbbbbb" : ".bbbbbbbbb");
	}
	return g_string_free(s, FALSE);
}

static void
bounds_the_length(void)
{
	g_autofree char *fits = make_address(254 - 1 - 99, 10);
	g_autofree char *over = make_address(255 - 1 - 99, 10);
	g_autofree char *good = cert_address_normalise(fits);
	g_autofree char *bad = cert_address_normalise(over);
	g_assert_cmpuint(strlen(fits), ==, 254);
	g_assert_nonnull(good);
	g_assert_null(bad);
	g_autofree char *label = g_strdup_printf("a@%064d.example", 0);
	g_assert_null(cert_address_normalise(label));
}

static void
compares(void)
{
	g_assert_true(cert_address_equal("Alice@Example.org", "alice@example.ORG"));
	g_assert_false(cert_address_equal("alice+x@example.org", "alice@example.org"));
	g_assert_false(cert_address_equal("J\xc3\xb6rg@example.org", "j\xc3\xb6rg@example.org"));
	g_assert_false(cert_address_equal("nobody", "nobody"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/address/normalises", normalises);
	g_test_add_func("/cert/address/refuses_what_is_no_address", refuses_what_is_no_address);
	g_test_add_func("/cert/address/bounds_the_length", bounds_the_length);
	g_test_add_func("/cert/address/compares", compares);
	return g_test_run();
}
