/* SPDX-License-Identifier: MPL-2.0 */
/* BINARY and BINARY.SIZE (RFC 3516): a part without its transfer encoding. */
#pragma once

#include "base/sink.h"
#include "imap/fetch.h"
#include "imap/structure.h"

/* Whether the transfer encoding is known. Containers have no encoding but identity (RFC 2045
 * section 6.4), whatever they say. */
bool imap_decode_is_known(const ImapPart *part);

/* The decoded body of @part to @out; with an unknown encoding as it is. */
bool imap_decode_body(BaseBytes message, const ImapPart *part, BaseSink *out, GError **error);

/* The value of BINARY: "{n}" CRLF or, where there is a NUL, "~{n}" CRLF, and the octets that
 * <partial> asks for. */
bool imap_decode_write(BaseBytes message, const ImapPart *part, const ImapItem *item, BaseSink *out,
		       GError **error);
bool imap_decode_size(BaseBytes message, const ImapPart *part, uint64_t *n, GError **error);
