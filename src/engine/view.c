/* SPDX-License-Identifier: MPL-2.0 */
/* The readable message. */
#include "engine/view.h"

#include "enums.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/lines.h"
#include "engine/drafts.h"
#include "mime/authres.h"
#include "mime/entity.h"
#include "mime/keyfield.h"
#include "mime/legacy.h"
#include "mime/parts.h"
#include "mime/qp.h"
#include "mime/walk.h"

/* How the payload's body becomes the body of the view. */
typedef struct {
	const Judgement *judgement;
	bool strip_legacy; /* sealed by somebody who may have added a Legacy Display Element */
	bool inert; /* unauthenticated plaintext: only text, nothing that a program would act on */
	BaseSink *walk;
	BaseSink *parts;   /* unobtrusive: the only child is the payload */
	BaseSink *child;   /* an entity whose header is replaced by the view's */
	BaseSink *decoder; /* of a wrapped message/rfc822 that was encoded */
} View;

/* One field, made anew from what this reader saw, so that another program cannot see something else
 * in it. */
static char *
inert_type(const MimeWalkNode *node)
{
	bool is_multipart = mime_content_type_is(node->type, "multipart", NULL);
	const char *kept = is_multipart ? "boundary" : "charset";
	const char *name = "application/octet-stream";
	g_autofree char *container = node->is_container ? mime_content_type_name(node->type) : NULL;
	if (container != NULL) {
		name = container;
	} else if (mime_content_type_is(node->type, "text", NULL)) {
		name = "text/plain";
	}
	g_autoptr(MimeContentType) type = mime_content_type_parse(name);
	const char *value = mime_content_type_get(node->type, kept);
	if (value != NULL && strcmp(name, "application/octet-stream") != 0) {
		mime_content_type_set(type, kept, value);
	}
	return mime_content_type_to_string(type);
}

/*
 * CBC plaintext may have been put together by an attacker (EFAIL): as plain text it cannot make a
 * program fetch or run anything. The character set is kept, so that the text can be read.
 */
static void
make_inert(const MimeWalkNode *node)
{
	g_autofree char *type = inert_type(node);
	mime_header_set(node->header, "Content-Type", type);
	if (g_str_has_prefix(type, "application/")) {
		mime_header_set(node->header, "Content-Disposition", "attachment");
	}
}

static bool
view_enter(void *user, const MimeWalkNode *node, MimeWalkChoice *choice,
	   G_GNUC_UNUSED GError **error)
{
	View *view = user;
	if (view->inert) {
		make_inert(node);
	}
	if (view->strip_legacy) {
		(void)mime_legacy_remove_enter(node, choice);
	}
	return true;
}

static BaseSink *
view_filter(G_GNUC_UNUSED void *user, const MimeWalkNode *node, BaseSink *next)
{
	return mime_legacy_remove_filter(node, next);
}

static const MimeWalkVisitor VIEWER = {.enter = view_enter, .filter = view_filter};

static bool
is_called(const MimeField *field, const char *name)
{
	return g_ascii_strcasecmp(field->name, name) == 0;
}

/*
 * RFC 8601 section 5: what the last server found stands above its Received field, or right below
 * it; other results were written by whoever sent the message. Values of @outer, (transfer full).
 */
static GPtrArray *
credible_results(const MimeHeader *outer)
{
	GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
	bool passed = mime_header_count(outer, "Received") == 0;
	bool among = false; /* right below */
	for (guint i = 0; i < mime_header_length(outer); i++) {
		const MimeField *field = mime_header_at(outer, i);
		bool result = is_called(field, MIME_AUTHRES_NAME);
		if (result && (!passed || among)) {
			g_ptr_array_add(values, g_strdup(field->value));
		}
		among = (result && among) || (is_called(field, "Received") && !passed);
		passed = passed || is_called(field, "Received");
	}
	return values;
}

/* A status that is not ours, a result that no server of ours wrote, or one about S/MIME, which is
 * for us to say. */
static bool
is_forged(const MimeField *field, void *user)
{
	GPtrArray *credible = user;
	if (!is_called(field, MIME_AUTHRES_NAME)) {
		return is_called(field, VIEW_STATUS_FIELD);
	}
	g_autofree char *lower = g_ascii_strdown(field->value, -1);
	return strstr(lower, "smime") != NULL ||
	       !g_ptr_array_find_with_equal_func(credible, field->value, g_str_equal, NULL);
}

/* The sentence as a parameter: a quoted string, or in the way of RFC 8187 for other languages. It
 * may hold the names that others chose, so nothing in it can end the string. */
static void
append_sentence(GString *value, const char *sentence)
{
	if (g_str_is_ascii(sentence)) {
		g_autoptr(GString) text = g_string_new(sentence);
		g_string_replace(text, "\\", "\\\\", 0);
		g_string_replace(text, "\"", "\\\"", 0);
		g_string_append_printf(value, "; text=\"%s\"", text->str);
		return;
	}
	g_autofree char *escaped = g_uri_escape_string(sentence, NULL, FALSE);
	g_string_append_printf(value, "; text*=UTF-8''%s", escaped);
}

#define STATUS_MAX 998U /* octets of a line (RFC 5322 section 2.1.1) */

/* One line, ASCII: summary; signature; encryption; history; warnings; the sentence. It is not
 * folded: who looks for it finds it in the first line, and the rest is the message. */
char *
view_status(const PsVerdict *verdict)
{
	g_autoptr(GString) line = g_string_new(VIEW_STATUS_FIELD ": ");
	g_string_append_printf(line, "%s; signature=%s; encryption=%s; history=%s",
			       ps_enum_nick(PS_TYPE_SUMMARY, (int)verdict->summary),
			       verdict->signature.reason, verdict->encryption.reason,
			       verdict->history.state);
	for (guint i = 0; i < verdict->warnings->len; i++) {
		const PsWarning *warning = g_ptr_array_index(verdict->warnings, i);
		g_string_append_printf(line, "%s%s", i == 0 ? "; warnings=" : ",", warning->code);
	}
	gsize words = line->len;
	append_sentence(line, verdict->sentence);
	if (line->len > STATUS_MAX) {
		g_string_truncate(line, words);
	}
	return g_string_free(g_steal_pointer(&line), FALSE);
}

static void
remove_forged(MimeHeader *header, const MimeHeader *outer)
{
	g_autoptr(GPtrArray) credible = credible_results(outer);
	mime_header_remove_if(header, is_forged, credible);
	mime_header_drop_envelope(header);
}

bool
view_write_header(const MimeHeader *header, const ViewForm *form, BaseSink *out, GError **error)
{
	g_autoptr(GByteArray) octets = g_byte_array_new();
	mime_header_write(header, form->crlf, octets);
	return (form->status == NULL ||
		(base_sink_write_str(out, form->status, error) &&
		 base_sink_write_str(out, form->crlf ? "\r\n" : "\n", error))) &&
	       base_sink_write(out, base_bytes_of_array(octets), error);
}

/* The child of a wrapper: its own header was read when it was checked, so only the body goes on. */
static bool
child_header(void *user, G_GNUC_UNUSED MimeHeader *header, BaseSink **body,
	     G_GNUC_UNUSED GError **error)
{
	*body = ((View *)user)->walk;
	return true;
}

static const MimeEntityHooks CHILD_HOOKS = {child_header};

static bool
part_begins(void *user, guint index, BaseSink **part, G_GNUC_UNUSED GError **error)
{
	View *view = user;
	if (index == 0) {
		view->child = mime_entity_new(&CHILD_HOOKS, view);
		*part = view->child;
	}
	return true;
}

/* Where the raw body of the payload goes. */
static BaseSink *
body_sink(View *view)
{
	static const MimePartsHooks hooks = {.begin = part_begins};
	const Layers *layers = view->judgement->layers;
	const Layer *outermost =
		layers->layers->len == 0 ? NULL : g_ptr_array_index(layers->layers, 0);
	if (outermost != NULL && outermost->form == LAYER_FORM_UNOBTRUSIVE) {
		g_autoptr(MimeContentType) type = mime_content_type_of(layers->outer, NULL);
		view->parts = mime_parts_new(mime_content_type_get(type, "boundary"), &hooks, view);
		return view->parts;
	}
	if (!view->judgement->protection->unwrap) {
		return view->walk;
	}
	view->child = mime_entity_new(&CHILD_HOOKS, view);
	MimeCte cte = mime_cte_of(layers->payload);
	if (cte == MIME_CTE_BASE64 || cte == MIME_CTE_QP) {
		view->decoder = cte == MIME_CTE_BASE64 ? base64_new_decoder(view->child)
						       : mime_qp_new_decoder(view->child);
		return view->decoder;
	}
	return view->child;
}

static bool
finish_view(View *view, GError **error)
{
	BaseSink *chain[] = {view->parts, view->decoder, view->child, view->walk};
	for (size_t i = 0; i < G_N_ELEMENTS(chain); i++) {
		if (chain[i] != NULL && !base_sink_finish(chain[i], error)) {
			return false;
		}
	}
	return true;
}

static void
view_clear(View *view)
{
	base_sink_free(view->parts);
	base_sink_free(view->decoder);
	base_sink_free(view->child);
	base_sink_free(view->walk);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(View, view_clear)

/* The lines of the payload may end differently from those of the message around it. */
static BaseSink *
line_filter(bool crlf, BaseSink *out)
{
	return crlf ? base_lines_new_crlf(out) : base_lines_new_lf(out);
}

static bool
write_opened(const Judgement *j, const ViewForm *form, BaseSource *source, BaseSink *out,
	     GError **error)
{
	const Layer *encryption = layers_encryption(j->layers);
	g_auto(View) view = {
		.judgement = j,
		.strip_legacy = encryption != NULL,
		.inert = encryption != NULL && !encryption->encryption.authenticated &&
			 !(j->holds && j->names_from),
	};
	g_autoptr(BaseSink) lines = line_filter(form->crlf, out);
	view.walk = mime_walk_new(lines, &VIEWER, &view);
	g_autoptr(MimeHeader) header = mime_header_copy(j->protection->display);
	mime_header_remove(header, MIME_KEYFIELD_NAME);
	mime_header_remove(header, MIME_HANDOVER_NAME);
	remove_forged(header, j->layers->outer);
	drafts_restore(j, header);
	BaseSink *body = body_sink(&view);
	ViewForm here = {form->status, true}; /* until the filter at the end */
	return view_write_header(header, &here, view.walk, error) &&
	       layers_release(j->layers, source, body, error) && finish_view(&view, error) &&
	       base_sink_finish(lines, error);
}

/* Without layers the octets stay as they are; only the status is put before them. */
static bool
body_only_header(void *user, G_GNUC_UNUSED MimeHeader *header, BaseSink **body,
		 G_GNUC_UNUSED GError **error)
{
	*body = user;
	return true;
}

static bool
write_untouched(const Judgement *j, const ViewForm *form, BaseSource *source, BaseSink *out,
		GError **error)
{
	static const MimeEntityHooks hooks = {body_only_header};
	g_autoptr(MimeHeader) header = mime_header_copy(j->layers->outer);
	remove_forged(header, j->layers->outer);
	g_autoptr(BaseSink) entity = mime_entity_new(&hooks, out);
	return view_write_header(header, form, out, error) &&
	       base_source_copy(source, 0, UINT64_MAX, entity, error) &&
	       base_sink_finish(entity, error);
}

bool
view_write(const Judgement *judgement, const ViewForm *form, BaseSource *source, BaseSink *out,
	   GError **error)
{
	const Layers *layers = judgement->layers;
	bool has_layers = layers->layers->len > 0 && layers_is_open(layers);
	return has_layers ? write_opened(judgement, form, source, out, error)
			  : write_untouched(judgement, form, source, out, error);
}
