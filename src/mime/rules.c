/* SPDX-License-Identifier: MPL-2.0 */
/* The author's rules for a message: Originator-Rules (design.md 3.5). */
#include "mime/rules.h"

#include "base/clock.h"

#define INNER_ITEMS_MAX 64U /* items of one inner list */
#define DIGITS_MAX      15U /* RFC 8941 section 3.3.1 */

static const char *const lists_names[] = {NULL, "open", "reseal", "no"};
static const char *const forward_names[] = {NULL, "open", "sealed", "no"};
static const char *const reply_names[] = {NULL, "open", "sealed"};

const char *
mime_rule_lists_name(MimeRuleLists lists)
{
	return lists_names[lists];
}

const char *
mime_rule_forward_name(MimeRuleForward forward)
{
	return forward_names[forward];
}

const char *
mime_rule_reply_name(MimeRuleReply reply)
{
	return reply_names[reply];
}

/* Index of @word in @names, 0 (unset) if it is not there. */
static unsigned
find_word(const char *const *names, size_t n, BaseBytes word)
{
	for (unsigned i = 1; i < n; i++) {
		if (base_bytes_equal(word, base_bytes_str(names[i]))) {
			return i;
		}
	}
	return 0;
}

/* One bare item of RFC 8941 section 3.3, as far as rules need it. */
typedef enum {
	ITEM_OTHER,
	ITEM_TOKEN,
	ITEM_DATE
} ItemKind;

typedef struct {
	ItemKind kind;
	BaseBytes token;
	int64_t date;
} Item;

typedef struct {
	BaseBytes in;
	size_t at;
} Cursor;

static uint8_t
peek(const Cursor *c)
{
	return c->at < c->in.n ? c->in.p[c->at] : 0;
}

static bool
take(Cursor *c, char wanted)
{
	if (peek(c) != (uint8_t)wanted) {
		return false;
	}
	c->at++;
	return true;
}

static void
skip_space(Cursor *c)
{
	while (peek(c) != 0 && strchr(" \t\r\n", peek(c)) != NULL) {
		c->at++;
	}
}

/* Octets from here that @more accepts. */
static BaseBytes
take_while(Cursor *c, bool (*more)(uint8_t))
{
	size_t from = c->at;
	while (peek(c) != 0 && more(peek(c))) {
		c->at++;
	}
	return base_bytes_slice(c->in, from, c->at - from);
}

/* key = ( lcalpha / "*" ) *( lcalpha / DIGIT / "_" / "-" / "." / "*" ) */
static bool
is_key(uint8_t b)
{
	return g_ascii_islower((char)b) || g_ascii_isdigit((char)b) || strchr("_-.*", b) != NULL;
}

/* sf-token = ( ALPHA / "*" ) *( tchar / ":" / "/" ) */
static bool
is_token(uint8_t b)
{
	return g_ascii_isalnum((char)b) || strchr("!#$%&'*+-.^_`|~:/", b) != NULL;
}

static bool
is_digit(uint8_t b)
{
	return g_ascii_isdigit((char)b);
}

/* sf-binary = ":" *(base64) ":" */
static bool
is_base64(uint8_t b)
{
	return g_ascii_isalnum((char)b) || strchr("+/=", b) != NULL;
}

static bool
take_key(Cursor *c, BaseBytes *key)
{
	bool starts = g_ascii_islower((char)peek(c)) || peek(c) == '*';
	*key = take_while(c, is_key);
	return starts;
}

/* sf-integer = ["-"] 1*15DIGIT; a fraction of a decimal is accepted and dropped. */
static bool
take_number(Cursor *c, int64_t *value)
{
	bool negative = take(c, '-');
	BaseBytes digits = take_while(c, is_digit);
	if (digits.n == 0 || digits.n > DIGITS_MAX) {
		return false;
	}
	int64_t n = 0;
	for (size_t i = 0; i < digits.n; i++) {
		n = n * 10 + (digits.p[i] - '0');
	}
	*value = negative ? -n : n;
	return !take(c, '.') || take_while(c, is_digit).n > 0;
}

/* sf-string = DQUOTE *( unescaped / "\" ( DQUOTE / "\" ) ) DQUOTE */
static bool
take_string(Cursor *c)
{
	c->at++;
	while (c->at < c->in.n) {
		uint8_t b = c->in.p[c->at++];
		if (b == '"') {
			return true;
		}
		if (b == '\\') {
			if (!take(c, '"') && !take(c, '\\')) {
				return false;
			}
		} else if (b < 0x20 || b > 0x7e) {
			return false;
		}
	}
	return false;
}

static bool
take_bare_item(Cursor *c, Item *item)
{
	*item = (Item){.kind = ITEM_OTHER};
	uint8_t first = peek(c);
	if (g_ascii_isalpha((char)first) || first == '*') {
		item->kind = ITEM_TOKEN;
		item->token = take_while(c, is_token);
		return true;
	}
	if (first == '@') {
		item->kind = ITEM_DATE;
		c->at++;
		return take_number(c, &item->date);
	}
	if (first == '"') {
		return take_string(c);
	}
	if (first == '?') {
		c->at++;
		return take(c, '0') || take(c, '1');
	}
	if (first == ':') {
		c->at++;
		take_while(c, is_base64);
		return take(c, ':');
	}
	int64_t ignored;
	return take_number(c, &ignored);
}

/* parameters = *( ";" *SP key [ "=" bare-item ] ) */
static bool
skip_parameters(Cursor *c)
{
	for (unsigned n = 0; take(c, ';'); n++) {
		BaseBytes key;
		Item item;
		skip_space(c);
		if (n == MIME_RULES_KEYS || !take_key(c, &key) ||
		    (take(c, '=') && !take_bare_item(c, &item))) {
			return false;
		}
	}
	return true;
}

/* inner-list = "(" *SP [ sf-item *( 1*SP sf-item ) *SP ] ")" */
static bool
skip_inner_list(Cursor *c)
{
	for (unsigned n = 0; n < INNER_ITEMS_MAX; n++) {
		Item item;
		skip_space(c);
		if (take(c, ')')) {
			return true;
		}
		if (!take_bare_item(c, &item) || !skip_parameters(c) ||
		    (peek(c) != ' ' && peek(c) != ')')) {
			return false;
		}
	}
	return false;
}

/* member-value = sf-item / inner-list; without "=" it is Boolean true. */
static bool
take_member_value(Cursor *c, Item *item)
{
	*item = (Item){.kind = ITEM_OTHER};
	if (take(c, '=')) {
		bool ok = take(c, '(') ? skip_inner_list(c) : take_bare_item(c, item);
		if (!ok) {
			return false;
		}
	}
	return skip_parameters(c);
}

static void
apply(MimeRules *rules, BaseBytes key, const Item *item)
{
	BaseBytes word = item->kind == ITEM_TOKEN ? item->token : (BaseBytes){NULL, 0};
	if (base_bytes_equal(key, BASE_LIT("lists"))) {
		rules->lists =
			(MimeRuleLists)find_word(lists_names, G_N_ELEMENTS(lists_names), word);
	} else if (base_bytes_equal(key, BASE_LIT("forward"))) {
		rules->forward = (MimeRuleForward)find_word(forward_names,
							    G_N_ELEMENTS(forward_names), word);
	} else if (base_bytes_equal(key, BASE_LIT("reply"))) {
		rules->reply =
			(MimeRuleReply)find_word(reply_names, G_N_ELEMENTS(reply_names), word);
	} else if (base_bytes_equal(key, BASE_LIT("expires"))) {
		rules->expires = item->kind == ITEM_DATE && item->date > 0 ? item->date : 0;
	}
}

bool
mime_rules_parse(BaseBytes value, MimeRules *out)
{
	Cursor c = {base_bytes_trim(value), 0};
	MimeRules rules = {0};
	if (c.in.n > MIME_RULES_MAX) {
		return false;
	}
	for (unsigned n = 0; c.at < c.in.n; n++) {
		BaseBytes key;
		Item item;
		if (n == MIME_RULES_KEYS || !take_key(&c, &key) || !take_member_value(&c, &item)) {
			return false;
		}
		apply(&rules, key, &item);
		skip_space(&c);
		if (c.at == c.in.n) {
			break;
		}
		if (!take(&c, ',')) {
			return false;
		}
		skip_space(&c);
		if (c.at == c.in.n) {
			return false; /* a comma promises another member */
		}
	}
	*out = rules;
	return true;
}

static void
append_rule(GString *out, const char *key, const char *value)
{
	if (value != NULL) {
		g_string_append_printf(out, "%s%s=%s", out->len > 0 ? ", " : "", key, value);
	}
}

char *
mime_rules_format(const MimeRules *rules)
{
	g_autoptr(GString) out = g_string_new(NULL);
	append_rule(out, "lists", mime_rule_lists_name(rules->lists));
	append_rule(out, "forward", mime_rule_forward_name(rules->forward));
	append_rule(out, "reply", mime_rule_reply_name(rules->reply));
	if (rules->expires > 0) {
		g_autofree char *date = g_strdup_printf("@%" G_GINT64_FORMAT, rules->expires);
		append_rule(out, "expires", date);
	}
	return out->len == 0 ? NULL : g_string_free(g_steal_pointer(&out), FALSE);
}

static bool
set_expires(MimeRules *rules, const char *value, GError **error)
{
	int64_t time = 0;
	if (!base_clock_parse(value + (value[0] == '@' ? 1 : 0), &time, error)) {
		return false;
	}
	if (time <= 0) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "the rule \"expires\" needs a later time");
	}
	rules->expires = time;
	return true;
}

bool
mime_rules_set(MimeRules *rules, const char *key, const char *value, GError **error)
{
	static const struct {
		const char *key;
		const char *const *names;
		size_t n;
		const char *words;
	} keys[] = {
		{"lists", lists_names, G_N_ELEMENTS(lists_names), "open, reseal or no"},
		{"forward", forward_names, G_N_ELEMENTS(forward_names), "open, sealed or no"},
		{"reply", reply_names, G_N_ELEMENTS(reply_names), "open or sealed"},
	};

	if (g_str_equal(key, "expires")) {
		return set_expires(rules, value, error);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		if (!g_str_equal(key, keys[i].key)) {
			continue;
		}
		unsigned word = find_word(keys[i].names, keys[i].n, base_bytes_str(value));
		if (word == 0) {
			return base_fail(error, PS_ERROR_ARGUMENT,
					 "the rule \"%s\" is %s, not \"%s\"", key, keys[i].words,
					 value);
		}
		Item item = {.kind = ITEM_TOKEN, .token = base_bytes_str(value)};
		apply(rules, base_bytes_str(key), &item);
		return true;
	}
	return base_fail(error, PS_ERROR_ARGUMENT,
			 "there is no rule \"%s\"; there are lists, forward, reply and expires",
			 key);
}

MimeRules
mime_rules_merge(const MimeRules *a, const MimeRules *b)
{
	bool a_first = b->expires == 0 || (a->expires != 0 && a->expires < b->expires);
	return (MimeRules){
		.lists = MAX(a->lists, b->lists),
		.forward = MAX(a->forward, b->forward),
		.reply = MAX(a->reply, b->reply),
		.expires = a_first ? a->expires : b->expires,
	};
}

bool
mime_rules_is_empty(const MimeRules *rules)
{
	return rules->lists == MIME_RULE_LISTS_UNSET && rules->forward == MIME_RULE_FORWARD_UNSET &&
	       rules->reply == MIME_RULE_REPLY_UNSET && rules->expires == 0;
}

bool
mime_rules_read(const MimeHeader *payload_root, MimeRules *out)
{
	g_autoptr(GString) all = g_string_new(NULL);
	for (guint i = 0; i < mime_header_length(payload_root); i++) {
		const MimeField *field = mime_header_at(payload_root, i);
		if (g_ascii_strcasecmp(field->name, MIME_RULES_NAME) != 0 ||
		    *field->value == '\0') {
			continue;
		}
		if (all->len > MIME_RULES_MAX) {
			return false;
		}
		g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", field->value);
	}
	return mime_rules_parse(base_bytes(all->str, all->len), out);
}
