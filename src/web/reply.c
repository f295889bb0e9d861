/* SPDX-License-Identifier: MPL-2.0 */
/* What leaves: octets with their type, redirections, files to keep, errors with words. */
#include "web/router.h"

#include "web/json.h"
#include <string.h>

void
web_reply_clear(WebReply *reply)
{
	g_clear_pointer(&reply->type, g_free);
	g_clear_pointer(&reply->body, g_bytes_unref);
	g_clear_pointer(&reply->location, g_free);
	g_clear_pointer(&reply->cookie, base_secret_free);
	g_clear_pointer(&reply->disposition, g_free);
	g_clear_pointer(&reply->allow, g_free);
	g_clear_pointer(&reply->etag, g_free);
	g_clear_pointer(&reply->code, g_free);
	g_clear_pointer(&reply->text, g_free);
	g_clear_pointer(&reply->error_more, json_node_unref);
	g_clear_pointer(&reply->data, json_node_unref);
}

void
web_reply_take(WebReply *reply, const char *type, GBytes *body)
{
	reply->status = reply->status == 0 ? 200 : reply->status;
	g_free(reply->type);
	g_clear_pointer(&reply->body, g_bytes_unref);
	reply->type = g_strdup(type);
	reply->body = body;
}

void
web_reply_text(WebReply *reply, const char *type, const char *text)
{
	web_reply_take(reply, type, g_bytes_new(text, strlen(text)));
}

void
web_reply_json(WebReply *reply, JsonNode *node)
{
	web_reply_json_text(reply, json_to_string(node, FALSE));
}

void
web_reply_json_text(WebReply *reply, char *text)
{
	reply->policy = WEB_POLICY_DATA;
	web_reply_take(reply, "application/json", g_bytes_new_take(text, strlen(text)));
}

void
web_reply_go(WebReply *reply, const char *location)
{
	reply->status = 303;
	g_free(reply->location);
	reply->location = g_strdup(location);
}

void
web_reply_fail(WebReply *reply, guint status, const char *code, const char *text)
{
	char *own_code = g_strdup(code); /* @code and @text may be those of @reply */
	char *own_text = g_strdup(text);
	reply->status = status;
	g_free(reply->code);
	g_free(reply->text);
	reply->code = own_code;
	reply->text = own_text;
}

void
web_reply_error(WebReply *reply, const GError *error)
{
	static const struct {
		PsError error;
		guint status;
		const char *code;
	} ROWS[] = {{PS_ERROR_ARGUMENT, 400, "argument"},
		    {PS_ERROR_MALFORMED, 400, "malformed"},
		    {PS_ERROR_LIMIT, 413, "limit"},
		    {PS_ERROR_UNSUPPORTED, 400, "unsupported"},
		    {PS_ERROR_UNAVAILABLE, 404, "unavailable"},
		    {PS_ERROR_NOT_FOUND, 404, "not-found"},
		    {PS_ERROR_EXISTS, 409, "exists"},
		    {PS_ERROR_PASSPHRASE, 403, "password"},
		    {PS_ERROR_IO, 502, "io"},
		    {PS_ERROR_BUSY, 503, "busy"}};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		if (g_error_matches(error, PS_ERROR, (int)ROWS[i].error)) {
			web_reply_fail(reply, ROWS[i].status, ROWS[i].code, error->message);
			return;
		}
	}
	web_reply_fail(reply, 500, "internal",
		       error == NULL ? _("Something went wrong here.") : error->message);
}

JsonNode *
web_reply_error_node(const WebReply *reply)
{
	g_autoptr(JsonNode) more =
		reply->error_more == NULL ? NULL : json_node_copy(reply->error_more);
	JsonObject *error = more == NULL ? json_object_new() : json_node_dup_object(more);
	JsonObject *root = json_object_new();
	web_json_set(error, "code", reply->code);
	web_json_set(error, "text", reply->text);
	json_object_set_object_member(root, "error", error);
	return web_json_node(root);
}

void
web_reply_json_error(WebReply *reply)
{
	g_autoptr(JsonNode) node = web_reply_error_node(reply);
	web_reply_json(reply, node);
}

/* RFC 6266 with the plain form for all and the exact one for those who know it (RFC 8187). */
void
web_reply_download(WebReply *reply, const char *name, const char *type, GBytes *body)
{
	g_autofree char *plain = g_str_to_ascii(name, "C");
	g_autofree char *exact = g_uri_escape_string(name, NULL, FALSE);
	g_strcanon(plain, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._- ()+",
		   '_');
	g_free(reply->disposition);
	reply->disposition =
		g_strdup_printf("attachment; filename=\"%s\"; filename*=UTF-8''%s", plain, exact);
	reply->policy = WEB_POLICY_DATA;
	web_reply_take(reply, type, body);
}
