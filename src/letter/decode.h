/* SPDX-License-Identifier: MPL-2.0 */
/* Octets in some character set as text. */
#pragma once

#include "base/bytes.h"

/*
 * UTF-8 with LF line ends, without control characters but tab and line end; what cannot be read
 * becomes U+FFFD. @charset as Content-Type names it; NULL, us-ascii and unknown ones: UTF-8 if it
 * is that, else windows-1252. At most @max octets of @octets are read; (transfer full).
 */
char *letter_decode(BaseBytes octets, const char *charset, size_t max);
