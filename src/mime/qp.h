/* SPDX-License-Identifier: MPL-2.0 */
/* Quoted-printable (RFC 2045 section 6.7) as push filters. */
#pragma once

#include "base/sink.h"

typedef enum {
	MIME_QP_TEXT,   /* CRLF and bare LF are line breaks, written as CRLF; bare CR is data */
	MIME_QP_BINARY, /* CR and LF are data */
	MIME_QP_CRLF,   /* only CRLF is a line break; bare LF and CR are data */
	MIME_QP_REPAIR, /* the input is quoted-printable: escapes stay as they are, also wrong ones,
			 * and lines that are not too long; CRLF is a line break */
} MimeQpMode;

/*
 * Lines of at most 76 columns. Blanks at line ends, the F of a line that starts with "From ", a
 * line that is only "." and the start of a line "--" (which could look like a boundary) are
 * encoded, so that nothing on the way has a reason to change them.
 */
BaseSink *mime_qp_new_encoder(BaseSink *next, MimeQpMode mode);

/* Tolerant: lower-case hex, wrong escapes kept as they are, line breaks kept as written. Blanks at
 * line ends are kept too: RFC 2045 section 6.7 (3) would drop them, but GMime and Python do not,
 * and what one reader shows must not vanish when a part is encoded anew. Never fails by itself. */
BaseSink *mime_qp_new_decoder(BaseSink *next);
