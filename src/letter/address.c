/* SPDX-License-Identifier: MPL-2.0 */
/* Mailboxes. */
#include "letter/address.h"

#include "base/limits.h"
#include "letter/gmime_auto.h"
#include "letter/text.h"
#include "letter/words.h"

#define NAME_LENGTH    200U /* characters of a name that are shown */
#define ADDRESS_LENGTH 320U /* characters of an address that are shown */

/* GMime's time may be quadratic in what it is given at once, and it reads groups in groups by
 * recursion: a list is given in pieces, and in each only so many colons. */
#define PIECE_MAX      4096U /* octets; an item that is longer is none */
#define COLONS_MAX     100U

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

static void
free_mailbox(gpointer mailbox)
{
	letter_mailbox_free(mailbox);
}

static GPtrArray *
new_list(void)
{
	return g_ptr_array_new_with_free_func(free_mailbox);
}

static void
append_read(GPtrArray *list, InternetAddress *one)
{
	const char *name = internet_address_get_name(one);
	const char *address =
		INTERNET_ADDRESS_IS_MAILBOX(one)
			? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one))
			: NULL;
	g_autofree char *clean = letter_text_clean(name == NULL ? "" : name, NAME_LENGTH);
	g_autofree char *spec = letter_text_clean(address == NULL ? "" : address, ADDRESS_LENGTH);
	if (list->len < BASE_LIMIT_ADDRESSES) {
		g_ptr_array_add(list, letter_mailbox_new(clean, spec));
	}
}

/* Groups do not hold groups (RFC 5322 section 3.4). */
static void
append_members(GPtrArray *list, InternetAddressList *members)
{
	int n = internet_address_list_length(members);
	for (int i = 0; i < n; i++) {
		append_read(list, internet_address_list_get_address(members, i));
	}
}

/* The end of the item that begins at @p: after a comma behind an address (there are names with a
 * comma and without quotes), outside quotes and comments. */
static const char *
end_of_item(const char *p)
{
	guint comments = 0;
	bool quoted = false;
	bool address = false;
	for (; *p != '\0'; p++) {
		if (*p == '\\' && (quoted || comments > 0) && p[1] != '\0') {
			p++;
		} else if (*p == '"' && comments == 0) {
			quoted = !quoted;
		} else if (!quoted && *p == '(') {
			comments++;
		} else if (!quoted && *p == ')') {
			comments -= comments > 0;
		} else if (!quoted && comments == 0) {
			if (*p == ',' && address) {
				return p + 1;
			}
			address = address || *p == '@';
		}
	}
	return p;
}

static void
append_piece(GPtrArray *list, const char *from, const char *to)
{
	g_autofree char *piece = g_strndup(from, (gsize)(to - from));
	guint colons = 0;
	for (char *p = strchr(piece, ':'); p != NULL; p = strchr(p + 1, ':')) {
		*p = ++colons > COLONS_MAX ? ' ' : ':';
	}
	g_autoptr(InternetAddressList) all =
		internet_address_list_parse(letter_gmime_options(), piece);
	int n = all == NULL ? 0 : internet_address_list_length(all);
	for (int i = 0; i < n; i++) {
		InternetAddress *one = internet_address_list_get_address(all, i);
		InternetAddressList *members =
			INTERNET_ADDRESS_IS_GROUP(one)
				? internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one))
				: NULL;
		if (members != NULL && internet_address_list_length(members) > 0) {
			append_members(list, members);
		} else {
			append_read(list, one);
		}
	}
}

static guint
count_colons(const char *from, const char *to)
{
	guint n = 0;
	for (const char *p = from; p < to; p++) {
		n += *p == ':';
	}
	return n;
}

GPtrArray *
letter_addresses_read(const char *value)
{
	GPtrArray *list = new_list();
	g_autofree char *cut = g_strndup(value, BASE_LIMIT_HEADER);
	g_autofree char *whole = letter_words_repair(cut);
	const char *from = whole;
	const char *p = whole;
	guint colons = 0;
	while (*p != '\0' && list->len < BASE_LIMIT_ADDRESSES) {
		const char *end = end_of_item(p);
		guint more = count_colons(p, end);
		if ((size_t)(end - from) > PIECE_MAX || colons + more > COLONS_MAX) {
			append_piece(list, from, p);
			from = (size_t)(end - p) > PIECE_MAX ? end : p;
			colons = 0;
		}
		colons += more;
		p = end;
	}
	append_piece(list, from, p);
	return list;
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

bool
letter_address_equal(const char *a, const char *b)
{
	const char *at_a = strrchr(a, '@');
	const char *at_b = strrchr(b, '@');
	if (at_a == NULL || at_b == NULL) {
		return false;
	}
	g_autofree char *local_a = g_utf8_casefold(a, at_a - a);
	g_autofree char *local_b = g_utf8_casefold(b, at_b - b);
	g_autofree char *domain_a = plain_domain(at_a + 1);
	g_autofree char *domain_b = plain_domain(at_b + 1);
	return g_str_equal(local_a, local_b) && g_str_equal(domain_a, domain_b);
}
