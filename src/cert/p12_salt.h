/* SPDX-License-Identifier: MPL-2.0 */
/* Salts of old PKCS#12 files that a fault of another program cannot read. */
#pragma once

#include "base/bytes.h"

/*
 * True if GnuPG 2.2 derives the right keys from @p12 (old flavour, written by us): its
 * string_to_key loses the carry of RFC 7292 section B.2 step 6 when a block of I then begins with a
 * zero octet, which happens to one salt in a hundred, and it calls the passphrase wrong.
 */
bool cert_p12_salts_suit(BaseBytes p12, const char *passphrase, int rounds);
