/* SPDX-License-Identifier: MPL-2.0 */
/* The links of HTML, found by the tokenizer of the HTML standard (section 13.2.5) as far as they
 * need it. */
#include "mime/links_private.h"
#include "mime/links_url.h"

#define NAME_MAX_N 32U /* octets of an element's name; a longer one is none we know */

typedef struct {
	const char *element;
	const char *attribute;
} Linking;

static const Linking linking[] = {
	{"a", "href"},      {"a", "xlink:href"},      {"area", "href"},        {"base", "href"},
	{"form", "action"}, {"button", "formaction"}, {"input", "formaction"},
};

/* HTML standard, sections 13.2.5.2 to 13.2.5.5: elements whose content is no markup. */
static const char *const raw_elements[] = {"script", "style",   "title",    "textarea", "xmp",
					   "iframe", "noembed", "noframes", "plaintext"};

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static size_t
skip_space(BaseBytes text, size_t at)
{
	while (at < text.n && is_space(text.p[at])) {
		at++;
	}
	return at;
}

static bool
is_named(BaseBytes name, const char *want)
{
	return base_bytes_equal_nocase(name, base_bytes_str(want));
}

static void
start_tag(MimeLinks *links, BaseBytes name, bool ends)
{
	links->state = MIME_LINKS_IN_TAG;
	links->element = NULL;
	links->raw = NULL;
	if (is_named(name, "a")) {
		links->in_anchor = false; /* links do not nest */
	}
	links->foreign = links->foreign || is_named(name, "svg") || is_named(name, "math");
	for (size_t i = 0; !ends && i < G_N_ELEMENTS(linking); i++) {
		if (is_named(name, linking[i].element)) {
			links->element = linking[i].element;
		}
	}
	for (size_t i = 0; !ends && i < G_N_ELEMENTS(raw_elements); i++) {
		if (is_named(name, raw_elements[i])) {
			links->raw = raw_elements[i];
		}
	}
}

/* What "<" at the front of @text begins; *@used 0 if more is needed to know. */
static void
open_markup(MimeLinks *links, BaseBytes text, size_t *used)
{
	static const char conditional[] = "<!--[if";
	bool ends = text.n > 1 && text.p[1] == '/';
	size_t from = ends ? 2 : 1;
	if (text.n < sizeof(conditional) - 1) {
		return;
	}
	if (g_ascii_isalpha((char)text.p[from])) {
		size_t n = from;
		while (n < text.n && n < from + NAME_MAX_N && !is_space(text.p[n]) &&
		       text.p[n] != '/' && text.p[n] != '>') {
			n++;
		}
		if (n < text.n || n == from + NAME_MAX_N) {
			start_tag(links, base_bytes_slice(text, from, n - from), ends);
			*used = n;
		}
		return;
	}
	*used = from;
	if (base_bytes_starts_nocase(text, "<!--")) {
		links->state = MIME_LINKS_IN_COMMENT;
		links->conditional = base_bytes_starts_nocase(text, conditional);
		*used = 2; /* "<!-->" is whole */
	} else if (ends || text.p[1] == '!' || text.p[1] == '?') {
		links->state = MIME_LINKS_IN_BOGUS;
	}
}

/* Each step tells in *@used what need not be seen again, and is false if more text is needed. */
static bool
step_text(MimeLinks *links, BaseBytes text, bool last, size_t *used)
{
	const uint8_t *lt = memchr(text.p, '<', text.n);
	size_t n = lt == NULL ? text.n : (size_t)(lt - text.p);
	*used = n;
	if (!links->in_anchor) {
		*used = mime_links_scan_plain(links, base_bytes_slice(text, 0, n),
					      last || lt != NULL);
	}
	if (lt == NULL) {
		return false;
	}
	size_t more = 0;
	BaseBytes markup = base_bytes_slice(text, n, SIZE_MAX);
	open_markup(links, markup, &more);
	*used += more;
	if (more == 0 && last) {
		*used += markup.n; /* unfinished markup at the end shows nothing */
	}
	return more > 0;
}

static bool
step_bogus(MimeLinks *links, BaseBytes text, bool last G_GNUC_UNUSED, size_t *used)
{
	const uint8_t *gt = memchr(text.p, '>', text.n);
	*used = gt == NULL ? text.n : (size_t)(gt - text.p) + 1;
	links->state = gt == NULL ? MIME_LINKS_IN_BOGUS : MIME_LINKS_IN_TEXT;
	return gt != NULL;
}

/* Offset of the ">" that ends the comment, or of the end of @text. */
static size_t
comment_end(BaseBytes text)
{
	size_t at = 0;
	while (at < text.n) {
		const uint8_t *gt = memchr(text.p + at, '>', text.n - at);
		if (gt == NULL) {
			return text.n;
		}
		at = (size_t)(gt - text.p);
		size_t dash = at >= 3 && gt[-1] == '!' ? at - 1 : at;
		if (dash >= 2 && text.p[dash - 1] == '-' && text.p[dash - 2] == '-') {
			return at;
		}
		at++;
	}
	return text.n;
}

static bool
step_comment(MimeLinks *links, BaseBytes text, bool last, size_t *used)
{
	size_t end = comment_end(text);
	bool ends = end < text.n;
	size_t seen = end;
	if (links->conditional) {
		seen = mime_links_scan_plain(links, base_bytes_slice(text, 0, end), ends || last);
	}
	if (ends) {
		links->state = MIME_LINKS_IN_TEXT;
		*used = end + 1;
		return true;
	}
	*used = MIN(seen, text.n - MIN(text.n, 3)); /* "--!" may end it */
	return false;
}

/* Raw text ends before "</" and its element's name. Where browsers may see markup instead (HTML
 * standard section 13.2.6.5), its URLs count. */
static bool
step_raw(MimeLinks *links, BaseBytes text, bool last, size_t *used)
{
	size_t n = strlen(links->raw);
	const uint8_t *lt = memchr(text.p, '<', text.n);
	*used = lt == NULL ? text.n : (size_t)(lt - text.p);
	if (links->foreign) {
		*used = mime_links_scan_plain(links, base_bytes_slice(text, 0, *used),
					      last || lt != NULL);
	}
	if (lt == NULL) {
		return false;
	}
	BaseBytes rest = base_bytes_slice(text, *used, SIZE_MAX);
	if (rest.n < n + 3) {
		return false;
	}
	bool ends = rest.p[1] == '/' && is_named(base_bytes_slice(rest, 2, n), links->raw) &&
		    (is_space(rest.p[n + 2]) || rest.p[n + 2] == '/' || rest.p[n + 2] == '>');
	if (ends && !g_str_equal(links->raw, "plaintext")) {
		links->state = MIME_LINKS_IN_TEXT;
	} else {
		*used += 1;
	}
	return true;
}

static bool
step_skipped(MimeLinks *links, BaseBytes text, bool last G_GNUC_UNUSED, size_t *used)
{
	size_t n = 0;
	if (links->quote != 0) {
		const uint8_t *end = memchr(text.p, links->quote, text.n);
		n = end == NULL ? text.n : (size_t)(end - text.p);
	} else {
		while (n < text.n && !is_space(text.p[n]) && text.p[n] != '>') {
			n++;
		}
	}
	bool ends = n < text.n;
	*used = n + (ends && links->quote != 0);
	links->state = ends ? MIME_LINKS_IN_TAG : MIME_LINKS_IN_SKIPPED_VALUE;
	return ends;
}

static bool
is_link(const MimeLinks *links, BaseBytes attribute)
{
	for (size_t i = 0; links->element != NULL && i < G_N_ELEMENTS(linking); i++) {
		if (g_str_equal(linking[i].element, links->element) &&
		    is_named(attribute, linking[i].attribute)) {
			return true;
		}
	}
	return false;
}

/* The value of a link's attribute at the front of @text, quote included; false if more is needed.
 */
static bool
take_link(MimeLinks *links, BaseBytes text, size_t *used)
{
	size_t from = links->quote != 0;
	size_t most = MIN(text.n, from + MIME_LINKS_URL);
	size_t n = from;
	while (n < most && (links->quote != 0 ? text.p[n] != links->quote
					      : !is_space(text.p[n]) && text.p[n] != '>')) {
		n++;
	}
	bool cut = n == from + MIME_LINKS_URL;
	if (n == text.n && !cut) {
		return false;
	}
	bool leads = mime_links_add(
		links, mime_url_host_html(base_bytes_slice(text, from, n - from), cut));
	links->in_anchor = links->in_anchor || (leads && g_str_equal(links->element, "a"));
	links->state = MIME_LINKS_IN_SKIPPED_VALUE;
	*used = n; /* its quote ends the value skipped */
	return true;
}

/* What stands behind "=" at @at; false if more is needed. */
static bool
take_value(MimeLinks *links, BaseBytes text, size_t at, bool link, size_t *used)
{
	uint8_t first = text.p[at];
	size_t value = 0;
	if (first == '>') {
		*used = at;
		return true;
	}
	links->quote = first == '"' || first == '\'' ? first : 0;
	if (link) {
		bool taken = take_link(links, base_bytes_slice(text, at, SIZE_MAX), &value);
		*used = taken ? at + value : 0;
		return taken;
	}
	links->state = MIME_LINKS_IN_SKIPPED_VALUE;
	*used = at + (links->quote != 0);
	return true;
}

static size_t
attribute_name_end(BaseBytes text, size_t from)
{
	size_t at = from + 1; /* "=" may begin a name */
	while (at < text.n && !is_space(text.p[at]) && strchr("/>=", text.p[at]) == NULL) {
		at++;
	}
	return at;
}

/* One attribute or the end of the tag; its name with blanks around "=" is given up beyond
 * MIME_LINKS_URL octets. */
static bool
step_tag(MimeLinks *links, BaseBytes text, bool last G_GNUC_UNUSED, size_t *used)
{
	size_t from = 0;
	while (from < text.n && (is_space(text.p[from]) || text.p[from] == '/')) {
		from++;
	}
	*used = from;
	if (from == text.n) {
		return false;
	}
	if (text.p[from] == '>') {
		links->state = links->raw != NULL ? MIME_LINKS_IN_RAW : MIME_LINKS_IN_TEXT;
		*used = from + 1;
		return true;
	}
	BaseBytes head = base_bytes_slice(text, 0, from + MIME_LINKS_URL);
	size_t name = attribute_name_end(head, from);
	size_t equals = skip_space(head, name);
	bool valued = equals < head.n && head.p[equals] == '=';
	size_t at = valued ? skip_space(head, equals + 1) : equals;
	if (at == head.n) {
		bool given_up = at == from + MIME_LINKS_URL;
		*used = given_up ? name : from;
		return given_up;
	}
	if (!valued) {
		*used = name;
		return true;
	}
	bool link = is_link(links, base_bytes_slice(text, from, name - from));
	return take_value(links, text, at, link, used);
}

typedef bool (*Step)(MimeLinks *links, BaseBytes text, bool last, size_t *used);

static const Step steps[MIME_LINKS_STATES] = {
	[MIME_LINKS_IN_TEXT] = step_text,
	[MIME_LINKS_IN_TAG] = step_tag,
	[MIME_LINKS_IN_SKIPPED_VALUE] = step_skipped,
	[MIME_LINKS_IN_RAW] = step_raw,
	[MIME_LINKS_IN_COMMENT] = step_comment,
	[MIME_LINKS_IN_BOGUS] = step_bogus,
};

size_t
mime_links_scan_html(MimeLinks *links, BaseBytes text, bool last)
{
	size_t at = 0;
	bool more = true;
	while (more && at < text.n) {
		size_t used = 0;
		more = steps[links->state](links, base_bytes_slice(text, at, SIZE_MAX), last,
					   &used);
		at += used;
	}
	return at;
}
