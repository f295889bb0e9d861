/* SPDX-License-Identifier: MPL-2.0 */
/* One caller at a time; who waits can be told to give up. */
#pragma once

#include "base/error.h"
#include <gio/gio.h>

/*
 * What only one caller at a time may use. Taken with a place in no queue: whoever comes first when
 * it is free has it.
 */
typedef struct {
	GMutex lock;
	GCond freed;
	bool taken;
} MailTurn;

void mail_turn_init(MailTurn *turn);
void mail_turn_clear(MailTurn *turn);
/* Waits until it is free, two minutes at most: @turn. NULL and PS_ERROR_BUSY: the time is over, or
 * @stop was cancelled. */
MailTurn *mail_turn_take(MailTurn *turn, GCancellable *stop, GError **error);
void mail_turn_leave(MailTurn *turn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailTurn, mail_turn_leave)

/* Whether nobody wants it any more; PS_ERROR_BUSY. */
bool mail_is_stopped(GCancellable *stop, GError **error);
