/* SPDX-License-Identifier: MPL-2.0 */
/* What raw octets hold that mail transport may not leave alone. */
#pragma once

#include "base/sink.h"

typedef enum {
	MIME_SCAN_8BIT = 1 << 0,
	MIME_SCAN_NUL = 1 << 1,
	MIME_SCAN_BARE_CR = 1 << 2,
	MIME_SCAN_BARE_LF = 1 << 3,
	MIME_SCAN_LONG = 1 << 4,     /* a line over 990 octets */
	MIME_SCAN_TOO_LONG = 1 << 5, /* a line over 998 octets, RFC 5322 section 2.1.1 */
	MIME_SCAN_FROM = 1 << 6,     /* a line that starts with "From " */
	MIME_SCAN_TRAILING = 1 << 7, /* a line, or the whole, that ends in a blank */
} MimeScanFacts;

#define MIME_SCAN_HARD (MIME_SCAN_8BIT | MIME_SCAN_NUL | MIME_SCAN_TOO_LONG)
#define MIME_SCAN_SOFT (MIME_SCAN_BARE_CR | MIME_SCAN_LONG | MIME_SCAN_FROM | MIME_SCAN_TRAILING)

#define MIME_SCAN_LINE \
	1008U /* octets of a line that are kept: more than any limit above, and a CR */

typedef struct {
	BaseSink base;
	guint facts; /* complete after finish() */
	uint64_t crs;
	uint64_t crlfs;
	uint64_t lfs;
	size_t line_n; /* a line that came in pieces: its beginning and its last two octets */
	uint8_t line[MIME_SCAN_LINE];
} MimeScan;

/* Sets up an embedded sink, also for another run; no free needed. */
void mime_scan_init(MimeScan *scan);
/* The facts of @data alone. */
guint mime_scan_bytes(BaseBytes data);
