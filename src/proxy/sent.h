/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The very copies that left, for the mail program's upload to its Sent folder; two days.
 *
 * Nobody has to wait for them: they are in memory at once, and on the disk a moment later, when the
 * session that sent them has nothing else to do. If we are killed in between, the upload is decided
 * without the copy: what was sealed is sealed again, to its author, since the store knows that it
 * was.
 */
#pragma once

#include "proxy/house.h"

/* Keeps @copy under @message_id: sent_recall() finds it when this returns. An older one is
 * replaced. */
void sent_remember(const Login *login, const char *message_id, GBytes *copy);

/* Writes what this login sent to the disk, encrypted to its account and readable by nobody else. */
void sent_write(House *house, const Login *login);

/* The copy that left as @message_id; NULL and PS_ERROR_NOT_FOUND if this login sent none of the
 * kind lately. @engine is lent to this login. */
PsMessage *sent_recall(House *house, const Login *login, PsEngine *engine, const char *message_id,
		       GError **error);
