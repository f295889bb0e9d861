/* SPDX-License-Identifier: MPL-2.0 */
/* Connecting, logging in and exchanging commands. */
#include "setup/mailbox.h"

#include "base/base64.h"
#include "base/secret.h"
#include "imap/command.h"
#include "imap/literal.h"
#include "imap/token.h"
#include <string.h>

#define SECONDS_DIAL     15U
#define SECONDS_WAIT     60U
#define LINE_MAX_I       (4U << 20)  /* octets of a line: SEARCH names every message */
#define LITERAL_MAX      (96U << 20) /* octets of one literal: a transfer of keys */
#define LITERALS_MAX     16U         /* of one response */
#define ANNOUNCEMENT_MAX 64U         /* octets of "{n}" */
#define RESPONSES_MAX    100000U     /* of one command */
#define UIDS_MAX         1000000U    /* in an answer to SEARCH */

struct SetupMailbox {
	NetConn *conn;
	guint tag;
	char *capabilities;
};

static void
response_clear(MailboxResponse *response)
{
	g_string_free(g_steal_pointer(&response->text), TRUE);
	g_clear_pointer(&response->literals, g_ptr_array_unref);
}

static MailboxResponse
response_new(void)
{
	return (MailboxResponse){
		.text = g_string_new(NULL),
		.literals = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref)};
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MailboxResponse, response_clear)

static bool
gone(GError **error)
{
	return base_fail(error, PS_ERROR_IO, "the server closed the connection");
}

bool
mailbox_read_line(NetConn *conn, GString *out, GError **error)
{
	for (;;) {
		BaseBytes came;
		if (!net_conn_peek(conn, &came, error)) {
			return false;
		}
		const uint8_t *end = came.n == 0 ? NULL : memchr(came.p, '\n', came.n);
		size_t n = end == NULL ? came.n : (size_t)(end - came.p) + 1;
		if (came.n == 0 || out->len + n > LINE_MAX_I) {
			return gone(error);
		}
		g_string_append_len(out, (const char *)came.p, (gssize)n);
		net_conn_consume(conn, n);
		if (end != NULL) {
			g_string_truncate(out, out->len - 1);
			if (out->len > 0 && out->str[out->len - 1] == '\r') {
				g_string_truncate(out, out->len - 1);
			}
			return true;
		}
	}
}

static GBytes *
read_octets(NetConn *conn, size_t n, GError **error)
{
	g_autoptr(GByteArray) octets = g_byte_array_new();
	while (octets->len < n) {
		BaseBytes came;
		if (!net_conn_peek(conn, &came, error)) {
			return NULL;
		}
		size_t take = MIN(came.n, n - octets->len);
		if (take == 0) {
			gone(error);
			return NULL;
		}
		g_byte_array_append(octets, came.p, (guint)take);
		net_conn_consume(conn, take);
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&octets));
}

/* Whether octets follow the line that was read last; what a status response ends in is text. */
static bool
announced(const GString *text, size_t line, ImapLiteral *out)
{
	ImapResponse response;
	size_t from = MAX(line, text->len - MIN(text->len, ANNOUNCEMENT_MAX));
	g_autoptr(GString) last = g_string_new_len(text->str + from, (gssize)(text->len - from));
	g_string_append(last, "\r\n");
	imap_response_parse(base_bytes(text->str, text->len), &response);
	return !imap_response_is_status(&response) &&
	       imap_literal_at_end(base_bytes(last->str, last->len), out);
}

static bool
read_response(SetupMailbox *mailbox, MailboxResponse *out, GError **error)
{
	for (;;) {
		ImapLiteral announcement;
		size_t line = out->text->len;
		if (!mailbox_read_line(mailbox->conn, out->text, error)) {
			return false;
		}
		if (!announced(out->text, line, &announcement)) {
			return true;
		}
		if (announcement.size > LITERAL_MAX || out->literals->len >= LITERALS_MAX) {
			return base_fail(error, PS_ERROR_LIMIT, "the server's answer is too large");
		}
		GBytes *literal = read_octets(mailbox->conn, (size_t)announcement.size, error);
		if (literal == NULL) {
			return false;
		}
		g_ptr_array_add(out->literals, literal);
	}
}

/* "A7 NO [AUTHENTICATIONFAILED] ...": what people may read of it. */
static bool
conclude(const char *answer, GError **error)
{
	if (g_ascii_strncasecmp(answer, "OK", 2) == 0) {
		return true;
	}
	g_autofree char *text = g_strndup(answer, 200);
	for (char *p = text; *p != '\0'; p++) {
		if (g_ascii_iscntrl(*p) || (guchar)*p >= 0x80) {
			*p = '?';
		}
	}
	return base_fail(error, PS_ERROR_UNAVAILABLE, "the server answers: %s", text);
}

/* Until the tagged answer, or, with @may_continue, a continuation request; *@more tells which. */
static bool
read_answers(SetupMailbox *mailbox, MailboxHandler handler, gpointer user, bool *more,
	     GError **error)
{
	g_autofree char *tag = g_strdup_printf("A%u ", mailbox->tag);
	for (guint i = 0; i < RESPONSES_MAX; i++) {
		g_auto(MailboxResponse) response = response_new();
		if (!read_response(mailbox, &response, error)) {
			return false;
		}
		const char *text = response.text->str;
		if (g_str_has_prefix(text, tag)) {
			return conclude(text + strlen(tag), error);
		}
		if (text[0] == '+' && more != NULL) {
			*more = true;
			return true;
		}
		if (handler != NULL && g_str_has_prefix(text, "* ")) {
			handler(&response, user);
		}
	}
	return base_fail(error, PS_ERROR_LIMIT, "the server's answer is too long");
}

bool
mailbox_command(SetupMailbox *mailbox, const char *command, MailboxHandler handler, gpointer user,
		GError **error)
{
	mailbox->tag++;
	return net_conn_print(mailbox->conn, error, "A%u %s\r\n", mailbox->tag, command) &&
	       net_conn_flush(mailbox->conn, error) &&
	       read_answers(mailbox, handler, user, NULL, error);
}

/* @literal follows when the server asks for it, then CRLF. */
static bool
command_continued(SetupMailbox *mailbox, const char *command, BaseBytes literal, GError **error)
{
	bool more = false;
	mailbox->tag++;
	if (!net_conn_print(mailbox->conn, error, "A%u %s\r\n", mailbox->tag, command) ||
	    !net_conn_flush(mailbox->conn, error) ||
	    !read_answers(mailbox, NULL, NULL, &more, error)) {
		return false;
	}
	if (!more) {
		return base_fail(error, PS_ERROR_IO, "the server does not follow IMAP");
	}
	more = false;
	if (!net_conn_write(mailbox->conn, literal, error) ||
	    !net_conn_write_str(mailbox->conn, "\r\n", error) ||
	    !net_conn_flush(mailbox->conn, error) ||
	    !read_answers(mailbox, NULL, NULL, &more, error)) {
		return false;
	}
	/* Why a token is refused comes as a challenge (RFC 7628 section 3.2.3). */
	return !more || (net_conn_write_str(mailbox->conn, "*\r\n", error) &&
			 net_conn_flush(mailbox->conn, error) &&
			 read_answers(mailbox, NULL, NULL, NULL, error));
}

bool
mailbox_command_literal(SetupMailbox *mailbox, const char *command, BaseBytes literal,
			GError **error)
{
	g_autofree char *line = g_strdup_printf("%s {%" G_GSIZE_FORMAT "}", command, literal.n);
	return command_continued(mailbox, line, literal, error);
}

bool
mailbox_listed(const MailboxResponse *response, ImapListed *out)
{
	g_autoptr(GString) wire = g_string_new(response->text->str);
	g_string_append(wire, "\r\n");
	/* The name may be a literal; what else might be one is of no use here. */
	if (response->literals->len == 1 && g_str_has_suffix(response->text->str, "}")) {
		BaseBytes name = base_bytes_of(g_ptr_array_index(response->literals, 0));
		g_string_append_len(wire, (const char *)name.p, (gssize)name.n);
		g_string_append(wire, "\r\n");
	} else if (response->literals->len > 0) {
		return false;
	}
	return imap_listed_parse(base_bytes(wire->str, wire->len), out);
}

static gint
newest_first(gconstpointer a, gconstpointer b)
{
	guint x = *(const guint *)a;
	guint y = *(const guint *)b;
	return x < y ? 1 : x > y ? -1 : 0;
}

void
mailbox_keep_newest(GArray *uids, guint most)
{
	g_array_sort(uids, newest_first);
	g_array_set_size(uids, MIN(uids->len, most));
}

/* mailbox-data = "SEARCH" *(SP nz-number) */
static void
take_search(const MailboxResponse *response, gpointer user)
{
	GArray *uids = user;
	ImapResponse r;
	uint64_t uid = 0;
	imap_response_parse(base_bytes(response->text->str, response->text->len), &r);
	if (r.kind != IMAP_UNTAGGED || strcmp(r.name, "SEARCH") != 0) {
		return;
	}
	while (uids->len < UIDS_MAX && imap_take_number(&r.rest, G_MAXUINT32, &uid)) {
		guint value = (guint)uid;
		g_array_append_val(uids, value);
		imap_take_blanks(&r.rest);
	}
}

GArray *
mailbox_search(SetupMailbox *mailbox, const char *criteria, guint most, GError **error)
{
	g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(guint));
	g_autofree char *command = g_strconcat("UID SEARCH ", criteria, NULL);
	if (!mailbox_command(mailbox, command, take_search, uids, error)) {
		return NULL;
	}
	mailbox_keep_newest(uids, most);
	return g_steal_pointer(&uids);
}

static void
take_whole(const MailboxResponse *response, gpointer user)
{
	GBytes **out = user;
	if (strstr(response->text->str, " FETCH ") != NULL && response->literals->len > 0 &&
	    *out == NULL) {
		*out = g_bytes_ref(g_ptr_array_index(response->literals, 0));
	}
}

bool
mailbox_fetch(SetupMailbox *mailbox, guint uid, GBytes **out, GError **error)
{
	g_autofree char *command = g_strdup_printf("UID FETCH %u (BODY.PEEK[])", uid);
	return mailbox_command(mailbox, command, take_whole, out, error);
}

static void
take_capabilities(const MailboxResponse *response, gpointer user)
{
	SetupMailbox *mailbox = user;
	if (g_ascii_strncasecmp(response->text->str, "* CAPABILITY ", 13) == 0) {
		g_free(mailbox->capabilities);
		mailbox->capabilities =
			g_strconcat(" ", response->text->str + strlen("* CAPABILITY "), " ", NULL);
	}
}

bool
mailbox_has(const SetupMailbox *mailbox, const char *word)
{
	g_autofree char *needle = g_strdup_printf(" %s ", word);
	g_autofree char *upper =
		mailbox->capabilities == NULL ? NULL : g_ascii_strup(mailbox->capabilities, -1);
	return upper != NULL && strstr(upper, needle) != NULL;
}

/* Before TLS nothing is believed: a greeting that says "logged in already" is an attack
 * (CVE-2020-12398). */
static bool
read_greeting(SetupMailbox *mailbox, GError **error)
{
	g_auto(MailboxResponse) response = response_new();
	if (!read_response(mailbox, &response, error)) {
		return false;
	}
	return g_ascii_strncasecmp(response.text->str, "* OK", 4) == 0 ||
	       base_fail(error, PS_ERROR_IO, "the server does not greet as IMAP does");
}

static bool
log_in(SetupMailbox *mailbox, const char *user, const char *password, GError **error)
{
	size_t user_n = strlen(user);
	size_t n = user_n + strlen(password) + 2;
	if (!mailbox_command(mailbox, "CAPABILITY", take_capabilities, mailbox, error)) {
		return false;
	}
	if (!mailbox_has(mailbox, "AUTH=PLAIN")) {
		g_autofree char *name = imap_quote(user);
		g_autoptr(BaseSecretString) secret = imap_quote(password);
		g_autoptr(BaseSecretString) command =
			name == NULL || secret == NULL || mailbox_has(mailbox, "LOGINDISABLED")
				? NULL
				: g_strdup_printf("LOGIN %s %s", name, secret);
		return command == NULL ? base_fail(error, PS_ERROR_UNSUPPORTED,
						   "the server takes no password")
				       : mailbox_command(mailbox, command, NULL, NULL, error);
	}
	/* message = authzid NUL authcid NUL passwd (RFC 4616 section 2) */
	g_autoptr(BaseSecretString) plain = g_strdup_printf("\001%s\001%s", user, password);
	plain[0] = '\0';
	plain[user_n + 1] = '\0';
	g_autoptr(BaseSecretString) base64 = base64_encode_string(base_bytes(plain, n));
	bool good = command_continued(mailbox, "AUTHENTICATE PLAIN", base_bytes_str(base64), error);
	base_wipe(plain, n);
	return good;
}

static bool
log_in_with_token(SetupMailbox *mailbox, const char *user, const Credentials *credentials,
		  GError **error)
{
	if (!mailbox_command(mailbox, "CAPABILITY", take_capabilities, mailbox, error)) {
		return false;
	}
	g_autofree char *offers =
		g_strconcat(mailbox_has(mailbox, "AUTH=XOAUTH2") ? "XOAUTH2 " : "",
			    mailbox_has(mailbox, "AUTH=OAUTHBEARER") ? "OAUTHBEARER" : "", NULL);
	const char *mechanism = auth_choose(credentials, offers);
	if (mechanism == NULL) {
		return base_fail(error, PS_ERROR_UNSUPPORTED, "the server takes no token");
	}
	g_autofree char *command = g_strconcat("AUTHENTICATE ", mechanism, NULL);
	g_autoptr(BaseSecretString) response = auth_response(credentials, user, mechanism, 0);
	return command_continued(mailbox, command, base_bytes_str(response), error);
}

/* A "no" to the password has its own code, so that people can be asked again. */
static bool
log_in_told(SetupMailbox *mailbox, const char *user, const Credentials *credentials, GError **error)
{
	g_autoptr(GError) reason = NULL;
	bool good = credentials->kind == AUTH_PLAIN
			    ? log_in(mailbox, user, credentials->secret, &reason)
			    : log_in_with_token(mailbox, user, credentials, &reason);
	if (good) {
		return true;
	}
	if (g_error_matches(reason, PS_ERROR, PS_ERROR_UNAVAILABLE)) {
		return base_fail(error, PS_ERROR_PASSPHRASE,
				 "the provider refused the password of user %s: some want an app "
				 "password, or another user (`postseal setup` has --user)",
				 user);
	}
	g_propagate_error(error, g_steal_pointer(&reason));
	return false;
}

static bool
start_tls(SetupMailbox *mailbox, const NetServer *server, NetTrust *trust, GError **error)
{
	return read_greeting(mailbox, error) &&
	       (server->implicit_tls ||
		(mailbox_command(mailbox, "STARTTLS", NULL, NULL, error) &&
		 net_conn_start_client_tls(mailbox->conn, server->host, trust, error)));
}

SetupMailbox *
mailbox_open(const NetServer *server, NetTrust *trust, const char *user,
	     const Credentials *credentials, GError **error)
{
	g_autoptr(NetConn) conn = net_conn_dial(server, trust, SECONDS_DIAL, NULL, error);
	if (conn == NULL) {
		return NULL;
	}
	net_conn_set_timeout(conn, SECONDS_WAIT);
	g_autoptr(SetupMailbox) mailbox = g_new0(SetupMailbox, 1);
	mailbox->conn = g_steal_pointer(&conn);
	if (!start_tls(mailbox, server, trust, error) ||
	    !log_in_told(mailbox, user, credentials, error) ||
	    !mailbox_command(mailbox, "CAPABILITY", take_capabilities, mailbox, error)) {
		return NULL;
	}
	return g_steal_pointer(&mailbox);
}

SetupMailbox *
setup_mailbox_open(const NetServer *server, NetTrust *trust, const char *user, const char *password,
		   GError **error)
{
	g_autoptr(Credentials) credentials = credentials_new(AUTH_PLAIN, user, password);
	return mailbox_open(server, trust, user, credentials, error);
}

void
setup_mailbox_close(SetupMailbox *mailbox)
{
	if (mailbox != NULL) {
		g_clear_pointer(&mailbox->conn, net_conn_free);
		g_free(mailbox->capabilities);
		g_free(mailbox);
	}
}
