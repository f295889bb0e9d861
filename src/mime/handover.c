/* SPDX-License-Identifier: MPL-2.0 */
/* The field that vouches for a new root: Postseal-Handover (design.md 3.3). */
#include "mime/handover.h"

#include "base/base64.h"
#include "mime/taglist.h"

void
mime_handover_free(MimeHandover *handover)
{
	if (handover == NULL) {
		return;
	}
	g_clear_pointer(&handover->statement, g_bytes_unref);
	g_clear_pointer(&handover->signature, g_bytes_unref);
	g_clear_pointer(&handover->root, g_bytes_unref);
	g_free(handover);
}

static void
free_element(void *handover)
{
	mime_handover_free(handover);
}

static GBytes *
decode_tag(const MimeTag *tags, size_t n, const char *name)
{
	g_autoptr(GBytes) bytes = base64_decode_bytes(mime_taglist_get(tags, n, name), true);
	if (bytes == NULL || g_bytes_get_size(bytes) == 0) {
		return NULL;
	}
	return g_steal_pointer(&bytes);
}

static MimeHandover *
parse(const MimeField *field)
{
	MimeTag tags[MIME_TAGLIST_MAX];
	size_t n = 0;
	if (field->raw.n > MIME_HANDOVER_LIMIT ||
	    !mime_taglist_parse(base_bytes_str(field->value), tags, &n) ||
	    !base_bytes_equal(mime_taglist_get(tags, n, "v"), BASE_LIT("1"))) {
		return NULL;
	}
	g_autoptr(MimeHandover) handover = g_new0(MimeHandover, 1);
	handover->statement = decode_tag(tags, n, "statement");
	handover->signature = decode_tag(tags, n, "signature");
	handover->root = decode_tag(tags, n, "root");
	if (handover->statement == NULL || handover->signature == NULL || handover->root == NULL) {
		return NULL;
	}
	return g_steal_pointer(&handover);
}

bool
mime_handover_read(const MimeHeader *header, GPtrArray **out)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(free_element);
	guint seen = 0;
	for (guint i = 0; i < mime_header_length(header) && seen < MIME_HANDOVER_MAX; i++) {
		const MimeField *field = mime_header_at(header, i);
		if (g_ascii_strcasecmp(field->name, MIME_HANDOVER_NAME) != 0) {
			continue;
		}
		MimeHandover *handover = parse(field);
		if (handover != NULL) {
			g_ptr_array_add(found, handover);
		}
		seen++;
	}
	if (found->len == 0) {
		return false;
	}
	*out = g_steal_pointer(&found);
	return true;
}

static bool
append_blob(GString *out, const char *tag, GBytes *bytes)
{
	BaseBytes octets = base_bytes_of(bytes);
	if (octets.n == 0 || octets.n > MIME_HANDOVER_LIMIT) {
		return false;
	}
	g_autofree char *base64 = base64_encode_string(octets);
	g_string_append_printf(out, ";\r\n %s=", tag);
	mime_taglist_fold(out, base64);
	return true;
}

bool
mime_handover_write(MimeHeader *header, const MimeHandover *handover, GError **error)
{
	g_autoptr(GString) out = g_string_new(MIME_HANDOVER_NAME ": v=1");
	if (!append_blob(out, "statement", handover->statement) ||
	    !append_blob(out, "signature", handover->signature) ||
	    !append_blob(out, "root", handover->root)) {
		return base_fail(error, PS_ERROR_ARGUMENT, "a hand-over lacks a part");
	}
	g_string_append(out, "\r\n");
	if (out->len > MIME_HANDOVER_LIMIT) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "the hand-over field would have %" G_GSIZE_FORMAT
				 " octets, at most %u are allowed",
				 out->len, MIME_HANDOVER_LIMIT);
	}
	g_autoptr(MimeField) field = mime_field_new_raw(base_bytes(out->str, out->len));
	mime_header_append_field(header, field);
	return true;
}
