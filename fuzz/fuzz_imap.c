/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IMAP parsers over arbitrary input; the first octet says which. What was read is written down
 * again and must read the same; spans must lie in the input.
 */
#include "imap/append.h"
#include "imap/command.h"
#include "imap/fetch.h"
#include "imap/fetched.h"
#include "imap/list.h"
#include "imap/literal.h"
#include "imap/message.h"
#include "imap/rewrite.h"
#include "imap/search.h"
#include "imap/set.h"
#include "imap/utf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(BaseBytes inner, BaseBytes outer)
{
	if (inner.n > 0) {
		g_assert_true(inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n);
	}
}

static void
run_command(BaseBytes in)
{
	g_autoptr(ImapCommand) command = NULL;
	if (!imap_command_parse(in, &command, NULL)) {
		g_assert_true(command == NULL || command->name == NULL);
		return;
	}
	check_inside(command->args, in);
	BaseBytes rest = command->args;
	for (size_t before = SIZE_MAX; rest.n > 0 && rest.n < before;) {
		before = rest.n;
		g_autofree char *string = imap_take_astring(&rest);
		g_autofree char *quoted = string == NULL ? NULL : imap_quote(string);
		if (quoted != NULL) {
			BaseBytes again = base_bytes_str(quoted);
			g_autofree char *same = imap_take_astring(&again);
			g_assert_cmpstr(same, ==, string);
		}
		g_auto(GStrv) atoms G_GNUC_UNUSED = imap_take_atoms(&rest);
		check_inside(rest, in);
	}
}

static char *
written(const ImapFetch *fetch)
{
	GString *out = g_string_new(fetch->set_wire);
	g_string_append(out, " (");
	for (guint i = 0; i < fetch->items->len; i++) {
		const ImapItem *item = g_ptr_array_index(fetch->items, i);
		g_string_append_printf(out, "%s%s", i > 0 ? " " : "", item->wire);
	}
	g_string_append_printf(out, ") %s", fetch->modifiers == NULL ? "" : fetch->modifiers);
	return g_string_free(out, FALSE);
}

static void
run_fetch(BaseBytes in)
{
	g_autoptr(ImapFetch) fetch = imap_fetch_parse(in, NULL);
	if (fetch == NULL || memchr(in.p, 0, in.n) != NULL) {
		return;
	}
	g_autofree char *text = written(fetch);
	g_autoptr(ImapFetch) again = imap_fetch_parse(base_bytes_str(text), NULL);
	g_assert_nonnull(again);
	g_assert_cmpuint(again->items->len, ==, fetch->items->len);
	for (guint i = 0; i < fetch->items->len; i++) {
		const ImapItem *a = g_ptr_array_index(fetch->items, i);
		const ImapItem *b = g_ptr_array_index(again->items, i);
		g_assert_cmpstr(a->name, ==, b->name);
		g_assert_true(a->kind == b->kind);
	}
}

static void
run_fetched(BaseBytes in)
{
	g_auto(ImapFetched) fetched = {0};
	if (!imap_fetched_parse(in, &fetched)) {
		return;
	}
	g_assert_true(fetched.pending != fetched.complete);
	check_inside(fetched.pending_name, in);
	for (guint i = 0; i < fetched.items->len; i++) {
		const ImapFetchedItem *item = &g_array_index(fetched.items, ImapFetchedItem, i);
		g_autofree char *name = base_bytes_strdup(item->name);
		g_autoptr(GBytes) octets G_GNUC_UNUSED = imap_fetched_octets(item);
		check_inside(item->name, in);
		check_inside(item->value, in);
		g_assert_true(imap_fetched_find(&fetched, name) != NULL ||
			      memchr(item->name.p, 0, item->name.n) != NULL);
	}
}

static void
run_response(BaseBytes in)
{
	static const ImapCapabilityPolicy policy = {.views = true, .logged_in = true};
	ImapResponse response;
	imap_response_parse(in, &response);
	check_inside(response.tag, in);
	check_inside(response.code, in);
	check_inside(response.rest, in);
	g_autoptr(GBytes) once = imap_rewrite_capabilities(in, &policy);
	if (once != NULL) {
		g_autoptr(GBytes) twice = imap_rewrite_capabilities(base_bytes_of(once), &policy);
		g_assert_nonnull(twice);
		g_assert_true(g_bytes_equal(once, twice));
	}
}

static void
run_flags(BaseBytes in)
{
	static const char *const add[] = {"$PostsealOk", NULL};
	g_autofree char *once = imap_rewrite_flags(in, "$Postseal", NULL);
	g_autofree char *more = imap_rewrite_flags(in, "$Postseal", add);
	g_assert_nonnull(more);
	if (once != NULL) {
		g_autofree char *twice =
			imap_rewrite_flags(base_bytes_str(once), "$Postseal", NULL);
		g_assert_null(twice);
	}
}

static void
run_set(BaseBytes in)
{
	g_autoptr(ImapSet) set = imap_set_parse(in, NULL);
	if (set == NULL) {
		return;
	}
	g_autofree char *text = imap_set_to_string(set);
	g_autoptr(ImapSet) again = imap_set_parse(base_bytes_str(text), NULL);
	g_assert_nonnull(again);
	for (guint32 n = 1; n < 20; n++) {
		g_assert_true(imap_set_contains(set, n, 9) == imap_set_contains(again, n, 9));
	}
}

static void
run_literal(BaseBytes in)
{
	ImapLiteral literal = {0};
	size_t head = 0;
	if (imap_literal_at_start(in, &literal, &head)) {
		g_assert_cmpuint(head, <=, in.n);
		ImapLiteral at_end = {0};
		g_assert_true(imap_literal_at_end(base_bytes_slice(in, 0, head), &at_end));
		g_assert_cmpuint(at_end.size, ==, literal.size);
	}
	imap_literal_at_end(in, &literal);
}

/* The first line is a FETCH command's arguments, the rest a message. */
static void
run_message(BaseBytes in)
{
	size_t line = base_bytes_find(in, BASE_LIT("\n"));
	if (line == SIZE_MAX) {
		return;
	}
	g_autoptr(ImapFetch) fetch = imap_fetch_parse(base_bytes_slice(in, 0, line + 1), NULL);
	g_autoptr(GBytes) octets = base_bytes_dup(base_bytes_slice(in, line + 1, SIZE_MAX));
	g_autoptr(ImapMessage) message = imap_message_new(octets, NULL);
	if (fetch == NULL || message == NULL) {
		return;
	}
	g_autoptr(GString) response = g_string_new("* 1 FETCH (UID 1");
	for (guint i = 0; i < fetch->items->len; i++) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		g_autoptr(BaseSink) sink = base_sink_new_array(out, 1U << 26);
		bool ok = imap_message_answer(message, g_ptr_array_index(fetch->items, i), sink,
					      NULL);
		if (ok && out->len > 0) {
			g_string_append_c(response, ' ');
			g_string_append_len(response, (const char *)out->data, out->len);
		}
	}
	g_string_append(response, ")\r\n");
	g_auto(ImapFetched) fetched = {0};
	g_assert_true(imap_fetched_parse(base_bytes(response->str, response->len), &fetched));
	g_assert_true(fetched.complete);
}

/* The first line is a SEARCH command's arguments, the rest a message. */
static void
run_search(BaseBytes in)
{
	size_t line = base_bytes_find(in, BASE_LIT("\n"));
	if (line == SIZE_MAX) {
		return;
	}
	g_autoptr(ImapSearch) search = imap_search_parse(base_bytes_slice(in, 0, line + 1), NULL);
	g_autoptr(GBytes) octets = base_bytes_dup(base_bytes_slice(in, line + 1, SIZE_MAX));
	g_autoptr(ImapMessage) message = imap_message_new(octets, NULL);
	g_autoptr(GHashTable) flags = g_hash_table_new(g_str_hash, g_str_equal);
	if (search == NULL || message == NULL) {
		return;
	}
	ImapSearchFacts facts = {.seq = 3,
				 .uid = 7,
				 .n_messages = 5,
				 .last_uid = 9,
				 .flags = flags,
				 .internal_date = 1000000000,
				 .day = 700000,
				 .now = 1000000100,
				 .modseq = 4,
				 .message = message};
	bool once = imap_search_matches(search, &facts);
	g_assert_true(imap_search_matches(search, &facts) == once);
}

static void
run_append(BaseBytes in)
{
	ImapAppend append;
	if (imap_append_parse(in, &append)) {
		BaseBytes mailbox = append.mailbox;
		g_autofree char *name = imap_take_astring(&mailbox);
		check_inside(append.mailbox, in);
		check_inside(append.flags, in);
		g_assert_true(name != NULL ||
			      memchr(append.mailbox.p, 0, append.mailbox.n) != NULL);
	}
}

static void
run_list(BaseBytes in)
{
	g_auto(ImapListed) listed = {0};
	if (imap_listed_parse(in, &listed)) {
		g_assert_cmpint((int)imap_use_of(listed.mailbox, listed.attributes), <=,
				(int)IMAP_USE_TRASH);
		g_autofree char *name = imap_utf7_decode(listed.mailbox);
		g_assert_true(name == NULL || g_utf8_validate(name, -1, NULL));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		char which;
		void (*run)(BaseBytes in);
	} targets[] = {
		{'c', run_command}, {'f', run_fetch},  {'r', run_fetched}, {'o', run_response},
		{'k', run_flags},   {'s', run_set},    {'l', run_literal}, {'m', run_message},
		{'q', run_search},  {'a', run_append}, {'n', run_list},
	};

	for (size_t i = 0; size > 0 && i < G_N_ELEMENTS(targets); i++) {
		if (data[0] == (uint8_t)targets[i].which) {
			targets[i].run(base_bytes(data + 1, size - 1));
		}
	}
	return 0;
}
