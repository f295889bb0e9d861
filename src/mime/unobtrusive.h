/* SPDX-License-Identifier: MPL-2.0 */
/* Signatures that no other program shows: a Sig field in a part header
 * (draft-ietf-mailmaint-unobtrusive-signatures). */
#pragma once

#include "base/error.h"
#include "base/sink.h"
#include "mime/header.h"

#define MIME_UNOBTRUSIVE_MAX 4U /* signatures read of one message */

/*
 * message = root header (multipart/mixed), one child:
 *   "--B" CRLF  1*Sig  other-fields  CRLF  body  CRLF "--B--" CRLF
 *   Sig = "Sig:" "t=c; b=" base64 CRLF                          ; c: CMS SignedData, detached
 * Signed are the octets of the child without its leading Sig fields: other fields, blank line,
 * body; lines end in CRLF; after the last line that is not empty nothing follows but its CRLF. So
 * the number of empty lines at the end of the body, which relays change, does not count. An empty
 * body leaves the blank line of the header.
 */

/* The whole Sig field for @cms (DER), folded to lines of at most 76 characters, CRLF at the end;
 * (transfer full). It is put before all other fields of the child. PS_ERROR_LIMIT over
 * BASE_LIMIT_SIG_FIELD. */
char *mime_unobtrusive_format(BaseBytes cms, GError **error);

/* A filter for the signer's side: in goes the child as it will be sent, header included, Sig fields
 * not; out go the signed octets. Bare LF becomes CRLF. */
BaseSink *mime_unobtrusive_canonical_new(BaseSink *next);

/*
 * Reads the body of a message: in go the octets after the root header's blank line, to @next
 * (borrowed) go the signed octets. Without a leading Sig field in the first child nothing is
 * written to @next; the signatures are there (mime_unobtrusive_reader_get()) before the first octet
 * of @next is. NULL if
 * @root is not multipart/mixed with a usable boundary.
 */
BaseSink *mime_unobtrusive_reader_new(const MimeHeader *root, BaseSink *next);

/* After finish(): true if the message has the form above: exactly one child, closed by the last
 * boundary, at least one Sig field of type c that could be decoded. What @next got is worthless
 * otherwise. */
bool mime_unobtrusive_reader_is_signed(BaseSink *reader);

/* How many signatures of type c were read, at most MIME_UNOBTRUSIVE_MAX; those of other types,
 * undecodable ones and those over BASE_LIMIT_SIG_FIELD are passed over. */
size_t mime_unobtrusive_reader_count(BaseSink *reader);
/* The CMS octets of signature @i; (transfer none). */
GBytes *mime_unobtrusive_reader_get(BaseSink *reader, size_t i);
