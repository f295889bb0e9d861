/* SPDX-License-Identifier: MPL-2.0 */
/* The questions that the socket answers, too (answer.h), asked by HTTP. */
#include "web/answer.h"
#include "web/handlers.h"

static const char *
account_of(const WebRequest *request)
{
	const char *from = web_request_query(request, "from");
	return from != NULL ? from : web_request_query(request, "account");
}

static JsonNode *
ask(WebRequest *request, WebReply *reply, const char *method, GBytes *message)
{
	g_auto(WebAnswer) answer = {0};
	const GPtrArray *to = g_hash_table_lookup(request->query, "to");
	g_autoptr(GPtrArray) recipients = g_ptr_array_new();
	for (guint i = 0; to != NULL && i < to->len && i < WEB_RECIPIENTS_MAX; i++) {
		g_ptr_array_add(recipients, g_ptr_array_index(to, i));
	}
	WebQuestion question = {.method = method,
				.account = account_of(request),
				.to = recipients,
				.message_id = web_request_query(request, "message-id"),
				.message = message};
	web_answer(request->site->house, &question, &answer);
	reply->status = answer.status;
	web_reply_text(reply, "application/json", answer.json);
	return NULL;
}

JsonNode *
web_status(WebRequest *request, WebReply *reply)
{
	return ask(request, reply, "status", NULL);
}

JsonNode *
web_can_seal(WebRequest *request, WebReply *reply)
{
	return ask(request, reply, "can-seal", NULL);
}

JsonNode *
web_verdict(WebRequest *request, WebReply *reply)
{
	return ask(request, reply, "verdict", NULL);
}

JsonNode *
web_explain(WebRequest *request, WebReply *reply)
{
	return ask(request, reply, "explain", request->body);
}
