/* SPDX-License-Identifier: MPL-2.0 */
/* Reading: folders, lists, letters, and what is done with them. */
#include "web/handlers.h"
#include "web/letters.h"
#include "web/outbox.h"

#include "letter/text.h"
#include <string.h>

#define PAGE      50U /* messages of a page */
#define LIMIT_MAX 200U

WebDesk *
web_request_desk(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	WebDesk *desk = web_desk_find(request->site, request->session,
				      web_request_argument(request, 0), &error);
	if (desk == NULL) {
		web_reply_error(reply, error);
	}
	return desk;
}

JsonNode *
web_desk_fail(WebRequest *request, WebReply *reply, const WebDesk *desk, const GError *error)
{
	if (request->page && g_error_matches(error, PS_ERROR, PS_ERROR_PASSPHRASE)) {
		g_autofree char *url = web_path("mail", web_desk_id(desk), "unlock", NULL);
		web_reply_go(reply, url);
		return NULL;
	}
	web_reply_error(reply, error);
	return NULL;
}

/* A number of the query, from 0 to @max. */
static guint
number_of(const WebRequest *request, const char *name, guint fallback, guint max)
{
	const char *text = web_request_query(request, name);
	guint64 value = fallback;
	if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT, &value, NULL)) {
		return fallback;
	}
	return (guint)MIN(value, max);
}

static const char *
search_of(const WebRequest *request)
{
	const char *search = web_request_query(request, "search");
	return search == NULL || search[0] == '\0' ? NULL : search;
}

JsonNode *
web_folders(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	JsonArray *folders = web_folders_json(desk, NULL, NULL, request->stop, &error);
	if (folders == NULL) {
		return web_desk_fail(request, reply, desk, error);
	}
	JsonObject *object = json_object_new();
	json_object_set_array_member(object, "folders", folders);
	return web_json_node(object);
}

JsonNode *
web_inbox(WebRequest *request, WebReply *reply)
{
	g_autofree char *url =
		web_path("mail", web_request_argument(request, 0), "INBOX", "", NULL);
	web_reply_go(reply, url);
	return NULL;
}

/* ---- lists ---- */

/* What became of something that was done before: [text, ...] */
static void
add_told(JsonObject *object, const WebRequest *request, const char *path, bool keep)
{
	g_autofree char *text = web_session_told(request->session, path, keep);
	g_auto(GStrv) lines = g_strsplit(text == NULL ? "" : text, "\n", -1);
	JsonArray *array = json_array_new();
	for (guint i = 0; lines[i] != NULL; i++) {
		if (lines[i][0] != '\0') {
			json_array_add_string_element(array, lines[i]);
		}
	}
	json_object_set_array_member(object, "told", array);
}

/* Whom something has not reached yet: {"people","url"}, or null. */
static void
add_outbox(JsonObject *object, WebDesk *desk)
{
	g_autoptr(JsonArray) waiting = web_outbox_json(desk);
	g_autoptr(GString) people = g_string_new(NULL);
	for (guint i = 0; i < json_array_get_length(waiting); i++) {
		g_string_append_printf(people, "%s%s", i == 0 ? "" : ", ",
				       json_array_get_string_element(waiting, i));
	}
	json_object_set_null_member(object, "outbox");
	if (people->len > 0) {
		JsonObject *outbox = json_object_new();
		web_json_set(outbox, "people", people->str);
		web_json_take(outbox, "url", web_path("mail", web_desk_id(desk), "outbox", NULL));
		json_object_set_object_member(object, "outbox", outbox);
	}
}

/* With the folders and the desk around it; NULL after @reply was filled. */
static JsonObject *
list_of(WebRequest *request, WebReply *reply, WebListing *listing)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	listing->folder = web_request_argument(request, 1);
	listing->search = search_of(request);
	g_autoptr(JsonArray) folders =
		web_folders_json(desk, listing->folder, &listing->role, request->stop, &error);
	JsonObject *list =
		folders == NULL ? NULL : web_list_json(desk, listing, request->stop, &error);
	if (list == NULL) {
		(void)web_desk_fail(request, reply, desk, error);
		return NULL;
	}
	if (request->page) {
		JsonObject *here = web_folders_here(folders);
		json_object_set_object_member(list, "desk", web_desk_json(desk));
		add_outbox(list, desk);
		json_object_set_array_member(list, "folders", json_array_ref(folders));
		json_object_set_object_member(
			list, "folder", here == NULL ? json_object_new() : json_object_ref(here));
	}
	web_json_set(list, "search", listing->search);
	return list;
}

JsonNode *
web_list(WebRequest *request, WebReply *reply)
{
	WebListing listing = {.offset = number_of(request, "offset", 0, G_MAXUINT),
			      .limit = MAX(number_of(request, "limit", PAGE, LIMIT_MAX), 1)};
	JsonObject *list = list_of(request, reply, &listing);
	return list == NULL ? NULL : web_json_node(list);
}

char *
web_list_url(const WebRequest *request, const char *action, guint page)
{
	g_autofree char *path = web_path("mail", web_request_argument(request, 0),
					 web_request_argument(request, 1), action, NULL);
	const char *search = search_of(request);
	g_autofree char *words = search == NULL ? NULL : g_uri_escape_string(search, NULL, FALSE);
	return g_strdup_printf("%s?page=%u%s%s", path, page,
			       words == NULL ? "" : "&search=", words == NULL ? "" : words);
}

guint
web_list_number(const WebRequest *request)
{
	return MAX(number_of(request, "page", 1, 100000), 1);
}

static void
add_pages(JsonObject *list, const WebRequest *request, const WebListing *listing)
{
	guint total = (guint)json_object_get_int_member(list, "total");
	guint n = json_array_get_length(web_json_array(list, "messages"));
	guint page = listing->offset / PAGE + 1;
	bool more = listing->offset + n < total || (n == PAGE && !web_json_true(list, "complete"));
	JsonObject *range = json_object_new();
	json_object_set_int_member(range, "from", n == 0 ? 0 : listing->offset + 1);
	json_object_set_int_member(range, "to", listing->offset + n);
	json_object_set_object_member(list, "range", range);
	web_json_take(list, "previous_url", page > 1 ? web_list_url(request, "", page - 1) : NULL);
	web_json_take(list, "next_url", more ? web_list_url(request, "", page + 1) : NULL);
	web_json_take(list, "do_url", web_list_url(request, "do", page));
}

/* What can be done there depends on the folder. */
static void
add_place(JsonObject *object, MailRole role)
{
	static const MailRole HERE[] = {MAIL_ROLE_TRASH, MAIL_ROLE_JUNK, MAIL_ROLE_ARCHIVE};
	JsonObject *place = json_object_new();
	for (size_t i = 0; i < G_N_ELEMENTS(HERE); i++) {
		json_object_set_boolean_member(place, mail_role_name(HERE[i]), role == HERE[i]);
	}
	json_object_set_boolean_member(place, "own",
				       role == MAIL_ROLE_SENT || role == MAIL_ROLE_DRAFTS);
	json_object_set_object_member(object, "place", place);
}

JsonNode *
web_list_page(WebRequest *request, WebReply *reply)
{
	WebListing listing = {.offset = (web_list_number(request) - 1) * PAGE, .limit = PAGE};
	JsonObject *list = list_of(request, reply, &listing);
	if (list == NULL) {
		return NULL;
	}
	add_pages(list, request, &listing);
	add_place(list, listing.role);
	g_autofree char *path =
		web_path("mail", web_request_argument(request, 0), listing.folder, "", NULL);
	add_told(list, request, path, false);
	return web_json_node(list);
}

/* ---- one letter ---- */

/* @folders (may be NULL) gets the folders, too. */
static WebLetter *
letter_of(WebRequest *request, WebReply *reply, WebDesk *desk, JsonArray **folders)
{
	g_autoptr(GError) error = NULL;
	const char *folder = web_request_argument(request, 1);
	MailRole role = MAIL_ROLE_NONE;
	g_autoptr(JsonArray) all = web_folders_json(desk, folder, &role, request->stop, &error);
	WebLetter *letter =
		all == NULL ? NULL
			    : web_letter_read(desk, folder, web_request_argument(request, 2), role,
					      request->stop, &error);
	if (letter == NULL && g_error_matches(error, PS_ERROR, PS_ERROR_NOT_FOUND)) {
		web_reply_fail(reply, 404, "not-found",
			       _("This letter is not here any more: it was moved or deleted."));
	} else if (letter == NULL) {
		(void)web_desk_fail(request, reply, desk, error);
	} else if (folders != NULL) {
		*folders = g_steal_pointer(&all);
	}
	return letter;
}

JsonNode *
web_message(WebRequest *request, WebReply *reply)
{
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebLetter) letter = desk == NULL ? NULL : letter_of(request, reply, desk, NULL);
	return letter == NULL ? NULL : web_json_node(web_letter_json(letter));
}

/* @here: its folder, as the page is about to show it. */
static void
mark_read(WebDesk *desk, const WebLetter *letter, JsonObject *here, GCancellable *stop)
{
	bool done = mail_store_flag(web_desk_store(desk, NULL), letter->folder, letter->id,
				    (MailChange){.set = MAIL_SEEN}, stop, NULL);
	gint64 unread = here == NULL ? 0 : json_object_get_int_member(here, "unread");
	if (done && unread > 0) {
		json_object_set_int_member(here, "unread", unread - 1);
	}
}

JsonNode *
web_message_page(WebRequest *request, WebReply *reply)
{
	g_autoptr(JsonArray) folders = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebLetter) letter =
		desk == NULL ? NULL : letter_of(request, reply, desk, &folders);
	if (letter == NULL) {
		return NULL;
	}
	JsonObject *object = json_object_new();
	JsonObject *here = web_folders_here(folders);
	if ((letter->flags & MAIL_SEEN) == 0 && !request->head) {
		mark_read(desk, letter, here, request->stop);
	}
	add_place(object, letter->role);
	json_object_set_object_member(object, "message", web_letter_json(letter));
	json_object_set_object_member(object, "desk", web_desk_json(desk));
	add_outbox(object, desk);
	json_object_set_array_member(object, "folders", json_array_ref(folders));
	web_json_take(object, "list_url",
		      web_path("mail", web_desk_id(desk), letter->folder, "", NULL));
	g_autofree char *path =
		web_path("mail", web_desk_id(desk), letter->folder, letter->id, "", NULL);
	add_told(object, request, path, true);
	return web_json_node(object);
}

JsonNode *
web_message_html(WebRequest *request, WebReply *reply)
{
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebLetter) letter = desk == NULL ? NULL : letter_of(request, reply, desk, NULL);
	if (letter == NULL) {
		return NULL;
	}
	reply->policy = WEB_POLICY_MESSAGE;
	if (letter->judged.closed || letter->judged.inert || letter->shown->html == NULL) {
		web_reply_fail(reply, 404, "not-found", _("The letter has no HTML to show."));
		return NULL;
	}
	web_reply_text(reply, "text/html; charset=utf-8", letter->shown->html);
	return NULL;
}

JsonNode *
web_message_part(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	guint64 part = 0;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebLetter) letter = desk == NULL ? NULL : letter_of(request, reply, desk, NULL);
	if (letter == NULL) {
		return NULL;
	}
	const LetterAttachment *one = g_ascii_string_to_unsigned(web_request_argument(request, 3),
								 10, 1, G_MAXUINT, &part, NULL)
					      ? letter_shown_attachment(letter->shown, (guint)part)
					      : NULL;
	GBytes *content =
		one == NULL ? NULL : letter_shown_part(letter->shown, (guint)part, &error);
	if (content == NULL) {
		web_reply_fail(reply, 404, "not-found", _("The letter has no such attachment."));
		return NULL;
	}
	web_reply_download(reply, one->name, one->type, content);
	return NULL;
}

JsonNode *
web_message_source(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	MailStore *store = desk == NULL ? NULL : web_desk_store(desk, &error);
	GBytes *octets = store == NULL ? NULL
				       : mail_store_read(store, web_request_argument(request, 1),
							 web_request_argument(request, 2), NULL,
							 request->stop, &error);
	if (desk == NULL) {
		return NULL;
	}
	if (octets == NULL) {
		return web_desk_fail(request, reply, desk, error);
	}
	reply->policy = WEB_POLICY_DATA;
	web_reply_take(reply, "text/plain; charset=utf-8", octets);
	return NULL;
}
