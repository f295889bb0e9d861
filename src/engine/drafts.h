/* SPDX-License-Identifier: MPL-2.0 */
/* Drafts, sealed to their author (design.md 3.2). */
#pragma once

#include "engine/judge.h"
#include "store/store.h"

/* Sets judgement->draft: sealed to us by us, and signed by the drafts leaf wherever there can be
 * one. */
bool drafts_recognise(Judgement *judgement, Store *store, GError **error);

/* Makes @header, which will be shown, that of the draft again; out of anything else it takes what
 * only drafts have. */
void drafts_restore(const Judgement *judgement, MimeHeader *header);
