/* SPDX-License-Identifier: MPL-2.0 */
/* The very copies that left, for the mail program's upload to its Sent folder; two days. */
#pragma once

#include "proxy/house.h"

/* Keeps @copy, encrypted to the login's account and readable by nobody else, under @message_id. An
 * older one is replaced. */
bool sent_remember(House *house, const Login *login, PsEngine *engine, const char *message_id,
		   PsMessage *copy, GError **error);

/* The copy that left as @message_id; NULL and PS_ERROR_NOT_FOUND if this login sent none of the
 * kind lately. @engine is lent to this login. */
PsMessage *sent_recall(House *house, const Login *login, PsEngine *engine, const char *message_id,
		       GError **error);
