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
	g_autoptr(GPtrArray) nobody = g_ptr_array_new();
	const GPtrArray *to = g_hash_table_lookup(request->query, "to");
	WebQuestion question = {.method = method,
				.account = account_of(request),
				.to = to == NULL ? nobody : to,
				.message_id = web_request_query(request, "message-id"),
				.message = message};
	web_answer(request->site->house, &question, reply);
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
