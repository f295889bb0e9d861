/* SPDX-License-Identifier: MPL-2.0 */
/* Mailboxes. */
#include "letter/address.h"

LetterMailbox *
letter_mailbox_new(const char *name, const char *address)
{
	LetterMailbox *box = g_new(LetterMailbox, 1);
	*box = (LetterMailbox){g_strdup(name), g_strdup(address)};
	return box;
}

void
letter_mailbox_free(LetterMailbox *mailbox)
{
	if (mailbox != NULL) {
		g_free(mailbox->name);
		g_free(mailbox->address);
		g_free(mailbox);
	}
}

char *
letter_addresses_format(const GPtrArray *mailboxes)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; mailboxes != NULL && i < mailboxes->len; i++) {
		const LetterMailbox *box = g_ptr_array_index(mailboxes, i);
		if (*box->address == '\0') {
			continue;
		}
		g_string_append(out, out->len > 0 ? ", " : "");
		if (*box->name == '\0') {
			g_string_append(out, box->address);
			continue;
		}
		bool special = strpbrk(box->name, "()<>[]:;@\\,.\"") != NULL;
		g_autoptr(GString) name = g_string_new(box->name);
		g_string_replace(name, "\\", "\\\\", 0);
		g_string_replace(name, "\"", "\\\"", 0);
		g_string_append_printf(out, special ? "\"%s\" <%s>" : "%s <%s>", name->str,
				       box->address);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* A domain in the form in which equal ones are equal. */
static char *
plain_domain(const char *domain)
{
	g_autofree char *ascii = g_hostname_to_ascii(domain);
	return g_utf8_casefold(ascii == NULL ? domain : ascii, -1);
}

char *
letter_address_key(const char *address)
{
	const char *at = strrchr(address, '@');
	if (at == NULL) {
		return NULL;
	}
	g_autofree char *local = g_utf8_casefold(address, at - address);
	g_autofree char *domain = plain_domain(at + 1);
	return g_strconcat(local, "@", domain, NULL);
}

bool
letter_address_equal(const char *a, const char *b)
{
	g_autofree char *key_a = letter_address_key(a);
	g_autofree char *key_b = letter_address_key(b);
	return key_a != NULL && key_b != NULL && g_str_equal(key_a, key_b);
}
