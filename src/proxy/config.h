/* SPDX-License-Identifier: MPL-2.0 */
/* The daemon's configuration: one table of options behind the parser, --help and the man page. */
#pragma once

#include "net/server.h"

typedef enum {
	PROXY_TLS_STARTTLS,
	PROXY_TLS_IMPLICIT,
	PROXY_TLS_NONE,
} ProxyTls; /* of the local listeners */

typedef enum {
	PROXY_PASS_THROUGH, /* the mail program's user and password go to the provider */
	PROXY_MANAGED, /* the daemon has a token of the provider, the program a local password */
} ProxyMode;

typedef enum {
	PROXY_STATUS_OPENED, /* Postseal-Status on what is shown opened */
	PROXY_STATUS_EVERY,  /* on every message */
} ProxyStatus;

typedef struct {
	char *address; /* normalised; the group [account ADDRESS] */
	char *user;    /* at the provider; default: the address */
	ProxyMode mode;
	NetServer *imap;       /* NULL: none */
	NetServer *pop3;       /* NULL: none */
	NetServer *submission; /* NULL: none */
	char *tls_ca;          /* NULL: the system's authorities */
	char *authserv_id;     /* NULL: not known */
	char *home;            /* NULL: the daemon's; another person's keys and pins */
	char *maildir;         /* NULL: the mail is at the provider */
	bool opens;            /* false: the mail program does S/MIME itself, nothing is opened */
	ProxyStatus status;
	char *oauth_client_id; /* of managed accounts; each NULL if not set */
	char *oauth_client_secret;
	char *oauth_token_url;
	char *oauth_auth_url;
	char *oauth_device_url;
	char *oauth_scope;
} ProxyAccount;

typedef struct {
	char *smtp; /* "127.0.0.1:1025"; "" turns the listener off */
	char *imap;
	char *pop3;
	char *http;
	char *socket; /* Unix socket of the side channel; NULL: runtime dir */
	ProxyTls tls;
	char *how_to_base;
	char *language;      /* of the page, "de"; NULL: as the browser asks */
	GPtrArray *accounts; /* of ProxyAccount */
	char *path;          /* the file that it was loaded from; NULL: a text */
} ProxyConfig;

/* Unknown groups and keys are errors that name line and key: PS_ERROR_MALFORMED;
 * PS_ERROR_NOT_FOUND.
 */
ProxyConfig *proxy_config_load(const char *path, GError **error);
ProxyConfig *proxy_config_parse(const char *text, GError **error);
void proxy_config_free(ProxyConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProxyConfig, proxy_config_free)

/*
 * The form in which addresses of accounts stand and are compared, however people write them: that
 * of ps_address_normalise(). NULL if @text is none with a host name, or needs quotes.
 * (transfer full)
 */
char *proxy_address_normalise(const char *text);
/* The account of @address; NULL: none. Borrowed. */
ProxyAccount *proxy_config_find(const ProxyConfig *config, const char *address);

/* The options as text for people: "key=VALUE  what it is (default)". (transfer full) */
char *proxy_config_help(void);
