/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fuzz target: header protection. The first octet chooses facts and policy; the rest, cut at NUL,
 * is the payload, the outer header and the embedded header; the payload also goes through the
 * Legacy Display filters and the reader of unobtrusive signatures.
 */
#include "mime/legacy.h"
#include "mime/protect.h"
#include "mime/unobtrusive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static MimeHeader *
next_header(BaseBytes *rest, BaseBytes *text)
{
	size_t end = MIN(base_bytes_find(*rest, base_bytes("", 1)), rest->n);
	*text = base_bytes_slice(*rest, 0, end);
	*rest = base_bytes_slice(*rest, end + 1, SIZE_MAX);
	MimeHeader *header = NULL;
	return mime_header_parse(*text, &header, NULL) ? header : mime_header_new();
}

/* No field is stronger than the layers allow, and every listed field is displayed. */
static void
check_read(const MimeProtection *p, MimeProtectFacts facts)
{
	for (guint i = 0; i < p->fields->len; i++) {
		const MimeFieldProtection *f = &g_array_index(p->fields, MimeFieldProtection, i);
		bool is_signed = f->state == MIME_FIELD_SIGNED_ONLY ||
				 f->state == MIME_FIELD_SIGNED_AND_ENCRYPTED;
		bool encrypted = f->state >= MIME_FIELD_ENCRYPTED_ONLY;
		g_assert_true(!is_signed || facts.signature_valid);
		g_assert_true(!encrypted || (facts.encrypted && p->hp == MIME_HP_CIPHER));
		g_assert_true(f->state == MIME_FIELD_UNPROTECTED || p->header_protected);
		g_assert_nonnull(mime_header_find(p->display, f->field->name));
	}
}

/* What is composed has header protection when it is read, and hides what the policy hides. */
static void
try_compose(const MimeHeader *root, MimeProtectWish wish)
{
	g_auto(MimeProtected) made = mime_protect_compose(root, &wish);
	g_autoptr(GByteArray) inner_text = g_byte_array_new();
	g_autoptr(GByteArray) outer_text = g_byte_array_new();
	mime_header_write(made.inner, true, inner_text);
	mime_header_write(made.outer, true, outer_text);
	g_autoptr(MimeHeader) inner = NULL;
	g_autoptr(MimeHeader) outer = NULL;
	if (!mime_header_parse(base_bytes_of_array(inner_text), &inner, NULL) ||
	    !mime_header_parse(base_bytes_of_array(outer_text), &outer, NULL)) {
		return;
	}
	bool cipher = wish.mode == MIME_PROTECT_CIPHER;
	MimeProtectFacts facts = {true, cipher, true};
	g_autoptr(MimeProtection) p = mime_protection_read(inner, outer, NULL, facts);
	g_assert_cmpint(p->scheme, ==, MIME_SCHEME_RFC9788);
	g_assert_cmpint(p->hp, ==, cipher ? MIME_HP_CIPHER : MIME_HP_CLEAR);
	g_assert_cmpuint(mime_header_length(inner), ==, mime_header_length(made.inner));
	g_assert_cmpuint(mime_header_count(outer, "Bcc") + mime_header_count(inner, "Bcc"), ==, 0);
	const char *subject = mime_header_value(outer, "Subject");
	if (cipher && wish.policy != MIME_HCP_NONE && subject != NULL) {
		g_assert_cmpstr(subject, ==, "[...]");
	}
}

static GBytes *
run(BaseSink *sink, BaseSink *memory, BaseBytes text, size_t chunk)
{
	bool ok = true;
	for (size_t at = 0; ok && at < text.n; at += chunk) {
		ok = base_sink_write(sink, base_bytes_slice(text, at, chunk), NULL);
	}
	ok = ok && base_sink_finish(sink, NULL);
	return ok ? base_sink_take_bytes(memory) : NULL;
}

/* In and out again gives the text, whatever the chunks. */
static void
try_legacy(BaseBytes text, MimeLegacy kind)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	g_ptr_array_add(lines, (gpointer)(guintptr) "Subject: <x>");
	g_autoptr(BaseSink) one = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) insert = mime_legacy_insert_new(kind, lines, NULL, true, one);
	g_autoptr(GBytes) with = run(insert, one, text, 7);
	g_autoptr(BaseSink) two = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) whole = mime_legacy_remove_new(kind, two);
	g_autoptr(GBytes) without = run(whole, two, base_bytes_of(with), SIZE_MAX);
	g_autoptr(BaseSink) three = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) piecewise = mime_legacy_remove_new(kind, three);
	g_autoptr(GBytes) again = run(piecewise, three, base_bytes_of(with), 1);
	g_assert_true(g_bytes_equal(without, again));
	bool own = base_bytes_find(text, BASE_LIT(MIME_LEGACY_CLASS)) != SIZE_MAX;
	if (kind == MIME_LEGACY_PLAIN || !own) {
		g_assert_true(base_bytes_equal(base_bytes_of(without), text));
	}
}

static void
try_walk(BaseBytes text)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	g_ptr_array_add(lines, (gpointer)(guintptr) "Subject: \xc3\xbc");
	g_autoptr(BaseSink) one = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) insert = mime_walk_new(one, &mime_legacy_insert_visitor, lines);
	g_autoptr(GBytes) with = run(insert, one, text, 64);
	if (with == NULL) {
		return;
	}
	g_autoptr(BaseSink) two = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) away = mime_walk_new(two, &mime_legacy_remove_visitor, NULL);
	g_bytes_unref(run(away, two, base_bytes_of(with), 64));
}

/* Signed octets end in exactly one line end and do not depend on the chunks. */
static void
try_unobtrusive(const MimeHeader *root, BaseBytes text)
{
	g_autoptr(BaseSink) one = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) whole = mime_unobtrusive_reader_new(root, one);
	if (whole == NULL) {
		return;
	}
	g_autoptr(GBytes) a = run(whole, one, text, SIZE_MAX);
	g_autoptr(BaseSink) two = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) pieces = mime_unobtrusive_reader_new(root, two);
	g_autoptr(GBytes) b = run(pieces, two, text, 1);
	bool ok = mime_unobtrusive_reader_is_signed(whole);
	g_assert_true(ok == mime_unobtrusive_reader_is_signed(pieces));
	g_assert_true(g_bytes_equal(a, b));
	if (!ok) {
		return;
	}
	g_autoptr(BaseSink) three = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) canonical = mime_unobtrusive_canonical_new(three);
	g_autoptr(GBytes) c = run(canonical, three, base_bytes_of(a), 5);
	g_assert_true(g_bytes_equal(a, c));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0) {
		return 0;
	}
	unsigned bits = data[0];
	BaseBytes rest = base_bytes(data + 1, size - 1);
	BaseBytes text, ignored;
	g_autoptr(MimeHeader) payload = next_header(&rest, &text);
	g_autoptr(MimeHeader) outer = next_header(&rest, &ignored);
	g_autoptr(MimeHeader) embedded = next_header(&rest, &ignored);
	MimeProtectFacts facts = {bits & 1, bits & 2, (bits & 5) == 5};
	g_autoptr(MimeProtection) p =
		mime_protection_read(payload, outer, bits & 8 ? embedded : NULL, facts);
	check_read(p, facts);
	mime_protection_show_outer_from(p, outer);
	g_autoptr(MimeResponse) response = mime_response_new(payload, "a@b");
	MimeProtectWish wish = {bits & 16 ? MIME_PROTECT_CIPHER : MIME_PROTECT_CLEAR,
				(MimeHcp)((bits >> 5) % 3), response, bits & 128};
	try_compose(outer, wish);
	try_legacy(text, bits & 32 ? MIME_LEGACY_HTML : MIME_LEGACY_PLAIN);
	try_walk(text);
	try_unobtrusive(outer, text);
	return 0;
}
