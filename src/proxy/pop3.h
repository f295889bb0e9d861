/* SPDX-License-Identifier: MPL-2.0 */
/*
 * POP3 sessions (RFC 1939). Ordinary mail passes octet for octet; a message whose root is
 * application/pkcs7-mime is shown opened.
 *
 * Sizes: LIST and STAT tell the octets that RETR sends, so a session asked for them looks at the
 * messages it knows nothing of (TOP n 0, several at once where the provider pipelines) and opens
 * the protected ones among them (fetched by TOP n with all lines, which marks nothing as
 * retrieved). What was found out is kept by unique-id for all sessions of the daemon, in memory, 16
 * octets a message. Bounded by time, number and octets, the newest messages first: what lies beyond
 * has the size the provider tells.
 */
#pragma once

#include "net/conn.h"

/* Serves one client with @house (a House) until either side ends; (transfer full) @client. */
void pop3_serve(NetConn *client, gpointer house);
