/* SPDX-License-Identifier: MPL-2.0 */
/* The beginning of a message: its header, and what TOP shows. */
#pragma once

#include "base/sink.h"

/* Where the body of @message begins, or SIZE_MAX if its header has not ended yet. Octets before
 * @from were searched by an earlier call. */
size_t pop3_header_end(BaseBytes message, size_t from);

/* A filter that passes the header, the empty line and @lines lines of the body (RFC 1939 section
 * 7), and swallows the rest. */
BaseSink *pop3_new_top(BaseSink *next, guint32 lines);
