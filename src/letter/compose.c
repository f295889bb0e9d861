/* SPDX-License-Identifier: MPL-2.0 */
/* The octets of a letter. */
#include "letter/compose.h"

#include "base/lines.h"
#include "letter/text.h"

/* GMimePart with @content in it, encoded for seven bits and lines of 76. */
static void
set_content(GMimePart *part, GBytes *content)
{
	BaseBytes octets = base_bytes_of(content);
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	if (octets.n > 0) {
		(void)g_mime_stream_write(stream, (const char *)octets.p, octets.n);
	}
	(void)g_mime_stream_reset(stream);
	g_autoptr(GMimeDataWrapper) wrapper =
		g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
	g_mime_part_set_content(part, wrapper);
}

static GMimePart *
text_part(const LetterDraft *draft)
{
	const char *given = draft->text == NULL ? "" : draft->text;
	g_autofree char *valid = g_utf8_make_valid(given, -1);
	g_autofree char *flowed = letter_text_flow(valid);
	GMimePart *part = g_mime_part_new_with_type("text", "plain");
	GMimeObject *object = GMIME_OBJECT(part);
	g_mime_object_set_content_type_parameter(object, "charset", "utf-8");
	g_mime_object_set_content_type_parameter(object, "format", "flowed");
	g_autoptr(GBytes) content = g_bytes_new(flowed, strlen(flowed));
	set_content(part, content);
	bool plain = g_str_is_ascii(flowed);
	g_mime_part_set_content_encoding(part, plain ? GMIME_CONTENT_ENCODING_7BIT
						     : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	return part;
}

static bool
is_media_type(const char *type)
{
	const char *slash = type == NULL ? NULL : strchr(type, '/');
	size_t n = type == NULL
			   ? 0
			   : strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789!#$&^_.+-/");
	return slash != NULL && slash != type && slash[1] != '\0' &&
	       strchr(slash + 1, '/') == NULL && type[n] == '\0' && n < 128;
}

/* What would be taken for a part of the structure stays closed. */
static bool
is_leaf_type(const char *type)
{
	return is_media_type(type) && g_ascii_strncasecmp(type, "multipart/", 10) != 0 &&
	       g_ascii_strncasecmp(type, "message/", 8) != 0;
}

static GMimePart *
file_part(const LetterFile *file)
{
	const char *type = is_leaf_type(file->type) ? file->type : "application/octet-stream";
	g_auto(GStrv) halves = g_strsplit(type, "/", 2);
	g_autofree char *name = letter_file_name(file->name);
	GMimePart *part = g_mime_part_new_with_type(halves[0], halves[1]);
	g_mime_object_set_disposition(GMIME_OBJECT(part), "attachment");
	g_mime_part_set_filename(part, name);
	set_content(part, file->content);
	g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
	return part;
}

static bool
check_files(const LetterDraft *draft, GError **error)
{
	guint64 octets = 0;
	for (guint i = 0; i < draft->files->len; i++) {
		const LetterFile *file = g_ptr_array_index(draft->files, i);
		octets += g_bytes_get_size(file->content);
	}
	if (draft->files->len > LETTER_FILES_MAX || octets > LETTER_DRAFT_MAX) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "The attachments are too large or too many");
	}
	return true;
}

GMimeObject *
letter_compose_body(const LetterDraft *draft, GError **error)
{
	if (!check_files(draft, error)) {
		return NULL;
	}
	g_autoptr(GMimePart) text = text_part(draft);
	if (draft->files->len == 0) {
		return GMIME_OBJECT(g_steal_pointer(&text));
	}
	GMimeMultipart *mixed = g_mime_multipart_new_with_subtype("mixed");
	g_mime_multipart_add(mixed, GMIME_OBJECT(text));
	for (guint i = 0; i < draft->files->len; i++) {
		g_autoptr(GMimePart) part = file_part(g_ptr_array_index(draft->files, i));
		g_mime_multipart_add(mixed, GMIME_OBJECT(part));
	}
	return GMIME_OBJECT(mixed);
}

GBytes *
letter_draft_compose(const LetterDraft *draft, LetterPurpose purpose, GError **error)
{
	letter_gmime_start();
	g_autoptr(GString) header = g_string_new(NULL);
	g_autoptr(GMimeObject) body = NULL;
	if (!letter_compose_header(draft, purpose, header, error)) {
		return NULL;
	}
	body = letter_compose_body(draft, error);
	if (body == NULL) {
		return NULL;
	}
	g_autoptr(GMimeFormatOptions) format = g_mime_format_options_new();
	g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	(void)g_mime_object_write_to_stream(body, format, stream);
	GByteArray *octets = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	g_string_append_len(header, (const char *)octets->data, (gssize)octets->len);
	return g_string_free_to_bytes(g_steal_pointer(&header));
}
