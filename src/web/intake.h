/* SPDX-License-Identifier: MPL-2.0 */
/* A client's connection as libsoup reads it: the header first, and no octet of the body with it. */
#pragma once

#include <gio/gio.h>

/*
 * libsoup reads lines through buffers that it frees as they are. Whatever of a body came along with
 * its header would stay there, passphrases, too. Keeps @connection. (transfer full)
 */
GIOStream *web_intake_new(GSocketConnection *connection);
