/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Makes an entity 7-bit and safe against relays before it is signed (RFC 8551 section 3.1.3, RFC
 * 1847 2.1): leaves with 8-bit octets, NUL, bare CR, lines over 990 octets, lines that start with
 * "From " or end in blanks get quoted-printable (text, message) or base64 (everything else, exact
 * octets); header fields with raw 8-bit octets get RFC 2047 and 2231; CTE fields are corrected;
 * lines end in CRLF. Inside other people's multipart/signed only what cannot be transported at all
 * (8-bit, NUL, over 998) is changed.
 *
 * A leaf must be seen to its end before its header can be written, hence two passes over the same
 * octets. What stays 8-bit: addresses with non-ASCII local parts or domains (RFC 6532 has no other
 * form for them).
 */
#pragma once

#include "base/source.h"
#include "mime/walk.h"

typedef struct MimeSevenbitPlan MimeSevenbitPlan;

/* The first pass as a sink: push the entity, finish, take the plan. */
BaseSink *mime_sevenbit_scan_new(void);
/* (transfer full); only after a successful finish(). */
MimeSevenbitPlan *mime_sevenbit_scan_take(BaseSink *scan);

/* The first pass over a source from @offset to its end. NULL and PS_ERROR_LIMIT, PS_ERROR_IO. */
MimeSevenbitPlan *mime_sevenbit_plan(BaseSource *source, uint64_t offset, GError **error);

void mime_sevenbit_plan_free(MimeSevenbitPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeSevenbitPlan, mime_sevenbit_plan_free)

/* Nothing but line ends would change. */
bool mime_sevenbit_plan_is_clean(const MimeSevenbitPlan *plan);

/* The second pass: push the same octets; 7-bit CRLF lines go to @out. @plan must live as long. */
BaseSink *mime_sevenbit_new(const MimeSevenbitPlan *plan, BaseSink *out);
