/* SPDX-License-Identifier: MPL-2.0 */
/* What the tests of src/mime share: headers from strings, filters fed in any chunks, files of the
 * data folder. */
#pragma once

#include "base/sink.h"
#include "mime/header.h"
#include "t.h"

G_GNUC_UNUSED static inline MimeHeader *
help_header(const char *text)
{
	MimeHeader *header = NULL;
	g_autoptr(GError) error = NULL;
	g_assert_true(mime_header_parse(base_bytes_str(text), &header, &error));
	g_assert_no_error(error);
	return header;
}

/* Pushes @data in chunks and finishes. */
G_GNUC_UNUSED static inline void
help_push(BaseSink *sink, BaseBytes data, size_t chunk)
{
	g_autoptr(GError) error = NULL;
	g_assert_true(base_sink_write(sink, base_bytes(NULL, 0), &error));
	while (data.n > 0) {
		g_assert_true(base_sink_write(sink, base_bytes_slice(data, 0, chunk), &error));
		data = base_bytes_slice(data, chunk, SIZE_MAX);
	}
	g_assert_true(base_sink_finish(sink, &error));
	g_assert_no_error(error);
}

/* The fields as text with CRLF, without the empty line. */
G_GNUC_UNUSED static inline char *
help_fields(const MimeHeader *header)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	mime_header_write_fields(header, true, out);
	return base_bytes_strdup(base_bytes_of_array(out));
}

G_GNUC_UNUSED static inline char *
help_file(const char *name)
{
	g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", name, NULL);
	char *text = NULL;
	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

static const size_t help_chunks[] = {SIZE_MAX, 1, 7, 64};
