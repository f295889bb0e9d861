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

static void
skip_utf8(BaseBytes *rest)
{
	bool utf8 = base_bytes_starts_nocase(*rest, "UTF8 (~{");
	*rest = base_bytes_slice(*rest, utf8 ? strlen("UTF8 (") : 0, SIZE_MAX);
}

/*
 *	append-message = [SP flag-list] [SP date-time] SP append-data    ; RFC 3502 section 6.3.11
 *	append-data    = literal / literal8                              ; RFC 3516
 *	append-data    =/ "UTF8" SP "(" literal8 ")"                     ; RFC 6855 section 4
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
		imap_take_blanks(&rest);
	}
	skip_utf8(&rest);
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
