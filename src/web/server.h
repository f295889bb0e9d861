/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The page, and the side channel: what the page, the add-on and scripts ask the daemon, as HTML and
 * JSON over HTTP on loopback and as JSON over a Unix socket. doc: postseald(8), web/openapi.json.
 *
 * routes.c has all addresses. Pages and everything under /v1 need a login: the cookie of a session
 * (which a link that is good once begins), or the token in HOME/token ("Authorization: Bearer" or
 * "X-Postseal-Token"). No page of another origin gets an answer: Host and Origin must be ours,
 * which also ends DNS rebinding.
 */
#pragma once

#include "proxy/house.h"

typedef struct WebServer WebServer;

/*
 * Answers on @address ("127.0.0.1:8025"; if the port is taken on one of the next ones; port 0: any
 * free one; only loopback: PS_ERROR_ARGUMENT) in a thread of its own. @home is the daemon's: token
 * and autoconfig files. The house outlives the server. PS_ERROR_CREATE, PS_ERROR_IO.
 */
WebServer *web_server_new(House *house, const char *home, const char *address, GError **error);
/* "127.0.0.1:8025" as it became. */
const char *web_server_address(const WebServer *server);
/* An address that opens the page in a browser, once, for ten minutes. (transfer full) */
char *web_server_login_link(WebServer *server);
/* Ends it: what is being answered is finished first. */
void web_server_free(WebServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebServer, web_server_free)

/*
 * The same answers on a Unix socket, without a token: JSON Lines. Each line is an object with
 * "method" (status, can-seal, verdict, explain) and "from", "to" (string or array), "account",
 * "message_id", "message" (base64); each answer one line, {"error": {...}} where it failed. For
 * NetListenOptions; @house is a House.
 */
void web_lines_serve(NetConn *client, gpointer house);
