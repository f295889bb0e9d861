/* SPDX-License-Identifier: MPL-2.0 */
/* What the public API says, as JSON. Nothing here signs, opens or learns. */
#include "web/answer.h"

#include "web/json.h"
#include <string.h>

/* ---- accounts ---- */

/* The configured account of that address; without one, the only account there is. */
static const ProxyAccount *
find_account(House *house, const char *address)
{
	const GPtrArray *accounts = house_config(house)->accounts;
	if (address == NULL || address[0] == '\0') {
		return accounts->len == 1 ? g_ptr_array_index(accounts, 0) : NULL;
	}
	return proxy_config_find(house_config(house), address);
}

/* ---- the questions ---- */

typedef char *(*Ask)(PsEngine *engine, const ProxyAccount *account, const WebQuestion *question,
		     GError **error);

static char *
ask_can_seal(PsEngine *engine, const ProxyAccount *account, const WebQuestion *question,
	     GError **error)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	for (guint i = 0; i < question->to->len; i++) {
		g_strv_builder_add(builder, g_ptr_array_index(question->to, i));
	}
	g_auto(GStrv) to = g_strv_builder_end(builder);
	g_autoptr(PsSealCheck) check =
		ps_engine_can_seal(engine, account->address, (const char *const *)to, error);
	return check == NULL ? NULL : ps_seal_check_to_json(check);
}

static char *
ask_explain(PsEngine *engine, const ProxyAccount *account G_GNUC_UNUSED,
	    const WebQuestion *question, GError **error)
{
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(question->message);
	g_autoptr(PsRequest) request = ps_request_new();
	for (guint i = 0; i < question->to->len; i++) {
		ps_request_add_recipient(request, g_ptr_array_index(question->to, i));
	}
	g_autoptr(PsOutcome) outcome = ps_engine_protect(engine, message, request, error);
	return outcome == NULL ? NULL : ps_outcome_to_json(outcome);
}

/* With an engine that has this account's keys and no others. */
static void
ask(House *house, const WebQuestion *question, Ask function, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	const ProxyAccount *account = find_account(house, question->account);
	g_autoptr(Login) login = account == NULL ? NULL : house_login_of(house, account);
	if (login == NULL) {
		web_reply_fail(reply, 404, "no-account",
			       "there is no such account in the configuration");
		return;
	}
	PsEngine *engine = house_lend(house, login);
	char *text = function(engine, account, question, &error);
	house_give_back(house, login, engine);
	if (text == NULL) {
		web_reply_error(reply, error);
		return;
	}
	web_reply_json_text(reply, text);
}

static void
answer_can_seal(House *house, const WebQuestion *question, WebReply *reply)
{
	if (question->to->len == 0) {
		web_reply_fail(reply, 400, "argument", "name the recipients with \"to\"");
		return;
	}
	ask(house, question, ask_can_seal, reply);
}

static void
answer_explain(House *house, const WebQuestion *question, WebReply *reply)
{
	if (question->message == NULL || g_bytes_get_size(question->message) == 0) {
		web_reply_fail(reply, 400, "argument", "there is no message to explain");
		return;
	}
	ask(house, question, ask_explain, reply);
}

static void
answer_verdict(House *house, const WebQuestion *question, WebReply *reply)
{
	const ProxyAccount *account = find_account(house, question->account);
	if (question->message_id == NULL || question->message_id[0] == '\0') {
		web_reply_fail(reply, 400, "argument", "name the message with its Message-ID");
		return;
	}
	g_autofree char *bracketed = g_strdup_printf("<%s>", question->message_id);
	const char *id = question->message_id[0] == '<' ? question->message_id : bracketed;
	char *text = account == NULL ? NULL : house_verdict(house, account->address, id);
	if (text == NULL) {
		web_reply_fail(reply, 404, "not-found",
			       "nothing of this message was seen lately in this account");
		return;
	}
	web_reply_json_text(reply, text);
}

static const char *
own_state(House *house, const ProxyAccount *account)
{
	g_autoptr(Login) login = house_login_of(house, account);
	PsEngine *engine = house_lend(house, login);
	g_autoptr(PsAccount) own = ps_engine_get_account(engine, account->address, NULL);
	house_give_back(house, login, engine);
	return own == NULL ? "none" : "ready";
}

static void
answer_status(House *house, const WebQuestion *question G_GNUC_UNUSED, WebReply *reply)
{
	const GPtrArray *accounts = house_config(house)->accounts;
	JsonObject *root = json_object_new();
	JsonArray *array = json_array_new();
	web_json_set(root, "version", PS_VERSION);
	for (guint i = 0; i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		JsonObject *object = json_object_new();
		web_json_set(object, "address", account->address);
		web_json_set(object, "mode",
			     account->mode == PROXY_MANAGED ? "managed" : "pass-through");
		web_json_set(object, "own", own_state(house, account));
		json_array_add_object_element(array, object);
	}
	json_object_set_array_member(root, "accounts", array);
	g_autoptr(JsonNode) node = web_json_node(root);
	web_reply_json(reply, node);
}

void
web_answer(House *house, const WebQuestion *question, WebReply *reply)
{
	static const struct {
		const char *method;
		void (*answer)(House *house, const WebQuestion *question, WebReply *reply);
	} METHODS[] = {{"status", answer_status},
		       {"can-seal", answer_can_seal},
		       {"verdict", answer_verdict},
		       {"explain", answer_explain}};

	if (question->to->len > WEB_RECIPIENTS_MAX) {
		web_reply_fail(reply, 413, "limit", "there are more than 500 recipients");
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(METHODS); i++) {
		if (strcmp(METHODS[i].method, question->method) == 0) {
			METHODS[i].answer(house, question, reply);
			return;
		}
	}
	web_reply_fail(reply, 404, "no-such-method", "there is no such question");
}
