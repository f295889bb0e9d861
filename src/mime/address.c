/* SPDX-License-Identifier: MPL-2.0 */
/* Address lists: tolerant in reading, strict in saying what was odd. */
#include "mime/address.h"

#include "base/limits.h"
#include "mime/rfc2047.h"

void
mime_mailbox_free(MimeMailbox *mailbox)
{
	if (mailbox != NULL) {
		g_free(mailbox->display);
		g_free(mailbox->address);
		g_free(mailbox);
	}
}

/* ---- addr-spec ---- */

/* atext of RFC 5322 section 3.2.3 with the UTF-8 of RFC 6532 section 3.2 */
static bool
is_atext(char c)
{
	return (c & 0x80) != 0 || g_ascii_isalnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* dot-atom = 1*atext *("." 1*atext); the offset after it, or 0. */
static size_t
dot_atom(const char *s)
{
	size_t n = 0;
	for (;;) {
		size_t from = n;
		while (is_atext(s[n])) {
			n++;
		}
		if (n == from) {
			return 0;
		}
		if (s[n] != '.') {
			return n;
		}
		n++;
	}
}

/* quoted-string = DQUOTE *(qtext / quoted-pair) DQUOTE; the offset after it, or 0. */
static size_t
quoted_string(const char *s)
{
	if (*s != '"') {
		return 0;
	}
	size_t n = 1;
	while (s[n] != '\0' && s[n] != '"') {
		n += s[n] == '\\' && s[n + 1] != '\0' ? 2 : 1;
	}
	return s[n] == '"' ? n + 1 : 0;
}

/* domain-literal = "[" *dtext "]" ; RFC 5322 section 3.4.1 */
static size_t
domain_literal(const char *s)
{
	size_t n = *s == '[' ? 1 + strcspn(s + 1, "[]\\ \t") : 0;
	return n > 1 && s[n] == ']' ? n + 1 : 0;
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		if (g_ascii_iscntrl(*s) && *s != '\t') {
			return true;
		}
	}
	return false;
}

bool
mime_address_is_valid(const char *address)
{
	size_t local = *address == '"' ? quoted_string(address) : dot_atom(address);
	if (local == 0 || address[local] != '@') {
		return false;
	}
	const char *domain = address + local + 1;
	size_t n = *domain == '[' ? domain_literal(domain) : dot_atom(domain);
	return n > 0 && domain[n] == '\0' && !has_control(address) &&
	       g_utf8_validate(address, -1, NULL);
}

/* Valid or nearly so: one "@" with something on both sides and nothing that could be taken for
 * structure. */
static bool
is_plausible(const char *address)
{
	const char *at = strchr(address, '@');
	return mime_address_is_valid(address) ||
	       (at != NULL && at != address && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
		strpbrk(address, " \t<>(),;:\"\\") == NULL && !has_control(address) &&
		g_utf8_validate(address, -1, NULL));
}

/* Grammar that only tricksters use: structure inside a quoted local part, encoded words in an
 * address. */
static bool
is_tricky(const char *address)
{
	size_t quoted = quoted_string(address);
	for (size_t i = 1; i + 1 < quoted; i++) {
		if (strchr("@<>,;:\\()", address[i]) != NULL) {
			return true;
		}
	}
	return strstr(address, "=?") != NULL;
}

/* ---- display names ---- */

static bool
is_at_sign(gunichar c)
{
	return c == '@' || c == 0xff20 || c == 0xfe6b;
}

/* The address-like word around each "@" of @display must be @address. */
static bool
shows_other_address(const char *display, const char *address)
{
	g_auto(GStrv) words = g_strsplit_set(display, " \t<>()[]\"',;:", -1);
	for (guint i = 0; words[i] != NULL; i++) {
		bool at = false;
		for (const char *p = words[i]; *p != '\0';) {
			const char *next = p + g_utf8_skip[(guchar)*p];
			at = at ||
			     (is_at_sign(g_utf8_get_char(p)) && p != words[i] && *next != '\0');
			p = next;
		}
		if (at && g_ascii_strcasecmp(words[i], address) != 0) {
			return true;
		}
	}
	return false;
}

static MimeMailbox *
mailbox_new(const char *display, const char *address)
{
	MimeMailbox *m = g_new(MimeMailbox, 1);
	m->display = g_strstrip(mime_rfc2047_decode(display));
	m->address = g_strdup(address);
	m->display_is_other = shows_other_address(m->display, address);
	return m;
}

/* ---- the list ---- */

/* One address of a list while it is read. */
typedef struct {
	GString *phrase;  /* words and quoted strings, unquoted */
	GString *bare;    /* the same as written, without comments */
	GString *comment; /* the last one */
	char *angle;      /* between "<" and ">" */
	bool gap;         /* a blank or comment came after the last word */
} Item;

typedef struct {
	const char *at;
	guint flags;
	bool in_group;
	GPtrArray *out;
	Item item;
} Reader;

static void
item_reset(Item *item)
{
	g_string_truncate(item->phrase, 0);
	g_string_truncate(item->bare, 0);
	g_string_truncate(item->comment, 0);
	g_clear_pointer(&item->angle, g_free);
	item->gap = false;
}

static void
item_word(Item *item, const char *text, const char *raw, size_t raw_n)
{
	if (item->angle != NULL) {
		return; /* flagged by the caller; the name stands before the address */
	}
	if (item->gap && item->bare->len > 0) {
		g_string_append_c(item->phrase, ' ');
		g_string_append_c(item->bare, ' ');
	}
	item->gap = false;
	g_string_append(item->phrase, text);
	g_string_append_len(item->bare, raw, (gssize)raw_n);
}

static void
add_mailbox(Reader *r, const char *display, const char *address)
{
	bool plausible = is_plausible(address);
	if (!mime_address_is_valid(address) || is_tricky(address)) {
		r->flags |= MIME_ADDRESS_ODD;
	}
	if (!plausible) {
		return;
	}
	if (r->out->len >= BASE_LIMIT_ADDRESSES) {
		r->flags |= MIME_ADDRESS_CUT;
		return;
	}
	g_ptr_array_add(r->out, mailbox_new(display, address));
}

static void
item_done(Reader *r)
{
	Item *item = &r->item;
	if (item->angle != NULL) {
		const char *name = item->phrase->len > 0 ? item->phrase->str : item->comment->str;
		add_mailbox(r, name, item->angle);
	} else if (item->bare->len > 0) {
		add_mailbox(r, item->comment->str, item->bare->str);
	} else if (!r->in_group) {
		r->flags |= MIME_ADDRESS_ODD; /* nothing between two commas */
	}
	item_reset(item);
}

/* comment = "(" *(ctext / quoted-pair / comment) ")", counted, not recursed */
static void
read_comment(Reader *r)
{
	guint depth = 0;
	GString *text = r->item.comment;
	g_string_truncate(text, 0);
	do {
		char c = *r->at;
		if (c == '\\' && r->at[1] != '\0') {
			c = *++r->at;
		} else if (c == '(') {
			depth++;
		} else if (c == ')') {
			depth--;
		}
		g_string_append_c(text, c);
		r->at++;
	} while (*r->at != '\0' && depth > 0);
	if (depth > 0) {
		r->flags |= MIME_ADDRESS_ODD;
	} else {
		g_string_truncate(text, text->len - 1);
	}
	g_string_erase(text, 0, 1);
	r->item.gap = true;
}

static void
read_quoted(Reader *r)
{
	size_t n = quoted_string(r->at);
	if (n == 0) {
		r->flags |= MIME_ADDRESS_ODD;
		n = strlen(r->at);
	}
	if (r->item.angle != NULL) {
		r->flags |= MIME_ADDRESS_ODD;
	}
	g_autoptr(GString) text = g_string_new(NULL);
	for (size_t i = 1; i < n && r->at[i] != '"'; i++) {
		i += r->at[i] == '\\' && i + 1 < n;
		g_string_append_c(text, r->at[i]);
	}
	item_word(&r->item, text->str, r->at, n);
	r->at += n;
}

/* angle-addr = "<" addr-spec ">" ; a second one, or none at all inside, is odd. */
static void
read_angle(Reader *r)
{
	const char *p = r->at + 1;
	while (*p != '\0' && *p != '>') {
		size_t quoted = quoted_string(p);
		bool open = *p == '"' && quoted == 0; /* the rest is one string that never ends */
		p += open ? strlen(p) : MAX(quoted, 1);
	}
	if (r->item.angle != NULL || *p == '\0') {
		r->flags |= MIME_ADDRESS_ODD;
	}
	g_free(r->item.angle);
	r->item.angle = g_strstrip(g_strndup(r->at + 1, (gsize)(p - r->at) - 1));
	r->at = *p == '\0' ? p : p + 1;
}

static void
read_atom(Reader *r)
{
	size_t n = strcspn(r->at, " \t,;:<>()\"");
	g_autofree char *text = g_strndup(r->at, n);
	if (r->item.angle != NULL) {
		r->flags |= MIME_ADDRESS_ODD;
	}
	item_word(&r->item, text, r->at, n);
	r->at += n;
}

static void
group_begins(Reader *r)
{
	if (r->in_group || r->item.angle != NULL || r->item.bare->len == 0) {
		r->flags |= MIME_ADDRESS_ODD;
	}
	r->flags |= MIME_ADDRESS_GROUP;
	r->in_group = true;
	item_reset(&r->item);
}

static void
group_ends(Reader *r)
{
	if (!r->in_group) {
		r->flags |= MIME_ADDRESS_ODD;
	}
	if (r->item.bare->len > 0 || r->item.angle != NULL) {
		item_done(r);
	}
	r->in_group = false;
	/* "group: a, b;" is complete; a comma or the end may follow */
	r->at += strspn(r->at, " \t");
	if (*r->at == ',') {
		r->at++;
	}
}

static void
read_special(Reader *r, char c)
{
	r->at++;
	switch (c) {
	case ',':
		item_done(r);
		break;
	case ';':
		group_ends(r);
		break;
	case ':':
		group_begins(r);
		break;
	case '>':
	case ')':
		r->flags |= MIME_ADDRESS_ODD;
		break;
	default: /* blank */
		r->item.gap = true;
		break;
	}
}

static void
read_list(Reader *r)
{
	bool group_closed = false;
	while (*r->at != '\0' && (r->flags & MIME_ADDRESS_CUT) == 0) {
		char c = *r->at;
		group_closed = c == ';' || (group_closed && (c == ' ' || c == '\t'));
		if (c == '(') {
			read_comment(r);
		} else if (c == '"') {
			read_quoted(r);
		} else if (c == '<') {
			read_angle(r);
		} else if (strchr(" \t,;:>)", c) != NULL) {
			read_special(r, c);
		} else {
			read_atom(r);
		}
	}
	if (!group_closed || r->item.bare->len > 0 || r->item.angle != NULL) {
		item_done(r);
	}
	if (r->in_group) {
		r->flags |= MIME_ADDRESS_ODD;
	}
}

static void
mailbox_free(gpointer mailbox)
{
	mime_mailbox_free(mailbox);
}

/* Appends the mailboxes of @value to @out; returns flags without EMPTY and MULTIPLE. */
static guint
parse_into(GPtrArray *out, const char *value)
{
	if (*(value + strspn(value, " \t")) == '\0') {
		return 0;
	}
	Reader r = {.at = value, .out = out};
	r.item.phrase = g_string_new(NULL);
	r.item.bare = g_string_new(NULL);
	r.item.comment = g_string_new(NULL);
	read_list(&r);
	g_string_free(r.item.phrase, TRUE);
	g_string_free(r.item.bare, TRUE);
	g_string_free(r.item.comment, TRUE);
	return r.flags | (has_control(value) ? MIME_ADDRESS_ODD : 0U);
}

static void
set_flags(MimeAddressFlags *flags, guint found, guint n)
{
	found |= n == 0 ? MIME_ADDRESS_EMPTY : 0U;
	found |= n > 1 ? MIME_ADDRESS_MULTIPLE : 0U;
	if (flags != NULL) {
		*flags = (MimeAddressFlags)found;
	}
}

GPtrArray *
mime_addresses_parse(const char *value, MimeAddressFlags *flags)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(mailbox_free);
	guint found = parse_into(out, value);
	set_flags(flags, found, out->len);
	return out;
}

GPtrArray *
mime_addresses_of(const MimeHeader *header, const char *name, MimeAddressFlags *flags)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(mailbox_free);
	guint found = 0;
	for (guint i = 0; i < mime_header_length(header); i++) {
		const MimeField *f = mime_header_at(header, i);
		if (g_ascii_strcasecmp(f->name, name) == 0) {
			found |= parse_into(out, f->value);
		}
	}
	set_flags(flags, found, out->len);
	return out;
}
