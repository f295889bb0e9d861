/* SPDX-License-Identifier: MPL-2.0 */
/* One item of a FETCH command: word, section, partial, and the name it has in a response. */
#include "imap/item.h"

#include "base/limits.h"
#include "imap/command.h"
#include "imap/token.h"

#define PART_DEPTH_MAX BASE_LIMIT_MIME_DEPTH
#define FIELDS_MAX     BASE_LIMIT_FIELDS

typedef enum {
	WORD,           /* nothing follows */
	SECTION_MAYBE,  /* BODY is an item without a section, too */
	SECTION,        /* "[" section "]" [partial] */
	SECTION_BINARY, /* "[" [part] "]" [partial] */
	PART,           /* "[" [part] "]" */
	ARGUMENTS,      /* a list may follow */
} Shape;

/*
 *	fetch-att = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" / "BODY" ["STRUCTURE"] /
 *	            "UID" / "BODY" section [partial] / "BODY.PEEK" section [partial] /
 *	            "BINARY" [".PEEK"] section-binary [partial] / "BINARY.SIZE" section-binary
 *	fetch-att =/ "RFC822" [".HEADER" / ".TEXT"]            ; RFC 3501
 *	fetch-att =/ "MODSEQ"                                  ; RFC 7162
 *	fetch-att =/ "PREVIEW" [SP "(" preview-mod ... ")"]    ; RFC 8970
 *
 * RFC822.PEEK and RFC822.TEXT.PEEK are RFC 1730's; a few servers still know them.
 */
static const struct {
	const char *word;
	ImapItemKind kind;
	Shape shape;
	const char *answer; /* NULL: the word */
} items[] = {
	{"FLAGS", IMAP_ITEM_FLAGS, WORD, NULL},
	{"UID", IMAP_ITEM_UID, WORD, NULL},
	{"INTERNALDATE", IMAP_ITEM_INTERNALDATE, WORD, NULL},
	{"MODSEQ", IMAP_ITEM_MODSEQ, WORD, NULL},
	{"ENVELOPE", IMAP_ITEM_ENVELOPE, WORD, NULL},
	{"BODYSTRUCTURE", IMAP_ITEM_BODYSTRUCTURE, WORD, NULL},
	{"BODY", IMAP_ITEM_BODY_STRUCTURE_SHORT, SECTION_MAYBE, NULL},
	{"BODY.PEEK", IMAP_ITEM_SECTION, SECTION, "BODY"},
	{"RFC822", IMAP_ITEM_RFC822, WORD, NULL},
	{"RFC822.PEEK", IMAP_ITEM_RFC822, WORD, "RFC822"},
	{"RFC822.HEADER", IMAP_ITEM_RFC822_HEADER, WORD, NULL},
	{"RFC822.TEXT", IMAP_ITEM_RFC822_TEXT, WORD, NULL},
	{"RFC822.TEXT.PEEK", IMAP_ITEM_RFC822_TEXT, WORD, "RFC822.TEXT"},
	{"RFC822.SIZE", IMAP_ITEM_RFC822_SIZE, WORD, NULL},
	{"BINARY", IMAP_ITEM_BINARY, SECTION_BINARY, NULL},
	{"BINARY.PEEK", IMAP_ITEM_BINARY, SECTION_BINARY, "BINARY"},
	{"BINARY.SIZE", IMAP_ITEM_BINARY_SIZE, PART, NULL},
	{"PREVIEW", IMAP_ITEM_PREVIEW, ARGUMENTS, NULL},
};

static const struct {
	const char *word;
	ImapSectionText text;
} texts[] = {
	{"HEADER", IMAP_SECTION_HEADER},
	{"HEADER.FIELDS", IMAP_SECTION_FIELDS},
	{"HEADER.FIELDS.NOT", IMAP_SECTION_FIELDS_NOT},
	{"TEXT", IMAP_SECTION_TEXT},
	{"MIME", IMAP_SECTION_MIME},
};

bool
imap_item_is_content(ImapItemKind kind)
{
	return kind >= IMAP_ITEM_ENVELOPE;
}

static ImapItem *
item_new(void)
{
	ImapItem *item = g_new0(ImapItem, 1);
	item->part = g_array_new(FALSE, FALSE, sizeof(guint32));
	item->fields = g_ptr_array_new_with_free_func(g_free);
	return item;
}

void
imap_item_free(ImapItem *item)
{
	if (item == NULL) {
		return;
	}
	g_array_unref(item->part);
	g_ptr_array_unref(item->fields);
	g_free(item->name);
	g_free(item->wire);
	g_free(item);
}

static bool
is_word_char(uint8_t c)
{
	return c != '[' && imap_is_atom_char(c);
}

static bool
is_text_char(uint8_t c)
{
	return g_ascii_isalpha((char)c) || c == '.';
}

static bool
next_is(BaseBytes rest, char c)
{
	return rest.n > 0 && rest.p[0] == (uint8_t)c;
}

/* section-part = nz-number *("." nz-number); the "." before a section-text is taken as well. */
static bool
take_part(BaseBytes *rest, ImapItem *item, GString *name, GError **error)
{
	uint64_t number = 0;

	while (rest->n > 0 && g_ascii_isdigit((char)rest->p[0])) {
		if (item->part->len >= PART_DEPTH_MAX) {
			return base_fail(error, PS_ERROR_LIMIT, "a part number has over %u levels",
					 PART_DEPTH_MAX);
		}
		if (!imap_take_number(rest, G_MAXUINT32, &number) || number == 0) {
			return base_fail(error, PS_ERROR_MALFORMED, "a part number is not one");
		}
		guint32 part = (guint32)number;
		g_array_append_val(item->part, part);
		g_string_append_printf(name, "%s%u", item->part->len > 1 ? "." : "", part);
		if (next_is(*rest, ']')) {
			return true;
		}
		if (!imap_take_octet(rest, '.') || next_is(*rest, ']')) {
			return base_fail(error, PS_ERROR_MALFORMED, "a part number is not one");
		}
	}
	return true;
}

/* A field's name as a response repeats it: an atom as it came, everything else quoted. */
static bool
take_field(BaseBytes *rest, ImapItem *item, GString *name)
{
	BaseBytes from = *rest;
	g_autofree char *field = imap_take_astring(rest);

	if (field == NULL) {
		return false;
	}
	g_autofree char *quoted = imap_quote(field);
	if (quoted == NULL) {
		return false; /* 8-bit octets or line ends: no field has such a name */
	}
	bool is_atom = imap_is_astring_char(from.p[0]);
	g_string_append_printf(name, "%s%s", item->fields->len > 0 ? " " : "",
			       is_atom ? field : quoted);
	g_ptr_array_add(item->fields, g_steal_pointer(&field));
	return true;
}

/* header-list = "(" header-fld-name *(SP header-fld-name) ")" */
static bool
take_fields(BaseBytes *rest, ImapItem *item, GString *name, GError **error)
{
	imap_take_blanks(rest);
	if (!imap_take_octet(rest, '(')) {
		return base_fail(error, PS_ERROR_MALFORMED, "field names are missing");
	}
	g_string_append(name, " (");
	imap_take_blanks(rest);
	while (!imap_take_octet(rest, ')')) {
		if (item->fields->len >= FIELDS_MAX) {
			return base_fail(error, PS_ERROR_LIMIT, "over %u field names", FIELDS_MAX);
		}
		if (!take_field(rest, item, name)) {
			return base_fail(error, PS_ERROR_MALFORMED, "a field name is broken");
		}
		imap_take_blanks(rest);
	}
	g_string_append_c(name, ')');
	imap_take_blanks(rest);
	return item->fields->len > 0 ||
	       base_fail(error, PS_ERROR_MALFORMED, "field names are missing");
}

/*
 *	section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
 *	section-text    = section-msgtext / "MIME"     ; behind a part number only
 */
static bool
take_text(BaseBytes *rest, ImapItem *item, GString *name, GError **error)
{
	BaseBytes word = imap_take_while(rest, is_text_char);
	size_t i = 0;

	while (i < G_N_ELEMENTS(texts) &&
	       !base_bytes_equal_nocase(word, base_bytes_str(texts[i].word))) {
		i++;
	}
	if (i == G_N_ELEMENTS(texts) ||
	    (texts[i].text == IMAP_SECTION_MIME && item->part->len == 0)) {
		return base_fail(error, PS_ERROR_MALFORMED, "there is no such section");
	}
	item->text = texts[i].text;
	g_string_append_printf(name, "%s%s", item->part->len > 0 ? "." : "", texts[i].word);
	bool with_fields =
		item->text == IMAP_SECTION_FIELDS || item->text == IMAP_SECTION_FIELDS_NOT;
	return !with_fields || take_fields(rest, item, name, error);
}

/* section = "[" [section-msgtext / (section-part ["." section-text])] "]" */
static bool
take_section(BaseBytes *rest, ImapItem *item, bool with_text, GError **error)
{
	g_autoptr(GString) name = g_string_new(item->name);

	if (!imap_take_octet(rest, '[')) {
		return base_fail(error, PS_ERROR_MALFORMED, "a section is missing");
	}
	g_string_append_c(name, '[');
	if (!take_part(rest, item, name, error)) {
		return false;
	}
	if (with_text && !next_is(*rest, ']') && !take_text(rest, item, name, error)) {
		return false;
	}
	if (!imap_take_octet(rest, ']')) {
		return base_fail(error, PS_ERROR_MALFORMED, "a section does not end");
	}
	g_string_append_c(name, ']');
	g_free(item->name);
	item->name = g_string_free(g_steal_pointer(&name), FALSE);
	return true;
}

/* partial = "<" number64 "." nz-number64 ">"; servers take "<" number64 ">" and a length of 0. */
static bool
take_partial(BaseBytes *rest, ImapItem *item, GError **error)
{
	if (!imap_take_octet(rest, '<')) {
		return true;
	}
	item->partial = true;
	item->length = G_MAXINT64;
	bool ok = imap_take_number(rest, G_MAXINT64, &item->offset);
	if (ok && imap_take_octet(rest, '.')) {
		ok = imap_take_number(rest, G_MAXINT64, &item->length);
	}
	if (!ok || !imap_take_octet(rest, '>')) {
		return base_fail(error, PS_ERROR_MALFORMED, "a partial range is broken");
	}
	char *name = g_strdup_printf("%s<%" G_GUINT64_FORMAT ">", item->name, item->offset);
	g_free(item->name);
	item->name = name;
	return true;
}

/* A list behind the item, e.g. (LAZY); without a list around all items only where it cannot be the
 * modifiers of the command, which are other words. */
static bool
take_arguments(BaseBytes *rest, bool in_list, GError **error)
{
	BaseBytes at = *rest;
	BaseBytes group = {NULL, 0};

	imap_take_blanks(&at);
	if (!next_is(at, '(') || (!in_list && !base_bytes_starts_nocase(at, "(LAZY"))) {
		return true;
	}
	if (imap_take_group(&at, &group) != IMAP_TOKEN_WHOLE) {
		return base_fail(error, PS_ERROR_MALFORMED, "an item's arguments are broken");
	}
	*rest = at;
	return true;
}

/* An item of an extension: [section] and <partial> are part of its name, whatever they mean. */
static bool
take_unknown(BaseBytes *rest, BaseBytes from, ImapItem *item, GError **error)
{
	BaseBytes group = {NULL, 0};

	if (next_is(*rest, '[') && imap_take_group(rest, &group) != IMAP_TOKEN_WHOLE) {
		return base_fail(error, PS_ERROR_MALFORMED, "a section does not end");
	}
	imap_take_while(rest, is_word_char);
	g_free(item->name);
	item->name = base_bytes_strdup(base_bytes_slice(from, 0, from.n - rest->n));
	return true;
}

static bool
take_rest(BaseBytes *rest, Shape shape, ImapItem *item, GError **error)
{
	if (shape == SECTION_MAYBE) {
		if (!next_is(*rest, '[')) {
			return true;
		}
		item->kind = IMAP_ITEM_SECTION;
	}
	if (!take_section(rest, item, shape == SECTION || shape == SECTION_MAYBE, error)) {
		return false;
	}
	return shape == PART || take_partial(rest, item, error);
}

ImapItem *
imap_item_take(BaseBytes *rest, bool in_list, GError **error)
{
	g_autoptr(ImapItem) item = item_new();
	BaseBytes from = *rest;
	BaseBytes word = imap_take_while(rest, is_word_char);
	size_t i = 0;

	if (word.n == 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "a FETCH item is missing");
	}
	while (i < G_N_ELEMENTS(items) &&
	       !base_bytes_equal_nocase(word, base_bytes_str(items[i].word))) {
		i++;
	}
	bool known = i < G_N_ELEMENTS(items);
	Shape shape = known ? items[i].shape : ARGUMENTS;
	item->kind = known ? items[i].kind : IMAP_ITEM_OTHER;
	if (known) {
		item->name = g_strdup(items[i].answer == NULL ? items[i].word : items[i].answer);
	} else if (!take_unknown(rest, from, item, error)) {
		return NULL;
	}
	bool ok = true;
	if (shape == ARGUMENTS) {
		ok = take_arguments(rest, in_list, error);
	} else if (shape != WORD) {
		ok = take_rest(rest, shape, item, error);
	}
	if (!ok) {
		return NULL;
	}
	item->wire = base_bytes_strdup(base_bytes_slice(from, 0, from.n - rest->n));
	return g_steal_pointer(&item);
}
