/* SPDX-License-Identifier: MPL-2.0 */
/* Tokens of commands and responses, as spans. */
#include "imap/token.h"

#include "imap/literal.h"

#define DEPTH_MAX 1000U /* parentheses in each other */

/*
 *	atom-specials = "(" / ")" / "{" / SP / CTL / "%" / "*" / DQUOTE / "\" / "]"
 *	ATOM-CHAR     = <any CHAR except atom-specials>
 *	ASTRING-CHAR  = ATOM-CHAR / "]"
 */
bool
imap_is_astring_char(uint8_t c)
{
	return c > ' ' && c != 0x7f && strchr("(){%*\"\\", c) == NULL;
}

bool
imap_is_atom_char(uint8_t c)
{
	return c != ']' && imap_is_astring_char(c);
}

BaseBytes
imap_without_line_end(BaseBytes line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\n') {
		line.n--;
		line.n -= line.n > 0 && line.p[line.n - 1] == '\r';
	}
	return line;
}

static void
skip(BaseBytes *rest, size_t n)
{
	*rest = base_bytes_slice(*rest, n, SIZE_MAX);
}

bool
imap_take_octet(BaseBytes *rest, char c)
{
	if (rest->n == 0 || rest->p[0] != (uint8_t)c) {
		return false;
	}
	skip(rest, 1);
	return true;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ';
}

void
imap_take_blanks(BaseBytes *rest)
{
	imap_take_while(rest, is_blank);
}

bool
imap_take_number(BaseBytes *rest, uint64_t max, uint64_t *out)
{
	size_t n = 0;
	uint64_t value = 0;

	for (; n < rest->n && g_ascii_isdigit((char)rest->p[n]); n++) {
		uint64_t digit = (uint64_t)(rest->p[n] - '0');
		if (digit > max || value > (max - digit) / 10) {
			return false;
		}
		value = value * 10 + digit;
	}
	if (n == 0) {
		return false;
	}
	skip(rest, n);
	*out = value;
	return true;
}

BaseBytes
imap_take_while(BaseBytes *rest, bool (*is)(uint8_t c))
{
	size_t n = 0;

	while (n < rest->n && is(rest->p[n])) {
		n++;
	}
	BaseBytes span = base_bytes_slice(*rest, 0, n);
	skip(rest, n);
	return span;
}

static ImapTokenState
take_literal(BaseBytes *rest, ImapString *out)
{
	ImapLiteral literal = {0};
	size_t head = 0;

	if (!imap_literal_at_start(*rest, &literal, &head)) {
		return IMAP_TOKEN_NONE;
	}
	if (rest->n == head) {
		return IMAP_TOKEN_PENDING;
	}
	if (rest->n - head < literal.size) {
		return IMAP_TOKEN_NONE;
	}
	out->wire = base_bytes_slice(*rest, 0, head + (size_t)literal.size);
	out->octets = base_bytes_slice(out->wire, head, SIZE_MAX);
	out->quoted = false;
	skip(rest, out->wire.n);
	return IMAP_TOKEN_WHOLE;
}

/* quoted = DQUOTE *(<any TEXT-CHAR except DQUOTE and "\"> / "\" (DQUOTE / "\")) DQUOTE. A backslash
 * before anything else is passed over with what follows, as servers do. */
static ImapTokenState
take_quoted(BaseBytes *rest, ImapString *out)
{
	size_t n = 1;

	while (n < rest->n && rest->p[n] != '"') {
		n += rest->p[n] == '\\' && n + 1 < rest->n;
		if (rest->p[n] == '\r' || rest->p[n] == '\n' || rest->p[n] == 0) {
			return IMAP_TOKEN_NONE;
		}
		n++;
	}
	if (n >= rest->n) {
		return IMAP_TOKEN_NONE;
	}
	out->wire = base_bytes_slice(*rest, 0, n + 1);
	out->octets = base_bytes_slice(*rest, 1, n - 1);
	out->quoted = true;
	skip(rest, n + 1);
	return IMAP_TOKEN_WHOLE;
}

ImapTokenState
imap_take_string(BaseBytes *rest, ImapString *out)
{
	if (rest->n == 0) {
		return IMAP_TOKEN_NONE;
	}
	return rest->p[0] == '"' ? take_quoted(rest, out) : take_literal(rest, out);
}

GBytes *
imap_token_octets(const ImapString *string)
{
	BaseBytes in = string->octets;
	size_t n = 0;

	if (!string->quoted || memchr(in.p, '\\', in.n) == NULL) {
		return base_bytes_dup(in);
	}
	uint8_t *octets = g_malloc(in.n);
	for (size_t i = 0; i < in.n; i++) {
		i += in.p[i] == '\\' && i + 1 < in.n;
		octets[n++] = in.p[i];
	}
	return g_bytes_new_take(octets, n);
}

/* One octet or one string inside a group. */
static ImapTokenState
take_inner(BaseBytes *rest, guint *literals)
{
	ImapString string = {0};
	uint8_t c = rest->p[0];

	if (c == '"') {
		return imap_take_string(rest, &string);
	}
	if (c == '{') {
		ImapTokenState state = imap_take_string(rest, &string);
		if (state != IMAP_TOKEN_NONE) {
			return (*literals)-- > 0 ? state : IMAP_TOKEN_NONE;
		}
	}
	if (c == '\r' || c == '\n' || c == 0) {
		return IMAP_TOKEN_NONE;
	}
	skip(rest, 1);
	return IMAP_TOKEN_WHOLE;
}

ImapTokenState
imap_take_group_within(BaseBytes *rest, BaseBytes *out, guint *literals)
{
	BaseBytes at = *rest;
	size_t depth = 0;
	bool square = at.n > 0 && at.p[0] == '[';
	uint8_t end = square ? ']' : ')';

	if (!imap_take_octet(&at, square ? '[' : '(')) {
		return IMAP_TOKEN_NONE;
	}
	while (at.n > 0 && !(depth == 0 && at.p[0] == end)) {
		uint8_t c = at.p[0];
		ImapTokenState state = take_inner(&at, literals);
		if (state != IMAP_TOKEN_WHOLE) {
			return state;
		}
		depth += c == '(';
		if (depth > DEPTH_MAX || (c == ')' && depth == 0)) {
			return IMAP_TOKEN_NONE;
		}
		depth -= c == ')';
	}
	if (at.n == 0) {
		return IMAP_TOKEN_NONE;
	}
	*out = base_bytes_slice(*rest, 0, rest->n - at.n + 1);
	skip(rest, out->n);
	return IMAP_TOKEN_WHOLE;
}

ImapTokenState
imap_take_group(BaseBytes *rest, BaseBytes *out)
{
	guint literals = G_MAXUINT;
	return imap_take_group_within(rest, out, &literals);
}
