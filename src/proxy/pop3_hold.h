/* SPDX-License-Identifier: MPL-2.0 */
/* A message that comes in pieces, held until it can be read as one: in memory, and what is larger
 * in an unlinked, encrypted file. */
#pragma once

#include "base/sink.h"
#include <postseal/message.h>

typedef struct Pop3Hold Pop3Hold;

Pop3Hold *pop3_hold_new(void);
void pop3_hold_free(Pop3Hold *hold);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pop3Hold, pop3_hold_free)

/* Where its octets go; borrowed. Never fails: what cannot be kept is noticed at the end. */
BaseSink *pop3_hold_sink(Pop3Hold *hold);

/* The first of them, at least BASE_LIMIT_HEADER unless there are fewer; gone after taking. */
BaseBytes pop3_hold_head(const Pop3Hold *hold);

/* The message; @hold is empty afterwards. NULL: PS_ERROR_IO, PS_ERROR_CREATE, PS_ERROR_LIMIT. */
PsMessage *pop3_hold_take(Pop3Hold *hold, GError **error);
