/* SPDX-License-Identifier: MPL-2.0 */
/* What all sessions of the daemon share: accounts, engines, trust, what was said lately. */
#pragma once

#include "net/conn.h"
#include "proxy/config.h"
#include <postseal/postseal.h>

typedef struct House House;

/* @config is borrowed and outlives the house; @home is the daemon's. PS_ERROR_NOT_FOUND,
 * PS_ERROR_MALFORMED (tls-ca, certificate). */
House *house_new(const ProxyConfig *config, const char *home, GError **error);
void house_free(House *house);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(House, house_free)

const ProxyConfig *house_config(const House *house);
/* Cancelled when the daemon ends: sessions finish what is in flight and say good-bye. */
GCancellable *house_stop(House *house);
/* Where links to explanations begin; NULL: the engine's own default. As the configuration says,
 * until the port of this daemon's own pages is known. (transfer full) */
char *house_how_to_base(House *house);
void house_set_how_to_base(House *house, const char *base);
/* The certificate of the local listeners; NULL without TLS. Borrowed. */
GTlsCertificate *house_certificate(House *house);

/* Borrowed: what is shown instead of sealed messages (proxy/views.h), who learns in passing
 * (proxy/harvest.h), and what is kept of that (proxy/keywords.h). */
struct Views *house_views(House *house);
struct Harvest *house_harvest(House *house);
struct Keywords *house_keywords(House *house);

/*
 * Whose session it is. Keys of an account are used only in a session that logged in upstream as
 * that account's server and user, so a login is all accounts with one user at one server.
 */
typedef struct {
	GPtrArray *accounts; /* of ProxyAccount, borrowed from the configuration; at least one */
	const NetServer *server; /* of the protocol asked for */
	const char *user;        /* as the provider knows it */
	bool sealed;             /* user name "NAME (sealed)" or "NAME+sealed": seal everything */
	NetTrust *trust;         /* borrowed from the house */
	GCancellable *stop;      /* the same: house_stop() */
	const char *home;
} Login;

/*
 * The login that @name, as typed into the mail program, stands for: an account's address, or its
 * user if no other account with another server has it. NULL if there is none; *@why then says what
 * to do, static. A candidate only: nothing may be used before the provider accepted it.
 */
Login *house_login(House *house, NetProtocol protocol, const char *name, const char **why);
Login *login_copy(const Login *login); /* shares what is borrowed */
void login_free(Login *login);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Login, login_free)

/* The login of one account by itself, whatever it has at its provider: for the person at this
 * machine, as the page and the side channel know him. Never NULL. */
Login *house_login_of(House *house, const ProxyAccount *account);

/* An engine that has the keys of the login's accounts and of no others. Lent to one thread; few
 * exist, so it waits. Give it back before anything that waits for the network. */
PsEngine *house_lend(House *house, const Login *login);
void house_give_back(House *house, const Login *login, PsEngine *engine);

/* The mail program as it named itself to IMAP's ID ("Thunderbird", "Mac OS X Mail"), by the
 * knowledge base's identifier; for how-to links where a message does not tell. NULL: not known.
 * house_program() is (transfer full). */
void house_note_program(House *house, const Login *login, const char *name);
char *house_program(House *house, const Login *login);

/* The verdict of @message by its Message-ID (NULL: it has none), for the side channel; the newest
 * few hundred of each login are kept, in memory only. Where several messages have one id and it is
 * not known to be the same verdict for all, the answer is that, and no verdict. @json NULL: it was
 * said long ago. */
void house_note_verdict(House *house, const Login *login, PsMessage *message,
			const char *message_id, const char *json);
char *house_verdict(House *house, const char *address, const char *message_id);

/* One line in the log: what happened, in which session; never content, addresses' local parts,
 * passwords. */
void house_log(House *house, const char *format, ...) G_GNUC_PRINTF(2, 3);
