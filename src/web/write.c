/* SPDX-License-Identifier: MPL-2.0 */
/* Writing: the form, what can be sealed while somebody types, checking, keeping, sending. */
#include "web/draft.h"
#include "web/handlers.h"
#include "web/outbox.h"

#include <string.h>

#define KNOWN_MAX 200U /* addresses that are offered while typing */

/* ---- can it be sealed? ---- */

/* The recipients that the query names, as often as it names some. (transfer full) */
static const char **
lists_of(const WebRequest *request)
{
	static const char *const NAMES[] = {"to", "cc", "bcc"};
	g_autoptr(GPtrArray) lists = g_ptr_array_new();
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		const GPtrArray *all = g_hash_table_lookup(request->query, NAMES[i]);
		for (guint j = 0; all != NULL && j < all->len; j++) {
			g_ptr_array_add(lists, g_ptr_array_index(all, j));
		}
	}
	g_ptr_array_add(lists, NULL);
	return (const char **)(void *)g_ptr_array_steal(lists, NULL);
}

JsonNode *
web_seal(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	g_autofree const char **lists = lists_of(request);
	g_autoptr(WebDraft) draft = web_draft_thread(request, desk);
	JsonObject *object = web_draft_answers(draft) ? web_draft_seal_json(draft) : NULL;
	if (object == NULL) {
		object = web_seal_json(desk, lists, &error);
	}
	if (object == NULL) {
		web_reply_error(reply, error);
		return NULL;
	}
	web_draft_add_floor(object, draft);
	return web_json_node(object);
}

/* What the template gets. Whoever wanted it encrypted goes on wanting it while nobody is named.
 * Takes @check, which may be NULL. */
static void
add_check(JsonObject *object, JsonObject *check, bool encrypt)
{
	g_autoptr(JsonObject) owned = check;
	json_object_set_boolean_member(object, "encrypt", encrypt);
	if (owned != NULL && json_array_get_length(web_json_array(owned, "recipients")) > 0) {
		json_object_set_object_member(object, "check", json_object_ref(owned));
	} else {
		json_object_set_null_member(object, "check");
	}
}

/* The same as a part of the page. */
JsonNode *
web_seal_part(WebRequest *request, WebReply *reply)
{
	g_autoptr(JsonNode) node = web_seal(request, reply);
	if (node == NULL) {
		return NULL;
	}
	const char *encrypt = web_request_query(request, "encrypt");
	JsonObject *check = json_node_get_object(node);
	JsonObject *object = json_object_new();
	web_json_copy(object, check, "floor_text");
	web_json_copy(object, check, "author");
	add_check(object, json_object_ref(check), encrypt != NULL && encrypt[0] != '\0');
	return web_json_node(object);
}

/* ---- the interface ---- */

JsonNode *
web_draft(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebDraft) draft = desk == NULL ? NULL : web_draft_begin(request, desk, &error);
	if (desk == NULL) {
		return NULL;
	}
	return draft == NULL ? web_desk_fail(request, reply, desk, error)
			     : web_json_node(web_draft_json(draft));
}

/* Nothing that was to be part of it is missing. */
static WebDraft *
read_whole(WebRequest *request, WebDesk *desk, GError **error)
{
	g_autoptr(WebDraft) draft = web_draft_read(request, desk, error);
	if (draft != NULL && draft->lost != NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_EXISTS, "%s", draft->lost);
	}
	return g_steal_pointer(&draft);
}

JsonNode *
web_draft_check(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebDraft) draft = desk == NULL ? NULL : read_whole(request, desk, &error);
	g_autoptr(PsOutcome) outcome =
		draft == NULL ? NULL : web_draft_protect(draft, NULL, &error);
	if (desk == NULL) {
		return NULL;
	}
	return outcome == NULL ? web_desk_fail(request, reply, desk, error)
			       : web_json_node(web_outcome_json(draft, outcome));
}

/* 422, with what the person needs to go on. Takes @refused. */
static JsonNode *
refuse(WebReply *reply, JsonObject *refused)
{
	reply->error_more = web_json_node(refused);
	web_reply_fail(reply, 422, "refused", web_json_text(refused, "refused"));
	return NULL;
}

JsonNode *
web_draft_send(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	JsonObject *refused = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebDraft) draft = desk == NULL ? NULL : read_whole(request, desk, &error);
	JsonObject *sent =
		draft == NULL ? NULL : web_draft_deliver(draft, request->stop, &refused, &error);
	if (desk == NULL) {
		return NULL;
	}
	if (refused != NULL) {
		return refuse(reply, refused);
	}
	return sent == NULL ? web_desk_fail(request, reply, desk, error) : web_json_node(sent);
}

JsonNode *
web_draft_save(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebDraft) draft = desk == NULL ? NULL : read_whole(request, desk, &error);
	JsonObject *kept = draft == NULL ? NULL : web_draft_keep(draft, request->stop, &error);
	if (desk == NULL) {
		return NULL;
	}
	return kept == NULL ? web_desk_fail(request, reply, desk, error) : web_json_node(kept);
}

/* ---- the form ---- */

typedef struct {
	const char *value;
	const char *text;
} Choice;

static JsonArray *
choices_json(const Choice *choices, size_t n, const char *selected)
{
	JsonArray *array = json_array_new();
	for (size_t i = 0; i < n; i++) {
		JsonObject *object = json_object_new();
		web_json_set(object, "value", choices[i].value);
		web_json_set(object, "text", _(choices[i].text));
		json_object_set_boolean_member(
			object, "selected",
			g_strcmp0(choices[i].value, selected == NULL ? "" : selected) == 0);
		json_object_set_boolean_member(object, "disabled", FALSE);
		json_array_add_object_element(array, object);
	}
	return array;
}

static void
add_choices(JsonObject *object, const WebDraft *draft)
{
	static const Choice LEVELS[] = {
		{"auto", N_("As it is best: sealed if a rule or the letter answered asks for it, "
			    "else signed so that your key travels")},
		{"sealed", N_("Sealed, or not at all")},
		{"signed", N_("Signed, open to read on its way")},
		{"plain", N_("Plain: no key, no signature")}};
	static const Choice LISTS[] = {{"", N_("I say nothing")},
				       {"reseal", N_("may seal it anew for their members")},
				       {"open", N_("may pass it on")},
				       {"no", N_("should not have it")}};
	static const Choice FORWARD[] = {{"", N_("I say nothing")},
					 {"sealed", N_("only sealed")},
					 {"open", N_("as they like")},
					 {"no", N_("not at all")}};
	static const Choice REPLY[] = {{"", N_("I say nothing")},
				       {"sealed", N_("only sealed")},
				       {"open", N_("as they like")}};

	json_object_set_array_member(object, "levels",
				     choices_json(LEVELS, G_N_ELEMENTS(LEVELS), draft->level));
	json_object_set_array_member(
		object, "lists",
		choices_json(LISTS, G_N_ELEMENTS(LISTS), draft->rules[WEB_RULE_LISTS]));
	json_object_set_array_member(
		object, "forward_rules",
		choices_json(FORWARD, G_N_ELEMENTS(FORWARD), draft->rules[WEB_RULE_FORWARD]));
	json_object_set_array_member(
		object, "reply_rules",
		choices_json(REPLY, G_N_ELEMENTS(REPLY), draft->rules[WEB_RULE_REPLY]));
}

static JsonArray *
known_json(WebDesk *desk)
{
	JsonArray *array = json_array_new();
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(web_desk_engine(desk), NULL, NULL);
	for (guint i = 0; peers != NULL && i < peers->len && i < KNOWN_MAX; i++) {
		const PsPeer *peer = g_ptr_array_index(peers, i);
		json_array_add_string_element(array, peer->address);
	}
	return array;
}

/* Takes @check, which may be NULL: then the recipients are asked about. */
static JsonNode *
form_node(WebDesk *desk, const WebDraft *draft, JsonObject *check, const char *error)
{
	JsonObject *object = json_object_new();
	JsonObject *shown = web_draft_json(draft);
	const LetterDraft *letter = draft->letter;
	const char *lists[] = {letter->to == NULL ? "" : letter->to,
			       letter->cc == NULL ? "" : letter->cc,
			       letter->bcc == NULL ? "" : letter->bcc, NULL};
	if (check == NULL && web_draft_answers(draft)) {
		check = web_draft_seal_json(draft);
	}
	if (check == NULL) {
		check = web_seal_json(desk, lists, NULL);
	}
	bool floor = g_strcmp0(web_json_text(shown, "floor"), "sealed") == 0;
	add_check(object, check,
		  strcmp(draft->level, "sealed") == 0 ||
			  (floor && strcmp(draft->level, "auto") == 0));
	add_choices(shown, draft);
	json_object_set_object_member(object, "draft", shown);
	json_object_set_array_member(object, "known", known_json(desk));
	json_object_set_object_member(object, "desk", web_desk_json(desk));
	web_json_take(object, "action_url", web_path("mail", web_desk_id(desk), "write", NULL));
	web_json_set(object, "error", error);
	web_json_take(object, "form", g_uuid_string_random());
	return web_json_node(object);
}

JsonNode *
web_write_page(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebDraft) draft = desk == NULL ? NULL : web_draft_begin(request, desk, &error);
	if (desk == NULL) {
		return NULL;
	}
	return draft == NULL ? web_desk_fail(request, reply, desk, error)
			     : form_node(desk, draft, NULL, NULL);
}

/* The form again with everything in it; files that were chosen are kept as a draft, since a browser
 * cannot choose them again. Takes @check. */
static JsonNode *
form_again(WebRequest *request, WebReply *reply, WebDraft *draft, JsonObject *check,
	   const char *error)
{
	if (request->files->len > 0) {
		g_autoptr(JsonObject) kept G_GNUC_UNUSED =
			web_draft_keep(draft, request->stop, NULL);
	}
	reply->status = 422;
	return form_node(draft->desk, draft, check, error);
}

/* Something that was to be part of it is missing: the person decides. */
static JsonNode *
lose_nothing(WebRequest *request, WebReply *reply, WebDraft *draft, bool by_script)
{
	if (by_script) {
		request->page = false;
		web_reply_fail(reply, 409, "exists", draft->lost);
		return NULL;
	}
	JsonNode *node = form_again(request, reply, draft, NULL, draft->lost);
	reply->status = 409;
	return node;
}

static JsonNode *
keep(WebRequest *request, WebReply *reply, WebDraft *draft, bool by_script)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(JsonObject) kept = web_draft_keep(draft, request->stop, &error);
	if (by_script) {
		if (kept == NULL) {
			request->page = false;
			web_reply_error(reply, error);
			return NULL;
		}
		g_autoptr(JsonNode) node = web_json_node(json_object_ref(kept));
		web_reply_json(reply, node);
		return NULL;
	}
	if (kept == NULL) {
		return form_again(request, reply, draft, NULL, error->message);
	}
	g_autofree char *url =
		web_path("mail", web_desk_id(draft->desk), web_json_text(kept, "folder"), "", NULL);
	web_reply_go(reply, url);
	return NULL;
}

static JsonNode *
check(WebRequest *request, WebReply *reply, WebDraft *draft)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsOutcome) outcome = web_draft_protect(draft, NULL, &error);
	JsonNode *node = form_again(request, reply, draft,
				    outcome == NULL ? NULL : web_outcome_json(draft, outcome),
				    error == NULL ? NULL : error->message);
	reply->status = 200;
	return node;
}

/* Where to go from here, and what is to be known there. (transfer full) */
static char *
tell_sent(const WebRequest *request, const WebDesk *desk, JsonObject *sent)
{
	const char *folder = web_json_text(sent, "folder");
	const char *id = web_json_text(sent, "id");
	const char *note = web_json_text(sent, "note");
	JsonArray *failed = web_json_array(sent, "failed");
	bool there = json_array_get_length(failed) > 0 && id != NULL && id[0] != '\0';
	char *url = web_path("mail", web_desk_id(desk), folder == NULL ? "INBOX" : folder,
			     there ? id : "", there ? "" : NULL, NULL);
	g_autofree char *some = web_failures_text(
		failed, _("Not everybody got this letter at once. {address}: {reason}"));
	g_autofree char *others = web_failures_text(
		web_json_array(sent, "earlier"),
		_("An earlier letter still did not get there. {address}: {reason}"));
	g_autofree char *text =
		g_strdup_printf("%s\n%s\n%s", note == NULL ? "" : note, some, others);
	if (g_strstrip(text)[0] != '\0') {
		web_session_tell(request->session, url, text);
	}
	return url;
}

static JsonNode *
send_it(WebRequest *request, WebReply *reply, WebDraft *draft)
{
	g_autoptr(GError) error = NULL;
	JsonObject *refused = NULL;
	g_autoptr(JsonObject) sent = web_draft_deliver(draft, request->stop, &refused, &error);
	if (sent == NULL) {
		return form_again(request, reply, draft, refused,
				  refused != NULL ? NULL : error->message);
	}
	g_autofree char *url = tell_sent(request, draft->desk, sent);
	web_reply_go(reply, url);
	return NULL;
}

static JsonNode *
act(WebRequest *request, WebReply *reply, const char *action)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	g_autoptr(WebDraft) draft = desk == NULL ? NULL : web_draft_read(request, desk, &error);
	if (desk == NULL) {
		return NULL;
	}
	if (draft == NULL) {
		return web_desk_fail(request, reply, desk, error);
	}
	if (draft->lost != NULL) {
		return lose_nothing(request, reply, draft, strcmp(action, "keep") == 0);
	}
	if (strcmp(action, "seal") == 0) {
		g_free(draft->level);
		draft->level = g_strdup("sealed");
	}
	if (strcmp(action, "save") == 0 || strcmp(action, "keep") == 0) {
		return keep(request, reply, draft, action[0] == 'k');
	}
	return strcmp(action, "check") == 0 ? check(request, reply, draft)
					    : send_it(request, reply, draft);
}

/* ---- once ---- */

/* The same form with the same words in it: whoever went back and changed some writes another
 * letter. (transfer full) */
static char *
letter_of(const WebRequest *request)
{
	static const char *const NAMES[] = {
		"form",           "to",           "cc",      "bcc",        "subject",
		"text",           "level",        "encrypt", "rule_lists", "rule_forward",
		"rule_reply",     "rule_expires", "keep",    "action",     "visible_signature",
		"override_author"};
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_checksum_update(sum, (const guchar *)request->path, -1);
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		const GPtrArray *all = g_hash_table_lookup(request->fields, NAMES[i]);
		for (guint j = 0; all != NULL && j < all->len; j++) {
			const char *value = g_ptr_array_index(all, j);
			g_checksum_update(sum, (const guchar *)value, (gssize)strlen(value) + 1);
		}
		g_checksum_update(sum, (const guchar *)"\n", 1);
	}
	for (guint i = 0; i < request->files->len; i++) {
		const WebFile *file = g_ptr_array_index(request->files, i);
		g_autofree char *id = web_draft_file_id(
			&(const LetterFile){.name = file->name, .content = file->data});
		g_checksum_update(sum, (const guchar *)id, -1);
	}
	return g_strdup(g_checksum_get_string(sum));
}

JsonNode *
web_write_page_do(WebRequest *request, WebReply *reply)
{
	static const char *const KEEPING[] = {"save", "keep", NULL};
	const char *named = web_request_field(request, "action");
	const char *action = named == NULL ? "send" : named;
	g_autofree char *url = NULL;
	bool keeps = g_strv_contains(KEEPING, action); /* one after the other */
	g_autofree char *letter = keeps ? g_strdup(request->path) : letter_of(request);
	if (!keeps &&
	    (web_request_field(request, "form") == NULL || strcmp(action, "check") == 0)) {
		return act(request, reply, action);
	}
	if (web_session_claim(request->session, letter, &url)) {
		JsonNode *node = act(request, reply, action);
		web_session_settle(request->session, letter, keeps ? NULL : reply->location);
		return node;
	}
	if (url != NULL) {
		web_reply_go(reply, url);
	} else {
		web_reply_fail(reply, 409, "exists",
			       _("This letter is still being sent: look among the sent ones before "
				 "you send it again."));
	}
	return NULL;
}
