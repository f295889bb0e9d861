/* SPDX-License-Identifier: MPL-2.0 */
/* Status lines and listings. */
#include "pop3/response.h"

/*
 * RFC 2449 section 8:
 * single-line  = status [SP text] CRLF
 * status       = "+OK" / "-ERR"
 * RFC 5034 section 4: a challenge is "+" SP [base64]
 */
bool
pop3_response_parse(BaseBytes line, Pop3Status *status, BaseBytes *text)
{
	static const struct {
		const char *indicator;
		Pop3Status status;
	} table[] = {{"+OK", POP3_OK}, {"-ERR", POP3_ERR}, {"+", POP3_CONTINUE}};

	for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
		size_t n = strlen(table[i].indicator);

		if (!base_bytes_starts_nocase(line, table[i].indicator) ||
		    (line.n > n && line.p[n] != ' ')) {
			continue;
		}
		*status = table[i].status;
		*text = base_bytes_slice(line, n + 1, SIZE_MAX);
		return true;
	}
	return false;
}

/* Reads digits and the blanks behind them. */
static bool
take_number(BaseBytes *text, guint64 max, guint64 *out)
{
	guint64 value = 0;
	size_t i = 0;

	for (; i < text->n && g_ascii_isdigit(text->p[i]); i++) {
		guint digit = (guint)(text->p[i] - '0');

		if (value > (max - digit) / 10) {
			return false;
		}
		value = value * 10 + digit;
	}
	if (i == 0 || (i < text->n && text->p[i] != ' ')) {
		return false;
	}
	for (; i < text->n && text->p[i] == ' '; i++) {
	}
	*text = base_bytes_slice(*text, i, SIZE_MAX);
	*out = value;
	return true;
}

bool
pop3_sizes_parse(BaseBytes text, guint32 *number, guint64 *octets)
{
	guint64 first, second;

	if (!take_number(&text, G_MAXUINT32, &first) || !take_number(&text, G_MAXINT64, &second)) {
		return false;
	}
	*number = (guint32)first;
	*octets = second;
	return true;
}

/* RFC 1939 section 7: one to 70 characters in the range 0x21 to 0x7E. */
bool
pop3_uidl_parse(BaseBytes text, guint32 *number, BaseBytes *id)
{
	guint64 first;

	if (!take_number(&text, G_MAXUINT32, &first)) {
		return false;
	}
	text = base_bytes_trim(text);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < 0x21 || text.p[i] > 0x7E) {
			return false;
		}
	}
	*number = (guint32)first;
	*id = text;
	return text.n >= 1 && text.n <= 70;
}
