/* SPDX-License-Identifier: MPL-2.0 */
/* Whom nobody may ask, whatever a certificate says. */
#include "cert/fetch_private.h"

#include "t.h"
#include <postseal/error.h>

static bool
allow_loopback(GInetAddress *address, unsigned port)
{
	(void)port;
	return g_inet_address_get_is_loopback(address);
}

static void
reads_only_plain_addresses(void)
{
	static const char *const URLS[] = {
		"https://127.0.0.1/",
		"ftp://127.0.0.1/",
		"file:///etc/passwd",
		"ldap://x/",
		"http://user@127.0.0.1/",
		"http:///x",
		"http://",
		"",
		"x",
		"//127.0.0.1/",
		"http://127.0.0.1/a b",
		"http://127.0.0.1/\r\nX: y",
		"http://127.0.0.1/\x80",
		"http://127.0.0.1\r\n/",
		"http://a%0d%0ab/",
		"http://a%00b/",
		"http://[::1%25lo]/",
		"http://127.0.0.1:99999/",
		"http://127.0.0.1:x/",
		"http://\xc3\xa9/",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(URLS); i++) {
		g_autoptr(GError) error = NULL;
		CertFetchJob job = {
			.url = URLS[i],
			.allows = allow_loopback,
			.deadline = cert_fetch_deadline(),
		};
		g_assert_null(cert_fetch_exchange(&job, &error));
		g_test_message("URL %" G_GSIZE_FORMAT, i);
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	}
	g_autofree char *tail = g_strnfill(3000, 'a');
	g_autofree char *url = g_strconcat("http://127.0.0.1/", tail, NULL);
	g_autoptr(GError) error = NULL;
	CertFetchJob job = {.url = url, .allows = allow_loopback};
	g_assert_null(cert_fetch_exchange(&job, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
}

/* The edges of every block. */
static const struct {
	const char *address;
	bool public;
} ADDRESSES[] = {
	{"0.0.0.0", false},
	{"0.255.255.255", false},
	{"1.1.1.1", true},
	{"9.255.255.255", true},
	{"10.0.0.0", false},
	{"10.255.255.255", false},
	{"11.0.0.0", true},
	{"100.63.255.255", true},
	{"100.64.0.0", false},
	{"100.127.255.255", false},
	{"100.128.0.0", true},
	{"126.255.255.255", true},
	{"127.0.0.1", false},
	{"127.255.255.255", false},
	{"128.0.0.1", true},
	{"169.253.255.255", true},
	{"169.254.0.1", false},
	{"169.254.169.254", false},
	{"169.255.0.0", true},
	{"172.15.255.255", true},
	{"172.16.0.0", false},
	{"172.31.255.255", false},
	{"172.32.0.0", true},
	{"192.0.0.1", false},
	{"192.0.1.1", true},
	{"192.0.2.1", false},
	{"192.88.99.1", false},
	{"192.167.255.255", true},
	{"192.168.0.1", false},
	{"192.168.255.255", false},
	{"192.169.0.0", true},
	{"198.17.255.255", true},
	{"198.18.0.0", false},
	{"198.19.255.255", false},
	{"198.20.0.0", true},
	{"198.51.100.1", false},
	{"203.0.113.1", false},
	{"223.255.255.255", true},
	{"224.0.0.1", false},
	{"239.255.255.255", false},
	{"240.0.0.1", false},
	{"255.255.255.255", false},
	{"::", false},
	{"::1", false},
	{"::ffff:127.0.0.1", false},
	{"::ffff:1.1.1.1", false},
	{"::1.1.1.1", false},
	{"64:ff9b::1.1.1.1", false},
	{"64:ff9b:1::1", false},
	{"100::1", false},
	{"2001::1", false},
	{"2001:1ff:ffff::1", false},
	{"2001:200::1", true},
	{"2001:db8::1", false},
	{"2001:db9::1", true},
	{"2002:7f00:1::1", false},
	{"2606:4700::1111", true},
	{"2a00:1450:4001::1", true},
	{"3fff::1", false},
	{"3fff:fff:ffff::1", false},
	{"3fff:1000::1", true},
	{"4000::1", false},
	{"5f00::1", false},
	{"fc00::1", false},
	{"fdff::1", false},
	{"fe80::1", false},
	{"fec0::1", false},
	{"ff02::1", false},
	{"ff0e::1", false},
};

static void
guards_the_inside(void)
{

	for (size_t i = 0; i < G_N_ELEMENTS(ADDRESSES); i++) {
		g_autoptr(GInetAddress) address =
			g_inet_address_new_from_string(ADDRESSES[i].address);
		g_test_message("%s", ADDRESSES[i].address);
		g_assert_nonnull(address);
		g_assert_true(cert_fetch_is_public(address, 80) == ADDRESSES[i].public);
		g_assert_false(cert_fetch_is_public(address, 8080));
		g_assert_false(cert_fetch_is_public(address, 443));
		g_assert_false(cert_fetch_is_public(address, 0));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/fetch_guard/reads_only_plain_addresses", reads_only_plain_addresses);
	g_test_add_func("/cert/fetch_guard/guards_the_inside", guards_the_inside);
	return g_test_run();
}
