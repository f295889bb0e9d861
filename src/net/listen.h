/* SPDX-License-Identifier: MPL-2.0 */
/* Listening sockets; every client gets a thread of its own. */
#pragma once

#include "net/conn.h"

typedef struct NetListener NetListener;

/* Serves one client in its own thread; (transfer full) @client. */
typedef void (*NetServe)(NetConn *client, gpointer user);

typedef struct {
	const char *address; /* "127.0.0.1:1143" or "[::1]:1143"; port 0: any free one; only
				loopback addresses: PS_ERROR_ARGUMENT */
	const char *path; /* instead: a Unix socket with mode 0600, for our own user; a stale one is
			     replaced */
	guint tries;      /* TCP: if the port is taken, the next ones, so many in all */
	guint max_clients; /* at once; further ones wait unaccepted */
	NetServe serve;
	gpointer user;
	guint deadline_ms; /* of each client, from the beginning on: who has not logged in by then
			      is cut, however it talks; @serve ends it with
			      net_conn_set_deadline(client, 0). 0: none. Until then
			      net_listener_stop() ends what waits for the client, too */
} NetListenOptions;

/* Whether @text may be the address of a listener: "127.0.0.1:1143", "[::1]:0", "localhost:1143". */
bool net_listen_is_address(const char *text);

/* PS_ERROR_ARGUMENT, PS_ERROR_CREATE. */
NetListener *net_listener_new(const NetListenOptions *options, GError **error);
/* "127.0.0.1:1143" as it became, or the path. */
const char *net_listener_address(const NetListener *listener);
/* Accepts nobody from now on; who has not logged in yet is no longer waited for. */
void net_listener_stop(NetListener *listener);
/* Stops, waits until all threads have returned or @seconds are over; whether all have. */
bool net_listener_join(NetListener *listener, guint seconds);
/* After net_listener_join(). */
void net_listener_free(NetListener *listener);
