/* SPDX-License-Identifier: MPL-2.0 */
/* Fuzz target: what trust is built on: Authentication-Results, links, hand-overs. The first octet
 * chooses. */
#include "cert/address.h"
#include "cert/handover.h"
#include "mime/authres.h"
#include "mime/handover.h"
#include "mime/links.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_authres(BaseBytes text)
{
	g_autoptr(MimeHeader) header = NULL;
	if (!mime_header_parse(text, &header, NULL)) {
		return;
	}
	MimeAuthres out = {0};
	mime_authres_read(header, "mx.example.org", "example.com", NULL, &out);
	g_assert_true(out.found || (!out.dmarc_pass && !out.dmarc_fail && !out.dkim_aligned));
	g_assert_false(out.dmarc_pass && out.dmarc_fail);
}

static MimeLinks *
links_of(BaseBytes text, bool html, size_t chunk)
{
	MimeLinks *links = mime_links_new();
	for (size_t at = 0; at < text.n; at += chunk) {
		mime_links_feed(links, base_bytes_slice(text, at, chunk), html);
	}
	return links;
}

/* In one piece and octet by octet: the same hosts, each in its one form. */
static void
try_links(BaseBytes text, bool html)
{
	g_autoptr(MimeLinks) whole = links_of(text, html, MAX(text.n, 1));
	g_autoptr(MimeLinks) single = links_of(text, html, 1);
	const GPtrArray *a = mime_links_hosts(whole);
	const GPtrArray *b = mime_links_hosts(single);
	g_assert_cmpuint(a->len, ==, b->len);
	g_assert_cmpuint(a->len, <=, MIME_LINKS_MAX);
	for (guint i = 0; i < a->len; i++) {
		const char *host = a->pdata[i];
		g_autofree char *lower = g_ascii_strdown(host, -1);
		g_assert_cmpstr(host, ==, b->pdata[i]);
		g_assert_cmpstr(host, ==, lower);
		g_assert_true(*host != '\0' && g_str_is_ascii(host));
	}
}

/* Fields that were read can be written, and read as the same again. */
static void
try_field(BaseBytes text)
{
	g_autoptr(MimeHeader) header = NULL;
	g_autoptr(GPtrArray) found = NULL;
	if (!mime_header_parse(text, &header, NULL) || !mime_handover_read(header, &found)) {
		return;
	}
	g_assert_cmpuint(found->len, <=, MIME_HANDOVER_MAX);
	for (guint i = 0; i < found->len; i++) {
		const MimeHandover *handover = found->pdata[i];
		g_autoptr(MimeHeader) again = mime_header_new();
		g_autoptr(GPtrArray) back = NULL;
		if (!mime_handover_write(again, handover, NULL)) {
			continue; /* folds make it longer */
		}
		g_assert_true(mime_handover_read(again, &back));
		const MimeHandover *copy = back->pdata[0];
		g_assert_true(g_bytes_equal(copy->statement, handover->statement));
		g_assert_true(g_bytes_equal(copy->signature, handover->signature));
		g_assert_true(g_bytes_equal(copy->root, handover->root));
	}
}

static void
try_statement(BaseBytes der)
{
	g_auto(CertHandover) read = {0};
	if (cert_handover_read(der, &read)) {
		g_autofree char *canonical = cert_address_normalise(read.address);
		g_assert_cmpstr(canonical, ==, read.address);
		g_assert_true(memcmp(read.old_root, read.new_root, CERT_HANDOVER_HASH) != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 65536) {
		return 0;
	}
	BaseBytes rest = base_bytes(data + 1, size - 1);
	switch (data[0]) {
	case 'a':
		try_authres(rest);
		break;
	case 'h':
		try_field(rest);
		break;
	case 's':
		try_statement(rest);
		break;
	default:
		try_links(rest, data[0] == 'l');
	}
	return 0;
}
