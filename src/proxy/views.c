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
	GHashTable *summaries; /* place -> PsSummary, none of PS_SUMMARY_UNPROTECTED */
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

bool
views_opens(const Login *login)
{
	bool opens = true;
	for (guint i = 0; i < login->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(login->accounts, i);
		opens = opens && account->opens;
	}
	return opens;
}

bool
views_marks(const Login *login)
{
	bool marks = false;
	for (guint i = 0; i < login->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(login->accounts, i);
		marks = marks || account->status == PROXY_STATUS_EVERY;
	}
	return marks && views_opens(login);
}

bool
views_has(const Login *login, Kind kind)
{
	return kind.sealed || kind.forged || views_marks(login);
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

char *
views_place_in_session(const Login *login, guint session, guint32 number)
{
	g_autofree char *box = mailbox_of(login, "", session);
	return g_strdup_printf("%s\n%u", box, number);
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
		*out = (PsSummary)summary;
	}
	return summary != 0;
}

GArray *
views_known(Views *views, const Login *login, const char *mailbox, guint32 validity)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&views->lock);
	GArray *uids = g_array_new(FALSE, FALSE, sizeof(guint32));
	g_autofree char *box = mailbox_of(login, mailbox == NULL ? "" : mailbox, validity);
	size_t n = strlen(box);
	GHashTableIter iter;
	gpointer key = NULL;
	for (g_hash_table_iter_init(&iter, views->summaries);
	     g_hash_table_iter_next(&iter, &key, NULL);) {
		const char *place = key;
		if (strncmp(place, box, n) == 0 && place[n] == '\n') {
			guint32 uid = (guint32)g_ascii_strtoull(place + n + 1, NULL, 10);
			g_array_append_val(uids, uid);
		}
	}
	return uids;
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
	if (summary == PS_SUMMARY_UNPROTECTED) {
		return;
	}
	if (g_hash_table_size(views->summaries) >= PLACES_MAX) {
		g_hash_table_remove_all(views->summaries);
		g_hash_table_remove_all(views->mailboxes);
	}
	g_hash_table_replace(views->summaries, g_strdup(place), GUINT_TO_POINTER((guint)summary));
	g_hash_table_add(views->mailboxes, g_strndup(place, (gsize)(strrchr(place, '\n') - place)));
}

void
views_note(Views *views, const char *place, PsSummary summary)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&views->lock);
	if (place != NULL) {
		keep_summary(views, place, summary);
	}
}

/* What all places of a login begin with, but for those of POP3, which last as long as a session. */
static char *
account_of(const Login *login)
{
	const ProxyAccount *account = g_ptr_array_index(login->accounts, 0);
	return g_strconcat(account->address, "\n", NULL);
}

GBytes *
views_export(Views *views, const Login *login)
{
	g_autofree char *begin = account_of(login);
	GString *text = g_string_new(NULL);
	GHashTableIter iter;
	gpointer place = NULL;
	gpointer summary = NULL;
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&views->lock);
	for (g_hash_table_iter_init(&iter, views->summaries);
	     g_hash_table_iter_next(&iter, &place, &summary);) {
		const char *rest = (const char *)place + strlen(begin);
		if (g_str_has_prefix(place, begin) && *rest != '\n') {
			g_autofree char *word = g_uri_escape_string(rest, NULL, TRUE);
			g_string_append_printf(text, "%s %u\n", word, GPOINTER_TO_UINT(summary));
		}
	}
	return g_string_free_to_bytes(text);
}

/* "INBOX%0A1700000000%0A17 1" */
static void
import_line(Views *views, const char *begin, char *line)
{
	char *blank = strrchr(line, ' ');
	guint64 summary = 0;
	if (blank == NULL ||
	    !g_ascii_string_to_unsigned(blank + 1, 10, PS_SUMMARY_UNPROTECTED + 1,
					PS_SUMMARY_ENCRYPTED_ONLY, &summary, NULL)) {
		return;
	}
	*blank = '\0';
	g_autofree char *rest = g_uri_unescape_string(line, NULL);
	if (rest != NULL && strchr(rest, '\n') != NULL) {
		g_autofree char *place = g_strconcat(begin, rest, NULL);
		views_note(views, place, (PsSummary)summary);
	}
}

void
views_import(Views *views, const Login *login, BaseBytes text)
{
	g_autofree char *begin = account_of(login);
	g_autofree char *copy = base_bytes_strdup(text);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		import_line(views, begin, *line);
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

static bool
is_for_now(const GError *reason)
{
	return g_error_matches(reason, PS_ERROR, PS_ERROR_BUSY) ||
	       g_error_matches(reason, PS_ERROR, PS_ERROR_IO) ||
	       g_error_matches(reason, PS_ERROR, PS_ERROR_CREATE);
}

/* What the engine decides; NULL if it cannot, *@later: for now. */
static PsView *
ask_engine(House *house, const Login *login, PsMessage *message, bool junk, bool *later)
{
	g_autoptr(GError) reason = NULL;
	PsViewFlags flags = (views_marks(login) ? PS_VIEW_MARKED : PS_VIEW_DEFAULT) |
			    (junk ? PS_VIEW_JUNK : PS_VIEW_DEFAULT);
	PsEngine *engine = house_lend(house, login);
	PsView *opened = ps_engine_view_as(engine, message, flags, &reason);
	house_give_back(house, login, engine);
	if (opened == NULL) {
		house_log(house, "a message cannot be opened: %s", reason->message);
		*later = is_for_now(reason);
	} else {
		house_note_verdict(house, login, message, opened->message_id, opened->verdict);
	}
	return opened;
}

View *
views_make(Views *views, House *house, const Login *login, const char *place, PsMessage *message,
	   bool junk)
{
	View *view = views_find(views, place);
	if (view != NULL) {
		return view;
	}
	bool later = false;
	g_autoptr(PsView) opened = ask_engine(house, login, message, junk, &later);
	view = g_new0(View, 1);
	g_atomic_ref_count_init(&view->refs);
	view->decided = opened != NULL;
	view->later = later;
	if (opened == NULL) {
		return view;
	}
	view->content = g_steal_pointer(&opened->content);
	view->summary = opened->summary;
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
