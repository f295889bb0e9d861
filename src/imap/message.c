/* SPDX-License-Identifier: MPL-2.0 */
/* Answers FETCH items of one message. What needs the parts finds them once, at the first question.
 */
#include "base/limits.h"
#include "imap/bodystructure.h"
#include "imap/decode.h"
#include "imap/envelope.h"
#include "imap/message_private.h"
#include "imap/section.h"

#define HEADER_MAX (BASE_LIMIT_HEADER + (4U << 10)) /* a view has a line more than its message */

struct ImapMessage {
	GBytes *octets;
	BaseBytes data;
	size_t header_n;
	GArray *parts; /* NULL: not looked for yet */
};

ImapMessage *
imap_message_new(GBytes *octets, GError **error)
{
	BaseBytes data = base_bytes_of(octets);
	size_t header_n = imap_section_header_length(data);
	if (header_n > HEADER_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT,
				      "The header of a message is larger than %u octets",
				      HEADER_MAX);
	}
	ImapMessage *message = g_new0(ImapMessage, 1);
	message->octets = g_bytes_ref(octets);
	message->data = data;
	message->header_n = header_n;
	return message;
}

void
imap_message_free(ImapMessage *message)
{
	if (message == NULL) {
		return;
	}
	g_bytes_unref(message->octets);
	g_clear_pointer(&message->parts, g_array_unref);
	g_free(message);
}

size_t
imap_message_size(const ImapMessage *message)
{
	return message->data.n;
}

BaseBytes
imap_message_octets(const ImapMessage *message)
{
	return message->data;
}

BaseBytes
imap_message_header(const ImapMessage *message)
{
	return base_bytes_slice(message->data, 0, message->header_n);
}

const GArray *
imap_message_parts(ImapMessage *message)
{
	if (message->parts == NULL) {
		message->parts = imap_structure_new(message->data);
	}
	return message->parts;
}

static bool
write_string(GString *value, BaseSink *out, GError **error)
{
	return base_sink_write(out, base_bytes(value->str, value->len), error);
}

static bool
answer_size(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error)
{
	(void)item;
	g_autoptr(GString) value = g_string_new(NULL);
	g_string_printf(value, "%" G_GSIZE_FORMAT, message->data.n);
	return write_string(value, out, error);
}

static bool
answer_envelope(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error)
{
	(void)item;
	guint budget = BASE_LIMIT_ADDRESSES;
	g_autoptr(GString) value = g_string_new(NULL);
	imap_envelope_write(value, imap_message_header(message), &budget);
	return write_string(value, out, error);
}

static bool
answer_structure(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error)
{
	g_autoptr(GString) value = g_string_new(NULL);
	imap_bodystructure_write(value, message->data, imap_message_parts(message),
				 item->kind == IMAP_ITEM_BODYSTRUCTURE);
	return write_string(value, out, error);
}

static bool
answer_section(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error)
{
	g_auto(ImapSection) section = {NULL, 0};
	if (item->part == NULL || item->part->len == 0) {
		imap_section_of_message(message->data, message->header_n, item, &section);
	} else {
		imap_section_of_part(message->data, imap_message_parts(message), item, &section);
	}
	return imap_section_write(&section, item, out, error);
}

/* RFC822, RFC822.HEADER, RFC822.TEXT: other names for sections (RFC 3501 section 6.4.5). */
static bool
answer_rfc822(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error)
{
	ImapItem section = {.kind = IMAP_ITEM_SECTION};
	section.text = item->kind == IMAP_ITEM_RFC822          ? IMAP_SECTION_ALL
		       : item->kind == IMAP_ITEM_RFC822_HEADER ? IMAP_SECTION_HEADER
							       : IMAP_SECTION_TEXT;
	return answer_section(message, &section, out, error);
}

/* RFC 8970 section 3.1: NIL is a preview that is not there. */
static bool
answer_preview(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error)
{
	(void)message;
	(void)item;
	return base_sink_write(out, BASE_LIT("NIL"), error);
}

/* The part that BINARY asks for; the whole message, or nothing, as something without encoding. */
static ImapPart
binary_part(ImapMessage *message, const ImapItem *item)
{
	ImapPart all = {.kind = IMAP_PART_MULTIPART, .body_n = message->data.n};
	if (item->part->len == 0) {
		return all;
	}
	const ImapPart *part = imap_structure_find(imap_message_parts(message),
						   (const guint32 *)(const void *)item->part->data,
						   item->part->len);
	all.body_n = 0;
	return part == NULL ? all : *part;
}

static bool
answer_binary(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error)
{
	ImapPart part = binary_part(message, item);
	return imap_decode_write(message->data, &part, item, out, error);
}

static bool
answer_binary_size(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error)
{
	ImapPart part = binary_part(message, item);
	uint64_t n = 0;
	if (!imap_decode_size(message->data, &part, &n, error)) {
		return false;
	}
	g_autoptr(GString) value = g_string_new(NULL);
	g_string_printf(value, "%" G_GUINT64_FORMAT, n);
	return write_string(value, out, error);
}

typedef bool (*Answer)(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error);

static const Answer answers[] = {
	[IMAP_ITEM_ENVELOPE] = answer_envelope,
	[IMAP_ITEM_BODYSTRUCTURE] = answer_structure,
	[IMAP_ITEM_BODY_STRUCTURE_SHORT] = answer_structure,
	[IMAP_ITEM_RFC822] = answer_rfc822,
	[IMAP_ITEM_RFC822_HEADER] = answer_rfc822,
	[IMAP_ITEM_RFC822_TEXT] = answer_rfc822,
	[IMAP_ITEM_RFC822_SIZE] = answer_size,
	[IMAP_ITEM_SECTION] = answer_section,
	[IMAP_ITEM_BINARY] = answer_binary,
	[IMAP_ITEM_BINARY_SIZE] = answer_binary_size,
	[IMAP_ITEM_PREVIEW] = answer_preview,
};

/* Before anything is written: whether the encoding of the part is known. */
static bool
check_encoding(ImapMessage *message, const ImapItem *item, GError **error)
{
	if (item->kind != IMAP_ITEM_BINARY && item->kind != IMAP_ITEM_BINARY_SIZE) {
		return true;
	}
	ImapPart part = binary_part(message, item);
	return imap_decode_is_known(&part) ||
	       base_fail(error, PS_ERROR_UNSUPPORTED,
			 "The transfer encoding of the part is not known");
}

bool
imap_message_answer(ImapMessage *message, const ImapItem *item, BaseSink *out, GError **error)
{
	Answer answer = (guint)item->kind < G_N_ELEMENTS(answers) ? answers[item->kind] : NULL;
	if (answer == NULL) {
		return true;
	}
	return check_encoding(message, item, error) &&
	       base_sink_write_str(out, item->name, error) &&
	       base_sink_write(out, BASE_LIT(" "), error) && answer(message, item, out, error);
}
