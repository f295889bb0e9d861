/* SPDX-License-Identifier: MPL-2.0 */
/* One GET at a time over a verified connection, read as a whole. */
#include "setup/http.h"

#include "net/conn.h"
#include "setup/servers.h"
#include <string.h>

#define REDIRECTS_MAX 3U
#define SECONDS_MAX   10U
#define URL_MAX       2048U

typedef struct {
	guint status;
	bool chunked;
	bool has_length;
	guint64 length;
	BaseBytes location;
	size_t body; /* where it begins */
} Head;

void
setup_http_answer_clear(SetupHttpAnswer *answer)
{
	g_clear_pointer(&answer->location, g_free);
	g_clear_pointer(&answer->body, g_byte_array_unref);
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 section 4) */
static bool
read_status(BaseBytes line, guint *out)
{
	if (line.n < 12 || !base_bytes_starts_nocase(line, "HTTP/1.") || line.p[8] != ' ') {
		return false;
	}
	guint status = 0;
	for (size_t i = 9; i < 12; i++) {
		if (!g_ascii_isdigit(line.p[i])) {
			return false;
		}
		status = status * 10 + (guint)(line.p[i] - '0');
	}
	*out = status;
	return status >= 100;
}

static bool
read_field(BaseBytes line, Head *head)
{
	const uint8_t *colon = line.n == 0 ? NULL : memchr(line.p, ':', line.n);
	if (colon == NULL) {
		return false;
	}
	BaseBytes name = base_bytes(line.p, (size_t)(colon - line.p));
	BaseBytes value = base_bytes_trim(base_bytes(colon + 1, line.n - name.n - 1));
	if (base_bytes_equal_nocase(name, BASE_LIT("Location"))) {
		head->location = value;
	} else if (base_bytes_equal_nocase(name, BASE_LIT("Transfer-Encoding"))) {
		head->chunked = base_bytes_equal_nocase(value, BASE_LIT("chunked"));
		return head->chunked;
	} else if (base_bytes_equal_nocase(name, BASE_LIT("Content-Length"))) {
		g_autofree char *text = base_bytes_strdup(value);
		head->has_length = g_ascii_string_to_unsigned(text, 10, 0, SETUP_HTTP_MAX,
							      &head->length, NULL);
		return head->has_length;
	}
	return true;
}

/* *@end: behind the empty line. */
static bool
read_head(BaseBytes data, size_t end, Head *head)
{
	BaseBytes rest = base_bytes(data.p, end - 2);
	bool first = true;
	*head = (Head){.body = end};
	while (rest.n > 0) {
		size_t n = base_bytes_find(rest, BASE_LIT("\r\n"));
		BaseBytes line = base_bytes_slice(rest, 0, n);
		if (n == SIZE_MAX ||
		    !(first ? read_status(line, &head->status) : read_field(line, head))) {
			return false;
		}
		first = false;
		rest = base_bytes_slice(rest, n + 2, SIZE_MAX);
	}
	return !first;
}

/* chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF; the last has size 0 (RFC 9112
 * section 7.1) */
static SetupHttpState
read_chunks(BaseBytes rest, GByteArray *body)
{
	for (;;) {
		size_t n = base_bytes_find(rest, BASE_LIT("\r\n"));
		if (n == SIZE_MAX) {
			return rest.n > 64 ? SETUP_HTTP_BROKEN : SETUP_HTTP_MORE;
		}
		guint64 size = 0;
		size_t digits = 0;
		while (digits < n && digits < 8 && g_ascii_isxdigit(rest.p[digits])) {
			size = size * 16 + (guint64)g_ascii_xdigit_value((char)rest.p[digits++]);
		}
		if (digits == 0 || size > SETUP_HTTP_MAX ||
		    (digits < n && strchr("; \t", rest.p[digits]) == NULL)) {
			return SETUP_HTTP_BROKEN;
		}
		if (size == 0) {
			return SETUP_HTTP_DONE;
		}
		rest = base_bytes_slice(rest, n + 2, SIZE_MAX);
		if (rest.n < size + 2) {
			return SETUP_HTTP_MORE;
		}
		g_byte_array_append(body, rest.p, (guint)size);
		if (memcmp(rest.p + size, "\r\n", 2) != 0) {
			return SETUP_HTTP_BROKEN;
		}
		rest = base_bytes_slice(rest, (size_t)size + 2, SIZE_MAX);
	}
}

static SetupHttpState
read_body(const Head *head, BaseBytes rest, bool closed, GByteArray *body)
{
	if (head->chunked) {
		return read_chunks(rest, body);
	}
	if (head->has_length ? rest.n < head->length : !closed) {
		return SETUP_HTTP_MORE;
	}
	g_byte_array_append(body, rest.p, (guint)(head->has_length ? head->length : rest.n));
	return SETUP_HTTP_DONE;
}

SetupHttpState
setup_http_parse(BaseBytes data, bool closed, SetupHttpAnswer *out)
{
	Head head;
	size_t end = base_bytes_find(data, BASE_LIT("\r\n\r\n"));
	if (data.n > SETUP_HTTP_MAX) {
		return SETUP_HTTP_BROKEN;
	}
	if (end == SIZE_MAX) {
		return closed ? SETUP_HTTP_BROKEN : SETUP_HTTP_MORE;
	}
	if (!read_head(data, end + 4, &head)) {
		return SETUP_HTTP_BROKEN;
	}
	g_autoptr(GByteArray) body = g_byte_array_new();
	BaseBytes rest = base_bytes_slice(data, head.body, SIZE_MAX);
	SetupHttpState state = read_body(&head, rest, closed, body);
	if (state == SETUP_HTTP_DONE) {
		out->status = head.status;
		out->location = head.location.n == 0 ? NULL : base_bytes_strdup(head.location);
		out->body = g_steal_pointer(&body);
	}
	return state == SETUP_HTTP_MORE && closed ? SETUP_HTTP_BROKEN : state;
}

/* Host and target of an https URL; nothing in them can end a line. */
static GUri *
read_url(const char *url, GError **error)
{
	bool plain = strlen(url) <= URL_MAX;
	for (const char *p = url; *p != '\0'; p++) {
		plain = plain && *p > ' ' && *p < 0x7f;
	}
	g_autoptr(GUri) uri = plain ? g_uri_parse(url, G_URI_FLAGS_ENCODED, NULL) : NULL;
	if (uri == NULL || strcmp(g_uri_get_scheme(uri), "https") != 0 ||
	    g_uri_get_host(uri) == NULL || !setup_is_host(g_uri_get_host(uri)) ||
	    g_uri_get_userinfo(uri) != NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "this is no https address");
	}
	return g_steal_pointer(&uri);
}

static bool
read_answer(NetConn *conn, SetupHttpAnswer *out, GError **error)
{
	g_autoptr(GByteArray) all = g_byte_array_new();
	SetupHttpState state = SETUP_HTTP_MORE;
	gint64 end = g_get_monotonic_time() + SECONDS_MAX * G_USEC_PER_SEC;
	while (state == SETUP_HTTP_MORE && g_get_monotonic_time() < end) {
		BaseBytes came;
		if (!net_conn_peek(conn, &came, error)) {
			return false;
		}
		if (all->len + came.n > SETUP_HTTP_MAX) {
			break;
		}
		bool closed = came.n == 0;
		g_byte_array_append(all, came.p, (guint)came.n);
		net_conn_consume(conn, came.n);
		state = setup_http_parse(base_bytes_of_array(all), closed, out);
	}
	return state == SETUP_HTTP_DONE ||
	       base_fail(error, PS_ERROR_IO, "the answer is no usable HTTP");
}

static bool
exchange(GUri *uri, NetTrust *trust, SetupHttpAnswer *out, GError **error)
{
	const char *host = g_uri_get_host(uri);
	const char *path = g_uri_get_path(uri);
	const char *query = g_uri_get_query(uri);
	int port = g_uri_get_port(uri);
	g_autofree char *name = g_strdup(host);
	NetServer server = {.protocol = NET_IMAP, /* what is spoken is ours to choose */
			    .implicit_tls = true,
			    .host = name,
			    .port = (guint16)(port <= 0 ? 443 : port)};
	g_autoptr(NetConn) conn = net_conn_dial(&server, trust, SECONDS_MAX, NULL, error);
	if (conn == NULL) {
		return false;
	}
	net_conn_set_timeout(conn, SECONDS_MAX);
	return net_conn_print(conn, error,
			      "GET %s%s%s HTTP/1.1\r\nHost: %s\r\nAccept: text/xml, "
			      "application/xml\r\nUser-Agent: postseal/" PS_VERSION
			      "\r\nConnection: close\r\n\r\n",
			      path[0] == '\0' ? "/" : path, query == NULL ? "" : "?",
			      query == NULL ? "" : query, host) &&
	       net_conn_flush(conn, error) && read_answer(conn, out, error);
}

static bool
is_redirect(const SetupHttpAnswer *answer)
{
	static const guint REDIRECTS[] = {301, 302, 303, 307, 308};
	for (size_t i = 0; i < G_N_ELEMENTS(REDIRECTS); i++) {
		if (answer->status == REDIRECTS[i]) {
			return answer->location != NULL;
		}
	}
	return false;
}

GByteArray *
setup_http_get(const char *url, NetTrust *trust, GError **error)
{
	g_autofree char *target = g_strdup(url);
	for (guint i = 0; i <= REDIRECTS_MAX; i++) {
		g_auto(SetupHttpAnswer) answer = {0};
		g_autoptr(GUri) uri = read_url(target, error);
		if (uri == NULL || !exchange(uri, trust, &answer, error)) {
			return NULL;
		}
		if (answer.status == 200) {
			return g_steal_pointer(&answer.body);
		}
		if (!is_redirect(&answer)) {
			return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "%s answers %u",
					      g_uri_get_host(uri), answer.status);
		}
		g_free(target);
		target = g_uri_resolve_relative(url, answer.location, G_URI_FLAGS_ENCODED, NULL);
		if (target == NULL) {
			target = g_strdup("");
		}
	}
	return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "too many redirects");
}
