/* SPDX-License-Identifier: MPL-2.0 */
/* Folders, and what lists show: true Subjects and marks in plain words. */
#include "enums.h"
#include "web/letters.h"

#include "letter/text.h"
#include "web/marks.h"
#include <string.h>

#define GLANCE_MAX      (4U << 20) /* octets of a message that a list looks into */
#define FOLDER_NAME_MAX 200U       /* characters */

JsonObject *
web_mailbox_json(const LetterMailbox *mailbox)
{
	JsonObject *object = json_object_new();
	web_json_set(object, "address", mailbox->address);
	web_json_set(object, "display", mailbox->name);
	return object;
}

/* ---- folders ---- */

/* The usual folders are called the same everywhere, whatever the server calls them. */
static const char *
name_of(const MailFolder *folder)
{
	static const char *const NAMES[] = {
		[MAIL_ROLE_INBOX] = N_("Inbox"),   [MAIL_ROLE_SENT] = N_("Sent"),
		[MAIL_ROLE_DRAFTS] = N_("Drafts"), [MAIL_ROLE_TRASH] = N_("Trash"),
		[MAIL_ROLE_JUNK] = N_("Junk"),     [MAIL_ROLE_ARCHIVE] = N_("Archive"),
	};

	bool usual = (size_t)folder->role < G_N_ELEMENTS(NAMES) && NAMES[folder->role] != NULL;
	return usual ? _(NAMES[folder->role]) : folder->name;
}

static JsonObject *
folder_json(const WebDesk *desk, const MailFolder *folder, bool here)
{
	JsonObject *object = json_object_new();
	web_json_set(object, "id", folder->id);
	web_json_take(object, "name", letter_text_clean(name_of(folder), FOLDER_NAME_MAX));
	web_json_set(object, "role", mail_role_name(folder->role));
	json_object_set_int_member(object, "unread", folder->unread);
	json_object_set_int_member(object, "total", folder->total);
	web_json_take(object, "url", web_path("mail", web_desk_id(desk), folder->id, "", NULL));
	json_object_set_boolean_member(object, "here", here);
	json_object_set_boolean_member(object, "empty", folder->total == 0);
	return object;
}

JsonArray *
web_folders_json(WebDesk *desk, const char *here, MailRole *role, GCancellable *stop,
		 GError **error)
{
	MailStore *store = web_desk_store(desk, error);
	g_autoptr(GPtrArray) folders =
		store == NULL ? NULL : mail_store_folders(store, stop, error);
	if (folders == NULL) {
		return NULL;
	}
	JsonArray *array = json_array_new();
	for (guint i = 0; i < folders->len; i++) {
		const MailFolder *folder = g_ptr_array_index(folders, i);
		bool same = here != NULL && strcmp(folder->id, here) == 0;
		if (same && role != NULL) {
			*role = folder->role;
		}
		json_array_add_object_element(array, folder_json(desk, folder, same));
	}
	return array;
}

JsonObject *
web_folders_here(JsonArray *folders)
{
	for (guint i = 0; i < json_array_get_length(folders); i++) {
		JsonObject *folder = web_json_at(folders, i);
		if (web_json_true(folder, "here")) {
			return folder;
		}
	}
	return NULL;
}

/* ---- one row ---- */

/* From the header as it lies there, before anything was looked into. */
static WebGlance *
glance_outside(const LetterSummary *summary)
{
	WebGlance *glance = g_new0(WebGlance, 1);
	const LetterMailbox *from =
		summary->from->len == 0 ? NULL : g_ptr_array_index(summary->from, 0);
	glance->mark = WEB_MARK_UNKNOWN;
	glance->text = g_strdup(web_mark_text(WEB_MARK_UNKNOWN, false));
	glance->subject = g_strdup(summary->subject);
	glance->address = g_strdup(from == NULL ? "" : from->address);
	glance->display = g_strdup(from == NULL ? "" : from->name);
	glance->attachments = summary->attachments;
	return glance;
}

/* The author as the engine wants him shown. */
static void
name_author(WebGlance *glance, const WebJudged *judged)
{
	const char *shown = judged->verdict == NULL ? NULL : ps_verdict_get_shown(judged->verdict);
	if (shown != NULL) {
		g_free(glance->address);
		glance->address = g_strdup(shown);
	}
}

static WebGlance *
glance_inside(const WebJudged *judged)
{
	g_autoptr(LetterSummary) summary = letter_summary_new(base_bytes_of(judged->content));
	WebGlance *glance = glance_outside(summary);
	glance->mark = judged->mark;
	glance->own = judged->own;
	glance->summary = "unprotected";
	if (judged->verdict != NULL) {
		PsSummary found = ps_verdict_get_summary(judged->verdict);
		glance->summary = ps_enum_nick(PS_TYPE_SUMMARY, (int)found);
	}
	g_free(glance->text);
	glance->text = judged->mark == WEB_MARK_CLOSED ? web_judged_sentence(judged)
						       : g_strdup(web_judged_mark_text(judged));
	name_author(glance, judged);
	return glance;
}

static bool
learns(MailRole role)
{
	return role != MAIL_ROLE_JUNK && role != MAIL_ROLE_SENT && role != MAIL_ROLE_DRAFTS &&
	       role != MAIL_ROLE_TRASH;
}

/* Looks into the message once; what was found is kept in memory. */
static WebGlance *
glance_of(WebDesk *desk, const WebListing *listing, const MailEntry *entry, GCancellable *stop)
{
	g_autofree char *key = g_strdup_printf(
		"%s\n%s\n%s\n%s\n%" G_GUINT64_FORMAT, web_desk_id(desk), listing->folder, entry->id,
		base_language_code(), ps_engine_count_decisions(web_desk_engine(desk)));
	WebGlance *known = web_marks_find(desk->site->marks, key);
	MailStore *store = known == NULL ? web_desk_store(desk, NULL) : NULL;
	g_autoptr(GBytes) octets =
		store == NULL || entry->size > GLANCE_MAX
			? NULL
			: mail_store_read(store, listing->folder, entry->id, NULL, stop, NULL);
	if (known != NULL) {
		return known;
	}
	if (octets == NULL) {
		g_autoptr(LetterSummary) summary = letter_summary_new(base_bytes_of(entry->header));
		return glance_outside(summary);
	}
	g_auto(WebJudged) judged = {0};
	web_judge(web_desk_engine(desk), web_desk_id(desk), octets,
		  learns(listing->role) ? WEB_JUDGE_LEARN : WEB_JUDGE_ONLY, &judged);
	WebGlance *glance = glance_inside(&judged);
	if (judged.mark != WEB_MARK_CLOSED) { /* its key may come later */
		web_marks_note(desk->site->marks, key, glance);
	}
	return glance;
}

static JsonArray *
recipients_json(const LetterSummary *summary)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < summary->to->len; i++) {
		json_array_add_object_element(array,
					      web_mailbox_json(g_ptr_array_index(summary->to, i)));
	}
	return array;
}

/* What looks like an address is shown only if it is the address. */
static bool
names_person(const char *display)
{
	static const gunichar SIGNS[] = {'@', 0xFF20, 0xFE6B};
	for (size_t i = 0; i < G_N_ELEMENTS(SIGNS); i++) {
		if (g_utf8_strchr(display, -1, SIGNS[i]) != NULL) {
			return false;
		}
	}
	return display[0] != '\0';
}

/* Whom the row is about: the author, or whom one wrote to. */
static char *
who_of(const WebListing *listing, const LetterSummary *summary, const WebGlance *glance)
{
	bool out = listing->role == MAIL_ROLE_SENT || listing->role == MAIL_ROLE_DRAFTS;
	const char *name = names_person(glance->display) ? glance->display : glance->address;
	if (!out || summary->to->len == 0) {
		return g_strdup(name);
	}
	const LetterMailbox *first = g_ptr_array_index(summary->to, 0);
	return g_strdup_printf("%s%s", names_person(first->name) ? first->name : first->address,
			       summary->to->len > 1 ? ", …" : "");
}

/* The time of today, the day of another day, without its year if that is this one; (transfer full).
 */
static char *
short_date(gint64 time)
{
	g_autofree char *whole = web_date(time);
	g_autoptr(GDateTime) date = time == 0 ? NULL : g_date_time_new_from_unix_local(time);
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	bool this_year = date != NULL && g_date_time_get_year(date) == g_date_time_get_year(now);
	if (this_year && g_date_time_get_day_of_year(date) == g_date_time_get_day_of_year(now)) {
		return g_date_time_format(date, "%H:%M");
	}
	whole[strcspn(whole, ",")] = '\0';
	g_autofree char *year = this_year ? g_date_time_format(date, " %Y") : g_strdup("");
	size_t rest = strlen(whole) - strlen(year);
	if (g_str_has_suffix(whole, year)) {
		whole[rest] = '\0';
	}
	return g_steal_pointer(&whole);
}

static JsonObject *
entry_json(const WebDesk *desk, const WebListing *listing, const MailEntry *entry,
	   const WebGlance *glance)
{
	g_autoptr(LetterSummary) summary = letter_summary_new(base_bytes_of(entry->header));
	const LetterMailbox from = {glance->display, glance->address};
	gint64 date = summary->date != 0 ? summary->date : entry->received;
	JsonObject *object = json_object_new();
	web_json_set(object, "id", entry->id);
	json_object_set_object_member(object, "from", web_mailbox_json(&from));
	json_object_set_array_member(object, "to", recipients_json(summary));
	web_json_take(object, "who", who_of(listing, summary, glance));
	web_json_set(object, "subject", glance->subject);
	web_json_time(object, "date", date);
	web_json_take(object, "date_text", web_date(date));
	web_json_take(object, "date_short", short_date(date));
	json_object_set_boolean_member(object, "unread", (entry->flags & MAIL_SEEN) == 0);
	json_object_set_boolean_member(object, "flagged", (entry->flags & MAIL_FLAGGED) != 0);
	json_object_set_boolean_member(object, "answered", (entry->flags & MAIL_ANSWERED) != 0);
	json_object_set_boolean_member(object, "attachments", glance->attachments);
	web_json_set(object, "summary", glance->summary);
	web_json_set(object, "mark", web_mark_name(glance->mark));
	web_json_set(object, "mark_text", glance->text);
	web_json_take(object, "url",
		      web_path("mail", web_desk_id(desk), listing->folder, entry->id, "", NULL));
	return object;
}

/* ---- lists ---- */

typedef struct {
	WebDesk *desk;
	const char *words;
} Search;

/* What was sealed is searched as it reads. */
static bool
is_wanted(gpointer user, BaseBytes octets)
{
	const Search *search = user;
	g_autoptr(LetterSummary) summary = letter_summary_new(octets);
	if (letter_matches(octets, search->words)) {
		return true;
	}
	if (!summary->sealed) {
		return false;
	}
	g_auto(WebJudged) judged = {0};
	g_autoptr(GBytes) message = g_bytes_new(octets.p, octets.n);
	web_judge(web_desk_engine(search->desk), web_desk_id(search->desk), message, WEB_JUDGE_ONLY,
		  &judged);
	web_desk_rest(search->desk);
	return !judged.closed && letter_matches(base_bytes_of(judged.content), search->words);
}

JsonObject *
web_list_json(WebDesk *desk, const WebListing *listing, GCancellable *stop, GError **error)
{
	Search search = {desk, listing->search};
	MailQuery query = {.offset = listing->offset,
			   .limit = listing->limit,
			   .search = listing->search,
			   .match = listing->search == NULL ? NULL : is_wanted,
			   .user = &search};
	MailStore *store = web_desk_store(desk, error);
	g_autoptr(MailPage) page =
		store == NULL ? NULL : mail_store_list(store, listing->folder, &query, stop, error);
	if (page == NULL) {
		return NULL;
	}
	g_autoptr(GPtrArray) rows = g_ptr_array_new();
	for (guint i = page->entries->len; i-- > 0;) { /* learned in the order in which it came */
		const MailEntry *entry = g_ptr_array_index(page->entries, i);
		g_autoptr(WebGlance) glance = glance_of(desk, listing, entry, stop);
		g_ptr_array_add(rows, entry_json(desk, listing, entry, glance));
	}
	web_desk_rest(desk);
	JsonArray *messages = json_array_new();
	for (guint i = rows->len; i-- > 0;) {
		json_array_add_object_element(messages, g_ptr_array_index(rows, i));
	}
	JsonObject *object = json_object_new();
	json_object_set_int_member(object, "total", page->total);
	json_object_set_int_member(object, "offset", page->offset);
	json_object_set_boolean_member(object, "complete", page->complete);
	json_object_set_array_member(object, "messages", messages);
	return object;
}
