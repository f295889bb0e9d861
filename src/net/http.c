/* SPDX-License-Identifier: MPL-2.0 */
/* A GET or POST over a verified connection, its answer read as a whole. */
#include "net/http.h"

#include "base/error.h"
#include "base/secret.h"
#include "net/conn.h"
#include <string.h>

#define URL_MAX 2048U

/* Parts of an https URL; nothing in them can end a line. */
static GUri *
read_url(const char *url, NetServer **server, GError **error)
{
	bool plain = strlen(url) <= URL_MAX;
	for (const char *p = url; *p != '\0'; p++) {
		plain = plain && *p > ' ' && *p < 0x7f;
	}
	g_autoptr(GUri) uri = plain ? g_uri_parse(url, G_URI_FLAGS_ENCODED, NULL) : NULL;
	if (uri != NULL && strcmp(g_uri_get_scheme(uri), "https") == 0 &&
	    g_uri_get_host(uri) != NULL && g_uri_get_userinfo(uri) == NULL) {
		const char *host = g_uri_get_host(uri);
		bool six = strchr(host, ':') != NULL;
		int port = g_uri_get_port(uri) <= 0 ? 443 : g_uri_get_port(uri);
		/* Any protocol will do: it says where the server is, and that TLS comes first. */
		g_autofree char *place = g_strdup_printf("imaps://%s%s%s:%d", six ? "[" : "", host,
							 six ? "]" : "", port);
		*server = net_server_parse(place, NULL);
	}
	return *server != NULL
		       ? g_steal_pointer(&uri)
		       : BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "this is no https address");
}

/* request-line and fields (RFC 9112 section 3) */
static bool
write_head(NetConn *conn, const NetHttpRequest *request, GUri *uri, GError **error)
{
	const char *path = g_uri_get_path(uri);
	const char *query = g_uri_get_query(uri);
	bool six = strchr(g_uri_get_host(uri), ':') != NULL;
	g_autofree char *port =
		g_uri_get_port(uri) <= 0 ? NULL : g_strdup_printf(":%d", g_uri_get_port(uri));
	return net_conn_print(conn, error,
			      "%s %s%s%s HTTP/1.1\r\nHost: %s%s%s%s\r\nAccept: %s\r\n"
			      "User-Agent: postseal/" PS_VERSION "\r\nConnection: close\r\n",
			      request->form == NULL ? "GET" : "POST", path[0] == '\0' ? "/" : path,
			      query == NULL ? "" : "?", query == NULL ? "" : query, six ? "[" : "",
			      g_uri_get_host(uri), six ? "]" : "", port == NULL ? "" : port,
			      request->accept);
}

static bool
write_form(NetConn *conn, const char *form, GError **error)
{
	return net_conn_print(conn, error,
			      "Content-Type: application/x-www-form-urlencoded\r\n"
			      "Content-Length: %" G_GSIZE_FORMAT "\r\n",
			      strlen(form));
}

static bool
write_request(NetConn *conn, const NetHttpRequest *request, GUri *uri, GError **error)
{
	const char *form = request->form;
	return write_head(conn, request, uri, error) &&
	       (form == NULL || write_form(conn, form, error)) &&
	       net_conn_write_str(conn, "\r\n", error) &&
	       (form == NULL || net_conn_write_str(conn, form, error)) &&
	       net_conn_flush(conn, error);
}

static bool
read_answer(NetConn *conn, NetHttpAnswer *out, GError **error)
{
	/* All of it from the beginning, so that no grown array leaves a secret behind. */
	g_autoptr(GByteArray) all = g_byte_array_sized_new(NET_HTTP_MAX + 1);
	NetHttpState state = NET_HTTP_MORE;
	BaseBytes came = {NULL, 0};
	bool heard = true;
	while (state == NET_HTTP_MORE && (heard = net_conn_peek(conn, &came, error))) {
		bool closed = came.n == 0;
		came = base_bytes_slice(came, 0, NET_HTTP_MAX + 1 - all->len);
		g_byte_array_append(all, came.p, (guint)came.n);
		net_conn_consume(conn, came.n);
		state = net_http_parse(base_bytes_of_array(all), closed, out);
	}
	base_wipe(all->data, all->len);
	return heard &&
	       (state == NET_HTTP_DONE ||
		base_fail(error, PS_ERROR_IO, "the web server's answer is no usable HTTP"));
}

static bool
exchange(const NetHttpRequest *request, const char *url, NetTrust *trust, NetHttpAnswer *out,
	 GError **error)
{
	g_autoptr(NetServer) server = NULL;
	g_autoptr(GUri) uri = read_url(url, &server, error);
	g_autoptr(NetConn) conn =
		uri == NULL ? NULL : net_conn_dial(server, trust, request->seconds, NULL, error);
	if (conn == NULL) {
		return false;
	}
	net_conn_set_timeout(conn, request->seconds);
	net_conn_set_deadline(conn, request->seconds);
	return write_request(conn, request, uri, error) && read_answer(conn, out, error);
}

static bool
is_redirect(const NetHttpAnswer *answer)
{
	static const guint REDIRECTS[] = {301, 302, 303, 307, 308};
	for (size_t i = 0; i < G_N_ELEMENTS(REDIRECTS); i++) {
		if (answer->status == REDIRECTS[i]) {
			return answer->location != NULL;
		}
	}
	return false;
}

bool
net_http_ask(const NetHttpRequest *request, NetTrust *trust, NetHttpAnswer *out, GError **error)
{
	g_autofree char *url = g_strdup(request->url);
	guint redirects = request->form == NULL ? request->redirects : 0;
	for (;; redirects--) {
		g_auto(NetHttpAnswer) answer = {0};
		if (!exchange(request, url, trust, &answer, error)) {
			return false;
		}
		if (redirects == 0 || !is_redirect(&answer)) {
			*out = answer;
			answer = (NetHttpAnswer){0};
			return true;
		}
		char *next =
			g_uri_resolve_relative(url, answer.location, G_URI_FLAGS_ENCODED, NULL);
		g_free(url);
		url = next != NULL ? next : g_strdup("");
	}
}
