/* SPDX-License-Identifier: MPL-2.0 */
/* Which mailbox is for what, and which UIDs the numbers of messages in the selected one stand for.
 */
#include "proxy/imap_session.h"

#define USES_AGE (60 * G_USEC_PER_SEC)
#define UIDS_MAX (256U << 10) /* messages of a mailbox whose UIDs are remembered */

/* --- What it is for ------------------------------------------------------------------------- */

static bool
take_listed(void *user, BaseBytes octets, const ImapResponse *response)
{
	ImapSession *session = user;
	g_auto(ImapListed) listed = {0};
	if (strcmp(response->name, "LIST") != 0 && strcmp(response->name, "XLIST") != 0) {
		return false;
	}
	if (imap_listed_parse(octets, &listed)) {
		ImapUse use = imap_use_of(listed.mailbox, listed.attributes);
		if (use != IMAP_USE_NONE) {
			g_hash_table_replace(session->uses, g_strdup(listed.mailbox),
					     GUINT_TO_POINTER((guint)use));
		}
	}
	return true;
}

/* Some servers forgive blanks and separators behind a name. */
ImapUse
imap_use_of_mailbox(const ImapSession *session, const char *mailbox)
{
	g_autofree char *name = g_strdup(mailbox);
	for (size_t n = strlen(name); n > 0 && strchr(" /.\\", name[n - 1]) != NULL; n--) {
		name[n - 1] = '\0';
	}
	guint use = GPOINTER_TO_UINT(g_hash_table_lookup(session->uses, name));
	return use != IMAP_USE_NONE ? (ImapUse)use : imap_use_of(name, NULL);
}

static bool
ask_uses(ImapSession *session, const char *command, bool *ok, GError **error)
{
	ImapResponse response;
	g_autoptr(GByteArray) line = g_byte_array_new();
	if (!imap_ask(session, command, take_listed, session, line, error)) {
		return false;
	}
	imap_response_parse(base_bytes_of_array(line), &response);
	*ok = strcmp(response.name, "OK") == 0;
	return true;
}

/* Exchange tells uses in every LIST and offers nothing; others know one of the extensions, or only
 * say so. The long list is asked for once. */
bool
imap_find_uses(ImapSession *session, GError **error)
{
	gint64 now = g_get_monotonic_time();
	bool special = imap_offers(session, "SPECIAL-USE") && !session->uses_refused;
	bool known = session->uses_asked != 0 && (!special || now - session->uses_asked < USES_AGE);
	if (known) {
		return true;
	}
	session->uses_asked = now;
	g_hash_table_remove_all(session->uses);
	bool ok = false;
	if (special && !ask_uses(session, "LIST (SPECIAL-USE) \"\" \"*\"", &ok, error)) {
		return false;
	}
	session->uses_refused = !ok;
	const char *all = imap_offers(session, "XLIST") ? "XLIST \"\" \"*\"" : "LIST \"\" \"*\"";
	return ok || ask_uses(session, all, &ok, error);
}

bool
imap_enter_mailbox(ImapSession *session, BaseBytes name, GError **error)
{
	if (session->opens && !imap_find_uses(session, error)) {
		return false;
	}
	g_free(session->mailbox);
	session->mailbox = imap_take_astring(&name);
	session->validity = 0;
	session->sealed_until = 0;
	session->exists = 0;
	g_hash_table_remove_all(session->sealed);
	g_array_set_size(session->uids, 0);
	ImapUse use = session->mailbox == NULL ? IMAP_USE_NONE
					       : imap_use_of_mailbox(session, session->mailbox);
	session->junk = use == IMAP_USE_JUNK || use == IMAP_USE_TRASH;
	return true;
}

/* --- What its messages are called ----------------------------------------------------------- */

guint32
imap_uid_of(const ImapFetched *fetched)
{
	const ImapFetchedItem *item = imap_fetched_find(fetched, "UID");
	g_autofree char *text = item == NULL ? NULL : base_bytes_strdup(item->value);
	guint64 uid = 0;
	bool good =
		text != NULL && g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT32, &uid, NULL);
	return good ? (guint32)uid : 0;
}

guint32
imap_known_uid(ImapSession *session, const ImapFetched *fetched)
{
	guint32 uid = imap_uid_of(fetched);
	if (fetched->seq == 0 || fetched->seq > UIDS_MAX) {
		return uid;
	}
	if (session->uids->len < fetched->seq && uid != 0) {
		g_array_set_size(session->uids, fetched->seq);
	}
	if (session->uids->len < fetched->seq) {
		return 0;
	}
	guint32 *known = &g_array_index(session->uids, guint32, fetched->seq - 1);
	*known = uid == 0 ? *known : uid;
	return *known;
}

void
imap_note_count(ImapSession *session, const ImapResponse *response)
{
	if (strcmp(response->name, "EXISTS") == 0) {
		session->exists = response->number;
	} else if (strcmp(response->name, "EXPUNGE") == 0) {
		session->exists -= session->exists > 0 ? 1 : 0;
	} else if (strcmp(response->name, "VANISHED") == 0) {
		session->exists = 0;
	}
}

void
imap_note_gone(ImapSession *session, const ImapResponse *response)
{
	if (strcmp(response->name, "EXPUNGE") == 0 && response->has_number &&
	    response->number > 0 && response->number <= session->uids->len) {
		g_array_remove_index(session->uids, response->number - 1);
	}
	/* It names UIDs, of which not all may be known here. */
	if (strcmp(response->name, "VANISHED") == 0 &&
	    !base_bytes_starts_nocase(response->rest, "(EARLIER)")) {
		g_array_set_size(session->uids, 0);
	}
}
