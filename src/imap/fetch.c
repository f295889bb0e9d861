/* SPDX-License-Identifier: MPL-2.0 */
/* What a FETCH command asks for: the command's arguments, macros, and questions about the items. */
#include "imap/fetch.h"

#include "imap/item.h"
#include "imap/token.h"

#define ITEMS_MAX 1000U

static const struct {
	const char *name;
	const char *items[6];
} macros[] = {
	/* RFC 9051 section 6.4.5. */
	{"ALL", {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", NULL}},
	{"FAST", {"FLAGS", "INTERNALDATE", "RFC822.SIZE", NULL}},
	{"FULL", {"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", NULL}},
};

static ImapFetch *
fetch_new(void)
{
	ImapFetch *fetch = g_new0(ImapFetch, 1);
	fetch->items = g_ptr_array_new_with_free_func((GDestroyNotify)imap_item_free);
	return fetch;
}

void
imap_fetch_free(ImapFetch *fetch)
{
	if (fetch == NULL) {
		return;
	}
	g_free(fetch->set_wire);
	g_ptr_array_unref(fetch->items);
	g_free(fetch->modifiers);
	g_free(fetch);
}

/* sequence-set, or "$" of RFC 5182. */
static bool
parse_set(BaseBytes *rest, ImapFetch *fetch, GError **error)
{
	const uint8_t *blank = rest->n == 0 ? NULL : memchr(rest->p, ' ', rest->n);

	if (blank == NULL) {
		return base_fail(error, PS_ERROR_MALFORMED, "FETCH has no items");
	}
	BaseBytes set = base_bytes(rest->p, (size_t)(blank - rest->p));
	if (!base_bytes_equal(set, BASE_LIT("$"))) {
		g_autoptr(ImapSet) parsed = imap_set_parse(set, error);
		if (parsed == NULL) {
			return false;
		}
	}
	fetch->set_wire = base_bytes_strdup(set);
	*rest = base_bytes_slice(*rest, set.n, SIZE_MAX);
	imap_take_blanks(rest);
	return true;
}

static bool
is_word_char(uint8_t c)
{
	return g_ascii_isalnum((char)c) || c == '.';
}

/* A macro; also inside parentheses, where only some servers take one. */
static bool
take_macro(BaseBytes *rest, ImapFetch *fetch)
{
	BaseBytes at = *rest;
	BaseBytes word = imap_take_while(&at, is_word_char);
	bool ends = at.n == 0 || at.p[0] == ' ' || at.p[0] == ')';

	for (size_t i = 0; ends && i < G_N_ELEMENTS(macros); i++) {
		if (!base_bytes_equal_nocase(word, base_bytes_str(macros[i].name))) {
			continue;
		}
		for (size_t k = 0; macros[i].items[k] != NULL; k++) {
			BaseBytes name = base_bytes_str(macros[i].items[k]);
			g_ptr_array_add(fetch->items, imap_item_take(&name, false, NULL));
		}
		*rest = at;
		return true;
	}
	return false;
}

static bool
take_item(BaseBytes *rest, bool in_list, ImapFetch *fetch, GError **error)
{
	if (fetch->items->len >= ITEMS_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "FETCH asks for over %u items", ITEMS_MAX);
	}
	if (take_macro(rest, fetch)) {
		return true;
	}
	ImapItem *item = imap_item_take(rest, in_list, error);
	if (item == NULL) {
		return false;
	}
	g_ptr_array_add(fetch->items, item);
	return true;
}

/* "(" fetch-att *(SP fetch-att) ")" */
static bool
parse_list(BaseBytes *rest, ImapFetch *fetch, GError **error)
{
	imap_take_octet(rest, '(');
	imap_take_blanks(rest);
	while (!imap_take_octet(rest, ')')) {
		if (!take_item(rest, true, fetch, error)) {
			return false;
		}
		bool ends = rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == ')');
		if (!ends) {
			return base_fail(error, PS_ERROR_MALFORMED,
					 "the list of FETCH items is broken");
		}
		imap_take_blanks(rest);
	}
	if (fetch->items->len == 0) {
		return base_fail(error, PS_ERROR_MALFORMED, "FETCH has no items");
	}
	return true;
}

/* fetch-modifiers = SP "(" fetch-modifier *(SP fetch-modifier) ")", RFC 4466 section 2.3 */
static bool
parse_modifiers(BaseBytes *rest, ImapFetch *fetch)
{
	BaseBytes group = {NULL, 0};

	imap_take_blanks(rest);
	if (rest->n == 0) {
		return true;
	}
	if (rest->p[0] != '(' || imap_take_group(rest, &group) != IMAP_TOKEN_WHOLE) {
		return false;
	}
	fetch->modifiers = base_bytes_strdup(group);
	imap_take_blanks(rest);
	return rest->n == 0;
}

/*
 *	fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att /
 *	        "(" fetch-att *(SP fetch-att) ")") [fetch-modifiers]
 *
 * Blanks too many are let through, as servers do: what is refused here would be obeyed there.
 */
ImapFetch *
imap_fetch_parse(BaseBytes args, GError **error)
{
	g_autoptr(ImapFetch) fetch = fetch_new();
	BaseBytes rest = imap_without_line_end(args);

	imap_take_blanks(&rest);
	if (!parse_set(&rest, fetch, error)) {
		return NULL;
	}
	bool in_list = rest.n > 0 && rest.p[0] == '(';
	bool ok = in_list ? parse_list(&rest, fetch, error) : take_item(&rest, false, fetch, error);
	if (!ok) {
		return NULL;
	}
	if (!parse_modifiers(&rest, fetch)) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "what follows the items is broken");
	}
	return g_steal_pointer(&fetch);
}

bool
imap_fetch_wants_content(const ImapFetch *fetch)
{
	for (guint i = 0; i < fetch->items->len; i++) {
		const ImapItem *item = g_ptr_array_index(fetch->items, i);
		if (imap_item_is_content(item->kind)) {
			return true;
		}
	}
	return false;
}

const ImapItem *
imap_fetch_find(const ImapFetch *fetch, ImapItemKind kind)
{
	for (guint i = 0; i < fetch->items->len; i++) {
		const ImapItem *item = g_ptr_array_index(fetch->items, i);
		if (item->kind == kind) {
			return item;
		}
	}
	return NULL;
}
