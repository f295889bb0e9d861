/* SPDX-License-Identifier: MPL-2.0 */
/* What a list shows of a message. */
#include "letter/summary.h"

#include "base/clock.h"
#include "base/limits.h"
#include "letter/field.h"
#include "letter/gmime_auto.h"
#include "letter/text.h"

#define ID_MAX 998U /* octets of a Message-ID */

BaseBytes
letter_header_of(BaseBytes octets)
{
	BaseBytes head = base_bytes_slice(octets, 0, BASE_LIMIT_HEADER);
	if (head.n > 0 && (head.p[0] == '\n' || head.p[0] == '\r')) {
		return base_bytes(NULL, 0);
	}
	size_t lf = base_bytes_find(head, BASE_LIT("\n\n"));
	size_t crlf = base_bytes_find(base_bytes_slice(head, 0, lf == SIZE_MAX ? head.n : lf),
				      BASE_LIT("\n\r\n"));
	size_t end = MIN(lf, crlf);
	return end == SIZE_MAX ? head : base_bytes_slice(head, 0, end + 1);
}

char *
letter_field_first(GMimeObject *object, const char *name)
{
	GMimeHeader *header =
		g_mime_header_list_get_header(g_mime_object_get_header_list(object), name);
	const char *raw = header == NULL ? NULL : g_mime_header_get_raw_value(header);
	return raw == NULL ? NULL : g_strstrip(g_strdup(raw));
}

static void
take_all(gpointer data, gpointer user)
{
	g_ptr_array_add(user, data);
}

GPtrArray *
letter_field_addresses(GMimeObject *object, const char *name)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(object);
	GPtrArray *all = NULL;
	int n = MIN(g_mime_header_list_get_count(headers), (int)BASE_LIMIT_FIELDS);
	for (int i = 0; i < n; i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
		if (g_ascii_strcasecmp(g_mime_header_get_name(header), name) != 0) {
			continue;
		}
		const char *raw = g_mime_header_get_raw_value(header);
		GPtrArray *some = letter_addresses_read(raw == NULL ? "" : raw);
		if (all == NULL) {
			all = some;
			continue;
		}
		g_ptr_array_set_free_func(some, NULL);
		g_ptr_array_foreach(some, take_all, all);
		g_ptr_array_unref(some);
	}
	return all == NULL ? letter_addresses_read("") : all;
}

/* "<left@right>" of a Message-ID field; NULL if it is none. */
static char *
message_id_of(GMimeObject *object)
{
	g_autofree char *raw = letter_field_first(object, "Message-ID");
	const char *open = raw == NULL ? NULL : strchr(raw, '<');
	const char *close = open == NULL ? NULL : strchr(open, '>');
	size_t n = close == NULL ? 0 : (size_t)(close - open) + 1;
	g_autofree char *id = n < 3 || n > ID_MAX ? NULL : g_strndup(open, n);
	bool plain = id != NULL && g_utf8_validate(id, -1, NULL) && strpbrk(id, " \t\r\n") == NULL;
	return plain ? g_steal_pointer(&id) : NULL;
}

static gint64
date_of(GMimeObject *object)
{
	g_autofree char *raw = letter_field_first(object, "Date");
	gint64 date = 0;
	return raw != NULL && base_clock_parse_mail(base_bytes_str(raw), &date) ? date : 0;
}

static bool
is_sealed(GMimeContentType *type)
{
	if (!g_mime_content_type_is_type(type, "application", "pkcs7-mime") &&
	    !g_mime_content_type_is_type(type, "application", "x-pkcs7-mime")) {
		return false;
	}
	const char *kind = g_mime_content_type_get_parameter(type, "smime-type");
	return kind == NULL || g_ascii_strcasecmp(kind, "signed-data") != 0;
}

LetterSummary *
letter_summary_of(GMimeObject *root)
{
	GMimeContentType *type = g_mime_object_get_content_type(root);
	g_autofree char *subject = letter_field_first(root, "Subject");
	LetterSummary *summary = g_new(LetterSummary, 1);
	*summary = (LetterSummary){
		.from = letter_field_addresses(root, "From"),
		.to = letter_field_addresses(root, "To"),
		.cc = letter_field_addresses(root, "Cc"),
		.reply_to = letter_field_addresses(root, "Reply-To"),
		.subject = letter_text_of_field(subject == NULL ? "" : subject),
		.date = date_of(root),
		.message_id = message_id_of(root),
		.attachments =
			type != NULL && g_mime_content_type_is_type(type, "multipart", "mixed"),
		.sealed = type != NULL && is_sealed(type),
	};
	return summary;
}

LetterSummary *
letter_summary_new(BaseBytes octets)
{
	g_autoptr(GMimeObject) root = letter_gmime_parse(letter_header_of(octets));
	if (root == NULL) {
		root = GMIME_OBJECT(g_mime_part_new());
	}
	return letter_summary_of(root);
}

void
letter_summary_free(LetterSummary *summary)
{
	if (summary == NULL) {
		return;
	}
	g_ptr_array_unref(summary->from);
	g_ptr_array_unref(summary->to);
	g_ptr_array_unref(summary->cc);
	g_ptr_array_unref(summary->reply_to);
	g_free(summary->subject);
	g_free(summary->message_id);
	g_free(summary);
}
