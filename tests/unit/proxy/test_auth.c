/* SPDX-License-Identifier: MPL-2.0 */
/* SASL both ways; the examples of RFC 4616, RFC 7628 and of the providers' own pages. */
#include "proxy/auth.h"
#include "t.h"

#define OAUTHBEARER \
	"n,a=user@example.com,\1host=server.example.com\1port=143\1auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1"
#define XOAUTH2 \
	"user=someuser@example.com\1auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\1\1"
#define XOAUTH2_64 \
	"dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="

static const struct {
	const char *mechanism;
	BaseBytes response;
	AuthStep step;
	AuthKind kind;
	const char *user, *secret;
} rows[] = {
	{"PLAIN", BASE_LIT("\0tim\0tanstaaftanstaaf"), AUTH_DONE, AUTH_PLAIN, "tim",
	 "tanstaaftanstaaf"},
	{"plain", BASE_LIT("Ursel\0Ursel\0x y"), AUTH_DONE, AUTH_PLAIN, "Ursel", "x y"},
	{"PLAIN", BASE_LIT("Ursel\0Kurt\0xipj3plmq"), AUTH_BROKEN, AUTH_PLAIN, NULL, NULL},
	{"PLAIN", BASE_LIT("\0tim"), AUTH_BROKEN, AUTH_PLAIN, NULL, NULL},
	{"PLAIN", BASE_LIT("\0tim\0"), AUTH_BROKEN, AUTH_PLAIN, NULL, NULL},
	{"PLAIN", BASE_LIT("\0\0secret"), AUTH_BROKEN, AUTH_PLAIN, NULL, NULL},
	{"PLAIN", BASE_LIT("\0tim\0a\r\nDATA"), AUTH_BROKEN, AUTH_PLAIN, NULL, NULL},
	{"PLAIN", BASE_LIT("\0tim\0a\0b"), AUTH_BROKEN, AUTH_PLAIN, NULL, NULL},
	{"PLAIN", BASE_LIT("\0t\377m\0a"), AUTH_BROKEN, AUTH_PLAIN, NULL, NULL},
	{"PLAIN", BASE_LIT(""), AUTH_BROKEN, AUTH_PLAIN, NULL, NULL},
	{"XOAUTH2", BASE_LIT(XOAUTH2), AUTH_DONE, AUTH_XOAUTH2, "someuser@example.com",
	 "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"},
	{"XOAUTH2", BASE_LIT("user=x\1\1"), AUTH_BROKEN, AUTH_XOAUTH2, NULL, NULL},
	{"XOAUTH2", BASE_LIT("auth=Bearer x\1\1"), AUTH_BROKEN, AUTH_XOAUTH2, NULL, NULL},
	{"OAUTHBEARER", BASE_LIT(OAUTHBEARER), AUTH_DONE, AUTH_OAUTHBEARER, "user@example.com",
	 "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="},
	{"OAUTHBEARER", BASE_LIT("n,a=a=2Cb=3D,\1auth=Bearer t\1\1"), AUTH_DONE, AUTH_OAUTHBEARER,
	 "a,b=", "t"},
	{"OAUTHBEARER", BASE_LIT("n,a="), AUTH_BROKEN, AUTH_OAUTHBEARER, NULL, NULL},
	{"OAUTHBEARER", BASE_LIT("p=tls-unique,,\1auth=Bearer t\1\1"), AUTH_BROKEN,
	 AUTH_OAUTHBEARER, NULL, NULL},
};

static void
test_responses(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(AuthConversation) auth = auth_begin(rows[i].mechanism);
		g_autoptr(Credentials) credentials = NULL;
		const char *challenge = NULL;
		g_assert_cmpint(auth_step(auth, NULL, &challenge, &credentials), ==, AUTH_MORE);
		g_assert_cmpstr(challenge, ==, "");
		g_assert_cmpint(auth_step(auth, &rows[i].response, &challenge, &credentials), ==,
				rows[i].step);
		g_assert_cmpint(credentials != NULL, ==, rows[i].step == AUTH_DONE);
		if (credentials != NULL) {
			g_assert_cmpint(credentials->kind, ==, rows[i].kind);
			g_assert_cmpstr(credentials->user, ==, rows[i].user);
			g_assert_cmpstr(credentials->secret, ==, rows[i].secret);
		}
	}
}

static void
test_login(void)
{
	g_autoptr(AuthConversation) auth = auth_begin("login");
	g_autoptr(Credentials) credentials = NULL;
	const char *challenge = NULL;
	BaseBytes user = BASE_LIT("alice@example.org");
	BaseBytes secret = BASE_LIT("wonderland");
	g_assert_cmpint(auth_step(auth, NULL, &challenge, &credentials), ==, AUTH_MORE);
	g_assert_cmpstr(challenge, ==, "Username:");
	g_assert_cmpint(auth_step(auth, &user, &challenge, &credentials), ==, AUTH_MORE);
	g_assert_cmpstr(challenge, ==, "Password:");
	g_assert_cmpint(auth_step(auth, &secret, &challenge, &credentials), ==, AUTH_DONE);
	g_assert_cmpstr(credentials->user, ==, "alice@example.org");
	g_assert_cmpstr(credentials->secret, ==, "wonderland");
	g_assert_null(auth_begin("SCRAM-SHA-1"));
	g_assert_null(auth_begin(""));
}

static void
test_offer(void)
{
	static const struct {
		const char *upstream, *offer;
	} offers[] = {
		{"", ""},
		{"PLAIN", "PLAIN LOGIN"},
		{"login", "PLAIN LOGIN"},
		{"SCRAM-SHA-1-PLUS GSSAPI EXTERNAL", ""},
		{"OAUTHBEARER XOAUTH2 PLAIN CRAM-MD5", "PLAIN LOGIN XOAUTH2 OAUTHBEARER"},
		{"XOAUTH2", "XOAUTH2"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(offers); i++) {
		g_autofree char *offer = auth_offer(offers[i].upstream);
		g_assert_cmpstr(offer, ==, offers[i].offer);
	}
}

static void
test_upstream(void)
{
	static const struct {
		AuthKind kind;
		const char *offers, *mechanism, *user, *secret, *first, *second;
	} logins[] = {
		{AUTH_PLAIN, "LOGIN PLAIN", "PLAIN", "tim", "tanstaaftanstaaf",
		 "AHRpbQB0YW5zdGFhZnRhbnN0YWFm", NULL},
		{AUTH_PLAIN, "XOAUTH2 LOGIN", "LOGIN", "alice", "wonderland",
		 "YWxpY2U=", "d29uZGVybGFuZA=="},
		{AUTH_XOAUTH2, "PLAIN XOAUTH2", "XOAUTH2", "someuser@example.com",
		 "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg", XOAUTH2_64, ""},
		{AUTH_OAUTHBEARER, "OAUTHBEARER", "OAUTHBEARER", "a,b=", "t",
		 "bixhPWE9MkNiPTNELAFhdXRoPUJlYXJlciB0AQE=", "AQ=="},
		{AUTH_XOAUTH2, "PLAIN OAUTHBEARER", "OAUTHBEARER", "a,b=", "t",
		 "bixhPWE9MkNiPTNELAFhdXRoPUJlYXJlciB0AQE=", "AQ=="},
		{AUTH_OAUTHBEARER, "LOGIN XOAUTH2", "XOAUTH2", "someuser@example.com",
		 "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg", XOAUTH2_64, ""},
		{AUTH_OAUTHBEARER, "XOAUTH2 OAUTHBEARER", "OAUTHBEARER", "a,b=", "t",
		 "bixhPWE9MkNiPTNELAFhdXRoPUJlYXJlciB0AQE=", "AQ=="},
		{AUTH_OAUTHBEARER, "PLAIN LOGIN", NULL, "a", "b", NULL, NULL},
		{AUTH_PLAIN, "XOAUTH2 SCRAM-SHA-1", NULL, "a", "b", NULL, NULL},
		{AUTH_XOAUTH2, "PLAIN", NULL, "a", "b", NULL, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(logins); i++) {
		g_autoptr(Credentials) who =
			credentials_new(logins[i].kind, "typed by the user", logins[i].secret);
		const char *mechanism = auth_choose(who, logins[i].offers);
		g_assert_cmpstr(mechanism, ==, logins[i].mechanism);
		if (mechanism == NULL) {
			continue;
		}
		g_autoptr(BaseSecretString) first =
			auth_response(who, logins[i].user, mechanism, 0);
		g_autoptr(BaseSecretString) second =
			auth_response(who, logins[i].user, mechanism, 1);
		g_assert_cmpstr(first, ==, logins[i].first);
		g_assert_cmpstr(second, ==, logins[i].second);
		g_assert_null(auth_response(who, logins[i].user, mechanism, 2));
	}
}

static void
test_decode(void)
{
	static const char *const bad[] = {"A", "AAA", "A===", "AA A", "AAAA\r\n", "*", "AA!A"};
	g_autoptr(GBytes) empty = auth_decode("=");
	g_autoptr(GBytes) none = auth_decode("");
	g_autoptr(GBytes) text = auth_decode("AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
	g_autofree char *lengthy = g_strnfill((16U << 10) + 4, 'A');
	g_assert_cmpuint(g_bytes_get_size(empty), ==, 0);
	g_assert_cmpuint(g_bytes_get_size(none), ==, 0);
	t_assert_bytes(g_bytes_get_data(text, NULL), g_bytes_get_size(text),
		       "\0tim\0tanstaaftanstaaf", 21);
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_assert_null(auth_decode(bad[i]));
	}
	g_assert_null(auth_decode(lengthy));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/proxy/auth/responses", test_responses);
	g_test_add_func("/proxy/auth/login", test_login);
	g_test_add_func("/proxy/auth/offer", test_offer);
	g_test_add_func("/proxy/auth/upstream", test_upstream);
	g_test_add_func("/proxy/auth/decode", test_decode);
	return g_test_run();
}
