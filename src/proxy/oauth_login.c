/* SPDX-License-Identifier: MPL-2.0 */
/* The person allows the daemon to log in: by a code on any device. */
#include "proxy/oauth_login.h"

#include "base/error.h"
#include <unistd.h>

#define POLL_SECONDS     5U /* RFC 8628 section 3.2 */
#define POLL_SECONDS_MAX 60U
#define SHOWN_MAX        2000U /* octets of an address or a code */
#define DEVICE_GRANT     "urn:ietf:params:oauth:grant-type:device_code"

bool
oauth_need(const OauthLogin *login, const char *value, const char *option, GError **error)
{
	return value != NULL ||
	       base_fail(error, PS_ERROR_ARGUMENT, "the configuration of %s lacks %s",
			 login->account->address, option);
}

bool
oauth_keep_answer(const OauthLogin *login, const OauthAnswer *answer, GError **error)
{
	g_autoptr(BaseSecretString) refresh = oauth_answer_get(answer, "refresh_token");
	if (refresh == NULL) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "the provider gives no token that lasts: see oauth-scope");
	}
	const char *address = login->account->address;
	int lock = oauth_store_lock(login->home, address);
	bool kept = oauth_store_token(login->engine, login->home, address, refresh, error);
	if (lock >= 0) {
		(void)close(lock);
	}
	return kept;
}

/* false: cancelled. */
static bool
wait_for(const OauthLogin *login, guint seconds)
{
	GPollFD fd;
	bool stoppable = login->stop != NULL && g_cancellable_make_pollfd(login->stop, &fd);
	(void)g_poll(&fd, stoppable ? 1 : 0, (gint)(seconds * 1000));
	if (stoppable) {
		g_cancellable_release_fd(login->stop);
	}
	return !g_cancellable_is_cancelled(login->stop);
}

/* RFC 8628 section 3.4 and 3.5 */
static bool
poll_token(const OauthLogin *login, const char *device_code, guint interval, gint64 end,
	   GError **error)
{
	const ProxyAccount *account = login->account;
	const char *pairs[] = {"grant_type", DEVICE_GRANT, "device_code", device_code, NULL};
	while (g_get_monotonic_time() < end) {
		g_auto(OauthAnswer) answer = {0};
		if (!wait_for(login, interval)) {
			return base_fail(error, PS_ERROR_BUSY, "interrupted");
		}
		if (!oauth_ask(account, account->oauth_token_url, pairs, login->trust, &answer,
			       error)) {
			return false;
		}
		if (answer.refusal == NULL) {
			return oauth_keep_answer(login, &answer, error);
		}
		if (strcmp(answer.refusal, "slow_down") == 0) {
			interval = MIN(interval + POLL_SECONDS, POLL_SECONDS_MAX);
		} else if (strcmp(answer.refusal, "authorization_pending") != 0) {
			return oauth_fail(answer.refusal, error);
		}
	}
	return base_fail(error, PS_ERROR_BUSY, "nobody allowed the login in time");
}

/* What the provider says is shown on a terminal. */
static bool
is_plain(const char *text)
{
	size_t n = 0;
	for (; text != NULL && g_ascii_isprint(text[n]) && n < SHOWN_MAX; n++) {
	}
	return n > 0 && text[n] == '\0';
}

/* Only an address of the web is worth showing. */
static bool
is_page(const char *url)
{
	return is_plain(url) && g_str_has_prefix(url, "https://") &&
	       g_uri_is_valid(url, G_URI_FLAGS_NONE, NULL);
}

bool
oauth_login_device(const OauthLogin *login, GError **error)
{
	const ProxyAccount *account = login->account;
	const char *pairs[] = {"scope", account->oauth_scope, NULL};
	g_auto(OauthAnswer) answer = {0};
	if (!oauth_need(login, account->oauth_client_id, "oauth-client-id", error) ||
	    !oauth_need(login, account->oauth_device_url, "oauth-device-url", error) ||
	    !oauth_need(login, account->oauth_token_url, "oauth-token-url", error) ||
	    !oauth_ask(account, account->oauth_device_url, pairs, login->trust, &answer, error)) {
		return false;
	}
	if (answer.refusal != NULL) {
		return oauth_fail(answer.refusal, error);
	}
	g_autoptr(BaseSecretString) device_code = oauth_answer_get(&answer, "device_code");
	g_autoptr(BaseSecretString) user_code = oauth_answer_get(&answer, "user_code");
	g_autofree char *url = oauth_answer_get(&answer, "verification_uri");
	if (url == NULL) { /* as Google and drafts of the RFC call it */
		url = oauth_answer_get(&answer, "verification_url");
	}
	if (device_code == NULL || !is_plain(user_code) || !is_page(url)) {
		return base_fail(error, PS_ERROR_UNAVAILABLE, "the provider gives no code");
	}
	guint lasts = oauth_answer_seconds(&answer, "expires_in", login->seconds, login->seconds);
	guint interval = oauth_answer_seconds(&answer, "interval", POLL_SECONDS_MAX, POLL_SECONDS);
	login->show(url, user_code, login->user);
	return poll_token(login, device_code, interval,
			  g_get_monotonic_time() + (gint64)lasts * G_USEC_PER_SEC, error);
}

bool
oauth_has_password(const char *home, const char *address)
{
	return oauth_stored_password(home, address);
}

bool
oauth_has_login(const char *home, const char *address)
{
	return oauth_has_token(home, address) && oauth_stored_password(home, address);
}

BaseSecretString *
oauth_new_password(const char *home, const char *address, GError **error)
{
	return oauth_store_password(home, address, error);
}
