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

/* A call about one message: the folder is selected, *@set has its UID. */
static bool
begin_change(Imap *imap, const char *folder, const char *id, struct mailimap_set **set,
	     GCancellable *stop, GError **error)
{
	guint32 uid = 0;
	if (!mail_imap_begin(imap, stop, IMAP_LITERAL, error) ||
	    !mail_imap_select(imap, folder, false, error) ||
	    !mail_imap_uid_of(imap, id, &uid, error)) {
		return false;
	}
	*set = mailimap_set_new_single(uid);
	return true;
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

bool
mail_imap_flag(MailStore *store, const char *folder, const char *id, MailChange change,
	       GCancellable *stop, GError **error)
{
	Imap *imap = (Imap *)store;
	struct mailimap_set *set = NULL;
	if (!begin_change(imap, folder, id, &set, stop, error)) {
		return false;
	}
	bool done = store_flags(imap, set, change, error);
	mailimap_set_free(set);
	return done;
}

/* \Deleted, and out of the folder where the server can do that for one message alone. */
static bool
expunge(Imap *imap, struct mailimap_set *set, GError **error)
{
	MailChange gone = {.set = MAIL_DELETED};
	return store_flags(imap, set, gone, error) &&
	       (!mailimap_has_uidplus(imap->session) ||
		mail_imap_check(imap, mailimap_uid_expunge(imap->session, set), PS_ERROR_IO,
				error));
}

bool
mail_imap_remove(MailStore *store, const char *folder, const char *id, GCancellable *stop,
		 GError **error)
{
	Imap *imap = (Imap *)store;
	struct mailimap_set *set = NULL;
	if (!begin_change(imap, folder, id, &set, stop, error)) {
		return false;
	}
	bool done = expunge(imap, set, error);
	mailimap_set_free(set);
	return done;
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

static char *
move_set(Imap *imap, struct mailimap_set *set, const char *to, GError **error)
{
	uint32_t validity = 0;
	struct mailimap_set *from = NULL;
	struct mailimap_set *there = NULL;
	bool plus = mailimap_has_uidplus(imap->session);
	bool can_move = plus && mailimap_has_extension(imap->session, "MOVE");
	int r = can_move ? mailimap_uidplus_uid_move(imap->session, set, to, &validity, &from,
						     &there)
		: plus ? mailimap_uidplus_uid_copy(imap->session, set, to, &validity, &from, &there)
		       : mailimap_uid_copy(imap->session, set, to);
	g_autofree char *id = id_in(validity, there);
	if (from != NULL) {
		mailimap_set_free(from);
	}
	if (there != NULL) {
		mailimap_set_free(there);
	}
	bool done = mail_imap_check(imap, r, PS_ERROR_IO, error) &&
		    (can_move || expunge(imap, set, error));
	return done ? g_steal_pointer(&id) : NULL;
}

char *
mail_imap_move(MailStore *store, const char *folder, const char *id, const char *to,
	       GCancellable *stop, GError **error)
{
	Imap *imap = (Imap *)store;
	struct mailimap_set *set = NULL;
	if (!begin_change(imap, folder, id, &set, stop, error)) {
		return NULL;
	}
	char *moved = move_set(imap, set, to, error);
	mailimap_set_free(set);
	return moved;
}

char *
mail_imap_append(MailStore *store, const char *folder, GBytes *octets, MailFlags flags,
		 GCancellable *stop, GError **error)
{
	Imap *imap = (Imap *)store;
	if (!mail_imap_begin(imap, stop, IMAP_LITERAL, error)) {
		return NULL;
	}
	mail_wire_expect(imap->wire, g_bytes_get_size(octets));
	BaseBytes message = base_bytes_of(octets);
	struct mailimap_flag_list *list = mail_imap_flag_list(flags);
	uint32_t validity = 0;
	uint32_t uid = 0;
	int r = mailimap_has_uidplus(imap->session)
			? mailimap_uidplus_append(imap->session, folder, list, NULL,
						  (const char *)message.p, message.n, &validity,
						  &uid)
			: mailimap_append(imap->session, folder, list, NULL,
					  (const char *)message.p, message.n);
	mailimap_flag_list_free(list);
	if (!mail_imap_check(imap, r, PS_ERROR_IO, error)) {
		return NULL;
	}
	return uid == 0 ? g_strdup("") : mail_imap_id_of(validity, uid);
}
