/* SPDX-License-Identifier: MPL-2.0 */
/* The cryptographic envelope: which layers a message has, and what they say. */
#include "engine/layers.h"

#include "base/error.h"
#include "base/limits.h"
#include "engine/level.h"

#define PASSES_MAX 16 /* each pass teaches at least one layer something, or is the last */

static void
layer_reset(Layer *layer)
{
	g_clear_pointer(&layer->signed_data, cms_signed_unref);
	layer->malformed = false;
	layer->too_large = false;
	layer->several_parts = false;
	layer->digests = 0;
	memset(&layer->encryption, 0, sizeof(layer->encryption));
}

static void
layer_free(Layer *layer)
{
	layer_reset(layer);
	cms_recall_free(layer->recall);
	g_free(layer);
}

Layers *
layers_new(PsEngine *engine)
{
	Layers *layers = g_new0(Layers, 1);
	layers->engine = engine;
	layers->layers = g_ptr_array_new_with_free_func((GDestroyNotify)layer_free);
	layers->structure = g_ptr_array_new_with_free_func(g_free);
	layers->links = mime_links_new();
	return layers;
}

static void
forget_pass(Layers *layers)
{
	g_clear_pointer(&layers->outer, mime_header_free);
	g_clear_pointer(&layers->payload, mime_header_free);
	g_clear_pointer(&layers->embedded, mime_header_free);
	g_ptr_array_set_size(layers->structure, 0);
	layers->errant_signed = false;
	layers->errant_encrypted = false;
	layers->list_footer = false;
	layers->remote_content = false;
	g_clear_pointer(&layers->links, mime_links_free);
	layers->links = mime_links_new();
}

void
layers_free(Layers *layers)
{
	forget_pass(layers);
	g_ptr_array_unref(layers->layers);
	g_ptr_array_unref(layers->structure);
	g_clear_pointer(&layers->links, mime_links_free);
	g_free(layers);
}

Layer *
layers_at(Layers *layers, guint depth, LayerForm form)
{
	if (depth < layers->layers->len) {
		Layer *known = g_ptr_array_index(layers->layers, depth);
		layer_reset(known);
		known->form = form;
		return known;
	}
	Layer *layer = g_new0(Layer, 1);
	layer->form = form;
	layer->kind = form == LAYER_FORM_OPAQUE ? CMS_KIND_OTHER : CMS_KIND_SIGNED;
	layer->recall = cms_recall_new();
	g_ptr_array_add(layers->layers, layer);
	return layer;
}

static bool
run_pass(Layers *layers, BaseSource *source, BaseSink *release, GError **error)
{
	g_autoptr(Level) root = level_new(layers, 0, release);
	return base_source_copy(source, 0, UINT64_MAX, level_sink(root), error) &&
	       level_finish(root, error);
}

/* A detached signature made with a digest that nobody announced: it must be computed in another
 * pass. */
static bool
wants_another_digest(Layer *layer)
{
	const CmsSignedData *sd = layer->signed_data;
	if (layer->form == LAYER_FORM_OPAQUE || sd == NULL || sd->n_signers == 0) {
		return false;
	}
	CmsDigest digest = sd->signers[0].digest;
	guint bit = CMS_DIGEST_BIT(digest);
	if (digest == CMS_DIGEST_UNKNOWN || (layer->wanted & bit) != 0) {
		return false;
	}
	layer->wanted |= bit;
	return true;
}

/* The depth of the outermost layer that must be read again, or G_MAXUINT. */
static guint
first_unfinished(Layers *layers, guint again)
{
	for (guint i = 0; i < layers->layers->len && i < again; i++) {
		if (wants_another_digest(g_ptr_array_index(layers->layers, i))) {
			return i;
		}
	}
	return again;
}

bool
layers_check(Layers *layers, BaseSource *source, GError **error)
{
	for (guint pass = 0; pass < PASSES_MAX; pass++) {
		forget_pass(layers);
		g_autoptr(Level) root = level_new(layers, 0, NULL);
		if (!base_source_copy(source, 0, UINT64_MAX, level_sink(root), error) ||
		    !level_finish(root, error)) {
			return false;
		}
		guint again = level_again(root);
		if (again != G_MAXUINT) {
			/* What lay inside was read under a wrong assumption: no memory of it may
			 * stay. */
			g_ptr_array_set_size(layers->layers, (gint)again + 1);
		}
		if (first_unfinished(layers, again) == G_MAXUINT) {
			return true;
		}
	}
	return base_fail(error, PS_ERROR_LIMIT, "the message needs too many passes to be read");
}

bool
layers_release(Layers *layers, BaseSource *source, BaseSink *body, GError **error)
{
	/* Only a checking pass looks for them. */
	MimeLinks *links = g_steal_pointer(&layers->links);
	forget_pass(layers);
	mime_links_free(layers->links);
	layers->links = links;
	return run_pass(layers, source, body, error);
}

const Layer *
layers_signature(const Layers *layers)
{
	for (guint i = layers->layers->len; i > 0; i--) {
		const Layer *layer = g_ptr_array_index(layers->layers, i - 1);
		if (layer->kind == CMS_KIND_SIGNED) {
			return layer;
		}
	}
	return NULL;
}

bool
layer_is_open(const Layer *layer)
{
	return layer->encryption.reason == CMS_ENCRYPTION_OK ||
	       layer->encryption.reason == CMS_ENCRYPTION_WEAK_ALGORITHM;
}

static bool
is_encrypted(const Layer *layer)
{
	return layer->encryption.present;
}

const Layer *
layers_encryption(const Layers *layers)
{
	const Layer *best = NULL;
	for (guint i = 0; i < layers->layers->len; i++) {
		const Layer *layer = g_ptr_array_index(layers->layers, i);
		if (!is_encrypted(layer)) {
			continue;
		}
		if (!layer_is_open(layer)) {
			return layer;
		}
		/* An AEAD around it vouches for nothing: whoever has the ciphertext can put one
		 * around it. */
		if (best == NULL ||
		    (best->encryption.authenticated && !layer->encryption.authenticated)) {
			best = layer;
		}
	}
	return best;
}

bool
layers_signed_inside(const Layers *layers)
{
	bool signature_seen = false;
	for (guint i = 0; i < layers->layers->len; i++) {
		const Layer *layer = g_ptr_array_index(layers->layers, i);
		signature_seen =
			layer->kind == CMS_KIND_SIGNED || (signature_seen && !is_encrypted(layer));
	}
	return signature_seen;
}

void
layers_forget_inside(Layers *layers, guint depth)
{
	g_clear_pointer(&layers->payload, mime_header_free);
	g_clear_pointer(&layers->embedded, mime_header_free);
	g_ptr_array_set_size(layers->layers, (gint)MIN(layers->layers->len, depth + 1));
	g_ptr_array_set_size(layers->structure, (gint)MIN(layers->structure->len, depth + 1));
	layers->errant_signed = false;
	layers->errant_encrypted = false;
	layers->list_footer = false;
	layers->remote_content = false;
	layers->openpgp = false;
}

void
layers_close(Layers *layers)
{
	for (guint i = 0; i < layers->layers->len; i++) {
		Layer *layer = g_ptr_array_index(layers->layers, i);
		if (is_encrypted(layer) && !layer->encryption.authenticated) {
			layer->encryption.reason = CMS_ENCRYPTION_NOT_AUTHENTICATED;
			layers_forget_inside(layers, i);
		}
	}
}

bool
layers_is_open(const Layers *layers)
{
	return layers->payload != NULL;
}
