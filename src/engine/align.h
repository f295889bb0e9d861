/* SPDX-License-Identifier: MPL-2.0 */
/* Does anything beside the message itself prove that it comes from its From address? */
#pragma once

#include "engine/judge.h"

/*
 * Sets judgement->aligned (design.md 3.3): the border server of the account that got the message
 * (setting "authserv-id:ADDRESS") found the domain of From authentic, or the message answers one
 * that we sent to this address only.
 */
bool align(Judgement *judgement, Store *store, GError **error);

/* When the message is learned: whoever else got it knows which Message-ID it answers, and may forge
 * answers to that. */
bool align_note_answer(const Judgement *judgement, Store *store, GError **error);

/* The name of the account's border server in Authentication-Results; NULL unsets. */
bool align_set_authserv_id(Store *store, const char *account, const char *id, GError **error);
/* *@out NULL if none is set. */
bool align_get_authserv_id(Store *store, const char *account, char **out, GError **error);
