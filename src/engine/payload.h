/* SPDX-License-Identifier: MPL-2.0 */
/* What is signed: the author's message with its protected header, 7-bit and with CRLF lines (RFC
 * 8551 section 3.1). */
#pragma once

#include "engine/draft.h"

typedef struct Payload Payload;

/*
 * @inner: header of the payload root; @display: lines of the Legacy Display Element, may be empty;
 * all are borrowed. Reads the message once, so that every fault of its MIME structure shows before
 * anything is written.
 */
Payload *payload_new(const Draft *draft, const MimeHeader *inner, const GPtrArray *display,
		     GError **error);
void payload_free(Payload *payload);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Payload, payload_free)

/* Octets that payload_write() will write; -1 for a large message, where counting would cost another
 * pass. */
gint64 payload_length(const Payload *payload);

/* The same octets each time; @out is not finished. */
bool payload_write(Payload *payload, BaseSink *out, GError **error);
