/* SPDX-License-Identifier: MPL-2.0 */
/* One mail program's POP3 connection and the one to its provider, inside. */
#pragma once

#include "base/secret.h"
#include "pop3/capa.h"
#include "pop3/command.h"
#include "pop3/response.h"
#include "proxy/auth.h"
#include "proxy/house.h"
#include "proxy/pop3_sizes.h"

#define POP3_SECONDS      600U        /* RFC 1939 section 3: ten minutes at least */
#define POP3_COMMAND_MAX  (32U << 10) /* octets of a command: tokens are long (RFC 5034) */
#define POP3_RESPONSE_MAX (8U << 10)  /* octets of a status line or a line of a listing */
#define POP3_LINE_USUAL                                                      \
	512U /* octets that a line has room for without being moved, so that \
		no password stays behind */

typedef struct {
	House *house;
	NetConn *client;
	NetConn *server;  /* NULL until logged in */
	Login *login;     /* NULL until logged in */
	Pop3Capa *capa;   /* the provider's; NULL until logged in */
	char *user;       /* from USER, until PASS */
	GByteArray *line; /* the last line read, of either side */
	guint serial;     /* no other session of this daemon has it */
	bool opens;       /* messages that have a view are shown in it */
	bool looked;      /* LIST or STAT had a look at all messages */
	bool over;        /* QUIT was answered */
	guint failures;   /* logins refused */
	Pop3Sizes *sizes;
} Pop3Session;

/* --- pop3_wire.c ---------------------------------------------------------------------------- */

/* One line without its end into session->line; PS_ERROR_IO if @conn ended before, PS_ERROR_LIMIT.
 */
bool pop3_read_line(Pop3Session *session, NetConn *conn, size_t max, GError **error);

/* Reads the provider's status line into session->line; *@text is borrowed from it. */
bool pop3_read_status(Pop3Session *session, Pop3Status *status, BaseBytes *text, GError **error);

/* Sends a command (without its end) to the provider and reads the status line. */
bool pop3_ask(Pop3Session *session, const char *command, Pop3Status *status, BaseBytes *text,
	      GError **error);

/* The same with one number behind the keyword. */
bool pop3_ask_number(Pop3Session *session, const char *keyword, guint32 number, Pop3Status *status,
		     BaseBytes *text, GError **error);

/* Tells the mail program the provider's last line as it is. */
bool pop3_tell_line(Pop3Session *session, GError **error);

/* Reads the rest of the provider's multi-line response, dots taken off, to @out (not finished). */
bool pop3_read_body(Pop3Session *session, BaseSink *out, GError **error);

/* Passes it on octet for octet; @copy gets it without dots. */
bool pop3_pass_body(Pop3Session *session, BaseSink *copy, GError **error);

/* "-ERR [code] text"; control characters of @text become blanks. */
bool pop3_refuse(Pop3Session *session, const char *code, const char *text, GError **error);

/* --- pop3_login.c --------------------------------------------------------------------------- */

/* Commands before login; false: the connection is of no use any more. */
bool pop3_before_login(Pop3Session *session, const Pop3Command *command, GError **error);

/* Our answer to CAPA. */
bool pop3_answer_capa(Pop3Session *session, GError **error);

/* --- pop3_dial.c ---------------------------------------------------------------------------- */

/* Logs in at the server of session->login; *@ok: accepted. The provider's words are in
 * session->line. PS_ERROR_IO, PS_ERROR_BUSY, PS_ERROR_UNAVAILABLE with a text for the person. */
bool pop3_dial(Pop3Session *session, const Credentials *who, bool *ok, GError **error);

/* Asks what the provider offers; session->capa stays as it was if it does not say. */
bool pop3_ask_capa(Pop3Session *session, GError **error);

/* --- pop3_fetch.c --------------------------------------------------------------------------- */

/* RETR and TOP. */
bool pop3_fetch(Pop3Session *session, const Pop3Command *command, GError **error);

/* Finds out what RETR sends of message @number, whose header says that it is protected, and notes
 * it. */
bool pop3_weigh(Pop3Session *session, guint32 number, GError **error);

/* --- pop3_list.c ---------------------------------------------------------------------------- */

/* LIST, STAT and UIDL. */
bool pop3_list(Pop3Session *session, const Pop3Command *command, GError **error);

/* --- pop3_look.c ---------------------------------------------------------------------------- */

/* Finds out the sizes of all messages, as far as the limits allow; once in a session. */
bool pop3_look_at_all(Pop3Session *session, GError **error);

/* The same for one message. */
bool pop3_look_at(Pop3Session *session, guint32 number, GError **error);

/* Reads a UIDL listing's lines into session->sizes; a sink. */
BaseSink *pop3_new_uidl_reader(Pop3Session *session);
