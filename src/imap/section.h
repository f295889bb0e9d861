/* SPDX-License-Identifier: MPL-2.0 */
/* The octets that BODY[section]<partial> names, as slices of the message. */
#pragma once

#include "base/sink.h"
#include "imap/fetch.h"
#include "imap/structure.h"

typedef struct {
	GArray *slices; /* of BaseBytes */
	uint64_t n;     /* octets of all */
} ImapSection;

/* The header of a message without parts inside: up to and with the empty line. */
size_t imap_section_header_length(BaseBytes message);

/* The message itself (no part numbers): @header_n as above. */
void imap_section_of_message(BaseBytes message, size_t header_n, const ImapItem *item,
			     ImapSection *out);
/* A part; nothing if it is not there, or is not what HEADER and TEXT can be asked of. */
void imap_section_of_part(BaseBytes message, const GArray *parts, const ImapItem *item,
			  ImapSection *out);
void imap_section_clear(ImapSection *section);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImapSection, imap_section_clear)

/* What a partial leaves of @n octets: *@from and *@length, with no partial all. */
void imap_section_window(const ImapItem *item, uint64_t n, uint64_t *from, uint64_t *length);

/* "{length}" CRLF and the octets that <partial> asks for. A NUL, which no literal may hold, is
 * written as 0x80: sizes stay. */
bool imap_section_write(const ImapSection *section, const ImapItem *item, BaseSink *out,
			GError **error);
