/* SPDX-License-Identifier: MPL-2.0 */
/* Quoted-printable both ways: what cannot be judged yet waits at the front of a small buffer. */
#include "mime/qp.h"

#include <glib.h>

#define PIECE          ((size_t)16 << 10)
#define COLUMNS_REPAIR 900
#define COLUMNS        75   /* and the "=" of a soft break: RFC 2045 section 6.7 (5) */
#define LOOK_AHEAD     5    /* "From " */
#define BLANKS_MAX     1024 /* a longer run of blanks is data: no line of mail is so long */
#define HEX            "0123456789ABCDEF"

typedef struct Qp Qp;

struct Qp {
	BaseSink base;
	BaseSink *next;
	size_t (*process)(Qp *qp, BaseBytes in, bool last); /* octets used up */
	GByteArray *in;
	GByteArray *out;
	guint column;    /* encoder: of the output line */
	MimeQpMode mode; /* encoder */
};

static void
put(Qp *qp, const void *p, size_t n)
{
	g_byte_array_append(qp->out, p, (guint)n);
}

/* Octets of the line end at @i: 1, 2, or 0. */
static size_t
line_end_at(BaseBytes in, size_t i)
{
	if (i < in.n && in.p[i] == '\n') {
		return 1;
	}
	return i + 1 < in.n && in.p[i] == '\r' && in.p[i + 1] == '\n' ? 2 : 0;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static size_t
skip_blanks(BaseBytes in, size_t i)
{
	size_t end = MIN(in.n, i + BLANKS_MAX);
	while (i < end && is_blank(in.p[i])) {
		i++;
	}
	return i;
}

/* ---- encoder ---- */

static bool
is_literal(const Qp *qp, uint8_t c)
{
	return c > ' ' && c < 0x7f && (c != '=' || qp->mode == MIME_QP_REPAIR);
}

static guint
columns(const Qp *qp)
{
	return qp->mode == MIME_QP_REPAIR ? COLUMNS_REPAIR : COLUMNS;
}

/* Octets of the line break at @i, as the mode has it, or 0. */
static size_t
line_break_at(const Qp *qp, BaseBytes in, size_t i)
{
	size_t n = qp->mode == MIME_QP_BINARY ? 0 : line_end_at(in, i);
	return n == 1 && qp->mode != MIME_QP_TEXT ? 0 : n;
}

static bool
ends_line(const Qp *qp, BaseBytes in, size_t i)
{
	return i == in.n || (line_break_at(qp, in, i) > 0);
}

/* Things at the start of an output line that relays and parsers have been seen to take for
 * something else. */
static bool
is_risky_start(const Qp *qp, BaseBytes in, size_t i)
{
	uint8_t c = in.p[i];
	return (c == 'F' && i + 5 <= in.n && memcmp(in.p + i, "From ", 5) == 0) ||
	       (c == '-' && i + 1 < in.n && in.p[i + 1] == '-') ||
	       (c == '.' && ends_line(qp, in, i + 1));
}

static bool
must_encode(const Qp *qp, BaseBytes in, size_t i)
{
	uint8_t c = in.p[i];
	if (is_blank(c)) {
		return ends_line(qp, in, i + 1);
	}
	return !is_literal(qp, c) || (qp->column == 0 && is_risky_start(qp, in, i));
}

static size_t
literal_run(const Qp *qp, BaseBytes in, size_t i)
{
	size_t end = MIN(in.n, i + (columns(qp) - qp->column));
	size_t k = i;
	while (k < end && is_literal(qp, in.p[k]) && in.p[k] != '=') {
		k++;
	}
	return k - i;
}

static void
break_line(Qp *qp, const char *with)
{
	put(qp, with, strlen(with));
	qp->column = 0;
}

/* An "=" of the input with what follows it on the line, up to a whole escape; blanks between it and
 * a line end are not kept, since what stands before the line end must stay the "=". */
static size_t
repair_escape(Qp *qp, BaseBytes in, size_t i)
{
	size_t k = skip_blanks(in, i + 1);
	if (k > i + 1 && ends_line(qp, in, k)) {
		put(qp, "=", 1);
		qp->column++;
		return k - i;
	}
	size_t n = 1;
	while (n < 3 && i + n < in.n && g_ascii_isxdigit(in.p[i + n])) {
		n++;
	}
	if (qp->column + n > columns(qp)) {
		break_line(qp, "=\r\n");
	}
	put(qp, in.p + i, n);
	qp->column += (guint)n;
	return n;
}

/* One octet, one line end or a run of plain octets; returns what was used. */
static size_t
encode_step(Qp *qp, BaseBytes in, size_t i)
{
	size_t line_end = line_break_at(qp, in, i);
	if (line_end > 0) {
		break_line(qp, "\r\n");
		return line_end;
	}
	if (in.p[i] == '=' && qp->mode == MIME_QP_REPAIR) {
		return repair_escape(qp, in, i);
	}
	bool encode = must_encode(qp, in, i);
	if (qp->column + (encode ? 3 : 1) > columns(qp)) {
		break_line(qp, "=\r\n");
		return 0;
	}
	if (encode) {
		uint8_t c = in.p[i];
		put(qp, (const char[]){'=', HEX[c >> 4], HEX[c & 15]}, 3);
		qp->column += 3;
		return 1;
	}
	size_t n = MAX(literal_run(qp, in, i), 1);
	put(qp, in.p + i, n);
	qp->column += (guint)n;
	return n;
}

static size_t
encode(Qp *qp, BaseBytes in, bool last)
{
	size_t look_ahead = qp->mode == MIME_QP_REPAIR ? BLANKS_MAX + 3 : LOOK_AHEAD;
	size_t i = 0;
	while (i < in.n && (last || i + look_ahead <= in.n)) {
		i += encode_step(qp, in, i);
	}
	return i;
}

/* ---- decoder ---- */

/* Whether what follows the blanks that end at @i is not there yet. */
static bool
is_open(BaseBytes in, size_t i, bool last)
{
	return !last && (i == in.n || (in.p[i] == '\r' && i + 1 == in.n));
}

/* An "=": hex octet, soft line break (with blanks after it, which transports add), or itself. 0:
 * wait. */
static size_t
decode_escape(Qp *qp, BaseBytes in, size_t i, bool last)
{
	size_t there = in.n - i - 1;
	int high = there > 0 ? g_ascii_xdigit_value((char)in.p[i + 1]) : -1;
	int low = there > 1 ? g_ascii_xdigit_value((char)in.p[i + 2]) : -1;
	if (high >= 0 && low >= 0) {
		put(qp, (const uint8_t[]){(uint8_t)(high << 4 | low)}, 1);
		return 3;
	}
	if (high >= 0 && there == 1 && !last) {
		return 0;
	}
	size_t k = skip_blanks(in, i + 1);
	if (is_open(in, k, last)) {
		return 0;
	}
	size_t line_end = line_end_at(in, k);
	if (line_end > 0 || k == in.n) {
		return k + line_end - i;
	}
	put(qp, "=", 1);
	return 1;
}

static size_t
decode_plain(Qp *qp, BaseBytes in, size_t i)
{
	const uint8_t *escape = memchr(in.p + i, '=', in.n - i);
	size_t n = escape == NULL ? in.n - i : (size_t)(escape - in.p) - i;
	put(qp, in.p + i, n);
	return n;
}

static size_t
decode(Qp *qp, BaseBytes in, bool last)
{
	size_t i = 0;
	while (i < in.n) {
		size_t used =
			in.p[i] == '=' ? decode_escape(qp, in, i, last) : decode_plain(qp, in, i);
		if (used == 0) {
			break;
		}
		i += used;
	}
	return i;
}

/* ---- the sink ---- */

static bool
run(Qp *qp, bool last, GError **error)
{
	size_t used = qp->process(qp, base_bytes_of_array(qp->in), last);
	if (used > 0) {
		g_byte_array_remove_range(qp->in, 0, (guint)used);
	}
	if (qp->out->len > 0 && !base_sink_write(qp->next, base_bytes_of_array(qp->out), error)) {
		return false;
	}
	g_byte_array_set_size(qp->out, 0);
	return true;
}

static bool
qp_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Qp *qp = (Qp *)sink;
	for (size_t at = 0; at < data.n; at += PIECE) {
		BaseBytes piece = base_bytes_slice(data, at, PIECE);
		g_byte_array_append(qp->in, piece.p, (guint)piece.n);
		if (!run(qp, false, error)) {
			return false;
		}
	}
	return true;
}

static bool
qp_finish(BaseSink *sink, GError **error)
{
	return run((Qp *)sink, true, error);
}

static void
qp_free(BaseSink *sink)
{
	Qp *qp = (Qp *)sink;
	g_byte_array_unref(qp->in);
	g_byte_array_unref(qp->out);
	g_free(qp);
}

static Qp *
qp_new(BaseSink *next, size_t (*process)(Qp *qp, BaseBytes in, bool last))
{
	static const BaseSinkClass klass = {qp_write, qp_finish, qp_free};
	Qp *qp = g_new0(Qp, 1);
	qp->base.klass = &klass;
	qp->next = next;
	qp->process = process;
	qp->in = g_byte_array_new();
	qp->out = g_byte_array_new();
	return qp;
}

BaseSink *
mime_qp_new_encoder(BaseSink *next, MimeQpMode mode)
{
	Qp *qp = qp_new(next, encode);
	qp->mode = mode;
	return &qp->base;
}

BaseSink *
mime_qp_new_decoder(BaseSink *next)
{
	return &qp_new(next, decode)->base;
}
