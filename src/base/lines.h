/* SPDX-License-Identifier: MPL-2.0 */
/* Line ends: CRLF inside, whatever came outside (RFC 8551 section 3.1.1). */
#pragma once

#include "base/sink.h"

/* True if every LF follows a CR and every CR precedes an LF. */
bool base_lines_is_crlf(BaseBytes data);

/* Offset of the first LF that "--" follows, or that is so near the end that it may: where a
 * boundary line of MIME can begin. data.n if there is none. */
size_t base_lines_find_dashes(BaseBytes data);

/* A filter that turns bare LF into CRLF; CRLF and bare CR stay as they are. Data that is already
 * canonical is passed on where it lies. */
BaseSink *base_lines_new_crlf(BaseSink *next);

/* A filter that turns CRLF into LF; bare CR stays. */
BaseSink *base_lines_new_lf(BaseSink *next);
