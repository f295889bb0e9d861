/* SPDX-License-Identifier: MPL-2.0 */
/* Signatures that no other program shows: a Sig field in a part header. */
#include "mime/unobtrusive.h"

#include "base/base64.h"
#include "base/limits.h"
#include "mime/content_type.h"
#include "mime/parts.h"
#include "mime/taglist.h"

#define CRLF      "\r\n"
#define DELIMITER 1024U /* more than boundary and padding of a delimiter line (mime/parts.h) */

/*
 * Splits octets into lines. A line of more than @max octets comes in pieces, so that memory stays
 * bounded; what has to be decided about a line is decided on its first piece.
 */
typedef struct Lines Lines;

typedef struct {
	BaseBytes text; /* without line end */
	bool first;     /* the line begins here */
	bool ended;     /* and ends here */
} Piece;

struct Lines {
	GByteArray *held;
	size_t max;
	bool middle; /* of a line whose first piece is gone */
	bool (*piece)(void *owner, const Piece *piece, GError **error);
	void *owner;
};

static void
lines_init(Lines *l, size_t max, bool (*piece)(void *, const Piece *, GError **), void *owner)
{
	*l = (Lines){.held = g_byte_array_new(), .max = max, .piece = piece, .owner = owner};
}

static BaseBytes
without_cr(BaseBytes line)
{
	return base_bytes_slice(line, 0,
				line.n > 0 && line.p[line.n - 1] == '\r' ? line.n - 1 : line.n);
}

static bool
lines_end(Lines *l, BaseBytes tail, GError **error)
{
	if (l->held->len > 0) {
		g_byte_array_append(l->held, tail.p, (guint)tail.n);
		tail = base_bytes_of_array(l->held);
	}
	Piece piece = {without_cr(tail), !l->middle, true};
	bool ok = l->piece(l->owner, &piece, error);
	g_byte_array_set_size(l->held, 0);
	l->middle = false;
	return ok;
}

/* Holds @data back until its line ends; hands a piece on when that is too much. A CR at the end
 * stays, since it may be half a line end. */
static bool
lines_hold(Lines *l, BaseBytes data, GError **error)
{
	g_byte_array_append(l->held, data.p, (guint)data.n);
	if (l->held->len <= l->max) {
		return true;
	}
	BaseBytes all = base_bytes_of_array(l->held);
	Piece piece = {without_cr(all), !l->middle, false};
	bool ok = l->piece(l->owner, &piece, error);
	g_byte_array_remove_range(l->held, 0, (guint)piece.text.n);
	l->middle = true;
	return ok;
}

static bool
lines_feed(Lines *l, BaseBytes data, GError **error)
{
	while (data.n > 0) {
		BaseBytes block = base_bytes_slice(data, 0, BASE_LIMIT_BLOCK);
		const uint8_t *lf = memchr(block.p, '\n', block.n);
		size_t used = lf == NULL ? block.n : (size_t)(lf - block.p) + 1;
		bool ok = lf == NULL ? lines_hold(l, block, error)
				     : lines_end(l, base_bytes_slice(block, 0, used - 1), error);
		if (!ok) {
			return false;
		}
		data = base_bytes_slice(data, used, SIZE_MAX);
	}
	return true;
}

/* The last line may have no end. */
static bool
lines_finish(Lines *l, GError **error)
{
	bool open = l->middle || l->held->len > 0;
	return !open || lines_end(l, (BaseBytes){NULL, 0}, error);
}

/* Signed octets on their way out: empty lines wait until something follows them. */
typedef struct {
	BaseSink *next;
	GByteArray *out;
	uint64_t empty; /* empty lines of the body held back */
	bool body;
} Canonical;

static bool
canonical_flush(Canonical *c, GError **error)
{
	bool ok = c->out->len == 0 || base_sink_write(c->next, base_bytes_of_array(c->out), error);
	g_byte_array_set_size(c->out, 0);
	return ok;
}

static bool
canonical_put(Canonical *c, BaseBytes octets, GError **error)
{
	g_byte_array_append(c->out, octets.p, (guint)octets.n);
	return c->out->len < BASE_LIMIT_BLOCK || canonical_flush(c, error);
}

static bool
canonical_piece(Canonical *c, const Piece *piece, GError **error)
{
	if (piece->first && piece->ended && piece->text.n == 0) {
		if (c->body) {
			c->empty++;
			return true;
		}
		c->body = true;
		return canonical_put(c, BASE_LIT(CRLF), error);
	}
	for (; c->empty > 0; c->empty--) {
		if (!canonical_put(c, BASE_LIT(CRLF), error)) {
			return false;
		}
	}
	return canonical_put(c, piece->text, error) &&
	       (!piece->ended || canonical_put(c, BASE_LIT(CRLF), error));
}

/* The signer's filter. */
typedef struct {
	BaseSink sink;
	Lines lines;
	Canonical canonical;
} Signer;

static bool
signer_piece(void *owner, const Piece *piece, GError **error)
{
	return canonical_piece(&((Signer *)owner)->canonical, piece, error);
}

static bool
signer_write(BaseSink *sink, BaseBytes data, GError **error)
{
	return lines_feed(&((Signer *)sink)->lines, data, error);
}

static bool
signer_finish(BaseSink *sink, GError **error)
{
	Signer *s = (Signer *)sink;
	return lines_finish(&s->lines, error) && canonical_flush(&s->canonical, error);
}

static void
signer_free(BaseSink *sink)
{
	Signer *s = (Signer *)sink;
	g_byte_array_unref(s->lines.held);
	g_byte_array_unref(s->canonical.out);
	g_free(s);
}

static const BaseSinkClass signer_class = {signer_write, signer_finish, signer_free};

BaseSink *
mime_unobtrusive_canonical_new(BaseSink *next)
{
	Signer *s = g_new0(Signer, 1);
	s->sink.klass = &signer_class;
	lines_init(&s->lines, DELIMITER, signer_piece, s);
	s->canonical = (Canonical){.next = next, .out = g_byte_array_new()};
	return &s->sink;
}

char *
mime_unobtrusive_format(BaseBytes cms, GError **error)
{
	g_autoptr(GString) field = g_string_new("Sig: t=c; b=");
	if (BASE64_LENGTH(cms.n) < BASE_LIMIT_SIG_FIELD) {
		g_autofree char *base64 = base64_encode_string(cms);
		mime_taglist_fold(field, base64);
		g_string_append(field, CRLF);
	}
	if (BASE64_LENGTH(cms.n) >= BASE_LIMIT_SIG_FIELD || field->len > BASE_LIMIT_SIG_FIELD) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_LIMIT,
			"the signature is too large for a header field (at most %u octets)",
			BASE_LIMIT_SIG_FIELD);
	}
	return g_string_free(g_steal_pointer(&field), FALSE);
}

/* The reader. */
typedef enum {
	AT_PREAMBLE,
	AT_SIGNATURES, /* of the child's header, up to the first other field */
	AT_CHILD,
	AT_EPILOGUE,
	AT_FOREIGN, /* not the form: nothing more is looked at */
} Place;

typedef enum {
	DELIMITER_NONE,
	DELIMITER_OPEN,
	DELIMITER_CLOSE
} Delimiter;

typedef struct {
	BaseSink sink;
	Lines lines;
	Canonical canonical;
	char *boundary; /* with "--" before it */
	Place place;
	GString *field; /* the Sig field being read, NULL if none */
	bool oversize;  /* ... which is over the limit */
	GPtrArray *signatures;
} Reader;

/* dash-boundary [ "--" ] transport-padding */
static Delimiter
which_delimiter(const Reader *r, const Piece *piece)
{
	size_t n = strlen(r->boundary);
	if (!piece->first || !piece->ended || piece->text.n < n ||
	    memcmp(piece->text.p, r->boundary, n) != 0) {
		return DELIMITER_NONE;
	}
	BaseBytes rest = base_bytes_slice(piece->text, n, SIZE_MAX);
	bool close = base_bytes_starts_nocase(rest, "--");
	BaseBytes padding = base_bytes_slice(rest, close ? 2 : 0, SIZE_MAX);
	if (padding.n > MIME_BOUNDARY_PADDING) {
		return DELIMITER_NONE;
	}
	for (size_t i = 0; i < padding.n; i++) {
		if (padding.p[i] != ' ' && padding.p[i] != '\t') {
			return DELIMITER_NONE;
		}
	}
	return close ? DELIMITER_CLOSE : DELIMITER_OPEN;
}

static void
end_signature(Reader *r)
{
	g_autoptr(GString) field = g_steal_pointer(&r->field);
	MimeTag tags[MIME_TAGLIST_MAX];
	size_t n = 0;
	if (field == NULL || r->oversize || r->signatures->len == MIME_UNOBTRUSIVE_MAX ||
	    !mime_taglist_parse(base_bytes(field->str, field->len), tags, &n) ||
	    !base_bytes_equal(mime_taglist_get(tags, n, "t"), BASE_LIT("c"))) {
		return;
	}
	g_autoptr(GBytes) cms = base64_decode_bytes(mime_taglist_get(tags, n, "b"), true);
	if (cms != NULL && g_bytes_get_size(cms) > 0) {
		g_ptr_array_add(r->signatures, g_steal_pointer(&cms));
	}
}

static void
append_signature(Reader *r, BaseBytes text)
{
	r->oversize = r->oversize || r->field->len + text.n > BASE_LIMIT_SIG_FIELD;
	if (!r->oversize) {
		g_string_append_len(r->field, (const char *)text.p, (gssize)text.n);
	}
}

/* "Sig" *WSP ":", whatever the case; how many octets that is, 0 if it is something else. */
static size_t
signature_name(BaseBytes line)
{
	size_t at = 3;
	if (!base_bytes_starts_nocase(line, "sig")) {
		return 0;
	}
	while (at < line.n && (line.p[at] == ' ' || line.p[at] == '\t')) {
		at++;
	}
	return at < line.n && line.p[at] == ':' ? at + 1 : 0;
}

static bool
is_folded(BaseBytes line)
{
	return line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
}

/* True if @piece belongs to a leading Sig field. */
static bool
take_signature(Reader *r, const Piece *piece)
{
	if (!piece->first || (is_folded(piece->text) && r->field != NULL)) {
		append_signature(r, piece->text);
		return true;
	}
	end_signature(r);
	size_t name = signature_name(piece->text);
	if (name == 0) {
		return false;
	}
	r->field = g_string_new(NULL);
	r->oversize = false;
	append_signature(r, base_bytes_slice(piece->text, name, SIZE_MAX));
	return true;
}

static bool
read_child(Reader *r, const Piece *piece, Delimiter delimiter, GError **error)
{
	if (delimiter != DELIMITER_NONE) {
		bool one = delimiter == DELIMITER_CLOSE && r->canonical.body;
		r->place = one ? AT_EPILOGUE : AT_FOREIGN;
		return true;
	}
	return canonical_piece(&r->canonical, piece, error);
}

static bool
reader_piece(void *owner, const Piece *piece, GError **error)
{
	Reader *r = owner;
	Delimiter delimiter = which_delimiter(r, piece);
	if (r->place == AT_CHILD) {
		return read_child(r, piece, delimiter, error);
	}
	if (r->place == AT_PREAMBLE && delimiter == DELIMITER_OPEN) {
		r->place = AT_SIGNATURES;
		r->lines.max = BASE_LIMIT_SIG_FIELD;
		return true;
	}
	if (r->place != AT_SIGNATURES || take_signature(r, piece)) {
		return true;
	}
	r->lines.max = DELIMITER;
	r->place = r->signatures->len > 0 ? AT_CHILD : AT_FOREIGN;
	return r->place == AT_FOREIGN || read_child(r, piece, delimiter, error);
}

static bool
reader_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Reader *r = (Reader *)sink;
	return r->place >= AT_EPILOGUE || lines_feed(&r->lines, data, error);
}

static bool
reader_finish(BaseSink *sink, GError **error)
{
	Reader *r = (Reader *)sink;
	if (r->place < AT_EPILOGUE && !lines_finish(&r->lines, error)) {
		return false;
	}
	return canonical_flush(&r->canonical, error);
}

static void
reader_free(BaseSink *sink)
{
	Reader *r = (Reader *)sink;
	g_byte_array_unref(r->lines.held);
	g_byte_array_unref(r->canonical.out);
	g_ptr_array_unref(r->signatures);
	if (r->field != NULL) {
		g_string_free(r->field, TRUE);
	}
	g_free(r->boundary);
	g_free(r);
}

static const BaseSinkClass reader_class = {reader_write, reader_finish, reader_free};

BaseSink *
mime_unobtrusive_reader_new(const MimeHeader *root, BaseSink *next)
{
	g_autoptr(MimeContentType) type = mime_content_type_of(root, NULL);
	const char *boundary = mime_content_type_get(type, "boundary");
	if (!mime_content_type_is(type, "multipart", "mixed") ||
	    !mime_boundary_is_valid(boundary)) {
		return NULL;
	}
	Reader *r = g_new0(Reader, 1);
	r->sink.klass = &reader_class;
	lines_init(&r->lines, DELIMITER, reader_piece, r);
	r->canonical = (Canonical){.next = next, .out = g_byte_array_new()};
	r->boundary = g_strconcat("--", boundary, NULL);
	r->signatures = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	return &r->sink;
}

bool
mime_unobtrusive_reader_is_signed(BaseSink *reader)
{
	const Reader *r = (const Reader *)reader;
	return r->place == AT_EPILOGUE && r->signatures->len > 0;
}

size_t
mime_unobtrusive_reader_count(BaseSink *reader)
{
	return ((const Reader *)reader)->signatures->len;
}

GBytes *
mime_unobtrusive_reader_get(BaseSink *reader, size_t i)
{
	return g_ptr_array_index(((const Reader *)reader)->signatures, (guint)i);
}
