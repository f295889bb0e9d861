/* SPDX-License-Identifier: MPL-2.0 */
/* From the start of the listeners to the end of the last session. */
#pragma once

#include "proxy/config.h"

/*
 * Serves until SIGTERM, SIGINT or SIGHUP; prints one line "ready smtp=HOST:PORT ..." on standard
 * output once all listeners accept. False: it could not begin. PS_ERROR_BUSY: another daemon has
 * @home; otherwise as house_new() and net_listener_new() say.
 */
bool daemon_run(const ProxyConfig *config, const char *home, GError **error);
