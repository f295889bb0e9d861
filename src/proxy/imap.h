/* SPDX-License-Identifier: MPL-2.0 */
/* The IMAP proxy: a mail program on one side, its provider on the other (RFC 9051, RFC 3501). */
#pragma once

#include "net/conn.h"

/* A NetServe; @house is a House. Owns and frees @client. */
void imap_serve(NetConn *client, gpointer house);
