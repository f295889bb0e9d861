/* SPDX-License-Identifier: MPL-2.0 */
/* A draft that was kept, to be written on. */
#include "letter/compose.h"
#include "letter/field.h"
#include "letter/shown.h"
#include "letter/tree.h"

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
	return take_files(draft, shown, error) ? g_steal_pointer(&draft) : NULL;
}
