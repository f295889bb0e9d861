/* SPDX-License-Identifier: MPL-2.0 */
/* One pass over raw octets: vectors for what single octets tell, memchr() for what lines tell. */
#include "mime/scan.h"

#define LINE_LONG     990
#define LINE_TOO_LONG 998
#define PIECE         ((size_t)16 << 10) /* stays in the first-level cache for the second look */

typedef uint8_t Vector __attribute__((vector_size(32)));

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

/* Octets of a line, its LF excluded. */
static void
line_octets(MimeScan *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n && s->line + i < sizeof s->start; i++) {
		s->start[s->line + i] = p[i];
	}
	s->line += n;
	if (n >= 2) {
		memcpy(s->last, p + n - 2, 2);
	} else if (n == 1) {
		s->last[0] = s->last[1];
		s->last[1] = p[0];
	}
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void
line_done(MimeScan *s, bool lf)
{
	bool cr = lf && s->line > 0 && s->last[1] == '\r';
	uint64_t n = s->line - (cr ? 1 : 0);
	s->lfs += lf;
	s->crlfs += cr;
	s->facts |= n > LINE_LONG ? MIME_SCAN_LONG : 0U;
	s->facts |= n > LINE_TOO_LONG ? MIME_SCAN_TOO_LONG : 0U;
	s->facts |= n > 0 && is_blank(s->last[cr ? 0 : 1]) ? MIME_SCAN_TRAILING : 0U;
	s->facts |= n >= 5 && memcmp(s->start, "From ", 5) == 0 ? MIME_SCAN_FROM : 0U;
	s->line = 0;
	memset(s->last, 0, sizeof s->last);
}

static void
scan_lines(MimeScan *s, BaseBytes b)
{
	const uint8_t *p = b.p;
	const uint8_t *end = b.p + b.n;
	const uint8_t *lf = NULL;
	while (p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		line_octets(s, p, (size_t)(lf - p));
		line_done(s, true);
		p = lf + 1;
	}
	if (p < end) {
		line_octets(s, p, (size_t)(end - p));
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
	if (s->line > 0) {
		line_done(s, false);
	}
	s->crlf = s->crlfs > 0;
	s->facts |= s->crs > s->crlfs ? MIME_SCAN_BARE_CR : 0U;
	s->facts |= s->lfs > s->crlfs ? MIME_SCAN_BARE_LF : 0U;
	return true;
}

void
mime_scan_init(MimeScan *scan)
{
	static const BaseSinkClass klass = {scan_write, scan_finish, NULL};
	*scan = (MimeScan){.base = {&klass}};
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
