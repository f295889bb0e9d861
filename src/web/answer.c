/* SPDX-License-Identifier: MPL-2.0 */
/* What the public API says, as JSON. Nothing here signs, opens or learns. */
#include "web/answer.h"

#include <json-glib/json-glib.h>
#include <string.h>

void
web_answer_clear(WebAnswer *answer)
{
	g_clear_pointer(&answer->json, g_free);
}

static void
add(JsonBuilder *builder, const char *name, const char *value)
{
	json_builder_set_member_name(builder, name);
	json_builder_add_string_value(builder, value);
}

static void
take(WebAnswer *out, JsonBuilder *builder)
{
	g_autoptr(JsonNode) root = json_builder_get_root(builder);
	out->json = json_to_string(root, FALSE);
}

void
web_answer_error(WebAnswer *out, guint status, const char *code, const char *text)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();
	json_builder_begin_object(builder);
	json_builder_set_member_name(builder, "error");
	json_builder_begin_object(builder);
	add(builder, "code", code);
	add(builder, "text", text);
	json_builder_end_object(builder);
	json_builder_end_object(builder);
	out->status = status;
	take(out, builder);
}

static void
answer_failure(WebAnswer *out, const GError *error)
{
	static const struct {
		PsError error;
		guint status;
		const char *code;
	} ROWS[] = {{PS_ERROR_ARGUMENT, 400, "argument"},
		    {PS_ERROR_MALFORMED, 400, "malformed"},
		    {PS_ERROR_LIMIT, 400, "limit"},
		    {PS_ERROR_UNSUPPORTED, 400, "unsupported"},
		    {PS_ERROR_UNAVAILABLE, 404, "no-account"},
		    {PS_ERROR_NOT_FOUND, 404, "not-found"},
		    {PS_ERROR_BUSY, 503, "busy"}};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		if (g_error_matches(error, PS_ERROR, (int)ROWS[i].error)) {
			web_answer_error(out, ROWS[i].status, ROWS[i].code, error->message);
			return;
		}
	}
	web_answer_error(out, 500, "internal", error->message);
}

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
ask(House *house, const WebQuestion *question, Ask function, WebAnswer *out)
{
	g_autoptr(GError) error = NULL;
	const ProxyAccount *account = find_account(house, question->account);
	g_autoptr(Login) login = account == NULL ? NULL : house_login_of(house, account);
	if (login == NULL) {
		web_answer_error(out, 404, "no-account",
				 "there is no such account in the configuration");
		return;
	}
	PsEngine *engine = house_lend(house, login);
	out->json = function(engine, account, question, &error);
	house_give_back(house, login, engine);
	out->status = 200;
	if (out->json == NULL) {
		answer_failure(out, error);
	}
}

static void
answer_can_seal(House *house, const WebQuestion *question, WebAnswer *out)
{
	if (question->to->len == 0) {
		web_answer_error(out, 400, "argument", "name the recipients with \"to\"");
		return;
	}
	ask(house, question, ask_can_seal, out);
}

static void
answer_explain(House *house, const WebQuestion *question, WebAnswer *out)
{
	if (question->message == NULL || g_bytes_get_size(question->message) == 0) {
		web_answer_error(out, 400, "argument", "there is no message to explain");
		return;
	}
	ask(house, question, ask_explain, out);
}

static void
answer_verdict(House *house, const WebQuestion *question, WebAnswer *out)
{
	const ProxyAccount *account = find_account(house, question->account);
	if (question->message_id == NULL || question->message_id[0] == '\0') {
		web_answer_error(out, 400, "argument", "name the message with its Message-ID");
		return;
	}
	g_autofree char *bracketed = g_strdup_printf("<%s>", question->message_id);
	const char *id = question->message_id[0] == '<' ? question->message_id : bracketed;
	out->json = account == NULL ? NULL : house_verdict(house, account->address, id);
	out->status = 200;
	if (out->json == NULL) {
		web_answer_error(out, 404, "not-found",
				 "nothing of this message was seen lately in this account");
	}
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
answer_status(House *house, const WebQuestion *question G_GNUC_UNUSED, WebAnswer *out)
{
	const GPtrArray *accounts = house_config(house)->accounts;
	g_autoptr(JsonBuilder) builder = json_builder_new();
	json_builder_begin_object(builder);
	add(builder, "version", PS_VERSION);
	json_builder_set_member_name(builder, "accounts");
	json_builder_begin_array(builder);
	for (guint i = 0; i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		json_builder_begin_object(builder);
		add(builder, "address", account->address);
		add(builder, "mode", account->mode == PROXY_MANAGED ? "managed" : "pass-through");
		add(builder, "own", own_state(house, account));
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	out->status = 200;
	take(out, builder);
}

void
web_answer(House *house, const WebQuestion *question, WebAnswer *out)
{
	static const struct {
		const char *method;
		void (*answer)(House *house, const WebQuestion *question, WebAnswer *out);
	} METHODS[] = {{"status", answer_status},
		       {"can-seal", answer_can_seal},
		       {"verdict", answer_verdict},
		       {"explain", answer_explain}};

	for (size_t i = 0; i < G_N_ELEMENTS(METHODS); i++) {
		if (strcmp(METHODS[i].method, question->method) == 0) {
			METHODS[i].answer(house, question, out);
			return;
		}
	}
	web_answer_error(out, 404, "no-such-method", "there is no such question");
}
