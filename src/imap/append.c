/* SPDX-License-Identifier: MPL-2.0 */
/* APPEND commands: where a message goes, and the literal that it comes in. */
#include "imap/append.h"

#include "imap/token.h"

static bool
take_astring(BaseBytes *rest, BaseBytes *out)
{
	ImapString string = {0};

	*out = imap_take_while(rest, imap_is_astring_char);
	if (out->n > 0) {
		return true;
	}
	bool is = imap_take_string(rest, &string) == IMAP_TOKEN_WHOLE;
	*out = string.wire;
	return is;
}

static bool
take_utf8(BaseBytes *rest)
{
	if (!base_bytes_starts_nocase(*rest, "UTF8 (~{")) {
		return false;
	}
	*rest = base_bytes_slice(*rest, strlen("UTF8 ("), SIZE_MAX);
	return true;
}

/*
 *	append-message = [SP flag-list] [SP date-time] SP append-data       ; RFC 3502
 *section 6.3.11 append-data    = literal / literal8 / "UTF8" SP "(" literal8 ")"   ; RFC 3516, RFC
 *6855
 *
 * @rest stands behind the first blank.
 */
static bool
parse_message(BaseBytes rest, ImapAppend *out)
{
	ImapString date = {0};
	size_t head = 0;

	imap_take_blanks(&rest);
	if (rest.n > 0 && rest.p[0] == '(') {
		if (imap_take_group(&rest, &out->flags) != IMAP_TOKEN_WHOLE ||
		    !imap_take_octet(&rest, ' ')) {
			return false;
		}
		imap_take_blanks(&rest);
	}
	if (rest.n > 0 && rest.p[0] == '"') {
		if (imap_take_string(&rest, &date) != IMAP_TOKEN_WHOLE ||
		    !imap_take_octet(&rest, ' ')) {
			return false;
		}
		out->date = date.wire;
		imap_take_blanks(&rest);
	}
	out->utf8 = take_utf8(&rest);
	return imap_literal_at_start(rest, &out->literal, &head) && head == rest.n;
}

/* append = "APPEND" SP mailbox 1*append-message */
bool
imap_append_parse(BaseBytes line, ImapAppend *out)
{
	ImapAppend append = {0};
	BaseBytes rest = line;

	imap_take_blanks(&rest);
	if (!take_astring(&rest, &append.mailbox) || !imap_take_octet(&rest, ' ') ||
	    !parse_message(rest, &append)) {
		return false;
	}
	*out = append;
	return true;
}

ImapAppendAfter
imap_append_after(const ImapAppend *append, BaseBytes line, ImapAppend *next)
{
	ImapAppend more = {.mailbox = append->mailbox};
	BaseBytes rest = line;

	if (append->utf8 && !imap_take_octet(&rest, ')')) {
		return IMAP_APPEND_BROKEN;
	}
	BaseBytes after = rest;
	imap_take_blanks(&after);
	if (after.n > 0 && imap_without_line_end(after).n == 0) {
		return IMAP_APPEND_END;
	}
	if (!imap_take_octet(&rest, ' ') || !parse_message(rest, &more)) {
		return IMAP_APPEND_BROKEN;
	}
	*next = more;
	return IMAP_APPEND_MORE;
}
