/* SPDX-License-Identifier: MPL-2.0 */
/* The header's part of making an entity safe for transport. */
#pragma once

#include "mime/header.h"

/* Whether a field has facts of @mask (MimeScanFacts), or an mbox line is there. */
bool mime_sevenbit_header_needs(const MimeHeader *header, guint mask);
/* Rewrites those fields: RFC 2047, RFC 2231 or folded anew; the mbox line goes. */
void mime_sevenbit_header_fix(MimeHeader *header, guint mask);
