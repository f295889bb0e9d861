/* SPDX-License-Identifier: MPL-2.0 */
/* Literals: what a line announces at its end. */
#include "imap/literal.h"

/*
 * RFC 9051 section 9, RFC 3516 section 7, RFC 7888 section 8:
 *
 *	literal  = "{" number64 ["+"] "}" CRLF *CHAR8
 *	literal8 = "~{" number64 ["+"] "}" CRLF *OCTET
 *
 * A bare LF counts as a line end, since servers take it for one: whoever reads fewer literals than
 * the other side runs data as commands.
 */
#define DIGITS_MAX      32U /* leading zeros included */
#define SIZE_MAX_OCTETS G_GUINT64_CONSTANT(0x7fffffffffffffff)

static bool
take(BaseBytes *text, char c)
{
	if (text->n == 0 || text->p[0] != (uint8_t)c) {
		return false;
	}
	*text = base_bytes_slice(*text, 1, SIZE_MAX);
	return true;
}

static bool
take_size(BaseBytes *text, uint64_t *size)
{
	size_t n = 0;
	uint64_t value = 0;

	for (; n < text->n && n < DIGITS_MAX && g_ascii_isdigit((char)text->p[n]); n++) {
		uint64_t digit = (uint64_t)(text->p[n] - '0');
		if (value > (SIZE_MAX_OCTETS - digit) / 10) {
			return false;
		}
		value = value * 10 + digit;
	}
	*text = base_bytes_slice(*text, n, SIZE_MAX);
	*size = value;
	return n > 0;
}

bool
imap_literal_at_start(BaseBytes text, ImapLiteral *out, size_t *head)
{
	ImapLiteral literal = {0};
	BaseBytes rest = text;

	literal.binary = take(&rest, '~');
	if (!take(&rest, '{') || !take_size(&rest, &literal.size)) {
		return false;
	}
	literal.non_sync = take(&rest, '+');
	if (!take(&rest, '}')) {
		return false;
	}
	take(&rest, '\r');
	if (!take(&rest, '\n')) {
		return false;
	}
	*out = literal;
	*head = text.n - rest.n;
	return true;
}

bool
imap_literal_at_end(BaseBytes line, ImapLiteral *out)
{
	size_t longest = MIN(line.n, DIGITS_MAX + strlen("{+}\r\n"));
	ImapLiteral literal = {0};
	size_t head = 0;

	for (size_t back = 1; back <= longest; back++) {
		size_t at = line.n - back;
		if (line.p[at] != '{') {
			continue;
		}
		at -= at > 0 && line.p[at - 1] == '~';
		BaseBytes tail = base_bytes_slice(line, at, SIZE_MAX);
		if (!imap_literal_at_start(tail, &literal, &head) || head != tail.n) {
			return false;
		}
		*out = literal;
		return true;
	}
	return false;
}
