/* SPDX-License-Identifier: MPL-2.0 */
/* Handlers may wait for servers and use keys, so each runs in a thread of a pool; libsoup's own
 * thread only passes requests on. */
#include "web/serve.h"

#include "web/body.h"
#include "web/door.h"
#include "web/json.h"
#include "web/request.h"
#include <string.h>

#define THREADS 12

struct WebServe {
	WebSite *site;
	GMainContext *context;
	GThreadPool *pool;
	GPtrArray *tasks; /* of Task, borrowed; only in libsoup's thread */
};

/* One request while it is answered. */
typedef struct {
	WebServe *serve;
	SoupServerMessage *message;
	gulong finished; /* the signal's handler */
	bool gone;       /* nobody waits for the answer any more */
	const WebRoute *route;
	WebRequest *request;
	char *said; /* X-Postseal-Session; NULL: nothing */
	WebReply reply;
} Task;

/* ---- the language ---- */

/* The first of "de-AT,de;q=0.9,en" that there is a catalogue for; browsers send the best first. */
static char *
best_language(const char *accept)
{
	g_auto(GStrv) words = g_strsplit(accept == NULL ? "" : accept, ",", 16);
	for (guint i = 0; words[i] != NULL; i++) {
		char *word = g_strstrip(words[i]);
		word[strcspn(word, ";-_ ")] = '\0';
		if (g_strv_contains(base_language_list(), word)) {
			return g_strdup(word);
		}
	}
	return g_strdup("en");
}

/* @session: of a browser; NULL: none is known. */
static char *
language_of(const WebRequest *request, WebSession *session, SoupMessageHeaders *headers)
{
	const char *wanted = web_request_query(request, "language");
	const char *fixed = house_config(request->site->house)->language;
	const char *chosen = session == NULL ? wanted : web_session_language(session);
	if (chosen != NULL && g_strv_contains(base_language_list(), chosen)) {
		return g_strdup(chosen);
	}
	/* Programs get English, unless they ask otherwise. */
	return fixed != NULL && request->page
		       ? g_strdup(fixed)
		       : best_language(soup_message_headers_get_list(headers, "Accept-Language"));
}

/* ---- tasks ---- */

static void
task_free(Task *task)
{
	g_signal_handler_disconnect(task->message, task->finished);
	g_ptr_array_remove_fast(task->serve->tasks, task);
	g_clear_object(&task->message);
	g_clear_pointer(&task->request, web_request_free);
	g_clear_pointer(&task->said, g_free);
	web_reply_clear(&task->reply);
	g_free(task);
}

/* In libsoup's thread. */
static gboolean
deliver(gpointer user)
{
	Task *task = user;
	if (!task->gone) {
		web_door_send(task->message, &task->reply);
		soup_server_message_unpause(task->message);
	}
	task_free(task);
	web_body_wipe_stack();
	return G_SOURCE_REMOVE;
}

static void
answer(Task *task)
{
	g_autoptr(GError) error = NULL;
	WebRequest *request = task->request;
	if (!web_request_read_body(request, &error)) {
		web_reply_error(&task->reply, error);
		web_router_explain(request, &task->reply);
	} else if (!web_door_is_meant(request, task->said)) {
		web_reply_fail(&task->reply, 403, "session",
			       _("This form is not of this session, or the session has ended: "
				 "open the page again."));
		web_router_explain(request, &task->reply);
	} else {
		web_router_run(task->route, request, &task->reply);
	}
}

/* The library has catalogues of its own. */
static void
speak(const char *language)
{
	base_language_use(language);
	ps_language_use(language);
}

/* In a thread of the pool. */
static void
run(gpointer data, gpointer user)
{
	Task *task = data;
	WebServe *serve = user;
	speak(task->request->language);
	answer(task);
	if (task->request->session != NULL) {
		web_session_finish(task->request->session);
	}
	g_autoptr(GSource) source = g_idle_source_new();
	g_source_set_priority(source, G_PRIORITY_DEFAULT);
	g_source_set_callback(source, deliver, task, NULL);
	g_source_attach(source, serve->context);
}

static void
on_finished(SoupServerMessage *message G_GNUC_UNUSED, gpointer user)
{
	Task *task = user;
	task->gone = true;
	g_cancellable_cancel(task->request->stop);
}

static void
start(WebServe *serve, SoupServerMessage *message, const WebRoute *route, WebRequest *request)
{
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
	Task *task = g_new0(Task, 1);
	task->serve = serve;
	task->message = g_object_ref(message);
	task->route = route;
	task->request = request;
	task->said = g_strdup(soup_message_headers_get_one(headers, "X-Postseal-Session"));
	task->finished = g_signal_connect(message, "finished", G_CALLBACK(on_finished), task);
	g_ptr_array_add(serve->tasks, task);
	soup_server_message_pause(message);
	if (route->who != WEB_FOR_ALL) {
		g_thread_pool_push(serve->pool, task, NULL);
		return;
	}
	/* These never wait for anything, nor should they when all threads do. */
	run(task, serve);
	speak(NULL);
}

/* ---- libsoup's handlers ---- */

static WebRequest *
new_request(WebServe *serve, SoupServerMessage *message)
{
	GUri *uri = soup_server_message_get_uri(message);
	return web_request_new(serve->site, g_uri_get_path(uri), g_uri_get_query(uri));
}

static WebSession *
session_of(const WebVisitor *visitor)
{
	return visitor->by_token ? NULL : visitor->session;
}

/* An answer that needs no handler; its text is not translated yet. */
static void
send_refusal(WebServe *serve, SoupServerMessage *message, const WebVisitor *visitor,
	     WebReply *reply)
{
	g_autoptr(WebRequest) request = new_request(serve, message);
	request->page = web_door_is_page(message);
	request->language = language_of(request, session_of(visitor),
					soup_server_message_get_request_headers(message));
	speak(request->language);
	web_reply_fail(reply, reply->status, reply->code, _(reply->text));
	web_router_explain(request, reply);
	speak(NULL);
	web_door_send(message, reply);
}

/* Before the body is read; what still comes of a refused request is not kept. */
static void
on_headers(SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message,
	   const char *path G_GNUC_UNUSED, GHashTable *query G_GNUC_UNUSED, gpointer user)
{
	WebServe *serve = user;
	g_auto(WebVisitor) visitor = {0};
	g_auto(WebReply) reply = {.policy = WEB_POLICY_DATA};
	bool open = web_door_open(serve->site, message, NULL, &visitor, &reply);
	web_body_expect(message, open ? web_door_body_length(message) : 0);
	if (!open) {
		send_refusal(serve, message, &visitor, &reply);
	}
}

static WebRequest *
request_of(WebServe *serve, SoupServerMessage *message, WebVisitor *visitor)
{
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
	WebRequest *request = new_request(serve, message);
	const char *wanted = web_request_query(request, "language");
	if (wanted != NULL && session_of(visitor) != NULL) {
		web_session_set_language(visitor->session, wanted);
	}
	request->head = strcmp(soup_server_message_get_method(message), "HEAD") == 0;
	request->method = visitor->route->method;
	/* A page's form that is sent by a script is answered as the interface is. */
	request->page = visitor->route->template != NULL || web_door_is_page(message);
	request->language = language_of(request, session_of(visitor), headers);
	request->session = g_steal_pointer(&visitor->session);
	request->by_token = visitor->by_token;
	request->type = g_strdup(soup_message_headers_get_one(headers, "Content-Type"));
	request->known = g_strdup(soup_message_headers_get_list(headers, "If-None-Match"));
	g_bytes_unref(request->body);
	request->body = web_body_take(message);
	return request;
}

static void
on_request(SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message,
	   const char *path G_GNUC_UNUSED, GHashTable *query G_GNUC_UNUSED, gpointer user)
{
	WebServe *serve = user;
	g_auto(WebVisitor) visitor = {0};
	g_auto(WebReply) reply = {.policy = WEB_POLICY_DATA};
	g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
	bool open = web_door_open(serve->site, message, arguments, &visitor, &reply);
	bool ends = serve->pool == NULL; /* the last answers leave */
	if (open && visitor.session != NULL && (ends || !web_session_begin(visitor.session))) {
		web_reply_fail(&reply, 429, "busy",
			       N_("Too much is asked at once: try again in a moment."));
		open = false;
	}
	if (!open) { /* a session that ended while the body came */
		send_refusal(serve, message, &visitor, &reply);
		return;
	}
	const WebRoute *route = visitor.route;
	WebRequest *request = request_of(serve, message, &visitor);
	g_ptr_array_unref(request->arguments);
	request->arguments = g_steal_pointer(&arguments);
	start(serve, message, route, request);
}

WebServe *
web_serve_new(SoupServer *server, GMainContext *context, WebSite *site)
{
	WebServe *serve = g_new0(WebServe, 1);
	serve->site = site;
	serve->context = context;
	serve->tasks = g_ptr_array_new();
	serve->pool = g_thread_pool_new(run, serve, THREADS, FALSE, NULL);
	soup_server_add_early_handler(server, NULL, on_headers, serve, NULL);
	soup_server_add_handler(server, NULL, on_request, serve, NULL);
	return serve;
}

void
web_serve_leave(WebServe *serve, const GSocketAddress *client)
{
	for (guint i = 0; i < serve->tasks->len; i++) {
		const Task *task = g_ptr_array_index(serve->tasks, i);
		if (soup_server_message_get_remote_address(task->message) == client &&
		    strcmp(task->request->method, "GET") == 0) {
			g_cancellable_cancel(task->request->stop);
		}
	}
}

void
web_serve_stop(WebServe *serve)
{
	for (guint i = 0; i < serve->tasks->len; i++) {
		const Task *task = g_ptr_array_index(serve->tasks, i);
		g_cancellable_cancel(task->request->stop);
	}
}

void
web_serve_wait(WebServe *serve)
{
	g_thread_pool_free(g_steal_pointer(&serve->pool), FALSE, TRUE);
}

void
web_serve_free(WebServe *serve)
{
	if (serve->pool != NULL) {
		web_serve_wait(serve);
	}
	g_ptr_array_unref(serve->tasks);
	g_free(serve);
}
