/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Asks src/mail, one line a question, one line an answer (tests/e2e/test_mail_source.py):
 *   mail_source maildir PATH
 *   mail_source imap URL CA USER    mail_source smtp URL CA USER   (password in MAIL_SECRET)
 *   mail_source post ADDRESS PATH ...
 * Words of a line are URI-escaped and divided by blanks. Answers: "ok ..." or "error CODE TEXT".
 * "begin" before a line has a thread ask it; "stop" cancels that, and "end" answers what became of
 * it.
 */
#include "mail/login.h"
#include "mail/maildir.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
	MailStore *store;
	MailOutlet *outlet;
	GCancellable *stop; /* NULL: nothing stops it */
} Ask;

typedef bool (*Command)(const Ask *ask, char **words, GString *out, GError **error);

static void
put(GString *out, const char *text)
{
	g_autofree char *escaped = g_uri_escape_string(text, "@<>:,;=/+", FALSE);
	g_string_append_printf(out, " %s", *escaped == '\0' ? "-" : escaped);
}

static bool
do_folders(const Ask *ask, G_GNUC_UNUSED char **words, GString *out, GError **error)
{
	g_autoptr(GPtrArray) folders = mail_store_folders(ask->store, ask->stop, error);
	for (guint i = 0; folders != NULL && i < folders->len; i++) {
		const MailFolder *f = g_ptr_array_index(folders, i);
		g_autofree char *text =
			g_strdup_printf("%s|%s|%s|%u|%u", f->id, f->name, mail_role_name(f->role),
					f->total, f->unread);
		put(out, text);
	}
	return folders != NULL;
}

static guint
number(const char *word)
{
	return word == NULL ? 0 : (guint)g_ascii_strtoull(word, NULL, 10);
}

/* list FOLDER OFFSET LIMIT [SEARCH] */
static bool
do_list(const Ask *ask, char **words, GString *out, GError **error)
{
	MailQuery query = {.offset = number(words[2]), .limit = number(words[3])};
	query.search = words[4];
	g_autoptr(MailPage) page = mail_store_list(ask->store, words[1], &query, ask->stop, error);
	if (page == NULL) {
		return false;
	}
	g_string_append_printf(out, " %u %d", page->total, page->complete);
	for (guint i = 0; i < page->entries->len; i++) {
		const MailEntry *e = g_ptr_array_index(page->entries, i);
		g_autofree char *text = g_strdup_printf(
			"%s|%u|%" G_GUINT64_FORMAT "|%" G_GINT64_FORMAT "|%u", e->id,
			(guint)e->flags, e->size, e->received, (guint)g_bytes_get_size(e->header));
		put(out, text);
	}
	return true;
}

/* read FOLDER ID FILE */
static bool
do_read(const Ask *ask, char **words, GString *out, GError **error)
{
	MailFlags flags = 0;
	g_autoptr(GBytes) octets =
		mail_store_read(ask->store, words[1], words[2], &flags, ask->stop, error);
	if (octets == NULL) {
		return false;
	}
	gsize n = 0;
	const char *data = g_bytes_get_data(octets, &n);
	g_string_append_printf(out, " %" G_GSIZE_FORMAT " %u", n, (guint)flags);
	return g_file_set_contents(words[3], n == 0 ? "" : data, (gssize)n, error);
}

/* flag FOLDER ID SET CLEAR */
static bool
do_flag(const Ask *ask, char **words, G_GNUC_UNUSED GString *out, GError **error)
{
	MailChange change = {(MailFlags)number(words[3]), (MailFlags)number(words[4])};
	return mail_store_flag(ask->store, words[1], words[2], change, ask->stop, error);
}

static bool
put_id(GString *out, char *id)
{
	g_autofree char *owned = id;
	if (owned != NULL) {
		put(out, owned);
	}
	return owned != NULL;
}

static bool
do_move(const Ask *ask, char **words, GString *out, GError **error)
{
	return put_id(out,
		      mail_store_move(ask->store, words[1], words[2], words[3], ask->stop, error));
}

static bool
do_remove(const Ask *ask, char **words, G_GNUC_UNUSED GString *out, GError **error)
{
	return mail_store_remove(ask->store, words[1], words[2], ask->stop, error);
}

static GBytes *
file_bytes(const char *path, GError **error)
{
	char *data = NULL;
	gsize n = 0;
	return g_file_get_contents(path, &data, &n, error) ? g_bytes_new_take(data, n) : NULL;
}

/* append FOLDER FILE FLAGS */
static bool
do_append(const Ask *ask, char **words, GString *out, GError **error)
{
	g_autoptr(GBytes) octets = file_bytes(words[2], error);
	return octets != NULL &&
	       put_id(out, mail_store_append(ask->store, words[1], octets,
					     (MailFlags)number(words[3]), ask->stop, error));
}

/* make ROLE-NUMBER */
static bool
do_make(const Ask *ask, char **words, GString *out, GError **error)
{
	return put_id(out, mail_store_make_folder(ask->store, (MailRole)number(words[1]), ask->stop,
						  error));
}

/* send all|some FILE FROM TO ... */
static bool
do_send(const Ask *ask, char **words, GString *out, GError **error)
{
	MailEnvelope envelope = {
		.from = words[3],
		.recipients = (const char *const *)(words + 4),
		.all = g_str_equal(words[1], "all"),
	};
	g_autoptr(GBytes) octets = file_bytes(words[2], error);
	g_autoptr(GPtrArray) fates =
		octets == NULL ? NULL
			       : mail_outlet_send(ask->outlet, &envelope, octets, ask->stop, error);
	for (guint i = 0; fates != NULL && i < fates->len; i++) {
		const MailDelivery *d = g_ptr_array_index(fates, i);
		g_autofree char *text = g_strdup_printf("%s|%s|%u|%s", d->address,
							mail_fate_name(d->fate), d->code, d->reply);
		put(out, text);
	}
	return fates != NULL;
}

/* check */
static bool
do_check(const Ask *ask, G_GNUC_UNUSED char **words, G_GNUC_UNUSED GString *out, GError **error)
{
	return ask->outlet != NULL ? mail_outlet_check(ask->outlet, ask->stop, error)
				   : mail_store_check(ask->store, ask->stop, error);
}

static const struct {
	const char *name;
	guint words;
	bool store;
	bool outlet;
	Command run;
} COMMANDS[] = {
	{"folders", 1, true, false, do_folders}, {"list", 4, true, false, do_list},
	{"read", 4, true, false, do_read},       {"flag", 5, true, false, do_flag},
	{"move", 4, true, false, do_move},       {"remove", 3, true, false, do_remove},
	{"append", 4, true, false, do_append},   {"make", 2, true, false, do_make},
	{"send", 5, false, true, do_send},       {"check", 1, true, true, do_check},
};

/* (transfer full) */
static char *
answer(const Ask *ask, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	bool done = false;
	for (char **word = words; *word != NULL; word++) {
		char *plain = g_uri_unescape_string(*word, NULL);
		g_free(*word);
		*word = plain == NULL ? g_strdup("") : plain;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(COMMANDS); i++) {
		bool can = (COMMANDS[i].outlet && ask->outlet != NULL) ||
			   (COMMANDS[i].store && ask->store != NULL);
		if (can && g_str_equal(words[0], COMMANDS[i].name) &&
		    g_strv_length(words) >= COMMANDS[i].words) {
			done = COMMANDS[i].run(ask, words, out, &error);
		}
	}
	return done ? g_strdup_printf("ok%s", out->str)
		    : g_strdup_printf("error %d %s", error == NULL ? -1 : error->code,
				      error == NULL ? "no such command" : error->message);
}

/* What a thread asks meanwhile. */
typedef struct {
	Ask ask;
	char *line;
	GThread *thread;
} Aside;

static gpointer
ask_aside(gpointer user)
{
	const Aside *aside = user;
	return answer(&aside->ask, aside->line);
}

static char *
begin(Aside *aside, const Ask *ask, const char *line)
{
	*aside = (Aside){.ask = *ask, .line = g_strdup(line)};
	aside->ask.stop = g_cancellable_new();
	aside->thread = g_thread_new("aside", ask_aside, aside);
	return g_strdup("ok");
}

static char *
end(Aside *aside)
{
	char *said = g_thread_join(g_steal_pointer(&aside->thread));
	g_clear_object(&aside->ask.stop);
	g_clear_pointer(&aside->line, g_free);
	return said;
}

static void
take_line(const Ask *ask, Aside *aside, const char *line)
{
	g_autofree char *said = NULL;
	if (g_str_has_prefix(line, "begin ") && aside->thread == NULL) {
		said = begin(aside, ask, line + strlen("begin "));
	} else if (g_str_equal(line, "stop") && aside->thread != NULL) {
		g_cancellable_cancel(aside->ask.stop);
		said = g_strdup("ok");
	} else if (g_str_equal(line, "end") && aside->thread != NULL) {
		said = end(aside);
	} else {
		said = answer(ask, line);
	}
	printf("%s\n", said);
	(void)fflush(stdout);
}

static char *
secret(G_GNUC_UNUSED gpointer user, bool *token, G_GNUC_UNUSED GError **error)
{
	const char *word = g_getenv("MAIL_TOKEN");
	*token = word != NULL;
	return g_strdup(word != NULL ? word : g_getenv("MAIL_SECRET"));
}

static bool
open_server(Ask *ask, char **argv, GError **error)
{
	const char *seconds = g_getenv("MAIL_SECONDS");
	g_autoptr(NetServer) server = net_server_parse(argv[2], error);
	g_autoptr(NetTrust) trust = server == NULL ? NULL : net_trust_new(argv[3], error);
	if (trust == NULL) {
		return false;
	}
	MailLogin login = {
		.server = server,
		.trust = trust,
		.name = argv[4],
		.secret = secret,
		.seconds = number(seconds),
		.seconds_all = number(seconds),
	};
	if (g_str_equal(argv[1], "imap")) {
		ask->store = mail_store_new_imap(&login);
	} else {
		ask->outlet = mail_outlet_new_smtp(&login);
	}
	return true;
}

static void
open_post(Ask *ask, char **argv)
{
	GHashTable *boxes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (char **word = argv + 2; word[0] != NULL && word[1] != NULL; word += 2) {
		g_hash_table_replace(boxes, g_strdup(word[0]), g_strdup(word[1]));
	}
	ask->outlet = mail_outlet_new_local(boxes);
}

int
main(int argc, char **argv)
{
	Ask ask = {0};
	Aside aside = {0};
	g_autoptr(GError) error = NULL;
	if (argc == 3 && g_str_equal(argv[1], "maildir")) {
		ask.store = mail_store_new_maildir(argv[2], true, &error);
	} else if (argc == 5 && !g_str_equal(argv[1], "post")) {
		(void)open_server(&ask, argv, &error);
	} else if (argc > 2) {
		open_post(&ask, argv);
	}
	if (ask.store == NULL && ask.outlet == NULL) {
		fprintf(stderr, "%s\n", error == NULL ? "mail_source KIND ..." : error->message);
		return 2;
	}
	char *line = NULL;
	size_t room = 0;
	while (getline(&line, &room, stdin) > 0) {
		take_line(&ask, &aside, g_strchomp(line));
	}
	free(line);
	mail_store_free(ask.store);
	mail_outlet_free(ask.outlet);
	return 0;
}
