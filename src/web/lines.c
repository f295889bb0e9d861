/* SPDX-License-Identifier: MPL-2.0 */
/* JSON Lines on the Unix socket. */
#include "web/answer.h"
#include "web/server.h"

#include "base/base64.h"
#include "web/json.h"
#include <string.h>

#define LINE_MAX_W ((WEB_MESSAGE_MAX / 3 + 1) * 4 + (64U << 10)) /* octets */
#define IDLE       300U                                          /* seconds */

/* One line without its end; false: the end, an error or too long. */
static bool
read_line(NetConn *client, GString *out)
{
	for (;;) {
		BaseBytes came;
		if (!net_conn_peek(client, &came, NULL) || came.n == 0) {
			return false;
		}
		const uint8_t *end = memchr(came.p, '\n', came.n);
		size_t n = end == NULL ? came.n : (size_t)(end - came.p);
		if (out->len + n > LINE_MAX_W) {
			return false;
		}
		g_string_append_len(out, (const char *)came.p, (gssize)n);
		net_conn_consume(client, end == NULL ? n : n + 1);
		if (end != NULL) {
			return true;
		}
	}
}

/* What is no text is a recipient, too: one that nothing can be sealed to. */
static void
add_recipient(JsonArray *array G_GNUC_UNUSED, guint i G_GNUC_UNUSED, JsonNode *node, gpointer user)
{
	bool text = JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;
	g_ptr_array_add(user, g_strdup(text ? json_node_get_string(node) : ""));
}

static GPtrArray *
recipients(JsonObject *object)
{
	GPtrArray *to = g_ptr_array_new_with_free_func(g_free);
	JsonNode *node = json_object_get_member(object, "to");
	if (node != NULL && JSON_NODE_HOLDS_ARRAY(node)) {
		json_array_foreach_element(json_node_get_array(node), add_recipient, to);
	} else if (node != NULL) {
		add_recipient(NULL, 0, node, to);
	}
	return to;
}

static void
answer_object(House *house, JsonObject *object, WebReply *reply)
{
	const char *method = web_json_text(object, "method");
	const char *base64 = web_json_text(object, "message");
	const char *from = web_json_text(object, "from");
	const char *account = web_json_text(object, "account");
	g_autoptr(GPtrArray) to = recipients(object);
	g_autoptr(GBytes) message =
		base64 == NULL ? NULL : base64_decode_bytes(base_bytes_str(base64), true);
	WebQuestion question = {.method = method == NULL ? "" : method,
				.account = from != NULL ? from : account,
				.to = to,
				.message_id = web_json_text(object, "message_id"),
				.message = message};
	web_answer(house, &question, reply);
}

static void
answer_line(House *house, const GString *line, WebReply *reply)
{
	g_autoptr(JsonNode) root = web_json_parse(base_bytes(line->str, line->len));
	if (root != NULL && JSON_NODE_HOLDS_OBJECT(root)) {
		answer_object(house, json_node_get_object(root), reply);
	} else {
		web_reply_fail(reply, 400, "malformed", "each line is one JSON object");
	}
	if (reply->code != NULL) {
		web_reply_json_error(reply);
	}
}

static bool
send_line(NetConn *client, const WebReply *reply)
{
	gsize n = 0;
	const char *text = g_bytes_get_data(reply->body, &n);
	return net_conn_print(client, NULL, "%.*s\n", (int)n, text) && net_conn_flush(client, NULL);
}

void
web_lines_serve(NetConn *client, gpointer house)
{
	g_autoptr(NetConn) owned G_GNUC_UNUSED = client;
	g_autoptr(GString) line = g_string_new(NULL);
	net_conn_set_timeout(client, IDLE);
	net_conn_set_stop(client, house_stop(house));
	for (bool open = true; open;) {
		NetReady ready = NET_READY_NONE;
		open = net_conn_buffered(client).n > 0 ||
		       (net_wait(client, NULL, IDLE, house_stop(house), &ready, NULL) &&
			(ready & NET_READY_FIRST) != 0);
		g_string_truncate(line, 0);
		if (open && read_line(client, line)) {
			g_auto(WebReply) reply = {0};
			answer_line(house, line, &reply);
			open = send_line(client, &reply);
		} else {
			open = false;
		}
	}
}
