/* SPDX-License-Identifier: MPL-2.0 */
/* A connection under libetpan. */
#include "mail/wire.h"

#include "base/secret.h"

#include <stdlib.h>

#define SECONDS     30U
#define SECONDS_ALL 120U
#define STREAM_SIZE (64U << 10) /* octets that libetpan holds for reading, and for writing */
#define WORDS_MAX   200
#define SLOW        (32U << 10) /* octets in a second that a line should carry at least */

void
mail_account_init(MailAccount *account, const MailLogin *login)
{
	g_autofree char *server = net_server_to_string(login->server);
	*account = (MailAccount){
		.server = net_server_parse(server, NULL),
		.trust = net_trust_ref(login->trust),
		.name = g_strdup(login->name),
		.secret = login->secret,
		.user = login->user,
		.destroy = login->destroy,
		.seconds = login->seconds > 0 ? login->seconds : SECONDS,
		.seconds_all = login->seconds_all > 0 ? login->seconds_all : SECONDS_ALL,
	};
}

void
mail_account_clear(MailAccount *account)
{
	if (account->destroy != NULL) {
		account->destroy(account->user);
	}
	net_server_free(account->server);
	net_trust_unref(account->trust);
	g_free(account->name);
}

static bool
is_sayable(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (g_ascii_iscntrl(*p)) {
			return false;
		}
	}
	return *text != '\0';
}

char *
mail_account_secret(const MailAccount *account, bool *token, GError **error)
{
	*token = false;
	g_autoptr(BaseSecretString) secret = account->secret(account->user, token, error);
	if (secret == NULL) {
		return NULL;
	}
	if (!is_sayable(secret) || !is_sayable(account->name)) {
		return BASE_FAIL_NULL(error, PS_ERROR_PASSPHRASE,
				      "The password or user name cannot be sent to the server");
	}
	return g_steal_pointer(&secret);
}

MailWire *
mail_wire_dial(const MailAccount *account, GCancellable *stop, GError **error)
{
	NetConn *conn =
		net_conn_dial(account->server, account->trust, account->seconds, stop, error);
	if (conn == NULL) {
		return NULL;
	}
	MailWire *wire = g_new0(MailWire, 1);
	wire->conn = conn;
	wire->seconds = account->seconds;
	wire->guard.imap = account->server->protocol == NET_IMAP;
	return wire;
}

void
mail_wire_free(MailWire *wire)
{
	if (wire != NULL) {
		if (wire->trouble == NULL) {
			(void)net_conn_flush(wire->conn, NULL);
		}
		net_conn_free(wire->conn);
		g_clear_error(&wire->trouble);
		g_free(wire);
	}
}

void
mail_wire_begin(MailWire *wire, const MailAccount *account, GCancellable *stop, guint64 budget,
		guint64 literal)
{
	g_clear_error(&wire->trouble);
	wire->reading = false;
	wire->stop = stop;
	wire->deadline = g_get_monotonic_time() + (gint64)account->seconds_all * G_USEC_PER_SEC;
	net_conn_set_stop(wire->conn, stop);
	mail_guard_allow(&wire->guard, budget, literal);
}

void
mail_wire_commit(MailWire *wire)
{
	wire->stop = NULL;
	net_conn_set_stop(wire->conn, NULL);
}

void
mail_wire_expect(MailWire *wire, guint64 octets)
{
	wire->deadline += (gint64)(octets / SLOW) * G_USEC_PER_SEC;
}

/* How long the next wait may take is what is left of the call. */
static bool
set_timeout(MailWire *wire)
{
	gint64 left = wire->deadline - g_get_monotonic_time();
	if (left <= 0) {
		return base_fail(&wire->trouble, PS_ERROR_BUSY, "The server takes too long");
	}
	guint seconds = (guint)(left / G_USEC_PER_SEC) + 1;
	net_conn_set_timeout(wire->conn, MIN(seconds, wire->seconds));
	return true;
}

static ssize_t
wire_read(mailstream_low *low, void *to, size_t n)
{
	MailWire *wire = low->data;
	BaseBytes there = {0};
	if (wire->trouble != NULL || !set_timeout(wire)) {
		return -1;
	}
	/* What was said so far goes out first: only then it is the server's turn. */
	if (!net_conn_flush(wire->conn, &wire->trouble)) {
		return -1;
	}
	wire->reading = true;
	if (!net_conn_peek(wire->conn, &there, &wire->trouble)) {
		return -1;
	}
	if (there.n == 0) {
		(void)base_fail(&wire->trouble, PS_ERROR_IO, "The server closed the connection");
		return -1;
	}
	BaseBytes taken = base_bytes_slice(there, 0, n);
	if (!mail_guard_feed(&wire->guard, taken, &wire->trouble)) {
		return -1;
	}
	memcpy(to, taken.p, taken.n);
	net_conn_consume(wire->conn, taken.n);
	return (ssize_t)taken.n;
}

static ssize_t
wire_write(mailstream_low *low, const void *from, size_t n)
{
	MailWire *wire = low->data;
	if (wire->trouble != NULL || !set_timeout(wire)) {
		return -1;
	}
	if (g_cancellable_is_cancelled(wire->stop)) {
		(void)base_fail(&wire->trouble, PS_ERROR_BUSY, "It was stopped");
		return -1;
	}
	wire->reading = false;
	return net_conn_write(wire->conn, base_bytes(from, n), &wire->trouble) ? (ssize_t)n : -1;
}

static int
wire_close(G_GNUC_UNUSED mailstream_low *low)
{
	return 0;
}

static int
wire_get_fd(G_GNUC_UNUSED mailstream_low *low)
{
	return -1;
}

static void
wire_free(mailstream_low *low)
{
	free(low); /* libetpan's own malloc() */
}

static void
wire_cancel(G_GNUC_UNUSED mailstream_low *low)
{
}

static struct mailstream_cancel *
wire_get_cancel(G_GNUC_UNUSED mailstream_low *low)
{
	return NULL;
}

static mailstream_low_driver driver = {
	.mailstream_read = wire_read,
	.mailstream_write = wire_write,
	.mailstream_close = wire_close,
	.mailstream_get_fd = wire_get_fd,
	.mailstream_free = wire_free,
	.mailstream_cancel = wire_cancel,
	.mailstream_get_cancel = wire_get_cancel,
};

/* libetpan keeps large answers in files unless it is told not to. */
static gpointer
keep_in_memory(G_GNUC_UNUSED gpointer user)
{
	mmap_string_set_ceil(SIZE_MAX / 2);
	return NULL;
}

mailstream *
mail_wire_stream(MailWire *wire)
{
	static GOnce once = G_ONCE_INIT;
	(void)g_once(&once, keep_in_memory, NULL);
	mailstream_low *low = mailstream_low_new(wire, &driver);
	mailstream *stream = low == NULL ? NULL : mailstream_new(low, STREAM_SIZE);
	g_assert_nonnull(stream);
	return stream;
}

bool
mail_wire_start_tls(MailWire *wire, mailstream *stream, const MailAccount *account, GError **error)
{
	if (stream->read_buffer_len != 0) {
		return base_fail(error, PS_ERROR_MALFORMED,
				 "The server said something between STARTTLS and TLS");
	}
	return net_conn_start_client_tls(wire->conn, account->server->host, account->trust, error);
}

bool
mail_wire_fail(MailWire *wire, PsError code, const char *what, const char *words, GError **error)
{
	if (wire->trouble != NULL) {
		g_propagate_error(error, g_steal_pointer(&wire->trouble));
		return false;
	}
	g_autofree char *valid = g_utf8_make_valid(words == NULL ? "" : words, -1);
	for (char *p = valid; *p != '\0'; p++) {
		*p = g_ascii_iscntrl(*p) ? ' ' : *p;
	}
	g_strstrip(valid);
	return base_fail(error, code, "%s%s%.*s", what, *valid == '\0' ? "" : ": ", WORDS_MAX,
			 valid);
}
