/* SPDX-License-Identifier: MPL-2.0 */
/* BODYSTRUCTURE and BODY (RFC 9051 section 7.5.2). */
#pragma once

#include "imap/structure.h"

/* Appends the value of BODYSTRUCTURE, or without @extended that of BODY. @parts are those of
 * @message. */
void imap_bodystructure_write(GString *out, BaseBytes message, const GArray *parts, bool extended);
