/* SPDX-License-Identifier: MPL-2.0 */
/* Modified UTF-7: how IMAP4rev1 writes mailbox names (RFC 3501 section 5.1.3). */
#pragma once

#include <glib.h>

/* UTF-8, e.g. "Entwürfe" of "Entw&APw-rfe"; UTF-8 octets stay. NULL if it is broken. (transfer
 * full) */
char *imap_utf7_decode(const char *mailbox);
