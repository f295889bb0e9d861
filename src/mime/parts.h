/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The body of a multipart, pushed in and cut at its boundary lines (RFC 2046 section 5.1.1):
 *
 *   boundary-line = [CRLF / LF] "--" boundary ["--"] *WSP (CRLF / LF / end of input)
 *
 * at the start of a line. The line end before it belongs to it and not to the part; a longer line
 * is no boundary line (boundaries may be prefixes of each other); a CR counts only before its LF.
 * The parts are the exact octets between. Preamble, boundary lines, parts and epilogue in the order
 * of the calls are the input.
 */
#pragma once

#include "base/error.h"
#include "base/sink.h"

#define MIME_BOUNDARY_MAX     256U /* octets; RFC 2046 allows 70 */
#define MIME_BOUNDARY_PADDING 256U /* blanks after a boundary; a line with more is content */

typedef struct {
	/* The raw boundary line, the line end before it included; before begin() of the part that
	 * follows it, after end() of the one before it. May be NULL. */
	bool (*boundary)(void *user, BaseBytes line, bool closing, GError **error);
	/* Part @index (from 0) begins; its octets go to *@part (NULL: nowhere), borrowed, never
	 * finished here. */
	bool (*begin)(void *user, guint index, BaseSink **part, GError **error);
	/* It is complete; @closed is false if the input ended instead of a boundary line coming.
	 * May be NULL. */
	bool (*end)(void *user, guint index, bool closed, GError **error);
	BaseSink *preamble; /* borrowed; NULL: nowhere */
	BaseSink *epilogue; /* after the closing line; the line end of that line belongs to the line
			     */
} MimePartsHooks;

/* @hooks is copied. PS_ERROR_LIMIT at the part beyond BASE_LIMIT_MIME_PARTS. NULL never. @boundary:
 * 1 to MIME_BOUNDARY_MAX octets, no CR or LF (mime_boundary_is_valid). */
BaseSink *mime_parts_new(const char *boundary, const MimePartsHooks *hooks, void *user);

bool mime_boundary_is_valid(const char *boundary); /* NULL is not */
