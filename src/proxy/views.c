/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/views.h"

#define CONTENT_MAX (16U << 20) /* octets of all views that are kept */
#define LARGE_MAX   (96U << 20) /* octets of the one large view */
#define PLACES_MAX  50000U      /* places whose summaries are kept */

struct Views {
	GMutex lock;
	GHashTable *known;     /* place -> View */
	GQueue order;          /* of places, owned by known; the oldest first */
	size_t octets;         /* of all contents */
	GHashTable *summaries; /* place -> PsSummary + 1 */
	GHashTable *mailboxes; /* those that views were made in */
	char *large_place; /* of the one large view that is kept, since programs read it in pieces
			    */
	View *large;
};

View *
view_ref(View *view)
{
	g_atomic_ref_count_inc(&view->refs);
	return view;
}

void
view_unref(View *view)
{
	if (g_atomic_ref_count_dec(&view->refs)) {
		g_clear_pointer(&view->content, g_bytes_unref);
		g_free(view);
	}
}

Views *
views_new(void)
{
	Views *views = g_new0(Views, 1);
	g_mutex_init(&views->lock);
	g_queue_init(&views->order);
	views->known =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)view_unref);
	views->summaries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	views->mailboxes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return views;
}

void
views_free(Views *views)
{
	if (views == NULL) {
		return;
	}
	g_queue_clear(&views->order);
	g_hash_table_unref(views->known);
	g_hash_table_unref(views->summaries);
	g_hash_table_unref(views->mailboxes);
	g_clear_pointer(&views->large, view_unref);
	g_free(views->large_place);
	g_mutex_clear(&views->lock);
	g_free(views);
}

static char *
mailbox_of(const Login *login, const char *mailbox, guint32 validity)
{
	const ProxyAccount *account = g_ptr_array_index(login->accounts, 0);
	return g_strdup_printf("%s\n%s\n%u", account->address, mailbox, validity);
}

bool
views_any(Views *views, const Login *login, const char *mailbox, guint32 validity)
{
	g_autofree char *key = mailbox_of(login, mailbox == NULL ? "" : mailbox, validity);
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&views->lock);
	return g_hash_table_contains(views->mailboxes, key);
}

char *
views_place(const Login *login, const char *mailbox, guint32 validity, guint32 uid)
{
	if (mailbox == NULL || validity == 0 || uid == 0) {
		return NULL;
	}
	g_autofree char *box = mailbox_of(login, mailbox, validity);
	return g_strdup_printf("%s\n%u", box, uid);
}

static size_t
size_of(const View *view)
{
	return view->content == NULL ? 0 : g_bytes_get_size(view->content);
}

View *
views_find(Views *views, const char *place)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&views->lock);
	if (place == NULL) {
		return NULL;
	}
	View *view = g_strcmp0(views->large_place, place) == 0
			     ? views->large
			     : g_hash_table_lookup(views->known, place);
	return view == NULL ? NULL : view_ref(view);
}

bool
views_summary(Views *views, const char *place, PsSummary *out)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&views->lock);
	guint summary =
		place == NULL ? 0 : GPOINTER_TO_UINT(g_hash_table_lookup(views->summaries, place));
	if (summary != 0) {
		*out = (PsSummary)(summary - 1);
	}
	return summary != 0;
}

/* The lock is held. */
static void
forget_oldest(Views *views)
{
	char *oldest = g_queue_pop_head(&views->order);
	views->octets -= size_of(g_hash_table_lookup(views->known, oldest));
	g_hash_table_remove(views->known, oldest);
}

/* The lock is held. */
static void
keep_large(Views *views, const char *place, View *view)
{
	if (size_of(view) <= LARGE_MAX) {
		g_clear_pointer(&views->large, view_unref);
		g_free(views->large_place);
		views->large = view_ref(view);
		views->large_place = g_strdup(place);
	}
}

/* The lock is held. */
static void
keep_summary(Views *views, const char *place, PsSummary summary)
{
	if (g_hash_table_size(views->summaries) >= PLACES_MAX) {
		g_hash_table_remove_all(views->summaries);
	}
	g_hash_table_replace(views->summaries, g_strdup(place),
			     GUINT_TO_POINTER((guint)summary + 1));
	g_hash_table_add(views->mailboxes, g_strndup(place, (gsize)(strrchr(place, '\n') - place)));
}

void
views_note(Views *views, const char *place, PsSummary summary)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&views->lock);
	if (place != NULL && summary != PS_SUMMARY_UNPROTECTED) {
		keep_summary(views, place, summary);
	}
}

static void
keep(Views *views, const char *place, View *view)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&views->lock);
	keep_summary(views, place, view->summary);
	if (size_of(view) > CONTENT_MAX / 4) {
		keep_large(views, place, view);
		return;
	}
	if (g_hash_table_contains(views->known, place)) {
		return;
	}
	while (views->octets + size_of(view) > CONTENT_MAX ||
	       g_hash_table_size(views->known) >= PLACES_MAX) {
		forget_oldest(views);
	}
	char *key = g_strdup(place);
	views->octets += size_of(view);
	g_hash_table_insert(views->known, key, view_ref(view));
	g_queue_push_tail(&views->order, key);
}

static View *
view_new(GBytes *content, PsSummary summary)
{
	View *view = g_new0(View, 1);
	g_atomic_ref_count_init(&view->refs);
	view->content = content == NULL ? NULL : g_bytes_ref(content);
	view->summary = summary;
	return view;
}

View *
views_make(Views *views, House *house, const Login *login, const char *place, GBytes *octets)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	PsEngine *engine = house_lend(house, login);
	g_autoptr(PsView) opened = ps_engine_view(engine, message, &reason);
	house_give_back(house, login, engine);
	if (opened == NULL) {
		house_log(house, "a message cannot be opened: %s", reason->message);
		return view_new(NULL, PS_SUMMARY_UNPROTECTED);
	}
	house_note_verdict(house, login, opened->message_id, opened->verdict);
	View *view = view_new(opened->opened ? opened->content : NULL, opened->summary);
	if (place != NULL) {
		keep(views, place, view);
	}
	return view;
}

const char *
views_keyword(PsSummary summary)
{
	static const char *const keywords[] = {
		[PS_SUMMARY_UNPROTECTED] = NULL,
		[PS_SUMMARY_VERIFIED] = "$PostsealVerified",
		[PS_SUMMARY_CONFIDENTIAL] = "$PostsealConfidential",
		[PS_SUMMARY_ENCRYPTED_ONLY] = "$PostsealEncrypted",
	};
	return keywords[summary];
}
