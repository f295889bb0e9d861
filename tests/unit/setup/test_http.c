/* SPDX-License-Identifier: MPL-2.0 */
/* Responses of web servers, good and bad, whole and octet by octet. */
#include "setup/http.h"
#include "t.h"

typedef struct {
	const char *data;
	SetupHttpState state; /* once the connection is closed */
	guint status;
	const char *body;
	const char *location;
} Row;

static const Row TABLE[] = {
	{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", SETUP_HTTP_DONE, 200, "hello", NULL},
	{"HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello, more", SETUP_HTTP_DONE, 200, "hello",
	 NULL},
	{"HTTP/1.0 200 OK\r\n\r\nto the end", SETUP_HTTP_DONE, 200, "to the end", NULL},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n6;x=y\r\npedia \r\n"
	 "B\r\nin\r\nchunks!\r\n0\r\n\r\n",
	 SETUP_HTTP_DONE, 200, "Wikipedia in\r\nchunks!", NULL},
	{"HTTP/1.1 301 Moved\r\nLocation: https://a.example/b\r\nContent-Length: 0\r\n\r\n",
	 SETUP_HTTP_DONE, 301, "", "https://a.example/b"},
	{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", SETUP_HTTP_DONE, 404, "", NULL},
	{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", SETUP_HTTP_BROKEN, 0, NULL, NULL},
	{"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", SETUP_HTTP_BROKEN, 0, NULL, NULL},
	{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx", SETUP_HTTP_BROKEN, 0,
	 NULL, NULL},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx", SETUP_HTTP_BROKEN, 0, NULL, NULL},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", SETUP_HTTP_BROKEN, 0, NULL,
	 NULL},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", SETUP_HTTP_BROKEN, 0,
	 NULL, NULL},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
	 SETUP_HTTP_BROKEN, 0, NULL, NULL},
	{"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", SETUP_HTTP_BROKEN, 0, NULL, NULL},
	{"HTTP/1.1 2xx OK\r\n\r\n", SETUP_HTTP_BROKEN, 0, NULL, NULL},
	{"220 smtp.example.org ESMTP\r\n\r\n", SETUP_HTTP_BROKEN, 0, NULL, NULL},
	{"", SETUP_HTTP_BROKEN, 0, NULL, NULL},
};

static void
check(const Row *row, SetupHttpState state, const SetupHttpAnswer *answer)
{
	g_assert_cmpint((int)state, ==, (int)row->state);
	if (state == SETUP_HTTP_DONE) {
		g_assert_cmpuint(answer->status, ==, row->status);
		g_assert_cmpstr(answer->location, ==, row->location);
		t_assert_bytes(answer->body->data, answer->body->len, row->body, strlen(row->body));
	}
}

static void
test_whole(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(TABLE); i++) {
		g_auto(SetupHttpAnswer) answer = {0};
		check(&TABLE[i], setup_http_parse(base_bytes_str(TABLE[i].data), true, &answer),
		      &answer);
	}
}

/* Ever more of it, as a slow server sends it: the first answer that is none of "more" counts. */
static void
test_growing(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(TABLE); i++) {
		g_auto(SetupHttpAnswer) answer = {0};
		size_t n = strlen(TABLE[i].data);
		SetupHttpState state = SETUP_HTTP_MORE;
		for (size_t k = 0; k <= n && state == SETUP_HTTP_MORE; k++) {
			g_autofree char *part = g_memdup2(TABLE[i].data, k);
			state = setup_http_parse(base_bytes(part, k), k == n, &answer);
		}
		check(&TABLE[i], state, &answer);
	}
}

static void
test_only_https(void)
{
	static const char *const URLS[] = {"http://autoconfig.example.org/",
					   "file:///etc/passwd",
					   "https://a b/",
					   "https://user@example.org/",
					   "https://example.org\r\n/",
					   "https:///x",
					   ""};
	for (size_t i = 0; i < G_N_ELEMENTS(URLS); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(setup_http_get(URLS[i], NULL, &error));
		g_assert_error(error, PS_ERROR, (int)PS_ERROR_NOT_FOUND);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/setup/http/whole", test_whole);
	g_test_add_func("/setup/http/growing", test_growing);
	g_test_add_func("/setup/http/only-https", test_only_https);
	return g_test_run();
}
