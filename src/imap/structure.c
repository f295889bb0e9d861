/* SPDX-License-Identifier: MPL-2.0 */
/* Finds the parts of a message line by line, with a stack of open boundaries. */
#include "imap/structure.h"
#include "base/limits.h"
#include "imap/fields.h"

#define BOUNDARY_MAX 80U /* octets that are compared; RFC 2046 allows 70 */

typedef struct {
	char text[BOUNDARY_MAX + 1];
	size_t n;
	guint part; /* the multipart it belongs to */
} Boundary;

typedef struct {
	BaseBytes data;
	size_t at;       /* the start of a line */
	guint64 lines;   /* line ends before at */
	size_t line_end; /* octets before at that a boundary line at the cursor takes with it */
	GArray *parts;
	guint part;       /* the one that is open */
	guint cut_header; /* the part whose header a boundary line follows at once, or none */
	guint n_boundaries;
	Boundary boundaries[BASE_LIMIT_MIME_DEPTH];
} Scan;

typedef struct {
	guint boundary; /* its place in the stack */
	bool closing;
} Delimiter;

static ImapPart *
part_at(const GArray *parts, guint index)
{
	return &g_array_index(parts, ImapPart, index);
}

static void
part_clear(gpointer data)
{
	ImapPart *part = data;
	imap_content_free(part->content);
}

/* Past the line at the cursor. */
static void
next_line(Scan *s)
{
	const uint8_t *from = s->data.p + s->at;
	const uint8_t *lf = memchr(from, '\n', s->data.n - s->at);
	if (lf == NULL) {
		s->at = s->data.n;
		s->line_end = 0;
		return;
	}
	s->line_end = lf > from && lf[-1] == '\r' ? 2 : 1;
	s->at += (size_t)(lf - from) + 1;
	s->lines++;
}

/* The line at the cursor after its dashes, without line end. */
static BaseBytes
text_after_dashes(const Scan *s)
{
	BaseBytes rest = base_bytes_slice(s->data, s->at + 2, s->data.n);
	const uint8_t *lf = rest.n == 0 ? NULL : memchr(rest.p, '\n', rest.n);
	size_t n = lf == NULL ? rest.n : (size_t)(lf - rest.p);
	if (n > 0 && lf != NULL && rest.p[n - 1] == '\r') {
		n--;
	}
	return base_bytes(rest.p, n);
}

static bool
is_exact(const Boundary *b, BaseBytes line)
{
	return b->n == line.n || (b->n + 2 == line.n && memcmp(line.p + b->n, "--", 2) == 0);
}

/* Whether the line at the cursor is a boundary line: the innermost boundary that is all of it, else
 * the longest. */
static bool
is_delimiter(const Scan *s, Delimiter *out)
{
	if (s->n_boundaries == 0 || s->data.n - s->at < 2 || s->data.p[s->at] != '-' ||
	    s->data.p[s->at + 1] != '-') {
		return false;
	}
	BaseBytes line = text_after_dashes(s);
	const Boundary *best = NULL;
	for (guint i = s->n_boundaries; i > 0 && (best == NULL || !is_exact(best, line)); i--) {
		const Boundary *b = &s->boundaries[i - 1];
		if (b->n <= line.n && memcmp(b->text, line.p, b->n) == 0 &&
		    (best == NULL || b->n > best->n)) {
			best = b;
			out->boundary = i - 1;
		}
	}
	if (best == NULL) {
		return false;
	}
	out->closing = line.n >= best->n + 2 && memcmp(line.p + best->n, "--", 2) == 0;
	return true;
}

/* Adds a part at the cursor as the last child of the open one and opens it. */
static void
open_part(Scan *s)
{
	guint index = s->parts->len;
	ImapPart part = {.parent = s->part,
			 .child = IMAP_NO_PART,
			 .next = IMAP_NO_PART,
			 .last = IMAP_NO_PART,
			 .at = s->at - s->line_end};
	if (s->part != IMAP_NO_PART) {
		ImapPart *parent = part_at(s->parts, s->part);
		part.depth = parent->depth + 1;
		if (parent->child == IMAP_NO_PART) {
			parent->child = index;
		} else {
			part_at(s->parts, parent->last)->next = index;
		}
		parent->last = index;
	}
	g_array_append_val(s->parts, part);
	s->part = index;
}

/* Closes parts from the open one up to @top, itself excluded. A message inside that is only a
 * header keeps its last line end, without which it would lack the empty line. */
static void
close_parts(Scan *s, guint top)
{
	size_t end = s->at - s->line_end;
	guint64 lines = s->lines - (s->line_end > 0 ? 1U : 0U);
	while (s->part != top) {
		ImapPart *part = part_at(s->parts, s->part);
		part->body_n = end - (part->at + part->header_n);
		part->lines = lines - part->lines;
		if (s->part == s->cut_header) {
			end = s->at;
			lines = s->lines;
		}
		s->part = part->parent;
	}
	s->cut_header = IMAP_NO_PART;
}

static bool
is_container(const ImapContent *content, bool digest, ImapPartKind *kind)
{
	if (content->type == NULL ? digest : imap_content_is(content, "message", "rfc822")) {
		*kind = IMAP_PART_MESSAGE;
		return true;
	}
	*kind = IMAP_PART_MULTIPART;
	return imap_content_is(content, "multipart", NULL);
}

/* What the header says the open part is. Without MIME-Version or Content-Type its Content-* fields
 * mean nothing, except inside a multipart. */
static void
judge_part(Scan *s)
{
	ImapPart *part = part_at(s->parts, s->part);
	const ImapPart *parent =
		part->parent == IMAP_NO_PART ? NULL : part_at(s->parts, part->parent);
	bool inside = parent != NULL && parent->kind == IMAP_PART_MULTIPART;
	part->content = imap_content_new(base_bytes_slice(s->data, part->at, part->header_n));
	if (!inside && part->content->type == NULL && !part->content->mime_version) {
		imap_content_free(part->content);
		part->content = imap_content_new(base_bytes(NULL, 0));
	}
	bool digest = inside && imap_content_is(parent->content, "multipart", "digest");
	ImapPartKind kind = IMAP_PART_LEAF;
	if (!is_container(part->content, digest, &kind)) {
		return;
	}
	part->cut = part->depth + 1 >= BASE_LIMIT_MIME_DEPTH ||
		    s->parts->len >= BASE_LIMIT_MIME_PARTS ||
		    (kind == IMAP_PART_MULTIPART && *part->content->subtype == '\0');
	part->kind = part->cut ? IMAP_PART_LEAF : kind;
}

static void
push_boundary(Scan *s)
{
	const ImapPart *part = part_at(s->parts, s->part);
	const char *text = imap_content_param(part->content, "boundary");
	if (part->kind != IMAP_PART_MULTIPART || text == NULL ||
	    s->n_boundaries >= G_N_ELEMENTS(s->boundaries)) {
		return;
	}
	Boundary *b = &s->boundaries[s->n_boundaries++];
	g_strlcpy(b->text, text, sizeof b->text);
	b->n = strlen(b->text);
	b->part = s->part;
}

/* Past the header lines of the open part and the empty line; true if that is there. A boundary line
 * ends the header too. */
static bool
skip_header(Scan *s)
{
	Delimiter delimiter;
	bool empty_line = false;
	while (s->at < s->data.n && !empty_line && !is_delimiter(s, &delimiter)) {
		const uint8_t *p = s->data.p + s->at;
		empty_line = *p == '\n' || (*p == '\r' && s->data.n - s->at > 1 && p[1] == '\n');
		next_line(s);
	}
	return empty_line;
}

/* The header of the open part. A boundary line right behind it, unless it is the part's own, takes
 * its last line end. */
static void
read_header(Scan *s)
{
	ImapPart *part = part_at(s->parts, s->part);
	size_t start = s->at;
	bool empty_line = skip_header(s);
	part->header_n = s->at - part->at;
	judge_part(s);
	if (empty_line) {
		push_boundary(s);
	}
	Delimiter delimiter;
	bool ends = s->at < s->data.n && is_delimiter(s, &delimiter) &&
		    s->boundaries[delimiter.boundary].part != s->part;
	if (ends && s->at > start) {
		s->cut_header = s->part;
	}
	s->line_end = ends ? s->line_end : 0;
	part->header_n -= s->line_end;
	part->lines = s->lines - (s->line_end > 0 ? 1U : 0U);
}

/* A part from the cursor on: its header, and those of the messages that it begins with. */
static void
begin_part(Scan *s)
{
	open_part(s);
	read_header(s);
	while (part_at(s->parts, s->part)->kind == IMAP_PART_MESSAGE) {
		open_part(s);
		read_header(s);
	}
}

/* At a boundary line: the next part of its multipart begins, or the epilogue. */
static void
delimit(Scan *s, const Delimiter *delimiter)
{
	close_parts(s, s->boundaries[delimiter->boundary].part);
	s->n_boundaries = delimiter->boundary + (delimiter->closing ? 0 : 1);
	next_line(s);
	bool complete = s->line_end > 0;
	s->line_end = 0;
	if (!delimiter->closing && complete && s->parts->len < BASE_LIMIT_MIME_PARTS) {
		begin_part(s);
	}
}

GArray *
imap_structure_new(BaseBytes message)
{
	Scan s = {.data = message, .part = IMAP_NO_PART, .cut_header = IMAP_NO_PART};
	s.parts = g_array_new(FALSE, TRUE, sizeof(ImapPart));
	g_array_set_clear_func(s.parts, part_clear);
	begin_part(&s);
	while (s.at < message.n) {
		Delimiter delimiter;
		if (is_delimiter(&s, &delimiter)) {
			delimit(&s, &delimiter);
		} else {
			next_line(&s);
		}
	}
	s.line_end = 0;
	close_parts(&s, IMAP_NO_PART);
	return s.parts;
}

const ImapPart *
imap_structure_at(const GArray *parts, guint index)
{
	return index == IMAP_NO_PART ? NULL : part_at(parts, index);
}

static const ImapPart *
child_of(const GArray *parts, const ImapPart *part, guint32 number)
{
	const ImapPart *child = imap_structure_at(parts, part->child);
	for (; child != NULL && number > 1; number--) {
		child = imap_structure_at(parts, child->next);
	}
	return number == 0 ? NULL : child;
}

const ImapPart *
imap_structure_find(const GArray *parts, const guint32 *numbers, guint n)
{
	const ImapPart *part = part_at(parts, 0);
	for (guint i = 0; i < n && part != NULL; i++) {
		bool more = i + 1 < n;
		if (part->kind == IMAP_PART_MULTIPART) {
			part = child_of(parts, part, numbers[i]);
		} else if (numbers[i] != 1 || (more && part->kind == IMAP_PART_LEAF)) {
			part = NULL;
		}
		if (part != NULL && part->kind == IMAP_PART_MESSAGE && more) {
			part = imap_structure_at(parts, part->child);
		}
	}
	return part;
}
