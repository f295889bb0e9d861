/* SPDX-License-Identifier: MPL-2.0 */
/* Access tokens of managed accounts: kept in memory while they last, then renewed. */
#include "proxy/oauth.h"

#include "base/error.h"
#include "proxy/oauth_store.h"
#include "proxy/oauth_token.h"
#include <unistd.h>

#define EARLY       60U   /* seconds before its end a token is renewed */
#define LASTS       3600U /* seconds, if the provider does not say (RFC 6749 section 5.1) */
#define LASTS_MAX   86400U
#define WRONG_MS    1000 /* how long a wrong local password takes */
#define REFUSED_FOR 60U  /* seconds a refusal stands, so that programs that try on do no harm */

/* One account's; entries are never freed, so that the lock of one can be held while it renews. */
typedef struct {
	GMutex lock;
	GMutex guess;             /* whose password was wrong waits behind it */
	BaseSecretString *access; /* NULL: none */
	gint64 end;               /* monotonic: until when it is good */
	BaseSecretString *dead;   /* the refresh token that the provider refused last; NULL: none */
	gint64 refused;           /* monotonic: until when it need not be asked about that one */
	BaseSecretString *spent;  /* the refresh token on the disk, if @next could not be written */
	BaseSecretString *next;
} Account;

static GMutex accounts_lock;
static GHashTable *accounts; /* home and address -> Account */

static Account *
account_of(const Login *login, const ProxyAccount *account)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&accounts_lock);
	g_autofree char *key = g_strconcat(login->home, "\n", account->address, NULL);
	if (accounts == NULL) {
		accounts = g_hash_table_new(g_str_hash, g_str_equal);
	}
	Account *found = g_hash_table_lookup(accounts, key);
	if (found == NULL) {
		found = g_new0(Account, 1);
		g_mutex_init(&found->lock);
		g_mutex_init(&found->guess);
		g_hash_table_insert(accounts, g_steal_pointer(&key), found);
	}
	return found;
}

static void
replace(BaseSecretString **secret, BaseSecretString *by)
{
	base_secret_free(*secret);
	*secret = by;
}

static BaseSecretString *
load(House *house, const Login *login, const ProxyAccount *account, GError **error)
{
	g_autoptr(GError) reason = NULL;
	PsEngine *engine = house_lend(house, login);
	BaseSecretString *token =
		oauth_stored_token(engine, login->home, account->address, &reason);
	house_give_back(house, login, engine);
	if (token == NULL && g_error_matches(reason, PS_ERROR, PS_ERROR_NOT_FOUND)) {
		base_fail(error, PS_ERROR_UNAVAILABLE,
			  "nobody has logged in at the provider yet: run postseal login for this "
			  "account");
	} else if (token == NULL) {
		base_fail(error, PS_ERROR_UNAVAILABLE,
			  "what was kept of the login cannot be read: run postseal login for this "
			  "account");
	}
	return token;
}

/* Until when the access token is good, and the token itself. */
static bool
take_access(Account *entry, const OauthAnswer *answer, GError **error)
{
	BaseSecretString *access = oauth_answer_get(answer, "access_token");
	gint64 lasts = oauth_answer_seconds(answer, "expires_in", LASTS_MAX, LASTS);
	if (access == NULL) {
		return base_fail(error, PS_ERROR_IO, "the provider's answer holds no token");
	}
	replace(&entry->access, access);
	entry->end = g_get_monotonic_time() +
		     (lasts > 2 * EARLY ? lasts - EARLY : lasts / 2) * G_USEC_PER_SEC;
	return true;
}

/* The refresh token: that on the disk, unless it is spent and its successor could not be written.
 */
static BaseSecretString *
current(House *house, const Login *login, const ProxyAccount *account, const Account *entry,
	GError **error)
{
	g_autoptr(BaseSecretString) token = load(house, login, account, error);
	return token != NULL && g_strcmp0(token, entry->spent) == 0 ? g_strdup(entry->next)
								    : g_steal_pointer(&token);
}

/* Providers may give another refresh token each time (RFC 6749 section 6): it is kept before the
 * access token is used, or the next renewal fails. */
static void
take_refresh(House *house, const Login *login, const ProxyAccount *account, Account *entry,
	     const OauthAnswer *answer, const char *refresh)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(BaseSecretString) another = oauth_answer_get(answer, "refresh_token");
	if (another == NULL || strcmp(another, refresh) == 0) {
		return;
	}
	PsEngine *engine = house_lend(house, login);
	bool kept = oauth_store_token(engine, login->home, account->address, another, &reason);
	house_give_back(house, login, engine);
	if (!kept) {
		house_log(house, "the provider's next token cannot be written: unless that is "
				 "mended, log in again when the daemon was restarted");
		replace(&entry->spent, load(house, login, account, NULL));
		replace(&entry->next, g_steal_pointer(&another));
	}
}

/* The lock of @entry and that of the home are held. */
static bool
exchange(House *house, const Login *login, const ProxyAccount *account, Account *entry,
	 GError **error)
{
	g_auto(OauthAnswer) answer = {0};
	gint64 now = g_get_monotonic_time();
	g_autoptr(BaseSecretString) refresh = current(house, login, account, entry, error);
	if (refresh == NULL) {
		return false;
	}
	if (now < entry->refused && g_strcmp0(entry->dead, refresh) == 0) {
		return oauth_fail("invalid_grant", error);
	}
	const char *pairs[] = {"grant_type", "refresh_token", "refresh_token", refresh, NULL};
	if (!oauth_ask(account, account->oauth_token_url, pairs, login->trust, &answer, error)) {
		return false;
	}
	if (answer.refusal != NULL) {
		if (strcmp(answer.refusal, "invalid_grant") == 0) {
			replace(&entry->dead, g_steal_pointer(&refresh));
			entry->refused = now + REFUSED_FOR * G_USEC_PER_SEC;
		}
		return oauth_fail(answer.refusal, error);
	}
	take_refresh(house, login, account, entry, &answer, refresh);
	return take_access(entry, &answer, error);
}

static bool
renew(House *house, const Login *login, const ProxyAccount *account, Account *entry, GError **error)
{
	if (account->oauth_token_url == NULL || account->oauth_client_id == NULL) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "the configuration lacks oauth-token-url or oauth-client-id");
	}
	int lock = oauth_store_lock(login->home, account->address);
	bool good = exchange(house, login, account, entry, error);
	if (lock >= 0) {
		(void)close(lock);
	}
	return good;
}

static Credentials *
token(House *house, const Login *login, const ProxyAccount *account, GError **error)
{
	Account *entry = account_of(login, account);
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&entry->lock);
	if ((entry->access == NULL || g_get_monotonic_time() >= entry->end) &&
	    !renew(house, login, account, entry, error)) {
		return NULL;
	}
	return credentials_new(AUTH_XOAUTH2, login->user, entry->access);
}

/* The login's managed account; NULL: its mail program has the provider's own password. */
static const ProxyAccount *
managed(const Login *login)
{
	for (guint i = 0; i < login->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(login->accounts, i);
		if (account->mode == PROXY_MANAGED) {
			return account;
		}
	}
	return NULL;
}

/* Guesses are answered one after the other and slowly; the right password never waits. */
static void
slow_down(const Login *login, const ProxyAccount *account)
{
	GPollFD fd;
	Account *entry = account_of(login, account);
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&entry->guess);
	bool stoppable = g_cancellable_make_pollfd(login->stop, &fd);
	(void)g_poll(&fd, stoppable ? 1 : 0, WRONG_MS);
	if (stoppable) {
		g_cancellable_release_fd(login->stop);
	}
}

Credentials *
oauth_upstream(House *house, const Login *login, Credentials *given, GError **error)
{
	const ProxyAccount *account = managed(login);
	if (account == NULL) {
		return given;
	}
	g_autoptr(Credentials) local = given;
	if (local->kind != AUTH_PLAIN ||
	    !oauth_is_password(login->home, account->address, local->secret)) {
		slow_down(login, account);
		return BASE_FAIL_NULL(error, PS_ERROR_PASSPHRASE,
				      "wrong password: this account has one of postseal's own");
	}
	return token(house, login, account, error);
}

BaseSecretString *
oauth_access(House *house, const Login *login, GError **error)
{
	const ProxyAccount *account = managed(login);
	g_autoptr(Credentials) access =
		account == NULL ? NULL : token(house, login, account, error);
	return access == NULL ? NULL : g_steal_pointer(&access->secret);
}

bool
oauth_is_managed(const Login *login)
{
	return managed(login) != NULL;
}

void
oauth_refused(const Login *login)
{
	const ProxyAccount *account = managed(login);
	if (account != NULL) {
		Account *entry = account_of(login, account);
		g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&entry->lock);
		g_clear_pointer(&entry->access, base_secret_free);
	}
}
