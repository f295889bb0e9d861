/* SPDX-License-Identifier: MPL-2.0 */
/* What comes after the header of a request, in memory that is wiped: people type passphrases. */
#pragma once

#include <libsoup/soup.h>

/*
 * For an early handler: the body of @message, of which no more than @length is kept. What libsoup
 * still keeps of it: the last 8 KiB lie on the stack of its thread until that is used again
 * (web_body_wipe_stack()), and nothing with the header (web/intake.h).
 */
void web_body_expect(SoupServerMessage *message, gsize length);
/* All that came; empty if nothing was expected. Writable, as long as nobody else has it. (transfer
 * full) */
GBytes *web_body_take(SoupServerMessage *message);
/* For libsoup's thread, while it reads nothing. */
void web_body_wipe_stack(void);
