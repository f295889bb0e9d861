/* SPDX-License-Identifier: MPL-2.0 */
/* The parts of a message. */
#include "letter/tree.h"

#include "base/limits.h"
#include "base/lines.h"
#include "letter/field.h"
#include "letter/shown.h"

#define BOUNDARIES_MAX  20000U     /* lines that may be boundaries */
#define PART_FIELDS_MAX 50000U     /* lines that may be in headers of parts, all together */
#define PART_OCTETS_MAX (2U << 20) /* octets of those lines */

/* What is being walked through. */
typedef struct {
	LetterTree *tree;
	guint parts;
	LetterPlace *place; /* of the alternative that is walked through; NULL outside */
	bool rich;          /* within the branch of it that has HTML */
} Walk;

static void
place_free(gpointer data)
{
	LetterPlace *place = data;
	g_ptr_array_unref(place->plain);
	g_ptr_array_unref(place->rich);
	g_free(place);
}

static LetterPlace *
place_new(LetterTree *tree)
{
	LetterPlace *place = g_new(LetterPlace, 1);
	*place = (LetterPlace){g_ptr_array_new(), g_ptr_array_new()};
	g_ptr_array_add(tree->places, place);
	return place;
}

/* A type that is none, or none at all, is plain text (RFC 2045 section 5.2). */
static bool
is_type(GMimeObject *object, const char *type, const char *subtype)
{
	GMimeContentType *content = g_mime_object_get_content_type(object);
	const char *said = g_mime_object_get_header(object, "Content-Type");
	bool typed = content != NULL && (said == NULL || strchr(said, '/') != NULL);
	return typed ? g_mime_content_type_is_type(content, type, subtype)
		     : g_str_equal(type, "text") && g_str_equal(subtype, "plain");
}

static bool
is_body(GMimePart *leaf)
{
	GMimeObject *object = GMIME_OBJECT(leaf);
	const char *disposition = g_mime_object_get_disposition(object);
	bool text = is_type(object, "text", "plain") || is_type(object, "text", "html");
	bool attached = disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0;
	return text && !attached && g_mime_part_get_filename(leaf) == NULL;
}

/* A signature that belongs to the message itself is nothing to download. */
static bool
is_signature(GMimePart *leaf, GMimeObject *parent)
{
	GMimeObject *object = GMIME_OBJECT(leaf);
	return parent != NULL && is_type(parent, "multipart", "signed") &&
	       (is_type(object, "application", "pkcs7-signature") ||
		is_type(object, "application", "x-pkcs7-signature") ||
		is_type(object, "application", "pgp-signature"));
}

static void
take_body(Walk *w, LetterLeaf *leaf)
{
	if (w->place != NULL) {
		g_ptr_array_add(w->rich ? w->place->rich : w->place->plain, leaf);
		return;
	}
	LetterPlace *place = place_new(w->tree);
	g_ptr_array_add(place->rich, leaf);
	if (!leaf->html) {
		g_ptr_array_add(place->plain, leaf);
	}
}

static void
take_leaf(Walk *w, GMimePart *part, GMimeObject *parent, guint number)
{
	if (is_signature(part, parent)) {
		return;
	}
	LetterLeaf *leaf = g_new(LetterLeaf, 1);
	*leaf = (LetterLeaf){.part = number, .leaf = part, .role = LETTER_ROLE_ATTACHMENT};
	g_ptr_array_add(w->tree->leaves, leaf);
	if (is_body(part)) {
		leaf->role = LETTER_ROLE_BODY;
		leaf->html = is_type(GMIME_OBJECT(part), "text", "html");
		take_body(w, leaf);
	}
}

/* Whether there is HTML in @object that would be part of the body; at most @depth levels down. */
static bool
has_html(GMimeObject *object, guint depth)
{
	if (GMIME_IS_PART(object)) {
		return is_type(object, "text", "html") && is_body(GMIME_PART(object));
	}
	int n = GMIME_IS_MULTIPART(object) && depth > 0
			? g_mime_multipart_get_count(GMIME_MULTIPART(object))
			: 0;
	for (int i = 0; i < MIN(n, (int)BASE_LIMIT_MIME_PARTS); i++) {
		if (has_html(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth - 1)) {
			return true;
		}
	}
	return false;
}

/* A multipart in which no boundary was found has no parts: all of it is text, or nobody would see
 * what it says. */
static void
take_undivided(Walk *w)
{
	LetterTree *tree = w->tree;
	BaseBytes all = base_bytes_of(tree->octets);
	size_t from = letter_header_of(all).n;
	from += from < all.n && all.p[from] == '\r';
	from += from < all.n && all.p[from] == '\n';
	if (from == all.n) {
		return;
	}
	tree->undivided = g_mime_part_new_with_type("text", "plain");
	g_autoptr(GMimeStream) stream =
		g_mime_stream_mem_new_with_buffer((const char *)all.p, all.n);
	g_mime_stream_set_bounds(stream, (gint64)from, (gint64)all.n);
	g_autoptr(GMimeDataWrapper) content =
		g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
	g_mime_part_set_content(tree->undivided, content);
	take_leaf(w, tree->undivided, NULL, w->parts);
}

static void
walk(Walk *w, GMimeObject *object, GMimeObject *parent, guint depth)
{
	guint number = ++w->parts;
	if (depth == 0 || number > BASE_LIMIT_MIME_PARTS) {
		w->tree->cut = true;
		return;
	}
	if (GMIME_IS_PART(object)) {
		take_leaf(w, GMIME_PART(object), parent, number);
		return;
	}
	if (!GMIME_IS_MULTIPART(object)) {
		return;
	}
	Walk outer = *w;
	bool alternative = is_type(object, "multipart", "alternative") && w->place == NULL;
	if (alternative) {
		w->place = place_new(w->tree);
	}
	int n = g_mime_multipart_get_count(GMIME_MULTIPART(object));
	if (n == 0 && parent == NULL) {
		take_undivided(w);
	}
	for (int i = 0; i < n && w->parts <= BASE_LIMIT_MIME_PARTS; i++) {
		GMimeObject *child = g_mime_multipart_get_part(GMIME_MULTIPART(object), i);
		w->rich = alternative ? has_html(child, depth) : w->rich;
		walk(w, child, object, depth - 1);
	}
	w->place = outer.place;
	w->rich = outer.rich;
}

/* What GMime would have to make objects of. */
typedef struct {
	guint boundaries;
	guint lines;
	size_t octets; /* of lines that may be (part of) a field */
	size_t end;    /* up to where lines are counted: none is in two headers */
} Load;

static bool
is_too_much(const Load *load)
{
	return load->boundaries > BOUNDARIES_MAX || load->lines > PART_FIELDS_MAX ||
	       load->octets > PART_OCTETS_MAX;
}

/* Takes the line that begins at @rest; false: it is empty. */
static bool
count_line(Load *load, BaseBytes rest)
{
	const uint8_t *lf = memchr(rest.p, '\n', rest.n);
	size_t n = lf == NULL ? rest.n : (size_t)(lf - rest.p) + 1;
	if (rest.p[0] == '\n' || (n == 2 && rest.p[0] == '\r')) {
		return false;
	}
	bool folded = rest.p[0] == ' ' || rest.p[0] == '\t';
	load->octets += folded || memchr(rest.p, ':', n) != NULL ? n : 0;
	load->lines++;
	load->end += n;
	return true;
}

/*
 * GMime makes objects for whatever is there, without a limit: so what could become too many is
 * counted first. Every part begins after a line with "--"; what follows up to an empty line may be
 * its header.
 */
static bool
is_bounded(BaseBytes octets)
{
	Load load = {0};
	for (size_t at = 0; at < octets.n && !is_too_much(&load);) {
		at += base_lines_find_dashes(base_bytes_slice(octets, at, SIZE_MAX)) + 1;
		if (at >= octets.n) {
			break;
		}
		load.boundaries++;
		load.end = MAX(load.end, at);
		bool more = true;
		while (more && load.end < octets.n && !is_too_much(&load)) {
			more = count_line(&load, base_bytes_slice(octets, load.end, SIZE_MAX));
		}
	}
	return !is_too_much(&load);
}

static bool
check_limits(BaseBytes octets, GError **error)
{
	BaseBytes header = letter_header_of(octets);
	if (octets.n > LETTER_MESSAGE_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "The message is too large to be shown");
	}
	if (header.n >= BASE_LIMIT_HEADER || !is_bounded(octets)) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "The message has too many parts or header fields to be shown");
	}
	if (header.n == 0 || memchr(header.p, ':', header.n) == NULL) {
		return base_fail(error, PS_ERROR_MALFORMED, "There is no message: no header field");
	}
	return true;
}

LetterTree *
letter_tree_new(GBytes *octets, GError **error)
{
	BaseBytes all = base_bytes_of(octets);
	if (!check_limits(all, error)) {
		return NULL;
	}
	GMimeObject *root = letter_gmime_parse(all);
	if (root == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "There is no message");
	}
	LetterTree *tree = g_new0(LetterTree, 1);
	tree->octets = g_bytes_ref(octets);
	tree->root = root;
	tree->leaves = g_ptr_array_new_with_free_func(g_free);
	tree->places = g_ptr_array_new_with_free_func(place_free);
	Walk w = {.tree = tree};
	walk(&w, root, NULL, BASE_LIMIT_MIME_DEPTH);
	return tree;
}

void
letter_tree_free(LetterTree *tree)
{
	if (tree != NULL) {
		g_ptr_array_unref(tree->places);
		g_ptr_array_unref(tree->leaves);
		g_clear_object(&tree->undivided);
		g_object_unref(tree->root);
		g_bytes_unref(tree->octets);
		g_free(tree);
	}
}
