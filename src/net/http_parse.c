/* SPDX-License-Identifier: MPL-2.0 */
/* Responses of web servers. */
#include "net/http.h"

#include "base/secret.h"
#include <string.h>

#define CHUNK_LINE_MAX 256U /* octets of a chunk's size and its extensions */

typedef struct {
	guint status;
	bool chunked;
	bool has_length;
	guint64 length;
	BaseBytes location;
} Head;

void
net_http_answer_clear(NetHttpAnswer *answer)
{
	g_clear_pointer(&answer->location, g_free);
	g_clear_pointer(&answer->body, g_bytes_unref);
}

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] (RFC 9112 section 4) */
static bool
read_status(BaseBytes line, Head *head)
{
	g_autofree char *digits = base_bytes_strdup(base_bytes_slice(line, 9, 3));
	guint64 status = 0;
	bool good = line.n >= 12 && base_bytes_starts_nocase(line, "HTTP/1.") && line.p[8] == ' ' &&
		    g_ascii_string_to_unsigned(digits, 10, 100, 599, &status, NULL);
	head->status = (guint)status;
	return good;
}

static bool
read_encoding(BaseBytes value, Head *head)
{
	head->chunked = base_bytes_equal_nocase(value, BASE_LIT("chunked"));
	return head->chunked;
}

/* Two lengths that differ leave open where the response ends (RFC 9112 section 6.3). */
static bool
read_length(BaseBytes value, Head *head)
{
	guint64 length = 0;
	g_autofree char *text = base_bytes_strdup(value);
	if (!g_ascii_string_to_unsigned(text, 10, 0, NET_HTTP_MAX, &length, NULL) ||
	    (head->has_length && head->length != length)) {
		return false;
	}
	head->has_length = true;
	head->length = length;
	return true;
}

static bool
read_location(BaseBytes value, Head *head)
{
	head->location = value;
	return true;
}

/* field-line = field-name ":" OWS field-value OWS (RFC 9112 section 5) */
static bool
read_field(BaseBytes line, Head *head)
{
	static const struct {
		const char *name;
		bool (*read)(BaseBytes value, Head *head);
	} FIELDS[] = {
		{"Transfer-Encoding", read_encoding},
		{"Content-Length", read_length},
		{"Location", read_location},
	};

	size_t colon = base_bytes_find(line, BASE_LIT(":"));
	if (colon == SIZE_MAX) {
		return false;
	}
	BaseBytes value = base_bytes_trim(base_bytes_slice(line, colon + 1, SIZE_MAX));
	for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
		if (base_bytes_equal_nocase(base_bytes_slice(line, 0, colon),
					    base_bytes_str(FIELDS[i].name))) {
			return FIELDS[i].read(value, head);
		}
	}
	return true;
}

/* The lines before the empty one. */
static bool
read_head(BaseBytes lines, Head *head)
{
	bool first = true;
	*head = (Head){0};
	while (first || lines.n > 0) {
		size_t n = MIN(base_bytes_find(lines, BASE_LIT("\r\n")), lines.n);
		BaseBytes line = base_bytes_slice(lines, 0, n);
		if (!(first ? read_status(line, head) : read_field(line, head))) {
			return false;
		}
		first = false;
		lines = base_bytes_slice(lines, n + 2, SIZE_MAX);
	}
	return true;
}

/* chunk-size [ chunk-ext ]; SIZE_MAX if it is none. */
static size_t
read_chunk_size(BaseBytes line)
{
	size_t size = 0, i = 0;
	for (; i < line.n && i < 8 && g_ascii_isxdigit(line.p[i]); i++) {
		size = size * 16 + (size_t)g_ascii_xdigit_value((char)line.p[i]);
	}
	bool good = i > 0 && size <= NET_HTTP_MAX &&
		    (i == line.n || memchr("; \t", line.p[i], 3) != NULL);
	return good ? size : SIZE_MAX;
}

/* *( chunk-size [ chunk-ext ] CRLF chunk-data CRLF ) "0" ... (RFC 9112 section 7.1) */
static NetHttpState
read_chunks(BaseBytes rest, GByteArray *body)
{
	for (;;) {
		size_t n = base_bytes_find(rest, BASE_LIT("\r\n"));
		if (n == SIZE_MAX) {
			return rest.n > CHUNK_LINE_MAX ? NET_HTTP_BROKEN : NET_HTTP_MORE;
		}
		size_t size = read_chunk_size(base_bytes_slice(rest, 0, n));
		if (size == 0 || size == SIZE_MAX) {
			return size == 0 ? NET_HTTP_DONE : NET_HTTP_BROKEN;
		}
		rest = base_bytes_slice(rest, n + 2, SIZE_MAX);
		if (rest.n < size + 2) {
			return NET_HTTP_MORE;
		}
		if (memcmp(rest.p + size, "\r\n", 2) != 0) {
			return NET_HTTP_BROKEN;
		}
		g_byte_array_append(body, rest.p, (guint)size);
		rest = base_bytes_slice(rest, size + 2, SIZE_MAX);
	}
}

static NetHttpState
read_body(const Head *head, BaseBytes rest, bool closed, GByteArray *body)
{
	if (head->chunked) {
		return read_chunks(rest, body);
	}
	if (head->has_length ? rest.n < head->length : !closed) {
		return NET_HTTP_MORE;
	}
	g_byte_array_append(body, rest.p, (guint)(head->has_length ? head->length : rest.n));
	return NET_HTTP_DONE;
}

/* The head of the answer itself: what only announces one is passed over (RFC 9110 section 15.2).
 * *@rest is what follows. */
static NetHttpState
find_head(BaseBytes data, Head *head, BaseBytes *rest)
{
	do {
		size_t end = base_bytes_find(data, BASE_LIT("\r\n\r\n"));
		if (end == SIZE_MAX) {
			return NET_HTTP_MORE;
		}
		if (!read_head(base_bytes_slice(data, 0, end), head)) {
			return NET_HTTP_BROKEN;
		}
		data = base_bytes_slice(data, end + 4, SIZE_MAX);
	} while (head->status < 200);
	*rest = data;
	return NET_HTTP_DONE;
}

NetHttpState
net_http_parse(BaseBytes data, bool closed, NetHttpAnswer *out)
{
	Head head;
	BaseBytes rest;
	if (data.n > NET_HTTP_MAX) {
		return NET_HTTP_BROKEN;
	}
	NetHttpState state = find_head(data, &head, &rest);
	if (state == NET_HTTP_DONE) {
		g_autoptr(GByteArray) body = g_byte_array_sized_new((guint)rest.n + 1);
		state = read_body(&head, rest, closed, body);
		if (state == NET_HTTP_DONE) {
			out->status = head.status;
			out->location =
				head.location.n == 0 ? NULL : base_bytes_strdup(head.location);
			out->body = base_secret_bytes(base_bytes_of_array(body));
		}
		base_wipe(body->data, body->len);
	}
	return state == NET_HTTP_MORE && closed ? NET_HTTP_BROKEN : state;
}
