/* SPDX-License-Identifier: MPL-2.0 */
/* The submission proxy: what a mail program sends, signed or sealed on its way to the provider. */
#pragma once

#include "net/conn.h"

/* Serves one mail program to the end (a NetServe); @house is the House. (transfer full) @client. */
void submission_serve(NetConn *client, gpointer house);
