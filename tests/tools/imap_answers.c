/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Answers FETCH items and SEARCH programs for messages in files, to be compared with what a server
 * answers.
 *
 *   imap_answers fetch "ITEMS" FILE...       e.g. "(ENVELOPE BODY[])"
 *   imap_answers search MAILBOX PROGRAMS     two files
 *
 * fetch: for each file and item one record: its length in octets, a newline, the octets, a newline.
 * An item that fails is "NO ".
 * search: a line of MAILBOX is a message: file, sequence number, UID, mod-sequence, INTERNALDATE
 * and flags, with tabs between; PROGRAMS has a program a line. For each one line: the sequence
 * numbers, or "NO".
 */
#include "imap/date.h"
#include "imap/message.h"
#include "imap/search.h"
#include <stdio.h>
#include <stdlib.h>

static void
fail(const char *what)
{
	fprintf(stderr, "imap_answers: %s\n", what);
	exit(1);
}

static void
print_record(BaseBytes record)
{
	printf("%zu\n", record.n);
	fwrite(record.p, 1, record.n, stdout);
	putchar('\n');
}

static void
print_answer(ImapMessage *message, const ImapItem *item)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	if (imap_message_answer(message, item, out, &error)) {
		print_record(base_sink_peek_bytes(out));
	} else {
		print_record(BASE_LIT("NO "));
	}
}

static GBytes *
load(const char *path)
{
	g_autoptr(GError) error = NULL;
	char *data = NULL;
	gsize n = 0;
	if (!g_file_get_contents(path, &data, &n, &error)) {
		fail(error->message);
	}
	return g_bytes_new_take(data, n);
}

static void
fetch(const char *items, char **paths)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *args = g_strconcat("1 ", items, "\r\n", NULL);
	g_autoptr(ImapFetch) asked = imap_fetch_parse(base_bytes_str(args), &error);
	if (asked == NULL) {
		fail(error->message);
	}
	for (; *paths != NULL; paths++) {
		g_autoptr(GBytes) octets = load(*paths);
		g_autoptr(ImapMessage) message = imap_message_new(octets, &error);
		if (message == NULL) {
			fail(error->message);
		}
		for (guint i = 0; i < asked->items->len; i++) {
			print_answer(message, asked->items->pdata[i]);
		}
	}
}

static GHashTable *
flags_of(const char *words)
{
	GHashTable *flags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) list = g_strsplit(words, " ", -1);
	for (char **flag = list; *flag != NULL; flag++) {
		g_hash_table_add(flags, g_ascii_strdown(*flag, -1));
	}
	return flags;
}

static void
facts_clear(gpointer data)
{
	ImapSearchFacts *facts = data;
	g_hash_table_unref(facts->flags);
	imap_message_free(facts->message);
}

static void
add_facts(GArray *mailbox, const char *line)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) words = g_strsplit(line, "\t", 6);
	if (g_strv_length(words) != 6) {
		fail("a line of the mailbox is not right");
	}
	g_autoptr(GBytes) octets = load(words[0]);
	ImapSearchFacts facts = {.seq = (guint32)g_ascii_strtoull(words[1], NULL, 10),
				 .uid = (guint32)g_ascii_strtoull(words[2], NULL, 10),
				 .modseq = g_ascii_strtoull(words[3], NULL, 10),
				 .now = g_get_real_time() / G_USEC_PER_SEC};
	if (!imap_date_parse_internal(base_bytes_str(words[4]), &facts.day, &facts.internal_date)) {
		fail("a date of the mailbox is not right");
	}
	facts.flags = flags_of(words[5]);
	facts.message = imap_message_new(octets, &error);
	if (facts.message == NULL) {
		fail(error->message);
	}
	g_array_append_val(mailbox, facts);
}

static char **
lines_of(const char *path)
{
	g_autoptr(GBytes) octets = load(path);
	g_autofree char *text = base_bytes_strdup(base_bytes_of(octets));
	return g_strsplit(g_strchomp(text), "\n", -1);
}

static void
run_program(const char *program, const GArray *mailbox)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *args = g_strconcat(program, "\r\n", NULL);
	g_autoptr(ImapSearch) search = imap_search_parse(base_bytes_str(args), &error);
	if (search == NULL) {
		printf("NO\n");
		return;
	}
	for (guint i = 0; i < mailbox->len; i++) {
		const ImapSearchFacts *facts = &g_array_index(mailbox, ImapSearchFacts, i);
		if (imap_search_matches(search, facts)) {
			printf("%u ", facts->seq);
		}
	}
	printf("\n");
}

static void
search(const char *mailbox_path, const char *programs_path)
{
	g_auto(GStrv) lines = lines_of(mailbox_path);
	g_auto(GStrv) programs = lines_of(programs_path);
	g_autoptr(GArray) mailbox = g_array_new(FALSE, TRUE, sizeof(ImapSearchFacts));
	g_array_set_clear_func(mailbox, facts_clear);
	for (char **line = lines; *line != NULL; line++) {
		add_facts(mailbox, *line);
	}
	for (guint i = 0; i < mailbox->len; i++) {
		ImapSearchFacts *facts = &g_array_index(mailbox, ImapSearchFacts, i);
		const ImapSearchFacts *last =
			&g_array_index(mailbox, ImapSearchFacts, mailbox->len - 1);
		facts->n_messages = last->seq;
		facts->last_uid = last->uid;
	}
	for (char **program = programs; *program != NULL; program++) {
		run_program(*program, mailbox);
	}
}

int
main(int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "fetch") == 0) {
		fetch(argv[2], argv + 3);
	} else if (argc == 4 && strcmp(argv[1], "search") == 0) {
		search(argv[2], argv[3]);
	} else {
		fail("usage: imap_answers fetch ITEMS FILE... | search MAILBOX PROGRAMS");
	}
	return 0;
}
