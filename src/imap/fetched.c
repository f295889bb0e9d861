/* SPDX-License-Identifier: MPL-2.0 */
/* FETCH responses, cut into items without copying. */
#include "imap/fetched.h"

#include "imap/token.h"

#define ITEMS_MAX    10000U
/* The caller comes back after each literal, and what lies between them is read again. */
#define LITERALS_MAX 2000U

/* What is left of the response, and the result. */
typedef struct {
	BaseBytes rest;
	ImapFetched *out;
	guint literals; /* that may still be met */
} Reader;

static void
set_pending(Reader *r, BaseBytes name, bool is_value)
{
	r->out->pending = true;
	r->out->pending_name = name;
	r->out->pending_is_value = is_value;
}

static bool
is_word_char(uint8_t c)
{
	return c != '[' && imap_is_atom_char(c);
}

/* The octets between @from and where the reader is now. */
static BaseBytes
since(const Reader *r, BaseBytes from)
{
	return base_bytes_slice(from, 0, from.n - r->rest.n);
}

/* msg-att name = word ["[" section "]" ["<" number ">"]] */
static ImapTokenState
take_name(Reader *r, BaseBytes *name)
{
	BaseBytes from = r->rest;
	BaseBytes section = {NULL, 0};
	uint64_t offset = 0;

	*name = imap_take_while(&r->rest, is_word_char);
	if (name->n == 0) {
		return IMAP_TOKEN_NONE;
	}
	if (r->rest.n > 0 && r->rest.p[0] == '[') {
		ImapTokenState state = imap_take_group_within(&r->rest, &section, &r->literals);
		if (state != IMAP_TOKEN_WHOLE) {
			return state;
		}
		if (imap_take_octet(&r->rest, '<') &&
		    (!imap_take_number(&r->rest, G_MAXINT64, &offset) ||
		     !imap_take_octet(&r->rest, '>'))) {
			return IMAP_TOKEN_NONE;
		}
	}
	*name = since(r, from);
	return IMAP_TOKEN_WHOLE;
}

/* value = "(" anything ")" / string / literal8 / atom, where atom is NIL, a number or a word of an
 * extension: whatever reaches to the next blank or parenthesis. */
static ImapTokenState
take_value(Reader *r, BaseBytes *value)
{
	ImapString string = {0};
	uint8_t c = r->rest.n == 0 ? 0 : r->rest.p[0];
	ImapTokenState state = IMAP_TOKEN_NONE;

	if (c == '(') {
		return imap_take_group_within(&r->rest, value, &r->literals);
	}
	if (c == '"' || c == '{' || c == '~') {
		if (c != '"' && r->literals-- == 0) {
			return IMAP_TOKEN_NONE;
		}
		state = imap_take_string(&r->rest, &string);
		*value = string.wire;
		return state;
	}
	*value = imap_take_while(&r->rest, imap_is_astring_char);
	return value->n > 0 ? IMAP_TOKEN_WHOLE : IMAP_TOKEN_NONE;
}

/* One "name SP value"; WHOLE: go on. */
static ImapTokenState
take_item(Reader *r)
{
	ImapFetchedItem item = {0};
	BaseBytes from = r->rest;
	ImapTokenState state = take_name(r, &item.name);

	if (state == IMAP_TOKEN_PENDING) {
		set_pending(r, imap_without_line_end(from), false);
	}
	if (state != IMAP_TOKEN_WHOLE) {
		return state;
	}
	if (!imap_take_octet(&r->rest, ' ')) {
		return IMAP_TOKEN_NONE;
	}
	imap_take_blanks(&r->rest);
	bool is_list = r->rest.n > 0 && r->rest.p[0] == '(';
	state = take_value(r, &item.value);
	if (state == IMAP_TOKEN_PENDING) {
		set_pending(r, item.name, !is_list);
	}
	if (state == IMAP_TOKEN_WHOLE) {
		g_array_append_val(r->out->items, item);
	}
	return state;
}

/* "*" SP nz-number SP "FETCH" SP "(" */
static bool
take_head(Reader *r)
{
	uint64_t seq = 0;

	if (!imap_take_octet(&r->rest, '*') || !imap_take_octet(&r->rest, ' ') ||
	    !imap_take_number(&r->rest, G_MAXUINT32, &seq) || seq == 0 ||
	    !base_bytes_starts_nocase(r->rest, " FETCH (")) {
		return false;
	}
	r->rest = base_bytes_slice(r->rest, strlen(" FETCH ("), SIZE_MAX);
	r->out->seq = (guint32)seq;
	return true;
}

/* *(item SP) ")" CRLF; blanks too many do no harm. */
static bool
take_items(Reader *r)
{
	imap_take_blanks(&r->rest);
	while (!imap_take_octet(&r->rest, ')')) {
		ImapTokenState state =
			r->out->items->len < ITEMS_MAX ? take_item(r) : IMAP_TOKEN_NONE;
		if (state != IMAP_TOKEN_WHOLE) {
			return state == IMAP_TOKEN_PENDING;
		}
		bool blank = r->rest.n > 0 && r->rest.p[0] == ' ';
		if (!blank && !(r->rest.n > 0 && r->rest.p[0] == ')')) {
			return false;
		}
		imap_take_blanks(&r->rest);
	}
	imap_take_blanks(&r->rest);
	bool ended = r->rest.n > 0 && imap_without_line_end(r->rest).n == 0;
	r->out->complete = ended;
	return ended;
}

bool
imap_fetched_parse(BaseBytes response, ImapFetched *out)
{
	ImapFetched fetched = {.items = g_array_new(FALSE, FALSE, sizeof(ImapFetchedItem))};
	Reader r = {.rest = response, .out = &fetched, .literals = LITERALS_MAX};

	if (!take_head(&r) || !take_items(&r)) {
		imap_fetched_clear(&fetched);
		return false;
	}
	*out = fetched;
	return true;
}

void
imap_fetched_clear(ImapFetched *fetched)
{
	g_clear_pointer(&fetched->items, g_array_unref);
	*fetched = (ImapFetched){0};
}

static bool
next_unquoted(BaseBytes *name, uint8_t *c)
{
	while (imap_take_octet(name, '"')) {
		;
	}
	if (name->n == 0) {
		return false;
	}
	*c = (uint8_t)g_ascii_tolower((char)name->p[0]);
	*name = base_bytes_slice(*name, 1, SIZE_MAX);
	return true;
}

/* Servers write a field's name with quotes or without, whatever the client did. */
static bool
same_name(BaseBytes a, BaseBytes b)
{
	uint8_t x = 0;
	uint8_t y = 0;
	if (a.n > 0 && b.n > 0 && ((a.p[0] ^ b.p[0]) & 0xdf) != 0 && a.p[0] != '"' &&
	    b.p[0] != '"') {
		return false; /* nearly always */
	}
	if (a.n == b.n && memcmp(a.p, b.p, a.n) == 0) {
		return true;
	}
	bool more_a = next_unquoted(&a, &x);
	bool more_b = next_unquoted(&b, &y);

	while (more_a && more_b && x == y) {
		more_a = next_unquoted(&a, &x);
		more_b = next_unquoted(&b, &y);
	}
	return !more_a && !more_b;
}

bool
imap_fetched_is(BaseBytes name, const char *wanted)
{
	return same_name(name, base_bytes_str(wanted));
}

const ImapFetchedItem *
imap_fetched_find(const ImapFetched *fetched, const char *name)
{
	BaseBytes wanted = base_bytes_str(name);

	for (guint i = 0; i < fetched->items->len; i++) {
		const ImapFetchedItem *item = &g_array_index(fetched->items, ImapFetchedItem, i);
		if (same_name(item->name, wanted)) {
			return item;
		}
	}
	return NULL;
}

GBytes *
imap_fetched_octets(const ImapFetchedItem *item)
{
	ImapString string = {0};
	BaseBytes rest = item->value;

	if (imap_take_string(&rest, &string) != IMAP_TOKEN_WHOLE) {
		/* An empty literal at the end of its span is no announcement. */
		bool empty = rest.n > 0 && rest.p[rest.n - 1] == '\n';
		return empty ? g_bytes_new(NULL, 0) : NULL;
	}
	return imap_token_octets(&string);
}
