/* SPDX-License-Identifier: MPL-2.0 */
/* One message in memory, and what FETCH says of it: sections, structure, envelope, sizes. */
#pragma once

#include "base/sink.h"
#include "imap/fetch.h"

typedef struct ImapMessage ImapMessage;

/* Any octets are a message (CRLF line ends); PS_ERROR_LIMIT for header blocks over
 * BASE_LIMIT_HEADER. @octets is referenced. */
ImapMessage *imap_message_new(GBytes *octets, GError **error);
void imap_message_free(ImapMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapMessage, imap_message_free)

size_t imap_message_size(const ImapMessage *message);
BaseBytes imap_message_octets(const ImapMessage *message);

/*
 * Writes "NAME VALUE" for a content item: e.g. `BODY[1]<0> {5}\r\nHello`, `ENVELOPE (...)`,
 * `RFC822.SIZE 120`. A part that is not there is NIL for BODY[...] as Dovecot has it; out of range
 * is "". Literals, never quoted strings, for sections. BINARY with an unknown encoding: as RFC 3516
 * section 4.3 asks, the caller is told by false and PS_ERROR_UNSUPPORTED. Nothing is written for a
 * kind that is not about content.
 */
bool imap_message_answer(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error);
