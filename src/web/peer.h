/* SPDX-License-Identifier: MPL-2.0 */
/* Whose program is at the other end of a connection on this machine. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/*
 * False: it is another person's (neither ours nor root's). Browsers send a cookie to every port of
 * a host, so another person's server on this machine may come to know ours: it must not help.
 * Where the system does not tell, everybody is let in: then only the cookie counts.
 */
bool web_peer_is_welcome(GSocketAddress *remote, GSocketAddress *local);
