/* SPDX-License-Identifier: MPL-2.0 */
/* The content of a leaf. */
#include "base/base64.h"
#include "letter/tree.h"

/* The octets of the leaf as they stand in the message: GMime's stream is a part of a copy of it. */
static BaseBytes
raw_content(const LetterTree *tree, const LetterLeaf *leaf)
{
	GMimeDataWrapper *content = g_mime_part_get_content(leaf->leaf);
	GMimeStream *stream = content == NULL ? NULL : g_mime_data_wrapper_get_stream(content);
	if (stream == NULL || stream->bound_start < 0) {
		return base_bytes(NULL, 0);
	}
	gint64 end = stream->bound_end < 0 ? G_MAXINT64 : stream->bound_end;
	size_t from = (size_t)stream->bound_start;
	size_t n = end > stream->bound_start ? (size_t)(end - stream->bound_start) : 0;
	return base_bytes_slice(base_bytes_of(tree->octets), from, n);
}

/* Blanks between the "=" of a soft line break and the line end are the transport's (RFC 2045
 * section 6.7 (3)); GMime takes them for text. */
static GByteArray *
soft_breaks(BaseBytes raw)
{
	GByteArray *out = g_byte_array_sized_new((guint)raw.n);
	for (size_t i = 0; i < raw.n; i++) {
		g_byte_array_append(out, raw.p + i, 1);
		size_t end = i + 1;
		while (raw.p[i] == '=' && end < raw.n &&
		       (raw.p[end] == ' ' || raw.p[end] == '\t')) {
			end++;
		}
		bool line_end = end < raw.n && (raw.p[end] == '\r' || raw.p[end] == '\n');
		i = line_end ? end - 1 : i;
	}
	return out;
}

static void
decode_with(const LetterTree *tree, const LetterLeaf *leaf, GMimeStream *to)
{
	GMimeContentEncoding encoding = g_mime_part_get_content_encoding(leaf->leaf);
	BaseBytes raw = raw_content(tree, leaf);
	g_autoptr(GByteArray) text = NULL;
	if (encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) {
		text = soft_breaks(raw);
		raw = base_bytes(text->data, text->len);
	}
	if (raw.n == 0) {
		return;
	}
	g_autoptr(GMimeStream) from = g_mime_stream_mem_new_with_buffer((const char *)raw.p, raw.n);
	g_autoptr(GMimeDataWrapper) content = g_mime_data_wrapper_new_with_stream(from, encoding);
	(void)g_mime_data_wrapper_write_to_stream(content, to);
}

static bool
is_base64(const LetterLeaf *leaf)
{
	return g_mime_part_get_content_encoding(leaf->leaf) == GMIME_CONTENT_ENCODING_BASE64;
}

static bool
is_identity(const LetterLeaf *leaf)
{
	GMimeContentEncoding encoding = g_mime_part_get_content_encoding(leaf->leaf);
	return encoding != GMIME_CONTENT_ENCODING_BASE64 &&
	       encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
	       encoding != GMIME_CONTENT_ENCODING_UUENCODE;
}

GBytes *
letter_leaf_content(const LetterTree *tree, const LetterLeaf *leaf)
{
	BaseBytes raw = raw_content(tree, leaf);
	if (is_identity(leaf)) {
		return base_bytes_dup(raw);
	}
	if (is_base64(leaf)) {
		size_t n = 0;
		g_autofree uint8_t *out = g_malloc(raw.n / 4 * 3 + 3);
		(void)base64_decode(raw, false, out, &n);
		return g_bytes_new(out, n);
	}
	g_autoptr(GMimeStream) memory = g_mime_stream_mem_new();
	decode_with(tree, leaf, memory);
	GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
	return g_bytes_new(array->data, array->len);
}

guint64
letter_leaf_raw_size(const LetterTree *tree, const LetterLeaf *leaf)
{
	return raw_content(tree, leaf).n;
}

guint64
letter_leaf_size(const LetterTree *tree, const LetterLeaf *leaf)
{
	BaseBytes raw = raw_content(tree, leaf);
	if (is_identity(leaf)) {
		return raw.n;
	}
	if (is_base64(leaf)) {
		g_autoptr(BaseSink) count = base_sink_new_count(NULL);
		g_autoptr(BaseSink) decoder = base64_new_decoder(count);
		(void)(base_sink_write(decoder, raw, NULL) && base_sink_finish(decoder, NULL));
		return base_sink_count(count);
	}
	g_autoptr(GMimeStream) null = g_mime_stream_null_new();
	decode_with(tree, leaf, null);
	return GMIME_STREAM_NULL(null)->written;
}

char *
letter_leaf_type(const LetterLeaf *leaf)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(leaf->leaf));
	g_autofree char *name = type == NULL ? NULL : g_mime_content_type_get_mime_type(type);
	return g_ascii_strdown(name == NULL ? "text/plain" : name, -1);
}

const char *
letter_leaf_parameter(const LetterLeaf *leaf, const char *name)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(leaf->leaf));
	return type == NULL ? NULL : g_mime_content_type_get_parameter(type, name);
}
