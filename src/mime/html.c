/* SPDX-License-Identifier: MPL-2.0 */
/* HTML cut into tags and what is between them. */
#include "mime/html.h"

typedef enum {
	IN_TEXT,
	IN_RAW,
	AT_RAW_END, /* "</name" inside raw text, as far as it agrees */
	AT_OPEN,    /* after "<" */
	AT_CLOSE,   /* after "</" */
	AT_MARKUP,  /* after "<!" */
	IN_TAG,
	IN_COMMENT, /* "<!--" ... "-->" */
	IN_BOGUS,   /* to the next ">" */
	STATES,
} State;

/* Where in a tag: quotes count only around a value. */
typedef enum {
	TAG_NAMES,
	TAG_EQUALS,
	TAG_DOUBLE,
	TAG_SINGLE,
	TAG_BARE
} TagPlace;

/* Elements whose content is no markup; "plaintext" never ends. */
static const char *const raw_elements[] = {"script", "style",   "title",    "textarea", "xmp",
					   "iframe", "noembed", "noframes", "plaintext"};

typedef struct {
	BaseSink sink;
	MimeHtmlToken token;
	void *user;
	State state;
	TagPlace place;
	bool end_tag;
	unsigned dashes;  /* of a comment's end seen so far */
	const char *raw;  /* the element whose raw text this is */
	GByteArray *held; /* what may become a tag; or a piece of what is no tag */
} Html;

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static size_t
name_length(BaseBytes raw, size_t from)
{
	size_t n = from;
	while (n < raw.n && !is_space(raw.p[n]) && raw.p[n] != '/' && raw.p[n] != '>') {
		n++;
	}
	return n - from;
}

bool
mime_html_tag_is(BaseBytes raw, const char *name)
{
	size_t from = raw.n > 1 && raw.p[1] == '/' ? 2 : 1;
	BaseBytes tag = base_bytes_slice(raw, from, name_length(raw, from));
	return base_bytes_equal_nocase(tag, base_bytes_str(name));
}

static bool
has_word(BaseBytes value, const char *word)
{
	for (size_t at = 0; at < value.n;) {
		size_t n = 0;
		while (at + n < value.n && !is_space(value.p[at + n])) {
			n++;
		}
		if (base_bytes_equal(base_bytes_slice(value, at, n), base_bytes_str(word))) {
			return true;
		}
		at += n + 1;
	}
	return false;
}

static size_t
skip_space(BaseBytes raw, size_t at)
{
	while (at < raw.n && is_space(raw.p[at])) {
		at++;
	}
	return at;
}

/* The value after "=" at @at; *@next is where it ends. */
static BaseBytes
attribute_value(BaseBytes raw, size_t at, size_t *next)
{
	at = skip_space(raw, at);
	uint8_t quote = at < raw.n && (raw.p[at] == '"' || raw.p[at] == '\'') ? raw.p[at] : 0;
	size_t from = at + (quote != 0);
	size_t end = from;
	while (end < raw.n &&
	       (quote != 0 ? raw.p[end] != quote : !is_space(raw.p[end]) && raw.p[end] != '>')) {
		end++;
	}
	*next = end + (quote != 0);
	return base_bytes_slice(raw, from, end - from);
}

bool
mime_html_has_class(BaseBytes raw, const char *word)
{
	size_t at = 1 + name_length(raw, 1);
	while (at < raw.n && raw.p[at] != '>') {
		if (is_space(raw.p[at]) || raw.p[at] == '/') {
			at++;
			continue;
		}
		size_t from = at;
		do {
			at++;
		} while (at < raw.n && !is_space(raw.p[at]) && strchr("/>=", raw.p[at]) == NULL);
		BaseBytes name = base_bytes_slice(raw, from, at - from);
		size_t equals = skip_space(raw, at);
		if (equals >= raw.n || raw.p[equals] != '=') {
			continue;
		}
		BaseBytes value = attribute_value(raw, equals + 1, &at);
		if (base_bytes_equal_nocase(name, BASE_LIT("class"))) {
			return has_word(value, word); /* only the first of equal names counts */
		}
	}
	return false;
}

static MimeHtmlKind
kind_of(State state)
{
	if (state == IN_COMMENT || state == IN_BOGUS || state == AT_MARKUP) {
		return MIME_HTML_OTHER;
	}
	return state == IN_RAW || state == AT_RAW_END ? MIME_HTML_RAW : MIME_HTML_TEXT;
}

static bool
emit(Html *h, MimeHtmlKind kind, GError **error)
{
	bool ok = h->held->len == 0 || h->token(h->user, kind, base_bytes_of_array(h->held), error);
	g_byte_array_set_size(h->held, 0);
	return ok;
}

static void
start_tag(Html *h, bool end_tag)
{
	h->state = IN_TAG;
	h->place = TAG_NAMES;
	h->end_tag = end_tag;
}

static bool
finish_tag(Html *h, GError **error)
{
	BaseBytes raw = base_bytes_of_array(h->held);
	h->state = IN_TEXT;
	for (size_t i = 0; !h->end_tag && i < G_N_ELEMENTS(raw_elements); i++) {
		if (mime_html_tag_is(raw, raw_elements[i])) {
			h->raw = raw_elements[i];
			h->state = IN_RAW;
		}
	}
	return emit(h, h->end_tag ? MIME_HTML_END : MIME_HTML_START, error);
}

/* Each step has appended @c to held already and moves on; *@again if @c is to be seen by the new
 * state, then it is not in held. */
static bool
step_open(Html *h, uint8_t c, bool *again, GError **error)
{
	if (g_ascii_isalpha((char)c)) {
		start_tag(h, false);
	} else if (c == '/') {
		h->state = AT_CLOSE;
	} else if (c == '!') {
		h->state = AT_MARKUP;
	} else if (c == '?') {
		h->state = IN_BOGUS;
	} else {
		g_byte_array_set_size(h->held, h->held->len - 1);
		h->state = IN_TEXT;
		*again = true;
		return emit(h, MIME_HTML_TEXT, error);
	}
	return true;
}

static bool
step_close(Html *h, uint8_t c, bool *again, GError **error)
{
	*again = false;
	if (g_ascii_isalpha((char)c)) {
		start_tag(h, true);
		return true;
	}
	h->state = c == '>' ? IN_TEXT : IN_BOGUS;
	return c != '>' || emit(h, MIME_HTML_OTHER, error);
}

static bool
step_bogus(Html *h, uint8_t c, bool *again, GError **error)
{
	*again = false;
	if (c != '>') {
		return true;
	}
	h->state = IN_TEXT;
	return emit(h, MIME_HTML_OTHER, error);
}

/* "<!--" begins a comment, whose dashes count towards its end: "<!-->" is whole. */
static bool
step_markup(Html *h, uint8_t c, bool *again, GError **error)
{
	if (c == '-' && h->held->len < 4) {
		return true;
	}
	if (c == '-') {
		h->state = IN_COMMENT;
		h->dashes = 2;
		return true;
	}
	h->state = IN_BOGUS;
	return step_bogus(h, c, again, error);
}

static bool
step_comment(Html *h, uint8_t c, bool *again, GError **error)
{
	*again = false;
	if (c == '>' && h->dashes >= 2) {
		h->state = IN_TEXT;
		return emit(h, MIME_HTML_OTHER, error);
	}
	bool bang = c == '!' && h->dashes >= 2;
	h->dashes = c == '-' ? h->dashes + (h->dashes < 2) : (bang ? h->dashes : 0);
	return true;
}

static bool
step_tag(Html *h, uint8_t c, bool *again, GError **error)
{
	*again = false;
	if (h->place == TAG_DOUBLE || h->place == TAG_SINGLE) {
		bool ends = c == (h->place == TAG_DOUBLE ? '"' : '\'');
		h->place = ends ? TAG_NAMES : h->place;
	} else if (c == '>') {
		return finish_tag(h, error);
	} else if (h->place == TAG_EQUALS) {
		if (!is_space(c)) {
			h->place = c == '"' ? TAG_DOUBLE : (c == '\'' ? TAG_SINGLE : TAG_BARE);
		}
	} else if (h->place == TAG_NAMES && c == '=') {
		h->place = TAG_EQUALS;
	} else if (h->place == TAG_BARE && is_space(c)) {
		h->place = TAG_NAMES;
	}
	return true;
}

/* held is "</..." inside raw text. */
static bool
step_raw_end(Html *h, uint8_t c, bool *again, GError **error)
{
	size_t at = h->held->len - 1;
	size_t n = strlen(h->raw);
	bool agrees = at == 1 ? c == '/' : at - 2 < n && g_ascii_tolower((char)c) == h->raw[at - 2];
	if (agrees && !g_str_equal(h->raw, "plaintext")) {
		return true;
	}
	if (at == n + 2 && (is_space(c) || c == '/' || c == '>')) {
		start_tag(h, true);
		return step_tag(h, c, again, error);
	}
	g_byte_array_set_size(h->held, h->held->len - 1);
	h->state = IN_RAW;
	*again = true;
	return emit(h, MIME_HTML_RAW, error);
}

typedef bool (*Step)(Html *h, uint8_t c, bool *again, GError **error);

static const Step steps[STATES] = {
	[AT_RAW_END] = step_raw_end, [AT_OPEN] = step_open, [AT_CLOSE] = step_close,
	[AT_MARKUP] = step_markup,   [IN_TAG] = step_tag,   [IN_COMMENT] = step_comment,
	[IN_BOGUS] = step_bogus,
};

/* Text up to the next "<" goes on where it lies. Returns the octets used. */
static size_t
pass_text(Html *h, BaseBytes data, bool *ok, GError **error)
{
	const uint8_t *lt = memchr(data.p, '<', data.n);
	size_t n = lt == NULL ? data.n : (size_t)(lt - data.p);
	*ok = n == 0 || h->token(h->user, kind_of(h->state), base_bytes(data.p, n), error);
	if (lt == NULL) {
		return n;
	}
	g_byte_array_append(h->held, lt, 1);
	h->state = h->state == IN_RAW ? AT_RAW_END : AT_OPEN;
	return n + 1;
}

/* A tag without end is text; pieces of comments need not be whole. */
static bool
relieve(Html *h, GError **error)
{
	if (h->held->len < MIME_HTML_TAG_MAX) {
		return true;
	}
	MimeHtmlKind kind = kind_of(h->state);
	h->state = h->state == IN_TAG ? IN_TEXT : h->state;
	return emit(h, kind, error);
}

static bool
html_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Html *h = (Html *)sink;
	bool ok = true;
	for (size_t at = 0; ok && at < data.n;) {
		if (h->state == IN_TEXT || h->state == IN_RAW) {
			at += pass_text(h, base_bytes_slice(data, at, SIZE_MAX), &ok, error);
			continue;
		}
		bool again = false;
		g_byte_array_append(h->held, data.p + at, 1);
		ok = steps[h->state](h, data.p[at], &again, error) && relieve(h, error);
		at += again ? 0 : 1;
	}
	return ok;
}

static bool
html_finish(BaseSink *sink, GError **error)
{
	Html *h = (Html *)sink;
	return emit(h, kind_of(h->state), error);
}

static void
html_free(BaseSink *sink)
{
	Html *h = (Html *)sink;
	g_byte_array_unref(h->held);
	g_free(h);
}

static const BaseSinkClass html_class = {html_write, html_finish, html_free};

BaseSink *
mime_html_new(MimeHtmlToken token, void *user)
{
	Html *h = g_new0(Html, 1);
	h->sink.klass = &html_class;
	h->token = token;
	h->user = user;
	h->held = g_byte_array_new();
	return &h->sink;
}

bool
mime_html_is_open(BaseSink *html)
{
	return ((const Html *)html)->state != IN_TEXT;
}
