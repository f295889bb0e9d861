/* SPDX-License-Identifier: MPL-2.0 */
/* Any message that somebody has as a file: its verdict, and nothing is kept or learned. */
#include "web/handlers.h"
#include "web/letters.h"

/* Neither the engine nor the header finds anything in it. */
static bool
is_letter(const WebLetter *letter)
{
	const LetterSummary *header = letter->shown->header;
	return letter->judged.verdict != NULL || header->from->len > 0 || header->to->len > 0 ||
	       header->date != 0 || header->subject[0] != '\0';
}

static JsonObject *
check(WebDesk *desk, GBytes *octets, GError **error)
{
	g_autoptr(WebLetter) letter = NULL;
	if (g_bytes_get_size(octets) == 0) {
		base_fail(error, PS_ERROR_ARGUMENT, "%s", _("There is no message to check."));
		return NULL;
	}
	letter = web_letter_of(desk, octets, error);
	if (letter == NULL ? g_error_matches(*error, PS_ERROR, PS_ERROR_MALFORMED)
			   : !is_letter(letter)) {
		g_clear_error(error);
		base_fail(error, PS_ERROR_MALFORMED, "%s",
			  _("This file is no mail message. Save the whole message as a file "
			    "(.eml), and drop that; smime.p7m or smime.p7s alone is only a part "
			    "of one."));
		return NULL;
	}
	return letter == NULL ? NULL : web_letter_json(letter);
}

JsonNode *
web_check_message(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	JsonObject *object = check(desk, request->body, &error);
	if (object == NULL) {
		web_reply_error(reply, error);
		return NULL;
	}
	return web_json_node(object);
}

JsonNode *
web_check_page(WebRequest *request G_GNUC_UNUSED, WebReply *reply G_GNUC_UNUSED)
{
	JsonObject *object = json_object_new();
	json_object_set_null_member(object, "result");
	return web_json_node(object);
}

/* The desk whose key opens it; else the first one. */
static JsonObject *
check_at_all(WebRequest *request, GBytes *octets, GError **error)
{
	JsonObject *found = NULL;
	const GPtrArray *accounts = house_config(request->site->house)->accounts;
	for (guint i = 0; i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		g_autoptr(WebDesk) desk = web_desk_new(request->site, request->session, account);
		g_autoptr(GError) reason = NULL;
		JsonObject *object = check(desk, octets, &reason);
		if (object == NULL) {
			g_clear_error(error);
			g_propagate_error(error, g_steal_pointer(&reason));
			continue;
		}
		bool closed = g_strcmp0(web_json_text(object, "mark"), "closed") == 0;
		if (found == NULL || !closed) {
			g_clear_pointer(&found, json_object_unref);
			found = json_object_ref(object);
		}
		json_object_unref(object);
		if (!closed) {
			break;
		}
	}
	if (found != NULL) {
		g_clear_error(error);
	}
	return found;
}

JsonNode *
web_check_page_do(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	const WebFile *file =
		request->files->len == 0 ? NULL : g_ptr_array_index(request->files, 0);
	JsonObject *object = json_object_new();
	JsonObject *result = NULL;
	if (file == NULL) {
		base_fail(&error, PS_ERROR_ARGUMENT, "%s", _("Choose a file with a message."));
	} else {
		result = check_at_all(request, file->data, &error);
	}
	if (result == NULL) {
		reply->status = 400;
		web_json_set(object, "error",
			     error == NULL ? _("There is no account yet that could check it.")
					   : error->message);
		json_object_set_null_member(object, "result");
	} else {
		json_object_set_object_member(object, "result", result);
	}
	return web_json_node(object);
}
