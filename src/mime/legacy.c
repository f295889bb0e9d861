/* SPDX-License-Identifier: MPL-2.0 */
/* Legacy Display Elements (RFC 9788 sections 4.5.3, 5.2.2 to 5.2.5). */
#include "mime/legacy.h"

#include "mime/html.h"

#define CHARSET_NAME_MAX 40U

/* Charsets in which ASCII octets are something else, lower case, as prefixes. */
static const char *const wide_charsets[] = {"utf-16", "utf16",         "utf-32",  "utf32",
					    "ucs",    "iso-10646-ucs", "unicode", "csunicode",
					    "ebcdic", "ibm037",        "cp037",   "ibm1047"};

static bool
is_wide(const char *charset)
{
	for (size_t i = 0; charset != NULL && i < G_N_ELEMENTS(wide_charsets); i++) {
		if (g_ascii_strncasecmp(charset, wide_charsets[i], strlen(wide_charsets[i])) == 0) {
			return true;
		}
	}
	return false;
}

static bool
is_ascii(const char *s)
{
	while (*s != '\0' && (uint8_t)*s < 0x80) {
		s++;
	}
	return *s == '\0';
}

static bool
is_usual_name(const char *charset)
{
	size_t n = charset == NULL
			   ? 0
			   : strspn(charset, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.:+");
	return n > 0 && n <= CHARSET_NAME_MAX && charset[n] == '\0';
}

/* @utf8 in @charset; what it does not have becomes "?". */
static GBytes *
to_charset(const char *utf8, const char *charset)
{
	if (is_ascii(utf8)) {
		return g_bytes_new(utf8, strlen(utf8));
	}
	gsize n = 0;
	const char *target = is_usual_name(charset) ? charset : "us-ascii";
	char *text = g_convert_with_fallback(utf8, -1, target, "UTF-8", "?", NULL, &n, NULL);
	if (text == NULL) {
		text = g_convert_with_fallback(utf8, -1, "us-ascii", "UTF-8", "?", NULL, &n, NULL);
	}
	return text == NULL ? g_bytes_new_static("", 0) : g_bytes_new_take(text, n);
}

/* One line, control characters as blanks: a newline hidden in a value would end the element early.
 */
static void
append_line(GString *out, const char *line, bool escape)
{
	g_autofree char *clean = g_utf8_make_valid(line, -1);
	for (const char *p = clean; *p != '\0'; p += g_utf8_skip[(guchar)*p]) {
		gunichar c = g_utf8_get_char(p);
		if (g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029) {
			g_string_append_c(out, ' ');
		} else if (escape && c < 0x80 && strchr("<>&\"'", (int)c) != NULL) {
			g_string_append_printf(out, "&#%u;", c);
		} else {
			g_string_append_unichar(out, c);
		}
	}
}

static GBytes *
make_element(MimeLegacy kind, const GPtrArray *lines, const char *charset, bool crlf)
{
	const char *end = crlf ? "\r\n" : "\n";
	bool html = kind == MIME_LEGACY_HTML;
	g_autoptr(GString) out = g_string_new(NULL);
	if (html) {
		g_string_append(out, "<div class=\"" MIME_LEGACY_CLASS "\"><pre>");
	}
	for (guint i = 0; i < lines->len; i++) {
		append_line(out, g_ptr_array_index(lines, i), html);
		g_string_append(out, html && i + 1 == lines->len ? "" : end);
	}
	g_string_append(out, html ? "</pre></div>" : end);
	return to_charset(out->str, charset);
}

/* A filter of any of the four kinds. */
typedef struct {
	BaseSink sink;
	BaseSink *next;
	BaseSink *html;   /* the tokenizer in front of it, or NULL */
	GBytes *element;  /* insertion */
	GByteArray *held; /* removal: what may go */
	bool done;        /* insertion: it is in; plain removal: it is decided */
	bool inside;      /* HTML removal: in such a div */
	unsigned depth;   /* ... and how many divs deep */
} Filter;

static void
filter_free(BaseSink *sink)
{
	Filter *f = (Filter *)sink;
	base_sink_free(f->html);
	g_clear_pointer(&f->element, g_bytes_unref);
	g_byte_array_unref(f->held);
	g_free(f);
}

static Filter *
filter_new(const BaseSinkClass *klass, BaseSink *next)
{
	Filter *f = g_new0(Filter, 1);
	f->sink.klass = klass;
	f->next = next;
	f->held = g_byte_array_new();
	return f;
}

static bool
insert(Filter *f, GError **error)
{
	if (f->done) {
		return true;
	}
	f->done = true;
	return base_sink_write(f->next, base_bytes_of(f->element), error);
}

static bool
plain_insert_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Filter *f = (Filter *)sink;
	return insert(f, error) && base_sink_write(f->next, data, error);
}

static bool
plain_insert_finish(BaseSink *sink, GError **error)
{
	return insert((Filter *)sink, error);
}

static const BaseSinkClass plain_insert_class = {plain_insert_write, plain_insert_finish,
						 filter_free};

static bool
flush_held(Filter *f, GError **error)
{
	bool ok =
		f->held->len == 0 || base_sink_write(f->next, base_bytes_of_array(f->held), error);
	g_byte_array_set_size(f->held, 0);
	return ok;
}

/* Where the first empty line of held ends, looking on from @from; 0 if it is not there. */
static size_t
empty_line_end(const GByteArray *held, size_t from)
{
	for (size_t i = from; i < held->len; i++) {
		if (held->data[i] != '\n') {
			continue;
		}
		size_t end = i > 0 && held->data[i - 1] == '\r' ? i - 1 : i;
		if (end == 0 || held->data[end - 1] == '\n') {
			return i + 1;
		}
	}
	return 0;
}

static bool
plain_remove_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Filter *f = (Filter *)sink;
	if (f->done) {
		return base_sink_write(f->next, data, error);
	}
	size_t seen = f->held->len;
	size_t room = MIME_LEGACY_LOOKAHEAD - seen;
	BaseBytes more = base_bytes_slice(data, 0, room);
	g_byte_array_append(f->held, more.p, (guint)more.n);
	size_t end = empty_line_end(f->held, seen);
	if (end == 0 && f->held->len < MIME_LEGACY_LOOKAHEAD) {
		return true;
	}
	f->done = true;
	g_byte_array_remove_range(f->held, 0, (guint)end);
	return flush_held(f, error) &&
	       base_sink_write(f->next, base_bytes_slice(data, more.n, SIZE_MAX), error);
}

static bool
plain_remove_finish(BaseSink *sink, GError **error)
{
	return flush_held((Filter *)sink, error);
}

static const BaseSinkClass plain_remove_class = {plain_remove_write, plain_remove_finish,
						 filter_free};

/* Tags that may stand before body. */
static const char *const head_tags[] = {"html",     "head",     "title",   "meta",    "link",
					"style",    "script",   "base",    "bgsound", "basefont",
					"noscript", "template", "noframes"};

static bool
belongs_to_head(BaseBytes raw)
{
	for (size_t i = 0; i < G_N_ELEMENTS(head_tags); i++) {
		if (mime_html_tag_is(raw, head_tags[i])) {
			return true;
		}
	}
	return false;
}

/* True if a body begins at this token, with or without its tag. */
static bool
begins_body(MimeHtmlKind kind, BaseBytes raw)
{
	if (kind == MIME_HTML_TEXT) {
		return base_bytes_trim(raw).n > 0;
	}
	if (kind == MIME_HTML_END) {
		return mime_html_tag_is(raw, "body") || mime_html_tag_is(raw, "html");
	}
	return kind == MIME_HTML_START && !belongs_to_head(raw);
}

static bool
html_insert_token(void *user, MimeHtmlKind kind, BaseBytes raw, GError **error)
{
	Filter *f = user;
	if (f->done || !begins_body(kind, raw)) {
		return base_sink_write(f->next, raw, error);
	}
	bool tag = kind == MIME_HTML_START && mime_html_tag_is(raw, "body");
	if (tag) {
		return base_sink_write(f->next, raw, error) && insert(f, error);
	}
	return insert(f, error) && base_sink_write(f->next, raw, error);
}

static bool
html_remove_token(void *user, MimeHtmlKind kind, BaseBytes raw, GError **error)
{
	Filter *f = user;
	bool div =
		(kind == MIME_HTML_START || kind == MIME_HTML_END) && mime_html_tag_is(raw, "div");
	if (!f->inside) {
		if (!div || kind != MIME_HTML_START ||
		    !mime_html_has_class(raw, MIME_LEGACY_CLASS)) {
			return base_sink_write(f->next, raw, error);
		}
		f->inside = true;
		f->depth = 0;
	}
	g_byte_array_append(f->held, raw.p, (guint)raw.n);
	if (div) {
		f->depth = kind == MIME_HTML_START ? f->depth + 1 : f->depth - 1;
	}
	if (f->depth == 0) {
		f->inside = false;
		g_byte_array_set_size(f->held, 0);
	} else if (f->held->len > MIME_LEGACY_LOOKAHEAD) {
		f->inside = false;
		return flush_held(f, error);
	}
	return true;
}

static bool
html_filter_write(BaseSink *sink, BaseBytes data, GError **error)
{
	/* bounded pieces, so that text in an element does not come as one */
	for (size_t at = 0; at < data.n; at += MIME_LEGACY_LOOKAHEAD) {
		BaseBytes piece = base_bytes_slice(data, at, MIME_LEGACY_LOOKAHEAD);
		if (!base_sink_write(((Filter *)sink)->html, piece, error)) {
			return false;
		}
	}
	return true;
}

/* In a style or comment without end nobody would see the element, and no reader would find it. */
static bool
html_filter_finish(BaseSink *sink, GError **error)
{
	Filter *f = (Filter *)sink;
	if (!base_sink_finish(f->html, error) || !flush_held(f, error)) {
		return false;
	}
	return f->element == NULL || mime_html_is_open(f->html) || insert(f, error);
}

static const BaseSinkClass html_filter_class = {html_filter_write, html_filter_finish, filter_free};

BaseSink *
mime_legacy_insert_new(MimeLegacy kind, const GPtrArray *lines, const char *charset, bool crlf,
		       BaseSink *next)
{
	bool html = kind == MIME_LEGACY_HTML;
	Filter *f = filter_new(html ? &html_filter_class : &plain_insert_class, next);
	f->element = make_element(kind, lines, charset, crlf);
	f->html = html ? mime_html_new(html_insert_token, f) : NULL;
	return &f->sink;
}

BaseSink *
mime_legacy_remove_new(MimeLegacy kind, BaseSink *next)
{
	bool html = kind == MIME_LEGACY_HTML;
	Filter *f = filter_new(html ? &html_filter_class : &plain_remove_class, next);
	f->html = html ? mime_html_new(html_remove_token, f) : NULL;
	return &f->sink;
}

/* What the visitors do. */
static MimeLegacy
kind_of(const MimeWalkNode *node)
{
	bool html = mime_content_type_is(node->type, "text", "html");
	bool plain = mime_content_type_is(node->type, "text", "plain");
	if ((!html && !plain) || node->is_container || node->cte == MIME_CTE_OTHER ||
	    node->in_signed || is_wide(mime_content_type_get(node->type, "charset"))) {
		return MIME_LEGACY_NONE;
	}
	return html ? MIME_LEGACY_HTML : MIME_LEGACY_PLAIN;
}

static void
set_type(const MimeWalkNode *node, const char *mark, const char *charset)
{
	g_autoptr(MimeContentType) type = mime_content_type_copy(node->type);
	mime_content_type_set(type, MIME_LEGACY_PARAM, mark);
	if (charset != NULL) {
		mime_content_type_set(type, "charset", charset);
	}
	g_autofree char *value = mime_content_type_to_string(type);
	mime_header_set(node->header, "Content-Type", value);
}

static bool
lines_are_ascii(const GPtrArray *lines)
{
	for (guint i = 0; i < lines->len; i++) {
		if (!is_ascii(g_ptr_array_index(lines, i))) {
			return false;
		}
	}
	return true;
}

/* The charset of the part with the element in it: us-ascii is a part of utf-8, which has every
 * character. */
static const char *
charset_with(const GPtrArray *lines, const MimeWalkNode *node)
{
	const char *charset = mime_content_type_get(node->type, "charset");
	bool ascii = charset == NULL || g_ascii_strcasecmp(charset, "us-ascii") == 0;
	return ascii && !lines_are_ascii(lines) ? "utf-8" : charset;
}

bool
mime_legacy_insert_enter(const GPtrArray *lines, const MimeWalkNode *node, MimeWalkChoice *choice)
{
	if (lines->len == 0 || !node->is_main_body || mime_is_attachment(node->header) ||
	    kind_of(node) == MIME_LEGACY_NONE) {
		return false;
	}
	choice->action = MIME_WALK_FILTER;
	bool encoded = node->cte == MIME_CTE_QP || node->cte == MIME_CTE_BASE64;
	if (!encoded && !lines_are_ascii(lines)) {
		choice->encode = MIME_CTE_QP;
	}
	set_type(node, "1", charset_with(lines, node));
	return true;
}

BaseSink *
mime_legacy_insert_filter(const GPtrArray *lines, const MimeWalkNode *node, BaseSink *next)
{
	bool crlf = node->cte == MIME_CTE_BASE64 || mime_header_is_crlf(node->header);
	return mime_legacy_insert_new(kind_of(node), lines, charset_with(lines, node), crlf, next);
}

bool
mime_legacy_remove_enter(const MimeWalkNode *node, MimeWalkChoice *choice)
{
	const char *mark = mime_content_type_get(node->type, MIME_LEGACY_PARAM);
	if (mark == NULL || !g_str_equal(mark, "1") || kind_of(node) == MIME_LEGACY_NONE) {
		return false;
	}
	choice->action = MIME_WALK_FILTER;
	set_type(node, NULL, NULL);
	return true;
}

BaseSink *
mime_legacy_remove_filter(const MimeWalkNode *node, BaseSink *next)
{
	return mime_legacy_remove_new(kind_of(node), next);
}

/* Messages inside the message are not ours to change. */
static bool
stay_out(const MimeWalkNode *node, MimeWalkChoice *choice)
{
	bool foreign = mime_content_type_is(node->type, "message", NULL) || node->in_signed;
	if (foreign) {
		choice->action = MIME_WALK_PASS;
	}
	return foreign;
}

static bool
insert_enter(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, GError **error)
{
	(void)error;
	if (!stay_out(node, choice)) {
		mime_legacy_insert_enter(user, node, choice);
	}
	return true;
}

static BaseSink *
insert_filter(void *user, const MimeWalkNode *node, BaseSink *next)
{
	return mime_legacy_insert_filter(user, node, next);
}

static bool
remove_enter(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, GError **error)
{
	(void)user;
	(void)error;
	if (!stay_out(node, choice)) {
		mime_legacy_remove_enter(node, choice);
	}
	return true;
}

static BaseSink *
remove_filter(void *user, const MimeWalkNode *node, BaseSink *next)
{
	(void)user;
	return mime_legacy_remove_filter(node, next);
}

const MimeWalkVisitor mime_legacy_insert_visitor = {.enter = insert_enter, .filter = insert_filter};
const MimeWalkVisitor mime_legacy_remove_visitor = {.enter = remove_enter, .filter = remove_filter};
