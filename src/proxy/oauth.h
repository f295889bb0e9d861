/* SPDX-License-Identifier: MPL-2.0 */
/*
 * OAuth2 for accounts of mode=managed: the daemon holds the provider's refresh token and gives the
 * mail program a password of our own (RFC 6749, 7636, 8252, 8628).
 *
 * HOME/oauth/ADDRESS,token holds the refresh token, encrypted to the account (ps_engine_keep());
 * HOME/oauth/ADDRESS,local a salt and the hash of the local password, which is never kept itself.
 */
#pragma once

#include "base/secret.h"
#include "net/tls.h"
#include "proxy/auth.h"
#include "proxy/house.h"

/*
 * What to log in with at the provider: @given itself if the login's account passes it through; for
 * a managed account a fresh access token, if @given holds its local password (PS_ERROR_PASSPHRASE
 * if not). (transfer full) both. NULL: PS_ERROR_UNAVAILABLE (log in anew, or the configuration
 * lacks something), PS_ERROR_BUSY, PS_ERROR_IO, with a text for the person; nothing of it is
 * secret or names anybody, since it is logged. May wait for the network.
 */
Credentials *oauth_upstream(House *house, const Login *login, Credentials *given, GError **error);

/* An access token of a managed account, for the person at this machine, who needs no local
 * password; the same errors. (transfer full) */
BaseSecretString *oauth_access(House *house, const Login *login, GError **error);

/* Whether oauth_upstream() gives a token of ours: one that the provider refused is worth a second
 * try after oauth_refused(). */
bool oauth_is_managed(const Login *login);

/* The provider refused what oauth_upstream() gave: the next call asks for another token. */
void oauth_refused(const Login *login);

/* --- Setting up (postseal login ADDRESS) ---------------------------------------------------- */

/* Tells the person which address to open. @code is what to type there; NULL: nothing. */
typedef void (*OauthShow)(const char *url, const char *code, gpointer user);

typedef struct {
	const ProxyAccount *account; /* its oauth options */
	const char *home;            /* where the token is kept */
	PsEngine *engine;            /* of that home */
	NetTrust *trust;
	OauthShow show;
	gpointer user;
	GCancellable *stop; /* or NULL */
	guint seconds;      /* how long the person may take at most */
} OauthLogin;

/*
 * The person allows it on any device (RFC 8628), or in a browser on this machine, which comes back
 * to a loopback address (RFC 8252 section 7.3, with PKCE). On success the refresh token is kept.
 * PS_ERROR_ARGUMENT: an option is missing; PS_ERROR_UNAVAILABLE: the person or the provider
 * refused; PS_ERROR_BUSY: the time is over; PS_ERROR_IO.
 */
bool oauth_login_device(const OauthLogin *login, GError **error);
bool oauth_login_browser(const OauthLogin *login, GError **error);

/* Whether the account has a local password: it outlives a login, since mail programs keep it. */
bool oauth_has_password(const char *home, const char *address);
/* Whether somebody has logged in: there are a token, good or not, and a local password. */
bool oauth_has_login(const char *home, const char *address);

/* A new local password for the mail program, shown this once; the old one no longer holds.
 * PS_ERROR_CREATE. */
BaseSecretString *oauth_new_password(const char *home, const char *address, GError **error);
