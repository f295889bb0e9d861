/* SPDX-License-Identifier: MPL-2.0 */
/* What is said to people about sealing mail to somebody, in the language of the program. */
#pragma once

#include "trust/recipient.h"

/* Whether mail to the recipient can be sealed, why, and what to do if not: a few sentences. @alike:
 * the known address or domain that this one only looks like; NULL: none. (transfer full) */
char *advice_sentence(const TrustRecipient *recipient, const char *alike);

/* The same as the end of a line that begins with the address: "has sent no key yet: ...". Static.
 */
const char *advice_phrase(TrustState state);
