/* SPDX-License-Identifier: MPL-2.0 */
/* All desks, and the passwords of their providers. */
#include "web/handlers.h"
#include "web/letters.h"
#include "web/peers.h"

#include "mail/login.h"

#define PATIENCE ((gint64)3 * G_USEC_PER_SEC) /* with all providers together */

/* ---- not waiting for long ---- */

typedef struct {
	GMutex lock;
	GCond over;
	bool done;
	GCancellable *enough;
	GThread *thread;
} Patience;

static gpointer
run_out(gpointer user)
{
	Patience *patience = user;
	gint64 end = g_get_monotonic_time() + PATIENCE;
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&patience->lock);
	bool waits = true;
	while (!patience->done && waits) {
		waits = g_cond_wait_until(&patience->over, &patience->lock, end);
	}
	if (!patience->done) {
		g_cancellable_cancel(patience->enough);
	}
	return NULL;
}

static void
patience_begin(Patience *patience)
{
	g_mutex_init(&patience->lock);
	g_cond_init(&patience->over);
	patience->enough = g_cancellable_new();
	patience->thread = g_thread_try_new("patience", run_out, patience, NULL);
	if (patience->thread == NULL) { /* nobody would end the waiting */
		g_cancellable_cancel(patience->enough);
	}
}

static void
patience_end(Patience *patience)
{
	g_mutex_lock(&patience->lock);
	patience->done = true;
	g_cond_signal(&patience->over);
	g_mutex_unlock(&patience->lock);
	if (patience->thread != NULL) {
		g_thread_join(patience->thread);
	}
	g_clear_object(&patience->enough);
	g_cond_clear(&patience->over);
	g_mutex_clear(&patience->lock);
}

/* ---- desks ---- */

/* Unread letters of the inbox; 0 if they cannot be counted now. */
static gint64
unread_of(WebDesk *desk, GCancellable *stop)
{
	g_autoptr(JsonArray) folders = web_folders_json(desk, "INBOX", NULL, stop, NULL);
	JsonObject *inbox = folders == NULL ? NULL : web_folders_here(folders);
	return inbox == NULL ? 0 : json_object_get_int_member(inbox, "unread");
}

static JsonArray *
desks_json(WebRequest *request)
{
	Patience patience = {0};
	JsonArray *array = json_array_new();
	const GPtrArray *accounts = house_config(request->site->house)->accounts;
	patience_begin(&patience);
	for (guint i = 0; i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		if (!web_desk_is(account)) {
			continue;
		}
		g_autoptr(WebDesk) desk = web_desk_new(request->site, request->session, account);
		JsonObject *object = web_desk_json(desk);
		bool locked = web_json_true(object, "locked");
		json_object_set_int_member(object, "unread",
					   locked ? 0 : unread_of(desk, patience.enough));
		json_array_add_object_element(array, object);
	}
	patience_end(&patience);
	return array;
}

JsonNode *
web_desks(WebRequest *request, WebReply *reply G_GNUC_UNUSED)
{
	JsonObject *object = json_object_new();
	json_object_set_array_member(object, "desks", desks_json(request));
	return web_json_node(object);
}

JsonNode *
web_start(WebRequest *request, WebReply *reply G_GNUC_UNUSED)
{
	JsonObject *object = json_object_new();
	json_object_set_array_member(object, "desks", desks_json(request));
	json_object_set_array_member(object, "waiting", web_waiting_json(request, NULL));
	return web_json_node(object);
}

/* ---- passwords ---- */

/* Asks where the password is for: where the mail lies, else where it leaves. */
static bool
is_accepted(WebRequest *request, WebDesk *desk, MailStore *store, GError **error)
{
	if (desk->account->maildir == NULL) {
		return mail_store_check(store, request->stop, error);
	}
	g_autoptr(MailOutlet) outlet =
		desk->account->submission == NULL ? NULL : web_desk_outlet(desk, error);
	return desk->account->submission == NULL ||
	       (outlet != NULL && mail_outlet_check(outlet, request->stop, error));
}

/* True: the provider took it, and the session knows it. */
static bool
unlock(WebRequest *request, const WebDesk *desk, GError **error)
{
	const char *id = web_desk_id(desk);
	const char *password = web_request_field(request, "password");
	if (password == NULL || password[0] == '\0') {
		return base_fail(error, PS_ERROR_ARGUMENT, "%s", _("Type the password."));
	}
	web_session_set_password(request->session, id, password);
	g_autoptr(WebDesk) tried = web_desk_new(request->site, request->session, desk->account);
	MailStore *store = web_desk_store(tried, error);
	bool good = store != NULL && is_accepted(request, tried, store, error);
	if (!good) {
		web_session_set_password(request->session, id, NULL);
	}
	return good;
}

JsonNode *
web_unlock(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	if (!unlock(request, desk, &error)) {
		web_reply_error(reply, error);
		return NULL;
	}
	JsonObject *object = json_object_new();
	json_object_set_boolean_member(object, "unlocked", TRUE);
	return web_json_node(object);
}

static JsonNode *
unlock_node(WebDesk *desk, const char *error)
{
	JsonObject *object = json_object_new();
	JsonObject *shown = web_desk_json(desk);
	json_object_set_object_member(object, "desk", shown);
	web_json_copy(object, shown, "address");
	web_json_set(object, "error", error);
	return web_json_node(object);
}

JsonNode *
web_unlock_page(WebRequest *request, WebReply *reply)
{
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	return desk == NULL ? NULL : unlock_node(desk, NULL);
}

JsonNode *
web_unlock_do(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	if (!unlock(request, desk, &error)) {
		reply->status = 403;
		return unlock_node(desk, error->message);
	}
	g_autofree char *url = web_path("mail", web_desk_id(desk), "", NULL);
	web_reply_go(reply, url);
	return NULL;
}
