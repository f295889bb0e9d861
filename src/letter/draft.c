/* SPDX-License-Identifier: MPL-2.0 */
/* A letter while it is written. */
#include "letter/compose.h"

static void
free_file(gpointer data)
{
	LetterFile *file = data;
	g_free(file->name);
	g_free(file->type);
	g_bytes_unref(file->content);
	g_free(file);
}

static void
free_field(gpointer data)
{
	LetterField *field = data;
	g_free(field->name);
	g_free(field->value);
	g_free(field);
}

LetterDraft *
letter_draft_new(void)
{
	LetterDraft *draft = g_new0(LetterDraft, 1);
	draft->files = g_ptr_array_new_with_free_func(free_file);
	draft->fields = g_ptr_array_new_with_free_func(free_field);
	draft->notes = g_ptr_array_new_with_free_func(free_field);
	return draft;
}

void
letter_draft_free(LetterDraft *draft)
{
	if (draft == NULL) {
		return;
	}
	char *strings[] = {draft->from,        draft->to,         draft->cc,
			   draft->bcc,         draft->reply_to,   draft->subject,
			   draft->text,        draft->level,      draft->rules,
			   draft->in_reply_to, draft->references, draft->message_id};
	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++) {
		g_free(strings[i]);
	}
	g_ptr_array_unref(draft->files);
	g_ptr_array_unref(draft->fields);
	g_ptr_array_unref(draft->notes);
	g_free(draft);
}

void
letter_draft_add_file(LetterDraft *draft, const char *name, const char *type, GBytes *content)
{
	LetterFile *file = g_new(LetterFile, 1);
	*file = (LetterFile){g_strdup(name), g_strdup(type), g_bytes_ref(content)};
	g_ptr_array_add(draft->files, file);
}

static LetterField *
field_new(const char *name, const char *value)
{
	LetterField *field = g_new(LetterField, 1);
	*field = (LetterField){g_strdup(name), g_strdup(value)};
	return field;
}

void
letter_draft_add_field(LetterDraft *draft, const char *name, const char *value)
{
	g_ptr_array_add(draft->fields, field_new(name, value));
}

void
letter_draft_add_note(LetterDraft *draft, const char *name, const char *value)
{
	g_ptr_array_add(draft->notes, field_new(name, value));
}

const char *
letter_draft_note(const LetterDraft *draft, const char *name)
{
	for (guint i = 0; i < draft->notes->len; i++) {
		const LetterField *note = g_ptr_array_index(draft->notes, i);
		if (g_ascii_strcasecmp(note->name, name) == 0) {
			return note->value;
		}
	}
	return NULL;
}

/* The address as it travels: the domain in ASCII, unless the local part needs UTF-8 anyway. */
static char *
wire_address(const char *address)
{
	const char *at = strrchr(address, '@');
	if (at == NULL || g_str_is_ascii(address)) {
		return g_strdup(address);
	}
	g_autofree char *local = g_strndup(address, (gsize)(at - address));
	g_autofree char *domain = g_str_is_ascii(local) ? g_hostname_to_ascii(at + 1) : NULL;
	return domain == NULL ? g_strdup(address) : g_strconcat(local, "@", domain, NULL);
}

static bool
has_address(const GPtrArray *addresses, const char *address)
{
	for (guint i = 0; i < addresses->len; i++) {
		if (letter_address_equal(g_ptr_array_index(addresses, i), address)) {
			return true;
		}
	}
	return false;
}

GPtrArray *
letter_draft_wire(const char *list, GError **error)
{
	GPtrArray *boxes = letter_addresses_parse(list, error);
	for (guint i = 0; boxes != NULL && i < boxes->len; i++) {
		LetterMailbox *box = g_ptr_array_index(boxes, i);
		g_autofree char *given = box->address;
		box->address = wire_address(given);
	}
	return boxes;
}

char **
letter_draft_recipients(const LetterDraft *draft, GError **error)
{
	const char *lists[] = {draft->to, draft->cc, draft->bcc};
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autoptr(GPtrArray) boxes = letter_draft_wire(lists[i], error);
		if (boxes == NULL) {
			return NULL;
		}
		for (guint b = 0; b < boxes->len; b++) {
			const LetterMailbox *box = g_ptr_array_index(boxes, b);
			if (!has_address(all, box->address)) {
				g_ptr_array_add(all, g_strdup(box->address));
			}
		}
		if (all->len > LETTER_RECIPIENTS_MAX) {
			return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "More than %u recipients",
					      LETTER_RECIPIENTS_MAX);
		}
	}
	if (all->len == 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "There is no recipient");
	}
	g_ptr_array_add(all, NULL);
	g_ptr_array_set_free_func(all, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
}

bool
letter_draft_needs_utf8(const LetterDraft *draft)
{
	const char *lists[] = {draft->from, draft->to, draft->cc, draft->bcc};
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autoptr(GPtrArray) boxes = letter_draft_wire(lists[i], NULL);
		for (guint b = 0; boxes != NULL && b < boxes->len; b++) {
			const LetterMailbox *box = g_ptr_array_index(boxes, b);
			if (!g_str_is_ascii(box->address)) {
				return true;
			}
		}
	}
	return false;
}
