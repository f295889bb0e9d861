/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of PsMessage. */
#pragma once

#include "base/source.h"
#include "mime/header.h"
#include <postseal/message.h>

/* The octets; borrowed from @message. */
BaseSource *message_source(PsMessage *message);

/* A message on octets that outlive it. */
PsMessage *message_new_view(BaseBytes octets);

/* Whether anything in it is a field at all. */
bool message_has_fields(const MimeHeader *header);
/* Its header and where its body begins. PS_ERROR_MALFORMED (no header field), PS_ERROR_LIMIT,
 * PS_ERROR_IO. */
bool message_read_header(BaseSource *source, MimeHeader **header, uint64_t *body, GError **error);
