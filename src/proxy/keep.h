/* SPDX-License-Identifier: MPL-2.0 */
/* Files that only one login can read: encrypted to one of its accounts. */
#pragma once

#include "proxy/house.h"

/* Writes @octets to @path, on the disk for good when it returns. PS_ERROR_UNAVAILABLE if no account
 * of the login has keys, PS_ERROR_CREATE, PS_ERROR_IO. @engine is lent to the login. */
bool keep_write(const Login *login, PsEngine *engine, PsMessage *octets, const char *path,
		GError **error);
/* NULL: PS_ERROR_NOT_FOUND, PS_ERROR_UNAVAILABLE, PS_ERROR_MALFORMED, PS_ERROR_IO. */
PsMessage *keep_read(const Login *login, PsEngine *engine, const char *path, GError **error);
