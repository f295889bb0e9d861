/* SPDX-License-Identifier: MPL-2.0 */
/* Keys and history are collected from mail in passing, behind the back of who waits for it. */
#pragma once

#include "proxy/house.h"

typedef struct Harvest Harvest;

Harvest *harvest_new(House *house);
/* Finishes what is queued. */
void harvest_free(Harvest *harvest);

/*
 * Whether a message at @place (views_place(); NULL: nobody knows where) has to be learned from
 * still; the header alone and all of it are two things. No once it was added, as long as that is
 * remembered.
 */
bool harvest_wants(Harvest *harvest, const char *place, bool header_only);

/* (transfer full) @message, which may be only the header of one; @place as above. What is found of
 * it is noted there, for its keyword. Returns at once unless much is waiting. */
void harvest_add(Harvest *harvest, const Login *login, const char *place, PsMessage *message,
		 bool header_only);
