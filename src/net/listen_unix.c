/* SPDX-License-Identifier: MPL-2.0 */
/* Sockets in the file system, for programs of the same person. */
#include "listen_private.h"

#include "base/error.h"
#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX_PATH sizeof(((struct sockaddr_un *)NULL)->sun_path)

/* Nobody else may enter the folder: the mode of the socket itself comes later than the socket. */
static bool
own_folder(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	GStatBuf info;
	if (g_mkdir_with_parents(folder, 0700) != 0 || g_lstat(folder, &info) != 0) {
		return base_fail(error, PS_ERROR_CREATE, "cannot make %s: %s", folder,
				 g_strerror(errno));
	}
	if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
		return base_fail(error, PS_ERROR_CREATE,
				 "%s is open to others: a socket needs a folder with mode 0700",
				 folder);
	}
	return true;
}

/* A socket that nobody answers at was left by a daemon that was killed. */
static bool
remove_stale(const char *path, GSocketAddress *address, GError **error)
{
	GStatBuf info;
	g_autoptr(GError) reason = NULL;
	if (g_lstat(path, &info) != 0) {
		return true;
	}
	if (!S_ISSOCK(info.st_mode)) {
		return base_fail(error, PS_ERROR_CREATE, "%s is there and is no socket", path);
	}
	g_autoptr(GSocket) probe = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
						G_SOCKET_PROTOCOL_DEFAULT, NULL);
	if (probe != NULL) {
		g_socket_set_timeout(probe, 1);
	}
	if (probe == NULL || g_socket_connect(probe, address, NULL, &reason) ||
	    !g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED)) {
		return base_fail(error, PS_ERROR_CREATE,
				 "somebody listens on %s: is the daemon running already?", path);
	}
	return g_unlink(path) == 0 ||
	       base_fail(error, PS_ERROR_CREATE, "cannot remove %s: %s", path, g_strerror(errno));
}

GSocket *
listen_unix(const char *path, GError **error)
{
	g_autoptr(GError) reason = NULL;
	if (!g_path_is_absolute(path) || strlen(path) >= UNIX_PATH) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "%s cannot be a socket: write an absolute path of at most "
				      "107 characters",
				      path);
	}
	g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
	if (!own_folder(path, error) || !remove_stale(path, address, error)) {
		return NULL;
	}
	g_autoptr(GSocket) socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
						 G_SOCKET_PROTOCOL_DEFAULT, &reason);
	if (socket == NULL || !g_socket_bind(socket, address, FALSE, &reason) ||
	    !g_socket_listen(socket, &reason)) {
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "cannot listen on %s: %s", path,
				      reason->message);
	}
	if (g_chmod(path, 0600) != 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "cannot protect %s: %s", path,
				      g_strerror(errno));
	}
	return g_steal_pointer(&socket);
}
