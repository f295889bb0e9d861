/* SPDX-License-Identifier: MPL-2.0 */
/* Responses of web servers, good and bad, whole and octet by octet; and asking one over TLS. */
#include "pair.h"

#include "base/error.h"
#include "net/http.h"
#include "net/listen.h"

#define OK "HTTP/1.1 200 OK\r\n"

typedef struct {
	const char *data;
	NetHttpState state; /* once the connection is closed */
	guint status;
	const char *body;
	const char *location;
	bool by_end; /* only the end of the connection ends it */
} Row;

static const Row ROWS[] = {
	{OK "Content-Length: 5\r\n\r\nhello", NET_HTTP_DONE, 200, "hello", NULL, false},
	{OK "content-length:5\r\n\r\nhello, more", NET_HTTP_DONE, 200, "hello", NULL, false},
	{OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", NET_HTTP_DONE, 200, "{}", NULL,
	 false},
	{"HTTP/1.0 200 OK\r\n\r\nto the end", NET_HTTP_DONE, 200, "to the end", NULL, true},
	{"HTTP/1.0 400 Bad\r\n\r\nhello", NET_HTTP_DONE, 400, "hello", NULL, true},
	{"HTTP/1.1 401 \r\ncontent-length:0\r\n\r\n", NET_HTTP_DONE, 401, "", NULL, false},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLocation: /x\r\n\r\n" OK
	 "Content-Length: 1\r\n\r\n!",
	 NET_HTTP_DONE, 200, "!", NULL, false},
	{OK "Transfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n6;x=y\r\npedia \r\n"
	    "B\r\nin\r\nchunks!\r\n0\r\n\r\n",
	 NET_HTTP_DONE, 200, "Wikipedia in\r\nchunks!", NULL, false},
	{OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n", NET_HTTP_DONE,
	 200, "abcd", NULL, false},
	{"HTTP/1.1 301 Moved\r\nLocation: https://a.example/b\r\nContent-Length: 0\r\n\r\n",
	 NET_HTTP_DONE, 301, "", "https://a.example/b", false},
	{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", NET_HTTP_DONE, 404, "", NULL,
	 false},
	{OK "Content-Length: 50\r\n\r\nshort", NET_HTTP_BROKEN, 0, NULL, NULL, true},
	{OK "Content-Length: 3\r\n\r\nab", NET_HTTP_BROKEN, 0, NULL, NULL, true},
	{OK "Transfer-Encoding: chunked\r\n\r\n3\r\nab", NET_HTTP_BROKEN, 0, NULL, NULL, true},
	{OK, NET_HTTP_BROKEN, 0, NULL, NULL, true},
	{"", NET_HTTP_BROKEN, 0, NULL, NULL, true},
	{"HTTP/1.1 100 Continue\r\n\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, true},
	{OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", NET_HTTP_BROKEN, 0, NULL, NULL,
	 false},
	{OK "Content-Length: -5\r\n\r\nhello", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{OK "Content-Length: 99999999\r\n\r\nx", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{OK "Content-Length: 99999999999999999999\r\n\r\nx", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{OK "Transfer-Encoding: gzip\r\n\r\nx", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{OK "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{OK "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", NET_HTTP_BROKEN, 0, NULL, NULL,
	 false},
	{OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", NET_HTTP_BROKEN, 0, NULL,
	 NULL, false},
	{OK "no colon\r\n\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{"HTTP/1.1 2xx OK\r\n\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{"HTTP/1.1 600 OK\r\n\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{"HTTP/2 200\r\n\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{"+OK\r\n\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{"\r\n\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, false},
	{"220 smtp.example.org ESMTP\r\n\r\n", NET_HTTP_BROKEN, 0, NULL, NULL, false},
};

static void
check(const Row *row, NetHttpState state, const NetHttpAnswer *answer)
{
	g_test_message("%s", row->data);
	g_assert_cmpint((int)state, ==, (int)row->state);
	g_assert_cmpuint(answer->status, ==, row->status);
	g_assert_cmpstr(answer->location, ==, row->location);
	g_assert_cmpint(answer->body != NULL, ==, row->body != NULL);
	if (row->body != NULL) {
		T_ASSERT_STR_BYTES(base_bytes_of(answer->body), row->body);
	}
}

static void
test_whole(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_auto(NetHttpAnswer) answer = {0};
		check(&ROWS[i], net_http_parse(base_bytes_str(ROWS[i].data), true, &answer),
		      &answer);
	}
}

/* Ever more of it, as a slow server sends it: the first answer that is none of "more" counts. */
static void
test_growing(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		g_auto(NetHttpAnswer) answer = {0};
		size_t n = strlen(ROWS[i].data);
		NetHttpState state = NET_HTTP_MORE;
		for (size_t k = 0; k <= n && state == NET_HTTP_MORE; k++) {
			g_autofree char *part = g_memdup2(ROWS[i].data, k);
			state = net_http_parse(base_bytes(part, k), false, &answer);
		}
		g_assert_cmpint(state == NET_HTTP_MORE, ==, ROWS[i].by_end);
		if (ROWS[i].by_end) {
			state = net_http_parse(base_bytes_str(ROWS[i].data), true, &answer);
		}
		check(&ROWS[i], state, &answer);
	}
}

static void
test_too_much(void)
{
	g_auto(NetHttpAnswer) answer = {0};
	g_autofree char *much = g_strnfill(NET_HTTP_MAX, 'x');
	g_autofree char *text = g_strconcat("HTTP/1.0 200 OK\r\n\r\n", much, NULL);
	g_assert_cmpint(net_http_parse(base_bytes_str(text), true, &answer), ==, NET_HTTP_BROKEN);
	g_assert_null(answer.body);
}

static void
test_only_https(void)
{
	static const char *const URLS[] = {"http://autoconfig.example.org/",
					   "file:///etc/passwd",
					   "https://a b/",
					   "https://user@example.org/",
					   "https://example.org\r\n/",
					   "https://example.org%0d%0a/",
					   "https://example.org:70000/",
					   "https:///x",
					   "https://",
					   ""};
	for (size_t i = 0; i < G_N_ELEMENTS(URLS); i++) {
		NetHttpRequest request = {.url = URLS[i], .accept = "*/*", .seconds = 5};
		g_auto(NetHttpAnswer) answer = {0};
		g_autoptr(GError) error = NULL;
		g_assert_false(net_http_ask(&request, NULL, &answer, &error));
		g_assert_error(error, PS_ERROR, (int)PS_ERROR_ARGUMENT);
	}
}

typedef struct {
	GTlsCertificate *certificate;
	NetListener *listener;
	char *place;    /* "https://127.0.0.1:PORT" */
	GString *heard; /* by the last request; the server is asked by one client at a time */
} Web;

/* What is said to who asks for a path. */
static const struct {
	const char *path;
	const char *answer;
} PAGES[] = {
	{"/good?a=b", OK "Content-Length: 4\r\n\r\ngood"},
	{"/deep/away", "HTTP/1.1 302 Found\r\nLocation: further?x=1\r\nContent-Length: 0\r\n\r\n"},
	{"/deep/further?x=1", "HTTP/1.1 308 x\r\nLocation: /good?a=b\r\nContent-Length: 0\r\n\r\n"},
	{"/clear", "HTTP/1.1 301 x\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"},
	{"/round", "HTTP/1.1 301 x\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n"},
	{"/cut", OK "Content-Length: 9\r\n\r\nhalf"},
};

static void
serve_page(NetConn *client, gpointer user)
{
	g_autoptr(NetConn) conn = client;
	Web *web = user;
	BaseBytes data = {NULL, 0};
	g_string_truncate(web->heard, 0);
	if (!net_conn_start_server_tls(conn, web->certificate, NULL)) {
		return;
	}
	while (strstr(web->heard->str, "\r\n\r\n") == NULL && net_conn_peek(conn, &data, NULL) &&
	       data.n > 0) {
		g_string_append_len(web->heard, (const char *)data.p, (gssize)data.n);
		net_conn_consume(conn, data.n);
	}
	g_auto(GStrv) words = g_strsplit(web->heard->str, " ", 3);
	for (size_t i = 0; i < G_N_ELEMENTS(PAGES) && g_strv_length(words) == 3; i++) {
		if (strcmp(words[1], PAGES[i].path) == 0) {
			(void)(net_conn_write_str(conn, PAGES[i].answer, NULL) &&
			       net_conn_flush(conn, NULL));
		}
	}
}

static void
web_start(Web *web)
{
	NetListenOptions options = {"127.0.0.1:0", NULL, 1, 1, serve_page, web, 0};
	web->certificate = net_tls_certificate(PKI_SERVER, NULL);
	web->heard = g_string_new(NULL);
	web->listener = net_listener_new(&options, NULL);
	web->place = g_strconcat("https://", net_listener_address(web->listener), NULL);
}

static void
web_stop(Web *web)
{
	g_assert_true(net_listener_join(web->listener, 10));
	net_listener_free(web->listener);
	g_string_free(web->heard, TRUE);
	g_object_unref(web->certificate);
	g_free(web->place);
}

typedef struct {
	const char *path;
	const char *form;
	guint redirects;
	guint status; /* 0: an error */
	PsError error;
} Ask;

static const Ask ASKS[] = {
	{"/good?a=b", NULL, 0, 200, 0},    {"/good?a=b", "a=b&c=d", 0, 200, 0},
	{"/deep/away", NULL, 2, 200, 0},   {"/deep/away", NULL, 1, 308, 0},
	{"/deep/away", NULL, 0, 302, 0},   {"/deep/away", "secret=1", 9, 302, 0},
	{"/round", NULL, 3, 301, 0},       {"/clear", NULL, 3, 0, PS_ERROR_ARGUMENT},
	{"/cut", NULL, 0, 0, PS_ERROR_IO}, {"/silence", NULL, 0, 0, PS_ERROR_IO},
};

static void
check_ask(const Web *web, NetTrust *trust, const Ask *ask)
{
	g_auto(NetHttpAnswer) answer = {0};
	g_autoptr(GError) error = NULL;
	g_autofree char *url = g_strconcat(web->place, ask->path, NULL);
	NetHttpRequest request = {url, "text/xml", ask->form, ask->redirects, 20};
	bool done = net_http_ask(&request, trust, &answer, &error);
	g_test_message("%s: %s", url, done ? "" : error->message);
	g_assert_cmpint(done, ==, ask->status != 0);
	g_assert_cmpuint(answer.status, ==, ask->status);
	if (!done) {
		g_assert_error(error, PS_ERROR, (int)ask->error);
	} else if (answer.status == 200) {
		T_ASSERT_STR_BYTES(base_bytes_of(answer.body), "good");
	}
}

static void
test_ask(void)
{
	g_autoptr(NetTrust) trust = pair_trust(PKI_CA);
	Web web = {0};
	web_start(&web);
	for (size_t i = 0; i < G_N_ELEMENTS(ASKS); i++) {
		check_ask(&web, trust, &ASKS[i]);
	}
	web_stop(&web);
}

/* What the server hears. */
static void
test_request(void)
{
	g_autoptr(NetTrust) trust = pair_trust(PKI_CA);
	g_autofree char *host = NULL;
	Web web = {0};
	web_start(&web);
	host = g_strdup_printf("\r\nHost: %s\r\n", web.place + strlen("https://"));
	check_ask(&web, trust, &ASKS[0]);
	g_assert_true(g_str_has_prefix(web.heard->str, "GET /good?a=b HTTP/1.1\r\n"));
	g_assert_nonnull(strstr(web.heard->str, host));
	g_assert_nonnull(strstr(web.heard->str, "\r\nAccept: text/xml\r\n"));
	g_assert_true(g_str_has_suffix(web.heard->str, "\r\n\r\n"));
	check_ask(&web, trust, &ASKS[1]);
	g_assert_true(g_str_has_prefix(web.heard->str, "POST /good?a=b HTTP/1.1\r\n"));
	g_assert_nonnull(strstr(web.heard->str, "\r\nContent-Length: 7\r\n"));
	g_assert_nonnull(strstr(web.heard->str, "\r\n\r\na=b&c=d"));
	web_stop(&web);
}

static void
test_not_believed(void)
{
	g_autoptr(NetTrust) trust = pair_trust(PKI_OTHER_CA);
	static const Ask ask = {"/good?a=b", "secret=1", 0, 0, PS_ERROR_IO};
	Web web = {0};
	web_start(&web);
	check_ask(&web, trust, &ask);
	web_stop(&web);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/net/http/whole", test_whole);
	g_test_add_func("/net/http/growing", test_growing);
	g_test_add_func("/net/http/too-much", test_too_much);
	g_test_add_func("/net/http/only-https", test_only_https);
	g_test_add_func("/net/http/ask", test_ask);
	g_test_add_func("/net/http/request", test_request);
	g_test_add_func("/net/http/not-believed", test_not_believed);
	return g_test_run();
}
