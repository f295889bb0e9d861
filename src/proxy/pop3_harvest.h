/* SPDX-License-Identifier: MPL-2.0 */
/* Keys and history, learned behind the back of the session: a thread of its own, so that the mail
 * program does not wait. */
#pragma once

#include "proxy/house.h"

typedef struct Pop3Harvest Pop3Harvest;

/* Both borrowed. */
Pop3Harvest *pop3_harvest_new(House *house, const Login *login);

/* Waits until everything is learned. */
void pop3_harvest_free(Pop3Harvest *harvest);

/* (transfer full) @message. Waits only if much is waiting already. */
void pop3_harvest_add(Pop3Harvest *harvest, PsMessage *message, bool header_only);
