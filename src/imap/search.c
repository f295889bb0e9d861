/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reads SEARCH programs:
 *
 *   search     = [SP "RETURN" SP "(" ... ")"] [SP "CHARSET" SP charset] 1*(SP search-key)
 *   search-key = "ALL" / "NOT" SP search-key / "OR" SP search-key SP search-key / sequence-set /
 *                "(" search-key *(SP search-key) ")" / ...           ; RFC 9051 section 9
 *
 * Recursion ends at SEARCH_DEPTH_MAX.
 */
#include "base/error.h"
#include "imap/date.h"
#include "imap/search_private.h"
#include "imap/token.h"

typedef struct {
	ImapSearch *search;
	BaseBytes rest;
	guint depth;
} Parser;

typedef enum {
	ARGS_NONE,
	ARGS_FLAG, /* the flag is fixed: name */
	ARGS_NEW,  /* RECENT and UNSEEN */
	ARGS_KEYWORD,
	ARGS_TEXT,   /* of the field name, if there is one */
	ARGS_HEADER, /* field name and text */
	ARGS_DATE,
	ARGS_NUMBER,
	ARGS_SET,
	ARGS_MODSEQ,
	ARGS_KEY,
	ARGS_TWO_KEYS,
} Args;

static const struct {
	const char *word;
	SearchKind kind;
	Args args;
	bool negated;
	const char *name;
} words[] = {
	{"ALL", SEARCH_AND, ARGS_NONE, false, NULL},
	{"ANSWERED", SEARCH_FLAG, ARGS_FLAG, false, "\\answered"},
	{"BCC", SEARCH_ADDRESS, ARGS_TEXT, false, "Bcc"},
	{"BEFORE", SEARCH_BEFORE, ARGS_DATE, false, NULL},
	{"BODY", SEARCH_BODY, ARGS_TEXT, false, NULL},
	{"CC", SEARCH_ADDRESS, ARGS_TEXT, false, "Cc"},
	{"DELETED", SEARCH_FLAG, ARGS_FLAG, false, "\\deleted"},
	{"DRAFT", SEARCH_FLAG, ARGS_FLAG, false, "\\draft"},
	{"FLAGGED", SEARCH_FLAG, ARGS_FLAG, false, "\\flagged"},
	{"FROM", SEARCH_ADDRESS, ARGS_TEXT, false, "From"},
	{"HEADER", SEARCH_HEADER, ARGS_HEADER, false, NULL},
	{"KEYWORD", SEARCH_FLAG, ARGS_KEYWORD, false, NULL},
	{"LARGER", SEARCH_LARGER, ARGS_NUMBER, false, NULL},
	{"MODSEQ", SEARCH_MODSEQ, ARGS_MODSEQ, false, NULL},
	{"NEW", SEARCH_AND, ARGS_NEW, false, NULL},
	{"NOT", SEARCH_NOT, ARGS_KEY, false, NULL},
	{"OLD", SEARCH_FLAG, ARGS_FLAG, true, "\\recent"},
	{"OLDER", SEARCH_OLDER, ARGS_NUMBER, false, NULL},
	{"ON", SEARCH_ON, ARGS_DATE, false, NULL},
	{"OR", SEARCH_OR, ARGS_TWO_KEYS, false, NULL},
	{"RECENT", SEARCH_FLAG, ARGS_FLAG, false, "\\recent"},
	{"SEEN", SEARCH_FLAG, ARGS_FLAG, false, "\\seen"},
	{"SENTBEFORE", SEARCH_SENTBEFORE, ARGS_DATE, false, NULL},
	{"SENTON", SEARCH_SENTON, ARGS_DATE, false, NULL},
	{"SENTSINCE", SEARCH_SENTSINCE, ARGS_DATE, false, NULL},
	{"SINCE", SEARCH_SINCE, ARGS_DATE, false, NULL},
	{"SMALLER", SEARCH_SMALLER, ARGS_NUMBER, false, NULL},
	{"SUBJECT", SEARCH_SUBJECT, ARGS_TEXT, false, "Subject"},
	{"TEXT", SEARCH_TEXT, ARGS_TEXT, false, NULL},
	{"TO", SEARCH_ADDRESS, ARGS_TEXT, false, "To"},
	{"UID", SEARCH_UID, ARGS_SET, false, NULL},
	{"UNANSWERED", SEARCH_FLAG, ARGS_FLAG, true, "\\answered"},
	{"UNDELETED", SEARCH_FLAG, ARGS_FLAG, true, "\\deleted"},
	{"UNDRAFT", SEARCH_FLAG, ARGS_FLAG, true, "\\draft"},
	{"UNFLAGGED", SEARCH_FLAG, ARGS_FLAG, true, "\\flagged"},
	{"UNKEYWORD", SEARCH_FLAG, ARGS_KEYWORD, true, NULL},
	{"UNSEEN", SEARCH_FLAG, ARGS_FLAG, true, "\\seen"},
	{"YOUNGER", SEARCH_YOUNGER, ARGS_NUMBER, false, NULL},
};

static bool
malformed(GError **error)
{
	return base_fail(error, PS_ERROR_MALFORMED, "The search program cannot be read");
}

static void
key_clear(gpointer data)
{
	SearchKey *key = data;
	g_free(key->name);
	g_free(key->text);
	imap_set_free(key->set);
}

static SearchKey *
key_at(Parser *p, guint index)
{
	return &g_array_index(p->search->keys, SearchKey, index);
}

static bool
add_key(Parser *p, SearchKind kind, guint *index, GError **error)
{
	if (p->search->keys->len >= SEARCH_KEYS_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "A search program has more than %u keys",
				 SEARCH_KEYS_MAX);
	}
	SearchKey key = {.kind = kind, .child = SEARCH_NONE, .next = SEARCH_NONE};
	key.costly = kind == SEARCH_BODY || kind == SEARCH_TEXT;
	p->search->asks_content = p->search->asks_content || kind >= SEARCH_LARGER;
	p->search->is_extended = p->search->is_extended || kind == SEARCH_SAVED;
	*index = p->search->keys->len;
	g_array_append_val(p->search->keys, key);
	return true;
}

static bool
take_blank(Parser *p)
{
	bool is = imap_take_octet(&p->rest, ' ');
	imap_take_blanks(&p->rest);
	return is;
}

/* A blank and an astring; NULL if they are not there. (transfer full) */
static char *
take_astring(Parser *p, GError **error)
{
	if (!take_blank(p)) {
		malformed(error);
		return NULL;
	}
	ImapString token = {0};
	if (imap_take_string(&p->rest, &token) == IMAP_TOKEN_WHOLE) {
		g_autoptr(GBytes) octets = imap_token_octets(&token);
		return base_bytes_strdup(base_bytes_of(octets));
	}
	BaseBytes atom = imap_take_while(&p->rest, imap_is_astring_char);
	if (atom.n == 0) {
		malformed(error);
		return NULL;
	}
	return base_bytes_strdup(atom);
}

static bool
read_text(Parser *p, SearchKey *key, GError **error)
{
	g_autofree char *text = take_astring(p, error);
	if (text == NULL) {
		return false;
	}
	if (!g_utf8_validate(text, -1, NULL)) {
		return base_fail(error, PS_ERROR_UNSUPPORTED, "The search text is not UTF-8");
	}
	key->text = imap_search_fold(text, strlen(text));
	return true;
}

static bool
read_name(Parser *p, SearchKey *key, GError **error)
{
	key->name = take_astring(p, error);
	return key->name != NULL;
}

static bool
read_keyword(Parser *p, SearchKey *key, GError **error)
{
	g_autofree char *word = take_astring(p, error);
	if (word == NULL) {
		return false;
	}
	key->name = g_ascii_strdown(word, -1);
	return true;
}

static bool
read_date(Parser *p, SearchKey *key, GError **error)
{
	g_autofree char *text = take_astring(p, error);
	guint32 day = 0;
	if (text == NULL) {
		return false;
	}
	if (!imap_date_parse(base_bytes_str(text), &day)) {
		return malformed(error);
	}
	key->number = day;
	return true;
}

static bool
read_number(Parser *p, SearchKey *key, GError **error)
{
	return (take_blank(p) && imap_take_number(&p->rest, INT64_MAX, &key->number)) ||
	       malformed(error);
}

static bool
is_set_octet(uint8_t c)
{
	return g_ascii_isdigit((char)c) || c == '*' || c == ':' || c == ',';
}

/* sequence-set, or "$", which stands for the result that a search saved (RFC 5182). */
static bool
read_set(Parser *p, SearchKey *key, GError **error)
{
	if (imap_take_octet(&p->rest, '$')) {
		key->kind = SEARCH_SAVED;
		p->search->is_extended = true;
		return true;
	}
	key->set = imap_set_parse(imap_take_while(&p->rest, is_set_octet), error);
	return key->set != NULL;
}

static bool
read_uid_set(Parser *p, SearchKey *key, GError **error)
{
	return take_blank(p) ? read_set(p, key, error) : malformed(error);
}

/* [entry-name SP entry-type-req SP] mod-sequence-valzer (RFC 7162 section 3.1.5) */
static bool
read_modseq(Parser *p, SearchKey *key, GError **error)
{
	ImapString entry = {0};
	if (!take_blank(p)) {
		return malformed(error);
	}
	if (imap_take_string(&p->rest, &entry) == IMAP_TOKEN_WHOLE) {
		take_blank(p);
		imap_take_while(&p->rest, imap_is_atom_char);
		take_blank(p);
	}
	return imap_take_number(&p->rest, INT64_MAX, &key->number) || malformed(error);
}

static bool
read_nothing(Parser *p, SearchKey *key, GError **error)
{
	(void)p;
	(void)key;
	(void)error;
	return true;
}

static bool
read_header(Parser *p, SearchKey *key, GError **error)
{
	return read_name(p, key, error) && read_text(p, key, error);
}

typedef bool (*ReadArgs)(Parser *p, SearchKey *key, GError **error);

/* Keys that hold no other keys. */
static const ReadArgs readers[] = {
	[ARGS_NONE] = read_nothing,  [ARGS_FLAG] = read_nothing,  [ARGS_KEYWORD] = read_keyword,
	[ARGS_TEXT] = read_text,     [ARGS_HEADER] = read_header, [ARGS_DATE] = read_date,
	[ARGS_NUMBER] = read_number, [ARGS_SET] = read_uid_set,   [ARGS_MODSEQ] = read_modseq,
};

static bool parse_key(Parser *p, guint *index, GError **error);

/* Reads @n keys, with @n 0 all up to ")" or the end, each as a child of @parent. */
static bool
parse_children(Parser *p, guint parent, guint n, GError **error)
{
	if (++p->depth > SEARCH_DEPTH_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "A search program is nested too deeply");
	}
	guint last = SEARCH_NONE;
	for (guint i = 0; n == 0 || i < n; i++) {
		guint index = SEARCH_NONE;
		if (!parse_key(p, &index, error)) {
			return false;
		}
		if (last == SEARCH_NONE) {
			key_at(p, parent)->child = index;
		} else {
			key_at(p, last)->next = index;
		}
		last = index;
		bool costly = key_at(p, index)->costly;
		key_at(p, parent)->costly = key_at(p, parent)->costly || costly;
		bool more = n == 0 ? p->rest.n > 0 && p->rest.p[0] == ' ' : i + 1 < n;
		if (!more) {
			break;
		}
		if (!take_blank(p)) {
			return malformed(error);
		}
		if (n == 0 && p->rest.n == 0) {
			break;
		}
	}
	p->depth--;
	return true;
}

static bool
parse_new(Parser *p, guint parent, GError **error)
{
	guint recent = 0;
	guint unseen = 0;
	if (!add_key(p, SEARCH_FLAG, &recent, error) || !add_key(p, SEARCH_FLAG, &unseen, error)) {
		return false;
	}
	key_at(p, recent)->name = g_strdup("\\recent");
	key_at(p, recent)->next = unseen;
	key_at(p, unseen)->name = g_strdup("\\seen");
	key_at(p, unseen)->negated = true;
	key_at(p, parent)->child = recent;
	return true;
}

static bool
parse_word(Parser *p, BaseBytes word, guint *index, GError **error)
{
	guint i = 0;
	while (i < G_N_ELEMENTS(words) &&
	       !base_bytes_equal_nocase(word, base_bytes_str(words[i].word))) {
		i++;
	}
	if (i == G_N_ELEMENTS(words)) {
		return base_fail(error, PS_ERROR_UNSUPPORTED, "A search key is not known");
	}
	if (!add_key(p, words[i].kind, index, error)) {
		return false;
	}
	if (words[i].args == ARGS_NEW) {
		return parse_new(p, *index, error);
	}
	if (words[i].args == ARGS_KEY || words[i].args == ARGS_TWO_KEYS) {
		return take_blank(p)
			       ? parse_children(p, *index, words[i].args == ARGS_KEY ? 1 : 2, error)
			       : malformed(error);
	}
	SearchKey *key = key_at(p, *index);
	key->negated = words[i].negated;
	key->name = g_strdup(words[i].name);
	return readers[words[i].args](p, key, error);
}

static bool
parse_key(Parser *p, guint *index, GError **error)
{
	if (imap_take_octet(&p->rest, '(')) {
		return add_key(p, SEARCH_AND, index, error) &&
		       parse_children(p, *index, 0, error) &&
		       (imap_take_octet(&p->rest, ')') || malformed(error));
	}
	if (p->rest.n > 0 && (is_set_octet(p->rest.p[0]) || p->rest.p[0] == '$')) {
		return add_key(p, SEARCH_SEQUENCE, index, error) &&
		       read_set(p, key_at(p, *index), error);
	}
	BaseBytes word = imap_take_while(&p->rest, imap_is_atom_char);
	return word.n > 0 ? parse_word(p, word, index, error) : malformed(error);
}

/* @word, if it comes next with a blank behind it; that is not taken. */
static bool
take_word(Parser *p, const char *word)
{
	BaseBytes rest = p->rest;
	BaseBytes atom = imap_take_while(&rest, imap_is_atom_char);
	if (!base_bytes_equal_nocase(atom, base_bytes_str(word)) || rest.n == 0 ||
	    rest.p[0] != ' ') {
		return false;
	}
	p->rest = rest;
	return true;
}

static bool
parse_options(Parser *p, GError **error)
{
	BaseBytes options;
	if (take_word(p, "RETURN")) {
		p->search->is_extended = true;
		if (!take_blank(p) || imap_take_group(&p->rest, &options) != IMAP_TOKEN_WHOLE ||
		    !take_blank(p)) {
			return malformed(error);
		}
	}
	if (!take_word(p, "CHARSET")) {
		return true;
	}
	g_autofree char *charset = take_astring(p, error);
	if (charset == NULL) {
		return false;
	}
	if (g_ascii_strcasecmp(charset, "utf-8") != 0 &&
	    g_ascii_strcasecmp(charset, "us-ascii") != 0) {
		return base_fail(error, PS_ERROR_UNSUPPORTED,
				 "The charset of the search is not known");
	}
	return take_blank(p) || malformed(error);
}

ImapSearch *
imap_search_parse(BaseBytes args, GError **error)
{
	g_autoptr(ImapSearch) search = g_new0(ImapSearch, 1);
	search->keys = g_array_new(FALSE, TRUE, sizeof(SearchKey));
	g_array_set_clear_func(search->keys, key_clear);
	Parser p = {search, imap_without_line_end(args), 0};
	guint root = 0;
	imap_take_blanks(&p.rest);
	if (!parse_options(&p, error) || !add_key(&p, SEARCH_AND, &root, error) ||
	    !parse_children(&p, root, 0, error)) {
		return NULL;
	}
	if (p.rest.n > 0) {
		malformed(error);
		return NULL;
	}
	return g_steal_pointer(&search);
}

void
imap_search_free(ImapSearch *search)
{
	if (search != NULL) {
		g_array_unref(search->keys);
		g_free(search);
	}
}

bool
imap_search_asks_content(const ImapSearch *search)
{
	return search->asks_content;
}

bool
imap_search_asks_field(const ImapSearch *search, const char *name)
{
	for (guint i = 0; i < search->keys->len; i++) {
		const SearchKey *key = search_key_at(search, i);
		bool named = key->kind == SEARCH_HEADER && g_ascii_strcasecmp(key->name, name) == 0;
		if (named || key->kind == SEARCH_TEXT || key->kind == SEARCH_LARGER ||
		    key->kind == SEARCH_SMALLER) {
			return true;
		}
	}
	return false;
}

bool
imap_search_is_extended(const ImapSearch *search)
{
	return search->is_extended;
}
