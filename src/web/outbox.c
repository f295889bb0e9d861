/* SPDX-License-Identifier: MPL-2.0 */
/* Copies that wait in the queue of their sender. */
#include "web/outbox.h"

#include "proxy/queue.h"
#include "web/handlers.h"
#include "web/letters.h"
#include <string.h>

struct WebOutbox {
	WebDesk *desk; /* borrowed */
	Login *login;  /* as the queue knows it */
	QueueEntry *entry;
	char *name;
	GHashTable *reached; /* addresses */
};

/* Where a mail program of this person leaves its copies, too. */
static Login *
login_of(const WebDesk *desk)
{
	static char local[] = "localhost";
	static const NetServer post = {.protocol = NET_SUBMISSION, .host = local};
	Login *login = login_copy(desk->login);
	login->server = desk->account->submission != NULL ? desk->account->submission : &post;
	login->user = desk->account->user != NULL ? desk->account->user : desk->account->address;
	return login;
}

WebOutbox *
web_outbox_new(WebDesk *desk, GBytes *octets, GError **error)
{
	g_autoptr(WebOutbox) outbox = g_new0(WebOutbox, 1);
	g_autofree char *sender = g_strdup_printf("<%s>", web_desk_id(desk));
	g_autoptr(QueueCopy) first = queue_copy_new(sender, octets);
	outbox->desk = desk;
	outbox->login = login_of(desk);
	outbox->reached = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	outbox->name = queue_name(outbox->login, first);
	outbox->entry = queue_entry_new(outbox->login, outbox->name, error);
	return outbox->entry == NULL ? NULL : g_steal_pointer(&outbox);
}

void
web_outbox_free(WebOutbox *outbox)
{
	if (outbox != NULL) {
		queue_entry_free(outbox->entry);
		login_free(outbox->login);
		g_hash_table_unref(outbox->reached);
		g_free(outbox->name);
		g_free(outbox);
	}
}

bool
web_outbox_add(WebOutbox *outbox, GBytes *octets, const char *recipient, GError **error)
{
	g_autofree char *sender = g_strdup_printf("<%s>", web_desk_id(outbox->desk));
	g_autoptr(QueueCopy) copy = queue_copy_new(sender, octets);
	g_ptr_array_add(copy->rcpts, g_strdup_printf("<%s>", recipient));
	return queue_entry_add(outbox->entry, outbox->login, web_desk_engine(outbox->desk), copy,
			       error);
}

void
web_outbox_commit(WebOutbox *outbox)
{
	g_autoptr(GError) error = NULL;
	if (!queue_entry_commit(outbox->entry, &error)) {
		house_log(outbox->desk->site->house, "page: %s", error->message);
	}
	/* No mail program waits for an answer. */
	queue_receipt_remove(outbox->login, outbox->name);
}

bool
web_outbox_reached(const WebOutbox *outbox, const char *recipient)
{
	return g_hash_table_contains(outbox->reached, recipient);
}

/* ---- one copy ---- */

/* What stands in "<alice@example.org> RET=HDRS". (transfer full) */
static char *
address_of(const char *path)
{
	const char *end = strrchr(path, '>');
	return path[0] == '<' && end != NULL ? g_strndup(path + 1, (gsize)(end - path - 1))
					     : g_strdup(path);
}

static char **
readers_of(const QueueCopy *copy)
{
	char **readers = g_new0(char *, copy->rcpts->len + 1);
	for (guint i = 0; i < copy->rcpts->len; i++) {
		readers[i] = address_of(g_ptr_array_index(copy->rcpts, i));
	}
	return readers;
}

const char *
web_fate_text(const MailDelivery *one)
{
	if (one->reply[0] != '\0') {
		return one->reply;
	}
	return one->fate == MAIL_FATE_UNSURE  ? _("The connection broke: it may have arrived.")
	       : one->fate == MAIL_FATE_LATER ? _("The server cannot take it now: try again later.")
					      : _("The server does not take it.");
}

void
web_add_failure(JsonArray *failed, const char *address, const char *text, bool waits)
{
	JsonObject *object = json_object_new();
	web_json_set(object, "address", address);
	web_json_set(object, "text", text);
	json_object_set_boolean_member(object, "waits", waits);
	json_array_add_object_element(failed, object);
}

/* Whoever refused it for good is no reader any more; whether there was one. */
static bool
drop_refused(QueueCopy *copy, const GPtrArray *fates, JsonArray *failed)
{
	guint before = copy->rcpts->len;
	for (guint i = fates->len; i-- > 0;) {
		const MailDelivery *one = g_ptr_array_index(fates, i);
		if (one->fate == MAIL_FATE_REFUSED) {
			web_add_failure(failed, one->address, web_fate_text(one), false);
			g_ptr_array_remove_index(copy->rcpts, i);
		}
	}
	return copy->rcpts->len < before;
}

/* All readers of a copy or none, but for those who refuse it; whether nothing is left to do. What
 * may have arrived is sent again rather than lost, as proxy/queue.h says. */
static bool
send_copy(MailOutlet *outlet, QueueCopy *copy, GHashTable *reached, JsonArray *failed)
{
	g_autofree char *from = address_of(copy->sender);
	while (copy->rcpts->len > 0) {
		g_autoptr(GError) error = NULL;
		g_auto(GStrv) readers = readers_of(copy);
		const MailEnvelope envelope = {
			.from = from, .recipients = (const char *const *)readers, .all = true};
		g_autoptr(GPtrArray) fates =
			mail_outlet_send(outlet, &envelope, copy->message, NULL, &error);
		bool all = fates != NULL;
		if (all && drop_refused(copy, fates, failed)) {
			continue;
		}
		for (guint i = 0; readers[i] != NULL; i++) {
			const MailDelivery *one =
				fates == NULL ? NULL : g_ptr_array_index(fates, i);
			if (one != NULL && one->fate == MAIL_FATE_TAKEN) {
				g_hash_table_add(reached, g_strdup(readers[i]));
			} else {
				web_add_failure(failed, readers[i],
						one == NULL ? error->message : web_fate_text(one),
						true);
				all = false;
			}
		}
		return all;
	}
	return true;
}

/* ---- all of an entry ---- */

static void
send_entry(WebDesk *desk, const Login *login, QueueEntry *entry, MailOutlet *outlet,
	   GHashTable *reached, JsonArray *failed)
{
	g_autoptr(GPtrArray) numbers = queue_entry_copies(entry);
	for (guint i = 0; i < numbers->len; i++) {
		const char *number = g_ptr_array_index(numbers, i);
		g_autoptr(GError) error = NULL;
		g_autoptr(QueueCopy) copy =
			queue_entry_read(entry, number, login, web_desk_engine(desk), &error);
		web_desk_rest(desk);
		if (copy != NULL && send_copy(outlet, copy, reached, failed) &&
		    !queue_entry_done(entry, number, &error)) {
			house_log(desk->site->house, "page: %s", error->message);
		}
	}
}

void
web_outbox_send(WebOutbox *outbox, MailOutlet *outlet, JsonArray *failed)
{
	send_entry(outbox->desk, outbox->login, outbox->entry, outlet, outbox->reached, failed);
}

void
web_outbox_send_due(WebDesk *desk, MailOutlet *outlet, JsonArray *failed)
{
	g_autoptr(Login) login = login_of(desk);
	g_autoptr(GPtrArray) due = queue_due(login);
	g_autoptr(GHashTable) reached =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (guint i = 0; i < due->len; i++) {
		send_entry(desk, login, g_ptr_array_index(due, i), outlet, reached, failed);
	}
}

/* For each copy that can be read. */
typedef void (*Visit)(QueueEntry *entry, const char *number, const QueueCopy *copy, gpointer user);

static void
visit(WebDesk *desk, Visit act, gpointer user)
{
	g_autoptr(Login) login = login_of(desk);
	g_autoptr(GPtrArray) due = queue_due(login);
	for (guint i = 0; i < due->len; i++) {
		QueueEntry *entry = g_ptr_array_index(due, i);
		g_autoptr(GPtrArray) numbers = queue_entry_copies(entry);
		for (guint n = 0; n < numbers->len; n++) {
			const char *number = g_ptr_array_index(numbers, n);
			g_autoptr(QueueCopy) copy =
				queue_entry_read(entry, number, login, web_desk_engine(desk), NULL);
			if (copy != NULL) {
				act(entry, number, copy, user);
			}
		}
	}
	web_desk_rest(desk);
}

static void
add_readers(QueueEntry *entry G_GNUC_UNUSED, const char *number G_GNUC_UNUSED,
	    const QueueCopy *copy, gpointer user)
{
	g_auto(GStrv) readers = readers_of(copy);
	for (guint i = 0; readers[i] != NULL; i++) {
		json_array_add_string_element(user, readers[i]);
	}
}

JsonArray *
web_outbox_json(WebDesk *desk)
{
	JsonArray *array = json_array_new();
	visit(desk, add_readers, array);
	return array;
}

static void
forget(QueueEntry *entry, const char *number, const QueueCopy *copy G_GNUC_UNUSED,
       gpointer user G_GNUC_UNUSED)
{
	(void)queue_entry_done(entry, number, NULL);
}

void
web_outbox_give_up(WebDesk *desk)
{
	visit(desk, forget, NULL);
}

/* ---- asked for ---- */

static JsonObject *
outbox_json(WebDesk *desk)
{
	JsonObject *object = json_object_new();
	json_object_set_array_member(object, "waiting", web_outbox_json(desk));
	return object;
}

JsonNode *
web_outbox(WebRequest *request, WebReply *reply)
{
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	return desk == NULL ? NULL : web_json_node(outbox_json(desk));
}

/* @failed gets whom it still did not reach. */
static bool
act(WebRequest *request, WebDesk *desk, JsonArray *failed, GError **error)
{
	const char *action = web_request_field(request, "action");
	if (g_strcmp0(action, "give-up") == 0) {
		web_outbox_give_up(desk);
		return true;
	}
	if (g_strcmp0(action, "retry") != 0) {
		return base_fail(error, PS_ERROR_ARGUMENT, "action is retry or give-up");
	}
	g_autoptr(MailOutlet) outlet = web_desk_outlet(desk, error);
	if (outlet != NULL) {
		web_outbox_send_due(desk, outlet, failed);
	}
	return outlet != NULL;
}

JsonNode *
web_outbox_do(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(JsonArray) failed = json_array_new();
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	if (!act(request, desk, failed, &error)) {
		return web_desk_fail(request, reply, desk, error);
	}
	if (request->page) {
		g_autofree char *url = web_path("mail", web_desk_id(desk), "INBOX", "", NULL);
		g_autofree char *text =
			web_failures_text(failed, _("Still not: {address}: {reason}"));
		web_session_tell(request->session, url, text);
		web_reply_go(reply, url);
		return NULL;
	}
	JsonObject *object = outbox_json(desk);
	json_object_set_array_member(object, "failed", json_array_ref(failed));
	return web_json_node(object);
}

char *
web_failures_text(JsonArray *failed, const char *sentence)
{
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < json_array_get_length(failed); i++) {
		JsonObject *one = web_json_at(failed, i);
		g_autofree char *line = web_fill(sentence, "address", web_json_text(one, "address"),
						 "reason", web_json_text(one, "text"), NULL);
		g_string_append_printf(text, "%s%s", text->len == 0 ? "" : "\n",
				       g_strdelimit(line, "\r\n", ' '));
	}
	return g_string_free(text, FALSE);
}
