/* SPDX-License-Identifier: MPL-2.0 */
/* Own keys: made, renewed, shown, taken along. */
#include "web/handlers.h"
#include "web/letters.h"
#include "web/marks.h"
#include "web/peers.h"
#include "web/qr.h"

#include <string.h>

static JsonObject *
keys_json(WebDesk *desk)
{
	const char *id = web_desk_id(desk);
	g_autoptr(PsAccount) own = ps_engine_get_account(web_desk_engine(desk), id, NULL);
	g_autofree char *text = own == NULL ? NULL : ps_account_to_json(own);
	JsonObject *object = web_json_own(text);
	web_json_set(object, "address", id);
	web_json_take(object, "do_url", web_path("keys", id, "", NULL));
	web_json_take(object, "export_url", web_path("keys", id, "export", NULL));
	web_json_take(object, "backup_url", web_path("keys", id, "backup", NULL));
	web_json_take(object, "qr_url", web_path("keys", id, "qr.svg", NULL));
	if (own == NULL) {
		json_object_set_null_member(object, "root_fingerprint");
	} else {
		web_json_take(object, "root_fingerprint_text",
			      web_fingerprint_text(own->root_fingerprint));
		web_json_take(object, "created_text", web_date(own->created));
		web_json_take(object, "expires_text", web_date(own->expires));
	}
	web_desk_rest(desk);
	return object;
}

JsonNode *
web_keys(WebRequest *request, WebReply *reply)
{
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	JsonObject *object = json_object_new();
	json_object_set_object_member(object, "keys", keys_json(desk));
	return web_json_node(object);
}

/* ---- doing ---- */

static PsAccount *
make(PsEngine *engine, const char *address, GError **error)
{
	return ps_engine_add_account(engine, address, NULL, PS_PROFILE_COMPATIBLE, PS_MODE_AUTO,
				     error);
}

static PsAccount *
renew(PsEngine *engine, const char *address, GError **error)
{
	return ps_engine_rotate_account(engine, address, FALSE, FALSE, error);
}

static PsAccount *
make_identity(PsEngine *engine, const char *address, GError **error)
{
	return ps_engine_rotate_account(engine, address, TRUE, FALSE, error);
}

static PsAccount *
replace_stolen(PsEngine *engine, const char *address, GError **error)
{
	return ps_engine_rotate_account(engine, address, TRUE, TRUE, error);
}

static const struct {
	const char *action;
	PsAccount *(*act)(PsEngine *engine, const char *address, GError **error);
	const char *done;
} ACTIONS[] = {
	{"make", make, N_("There are keys now: each letter that you send carries yours.")},
	{"renew", renew, N_("The certificate is new; the identity is the same.")},
	{"new-identity", make_identity,
	 N_("There is a new identity. Your next letters say so, vouched for by the old one.")},
	{"compromised", replace_stolen,
	 N_("There is a new key, and your next letters say that the old one counts no more.")},
};

/* The sentence about what was done; NULL: it was not. */
static const char *
act(WebRequest *request, WebDesk *desk, GError **error)
{
	const char *action = web_request_field(request, "action");
	for (size_t i = 0; i < G_N_ELEMENTS(ACTIONS); i++) {
		if (g_strcmp0(ACTIONS[i].action, action) == 0) {
			g_autoptr(PsAccount) own =
				ACTIONS[i].act(web_desk_engine(desk), web_desk_id(desk), error);
			web_desk_rest(desk);
			web_marks_forget(desk->site->marks);
			return own == NULL ? NULL : _(ACTIONS[i].done);
		}
	}
	return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
			      "action is make, renew, new-identity or compromised");
}

JsonNode *
web_keys_do(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	const char *done = desk == NULL ? NULL : act(request, desk, &error);
	if (desk == NULL) {
		return NULL;
	}
	if (done == NULL) {
		web_reply_error(reply, error);
		return NULL;
	}
	JsonObject *object = json_object_new();
	json_object_set_object_member(object, "keys", keys_json(desk));
	web_json_set(object, "made", done);
	return web_json_node(object);
}

/* ---- the page ---- */

static JsonNode *
keys_node(WebDesk *desk, const char *made, const char *error)
{
	JsonObject *object = json_object_new();
	json_object_set_object_member(object, "keys", keys_json(desk));
	json_object_set_object_member(object, "desk", web_desk_json(desk));
	web_json_set(object, "made", made);
	web_json_set(object, "error", error);
	return web_json_node(object);
}

JsonNode *
web_keys_page(WebRequest *request, WebReply *reply)
{
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autofree char *url = desk == NULL ? NULL : web_path("keys", web_desk_id(desk), "", NULL);
	g_autofree char *made =
		desk == NULL ? NULL : web_session_told(request->session, url, false);
	return desk == NULL ? NULL : keys_node(desk, made, NULL);
}

JsonNode *
web_keys_page_do(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	const char *done = act(request, desk, &error);
	if (done == NULL) {
		reply->status = 400;
		return keys_node(desk, NULL, error->message);
	}
	/* Loading the page again must not do it again. */
	g_autofree char *url = web_path("keys", web_desk_id(desk), "", NULL);
	web_session_tell(request->session, url, done);
	web_reply_go(reply, url);
	return NULL;
}

/* ---- taking along ---- */

JsonNode *
web_keys_qr(WebRequest *request, WebReply *reply)
{
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	g_autoptr(PsAccount) own =
		ps_engine_get_account(web_desk_engine(desk), web_desk_id(desk), NULL);
	g_autofree char *svg = own == NULL ? NULL : web_qr_svg(own->root_fingerprint);
	if (svg == NULL) {
		web_reply_fail(reply, 404, "not-found", _("This account has no keys yet."));
		return NULL;
	}
	reply->policy = WEB_POLICY_DATA;
	web_reply_text(reply, "image/svg+xml", svg);
	return NULL;
}

static const char *
passphrase_of(WebRequest *request, WebReply *reply)
{
	const char *passphrase = web_request_field(request, "passphrase");
	if (passphrase == NULL || passphrase[0] == '\0') {
		web_reply_fail(reply, 400, "argument",
			       _("Type a passphrase: whoever has the file needs it to use the "
				 "keys."));
		return NULL;
	}
	return passphrase;
}

static JsonNode *
give(WebReply *reply, const char *name, GBytes *file, const GError *error)
{
	if (file == NULL) {
		web_reply_error(reply, error);
		return NULL;
	}
	web_reply_download(reply, name, "application/octet-stream", file);
	return NULL;
}

JsonNode *
web_keys_export(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	const char *passphrase = desk == NULL ? NULL : passphrase_of(request, reply);
	if (passphrase == NULL) {
		return NULL;
	}
	bool modern = request->json != NULL
			      ? web_json_true(json_node_get_object(request->json), "modern")
			      : web_request_field(request, "modern") != NULL;
	g_autofree char *name = g_strconcat(web_desk_id(desk), ".p12", NULL);
	GBytes *file = ps_engine_export_account(web_desk_engine(desk), web_desk_id(desk),
						passphrase, modern, &error);
	return give(reply, name, file, error);
}

JsonNode *
web_keys_backup(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	const char *passphrase = desk == NULL ? NULL : passphrase_of(request, reply);
	if (passphrase == NULL) {
		return NULL;
	}
	/* All accounts of the home, so an engine that knows all of them. */
	g_autoptr(PsEngine) engine = ps_engine_new(desk->login->home);
	GBytes *file = ps_engine_backup(engine, passphrase, &error);
	return give(reply, "postseal.backup", file, error);
}
