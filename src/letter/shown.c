/* SPDX-License-Identifier: MPL-2.0 */
/* A message taken apart for reading. */
#include "letter/shown.h"

#include "letter/decode.h"
#include "letter/field.h"
#include "letter/html.h"
#include "letter/text.h"
#include "letter/tree.h"

/* What is gathered while the body is read. */
typedef struct {
	LetterShown *shown;
	const LetterShownOptions *options;
	GString *text;
	GString *bodies;
	bool html; /* there is HTML in @bodies */
} Reading;

static const LetterLeaf *
leaf_of_id(const LetterTree *tree, const char *id)
{
	for (guint i = 0; i < tree->leaves->len; i++) {
		const LetterLeaf *leaf = g_ptr_array_index(tree->leaves, i);
		const char *own = g_mime_part_get_content_id(leaf->leaf);
		if (own != NULL && g_str_equal(own, id)) {
			return leaf;
		}
	}
	return NULL;
}

static GBytes *
image_of_id(gpointer user, const char *id, size_t max)
{
	const LetterTree *tree = user;
	const LetterLeaf *leaf = leaf_of_id(tree, id);
	/* Base64 makes three octets of four, and line ends. */
	bool fits = leaf != NULL && letter_leaf_raw_size(tree, leaf) / 3 * 2 <= max;
	return fits ? letter_leaf_content(tree, leaf) : NULL;
}

static bool
has_legacy_display(const Reading *r, const LetterLeaf *leaf)
{
	const char *mark = letter_leaf_parameter(leaf, "hp-legacy-display");
	return r->options->legacy_display && mark != NULL && g_str_equal(mark, "1");
}

/* RFC 9788 section 4.5.3.2: up to and including the first empty line. */
static const char *
skip_legacy_display(const char *text)
{
	const char *end = *text == '\n' ? text : strstr(text, "\n\n");
	return end == NULL ? text : end + (*text == '\n' ? 1 : 2);
}

static char *
decoded_text(Reading *r, const LetterLeaf *leaf)
{
	size_t room = LETTER_TEXT_MAX - MIN(LETTER_TEXT_MAX, r->text->len);
	g_autoptr(GBytes) content = letter_leaf_content(r->shown->tree, leaf);
	r->shown->cut = r->shown->cut || g_bytes_get_size(content) > room;
	return letter_decode(base_bytes_of(content), letter_leaf_parameter(leaf, "charset"), room);
}

static char *
plain_text(Reading *r, const LetterLeaf *leaf)
{
	g_autofree char *text = decoded_text(r, leaf);
	const char *start = has_legacy_display(r, leaf) ? skip_legacy_display(text) : text;
	const char *format = letter_leaf_parameter(leaf, "format");
	const char *delsp = letter_leaf_parameter(leaf, "delsp");
	if (format != NULL && g_ascii_strcasecmp(format, "flowed") == 0) {
		return letter_text_unflow(start,
					  delsp != NULL && g_ascii_strcasecmp(delsp, "yes") == 0);
	}
	return g_strdup(start);
}

static LetterHtml *
rich_text(Reading *r, const LetterLeaf *leaf)
{
	LetterHtmlOptions options = {
		.image = image_of_id,
		.user = r->shown->tree,
		.legacy_display = has_legacy_display(r, leaf),
	};
	g_autofree char *source = decoded_text(r, leaf);
	LetterHtml *html = letter_html_new(source, &options);
	r->shown->remote += html->remote;
	r->shown->cut = r->shown->cut || html->cut;
	return html;
}

static void
append_paragraph(GString *out, const char *text)
{
	if (out->len > 0 && *text != '\0') {
		g_string_append(out, g_str_has_suffix(out->str, "\n") ? "\n" : "\n\n");
	}
	size_t room = LETTER_TEXT_MAX - MIN(LETTER_TEXT_MAX, out->len);
	g_autofree char *cut = g_strndup(text, room);
	g_autofree char *valid = g_utf8_make_valid(cut, -1);
	g_string_append(out, valid);
}

static void
append_body(Reading *r, const char *body)
{
	g_string_append(r->bodies, r->bodies->len > 0 ? "\n<hr>\n" : "");
	g_string_append(r->bodies, body);
}

/* The rich side of a place; @text: there is no plain one, so its words are the text, too. */
static void
read_rich(Reading *r, const LetterLeaf *leaf, bool text)
{
	if (leaf->html) {
		g_autoptr(LetterHtml) html = rich_text(r, leaf);
		r->html = true;
		append_body(r, html->body);
		if (text) {
			append_paragraph(r->text, html->text);
			r->shown->text_of_html = true;
		}
		return;
	}
	g_autofree char *words = plain_text(r, leaf);
	g_autofree char *body = letter_html_of_text(words);
	append_body(r, body);
	if (text) {
		append_paragraph(r->text, words);
	}
}

static void
read_place(Reading *r, const LetterPlace *place)
{
	bool rich = place->rich->len > 0;
	for (guint i = 0; i < place->plain->len; i++) {
		const LetterLeaf *leaf = g_ptr_array_index(place->plain, i);
		g_autofree char *text = plain_text(r, leaf);
		append_paragraph(r->text, text);
		if (!rich) {
			g_autofree char *body = letter_html_of_text(text);
			append_body(r, body);
		}
	}
	for (guint i = 0; i < place->rich->len; i++) {
		const LetterLeaf *leaf = g_ptr_array_index(place->rich, i);
		read_rich(r, leaf, place->plain->len == 0);
	}
}

static void
free_attachment(gpointer data)
{
	LetterAttachment *attachment = data;
	g_free(attachment->name);
	g_free(attachment->type);
	g_free(attachment->claimed);
	g_free(attachment);
}

/* A name for a part that has none. */
static char *
name_without(const LetterTree *tree, const LetterLeaf *leaf, const char *type)
{
	static const char *const extensions[][2] = {
		{"image/png", ".png"},     {"image/jpeg", ".jpg"},      {"image/gif", ".gif"},
		{"image/webp", ".webp"},   {"text/plain", ".txt"},      {"text/html", ".html"},
		{"text/calendar", ".ics"}, {"application/pdf", ".pdf"},
	};
	if (g_str_equal(type, "message/rfc822")) {
		g_autoptr(GBytes) content = letter_leaf_content(tree, leaf);
		g_autoptr(LetterSummary) inner = letter_summary_new(base_bytes_of(content));
		const char *subject = *inner->subject == '\0' ? "message" : inner->subject;
		return g_strconcat(subject, ".eml", NULL);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(extensions); i++) {
		if (g_str_equal(type, extensions[i][0])) {
			return g_strconcat("attachment", extensions[i][1], NULL);
		}
	}
	return g_strdup("attachment");
}

static void
add_attachment(LetterShown *shown, const LetterLeaf *leaf)
{
	GMimeObject *object = GMIME_OBJECT(leaf->leaf);
	const char *disposition = g_mime_object_get_disposition(object);
	bool attached = disposition != NULL && g_ascii_strcasecmp(disposition, "attachment") == 0;
	const char *given = g_mime_part_get_filename(leaf->leaf);
	g_autofree char *claimed = letter_leaf_type(leaf);
	g_autofree char *name =
		given != NULL ? g_strdup(given) : name_without(shown->tree, leaf, claimed);
	LetterAttachment *attachment = g_new(LetterAttachment, 1);
	*attachment = (LetterAttachment){
		.part = leaf->part,
		.name = letter_file_name(name),
		.type = g_strdup(letter_file_type(claimed)),
		.size = letter_leaf_size(shown->tree, leaf),
		.is_inline = !attached && g_mime_part_get_content_id(leaf->leaf) != NULL,
		.is_message = g_str_equal(claimed, "message/rfc822"),
		.claimed = letter_text_clean(claimed, 100),
	};
	g_ptr_array_add(shown->attachments, attachment);
}

static void
read_body(LetterShown *shown, const LetterShownOptions *options)
{
	Reading r = {
		.shown = shown,
		.options = options,
		.text = g_string_new(NULL),
		.bodies = g_string_new(NULL),
	};
	for (guint i = 0; i < shown->tree->places->len; i++) {
		read_place(&r, g_ptr_array_index(shown->tree->places, i));
	}
	if (r.html && !options->text_only) {
		shown->html = letter_html_document(r.bodies->str);
	}
	shown->text = g_string_free(r.text, FALSE);
	g_string_free(r.bodies, TRUE);
}

LetterShown *
letter_shown_new(GBytes *octets, const LetterShownOptions *options, GError **error)
{
	static const LetterShownOptions none = {0};
	LetterTree *tree = letter_tree_new(octets, error);
	if (tree == NULL) {
		return NULL;
	}
	LetterShown *shown = g_new0(LetterShown, 1);
	shown->tree = tree;
	shown->cut = tree->cut;
	shown->header = letter_summary_of(tree->root);
	shown->attachments = g_ptr_array_new_with_free_func(free_attachment);
	read_body(shown, options == NULL ? &none : options);
	for (guint i = 0; i < tree->leaves->len; i++) {
		const LetterLeaf *leaf = g_ptr_array_index(tree->leaves, i);
		if (leaf->role == LETTER_ROLE_ATTACHMENT) {
			add_attachment(shown, leaf);
		}
	}
	return shown;
}

void
letter_shown_free(LetterShown *shown)
{
	if (shown != NULL) {
		g_ptr_array_unref(shown->attachments);
		letter_summary_free(shown->header);
		letter_tree_free(shown->tree);
		g_free(shown->text);
		g_free(shown->html);
		g_free(shown);
	}
}

const LetterAttachment *
letter_shown_attachment(const LetterShown *shown, guint part)
{
	for (guint i = 0; i < shown->attachments->len; i++) {
		const LetterAttachment *attachment = g_ptr_array_index(shown->attachments, i);
		if (attachment->part == part) {
			return attachment;
		}
	}
	return NULL;
}

GBytes *
letter_shown_part(const LetterShown *shown, guint part, GError **error)
{
	for (guint i = 0; i < shown->tree->leaves->len; i++) {
		const LetterLeaf *leaf = g_ptr_array_index(shown->tree->leaves, i);
		if (leaf->part == part && leaf->role == LETTER_ROLE_ATTACHMENT) {
			return letter_leaf_content(shown->tree, leaf);
		}
	}
	return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "The message has no attachment %u", part);
}

char *
letter_shown_field(const LetterShown *shown, const char *name)
{
	g_autofree char *raw = letter_field_first(shown->tree->root, name);
	return raw == NULL ? NULL : letter_text_of_field(raw);
}
