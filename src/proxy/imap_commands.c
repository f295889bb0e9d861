/* SPDX-License-Identifier: MPL-2.0 */
/* What is done about each command of a mail program that is logged in. */
#include "imap/rewrite.h"
#include "proxy/imap_session.h"

#define ID_MAX 1024U /* octets of what a program says of itself */

ImapHandler
imap_handler_of(const ImapVerb *verbs, size_t n, const ImapCommand *command)
{
	size_t i = 0;
	while (i < n && strcmp(verbs[i].name, command->name) != 0) {
		i++;
	}
	return i < n ? verbs[i].handler : NULL;
}

static bool
do_select(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	return imap_drain(session, error) && imap_enter_mailbox(session, command->args, error) &&
	       imap_forward(session, command, octets, error);
}

static bool
do_idle(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	if (!imap_drain(session, error) || !imap_forward(session, command, octets, error)) {
		return false;
	}
	session->idle = true;
	return true;
}

static bool
do_logout(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	session->leaving = true;
	return imap_forward(session, command, octets, error);
}

void
imap_keep_id(ImapSession *session, BaseBytes args)
{
	args = base_bytes_trim(args);
	if (args.n <= ID_MAX && base_bytes_find(args, BASE_LIT("\n")) == SIZE_MAX) {
		g_free(session->id);
		session->id = base_bytes_strdup(args);
	}
}

/* ID ("name" "Thunderbird" "version" "153.7.0") (RFC 2971) */
void
imap_note_program(const ImapSession *session)
{
	g_auto(GStrv) words = NULL;
	words = g_strsplit(session->id == NULL ? "" : session->id, "\"", 16);
	for (guint i = 1; words[0] != NULL && words[i] != NULL && words[i + 1] != NULL; i += 2) {
		if (i % 4 == 1 && g_ascii_strcasecmp(words[i], "name") == 0 && words[i + 2]) {
			house_note_program(session->house, session->login, words[i + 2]);
		}
	}
}

static bool
do_id(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	imap_keep_id(session, command->args);
	imap_note_program(session);
	return imap_forward(session, command, octets, error);
}

/*
 * STORE set [(modifiers)] item flags (RFC 9051 section 6.4.6, RFC 7162): a keyword of ours cannot
 * be set or removed by anybody. @flags is where they begin; false if this is no STORE that we can
 * read.
 */
static bool
find_flags(const ImapCommand *command, BaseBytes *flags, bool *replaces)
{
	BaseBytes rest = command->args;
	g_autofree char *set = imap_take_atom(&rest);
	if (rest.n > 0 && rest.p[0] == '(') {
		size_t close = base_bytes_find(rest, BASE_LIT(") "));
		rest = base_bytes_slice(rest, close == SIZE_MAX ? rest.n : close + 2, SIZE_MAX);
	}
	g_autofree char *item = imap_take_atom(&rest);
	*replaces = item != NULL && item[0] != '+' && item[0] != '-';
	*flags = base_bytes_trim(rest);
	return set != NULL && item != NULL;
}

static bool
do_store(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	BaseBytes flags = {0};
	bool replaces = false;
	if (base_bytes_find_nocase(octets, IMAP_KEYWORDS) == SIZE_MAX) {
		return imap_forward(session, command, octets, error);
	}
	g_autofree char *clean = find_flags(command, &flags, &replaces)
					 ? imap_rewrite_flags(flags, IMAP_KEYWORDS, NULL)
					 : NULL;
	if (clean == NULL ||
	    base_bytes_find_nocase(base_bytes_str(clean), IMAP_KEYWORDS) != SIZE_MAX) {
		return imap_drain(session, error) &&
		       imap_reply(session, command->tag, "BAD These flags cannot be read", error);
	}
	if (!replaces && strcmp(clean, "()") == 0) {
		return imap_drain(session, error) &&
		       imap_reply(session, command->tag, "OK postseal alone sets these keywords",
				  error);
	}
	size_t before = (size_t)(flags.p - octets.p);
	g_autofree char *head = base_bytes_strdup(base_bytes_slice(octets, 0, before));
	g_autofree char *changed = g_strconcat(head, clean, "\r\n", NULL);
	return imap_forward(session, command, base_bytes_str(changed), error);
}

/* ENABLE (RFC 5161): what is not offered cannot be enabled. */
static bool
do_enable(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	g_autofree char *args = base_bytes_strdup(base_bytes_trim(command->args));
	g_auto(GStrv) words = g_strsplit(args, " ", -1);
	g_autoptr(GString) kept = g_string_new(NULL);
	if (!session->opens) {
		return imap_forward(session, command, octets, error);
	}
	for (guint i = 0; words[i] != NULL; i++) {
		if (g_ascii_strcasecmp(words[i], "CONDSTORE") == 0 ||
		    g_ascii_strcasecmp(words[i], "QRESYNC") == 0) {
			g_string_append_printf(kept, " %s", words[i]);
		}
	}
	if (kept->len == 0) {
		return imap_drain(session, error) &&
		       net_conn_write_str(session->client, "* ENABLED\r\n", error) &&
		       imap_reply(session, command->tag, "OK Nothing of that", error);
	}
	g_autofree char *changed = g_strdup_printf("%s ENABLE%s\r\n", command->tag, kept->str);
	return imap_forward(session, command, base_bytes_str(changed), error);
}

/* What is not offered where messages are opened, since it would show or search ciphertext. */
static bool
do_refuse(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	if (!session->opens) {
		return imap_forward(session, command, octets, error);
	}
	return imap_drain(session, error) &&
	       imap_reply(session, command->tag, "BAD Unknown command", error);
}

static bool
do_refuse_always(ImapSession *session, const ImapCommand *command, G_GNUC_UNUSED BaseBytes octets,
		 GError **error)
{
	return imap_drain(session, error) &&
	       imap_reply(session, command->tag, "BAD Not in this state", error);
}

/* Sorted by what happens; all others are passed on. */
static const ImapVerb VERBS[] = {
	{"FETCH", imap_fetch},
	{"SEARCH", imap_search},
	{"SELECT", do_select},
	{"EXAMINE", do_select},
	{"STORE", do_store},
	{"ENABLE", do_enable},
	{"IDLE", do_idle},
	{"ID", do_id},
	{"LOGOUT", do_logout},
	{"STARTTLS", do_refuse_always},
	{"LOGIN", do_refuse_always},
	{"AUTHENTICATE", do_refuse_always},
	{"COMPRESS", do_refuse_always},
	{"UNAUTHENTICATE", do_refuse_always},
	{"SORT", do_refuse},
	{"THREAD", do_refuse},
	{"ESEARCH", do_refuse},
	{"NOTIFY", do_refuse},
	{"CONVERT", do_refuse},
	{"REPLACE", do_refuse},
	{"URLFETCH", do_refuse},
	{"GENURLAUTH", do_refuse},
};

bool
imap_dispatch(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	ImapHandler handler = imap_handler_of(VERBS, G_N_ELEMENTS(VERBS), command);
	return (handler == NULL ? imap_forward : handler)(session, command, octets, error);
}
