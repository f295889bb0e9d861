/* SPDX-License-Identifier: MPL-2.0 */
/* Writing the daemon's configuration: what is there stays, comments too. */
#pragma once

#include "proxy/config.h"
#include "setup/servers.h"

typedef struct {
	const char *address;         /* normalised: the group */
	const SetupServers *servers; /* these become the account's */
	const char *tls_ca;          /* NULL: leave what is there */
	bool managed;                /* the person says so; false: as it is, else as found */
} SetupConfigChange;

/* Tells whether a TCP port of 127.0.0.1 can be listened on. */
typedef bool (*SetupPortFree)(guint16 port);
bool setup_port_is_free(guint16 port);

/*
 * @text (may be "") with the account in it. Keys that the account has and that are no server, user
 * or mode stay, as do other groups and comments. Listeners that are not named get the first free
 * ports from the usual ones on, so that the mail program's settings hold. PS_ERROR_MALFORMED if
 * @text is none that the daemon takes; nothing is then changed.
 */
char *setup_config_change(const char *text, const SetupConfigChange *change, SetupPortFree is_free,
			  GError **error);

/* The file at @path, "" if there is none; at most 1 MiB. PS_ERROR_IO, PS_ERROR_LIMIT. */
char *setup_config_read(const char *path, GError **error);
/* All or nothing, 0600, its folder made if missing. PS_ERROR_CREATE. */
bool setup_write_private(const char *path, const char *text, GError **error);
