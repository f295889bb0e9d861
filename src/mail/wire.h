/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A connection under libetpan: its streams are net's connections, so that TLS is what net says it
 * is, every wait ends, and what a server says passes a guard first.
 */
#pragma once

#include "mail/guard.h"
#include "mail/login.h"

#include <libetpan/mailstream.h>

typedef struct {
	NetServer *server;
	NetTrust *trust;
	char *name;
	MailSecret secret;
	gpointer user;
	GDestroyNotify destroy;
	guint seconds;
	guint seconds_all;
} MailAccount;

void mail_account_init(MailAccount *account, const MailLogin *login);
void mail_account_clear(MailAccount *account);

typedef struct {
	NetConn *conn;
	MailGuard guard;
	guint seconds;      /* that one wait may take */
	gint64 deadline;    /* of this call, monotonic */
	GCancellable *stop; /* of this call, borrowed */
	GError *trouble;    /* the first that went wrong since the call began */
	bool reading;       /* ... while the server's answer was awaited */
} MailWire;

/* Connects; TLS at once if the server has implicit TLS. */
MailWire *mail_wire_dial(const MailAccount *account, GCancellable *stop, GError **error);
void mail_wire_free(MailWire *wire);

/* A new call: its time begins, @budget octets may come, in literals of at most @literal. */
void mail_wire_begin(MailWire *wire, const MailAccount *account, GCancellable *stop, guint64 budget,
		     guint64 literal);

/* From here on the call is not stopped any more: it ends when its time is over. */
void mail_wire_commit(MailWire *wire);

/* So many octets will be sent or fetched: the call may take longer. */
void mail_wire_expect(MailWire *wire, guint64 octets);

/* A stream for libetpan, which closes and frees it; the wire is borrowed and outlives it. */
mailstream *mail_wire_stream(MailWire *wire);

/* TLS after a STARTTLS that the server agreed to; fails if anything came in clear after that. */
bool mail_wire_start_tls(MailWire *wire, mailstream *stream, const MailAccount *account,
			 GError **error);

/* What went wrong in the wire, if anything did, else @code with @what and the server's @words. */
bool mail_wire_fail(MailWire *wire, PsError code, const char *what, const char *words,
		    GError **error);

/* The password or token, free of what would end a command; PS_ERROR_PASSPHRASE,
 * PS_ERROR_UNAVAILABLE. base_secret_free() it. */
char *mail_account_secret(const MailAccount *account, bool *token, GError **error);
