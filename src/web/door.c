/* SPDX-License-Identifier: MPL-2.0 */
/* Who may ask. A name that an attacker's DNS points at us has another Host; another page has
 * another Origin; other programs and people of this machine have neither token nor cookie. */
#include "web/door.h"

#include "web/answer.h"
#include "web/json.h"
#include "web/token.h"
#include <string.h>

#define BEARER "Bearer "

static const char PAGE_POLICY[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	"font-src 'none'; connect-src 'self'; form-action 'self'; frame-src 'self'; "
	"base-uri 'none'; frame-ancestors 'none'";
static const char DATA_POLICY[] = "default-src 'none'; frame-ancestors 'none'; sandbox";
static const char MESSAGE_POLICY[] =
	"sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
	"form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

void
web_visitor_clear(WebVisitor *visitor)
{
	g_clear_pointer(&visitor->session, web_session_unref);
}

/* ---- Host and Origin ---- */

static bool
is_ours(const WebSite *site, const char *host)
{
	static const char *const NAMES[] = {"127.0.0.1", "localhost", "[::1]"};
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		g_autofree char *ours = g_strdup_printf("%s:%u", NAMES[i], site->port);
		if (g_ascii_strcasecmp(ours, host) == 0) {
			return true;
		}
	}
	return false;
}

static bool
is_word(SoupMessageHeaders *headers, const char *name, const char *word)
{
	return g_strcmp0(soup_message_headers_get_list(headers, name), word) == 0;
}

/* A link to an explanation in somebody's webmail may be followed: such a page is the same for all,
 * and nothing frames or reads it. */
static bool
is_link_to_how_to(SoupMessageHeaders *headers, const char *method, const char *path)
{
	return strcmp(method, "GET") == 0 && g_str_has_prefix(path, "/how-to/") &&
	       is_word(headers, "Sec-Fetch-Mode", "navigate") &&
	       is_word(headers, "Sec-Fetch-Dest", "document");
}

/* A whole address in the request line counts before Host (RFC 9112 section 3.2.2). */
static bool
is_target_ours(const WebSite *site, SoupServerMessage *message)
{
	GUri *uri = soup_server_message_get_uri(message);
	const char *name = g_uri_get_host(uri);
	bool six = name != NULL && strchr(name, ':') != NULL;
	g_autofree char *target =
		g_strdup_printf("%s%s%s:%d", six ? "[" : "", name == NULL ? "" : name,
				six ? "]" : "", g_uri_get_port(uri));
	return is_ours(site, target);
}

static bool
is_local(const WebSite *site, SoupServerMessage *message, const char *path)
{
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
	const char *host = soup_message_headers_get_list(headers, "Host");
	const char *origin = soup_message_headers_get_list(headers, "Origin");
	const char *from = soup_message_headers_get_list(headers, "Sec-Fetch-Site");
	bool same = from == NULL || strcmp(from, "same-origin") == 0 || strcmp(from, "none") == 0 ||
		    is_link_to_how_to(headers, soup_server_message_get_method(message), path);
	return host != NULL && is_ours(site, host) && is_target_ours(site, message) && same &&
	       (origin == NULL ||
		(g_str_has_prefix(origin, "http://") && is_ours(site, origin + strlen("http://"))));
}

/* ---- who is logged in ---- */

static bool
has_token(const WebSite *site, SoupMessageHeaders *headers)
{
	const char *bearer = soup_message_headers_get_one(headers, "Authorization");
	const char *own = soup_message_headers_get_one(headers, "X-Postseal-Token");
	bool is_bearer = bearer != NULL && g_ascii_strncasecmp(bearer, BEARER, strlen(BEARER)) == 0;
	return web_token_matches(site->token, own) ||
	       web_token_matches(site->token, is_bearer ? bearer + strlen(BEARER) : NULL);
}

/* What our cookie says; NULL: there is none, or several, of which only one can be ours. */
static char *
cookie_of(SoupMessageHeaders *headers)
{
	const char *list = soup_message_headers_get_list(headers, "Cookie");
	g_auto(GStrv) cookies = g_strsplit(list == NULL ? "" : list, ";", 64);
	char *found = NULL;
	for (guint i = 0; cookies[i] != NULL; i++) {
		const char *cookie = g_strstrip(cookies[i]);
		if (g_str_has_prefix(cookie, WEB_COOKIE "=")) {
			if (found != NULL) {
				g_free(found);
				return NULL;
			}
			found = g_strdup(cookie + strlen(WEB_COOKIE "="));
		}
	}
	return found;
}

static void
find_session(WebSite *site, SoupMessageHeaders *headers, WebVisitor *visitor)
{
	visitor->by_token = has_token(site, headers);
	g_autoptr(BaseSecretString) cookie = visitor->by_token ? NULL : cookie_of(headers);
	if (visitor->by_token) {
		visitor->session = web_sessions_of_token(site->sessions);
	} else if (cookie != NULL) {
		visitor->session = web_sessions_find(site->sessions, cookie);
	}
}

static bool
may_ask(const WebVisitor *visitor, WebReply *reply)
{
	WebFor who = visitor->route == NULL ? WEB_FOR_LOGIN : visitor->route->who;
	if (who == WEB_FOR_ALL || (who == WEB_FOR_LOGIN && visitor->session != NULL) ||
	    (who == WEB_FOR_TOKEN && visitor->by_token)) {
		return true;
	}
	web_reply_fail(reply, 401, "token",
		       who == WEB_FOR_TOKEN || visitor->session != NULL
			       ? N_("Say the token that is in the file token of postseal's home.")
			       : N_("Log in first: postseal page opens this page, and programs say "
				    "the token that is in the file token of postseal's home."));
	return false;
}

/* ---- sizes ---- */

static bool
has_right_size(SoupServerMessage *message, WebReply *reply)
{
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
	bool post = strcmp(soup_server_message_get_method(message), "POST") == 0;
	bool chunked = soup_message_headers_get_encoding(headers) == SOUP_ENCODING_CHUNKED;
	goffset length = soup_message_headers_get_content_length(headers); /* "-1" is -1 */
	if (chunked || (post && soup_message_headers_get_one(headers, "Content-Length") == NULL)) {
		web_reply_fail(reply, 411, "length", N_("Say Content-Length."));
		return false;
	}
	if (length < 0 || length > (post ? (goffset)WEB_MESSAGE_MAX : 0)) {
		web_reply_fail(reply, 413, "limit",
			       N_("This is too large: 32 MiB at most can be taken."));
		return false;
	}
	return true;
}

bool
web_door_open(WebSite *site, SoupServerMessage *message, GPtrArray *arguments, WebVisitor *visitor,
	      WebReply *reply)
{
	const char *method = soup_server_message_get_method(message);
	const char *path = g_uri_get_path(soup_server_message_get_uri(message));
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
	if (!is_local(site, message, path)) {
		web_reply_fail(reply, 403, "forbidden",
			       N_("Only programs and pages of this machine are answered."));
		return false;
	}
	/* libsoup would cut and repeat answers as it says, as often as it says. */
	soup_message_headers_remove(headers, "Range");
	visitor->route = web_router_find(method, path, arguments, &reply->allow);
	find_session(site, headers, visitor);
	if (!may_ask(visitor, reply)) {
		g_clear_pointer(&reply->allow, g_free);
		return false;
	}
	if (visitor->route == NULL) {
		web_reply_fail(reply, reply->allow == NULL ? 404 : 405,
			       reply->allow == NULL ? "not-found" : "method",
			       reply->allow == NULL ? N_("There is nothing here.")
						    : N_("This cannot be asked in this way."));
		return false;
	}
	return has_right_size(message, reply);
}

gsize
web_door_body_length(SoupServerMessage *message)
{
	return (gsize)soup_message_headers_get_content_length(
		soup_server_message_get_request_headers(message));
}

bool
web_door_is_meant(const WebRequest *request, const char *said)
{
	return strcmp(request->method, "POST") != 0 || request->by_token ||
	       request->session == NULL ||
	       web_session_token_matches(request->session,
					 said != NULL ? said : web_request_field(request, "token"));
}

bool
web_door_is_page(SoupServerMessage *message)
{
	SoupMessageHeaders *headers = soup_server_message_get_request_headers(message);
	const char *path = g_uri_get_path(soup_server_message_get_uri(message));
	const char *accept = soup_message_headers_get_list(headers, "Accept");
	bool interface = g_str_has_prefix(path, "/v1/") || strcmp(path, "/v1") == 0;
	return !interface && accept != NULL && strstr(accept, "text/html") != NULL;
}

void
web_door_send(SoupServerMessage *message, const WebReply *reply)
{
	static const char *const POLICIES[] = {[WEB_POLICY_PAGE] = PAGE_POLICY,
					       [WEB_POLICY_DATA] = DATA_POLICY,
					       [WEB_POLICY_MESSAGE] = MESSAGE_POLICY};

	const struct {
		const char *name;
		const char *value;
	} rows[] = {
		/* Connections that libsoup did not accept itself are not kept anyway: say so. */
		{"Connection", "close"},
		{"Cache-Control", reply->cache == NULL ? "no-store" : reply->cache},
		{"ETag", reply->etag},
		{"X-Content-Type-Options", "nosniff"},
		{"Content-Security-Policy", POLICIES[reply->policy]},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		/* with no-referrer the forms of the page would come with "Origin: null" */
		{"Referrer-Policy",
		 reply->policy == WEB_POLICY_PAGE ? "same-origin" : "no-referrer"},
		{"X-Frame-Options", reply->policy == WEB_POLICY_MESSAGE ? "SAMEORIGIN" : "DENY"},
		{"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"},
		{"Location", reply->location},
		{"Set-Cookie", reply->cookie},
		{"Content-Disposition", reply->disposition},
		{"Allow", reply->allow},
	};

	SoupMessageHeaders *headers = soup_server_message_get_response_headers(message);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].value != NULL) {
			soup_message_headers_replace(headers, rows[i].name, rows[i].value);
		}
	}
	gsize n = 0;
	const char *octets = reply->body == NULL ? NULL : g_bytes_get_data(reply->body, &n);
	soup_server_message_set_status(message, reply->status, NULL);
	soup_server_message_set_response(message, reply->type, SOUP_MEMORY_COPY,
					 octets == NULL ? "" : octets, n);
}
