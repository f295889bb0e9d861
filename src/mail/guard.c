/* SPDX-License-Identifier: MPL-2.0 */
/* What a server says, looked at before it is parsed. */
#include "mail/guard.h"

void
mail_guard_allow(MailGuard *guard, guint64 budget, guint64 literal)
{
	guard->budget = budget;
	guard->literal = literal;
}

static void
end_line(MailGuard *g)
{
	bool literal = g->at == MAIL_GUARD_CLOSED;
	g->skip = literal ? g->announced : 0;
	g->depth = literal ? g->depth : 0;
	g->line = 0;
	g->quoted = false;
	g->escaped = false;
	g->at = MAIL_GUARD_TEXT;
}

/* literal = "{" number ["+" / "-"] "}" CRLF *CHAR8 (RFC 9051 section 9); anywhere at the end of a
 * line, since a parser may look for one where it should not. */
static void
note_brace(MailGuard *g, uint8_t c)
{
	if (c == '{') {
		g->at = MAIL_GUARD_BRACE;
		g->announced = 0;
	} else if (g->at == MAIL_GUARD_BRACE && g_ascii_isdigit((gchar)c)) {
		g->announced = g->announced * 10 + (guint64)(c - '0');
		g->announced = MIN(g->announced, G_MAXUINT32);
	} else if (g->at == MAIL_GUARD_BRACE && c == '}') {
		g->at = MAIL_GUARD_CLOSED;
	} else if (c != '\r' && !(g->at == MAIL_GUARD_BRACE && (c == '+' || c == '-'))) {
		g->at = MAIL_GUARD_TEXT;
	}
}

static void
note_depth(MailGuard *g, uint8_t c)
{
	if (g->quoted) {
		g->quoted = g->escaped || c != '"';
		g->escaped = !g->escaped && c == '\\';
	} else if (c == '"') {
		g->quoted = true;
	}
	if (!g->quoted) {
		g->depth += c == '(';
		g->depth -= c == ')' && g->depth > 0;
	}
}

static bool
feed_octet(MailGuard *g, uint8_t c, GError **error)
{
	if (c == '\n') {
		end_line(g);
		return g->skip <= g->literal ||
		       base_fail(error, PS_ERROR_LIMIT, "The server announces too much at once");
	}
	if (g->imap) {
		note_brace(g, c);
		note_depth(g, c);
	}
	if (++g->line > MAIL_GUARD_LINE || g->depth > MAIL_GUARD_DEPTH) {
		return base_fail(error, PS_ERROR_LIMIT, "The server answers with too long a line");
	}
	return true;
}

bool
mail_guard_feed(MailGuard *g, BaseBytes octets, GError **error)
{
	if (octets.n > g->budget) {
		return base_fail(error, PS_ERROR_LIMIT, "The server answers with too much");
	}
	g->budget -= octets.n;
	for (size_t i = 0; i < octets.n; i++) {
		if (g->skip > 0) {
			size_t n = (size_t)MIN(g->skip, octets.n - i);
			g->skip -= n;
			i += n - 1;
		} else if (!feed_octet(g, octets.p[i], error)) {
			return false;
		}
	}
	return true;
}
