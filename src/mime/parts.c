/* SPDX-License-Identifier: MPL-2.0 */
/* Cuts a multipart body at its boundary lines; what can still become a boundary line is held back,
 * never more. */
#include "mime/parts.h"
#include "base/limits.h"

/* CRLF "--" boundary "--" padding CRLF */
#define LINE_MAX_OCTETS (2 + 2 + MIME_BOUNDARY_MAX + 2 + MIME_BOUNDARY_PADDING + 2)

typedef enum {
	STATE_PREAMBLE,
	STATE_PART,
	STATE_EPILOGUE,
} State;

typedef enum {
	VERDICT_NO,
	VERDICT_MORE, /* it depends on octets not seen yet */
	VERDICT_YES,
} Verdict;

typedef struct {
	BaseSink base;
	MimePartsHooks hooks;
	void *user;
	State state;
	guint index;        /* of the part that is open, or of the next one */
	BaseSink *to;       /* of the part, preamble or epilogue; NULL: nowhere */
	bool at_line_start; /* the next octet starts a line whose line end is not content */
	size_t held;        /* octets in hold: a beginning of a boundary line */
	bool held_at_start; /* hold was begun with at_line_start */
	uint8_t hold[LINE_MAX_OCTETS + 1];
	size_t mark_n; /* "--" boundary */
	uint8_t mark[2 + MIME_BOUNDARY_MAX];
} Parts;

typedef struct {
	size_t n; /* octets of the line */
	bool closing;
} Line;

bool
mime_boundary_is_valid(const char *boundary)
{
	size_t n = boundary == NULL ? 0 : strlen(boundary);
	return n > 0 && n <= MIME_BOUNDARY_MAX && strpbrk(boundary, "\r\n") == NULL;
}

/* Octets of the line end at @at; SIZE_MAX if only its CR is there. */
static size_t
line_end_at(BaseBytes c, size_t at)
{
	if (at < c.n && c.p[at] == '\n') {
		return 1;
	}
	if (at < c.n && c.p[at] == '\r') {
		return at + 1 == c.n ? SIZE_MAX : (c.p[at + 1] == '\n' ? 2 : 0);
	}
	return 0;
}

/* What follows "--" boundary: ["--"] *WSP (CRLF / LF / end). */
static Verdict
judge_tail(BaseBytes c, size_t at, bool last, Line *line)
{
	Verdict unsure = last ? VERDICT_NO : VERDICT_MORE;
	if (at < c.n && c.p[at] == '-') {
		if (at + 1 == c.n) {
			return unsure;
		}
		if (c.p[at + 1] != '-') {
			return VERDICT_NO;
		}
		line->closing = true;
		at += 2;
	}
	size_t blanks = at + MIME_BOUNDARY_PADDING;
	while (at < c.n && at <= blanks && (c.p[at] == ' ' || c.p[at] == '\t')) {
		at++;
	}
	if (at > blanks) {
		return VERDICT_NO;
	}
	size_t end = line_end_at(c, at);
	if (end == SIZE_MAX) {
		return unsure;
	}
	line->n = at + end;
	if (at == c.n) {
		return last ? VERDICT_YES : VERDICT_MORE;
	}
	return end > 0 ? VERDICT_YES : VERDICT_NO;
}

/* Is @c the beginning of a boundary line? @c begins with the line end before it, unless @at_start.
 */
static Verdict
judge(const Parts *p, BaseBytes c, bool at_start, bool last, Line *line)
{
	Verdict unsure = last ? VERDICT_NO : VERDICT_MORE;
	size_t at = at_start ? 0 : line_end_at(c, 0);
	if (at == SIZE_MAX || c.n == 0) {
		return unsure;
	}
	if (at == 0 && !at_start) {
		return VERDICT_NO;
	}
	size_t there = MIN(c.n - at, p->mark_n);
	if (memcmp(c.p + at, p->mark, there) != 0) {
		return VERDICT_NO;
	}
	line->closing = false;
	return there < p->mark_n ? unsure : judge_tail(c, at + p->mark_n, last, line);
}

static bool
emit(Parts *p, BaseBytes data, GError **error)
{
	return data.n == 0 || p->to == NULL || base_sink_write(p->to, data, error);
}

static bool
end_part(Parts *p, bool closed, GError **error)
{
	if (p->state != STATE_PART) {
		return true;
	}
	guint index = p->index++;
	return p->hooks.end == NULL || p->hooks.end(p->user, index, closed, error);
}

static bool
begin_part(Parts *p, GError **error)
{
	if (p->index >= BASE_LIMIT_MIME_PARTS) {
		return base_fail(error, PS_ERROR_LIMIT, "A multipart has more than %u parts",
				 BASE_LIMIT_MIME_PARTS);
	}
	p->state = STATE_PART;
	p->to = NULL;
	return p->hooks.begin(p->user, p->index, &p->to, error);
}

static bool
boundary_met(Parts *p, BaseBytes octets, bool closing, GError **error)
{
	if (!end_part(p, true, error) ||
	    (p->hooks.boundary != NULL && !p->hooks.boundary(p->user, octets, closing, error))) {
		return false;
	}
	p->at_line_start = true;
	if (!closing) {
		return begin_part(p, error);
	}
	p->state = STATE_EPILOGUE;
	p->to = p->hooks.epilogue;
	return true;
}

typedef uint8_t Vector __attribute__((vector_size(16)));

#define STRIDE (4 * sizeof(Vector)) /* octets that are looked at together */

static bool
is_zero(const Vector *v)
{
	uint64_t half[2];
	memcpy(half, v, sizeof half);
	return (half[0] | half[1]) == 0;
}

/* Where of 16 octets LF "--" begins; 18 are read. */
static inline Vector
match_mark(const uint8_t *p)
{
	Vector lf;
	Vector dash;
	Vector dash2;
	memcpy(&lf, p, sizeof lf);
	memcpy(&dash, p + 1, sizeof dash);
	memcpy(&dash2, p + 2, sizeof dash2);
	return (Vector)(lf == '\n') & (Vector)(dash == '-') & (Vector)(dash2 == '-');
}

/* Less than a stride before the next LF "--" at or after @from, or before the end: the same speed
 * whatever the length of the lines, since a nested message is searched once per level. */
static size_t
skip_plain(BaseBytes data, size_t from)
{
	while (data.n - from >= STRIDE + 2) {
		const uint8_t *p = data.p + from;
		Vector hit = match_mark(p) | match_mark(p + 16) | match_mark(p + 32) |
			     match_mark(p + 48);
		if (!is_zero(&hit)) {
			break;
		}
		from += STRIDE;
	}
	return from;
}

/* The next place at or after @from where a boundary line may begin (its line end, or a final CR);
 * data.n if there is none. @start: where content not yet passed on begins. */
static size_t
next_candidate(BaseBytes data, size_t start, size_t from)
{
	size_t i = skip_plain(data, from);
	while (i < data.n) {
		size_t ahead = data.n - i - 1;
		if (data.p[i] == '\n' && (ahead < 1 || data.p[i + 1] == '-') &&
		    (ahead < 2 || data.p[i + 2] == '-')) {
			return i > start && data.p[i - 1] == '\r' ? i - 1 : i;
		}
		i++;
	}
	return data.n > start && data.p[data.n - 1] == '\r' ? data.n - 1 : data.n;
}

static void
hold_back(Parts *p, BaseBytes c, bool at_start)
{
	memcpy(p->hold, c.p, c.n);
	p->held = c.n;
	p->held_at_start = at_start;
}

/* Goes on with what was held back; *@used octets of @data were needed. */
static bool
resume(Parts *p, BaseBytes data, bool last, size_t *used, GError **error)
{
	size_t had = p->held;
	size_t more = MIN(data.n, sizeof p->hold - had);
	if (more > 0) {
		memcpy(p->hold + had, data.p, more);
	}
	Line line = {0};
	BaseBytes c = base_bytes(p->hold, had + more);
	switch (judge(p, c, p->held_at_start, last, &line)) {
	case VERDICT_MORE:
		p->held = c.n;
		*used = more;
		return true;
	case VERDICT_YES:
		p->held = 0;
		*used = line.n - had;
		return boundary_met(p, base_bytes(p->hold, line.n), line.closing, error);
	case VERDICT_NO:
	default:
		p->held = 0;
		*used = 0;
		return emit(p, base_bytes(p->hold, had), error);
	}
}

/* Judges the candidate at @at; *@start and *@from move on. */
static bool
candidate(Parts *p, BaseBytes data, size_t at, size_t *start, size_t *from, GError **error)
{
	Line line = {0};
	bool at_start = p->at_line_start;
	BaseBytes c = base_bytes_slice(data, at, data.n);
	BaseBytes before;
	p->at_line_start = false;
	switch (judge(p, c, at_start, false, &line)) {
	case VERDICT_MORE:
		hold_back(p, c, at_start);
		before = base_bytes_slice(data, *start, at - *start);
		*start = *from = data.n;
		return emit(p, before, error);
	case VERDICT_YES:
		before = base_bytes_slice(data, *start, at - *start);
		*start = *from = at + line.n;
		return emit(p, before, error) &&
		       boundary_met(p, base_bytes(c.p, line.n), line.closing, error);
	case VERDICT_NO:
	default:
		/* at a line start nothing has been looked at yet; else go on after the LF */
		*from = at_start ? at : at + (c.p[0] == '\r' ? 2 : 1);
		return true;
	}
}

static bool
parts_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Parts *p = (Parts *)sink;
	size_t start = 0;
	if (p->held > 0 && data.n > 0 && !resume(p, data, false, &start, error)) {
		return false;
	}
	size_t from = start;
	while (start < data.n && p->state != STATE_EPILOGUE) {
		size_t at = p->at_line_start ? start : next_candidate(data, start, from);
		if (at >= data.n) {
			break;
		}
		if (!candidate(p, data, at, &start, &from, error)) {
			return false;
		}
	}
	return emit(p, base_bytes_slice(data, start, data.n), error);
}

static bool
parts_finish(BaseSink *sink, GError **error)
{
	Parts *p = (Parts *)sink;
	size_t used = 0;
	return (p->held == 0 || resume(p, base_bytes(NULL, 0), true, &used, error)) &&
	       end_part(p, false, error);
}

static void
parts_free(BaseSink *sink)
{
	g_free(sink);
}

BaseSink *
mime_parts_new(const char *boundary, const MimePartsHooks *hooks, void *user)
{
	static const BaseSinkClass klass = {parts_write, parts_finish, parts_free};
	g_return_val_if_fail(mime_boundary_is_valid(boundary), NULL);
	Parts *p = g_new0(Parts, 1);
	p->base.klass = &klass;
	p->hooks = *hooks;
	p->user = user;
	p->at_line_start = true;
	p->to = hooks->preamble;
	p->mark_n = 2 + strlen(boundary);
	memcpy(p->mark, "--", 2);
	memcpy(p->mark + 2, boundary, p->mark_n - 2);
	return &p->base;
}
