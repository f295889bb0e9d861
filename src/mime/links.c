/* SPDX-License-Identifier: MPL-2.0 */
/* The hosts that the links of a message lead to. */
#include "mime/links.h"

#include "base/limits.h"
#include "mime/links_private.h"
#include "mime/links_url.h"

MimeLinks *
mime_links_new(void)
{
	MimeLinks *links = g_new0(MimeLinks, 1);
	links->hosts = g_ptr_array_new_with_free_func(g_free);
	links->held = g_byte_array_new();
	return links;
}

void
mime_links_free(MimeLinks *links)
{
	if (links == NULL) {
		return;
	}
	g_ptr_array_unref(links->hosts);
	g_byte_array_unref(links->held);
	g_free(links);
}

bool
mime_links_add(MimeLinks *links, char *host)
{
	g_autofree char *owned = host;
	bool known = owned == NULL || links->hosts->len >= MIME_LINKS_MAX;
	for (guint i = 0; !known && i < links->hosts->len; i++) {
		known = g_str_equal(links->hosts->pdata[i], owned);
	}
	if (!known) {
		g_ptr_array_add(links->hosts, g_steal_pointer(&owned));
	}
	return host != NULL;
}

/* ---- Plain text: driven by the colons, which are rare ---- */

/* Octets of "http" or "https" before @colon, or 0. */
static size_t
scheme_before(BaseBytes text, size_t colon)
{
	for (size_t n = 4; n <= 5 && n <= colon; n++) {
		if (base_bytes_equal_nocase(base_bytes_slice(text, colon - n, n),
					    base_bytes("https", n))) {
			return n;
		}
	}
	return 0;
}

/* Octets at the end of @text that may begin a scheme. */
static size_t
open_end(BaseBytes text)
{
	for (size_t n = MIN(text.n, 5); n > 0; n--) {
		if (base_bytes_equal_nocase(base_bytes_slice(text, text.n - n, n),
					    base_bytes("https", n))) {
			return n;
		}
	}
	return 0;
}

/* One colon; false if more text is needed to know what it is. */
static bool
try_url(MimeLinks *links, BaseBytes text, size_t colon, bool last)
{
	BaseBytes rest = base_bytes_slice(text, colon + 1, SIZE_MAX);
	BaseBytes slashes = base_bytes_slice(rest, 0, 2);
	if (!base_bytes_equal(slashes, base_bytes("//", slashes.n))) {
		return true;
	}
	size_t end = 2;
	size_t most = MIN(rest.n, 2 + MIME_LINKS_URL);
	while (end < most && !mime_url_ends_plain(rest.p[end])) {
		end++;
	}
	if (end >= rest.n && end < 2 + MIME_LINKS_URL && !last) {
		return false;
	}
	if (rest.n > 2 && end < 2 + MIME_LINKS_URL) {
		mime_links_add(links, mime_url_host_plain(base_bytes_slice(rest, 2, end - 2)));
	}
	return true;
}

size_t
mime_links_scan_plain(MimeLinks *links, BaseBytes text, bool last)
{
	size_t at = 0;
	while (at < text.n) {
		const uint8_t *found = memchr(text.p + at, ':', text.n - at);
		if (found == NULL) {
			break;
		}
		size_t colon = (size_t)(found - text.p);
		size_t scheme = scheme_before(text, colon);
		if (scheme > 0 && !try_url(links, text, colon, last)) {
			return colon - scheme;
		}
		at = colon + 1;
	}
	return last ? text.n : text.n - open_end(text);
}

/* ---- Pieces ---- */

static size_t
scan(MimeLinks *links, BaseBytes text, bool last)
{
	return links->html ? mime_links_scan_html(links, text, last)
			   : mime_links_scan_plain(links, text, last);
}

static void
feed_piece(MimeLinks *links, BaseBytes piece)
{
	if (links->held->len == 0) {
		size_t used = scan(links, piece, false);
		g_byte_array_append(links->held, piece.p + used, (guint)(piece.n - used));
		return;
	}
	g_byte_array_append(links->held, piece.p, (guint)piece.n);
	size_t used = scan(links, base_bytes_of_array(links->held), false);
	g_byte_array_remove_range(links->held, 0, (guint)used);
}

void
mime_links_feed(MimeLinks *links, BaseBytes text, bool html)
{
	if (links->html != html) {
		mime_links_end(links);
		links->html = html;
	}
	for (size_t at = 0; at < text.n && links->hosts->len < MIME_LINKS_MAX;
	     at += BASE_LIMIT_BLOCK) {
		feed_piece(links, base_bytes_slice(text, at, BASE_LIMIT_BLOCK));
	}
}

void
mime_links_end(MimeLinks *links)
{
	scan(links, base_bytes_of_array(links->held), true);
	g_byte_array_set_size(links->held, 0);
	links->state = MIME_LINKS_IN_TEXT;
	links->in_anchor = false;
	links->foreign = false;
}

const GPtrArray *
mime_links_hosts(MimeLinks *links)
{
	mime_links_end(links);
	return links->hosts;
}
