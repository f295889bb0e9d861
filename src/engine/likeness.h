/* SPDX-License-Identifier: MPL-2.0 */
/* Who only looks like somebody known. */
#pragma once

#include "engine/core.h"
#include "trust/recipient.h"

/* Where the person lists names and domains that others imitate. (transfer full) */
char *likeness_imitated_file(PsEngine *engine);

/* For an address that mail never came from or went to: the known address or domain that it looks
 * like, so that nobody writes to the wrong one. NULL: none. (transfer full) */
char *likeness_of_recipient(PsEngine *engine, const TrustRecipient *recipient);
