/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Writes the tree of parts:
 *
 *   "(" type subtype params id description encoding octets [what the type adds]
 *       [md5 disposition language location] ")"
 *   "(" 1*part subtype [params disposition language location] ")"      ; multipart
 */
#include "imap/bodystructure.h"
#include "base/limits.h"
#include "imap/envelope.h"
#include "imap/nstring.h"

#define EMPTY_PART          "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0"
#define EMPTY_PART_EXTENDED " NIL NIL NIL NIL"
#define DEFAULT_CHARSET     "\"charset\" \"us-ascii\""

typedef struct {
	GString *out;
	BaseBytes message;
	const GArray *parts;
	bool extended;
	guint budget; /* of addresses */
} Writer;

static bool
is_text(const ImapPart *part)
{
	return part->content->type == NULL ? !part->cut
					   : imap_content_is(part->content, "text", NULL);
}

static void
write_params(GString *out, const GPtrArray *params, bool default_charset)
{
	bool charset = !default_charset;
	if (params->len == 0 && charset) {
		g_string_append(out, " NIL");
		return;
	}
	for (guint i = 0; i + 1 < params->len; i += 2) {
		g_string_append(out, i == 0 ? " (" : " ");
		imap_string_write(out, params->pdata[i]);
		g_string_append_c(out, ' ');
		imap_string_write(out, params->pdata[i + 1]);
		charset = charset || g_ascii_strcasecmp(params->pdata[i], "charset") == 0;
	}
	if (!charset) {
		g_string_append(out, params->len == 0 ? " (" DEFAULT_CHARSET : " " DEFAULT_CHARSET);
	}
	g_string_append_c(out, ')');
}

static void
write_languages(GString *out, const GPtrArray *tags)
{
	if (tags == NULL) {
		g_string_append(out, " NIL");
		return;
	}
	for (guint i = 0; i < tags->len; i++) {
		g_string_append(out, i == 0 ? " (" : " ");
		imap_string_write(out, tags->pdata[i]);
	}
	g_string_append_c(out, ')');
}

/* disposition language location */
static void
write_extension(GString *out, const ImapContent *content)
{
	if (content->disposition == NULL) {
		g_string_append(out, " NIL");
	} else {
		g_string_append(out, " (");
		imap_string_write(out, content->disposition);
		write_params(out, content->disposition_params, false);
		g_string_append_c(out, ')');
	}
	write_languages(out, content->languages);
	g_string_append_c(out, ' ');
	imap_string_write_unfolded(out, content->location);
}

static void
write_type(GString *out, const ImapPart *part)
{
	const ImapContent *content = part->content;
	if (part->kind == IMAP_PART_MESSAGE) {
		g_string_append(out, "(\"message\" \"rfc822\"");
	} else if (part->cut) {
		g_string_append(out, "(\"application\" \"octet-stream\"");
	} else if (content->type == NULL) {
		g_string_append(out, "(\"text\" \"plain\"");
	} else {
		g_string_append_c(out, '(');
		imap_string_write(out, content->type);
		g_string_append_c(out, ' ');
		imap_string_write(out, content->subtype);
	}
}

/* type subtype params id description encoding octets, and of text the lines */
static void
write_basic(GString *out, const ImapPart *part)
{
	const ImapContent *content = part->content;
	write_type(out, part);
	write_params(out, content->params, part->kind == IMAP_PART_LEAF && is_text(part));
	g_string_append_c(out, ' ');
	imap_string_write_unfolded(out, content->id);
	g_string_append_c(out, ' ');
	imap_string_write_unfolded(out, content->description);
	g_string_append_c(out, ' ');
	imap_string_write(out, content->encoding == NULL ? "7bit" : content->encoding);
	g_string_append_printf(out, " %" G_GSIZE_FORMAT, part->body_n);
	if (part->kind == IMAP_PART_LEAF && is_text(part)) {
		g_string_append_printf(out, " %" G_GUINT64_FORMAT, part->lines);
	}
}

static void
enter(Writer *w, const ImapPart *part)
{
	if (part->kind == IMAP_PART_MULTIPART) {
		g_string_append_c(w->out, '(');
		return;
	}
	write_basic(w->out, part);
	if (part->kind == IMAP_PART_MESSAGE) {
		const ImapPart *inner = imap_structure_at(w->parts, part->child);
		g_string_append_c(w->out, ' ');
		imap_envelope_write(w->out,
				    base_bytes_slice(w->message, inner->at, inner->header_n),
				    &w->budget);
		g_string_append_c(w->out, ' ');
	}
}

static void
leave_multipart(Writer *w, const ImapPart *part)
{
	if (part->child == IMAP_NO_PART) {
		g_string_append(w->out, EMPTY_PART);
		g_string_append(w->out, w->extended ? EMPTY_PART_EXTENDED : "");
		g_string_append_c(w->out, ')');
	}
	g_string_append_c(w->out, ' ');
	imap_string_write(w->out, part->content->subtype);
	if (w->extended) {
		write_params(w->out, part->content->params, false);
		write_extension(w->out, part->content);
	}
}

static void
leave(Writer *w, const ImapPart *part)
{
	if (part->kind == IMAP_PART_MULTIPART) {
		leave_multipart(w, part);
	} else {
		if (part->kind == IMAP_PART_MESSAGE) {
			g_string_append_printf(w->out, " %" G_GUINT64_FORMAT, part->lines);
		}
		if (w->extended) {
			g_string_append_c(w->out, ' ');
			imap_string_write_unfolded(w->out, part->content->md5);
			write_extension(w->out, part->content);
		}
	}
	g_string_append_c(w->out, ')');
}

void
imap_bodystructure_write(GString *out, BaseBytes message, const GArray *parts, bool extended)
{
	Writer w = {out, message, parts, extended, BASE_LIMIT_ADDRESSES};
	const ImapPart *part = imap_structure_at(parts, 0);
	while (part != NULL) {
		enter(&w, part);
		const ImapPart *next = imap_structure_at(parts, part->child);
		while (part != NULL && next == NULL) {
			leave(&w, part);
			next = imap_structure_at(parts, part->next);
			part = imap_structure_at(parts, part->parent);
		}
		part = next;
	}
}
