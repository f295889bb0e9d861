/* SPDX-License-Identifier: MPL-2.0 */
/* Reading: folders, lists, letters, and what is done with them. */
#include "web/handlers.h"
#include "web/letters.h"

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
		json_array_add_string_element(array, lines[i]);
	}
	json_object_set_array_member(object, "told", array);
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

static char *
page_url(const WebListing *listing, const WebRequest *request, guint page)
{
	g_autofree char *path =
		web_path("mail", web_request_argument(request, 0), listing->folder, "", NULL);
	g_autofree char *words =
		listing->search == NULL ? NULL : g_uri_escape_string(listing->search, NULL, FALSE);
	return g_strdup_printf("%s?page=%u%s%s", path, page,
			       words == NULL ? "" : "&search=", words == NULL ? "" : words);
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
	web_json_take(list, "previous_url", page > 1 ? page_url(listing, request, page - 1) : NULL);
	web_json_take(list, "next_url", more ? page_url(listing, request, page + 1) : NULL);
}

JsonNode *
web_list_page(WebRequest *request, WebReply *reply)
{
	guint page = MAX(number_of(request, "page", 1, 100000), 1);
	WebListing listing = {.offset = (page - 1) * PAGE, .limit = PAGE};
	JsonObject *list = list_of(request, reply, &listing);
	if (list == NULL) {
		return NULL;
	}
	add_pages(list, request, &listing);
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
	if (letter == NULL) {
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
	if ((letter->flags & MAIL_SEEN) == 0 && !request->head) {
		(void)mail_store_flag(web_desk_store(desk, NULL), letter->folder, letter->id,
				      (MailChange){.set = MAIL_SEEN}, request->stop, NULL);
	}
	JsonObject *object = json_object_new();
	JsonObject *here = web_folders_here(folders);
	json_object_set_object_member(object, "message", web_letter_json(letter));
	json_object_set_object_member(object, "desk", web_desk_json(desk));
	json_object_set_array_member(object, "folders", json_array_ref(folders));
	json_object_set_object_member(object, "folder",
				      here == NULL ? json_object_new() : json_object_ref(here));
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

/* ---- doing ---- */

typedef struct {
	const char *word;
	MailFlags set;
	MailFlags clear;
	MailRole to; /* MAIL_ROLE_NONE: it stays */
} Action;

static const Action ACTIONS[] = {
	{"read", MAIL_SEEN, 0, MAIL_ROLE_NONE},    {"unread", 0, MAIL_SEEN, MAIL_ROLE_NONE},
	{"flag", MAIL_FLAGGED, 0, MAIL_ROLE_NONE}, {"unflag", 0, MAIL_FLAGGED, MAIL_ROLE_NONE},
	{"trash", 0, 0, MAIL_ROLE_TRASH},          {"junk", 0, 0, MAIL_ROLE_JUNK},
	{"archive", 0, 0, MAIL_ROLE_ARCHIVE},
};

/* To @to, or into the folder of a role; from the trash for good. */
static bool
move(MailStore *store, WebRequest *request, const char *to, MailRole role, GError **error)
{
	const char *folder = web_request_argument(request, 1);
	const char *id = web_request_argument(request, 2);
	g_autofree char *place =
		to != NULL ? g_strdup(to)
			   : mail_store_make_folder(store, role, request->stop, error);
	if (place == NULL) {
		return false;
	}
	if (role == MAIL_ROLE_TRASH && strcmp(place, folder) == 0) {
		return mail_store_remove(store, folder, id, request->stop, error);
	}
	g_autofree char *moved = mail_store_move(store, folder, id, place, request->stop, error);
	return moved != NULL;
}

static bool
act(MailStore *store, WebRequest *request, GError **error)
{
	const char *word = web_request_field(request, "action");
	const char *to = web_request_field(request, "to");
	if (g_strcmp0(word, "move") == 0 && to != NULL && to[0] != '\0') {
		return move(store, request, to, MAIL_ROLE_NONE, error);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(ACTIONS); i++) {
		const Action *row = &ACTIONS[i];
		if (g_strcmp0(row->word, word) == 0) {
			MailChange change = {row->set, row->clear};
			return row->to != MAIL_ROLE_NONE
				       ? move(store, request, NULL, row->to, error)
				       : mail_store_flag(store, web_request_argument(request, 1),
							 web_request_argument(request, 2), change,
							 request->stop, error);
		}
	}
	return base_fail(error, PS_ERROR_ARGUMENT,
			 "action is read, unread, flag, unflag, trash, junk, archive or move");
}

JsonNode *
web_message_do(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	MailStore *store = desk == NULL ? NULL : web_desk_store(desk, &error);
	if (desk == NULL) {
		return NULL;
	}
	if (store == NULL || !act(store, request, &error)) {
		return web_desk_fail(request, reply, desk, error);
	}
	if (request->page) {
		g_autofree char *url = web_path("mail", web_desk_id(desk),
						web_request_argument(request, 1), "", NULL);
		web_reply_go(reply, url);
		return NULL;
	}
	JsonObject *object = json_object_new();
	json_object_set_boolean_member(object, "done", TRUE);
	return web_json_node(object);
}
