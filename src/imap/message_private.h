/* SPDX-License-Identifier: MPL-2.0 */
/* A message's insides, for the files that answer questions about it. */
#pragma once

#include "imap/message.h"
#include "imap/structure.h"

/* Up to and with the empty line. */
BaseBytes imap_message_header(const ImapMessage *message);
/* Of ImapPart, found at the first call. (transfer none) */
const GArray *imap_message_parts(ImapMessage *message);
