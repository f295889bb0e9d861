/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The side channel: what the local page, the add-on and scripts ask the daemon, as JSON over HTTP
 *on loopback and over a Unix socket. doc: postseald(8).
 *
 *	GET  /v1/status
 *	GET  /v1/can-seal?from=ADDRESS&to=ADDRESS[&to=ADDRESS]...
 *	GET  /v1/verdict?account=ADDRESS&message-id=ID
 *	POST /v1/explain[?account=ADDRESS[&to=ADDRESS]...]     the message as the body
 *	GET  /autoconfig/mail/config-v1.1.xml?emailaddress=ADDRESS       (no token)
 *	GET  /.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=  (no token)
 *
 * Everything under /v1 needs the token in HOME/token ("Authorization: Bearer" or
 * "X-Postseal-Token"). No page of another origin gets an answer: Host and Origin must be ours,
 *which also ends DNS rebinding.
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
