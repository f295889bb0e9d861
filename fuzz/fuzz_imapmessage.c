/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Answers about hostile messages. The input is a SEARCH program, a line end, and a message. What
 * must hold for any octets:
 *  - parts lie within their parents, one after the other;
 *  - the announced size of a section is its size, partials agree with the whole;
 *  - header and text are the message; answers repeat equal;
 *  - a search program that can be read can be asked, and NOT is its contrary.
 */
#include "base/limits.h"
#include "imap/message_private.h"
#include "imap/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char items[] =
	"1 (ENVELOPE BODYSTRUCTURE BODY RFC822.SIZE RFC822.HEADER BODY[TEXT] BODY[1] BODY[1.MIME] "
	"BODY[2.HEADER] BODY[1.TEXT] BODY[2.1]<1.9> BODY[HEADER.FIELDS (SUBJECT)] "
	"BODY[1.HEADER.FIELDS.NOT (FROM)] BINARY[1] BINARY.SIZE[2] BINARY[2]<1.5> PREVIEW)\r\n";

static GBytes *
answer(ImapMessage *message, const ImapItem *item)
{
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	bool answered = imap_message_answer(message, item, out, NULL);
	g_assert_true(answered || base_sink_peek_bytes(out).n == 0);
	return base_sink_take_bytes(out);
}

/* "NAME {n}" CRLF and n octets, or "NAME ~{n}" ... */
static void
check_literal(GBytes *whole)
{
	BaseBytes b = base_bytes_of(whole);
	size_t brace = base_bytes_find(b, BASE_LIT("{"));
	size_t end = base_bytes_find(b, BASE_LIT("}\r\n"));
	g_assert_true(b.n == 0 || (brace != SIZE_MAX && end != SIZE_MAX));
	if (b.n > 0) {
		g_autofree char *n = base_bytes_strdup(base_bytes_slice(b, brace + 1, end - brace));
		g_assert_cmpuint(g_ascii_strtoull(n, NULL, 10), ==, b.n - end - 3);
	}
}

static void
check_part(const GArray *parts, const ImapPart *part)
{
	const ImapPart *parent = imap_structure_at(parts, part->parent);
	const ImapPart *next = imap_structure_at(parts, part->next);
	size_t end = part->at + part->header_n + part->body_n;
	g_assert_cmpuint(part->depth, <, BASE_LIMIT_MIME_DEPTH);
	if (parent != NULL) {
		g_assert_cmpuint(part->at, >=, parent->at + parent->header_n);
		g_assert_cmpuint(end, <=, parent->at + parent->header_n + parent->body_n);
	}
	g_assert_true(next == NULL || next->at >= end);
}

static void
check_message(GBytes *octets, ImapMessage *message)
{
	const GArray *parts = imap_message_parts(message);
	const ImapPart *root = imap_structure_at(parts, 0);
	g_assert_cmpuint(parts->len, <=, BASE_LIMIT_MIME_PARTS);
	g_assert_cmpuint(root->header_n + root->body_n, ==, g_bytes_get_size(octets));
	g_assert_cmpuint(root->header_n, ==, imap_message_header(message).n);
	for (guint i = 0; i < parts->len; i++) {
		check_part(parts, imap_structure_at(parts, i));
	}
}

static void
check_answers(ImapMessage *message)
{
	g_autoptr(ImapFetch) asked = imap_fetch_parse(base_bytes_str(items), NULL);
	for (guint i = 0; i < asked->items->len; i++) {
		const ImapItem *item = asked->items->pdata[i];
		g_autoptr(GBytes) once = answer(message, item);
		g_autoptr(GBytes) again = answer(message, item);
		g_assert_true(g_bytes_equal(once, again));
		if (item->kind == IMAP_ITEM_SECTION || item->kind == IMAP_ITEM_BINARY) {
			check_literal(once);
		}
	}
}

/* -1: not a program; else whether it finds the message. */
static int
search_for(const char *before, BaseBytes program, const char *after, ImapMessage *message)
{
	g_autoptr(GByteArray) args = g_byte_array_new();
	g_byte_array_append(args, (const guint8 *)before, (guint)strlen(before));
	g_byte_array_append(args, program.p, (guint)program.n);
	g_byte_array_append(args, (const guint8 *)after, (guint)strlen(after));
	g_autoptr(ImapSearch) search = imap_search_parse(base_bytes_of_array(args), NULL);
	g_autoptr(GHashTable) flags = g_hash_table_new(g_str_hash, g_str_equal);
	ImapSearchFacts facts = {1, 1, 1, 1, flags, 0, 1, 1, 1, message};
	return search == NULL ? -1 : imap_search_matches(search, &facts) ? 1 : 0;
}

/* With brackets and strings the two would be other programs. */
static bool
can_be_wrapped(BaseBytes program)
{
	for (size_t i = 0; i < program.n; i++) {
		if (program.p[i] == '\0' || strchr("(){\"$", program.p[i]) != NULL) {
			return false;
		}
	}
	return true;
}

static void
check_search(BaseBytes program, ImapMessage *message)
{
	search_for("", program, "\r\n", message);
	if (!can_be_wrapped(program)) {
		return;
	}
	int found = search_for("(", program, ")\r\n", message);
	int not_found = search_for("NOT (", program, ")\r\n", message);
	g_assert_true(found == -1 || not_found == -1 || found != not_found);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BaseBytes all = base_bytes(data, size);
	size_t line = MIN(base_bytes_find(all, BASE_LIT("\n")), size);
	BaseBytes message_octets = base_bytes_slice(all, line + 1, size);
	g_autoptr(GBytes) octets = base_bytes_dup(message_octets);
	g_autoptr(ImapMessage) message = imap_message_new(octets, NULL);
	if (message != NULL) {
		check_message(octets, message);
		check_answers(message);
		check_search(base_bytes_slice(all, 0, line), message);
	}
	return 0;
}
