/* SPDX-License-Identifier: MPL-2.0 */
/* What is done with letters: one, or those that were chosen in a list. */
#include "web/handlers.h"
#include "web/letters.h"

#include <string.h>

#define CHOSEN_MAX 500U

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
	{"archive", 0, 0, MAIL_ROLE_ARCHIVE},      {"inbox", 0, 0, MAIL_ROLE_INBOX},
};

/* To @to, or into the folder of a role; from the trash for good. */
static bool
move(MailStore *store, WebRequest *request, const char *id, const char *to, MailRole role,
     GError **error)
{
	const char *folder = web_request_argument(request, 1);
	g_autofree char *place =
		to != NULL ? g_strdup(to)
		: role == MAIL_ROLE_INBOX
			? g_strdup("INBOX")
			: mail_store_make_folder(store, role, request->stop, error);
	if (place == NULL) {
		return false;
	}
	if (strcmp(place, folder) == 0) {
		return role != MAIL_ROLE_TRASH ||
		       mail_store_remove(store, folder, id, request->stop, error);
	}
	g_autofree char *moved = mail_store_move(store, folder, id, place, request->stop, error);
	return moved != NULL;
}

static bool
act(MailStore *store, WebRequest *request, const char *id, GError **error)
{
	const char *word = web_request_field(request, "action");
	const char *to = web_request_field(request, "to");
	if (g_strcmp0(word, "move") == 0 && to != NULL && to[0] != '\0') {
		return move(store, request, id, to, MAIL_ROLE_NONE, error);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(ACTIONS); i++) {
		const Action *row = &ACTIONS[i];
		if (g_strcmp0(row->word, word) == 0) {
			MailChange change = {row->set, row->clear};
			return row->to != MAIL_ROLE_NONE
				       ? move(store, request, id, NULL, row->to, error)
				       : mail_store_flag(store, web_request_argument(request, 1),
							 id, change, request->stop, error);
		}
	}
	return base_fail(
		error, PS_ERROR_ARGUMENT,
		"action is read, unread, flag, unflag, trash, junk, archive, inbox or move");
}

/* The list, unless the letter is still to be looked at. */
static char *
place_after(const WebRequest *request, const WebDesk *desk)
{
	static const char *const STAYING[] = {"flag", "unflag", NULL};
	const char *folder = web_request_argument(request, 1);
	bool stays = g_strv_contains(STAYING, web_request_field(request, "action"));
	return stays ? web_path("mail", web_desk_id(desk), folder, web_request_argument(request, 2),
				"", NULL)
		     : web_path("mail", web_desk_id(desk), folder, "", NULL);
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
	if (store == NULL || !act(store, request, web_request_argument(request, 2), &error)) {
		return web_desk_fail(request, reply, desk, error);
	}
	if (request->page) {
		g_autofree char *url = place_after(request, desk);
		web_reply_go(reply, url);
		return NULL;
	}
	JsonObject *object = json_object_new();
	json_object_set_boolean_member(object, "done", TRUE);
	return web_json_node(object);
}

/* Letters that went elsewhere meanwhile are nobody's business any more. */
JsonNode *
web_list_do(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	MailStore *store = desk == NULL ? NULL : web_desk_store(desk, &error);
	const GPtrArray *chosen = web_request_all(request, "id");
	bool good = store != NULL;
	if (desk == NULL) {
		return NULL;
	}
	for (guint i = 0; good && chosen != NULL && i < MIN(chosen->len, CHOSEN_MAX); i++) {
		good = act(store, request, g_ptr_array_index(chosen, i), &error);
		if (!good && g_error_matches(error, PS_ERROR, PS_ERROR_NOT_FOUND)) {
			g_clear_error(&error);
			good = true;
		}
	}
	if (!good) {
		return web_desk_fail(request, reply, desk, error);
	}
	g_autofree char *url = web_list_url(request, "", web_list_number(request));
	web_reply_go(reply, url);
	return NULL;
}
