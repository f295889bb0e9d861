/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Address lists of ENVELOPE:
 *
 *   address-list = address *("," address)                      ; RFC 5322 section 3.4
 *   address      = mailbox / group
 *   mailbox      = [phrase] "<" [route ":"] addr-spec ">" / addr-spec
 *   group        = phrase ":" [mailbox *("," mailbox)] ";"
 *
 *   (name route mailbox host)                                  ; RFC 9051 section 7.5.2
 *   a group: (NIL NIL name NIL) members (NIL NIL NIL NIL)
 *
 * A NIL host would make a mailbox the start of a group, so that what is missing gets the names that
 * widespread servers give it.
 */
#include "imap/envelope.h"
#include "imap/nstring.h"
#include "imap/words.h"

#define MISSING_MAILBOX "MISSING_MAILBOX"
#define MISSING_DOMAIN  "MISSING_DOMAIN"
#define INVALID_ROUTE   "INVALID_ROUTE"
#define SYNTAX_ERROR    "SYNTAX_ERROR"

typedef struct {
	ImapWords w;
	GString *text; /* the word being read */
	ImapAddressFunc func;
	void *user;
	guint budget;
	ImapAddress now; /* the address being read */
} List;

static void
set(char **where, const char *what)
{
	g_free(*where);
	*where = g_strdup(what);
}

static void
forget(List *l)
{
	g_clear_pointer(&l->now.name, g_free);
	g_clear_pointer(&l->now.route, g_free);
	g_clear_pointer(&l->now.mailbox, g_free);
	g_clear_pointer(&l->now.host, g_free);
}

static void
emit(List *l)
{
	if (l->budget > 0) {
		l->budget--;
		l->func(l->user, &l->now);
	}
	forget(l);
}

static void
emit_mailbox(List *l)
{
	if (l->now.mailbox == NULL) {
		set(&l->now.mailbox, MISSING_MAILBOX);
	}
	if (l->now.host == NULL || *l->now.host == '\0') {
		set(&l->now.host, MISSING_DOMAIN);
	}
	emit(l);
}

static ImapWordsState
read_local_part(List *l)
{
	g_string_truncate(l->text, 0);
	ImapWordsState state = imap_words_local_part(&l->w, l->text);
	if (state != IMAP_WORDS_BROKEN) {
		set(&l->now.mailbox, l->text->str);
	}
	return state;
}

static ImapWordsState
read_host(List *l)
{
	g_string_truncate(l->text, 0);
	ImapWordsState state = imap_words_domain(&l->w, l->text);
	if (state != IMAP_WORDS_BROKEN) {
		set(&l->now.host, l->text->str);
	}
	return state;
}

/* route = "@" domain *("," "@" domain) */
static bool
read_domains(List *l)
{
	g_string_truncate(l->text, 0);
	while (imap_words_next_is(&l->w, '@')) {
		g_string_append(l->text, l->text->len > 0 ? ",@" : "@");
		if (imap_words_domain(&l->w, l->text) != IMAP_WORDS_MORE) {
			return false;
		}
		while (imap_words_skip(&l->w) == IMAP_WORDS_MORE && imap_words_eat(&l->w, ',')) {
		}
	}
	if (l->w.at >= l->w.end) {
		return false;
	}
	set(&l->now.route, l->text->str);
	return true;
}

static bool
read_route(List *l)
{
	if (!read_domains(l) || !imap_words_eat(&l->w, ':')) {
		set(&l->now.route, INVALID_ROUTE);
	}
	return imap_words_skip(&l->w) == IMAP_WORDS_MORE;
}

/* "<" [route ":"] local-part ["@" domain] ">" */
static bool
read_angle(List *l)
{
	l->w.at++;
	if (imap_words_skip(&l->w) != IMAP_WORDS_MORE ||
	    (imap_words_next_is(&l->w, '@') && !read_route(l))) {
		return false;
	}
	if (!imap_words_next_is(&l->w, '>') &&
	    (read_local_part(l) != IMAP_WORDS_MORE ||
	     (imap_words_next_is(&l->w, '@') && read_host(l) != IMAP_WORDS_MORE))) {
		return false;
	}
	return imap_words_eat(&l->w, '>') && imap_words_skip(&l->w) != IMAP_WORDS_BROKEN;
}

/* False: it is none, and nothing was read. */
static bool
read_name_addr(List *l)
{
	ImapWords start = l->w;
	g_string_truncate(l->text, 0);
	if (imap_words_phrase(&l->w, l->text) != IMAP_WORDS_MORE ||
	    !imap_words_next_is(&l->w, '<')) {
		l->w = start;
		return false;
	}
	set(&l->now.name, l->text->len > 0 ? l->text->str : NULL);
	if (!read_angle(l)) {
		set(&l->now.host, SYNTAX_ERROR);
	}
	return true;
}

/* A word without "@": a mailbox of this host; if more words follow, or it is quoted, a name without
 * address. */
static void
read_bare_word(List *l, bool quoted)
{
	g_string_append_c(l->text, ' ');
	size_t before = l->text->len;
	imap_words_phrase(&l->w, l->text);
	if (l->text->len > before) {
		g_clear_pointer(&l->now.mailbox, g_free);
		set(&l->now.name, l->text->str);
	} else if (quoted) {
		l->now.name = g_steal_pointer(&l->now.mailbox);
	}
}

/* local-part "@" domain, with the name in a comment as in old mail. */
static void
read_addr_spec(List *l)
{
	bool quoted = imap_words_next_is(&l->w, '"');
	g_string_truncate(l->w.comment, 0);
	bool at_sign = read_local_part(l) != IMAP_WORDS_END && imap_words_next_is(&l->w, '@');
	if (at_sign) {
		read_host(l);
	}
	if (l->w.comment->len > 0) {
		set(&l->now.name, l->w.comment->str);
	} else if (!at_sign) {
		read_bare_word(l, quoted);
	}
}

static void
read_mailbox(List *l)
{
	if (!read_name_addr(l)) {
		read_addr_spec(l);
	}
	emit_mailbox(l);
}

static void
read_members(List *l)
{
	do {
		read_mailbox(l);
	} while (imap_words_eat(&l->w, ',') && imap_words_skip(&l->w) == IMAP_WORDS_MORE);
}

/* False: it is none, and nothing was read. */
static bool
read_group(List *l)
{
	ImapWords start = l->w;
	g_string_truncate(l->text, 0);
	if (imap_words_phrase(&l->w, l->text) != IMAP_WORDS_MORE || !imap_words_eat(&l->w, ':')) {
		l->w = start;
		return false;
	}
	set(&l->now.mailbox, l->text->str);
	ImapWordsState state = imap_words_skip(&l->w);
	emit(l);
	if (state == IMAP_WORDS_MORE && !imap_words_next_is(&l->w, ';')) {
		read_members(l);
	}
	if (imap_words_eat(&l->w, ';')) {
		imap_words_skip(&l->w);
	}
	emit(l);
	return true;
}

static void
read_list(List *l)
{
	ImapWordsState state = IMAP_WORDS_MORE;
	while (state == IMAP_WORDS_MORE && l->budget > 0) {
		if (!read_group(l)) {
			read_mailbox(l);
		}
		if (!imap_words_eat(&l->w, ',')) {
			return;
		}
		state = imap_words_skip(&l->w);
	}
	if (state == IMAP_WORDS_BROKEN) {
		emit_mailbox(l);
	}
}

void
imap_addresses_each(BaseBytes value, guint *budget, ImapAddressFunc func, void *user)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GString) comment = g_string_new(NULL);
	List l = {.w = imap_words_on(value),
		  .text = text,
		  .func = func,
		  .user = user,
		  .budget = *budget};
	l.w.comment = comment;
	if (imap_words_skip(&l.w) == IMAP_WORDS_MORE) {
		read_list(&l);
	}
	*budget = l.budget;
	forget(&l);
}

static void
write_address(void *user, const ImapAddress *address)
{
	GString *out = user;
	g_string_append_c(out, '(');
	imap_string_write_text(out, address->name);
	g_string_append_c(out, ' ');
	imap_string_write_nullable(out, address->route);
	g_string_append_c(out, ' ');
	imap_string_write_nullable(out, address->mailbox);
	g_string_append_c(out, ' ');
	imap_string_write_nullable(out, address->host);
	g_string_append_c(out, ')');
}

void
imap_addresses_write(GString *out, BaseBytes value, guint *budget)
{
	imap_addresses_each(value, budget, write_address, out);
}
