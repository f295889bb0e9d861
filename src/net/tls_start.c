/* SPDX-License-Identifier: MPL-2.0 */
/* From clear text to TLS. */
#include "conn_private.h"

#include "tls_private.h"
#include <sys/socket.h>

#define HANDSHAKE   22    /* the type of a TLS record */
#define ALONE_PAUSE 100UL /* microseconds */
#define ALONE_TRIES 50000U

/*
 * The connection itself gets no list of authorities, since GLib would load one for each; what it
 * then cannot judge it asks us, and we judge by the shared list.
 */
typedef struct {
	NetTrust *trust;
	GSocketConnectable *identity;
	bool asked;
	GTlsCertificateFlags flags;
} Judgement;

typedef struct {
	GTlsCertificateFlags flag;
	const char *text;
} Complaint;

/* The gravest first: the rest follows from it often. */
static const Complaint COMPLAINTS[] = {
	{G_TLS_CERTIFICATE_UNKNOWN_CA, "its certificate is from nobody who is trusted here"},
	{G_TLS_CERTIFICATE_BAD_IDENTITY, "its certificate names another server"},
	{G_TLS_CERTIFICATE_EXPIRED, "its certificate has expired"},
	{G_TLS_CERTIFICATE_NOT_ACTIVATED, "its certificate is not valid yet"},
	{G_TLS_CERTIFICATE_REVOKED, "its certificate was revoked"},
	{G_TLS_CERTIFICATE_INSECURE, "its certificate uses an algorithm that is too weak"},
	{G_TLS_CERTIFICATE_GENERIC_ERROR, "its certificate is not valid"},
};

static const char *
complaint(GTlsCertificateFlags flags)
{
	for (size_t i = 0; i < G_N_ELEMENTS(COMPLAINTS); i++) {
		if ((flags & COMPLAINTS[i].flag) != 0) {
			return COMPLAINTS[i].text;
		}
	}
	return "its certificate is not valid";
}

static gboolean
judge(GTlsConnection *tls, GTlsCertificate *certificate, GTlsCertificateFlags ignored,
      gpointer user)
{
	Judgement *judgement = user;
	(void)tls;
	(void)ignored;
	judgement->asked = true;
	judgement->flags = certificate == NULL ? G_TLS_CERTIFICATE_GENERIC_ERROR
					       : tls_trust_verify(judgement->trust, certificate,
								  judgement->identity);
	return judgement->flags == G_TLS_CERTIFICATE_NO_FLAGS;
}

static bool
prepare(NetConn *conn, GError **error)
{
	if (conn->read_end > conn->read_at) {
		conn->failed = true;
		return base_fail(error, PS_ERROR_MALFORMED,
				 "octets came before TLS was there: somebody injects commands");
	}
	if (conn->tls) {
		return base_fail(error, PS_ERROR_IO, "TLS is there already");
	}
	return net_conn_flush(conn, error);
}

typedef struct {
	bool over;
	bool good;
	GError *reason;
} Handshake;

static void
on_handshake(GObject *source, GAsyncResult *result, gpointer user)
{
	Handshake *handshake = user;
	handshake->good = g_tls_connection_handshake_finish(G_TLS_CONNECTION(source), result,
							    &handshake->reason);
	handshake->over = true;
}

/* The whole handshake within one time, however slowly the other side drips. */
static bool
shake_in_time(NetConn *conn, GTlsConnection *tls, GError **reason)
{
	ConnPatience patience;
	Handshake handshake = {false, false, NULL};
	conn_patience_begin(&patience, conn_left_ms(conn, conn->timeout), conn->stop);
	g_tls_connection_handshake_async(tls, G_PRIORITY_DEFAULT, patience.enough, on_handshake,
					 &handshake);
	while (!handshake.over) {
		g_main_context_iteration(patience.context, TRUE);
	}
	conn_patience_end(&patience);
	if (handshake.reason != NULL) {
		g_propagate_error(reason, handshake.reason);
	}
	return handshake.good;
}

static void
on_alone(gpointer alone, GObject *tls G_GNUC_UNUSED, gboolean is_alone)
{
	g_atomic_int_set((gint *)alone, is_alone);
}

/* GLib's thread has a reference still when it has told us that it is done. Were that the last one,
 * it would close the socket while we do the same, and one of us a descriptor that is somebody
 * else's by then. Waits until the caller's is the only one. */
static void
await_alone(GObject *tls)
{
	gint alone = FALSE;
	g_object_add_toggle_ref(tls, on_alone, &alone);
	g_object_unref(tls);
	for (guint i = 0; i < ALONE_TRIES && !g_atomic_int_get(&alone); i++) {
		g_usleep(ALONE_PAUSE);
	}
	g_object_ref(tls);
	g_object_remove_toggle_ref(tls, on_alone, &alone);
}

/* The caller has the only reference to @tls. */
static bool
shake_hands(NetConn *conn, GIOStream *tls, GError **error)
{
	g_autoptr(GError) reason = NULL;
	bool good = shake_in_time(conn, G_TLS_CONNECTION(tls), &reason);
	await_alone(G_OBJECT(tls));
	if (!good) {
		return conn_fail(conn, "start TLS", reason, error);
	}
	if (g_tls_connection_get_protocol_version(G_TLS_CONNECTION(tls)) <
	    G_TLS_PROTOCOL_VERSION_TLS_1_2) {
		conn->failed = true;
		return base_fail(error, PS_ERROR_IO,
				 "cannot start TLS: the other side knows none later than 1.1");
	}
	g_object_unref(conn->stream);
	conn->stream = g_object_ref(tls);
	conn->tls = true;
	return true;
}

static GIOStream *
new_stream(NetConn *conn, GType type, const char *property, gpointer value, GError **error)
{
	g_autoptr(GError) reason = NULL;
	if (!g_tls_backend_supports_tls(g_tls_backend_get_default())) {
		conn->failed = true;
		return BASE_FAIL_NULL(error, PS_ERROR_IO,
				      "there is no TLS: install the package glib-networking");
	}
	gpointer tls = g_initable_new(type, NULL, &reason, "base-io-stream", conn->base, "database",
				      NULL, property, value, NULL);
	if (tls == NULL) {
		conn_fail(conn, "start TLS", reason, error);
	}
	return tls;
}

/* Octets of the first record, as far as it tells its length (RFC 8446 section 5.1); 0 if it is none
 * that a handshake begins with. */
static gint
hello_length(GSocket *socket)
{
	uint8_t head[5];
	ssize_t n = recv(g_socket_get_fd(socket), head, sizeof head, MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0 || head[0] != HANDSHAKE) {
		return 0;
	}
	return n < (ssize_t)sizeof head ? (gint)sizeof head
					: (gint)sizeof head + (head[3] << 8 | head[4]);
}

/* A handshake takes one of the few threads that GLib has for all of them and for looking up names:
 * a client that says nothing, or half a word, shall have none. */
static bool
wait_for_hello(NetConn *conn, GError **error)
{
	g_autoptr(GError) reason = NULL;
	gint here = 0;
	for (gint want = 1; want > here; want = hello_length(conn->socket)) {
		gint64 left = (gint64)conn_left_ms(conn, conn->timeout) * 1000;
		here = want;
		(void)g_socket_set_option(conn->socket, SOL_SOCKET, SO_RCVLOWAT, want, NULL);
		if (!g_socket_condition_timed_wait(conn->socket, G_IO_IN, left, conn->stop,
						   &reason)) {
			return conn_fail(conn, "start TLS", reason, error);
		}
	}
	(void)g_socket_set_option(conn->socket, SOL_SOCKET, SO_RCVLOWAT, 1, NULL);
	return true;
}

bool
net_conn_start_server_tls(NetConn *conn, GTlsCertificate *certificate, GError **error)
{
	GType type = g_tls_backend_get_server_connection_type(g_tls_backend_get_default());
	if (!prepare(conn, error) || !wait_for_hello(conn, error)) {
		return false;
	}
	g_autoptr(GIOStream) tls = new_stream(conn, type, "certificate", certificate, error);
	return tls != NULL && shake_hands(conn, tls, error);
}

static GSocketConnectable *
identity_of(const char *host)
{
	g_autoptr(GInetAddress) address = g_inet_address_new_from_string(host);
	return address != NULL ? G_SOCKET_CONNECTABLE(g_inet_socket_address_new(address, 0))
			       : g_network_address_new(host, 0);
}

bool
net_conn_start_client_tls(NetConn *conn, const char *host, NetTrust *trust, GError **error)
{
	GType type = g_tls_backend_get_client_connection_type(g_tls_backend_get_default());
	g_autoptr(GSocketConnectable) identity = identity_of(host);
	g_autoptr(GError) reason = NULL;
	Judgement judgement = {trust, identity, false, G_TLS_CERTIFICATE_NO_FLAGS};
	if (!prepare(conn, error)) {
		return false;
	}
	g_autoptr(GIOStream) tls = new_stream(conn, type, "server-identity", identity, error);
	if (tls == NULL) {
		return false;
	}
	gulong handler = g_signal_connect(tls, "accept-certificate", G_CALLBACK(judge), &judgement);
	bool done = shake_hands(conn, tls, &reason);
	g_signal_handler_disconnect(tls, handler);
	if (done && !judgement.asked) {
		/* A resumed session: GLib does not ask again, but our authorities may be others. */
		judge(G_TLS_CONNECTION(tls),
		      g_tls_connection_get_peer_certificate(G_TLS_CONNECTION(tls)),
		      G_TLS_CERTIFICATE_NO_FLAGS, &judgement);
	}
	if (judgement.flags != G_TLS_CERTIFICATE_NO_FLAGS) {
		conn->failed = true;
		return base_fail(error, PS_ERROR_IO, "%s is not believed: %s", host,
				 complaint(judgement.flags));
	}
	if (!done) {
		g_propagate_error(error, g_steal_pointer(&reason));
	}
	return done;
}

bool
net_conn_is_tls(const NetConn *conn)
{
	return conn->tls;
}
