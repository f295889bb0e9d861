/* SPDX-License-Identifier: MPL-2.0 */
/* Each request passes the door (Host, Origin, size, token) before its body is read. */
#include "web/pages.h"

#include "web/answer.h"
#include "web/token.h"
#include <string.h>

#define FILE_MAX   (64U << 10) /* octets of a clientConfig */
#define BEARER     "Bearer "
#define AUTOCONFIG "/autoconfig/mail/config-v1.1.xml"
#define WELL_KNOWN "/.well-known/autoconfig/mail/config-v1.1.xml"

static void
respond(SoupServerMessage *message, guint status, const char *type, const char *text)
{
	SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
	/* Connections that libsoup did not accept itself are not kept anyway: say so. */
	soup_message_headers_replace(headers, "Connection", "close");
	soup_message_headers_replace(headers, "Cache-Control", "no-store");
	soup_message_headers_replace(headers, "X-Content-Type-Options", "nosniff");
	soup_message_headers_replace(headers, "Content-Security-Policy",
				     "default-src 'none'; frame-ancestors 'none'");
	soup_message_headers_replace(headers, "Cross-Origin-Resource-Policy", "same-origin");
	soup_message_headers_replace(headers, "Referrer-Policy", "no-referrer");
	soup_server_message_set_status(message, status, NULL);
	soup_server_message_set_response(message, type, SOUP_MEMORY_COPY, text, strlen(text));
}

static void
refuse(SoupServerMessage *message, guint status, const char *code, const char *text)
{
	g_auto(WebAnswer) answer = {0};
	web_answer_error(&answer, status, code, text);
	respond(message, status, "application/json", answer.json);
}

/* ---- the door ---- */

static bool
is_ours(const WebPages *pages, const char *host)
{
	static const char *const NAMES[] = {"127.0.0.1", "localhost", "[::1]"};
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		g_autofree char *ours = g_strdup_printf("%s:%u", NAMES[i], pages->port);
		if (g_ascii_strcasecmp(ours, host) == 0) {
			return true;
		}
	}
	return false;
}

/* A name that an attacker's DNS points at us has another Host; another page has another Origin. */
static bool
is_local(const WebPages *pages, SoupMessageHeaders *headers)
{
	const char *host = soup_message_headers_get_list(headers, "Host");
	const char *origin = soup_message_headers_get_list(headers, "Origin");
	const char *site = soup_message_headers_get_list(headers, "Sec-Fetch-Site");
	bool same = site == NULL || strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
	return host != NULL && is_ours(pages, host) && same &&
	       (origin == NULL || (g_str_has_prefix(origin, "http://") &&
				   is_ours(pages, origin + strlen("http://"))));
}

static bool
has_token(const WebPages *pages, SoupMessageHeaders *headers)
{
	const char *bearer = soup_message_headers_get_one(headers, "Authorization");
	const char *own = soup_message_headers_get_one(headers, "X-Postseal-Token");
	bool is_bearer = bearer != NULL && g_ascii_strncasecmp(bearer, BEARER, strlen(BEARER)) == 0;
	return web_token_matches(pages->token, own) ||
	       web_token_matches(pages->token, is_bearer ? bearer + strlen(BEARER) : NULL);
}

/* False after an answer was given. */
static bool
has_right_size(SoupServerMessage *message, SoupMessageHeaders *headers)
{
	bool post = strcmp(soup_server_message_get_method(message), "POST") == 0;
	bool chunked = soup_message_headers_get_encoding(headers) == SOUP_ENCODING_CHUNKED;
	goffset length = soup_message_headers_get_content_length(headers);
	if (chunked || (post && soup_message_headers_get_one(headers, "Content-Length") == NULL)) {
		refuse(message, SOUP_STATUS_LENGTH_REQUIRED, "length", "say Content-Length");
		return false;
	}
	if (length > (post ? (goffset)WEB_MESSAGE_MAX : 0)) {
		refuse(message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "limit", "this is too large");
		return false;
	}
	return true;
}

static void
on_headers(SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message, const char *path,
	   GHashTable *query G_GNUC_UNUSED, gpointer user)
{
	const WebPages *pages = user;
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
	bool open = strcmp(path, AUTOCONFIG) == 0 || strcmp(path, WELL_KNOWN) == 0;
	bool good = false;
	if (!is_local(pages, headers)) {
		refuse(message, SOUP_STATUS_FORBIDDEN, "forbidden",
		       "only programs and pages of this machine are answered");
	} else if (!open && !has_token(pages, headers)) {
		refuse(message, SOUP_STATUS_UNAUTHORIZED, "token",
		       "say the token that is in the file token of postseal's home");
	} else {
		good = has_right_size(message, headers);
	}
	if (!good) { /* what still comes is not kept */
		soup_message_body_set_accumulate(soup_server_message_get_request_body(message),
						 FALSE);
	}
}

/* ---- questions ---- */

typedef struct {
	char *account;
	char *message_id;
	char *email;
	GPtrArray *to;
} Query;

static void
query_clear(Query *query)
{
	g_free(query->account);
	g_free(query->message_id);
	g_free(query->email);
	g_clear_pointer(&query->to, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Query, query_clear)

static void
take(char **slot, char **value)
{
	g_free(*slot);
	*slot = g_steal_pointer(value);
}

/* "to" may be there several times, so a hash table will not do. */
static void
read_query(GUri *uri, Query *out)
{
	const char *text = g_uri_get_query(uri);
	GUriParamsIter iter;
	char *name = NULL;
	char *value = NULL;
	out->to = g_ptr_array_new_with_free_func(g_free);
	g_uri_params_iter_init(&iter, text == NULL ? "" : text, -1, "&", G_URI_PARAMS_WWW_FORM);
	while (g_uri_params_iter_next(&iter, &name, &value, NULL)) {
		const struct {
			const char *name;
			char **slot;
		} slots[] = {{"from", &out->account},
			     {"account", &out->account},
			     {"message-id", &out->message_id},
			     {"emailaddress", &out->email}};

		for (size_t i = 0; i < G_N_ELEMENTS(slots) && value != NULL; i++) {
			if (strcmp(name, slots[i].name) == 0) {
				take(slots[i].slot, &value);
			}
		}
		if (value != NULL && strcmp(name, "to") == 0 && out->to->len < WEB_RECIPIENTS_MAX) {
			g_ptr_array_add(out->to, g_steal_pointer(&value));
		}
		g_clear_pointer(&name, g_free);
		g_clear_pointer(&value, g_free);
	}
}

static void
on_question(SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message, const char *path,
	    GHashTable *table G_GNUC_UNUSED, gpointer user)
{
	const WebPages *pages = user;
	const char *method = soup_server_message_get_method(message);
	const char *name = path + strlen("/v1");
	bool explains = strcmp(name, "/explain") == 0;
	if (strcmp(method, explains ? "POST" : "GET") != 0) {
		refuse(message, SOUP_STATUS_METHOD_NOT_ALLOWED, "method",
		       explains ? "POST the message" : "GET it");
		return;
	}
	g_auto(Query) query = {0};
	g_auto(WebAnswer) answer = {0};
	read_query(soup_server_message_get_uri(message), &query);
	g_autoptr(GBytes) body =
		soup_message_body_flatten(soup_server_message_get_request_body(message));
	WebQuestion question = {.method = name[0] == '/' ? name + 1 : "",
				.account = query.account,
				.to = query.to,
				.message_id = query.message_id,
				.message = explains ? body : NULL};
	web_answer(pages->house, &question, &answer);
	respond(message, answer.status, "application/json", answer.json);
}

/* ---- autoconfig ---- */

/* The domain of one of our accounts, as it stands there: never a name from outside. */
static const char *
own_domain(House *house, const char *email)
{
	const char *at = email == NULL ? NULL : strrchr(email, '@');
	const GPtrArray *accounts = house_config(house)->accounts;
	for (guint i = 0; at != NULL && i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		const char *own = strrchr(account->address, '@');
		if (own != NULL && g_ascii_strcasecmp(own, at) == 0 && strchr(own, '/') == NULL) {
			return own + 1;
		}
	}
	return NULL;
}

static void
on_autoconfig(SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message,
	      const char *path G_GNUC_UNUSED, GHashTable *table G_GNUC_UNUSED, gpointer user)
{
	const WebPages *pages = user;
	g_auto(Query) query = {0};
	g_autofree char *xml = NULL;
	gsize n = 0;
	read_query(soup_server_message_get_uri(message), &query);
	const char *domain = own_domain(pages->house, query.email);
	g_autofree char *name = domain == NULL ? NULL : g_strconcat(domain, ".xml", NULL);
	g_autofree char *file =
		name == NULL ? NULL : g_build_filename(pages->home, "autoconfig", name, NULL);
	if (file == NULL || !g_file_get_contents(file, &xml, &n, NULL) || n > FILE_MAX) {
		refuse(message, SOUP_STATUS_NOT_FOUND, "not-found",
		       "no account of this domain was set up");
		return;
	}
	respond(message, SOUP_STATUS_OK, "text/xml", xml);
}

static void
on_other(SoupServer *server G_GNUC_UNUSED, SoupServerMessage *message,
	 const char *path G_GNUC_UNUSED, GHashTable *table G_GNUC_UNUSED,
	 gpointer user G_GNUC_UNUSED)
{
	refuse(message, SOUP_STATUS_NOT_FOUND, "not-found", "there is nothing here");
}

void
web_pages_add(SoupServer *server, WebPages *pages)
{
	static const struct {
		const char *path;
		SoupServerCallback callback;
	} PAGES[] = {{NULL, on_other},
		     {"/v1", on_question},
		     {AUTOCONFIG, on_autoconfig},
		     {WELL_KNOWN, on_autoconfig}};

	for (size_t i = 0; i < G_N_ELEMENTS(PAGES); i++) {
		/* The handler of the longest path is asked, so each needs the door. */
		soup_server_add_early_handler(server, PAGES[i].path, on_headers, pages, NULL);
		soup_server_add_handler(server, PAGES[i].path, PAGES[i].callback, pages, NULL);
	}
}
