/* SPDX-License-Identifier: MPL-2.0 */
/* Mailboxes of fields that others wrote. */
#include "base/limits.h"
#include "letter/address.h"
#include "letter/gmime_auto.h"
#include "letter/text.h"
#include "letter/words.h"

#define NAME_LENGTH    200U /* characters of a name that are shown */
#define ADDRESS_LENGTH 320U /* characters of an address that are shown */

/* GMime's time may be quadratic in what it is given at once, and it reads groups in groups by
 * recursion: a list is given in pieces, and in each only so many colons. */
#define PIECE_MAX      4096U /* octets; an item that is longer is none */
#define COLONS_MAX     100U

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
	g_autofree char *words = NULL;
	if ((name == NULL || *name == '\0') && address != NULL && strstr(address, "=?") != NULL) {
		words = letter_text_of_field(address); /* a name that stands where addresses do */
		name = words;
		address = NULL;
	}
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
 * comma and without quotes), outside quotes and comments; @has_address may be NULL. */
static const char *
end_of_item(const char *p, bool *has_address)
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
				p++;
				break;
			}
			address = address || *p == '@';
		}
	}
	if (has_address != NULL) {
		*has_address = address;
	}
	return p;
}

/* An addr-spec to show and to answer to; no encoded word, which anything may hide in. */
static bool
is_address(const char *text)
{
	const char *at = strrchr(text, '@');
	return at != NULL && at != text && at[1] != '\0' &&
	       strpbrk(text, " \t\r\n<>\",;:") == NULL && strstr(text, "=?") == NULL &&
	       g_utf8_validate(text, -1, NULL);
}

/* What GMime can make nothing of: 'name with. odd: signs <address>', 'name address', or only words.
 * It must not look as if nobody were named. */
static void
append_odd(GPtrArray *list, const char *item)
{
	g_autofree char *text = g_strdelimit(g_strdup(item), "\t\r\n", ' ');
	g_strstrip(text);
	size_t n = strlen(text);
	while (n > 0 && strchr(",; >", text[n - 1]) != NULL) {
		text[--n] = '\0';
	}
	char *mark = strrchr(text, '<');
	mark = mark == NULL ? strrchr(text, ' ') : mark;
	bool named = mark != NULL && is_address(mark + 1) &&
		     (*mark == '<' || memchr(text, '@', (size_t)(mark - text)) == NULL);
	g_autofree char *address = named              ? g_strdup(mark + 1)
				   : is_address(text) ? g_strdup(text)
						      : g_strdup("");
	if (named) {
		*mark = '\0';
	}
	g_autofree char *name =
		named || *address == '\0' ? letter_text_of_field(text) : g_strdup("");
	g_autofree char *clean = letter_text_clean(name, NAME_LENGTH);
	g_autofree char *spec = letter_text_clean(address, ADDRESS_LENGTH);
	if ((*clean != '\0' || *spec != '\0') && list->len < BASE_LIMIT_ADDRESSES) {
		g_ptr_array_add(list, letter_mailbox_new(clean, spec));
	}
}

static void
append_parsed(GPtrArray *list, const char *piece)
{
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

/* Each item by itself, so that an odd one costs no other. */
static void
append_items(GPtrArray *list, const char *piece)
{
	while (*piece != '\0') {
		const char *end = end_of_item(piece, NULL);
		g_autofree char *item = g_strndup(piece, (gsize)(end - piece));
		guint before = list->len;
		append_parsed(list, item);
		if (list->len == before) {
			append_odd(list, item);
		}
		piece = end;
	}
}

static guint
count_addresses(const char *piece)
{
	guint n = 0;
	while (*piece != '\0') {
		bool address = false;
		piece = end_of_item(piece, &address);
		n += address;
	}
	return n;
}

static void
add_to(gpointer box, gpointer user)
{
	GPtrArray *list = user;
	if (list->len < BASE_LIMIT_ADDRESSES) {
		g_ptr_array_add(list, box);
	} else {
		letter_mailbox_free(box);
	}
}

static void
append_piece(GPtrArray *list, const char *from, const char *to)
{
	g_autofree char *piece = g_strndup(from, (gsize)(to - from));
	guint colons = 0;
	for (char *p = strchr(piece, ':'); p != NULL; p = strchr(p + 1, ':')) {
		*p = ++colons > COLONS_MAX ? ' ' : ':';
	}
	g_autoptr(GPtrArray) some = new_list();
	append_parsed(some, piece);
	if (some->len == 0 || (some->len < count_addresses(piece) && strstr(piece, "<@") == NULL)) {
		g_ptr_array_set_size(some, 0);
		append_items(some, piece);
	}
	g_ptr_array_set_free_func(some, NULL);
	g_ptr_array_foreach(some, add_to, list);
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
		const char *end = end_of_item(p, NULL);
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
