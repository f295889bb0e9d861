/* SPDX-License-Identifier: MPL-2.0 */
/* An account at a server, for reading (IMAP) and sending (SMTP). */
#pragma once

#include "mail/outlet.h"
#include "mail/store.h"
#include "net/conn.h"

/* The password, or an OAuth2 access token (*@token true); asked for at each login, freed with
 * base_secret_free(). NULL and an error (PS_ERROR_UNAVAILABLE) if there is none now. */
typedef char *(*MailSecret)(gpointer user, bool *token, GError **error);

typedef struct {
	const NetServer *server; /* copied; TLS always, by net's rules */
	NetTrust *trust;         /* referenced */
	const char *name;        /* user name at the server; copied */
	MailSecret secret;
	gpointer user;          /* for @secret; borrowed, outlives the store */
	GDestroyNotify destroy; /* for @user; may be NULL */
	guint seconds;          /* how long one wait may take; 0: 30 */
	guint seconds_all;      /* how long one call may take; 0: 120 */
} MailLogin;

/* Nothing is connected before the first call. */
MailStore *mail_store_new_imap(const MailLogin *login);
MailOutlet *mail_outlet_new_smtp(const MailLogin *login);
/* Whether the login is accepted now; the errors of mail/store.h. For unlocking. Nothing is sent. */
bool mail_store_check(MailStore *store, GCancellable *stop, GError **error);
bool mail_outlet_check(MailOutlet *outlet, GCancellable *stop, GError **error);
