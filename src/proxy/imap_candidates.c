/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Which messages of the selected mailbox a search has to look at itself: the sealed ones, as the
 * provider finds them by their type, or as we do where he cannot.
 */
#include "imap/set.h"
#include "proxy/imap_session.h"
#include "proxy/kind.h"
#include "proxy/views.h"

#define CMS_FIELD  "HEADER Content-Type pkcs7-mime"
#define CMS_GMAIL  "OR " CMS_FIELD " X-GM-RAW \"filename:p7m\"" /* it has no index of that field */
#define TYPE_FIELD "BODY[HEADER.FIELDS (CONTENT-TYPE)]"
#define TYPE_PEEK  "BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)]"
#define PROBED     20U /* messages, one of which surely has a type */

/* "* SEARCH 2 5 9 (MODSEQ 917162500)" (RFC 7162 section 3.1.5); numbers that are none are left out.
 */
void
imap_read_numbers(BaseBytes rest, GArray *into, guint max, char **suffix)
{
	rest = base_bytes_trim(rest);
	while (rest.n > 0 && rest.p[0] != '(' && into->len <= max) {
		guint64 number = 0;
		size_t n = 0;
		for (; n < rest.n && g_ascii_isdigit(rest.p[n]); n++) {
			number = MIN(number * 10 + (guint64)(rest.p[n] - '0'), G_MAXUINT32 + 1ULL);
		}
		if (number > 0 && number <= G_MAXUINT32) {
			guint32 value = (guint32)number;
			g_array_append_val(into, value);
		}
		rest = base_bytes_slice(rest, MAX(n, 1), SIZE_MAX);
	}
	if (rest.n > 0 && rest.p[0] == '(' && suffix != NULL) {
		g_free(*suffix);
		*suffix = base_bytes_strdup(rest);
	}
}

static bool
take_numbers(void *user, BaseBytes octets, const ImapResponse *response)
{
	(void)octets;
	if (strcmp(response->name, "SEARCH") != 0) {
		return false;
	}
	imap_read_numbers(response->rest, user, IMAP_CANDIDATES, NULL);
	return true;
}

/* *@ok: whether the provider could be asked that. */
static bool
ask_numbers(ImapSession *session, const char *command, GArray *numbers, bool *ok, GError **error)
{
	ImapResponse response;
	g_autoptr(GByteArray) line = g_byte_array_new();
	if (!imap_ask(session, command, take_numbers, numbers, line, error)) {
		return false;
	}
	imap_response_parse(base_bytes_of_array(line), &response);
	*ok = strcmp(response.name, "OK") == 0;
	return true;
}

/* Few enough for a command that any server reads (RFC 7162 section 4: 8192 octets). */
char *
imap_some_of(const GArray *numbers, guint from)
{
	g_autoptr(ImapSet) set = imap_set_new();
	for (guint i = from; i < MIN(from + IMAP_SOME, numbers->len); i++) {
		imap_set_add(set, g_array_index(numbers, guint32, i));
	}
	return imap_set_to_string(set);
}

/* Those of @uids that are still there, as the command counts. */
static bool
add_numbers_of(ImapSession *session, bool uid, const GArray *uids, GArray *numbers, GError **error)
{
	bool ok = false;
	for (guint from = 0; from < uids->len; from += IMAP_SOME) {
		g_autofree char *text = imap_some_of(uids, from);
		g_autofree char *command =
			g_strdup_printf("%sSEARCH UID %s", uid ? "UID " : "", text);
		if (!ask_numbers(session, command, numbers, &ok, error)) {
			return false;
		}
	}
	return true;
}

bool
imap_find_known(ImapSession *session, bool uid, GArray *numbers, GError **error)
{
	g_autoptr(GArray) uids = views_known(house_views(session->house), session->login,
					     session->mailbox, session->validity);
	return add_numbers_of(session, uid, uids, numbers, error);
}

/* --- Where the provider does not search any header field ------------------------------------ */

static bool
take_type(void *user, BaseBytes octets, const ImapResponse *response)
{
	ImapSession *session = user;
	g_auto(ImapFetched) fetched = {0};
	if (strcmp(response->name, "FETCH") != 0 || !imap_fetched_parse(octets, &fetched)) {
		return false;
	}
	const ImapFetchedItem *item = imap_fetched_find(&fetched, TYPE_FIELD);
	guint32 uid = imap_known_uid(session, &fetched);
	if (item == NULL) {
		return false;
	}
	g_autoptr(GBytes) field = imap_fetched_octets(item);
	if (uid != 0 && field != NULL && views_has(session->login, kind_of(base_bytes_of(field)))) {
		g_hash_table_add(session->sealed, GUINT_TO_POINTER(uid));
	}
	session->sealed_until = MAX(session->sealed_until, uid);
	return true;
}

/* What came since the last time. */
static bool
look_at_types(ImapSession *session, GError **error)
{
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autofree char *command =
		g_strdup_printf("UID FETCH %u:* (UID " TYPE_PEEK ")", session->sealed_until + 1);
	return imap_ask(session, command, take_type, session, line, error);
}

/* Whether the provider finds what is surely there. */
static bool
probe(ImapSession *session, GError **error)
{
	bool ok = false;
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
	g_autofree char *command = g_strdup_printf("SEARCH 1:%u HEADER Content-Type \"/\"",
						   MIN(session->exists, PROBED));
	if (session->exists == 0) {
		return true;
	}
	if (!ask_numbers(session, command, numbers, &ok, error)) {
		return false;
	}
	session->finds = ok && numbers->len > 0 ? IMAP_FINDS_FIELDS : IMAP_FINDS_NO_FIELDS;
	return true;
}

/* --- All sealed messages --------------------------------------------------------------------- */

static void
note_sealed(ImapSession *session, const GArray *uids)
{
	for (guint i = 0; i < uids->len; i++) {
		guint32 uid = g_array_index(uids, guint32, i);
		g_hash_table_add(session->sealed, GUINT_TO_POINTER(uid));
		session->sealed_until = MAX(session->sealed_until, uid);
	}
}

static GArray *
known_sealed(ImapSession *session)
{
	GArray *uids = g_array_new(FALSE, FALSE, sizeof(guint32));
	GHashTableIter iter;
	gpointer key = NULL;
	for (g_hash_table_iter_init(&iter, session->sealed);
	     g_hash_table_iter_next(&iter, &key, NULL);) {
		guint32 uid = GPOINTER_TO_UINT(key);
		g_array_append_val(uids, uid);
	}
	return uids;
}

/* By the provider's search, in @found; false in *@done: it cannot be relied on. */
static bool
find_by_search(ImapSession *session, bool uid, GArray *found, bool *done, GError **error)
{
	bool gmail = imap_offers(session, "X-GM-EXT-1");
	const char *criteria = gmail ? CMS_GMAIL : CMS_FIELD;
	g_autofree char *command =
		uid ? g_strdup_printf("UID SEARCH UID %u:* %s", session->sealed_until + 1, criteria)
		    : g_strdup_printf("SEARCH %s", criteria);
	bool ok = false;
	if (!ask_numbers(session, command, found, &ok, error)) {
		return false;
	}
	if (!ok) {
		session->finds = IMAP_FINDS_NO_FIELDS;
	} else if (gmail || found->len > 0) {
		session->finds = IMAP_FINDS_FIELDS;
	} else if (session->finds == IMAP_FINDS_UNKNOWN && !probe(session, error)) {
		return false;
	}
	*done = session->finds != IMAP_FINDS_NO_FIELDS;
	return true;
}

bool
imap_find_candidates(ImapSession *session, bool uid, bool all, GArray *numbers, GError **error)
{
	bool done = false;
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(guint32));
	if (all) {
		return ask_numbers(session, uid ? "UID SEARCH ALL" : "SEARCH ALL", numbers, &done,
				   error);
	}
	if (session->finds != IMAP_FINDS_NO_FIELDS &&
	    !find_by_search(session, uid, found, &done, error)) {
		return false;
	}
	if (!done && !look_at_types(session, error)) {
		return false;
	}
	if (done && (!uid || found->len > IMAP_CANDIDATES)) {
		g_array_append_vals(numbers, found->data, found->len);
		return true;
	}
	note_sealed(session, found);
	g_autoptr(GArray) uids = known_sealed(session);
	if (!uid) {
		return add_numbers_of(session, uid, uids, numbers, error);
	}
	g_array_append_vals(numbers, uids->data, uids->len);
	return true;
}
