/* SPDX-License-Identifier: MPL-2.0 */
/* Mail addresses as keys, and their match with certificates (RFC 8550 section 3, RFC 9598 section
 * 5). */
#pragma once

#include "cert/info.h"

/*
 * The one form under which an address is stored and compared: an ASCII local part in lower case,
 * any other octet for octet, the domain as lower-case A-labels (IDNA). Quotes that protect nothing
 * are dropped. NULL if it is not one addr-spec: not UTF-8, beyond 254 octets, blanks, control
 * characters or what people do not see (bidirectional controls, joiners, private use) anywhere, not
 * exactly one unquoted @, a domain with empty labels or foreign characters, or one that IDNA 2003
 * and 2008 map to different names (sharp s, final sigma, joiners: xn-- works for those).
 */
char *cert_address_normalise(const char *address);

/* The same for octets that need not end in NUL (an inner NUL makes it NULL). */
char *cert_address_normalise_bytes(BaseBytes address);

/* True if both normalise to the same. */
bool cert_address_equal(const char *a, const char *b);

/* True if the certificate vouches for @address. No plus or dot folding; an rfc822Name never equals
 * an SmtpUTF8Mailbox. */
bool cert_info_names(const CertInfo *info, const char *address);
