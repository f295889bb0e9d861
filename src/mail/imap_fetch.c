/* SPDX-License-Identifier: MPL-2.0 */
/* Messages of an IMAP account. */
#include "mail/imap_private.h"

#include "base/calendar.h"
#include "base/limits.h"

static void
free_entry(gpointer data)
{
	MailEntry *entry = data;
	g_free(entry->id);
	g_bytes_unref(entry->header);
	g_free(entry);
}

static void
add_att(struct mailimap_fetch_type *type, struct mailimap_fetch_att *att)
{
	(void)mailimap_fetch_type_new_fetch_att_list_add(type, att);
}

/* BODY.PEEK: reading sets no flag. Never more than what is asked for, whatever a message has. */
static struct mailimap_fetch_type *
wanted(bool octets)
{
	struct mailimap_section *section =
		octets ? mailimap_section_new(NULL) : mailimap_section_new_header();
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();
	add_att(type, mailimap_fetch_att_new_uid());
	add_att(type, mailimap_fetch_att_new_flags());
	add_att(type, mailimap_fetch_att_new_internaldate());
	add_att(type, mailimap_fetch_att_new_rfc822_size());
	add_att(type, mailimap_fetch_att_new_body_peek_section_partial(
			      section, 0, octets ? MAIL_SEARCH_OCTETS : BASE_LIMIT_HEADER));
	return type;
}

static gint64
time_of(const struct mailimap_date_time *date)
{
	Calendar c = {
		.year = date->dt_year,
		.month = date->dt_month,
		.day = date->dt_day,
		.hour = date->dt_hour,
		.minute = date->dt_min,
		.second = date->dt_sec,
	};
	int zone = ABS(date->dt_zone);
	int64_t offset = (int64_t)(zone / 100 * 60 + zone % 100) * 60;
	int64_t time = 0;
	return calendar_time(&c, date->dt_zone < 0 ? -offset : offset, &time) ? time : 0;
}

static void
note_static(MailEntry *entry, const struct mailimap_msg_att_static *att, guint32 *uid)
{
	switch (att->att_type) {
	case MAILIMAP_MSG_ATT_UID:
		*uid = att->att_data.att_uid;
		break;
	case MAILIMAP_MSG_ATT_RFC822_SIZE:
		entry->size = att->att_data.att_rfc822_size;
		break;
	case MAILIMAP_MSG_ATT_INTERNALDATE:
		if (att->att_data.att_internal_date != NULL) {
			entry->received = time_of(att->att_data.att_internal_date);
		}
		break;
	case MAILIMAP_MSG_ATT_BODY_SECTION: {
		const struct mailimap_msg_att_body_section *body = att->att_data.att_body_section;
		if (body != NULL && body->sec_body_part != NULL) {
			g_bytes_unref(entry->header);
			entry->header = g_bytes_new(body->sec_body_part, body->sec_length);
		}
		break;
	}
	default:
		break;
	}
}

static void
note_flags(MailEntry *entry, const struct mailimap_msg_att_dynamic *att)
{
	const clist *list = att == NULL ? NULL : att->att_list;
	guint flags = 0;
	for (clistiter *at = list == NULL ? NULL : list->first; at != NULL; at = at->next) {
		flags |= (guint)mail_imap_flag_of(clist_content(at));
	}
	entry->flags = (MailFlags)flags;
}

/* One message; NULL if the server does not say which. */
static MailEntry *
entry_of(const Imap *imap, const struct mailimap_msg_att *message)
{
	guint32 uid = 0;
	MailEntry *entry = mail_entry_new("", 0);
	for (clistiter *at = message->att_list->first; at != NULL; at = at->next) {
		const struct mailimap_msg_att_item *item = clist_content(at);
		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC) {
			note_static(entry, item->att_data.att_static, &uid);
		} else if (item->att_type == MAILIMAP_MSG_ATT_ITEM_DYNAMIC) {
			note_flags(entry, item->att_data.att_dyn);
		}
	}
	if (uid == 0) {
		free_entry(entry);
		return NULL;
	}
	g_free(entry->id);
	entry->id = mail_imap_id_of(imap->session->imap_selection_info->sel_uidvalidity, uid);
	return entry;
}

GPtrArray *
mail_imap_fetch(Imap *imap, struct mailimap_set *set, bool uids, bool octets, GError **error)
{
	clist *list = NULL;
	struct mailimap_fetch_type *type = wanted(octets);
	int r = uids ? mailimap_uid_fetch(imap->session, set, type, &list)
		     : mailimap_fetch(imap->session, set, type, &list);
	mailimap_fetch_type_free(type);
	if (!mail_imap_check(imap, r, PS_ERROR_IO, error)) {
		return NULL;
	}
	GPtrArray *entries = g_ptr_array_new_with_free_func(free_entry);
	for (clistiter *at = list->first; at != NULL && entries->len < MAIL_PAGE_MAX;
	     at = at->next) {
		MailEntry *entry = entry_of(imap, clist_content(at));
		if (entry != NULL) {
			g_ptr_array_add(entries, entry);
		}
	}
	mailimap_fetch_list_free(list);
	return entries;
}

/* Messages @first to @last by their numbers, newest first; true if there are none. */
static bool
add_numbers(Imap *imap, MailPage *page, guint32 first, guint32 last, GError **error)
{
	struct mailimap_set *set = mailimap_set_new_interval(first, last);
	g_autoptr(GPtrArray) entries = mail_imap_fetch(imap, set, false, false, error);
	mailimap_set_free(set);
	for (guint i = 0; entries != NULL && i < entries->len; i++) {
		g_ptr_array_add(page->entries, entries->pdata[entries->len - 1 - i]);
	}
	if (entries != NULL) {
		g_ptr_array_set_free_func(entries, NULL);
	}
	return entries != NULL;
}

/* The message with this UID, octets and all, if it is what is searched for. */
static bool
add_if_found(Imap *imap, MailPage *page, const MailQuery *query, guint32 uid, GError **error)
{
	struct mailimap_set *set = mailimap_set_new_single(uid);
	g_autoptr(GPtrArray) entries =
		mail_imap_fetch(imap, set, true, query->match != NULL, error);
	mailimap_set_free(set);
	if (entries == NULL || entries->len == 0) {
		return entries != NULL;
	}
	MailEntry *entry = g_ptr_array_index(entries, 0);
	BaseBytes octets = base_bytes_of(entry->header);
	if (query->match != NULL && !query->match(query->user, octets)) {
		return true;
	}
	if (page->total++ >= query->offset) {
		GBytes *header = mail_header_of(octets);
		g_bytes_unref(entry->header);
		entry->header = header;
		g_ptr_array_add(page->entries, g_ptr_array_steal_index(entries, 0));
	}
	return true;
}

static bool
search(Imap *imap, MailPage *page, const MailQuery *query, GCancellable *stop, GError **error)
{
	g_autoptr(GArray) uids =
		mail_imap_candidates(imap, query->search, query->match != NULL, error);
	gint64 end = g_get_monotonic_time() + MAIL_SEARCH_SECONDS;
	for (guint i = uids == NULL ? 0 : uids->len; i > 0; i--) {
		if (page->entries->len >= query->limit || g_get_monotonic_time() > end) {
			page->complete = false;
			break;
		}
		guint32 uid = g_array_index(uids, guint32, i - 1);
		if (mail_is_stopped(stop, error) || !add_if_found(imap, page, query, uid, error)) {
			return false;
		}
	}
	return uids != NULL;
}

/* @imap is ready. */
static MailPage *
search_in(Imap *imap, const char *folder, const MailQuery *query, GCancellable *stop,
	  GError **error)
{
	g_autoptr(MailPage) page = mail_page_new();
	page->offset = query->offset;
	return mail_imap_select(imap, folder, true, error) && search(imap, page, query, stop, error)
		       ? g_steal_pointer(&page)
		       : NULL;
}

MailPage *
mail_imap_search(MailStore *store, const char *folder, const MailQuery *query, GCancellable *stop,
		 GError **error)
{
	ImapStore *both = (ImapStore *)store;
	g_autoptr(GError) trouble = NULL;
	g_autoptr(MailTurn) aside = mail_turn_take(&both->searching, stop, error);
	if (aside == NULL) {
		return NULL;
	}
	if (mail_imap_begin(&both->aside, stop, MAIL_SEARCH_OCTETS, &trouble)) {
		MailPage *page = search_in(&both->aside, folder, query, stop, error);
		mail_imap_drop(&both->aside);
		return page;
	}
	if (g_error_matches(trouble, PS_ERROR, PS_ERROR_BUSY)) {
		g_propagate_error(error, g_steal_pointer(&trouble));
		return NULL;
	}
	/* Some servers take only so many sessions of one person. */
	g_autoptr(MailTurn) turn = mail_turn_take(&store->turn, stop, error);
	return turn != NULL && mail_imap_begin(&both->usual, stop, MAIL_SEARCH_OCTETS, error)
		       ? search_in(&both->usual, folder, query, stop, error)
		       : NULL;
}

MailPage *
mail_imap_list(MailStore *store, const char *folder, const MailQuery *query, GCancellable *stop,
	       GError **error)
{
	Imap *imap = &((ImapStore *)store)->usual;
	if (!mail_imap_begin(imap, stop, IMAP_LITERAL, error) ||
	    !mail_imap_select(imap, folder, true, error)) {
		return NULL;
	}
	g_autoptr(MailPage) page = mail_page_new();
	page->offset = query->offset;
	page->total = imap->session->imap_selection_info->sel_exists;
	if (query->offset >= page->total || query->limit == 0) {
		return g_steal_pointer(&page);
	}
	guint32 last = page->total - query->offset;
	guint32 first = last > query->limit ? last - query->limit + 1 : 1;
	return add_numbers(imap, page, first, last, error) ? g_steal_pointer(&page) : NULL;
}
