/* SPDX-License-Identifier: MPL-2.0 */
/* One account of mode=managed: a token from its provider, a password for its mail program. */
#include "setup/login.h"

#include "base/error.h"
#include "proxy/oauth.h"
#include "setup/run.h"

#define SECONDS 1800U /* as long as codes last at the large providers */

void
setup_logged_in_clear(SetupLoggedIn *in)
{
	g_clear_pointer(&in->address, g_free);
	g_clear_pointer(&in->password, base_secret_free);
}

/* The account, if there is something to log in for. */
static const ProxyAccount *
find_account(const ProxyConfig *config, const SetupLoginWish *wish, GError **error)
{
	SetupAddress parsed = {0};
	const char *path = wish->place->config;
	if (!setup_address_parse(wish->address, &parsed, error)) {
		return NULL;
	}
	const ProxyAccount *account = proxy_config_find(config, parsed.address);
	setup_address_clear(&parsed);
	if (account == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "%s is not in %s: begin with `postseal setup`", wish->address,
				      path);
	}
	if (account->mode != PROXY_MANAGED) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "the mail program of %s logs in with the provider's own "
				      "password; if the provider wants OAuth2: `postseal setup %s "
				      "--managed`",
				      account->address, account->address);
	}
	return account;
}

/* Before the person is asked for anything. */
static bool
is_complete(const ProxyAccount *account, bool device, const SetupPlace *place, GError **error)
{
	const struct {
		const char *value;
		const char *option;
	} needed[] = {
		{account->oauth_client_id, "oauth-client-id"},
		{account->oauth_token_url, "oauth-token-url"},
		{device ? account->oauth_device_url : account->oauth_auth_url,
		 device ? "oauth-device-url" : "oauth-auth-url"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
		if (needed[i].value == NULL) {
			return base_fail(error, PS_ERROR_UNAVAILABLE,
					 "%s lacks %s for %s: your provider tells it to those who "
					 "register a program",
					 place->config, needed[i].option, account->address);
		}
	}
	return true;
}

static bool
log_in(PsEngine *engine, const SetupLoginWish *wish, const ProxyAccount *account, const char *home,
       GError **error)
{
	bool device = wish->device || account->oauth_auth_url == NULL;
	g_autoptr(PsAccount) keys = ps_engine_get_account(engine, account->address, NULL);
	if (!is_complete(account, device, wish->place, error)) {
		return false;
	}
	if (keys == NULL) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "%s has no keys in %s: begin with `postseal setup`",
				 account->address, home);
	}
	g_autoptr(NetTrust) trust = net_trust_new(account->tls_ca, error);
	if (trust == NULL) {
		return false;
	}
	OauthLogin login = {.account = account,
			    .home = home,
			    .engine = engine,
			    .trust = trust,
			    .show = wish->show,
			    .user = wish->user,
			    .seconds = SECONDS};
	return device ? oauth_login_device(&login, error) : oauth_login_browser(&login, error);
}

bool
setup_login(PsEngine *engine, const SetupLoginWish *wish, SetupLoggedIn *out, GError **error)
{
	g_auto(SetupLoggedIn) in = {0};
	if (!g_file_test(wish->place->config, G_FILE_TEST_EXISTS)) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "nothing is set up yet: begin with `postseal setup %s`",
				 wish->address);
	}
	g_autoptr(ProxyConfig) config = proxy_config_load(wish->place->config, error);
	const ProxyAccount *account = config == NULL ? NULL : find_account(config, wish, error);
	if (account == NULL) {
		return false;
	}
	const char *home = account->home != NULL ? account->home : wish->place->home;
	g_autoptr(PsEngine) its =
		account->home != NULL ? ps_engine_new(home) : g_object_ref(engine);
	if (!wish->only_password && !log_in(its, wish, account, home, error)) {
		return false;
	}
	in.address = g_strdup(account->address);
	if (wish->only_password || !oauth_has_password(home, account->address)) {
		in.password = oauth_new_password(home, account->address, error);
		if (in.password == NULL) {
			return false;
		}
	}
	*out = in;
	in = (SetupLoggedIn){0};
	return true;
}
