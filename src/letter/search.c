/* SPDX-License-Identifier: MPL-2.0 */
/* Whether a message is what is searched for. */
#include "letter/shown.h"
#include "letter/text.h"

static void
append_people(GString *all, const GPtrArray *people)
{
	for (guint i = 0; i < people->len; i++) {
		const LetterMailbox *box = g_ptr_array_index(people, i);
		g_string_append_printf(all, "%s %s\n", box->name, box->address);
	}
}

bool
letter_shown_matches(const LetterShown *shown, const char *words)
{
	g_autoptr(GString) all = g_string_new(shown->header->subject);
	g_string_append_c(all, '\n');
	append_people(all, shown->header->from);
	append_people(all, shown->header->to);
	append_people(all, shown->header->cc);
	g_string_append(all, shown->text);
	for (guint i = 0; i < shown->attachments->len; i++) {
		const LetterAttachment *attachment = g_ptr_array_index(shown->attachments, i);
		g_string_append_printf(all, "\n%s", attachment->name);
	}
	return letter_text_matches(all->str, words);
}

bool
letter_matches(BaseBytes octets, const char *words)
{
	g_autoptr(GBytes) copy = base_bytes_dup(octets);
	LetterShownOptions options = {.text_only = true};
	g_autoptr(LetterShown) shown = letter_shown_new(copy, &options, NULL);
	return shown != NULL && letter_shown_matches(shown, words);
}
