/* SPDX-License-Identifier: MPL-2.0 */
/* What the payload's tree holds. */
#include "engine/inspect.h"

#include "mime/walk.h"

#define LOOK_BEHIND 16 /* octets kept so that a reference cut in two is still found */

struct Inspect {
	Layers *layers;
	BaseSink *walk;
	MimeHeader *child;
	guint top_children;   /* entities directly below the root */
	bool first_is_signed; /* the first of them is a signed message */
	bool second_is_text;  /* the second of them is text */
	bool root_is_mixed;
};

/* Looks for what makes a program fetch something, and for where links lead. */
typedef struct {
	BaseSink sink;
	Layers *layers;
	bool html;
	char tail[LOOK_BEHIND];
	size_t tail_n;
} TextWatch;

static const char *const REMOTE_MARKS[] = {"src=\"http", "src='http",        "src=http",
					   "url(http",   "url(\"http",       "url('http",
					   "src=\"//",   "background=\"http"};

static bool
holds_mark(const char *text, size_t n)
{
	g_autofree char *lower = g_ascii_strdown(text, (gssize)n);
	for (size_t i = 0; i < G_N_ELEMENTS(REMOTE_MARKS); i++) {
		if (base_bytes_find(base_bytes(lower, n), base_bytes_str(REMOTE_MARKS[i])) !=
		    SIZE_MAX) {
			return true;
		}
	}
	return false;
}

static void
watch_remote(TextWatch *watch, BaseBytes data)
{
	g_autoptr(GString) text = g_string_new_len(watch->tail, (gssize)watch->tail_n);
	g_string_append_len(text, (const char *)data.p, (gssize)data.n);
	watch->layers->remote_content = holds_mark(text->str, text->len);
	watch->tail_n = MIN(text->len, LOOK_BEHIND);
	memcpy(watch->tail, text->str + text->len - watch->tail_n, watch->tail_n);
}

static bool
text_write(BaseSink *sink, BaseBytes data, G_GNUC_UNUSED GError **error)
{
	TextWatch *watch = (TextWatch *)sink;
	const Layers *layers = watch->layers;
	if (layers->deep && watch->html && !layers->remote_content && data.n > 0) {
		watch_remote(watch, data);
	}
	mime_links_feed(layers->links, data, watch->html);
	return true;
}

static bool
text_finish(BaseSink *sink, G_GNUC_UNUSED GError **error)
{
	mime_links_end(((TextWatch *)sink)->layers->links);
	return true;
}

static void
text_free(BaseSink *sink)
{
	g_free(sink);
}

static const BaseSinkClass TEXT_CLASS = {text_write, text_finish, text_free};

static BaseSink *
watch_text(void *user, const MimeWalkNode *node, G_GNUC_UNUSED BaseSink *next)
{
	TextWatch *watch = g_new0(TextWatch, 1);
	watch->sink.klass = &TEXT_CLASS;
	watch->layers = ((Inspect *)user)->layers;
	watch->html = mime_content_type_is(node->type, "text", "html");
	return &watch->sink;
}

static void
note_top_child(Inspect *inspect, const MimeWalkNode *node, MimeSmimeKind kind)
{
	inspect->top_children++;
	if (inspect->child == NULL) {
		inspect->child = mime_header_copy(node->header);
		inspect->first_is_signed = kind == MIME_SMIME_SIGNED_MULTIPART;
	} else if (inspect->top_children == 2) {
		inspect->second_is_text = mime_content_type_is(node->type, "text", "plain");
	}
}

/* A forwarded message is judged when it is opened by itself (RFC 9787 section 6.3). */
static bool
is_forwarded(const MimeWalkNode *node)
{
	return node->parent_type != NULL && strcmp(node->parent_type, "message/rfc822") == 0;
}

static void
note_errant(Layers *layers, const MimeWalkNode *node, MimeSmimeKind kind)
{
	bool opaque = kind == MIME_SMIME_PKCS7_MIME;
	const char *hint = mime_content_type_get(node->type, "smime-type");
	bool is_signed = kind == MIME_SMIME_SIGNED_MULTIPART ||
			 (opaque && hint != NULL && g_ascii_strcasecmp(hint, "signed-data") == 0);
	bool carries = opaque && hint != NULL && g_ascii_strcasecmp(hint, "certs-only") == 0;
	layers->errant_signed = layers->errant_signed || is_signed;
	layers->errant_encrypted = layers->errant_encrypted || (opaque && !is_signed && !carries);
}

static bool
enter(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, G_GNUC_UNUSED GError **error)
{
	Inspect *inspect = user;
	Layers *layers = inspect->layers;
	g_autofree char *filename = mime_filename_of(node->header);
	MimeSmimeKind kind = mime_type_is_smime(node->type, filename);
	if (node->depth == 1) {
		note_top_child(inspect, node, kind);
	}
	if (node->is_root) {
		inspect->root_is_mixed = mime_content_type_is(node->type, "multipart", "mixed");
		layers->openpgp = mime_content_type_is(node->type, "multipart", "encrypted");
	}
	if (node->depth == 1 && is_forwarded(node)) {
		layers->embedded = mime_header_copy(node->header);
	} else if (!is_forwarded(node)) {
		note_errant(layers, node, kind);
	}
	if (node->is_main_body && (mime_content_type_is(node->type, "text", "html") ||
				   mime_content_type_is(node->type, "text", "plain"))) {
		choice->action = MIME_WALK_FILTER;
	}
	return true;
}

static const MimeWalkVisitor INSPECTOR = {.enter = enter, .filter = watch_text};

Inspect *
inspect_new(Layers *layers)
{
	Inspect *inspect = g_new0(Inspect, 1);
	inspect->layers = layers;
	inspect->walk = mime_walk_new(base_sink_null(), &INSPECTOR, inspect);
	return inspect;
}

void
inspect_free(Inspect *inspect)
{
	if (inspect == NULL) {
		return;
	}
	base_sink_free(inspect->walk);
	mime_header_free(inspect->child);
	g_free(inspect);
}

bool
inspect_header(Inspect *inspect, const MimeHeader *header, GError **error)
{
	g_autoptr(GByteArray) octets = g_byte_array_new();
	mime_header_write(header, mime_header_is_crlf(header), octets);
	return base_sink_write(inspect->walk, base_bytes_of_array(octets), error);
}

BaseSink *
inspect_sink(Inspect *inspect)
{
	return inspect->walk;
}

bool
inspect_finish(Inspect *inspect, GError **error)
{
	if (!base_sink_finish(inspect->walk, error)) {
		return false;
	}
	const GPtrArray *types = mime_walk_structure(inspect->walk);
	for (guint i = 0; i < types->len; i++) {
		g_ptr_array_add(inspect->layers->structure, g_strdup(g_ptr_array_index(types, i)));
	}
	inspect->layers->list_footer = inspect->root_is_mixed && inspect->top_children == 2 &&
				       inspect->first_is_signed && inspect->second_is_text;
	return true;
}

const MimeHeader *
inspect_first_child(const Inspect *inspect)
{
	return inspect->child;
}
