/* SPDX-License-Identifier: MPL-2.0 */
/* One pass over raw octets: vectors for what single octets tell, memchr() for what lines tell. */
#include "mime/scan.h"

#define LINE_LONG     990
#define LINE_TOO_LONG 998                /* of MIME_SCAN_LINE */
#define PIECE         ((size_t)16 << 10) /* stays in the first-level cache for the second look */

typedef uint8_t Vector __attribute__((vector_size(16)));

static uint64_t
sum(const Vector *v)
{
	uint64_t n = 0;
	for (size_t i = 0; i < sizeof *v; i++) {
		n += (*v)[i];
	}
	return n;
}

static bool
any_high(const Vector *v)
{
	Vector bits = *v >> 7;
	return sum(&bits) > 0;
}

static void
scan_octets(MimeScan *s, BaseBytes b)
{
	Vector high = {0};
	Vector zero = {0};
	size_t i = 0;
	while (b.n - i >= sizeof(Vector)) {
		Vector crs = {0};
		/* 255 rounds: what one octet of @crs can count */
		for (guint round = 0; round < 255 && b.n - i >= sizeof(Vector); round++) {
			Vector v;
			memcpy(&v, b.p + i, sizeof v);
			high |= v;
			zero |= (Vector)(v == 0);
			crs -= (Vector)(v == '\r');
			i += sizeof v;
		}
		s->crs += sum(&crs);
	}
	bool has_high = any_high(&high);
	bool has_zero = any_high(&zero);
	for (; i < b.n; i++) {
		has_high = has_high || b.p[i] >= 0x80;
		has_zero = has_zero || b.p[i] == 0;
		s->crs += b.p[i] == '\r';
	}
	s->facts |= (has_high ? MIME_SCAN_8BIT : 0U) | (has_zero ? MIME_SCAN_NUL : 0U);
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* A whole line of @n octets, its LF excluded; of an overlong one only the first and last octets are
 * needed. */
static void
judge_line(MimeScan *s, const uint8_t *line, size_t n, bool lf)
{
	bool cr = lf && n > 0 && line[n - 1] == '\r';
	n -= cr;
	s->lfs += lf;
	s->crlfs += cr;
	if (n == 0) {
		return;
	}
	s->facts |= n > LINE_LONG ? MIME_SCAN_LONG : 0U;
	s->facts |= n > LINE_TOO_LONG ? MIME_SCAN_TOO_LONG : 0U;
	s->facts |= is_blank(line[n - 1]) ? MIME_SCAN_TRAILING : 0U;
	s->facts |= n >= 5 && memcmp(line, "From ", 5) == 0 ? MIME_SCAN_FROM : 0U;
}

/* Keeps a piece of a line: what does not fit pushes out octets from the middle. */
static void
keep_line(MimeScan *s, const uint8_t *p, size_t n)
{
	size_t room = sizeof s->line - s->line_n;
	size_t fits = MIN(n, room);
	memcpy(s->line + s->line_n, p, fits);
	s->line_n += fits;
	if (n == fits) {
		return;
	}
	/* at least two octets are left over or the line is full: its end is that of @p */
	size_t tail = MIN(n - fits, 2);
	memmove(s->line + sizeof s->line - 2, s->line + sizeof s->line - 2 + tail, 2 - tail);
	memcpy(s->line + sizeof s->line - tail, p + n - tail, tail);
}

static void
end_kept_line(MimeScan *s, bool lf)
{
	judge_line(s, s->line, s->line_n, lf);
	s->line_n = 0;
}

static void
scan_lines(MimeScan *s, BaseBytes b)
{
	const uint8_t *p = b.p;
	const uint8_t *end = b.p + b.n;
	const uint8_t *lf = NULL;
	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		if (s->line_n > 0) {
			keep_line(s, p, (size_t)(lf - p));
			end_kept_line(s, true);
		} else {
			judge_line(s, p, (size_t)(lf - p), true);
		}
		p = lf + 1;
	}
	if (p < end) {
		keep_line(s, p, (size_t)(end - p));
	}
}

static bool
scan_write(BaseSink *sink, BaseBytes data, GError **error)
{
	MimeScan *s = (MimeScan *)sink;
	(void)error;
	for (size_t at = 0; at < data.n; at += PIECE) {
		BaseBytes piece = base_bytes_slice(data, at, PIECE);
		scan_octets(s, piece);
		scan_lines(s, piece);
	}
	return true;
}

static bool
scan_finish(BaseSink *sink, GError **error)
{
	MimeScan *s = (MimeScan *)sink;
	(void)error;
	if (s->line_n > 0) {
		end_kept_line(s, false);
	}
	s->facts |= s->crs > s->crlfs ? MIME_SCAN_BARE_CR : 0U;
	s->facts |= s->lfs > s->crlfs ? MIME_SCAN_BARE_LF : 0U;
	return true;
}

void
mime_scan_init(MimeScan *scan)
{
	static const BaseSinkClass klass = {scan_write, scan_finish, NULL};
	memset(scan, 0, G_STRUCT_OFFSET(MimeScan, line)); /* the line is filled before it is read */
	scan->base.klass = &klass;
}

guint
mime_scan_bytes(BaseBytes data)
{
	MimeScan scan;
	mime_scan_init(&scan);
	scan_write(&scan.base, data, NULL);
	scan_finish(&scan.base, NULL);
	return scan.facts;
}
