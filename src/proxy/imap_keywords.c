/* SPDX-License-Identifier: MPL-2.0 */
/* The keywords that tell what was found of a message: made here, and by nobody else. */
#include "imap/rewrite.h"
#include "proxy/imap_answer.h"

static bool
has_keyword(BaseBytes text)
{
	return base_bytes_find_nocase(text, IMAP_KEYWORDS) != SIZE_MAX;
}

void
imap_defuse(GByteArray *text)
{
	size_t at = 0;
	size_t from = 0;
	while ((at = base_bytes_find_nocase(
			base_bytes_slice(base_bytes_of_array(text), from, SIZE_MAX),
			IMAP_KEYWORDS)) != SIZE_MAX) {
		text->data[from + at] = '_';
		from += at + 1;
	}
}

/* What cannot be taken out as a flag is made another word. */
static char *
defused(BaseBytes text)
{
	g_autoptr(GByteArray) copy = g_byte_array_new();
	g_byte_array_append(copy, text.p, (guint)text.n);
	imap_defuse(copy);
	return base_bytes_strdup(base_bytes_of_array(copy));
}

static char *
without_keywords(BaseBytes flags)
{
	g_autofree char *clean =
		has_keyword(flags) ? imap_rewrite_flags(flags, IMAP_KEYWORDS, NULL) : NULL;
	return defused(clean == NULL ? flags : base_bytes_str(clean));
}

char *
imap_right_flags(const ImapSession *session, guint32 uid, BaseBytes flags)
{
	g_autofree char *clean = without_keywords(flags);
	g_autofree char *place = imap_place(session, uid);
	PsSummary summary = PS_SUMMARY_UNPROTECTED;
	bool known = session->opens && views_summary(house_views(session->house), place, &summary);
	const char *const add[] = {known ? views_keyword(summary) : NULL, NULL};
	char *with = add[0] == NULL ? NULL
				    : imap_rewrite_flags(base_bytes_str(clean), IMAP_KEYWORDS, add);
	return with == NULL ? g_steal_pointer(&clean) : with;
}

/* Puts @text in the place of the span @old of @line. */
static void
replace(GByteArray *line, BaseBytes old, const char *text)
{
	size_t from = (size_t)(old.p - line->data);
	g_autoptr(GByteArray) rest = g_byte_array_new();
	g_byte_array_append(rest, line->data + from + old.n, (guint)(line->len - from - old.n));
	g_byte_array_set_size(line, (guint)from);
	g_byte_array_append(line, (const guint8 *)text, (guint)strlen(text));
	g_byte_array_append(line, rest->data, rest->len);
}

/* "* 5 FETCH (UID 7 FLAGS (\\Seen))" on one line; false if it is something else. */
static bool
right_fetched(ImapSession *session, GByteArray *line)
{
	g_auto(ImapFetched) fetched = {0};
	if (!imap_fetched_parse(base_bytes_of_array(line), &fetched) || !fetched.complete) {
		return false;
	}
	const ImapFetchedItem *flags = imap_fetched_find(&fetched, "FLAGS");
	if (flags == NULL) {
		return false;
	}
	BaseBytes old = flags->value;
	g_autofree char *right = imap_right_flags(session, imap_known_uid(session, &fetched), old);
	g_autofree char *was = base_bytes_strdup(old);
	size_t end = (size_t)(old.p - line->data) + strlen(right);
	if (strcmp(right, was) != 0) {
		replace(line, old, right);
	}
	/* Flags may be there twice. */
	BaseBytes after = base_bytes_slice(base_bytes_of_array(line), end, SIZE_MAX);
	return !has_keyword(after);
}

/* The first list of "* FLAGS (...)" or "* OK [PERMANENTFLAGS (...)]", or of what only looks so. */
static void
right_list(GByteArray *line)
{
	BaseBytes all = base_bytes_of_array(line);
	size_t open = base_bytes_find(all, BASE_LIT("("));
	size_t close = base_bytes_find(all, BASE_LIT(")"));
	if (open != SIZE_MAX && close != SIZE_MAX && open < close) {
		BaseBytes list = base_bytes_slice(all, open, close + 1 - open);
		g_autofree char *clean = without_keywords(list);
		replace(line, list, clean);
	}
	imap_defuse(line);
}

/* A mailbox may be called so. */
static bool
names_mailboxes(const ImapResponse *response)
{
	static const char *const names[] = {"LIST", "LSUB", "XLIST", "STATUS", "NAMESPACE"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (strcmp(response->name, names[i]) == 0) {
			return true;
		}
	}
	return false;
}

void
imap_right_line(ImapSession *session, GByteArray *line, const ImapResponse *response)
{
	bool forged = has_keyword(base_bytes_of_array(line));
	if (strcmp(response->name, "FETCH") == 0) {
		bool any = session->opens && views_any(house_views(session->house), session->login,
						       session->mailbox, session->validity);
		if ((any || forged) && !right_fetched(session, line) && forged) {
			imap_defuse(line);
		}
	} else if (forged && !names_mailboxes(response)) {
		right_list(line);
	}
}
