/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/types.h>

G_BEGIN_DECLS

#define PS_TYPE_MESSAGE (ps_message_get_type())
/**
 * PsMessage:
 *
 * One message as octets that can be read more than once (opening sealed mail reads the ciphertext
 * twice). A file is read where it lies; what comes through a pipe is kept in memory up to 1 MiB and
 * beyond that in an unlinked temporary file, encrypted under a key that only this process has.
 */
PS_API
G_DECLARE_FINAL_TYPE(PsMessage, ps_message, PS, MESSAGE, GObject)

/**
 * ps_message_new_from_bytes:
 * @bytes: the message, CRLF or LF line ends
 *
 * A message in memory.
 *
 * Returns: (transfer full): the message
 *
 * Source: RFC 5322 section 2
 */
PS_API PsMessage *ps_message_new_from_bytes(GBytes *bytes);

/**
 * ps_message_new_from_path:
 * @path: a file, "-" for standard input
 * @error: %PS_ERROR_NOT_FOUND, %PS_ERROR_IO, %PS_ERROR_LIMIT (over 4 GiB)
 *
 * A message in a file.
 *
 * Returns: (transfer full): the message
 *
 * Source: RFC 5322 section 2
 */
PS_API PsMessage *ps_message_new_from_path(const char *path, GError **error);

/**
 * ps_message_get_size:
 * @message: a message
 *
 * The size of the message.
 *
 * Returns: its length in octets
 *
 * Source: own design
 */
PS_API guint64 ps_message_get_size(PsMessage *message);

/**
 * ps_message_get_octets:
 * @message: a message
 * @error: %PS_ERROR_IO, %PS_ERROR_LIMIT (over 2 GiB)
 *
 * All of the message, in memory.
 *
 * Returns: (transfer full): its octets
 *
 * Source: own design
 */
PS_API GBytes *ps_message_get_octets(PsMessage *message, GError **error);

/**
 * ps_message_get_field:
 * @message: a message
 * @name: the name of a header field
 *
 * The value of the first field of this name.
 *
 * Returns: (transfer full) (nullable): the value, unfolded; %NULL if there is none, or if the
 * header cannot be read
 *
 * Source: RFC 5322 section 2.2
 */
PS_API char *ps_message_get_field(PsMessage *message, const char *name);

G_END_DECLS
