/* SPDX-License-Identifier: MPL-2.0 */
/* Changing messages of an IMAP account. */
#include "mail/imap_private.h"

#define FORWARDED "$Forwarded"

typedef struct {
	MailFlags flag;
	int fetched; /* libetpan's number */
	struct mailimap_flag *(*make)(void);
} FlagName;

static const FlagName names[] = {
	{MAIL_SEEN, MAILIMAP_FLAG_SEEN, mailimap_flag_new_seen},
	{MAIL_ANSWERED, MAILIMAP_FLAG_ANSWERED, mailimap_flag_new_answered},
	{MAIL_FLAGGED, MAILIMAP_FLAG_FLAGGED, mailimap_flag_new_flagged},
	{MAIL_DRAFT, MAILIMAP_FLAG_DRAFT, mailimap_flag_new_draft},
	{MAIL_DELETED, MAILIMAP_FLAG_DELETED, mailimap_flag_new_deleted},
};

struct mailimap_flag_list *
mail_imap_flag_list(MailFlags flags)
{
	struct mailimap_flag_list *list = mailimap_flag_list_new_empty();
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if ((flags & names[i].flag) != 0) {
			(void)mailimap_flag_list_add(list, names[i].make());
		}
	}
	if ((flags & MAIL_FORWARDED) != 0) {
		char *keyword = strdup(FORWARDED);
		g_assert_nonnull(keyword);
		(void)mailimap_flag_list_add(list, mailimap_flag_new_flag_keyword(keyword));
	}
	return list;
}

MailFlags
mail_imap_flag_of(const struct mailimap_flag_fetch *fetched)
{
	const struct mailimap_flag *flag =
		fetched->fl_type == MAILIMAP_FLAG_FETCH_OTHER ? fetched->fl_flag : NULL;
	if (flag == NULL) {
		return 0;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (flag->fl_type == names[i].fetched) {
			return names[i].flag;
		}
	}
	return flag->fl_type == MAILIMAP_FLAG_KEYWORD && flag->fl_data.fl_keyword != NULL &&
			       g_ascii_strcasecmp(flag->fl_data.fl_keyword, FORWARDED) == 0
		       ? MAIL_FORWARDED
		       : 0;
}

static bool
store_flags(Imap *imap, struct mailimap_set *set, MailChange change, GError **error)
{
	struct mailimap_store_att_flags *stores[] = {
		change.set == 0 ? NULL
				: mailimap_store_att_flags_new_add_flags_silent(
					  mail_imap_flag_list(change.set)),
		change.clear == 0 ? NULL
				  : mailimap_store_att_flags_new_remove_flags_silent(
					    mail_imap_flag_list(change.clear)),
	};
	int r = MAILIMAP_NO_ERROR;
	for (size_t i = 0; i < G_N_ELEMENTS(stores); i++) {
		if (stores[i] != NULL) {
			r = r == MAILIMAP_NO_ERROR
				    ? mailimap_uid_store(imap->session, set, stores[i])
				    : r;
			mailimap_store_att_flags_free(stores[i]);
		}
	}
	return mail_imap_check(imap, r, PS_ERROR_IO, error);
}

/* A call about one message: the folder is selected, and the message is there. */
static bool
begin_change(Imap *imap, const ImapPlace *place, guint32 *uid, GCancellable *stop, GError **error)
{
	if (!mail_imap_begin(imap, stop, IMAP_LITERAL, error) ||
	    !mail_imap_select(imap, place->folder, false, error) ||
	    !mail_imap_uid_of(imap, place->id, uid, error)) {
		return false;
	}
	/* Servers say yes to what they are told about messages that are gone. */
	struct mailimap_set *set = mailimap_set_new_single(*uid);
	g_autoptr(GArray) found =
		mail_imap_find(imap, NULL, mailimap_search_key_new_uid(set), error);
	return found != NULL &&
	       (found->len > 0 || base_fail(error, PS_ERROR_NOT_FOUND, "There is no such message"));
}

typedef bool (*Change)(Imap *imap, struct mailimap_set *set, gpointer user, GError **error);

static bool
change_one(MailStore *store, const ImapPlace *place, Change change, gpointer user,
	   GCancellable *stop, GError **error)
{
	Imap *imap = &((ImapStore *)store)->usual;
	GError *trouble = NULL;
	guint32 uid = 0;
	bool done = begin_change(imap, place, &uid, stop, &trouble);
	if (done) {
		struct mailimap_set *set = mailimap_set_new_single(uid);
		done = change(imap, set, user, &trouble);
		mailimap_set_free(set);
	}
	if (!done) {
		mail_imap_explain(imap, place, stop, trouble, error);
	}
	return done;
}

static bool
flag_set(Imap *imap, struct mailimap_set *set, gpointer user, GError **error)
{
	const MailChange *change = user;
	return store_flags(imap, set, *change, error);
}

bool
mail_imap_flag(MailStore *store, const char *folder, const char *id, MailChange change,
	       GCancellable *stop, GError **error)
{
	ImapPlace place = {folder, id};
	return change_one(store, &place, flag_set, &change, stop, error);
}

/* Whether the messages marked as deleted are those of @set, and no others: EXPUNGE takes all. */
static bool
is_alone(Imap *imap, const struct mailimap_set *set, GError **error)
{
	const struct mailimap_set_item *ours = clist_content(set->set_list->first);
	struct mailimap_search_key *key = mailimap_search_key_new_all();
	key->sk_type = MAILIMAP_SEARCH_KEY_DELETED;
	g_autoptr(GArray) marked = mail_imap_find(imap, NULL, key, error);
	return marked != NULL && marked->len == 1 &&
	       g_array_index(marked, guint32, 0) == ours->set_first;
}

/* \Deleted, and out of the folder where the server can do that for one message alone. */
static bool
expunge(Imap *imap, struct mailimap_set *set, G_GNUC_UNUSED gpointer user, GError **error)
{
	MailChange gone = {.set = MAIL_DELETED};
	g_autoptr(GError) trouble = NULL;
	if (!store_flags(imap, set, gone, error)) {
		return false;
	}
	bool plus = mailimap_has_uidplus(imap->session);
	if (!plus && !is_alone(imap, set, &trouble)) {
		bool marked = trouble == NULL;
		if (!marked) {
			g_propagate_error(error, g_steal_pointer(&trouble));
		}
		return marked;
	}
	int r = plus ? mailimap_uid_expunge(imap->session, set) : mailimap_expunge(imap->session);
	return mail_imap_check(imap, r, PS_ERROR_IO, error);
}

bool
mail_imap_remove(MailStore *store, const char *folder, const char *id, GCancellable *stop,
		 GError **error)
{
	ImapPlace place = {folder, id};
	return change_one(store, &place, expunge, NULL, stop, error);
}

/* The only UID of a set, in the words of an id; "" if there is not one. */
static char *
id_in(guint32 uidvalidity, const struct mailimap_set *set)
{
	const clistiter *first = set == NULL || set->set_list == NULL ? NULL : set->set_list->first;
	const struct mailimap_set_item *item = first == NULL ? NULL : clist_content(first);
	bool one = item != NULL && item->set_first == item->set_last && item->set_first != 0;
	return one ? mail_imap_id_of(uidvalidity, item->set_first) : g_strdup("");
}

typedef struct {
	const char *to;
	char *id; /* there; "": the server does not say */
} Move;

static bool
move_set(Imap *imap, struct mailimap_set *set, gpointer user, GError **error)
{
	Move *move = user;
	uint32_t validity = 0;
	struct mailimap_set *from = NULL;
	struct mailimap_set *there = NULL;
	bool can_move = mailimap_has_extension(imap->session, "MOVE");
	int r = can_move ? mailimap_uidplus_uid_move(imap->session, set, move->to, &validity, &from,
						     &there)
			 : mailimap_uidplus_uid_copy(imap->session, set, move->to, &validity, &from,
						     &there);
	move->id = id_in(validity, there);
	if (from != NULL) {
		mailimap_set_free(from);
	}
	if (there != NULL) {
		mailimap_set_free(there);
	}
	if (!mail_imap_check(imap, r, PS_ERROR_IO, error)) {
		return false;
	}
	return can_move || expunge(imap, set, NULL, error);
}

char *
mail_imap_move(MailStore *store, const char *folder, const char *id, const char *to,
	       GCancellable *stop, GError **error)
{
	ImapPlace place = {folder, id};
	ImapPlace target = {to, NULL};
	GError *trouble = NULL;
	Move move = {to, NULL};
	if (change_one(store, &place, move_set, &move, stop, &trouble)) {
		return move.id;
	}
	g_free(move.id);
	mail_imap_explain(&((ImapStore *)store)->usual, &target, stop, trouble, error);
	return NULL;
}

static bool
is_same_header(const MailEntry *entry, BaseBytes message)
{
	g_autoptr(GBytes) header = mail_header_of(message);
	g_autofree char *there = base_bytes_strdup(base_bytes_of(entry->header));
	g_autofree char *ours = base_bytes_strdup(base_bytes_of(header));
	return g_str_equal(g_strchomp(g_strdelimit(there, "\r", ' ')),
			   g_strchomp(g_strdelimit(ours, "\r", ' ')));
}

/* Which of the messages from UID @first on is ours; "" if that cannot be told. Without UIDPLUS,
 * nobody says. */
static char *
id_by_header(Imap *imap, const char *folder, guint32 first, BaseBytes message)
{
	const char *id = "";
	guint n = 0;
	struct mailimap_set *set = mailimap_set_new_interval(first, 0);
	g_autoptr(GPtrArray) entries = mail_imap_select(imap, folder, true, NULL)
					       ? mail_imap_fetch(imap, set, true, false, NULL)
					       : NULL;
	mailimap_set_free(set);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		const MailEntry *entry = g_ptr_array_index(entries, i);
		guint32 uid = 0;
		if (mail_imap_uid_of(imap, entry->id, &uid, NULL) && uid >= first &&
		    is_same_header(entry, message)) {
			id = entry->id;
			n++;
		}
	}
	return g_strdup(n == 1 ? id : "");
}

static char *
append_one(Imap *imap, const char *folder, BaseBytes message, MailFlags flags, GError **error)
{
	bool plus = mailimap_has_uidplus(imap->session);
	if (!plus && !mail_imap_select(imap, folder, true, error)) {
		return NULL;
	}
	guint32 next = plus ? 0 : imap->session->imap_selection_info->sel_uidnext;
	struct mailimap_flag_list *list = mail_imap_flag_list(flags);
	uint32_t validity = 0;
	uint32_t uid = 0;
	int r = mailimap_uidplus_append(imap->session, folder, list, NULL, (const char *)message.p,
					message.n, &validity, &uid);
	mailimap_flag_list_free(list);
	if (!mail_imap_check(imap, r, PS_ERROR_IO, error)) {
		return NULL;
	}
	if (uid != 0) {
		return mail_imap_id_of(validity, uid);
	}
	return next == 0 ? g_strdup("") : id_by_header(imap, folder, next, message);
}

char *
mail_imap_append(MailStore *store, const char *folder, GBytes *octets, MailFlags flags,
		 GCancellable *stop, GError **error)
{
	Imap *imap = &((ImapStore *)store)->usual;
	ImapPlace place = {folder, NULL};
	GError *trouble = NULL;
	char *id = NULL;
	if (mail_imap_begin(imap, stop, IMAP_LITERAL, &trouble)) {
		mail_wire_expect(imap->wire, g_bytes_get_size(octets));
		id = append_one(imap, folder, base_bytes_of(octets), flags, &trouble);
	}
	if (id == NULL) {
		mail_imap_explain(imap, &place, stop, trouble, error);
	}
	return id;
}
