/* SPDX-License-Identifier: MPL-2.0 */
/* What the files behind net/listen.h share. */
#pragma once

#include "net/listen.h"

/* A listening Unix socket at @path that only its owner can reach; NULL and PS_ERROR_ARGUMENT or
 * PS_ERROR_CREATE. */
GSocket *listen_unix(const char *path, GError **error);
