/* SPDX-License-Identifier: MPL-2.0 */
/* From the start of the listeners to the end of the last session. */
#pragma once

#include "proxy/config.h"

#define DAEMON_LOGIN_SECONDS 120 /* unless told: time enough to look for a password */
#define DAEMON_LOGIN_MAX     86400

/*
 * Serves until SIGTERM, SIGINT or SIGHUP; prints one line "ready smtp=HOST:PORT ..." on standard
 * output once all listeners accept, and another one with a link that opens the page. False: it
 * could not begin. PS_ERROR_BUSY: another daemon has
 * @home; otherwise as house_new() and net_listener_new() say. A client that has not logged in after
 * @login_seconds is cut.
 */
bool daemon_run(const ProxyConfig *config, const char *home, guint login_seconds, GError **error);
