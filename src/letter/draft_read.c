/* SPDX-License-Identifier: MPL-2.0 */
/* A draft that was kept, to be written on. */
#include "letter/compose.h"
#include "letter/field.h"
#include "letter/shown.h"
#include "letter/text.h"
#include "letter/tree.h"

#define FORWARDED "X-Forwarded-Message-Id"

static char *
list_of(const LetterShown *shown, const char *name)
{
	g_autofree char *unfinished = g_strconcat(LETTER_DRAFT_FIELD, name, NULL);
	char *kept = letter_shown_field(shown, unfinished);
	if (kept != NULL) {
		return kept;
	}
	g_autoptr(GPtrArray) boxes = letter_field_addresses(shown->tree->root, name);
	return letter_addresses_format(boxes);
}

/* Each once. */
static void
take_notes(LetterDraft *draft, GMimeObject *root)
{
	static const char *const LISTS[] = {"To", "Cc", "Bcc", "Reply-To"};
	GMimeHeaderList *headers = g_mime_object_get_header_list(root);
	for (int i = 0; i < g_mime_header_list_get_count(headers); i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
		const char *name = g_mime_header_get_name(header);
		bool list = g_ascii_strncasecmp(name, LETTER_DRAFT_FIELD,
						strlen(LETTER_DRAFT_FIELD)) != 0;
		name += list ? 0 : strlen(LETTER_DRAFT_FIELD);
		for (size_t n = 0; n < G_N_ELEMENTS(LISTS); n++) {
			list = list || g_ascii_strcasecmp(name, LISTS[n]) == 0;
		}
		if (!list && letter_draft_note(draft, name) == NULL) {
			g_autofree char *value =
				letter_text_of_field(g_mime_header_get_raw_value(header));
			letter_draft_add_note(draft, name, g_strstrip(value));
		}
	}
}

static bool
take_files(LetterDraft *draft, const LetterShown *shown, GError **error)
{
	for (guint i = 0; i < shown->attachments->len; i++) {
		const LetterAttachment *attachment = g_ptr_array_index(shown->attachments, i);
		g_autoptr(GBytes) content = letter_shown_part(shown, attachment->part, error);
		if (content == NULL) {
			return false;
		}
		letter_draft_add_file(draft, attachment->name, attachment->claimed, content);
	}
	return true;
}

LetterDraft *
letter_draft_read(GBytes *octets, GError **error)
{
	LetterShownOptions options = {.text_only = true};
	g_autoptr(LetterShown) shown = letter_shown_new(octets, &options, error);
	if (shown == NULL) {
		return NULL;
	}
	g_autoptr(LetterDraft) draft = letter_draft_new();
	draft->from = list_of(shown, "From");
	draft->to = list_of(shown, "To");
	draft->cc = list_of(shown, "Cc");
	draft->bcc = list_of(shown, "Bcc");
	draft->reply_to = list_of(shown, "Reply-To");
	draft->subject = g_strdup(shown->header->subject);
	draft->text = g_strdup(shown->text);
	draft->level = letter_shown_field(shown, "X-Postseal-Level");
	draft->rules = letter_shown_field(shown, "Originator-Rules");
	draft->in_reply_to = letter_shown_field(shown, "In-Reply-To");
	draft->references = letter_shown_field(shown, "References");
	draft->message_id = g_strdup(shown->header->message_id);
	g_autofree char *forwarded = letter_shown_field(shown, FORWARDED);
	if (forwarded != NULL) {
		letter_draft_add_field(draft, FORWARDED, forwarded);
	}
	take_notes(draft, shown->tree->root);
	return take_files(draft, shown, error) ? g_steal_pointer(&draft) : NULL;
}
