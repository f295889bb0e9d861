/* SPDX-License-Identifier: MPL-2.0 */
/* One whole message, and searching. */
#include "mail/imap_private.h"

#define WORDS_MAX 10U /* of one search */

/* Flags and size of one message, before its octets are asked for. */
static bool
look_at(Imap *imap, guint32 uid, guint64 *size, MailFlags *flags, GError **error)
{
	struct mailimap_set *set = mailimap_set_new_single(uid);
	g_autoptr(GPtrArray) entries = mail_imap_fetch(imap, set, true, false, error);
	mailimap_set_free(set);
	if (entries == NULL) {
		return false;
	}
	if (entries->len == 0) {
		return base_fail(error, PS_ERROR_NOT_FOUND, "There is no such message");
	}
	const MailEntry *entry = g_ptr_array_index(entries, 0);
	*size = entry->size;
	*flags = entry->flags;
	return entry->size <= MAIL_MESSAGE_MAX ||
	       base_fail(error, PS_ERROR_LIMIT, "The message is too large");
}

/* The octets in what the server sent; NULL if they are not there. */
static GBytes *
body_in(const clist *list)
{
	for (clistiter *at = list->first; at != NULL; at = at->next) {
		const struct mailimap_msg_att *message = clist_content(at);
		for (clistiter *a = message->att_list->first; a != NULL; a = a->next) {
			const struct mailimap_msg_att_item *item = clist_content(a);
			const struct mailimap_msg_att_static *att =
				item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC
					? item->att_data.att_static
					: NULL;
			const struct mailimap_msg_att_body_section *body =
				att != NULL && att->att_type == MAILIMAP_MSG_ATT_BODY_SECTION
					? att->att_data.att_body_section
					: NULL;
			if (body != NULL && body->sec_body_part != NULL) {
				return g_bytes_new(body->sec_body_part, body->sec_length);
			}
		}
	}
	return NULL;
}

static GBytes *
fetch_whole(Imap *imap, guint32 uid, GError **error)
{
	struct mailimap_set *set = mailimap_set_new_single(uid);
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att(
		mailimap_fetch_att_new_body_peek_section(mailimap_section_new(NULL)));
	clist *list = NULL;
	int r = mailimap_uid_fetch(imap->session, set, type, &list);
	mailimap_fetch_type_free(type);
	mailimap_set_free(set);
	if (!mail_imap_check(imap, r, PS_ERROR_IO, error)) {
		return NULL;
	}
	GBytes *octets = body_in(list);
	mailimap_fetch_list_free(list);
	return octets != NULL ? octets
			      : BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND,
					       "The server does not give the message");
}

static GBytes *
read_one(Imap *imap, const ImapPlace *place, MailFlags *flags, GCancellable *stop, GError **error)
{
	guint32 uid = 0;
	guint64 size = 0;
	if (!mail_imap_begin(imap, stop, IMAP_LITERAL, error) ||
	    !mail_imap_select(imap, place->folder, false, error) ||
	    !mail_imap_uid_of(imap, place->id, &uid, error) ||
	    !look_at(imap, uid, &size, flags, error)) {
		return NULL;
	}
	/* Servers may count a little differently from what they send. */
	guint64 literal = size + size / 8 + IMAP_LITERAL;
	mail_guard_allow(&imap->wire->guard, IMAP_BUDGET + literal, literal);
	mail_wire_expect(imap->wire, size);
	return fetch_whole(imap, uid, error);
}

GBytes *
mail_imap_read(MailStore *store, const char *folder, const char *id, MailFlags *flags,
	       GCancellable *stop, GError **error)
{
	Imap *imap = &((ImapStore *)store)->usual;
	ImapPlace place = {folder, id};
	MailFlags now = 0;
	GError *trouble = NULL;
	GBytes *octets = read_one(imap, &place, &now, stop, &trouble);
	if (octets == NULL) {
		mail_imap_explain(imap, &place, stop, trouble, error);
	} else if (flags != NULL) {
		*flags = now;
	}
	return octets;
}

static struct mailimap_search_key *
both(int type, struct mailimap_search_key *a, struct mailimap_search_key *b)
{
	if (type == MAILIMAP_SEARCH_KEY_OR) {
		return mailimap_search_key_new_or(a, b);
	}
	clist *list = clist_new();
	(void)clist_append(list, a);
	(void)clist_append(list, b);
	return mailimap_search_key_new_multiple(list);
}

/* libetpan frees its strings with free(). */
static char *
owned(const char *text)
{
	char *copy = strdup(text);
	g_assert_nonnull(copy);
	return copy;
}

/* TEXT for each word; with @sealed also all messages that only we can look into. */
static struct mailimap_search_key *
key_of(const char *words, bool sealed)
{
	g_auto(GStrv) each = g_strsplit_set(words, " \t\r\n", -1);
	struct mailimap_search_key *key = NULL;
	guint n = 0;
	for (char **word = each; *word != NULL && n < WORDS_MAX; word++) {
		if (**word == '\0' || !mail_is_clean(*word)) {
			continue;
		}
		struct mailimap_search_key *one = mailimap_search_key_new_text(owned(*word));
		key = key == NULL ? one : both(MAILIMAP_SEARCH_KEY_MULTIPLE, key, one);
		n++;
	}
	key = key == NULL ? mailimap_search_key_new_all() : key;
	return sealed ? both(MAILIMAP_SEARCH_KEY_OR, key,
			     mailimap_search_key_new_header(owned("Content-Type"),
							    owned("pkcs7-mime")))
		      : key;
}

static gint
compare_uids(gconstpointer a, gconstpointer b)
{
	guint32 x = *(const guint32 *)a;
	guint32 y = *(const guint32 *)b;
	return (x > y) - (x < y);
}

GArray *
mail_imap_find(Imap *imap, const char *charset, struct mailimap_search_key *key, GError **error)
{
	clist *list = NULL;
	int r = mailimap_uid_search(imap->session, charset, key, &list);
	mailimap_search_key_free(key);
	if (!mail_imap_check(imap, r, PS_ERROR_UNSUPPORTED, error)) {
		return NULL;
	}
	GArray *uids = g_array_new(FALSE, FALSE, sizeof(guint32));
	for (clistiter *at = list->first; at != NULL; at = at->next) {
		const uint32_t *uid = clist_content(at);
		guint32 value = *uid;
		g_array_append_val(uids, value);
	}
	mailimap_search_result_free(list);
	g_array_sort(uids, compare_uids);
	return uids;
}

GArray *
mail_imap_candidates(Imap *imap, const char *words, bool sealed, GError **error)
{
	return mail_imap_find(imap, g_str_is_ascii(words) ? NULL : "UTF-8", key_of(words, sealed),
			      error);
}
