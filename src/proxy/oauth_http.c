/* SPDX-License-Identifier: MPL-2.0 */
/* A POST over a verified connection, its answer read as a whole. */
#include "proxy/oauth_http.h"

#include "base/error.h"
#include "net/conn.h"

#define SECONDS_MAX 20U
#define URL_MAX     2048U

typedef struct {
	guint status;
	bool chunked;
	bool has_length;
	guint64 length;
} Head;

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 section 4) */
static bool
read_status(BaseBytes line, guint *out)
{
	g_autofree char *digits = base_bytes_strdup(base_bytes_slice(line, 9, 3));
	guint64 status;
	if (line.n < 12 || !base_bytes_starts_nocase(line, "HTTP/1.") || line.p[8] != ' ' ||
	    !g_ascii_string_to_unsigned(digits, 10, 100, 599, &status, NULL)) {
		return false;
	}
	*out = (guint)status;
	return true;
}

static bool
read_field(BaseBytes line, Head *head)
{
	size_t colon = base_bytes_find(line, BASE_LIT(":"));
	if (colon == SIZE_MAX) {
		return false;
	}
	BaseBytes name = base_bytes_slice(line, 0, colon);
	BaseBytes value = base_bytes_trim(base_bytes_slice(line, colon + 1, SIZE_MAX));
	if (base_bytes_equal_nocase(name, BASE_LIT("Transfer-Encoding"))) {
		head->chunked = base_bytes_equal_nocase(value, BASE_LIT("chunked"));
		return head->chunked;
	}
	if (base_bytes_equal_nocase(name, BASE_LIT("Content-Length"))) {
		g_autofree char *text = base_bytes_strdup(value);
		head->has_length = g_ascii_string_to_unsigned(text, 10, 0, OAUTH_HTTP_MAX,
							      &head->length, NULL);
		return head->has_length;
	}
	return true;
}

/* The lines before the empty one. */
static bool
read_head(BaseBytes lines, Head *head)
{
	bool first = true;
	while (lines.n > 0) {
		size_t n = MIN(base_bytes_find(lines, BASE_LIT("\r\n")), lines.n);
		BaseBytes line = base_bytes_slice(lines, 0, n);
		if (!(first ? read_status(line, &head->status) : read_field(line, head))) {
			return false;
		}
		first = false;
		lines = base_bytes_slice(lines, n + 2, SIZE_MAX);
	}
	return !first;
}

/* chunk-size [ chunk-ext ]; SIZE_MAX if it is none. */
static size_t
read_chunk_size(BaseBytes line)
{
	size_t size = 0, i = 0;
	for (; i < line.n && i < 8 && g_ascii_isxdigit(line.p[i]); i++) {
		size = size * 16 + (size_t)g_ascii_xdigit_value((char)line.p[i]);
	}
	bool good = i > 0 && size <= OAUTH_HTTP_MAX &&
		    (i == line.n || line.p[i] == ';' || line.p[i] == ' ');
	return good ? size : SIZE_MAX;
}

/* *( chunk-size CRLF chunk-data CRLF ) "0" CRLF, RFC 9112 section 7.1 */
static OauthHttpState
read_chunks(BaseBytes rest, GByteArray *body)
{
	for (;;) {
		size_t n = base_bytes_find(rest, BASE_LIT("\r\n"));
		if (n == SIZE_MAX) {
			return rest.n > 256 ? OAUTH_HTTP_BROKEN : OAUTH_HTTP_MORE;
		}
		size_t size = read_chunk_size(base_bytes_slice(rest, 0, n));
		if (size == SIZE_MAX) {
			return OAUTH_HTTP_BROKEN;
		}
		if (size == 0) {
			return OAUTH_HTTP_DONE;
		}
		rest = base_bytes_slice(rest, n + 2, SIZE_MAX);
		if (rest.n < size + 2) {
			return OAUTH_HTTP_MORE;
		}
		if (memcmp(rest.p + size, "\r\n", 2) != 0) {
			return OAUTH_HTTP_BROKEN;
		}
		g_byte_array_append(body, rest.p, (guint)size);
		rest = base_bytes_slice(rest, size + 2, SIZE_MAX);
	}
}

static OauthHttpState
read_body(const Head *head, BaseBytes rest, bool closed, GByteArray *body)
{
	if (head->chunked) {
		return read_chunks(rest, body);
	}
	if (head->has_length ? rest.n < head->length : !closed) {
		return OAUTH_HTTP_MORE;
	}
	g_byte_array_append(body, rest.p, (guint)(head->has_length ? head->length : rest.n));
	return OAUTH_HTTP_DONE;
}

OauthHttpState
oauth_http_parse(BaseBytes data, bool closed, guint *status, GBytes **body)
{
	Head head = {0};
	size_t end = base_bytes_find(data, BASE_LIT("\r\n\r\n"));
	if (data.n > OAUTH_HTTP_MAX) {
		return OAUTH_HTTP_BROKEN;
	}
	if (end == SIZE_MAX) {
		return closed ? OAUTH_HTTP_BROKEN : OAUTH_HTTP_MORE;
	}
	if (!read_head(base_bytes_slice(data, 0, end), &head)) {
		return OAUTH_HTTP_BROKEN;
	}
	g_autoptr(GByteArray) content = g_byte_array_sized_new((guint)data.n + 1);
	BaseBytes rest = base_bytes_slice(data, end + 4, SIZE_MAX);
	OauthHttpState state = read_body(&head, rest, closed, content);
	if (state == OAUTH_HTTP_DONE) {
		*status = head.status;
		*body = base_secret_bytes(base_bytes_of_array(content));
	}
	base_wipe(content->data, content->len);
	return state == OAUTH_HTTP_MORE && closed ? OAUTH_HTTP_BROKEN : state;
}

BaseSecretString *
oauth_form(const char *const *pairs)
{
	GString *form = g_string_new(NULL);
	for (; pairs[0] != NULL; pairs += 2) {
		if (pairs[1] == NULL) {
			continue;
		}
		g_autoptr(BaseSecretString) value = g_uri_escape_string(pairs[1], NULL, FALSE);
		g_string_append_printf(form, "%s%s=%s", form->len == 0 ? "" : "&", pairs[0], value);
	}
	return g_string_free(form, FALSE);
}

static GUri *
read_url(const char *url, GError **error)
{
	bool plain = strlen(url) <= URL_MAX;
	for (const char *p = url; *p != '\0'; p++) {
		plain = plain && *p > ' ' && *p < 0x7f;
	}
	g_autoptr(GUri) uri = plain ? g_uri_parse(url, G_URI_FLAGS_ENCODED, NULL) : NULL;
	if (uri == NULL || strcmp(g_uri_get_scheme(uri), "https") != 0 ||
	    g_uri_get_host(uri) == NULL || *g_uri_get_host(uri) == '\0' ||
	    g_uri_get_userinfo(uri) != NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "a token server is no https address");
	}
	return g_steal_pointer(&uri);
}

static bool
read_answer(NetConn *conn, guint *status, GBytes **body, GError **error)
{
	g_autoptr(GByteArray) all = g_byte_array_sized_new(OAUTH_HTTP_MAX);
	OauthHttpState state = OAUTH_HTTP_MORE;
	gint64 end = g_get_monotonic_time() + SECONDS_MAX * G_USEC_PER_SEC;
	while (state == OAUTH_HTTP_MORE && g_get_monotonic_time() < end) {
		BaseBytes came;
		if (!net_conn_peek(conn, &came, error)) {
			break;
		}
		bool closed = came.n == 0;
		came = base_bytes_slice(came, 0, OAUTH_HTTP_MAX + 1 - all->len);
		g_byte_array_append(all, came.p, (guint)came.n);
		net_conn_consume(conn, came.n);
		state = oauth_http_parse(base_bytes_of_array(all), closed, status, body);
	}
	base_wipe(all->data, all->len);
	if (state != OAUTH_HTTP_DONE && (error == NULL || *error == NULL)) {
		base_fail(error, PS_ERROR_IO, "the token server's answer is no usable HTTP");
	}
	return state == OAUTH_HTTP_DONE;
}

bool
oauth_post(const char *url, const char *form, NetTrust *trust, guint *status, GBytes **body,
	   GError **error)
{
	g_autoptr(GUri) uri = read_url(url, error);
	if (uri == NULL) {
		return false;
	}
	g_autofree char *host = g_strdup(g_uri_get_host(uri));
	const char *path = g_uri_get_path(uri);
	const char *query = g_uri_get_query(uri);
	int port = g_uri_get_port(uri) <= 0 ? 443 : g_uri_get_port(uri);
	NetServer server = {.protocol = NET_IMAP, /* what is spoken is ours to choose */
			    .implicit_tls = true,
			    .host = host,
			    .port = (guint16)port};
	g_autoptr(NetConn) conn = net_conn_dial(&server, trust, SECONDS_MAX, NULL, error);
	if (conn == NULL) {
		return false;
	}
	net_conn_set_timeout(conn, SECONDS_MAX);
	return net_conn_print(conn, error,
			      "POST %s%s%s HTTP/1.1\r\nHost: %s:%d\r\nAccept: application/json\r\n"
			      "Content-Type: application/x-www-form-urlencoded\r\n"
			      "Content-Length: %" G_GSIZE_FORMAT
			      "\r\nUser-Agent: postseal/" PS_VERSION
			      "\r\nConnection: close\r\n\r\n",
			      *path == '\0' ? "/" : path, query == NULL ? "" : "?",
			      query == NULL ? "" : query, host, port, strlen(form)) &&
	       net_conn_write_str(conn, form, error) && net_conn_flush(conn, error) &&
	       read_answer(conn, status, body, error);
}
