/* SPDX-License-Identifier: MPL-2.0 */
/* One level of the envelope while octets are pushed through it. */
#include "engine/level.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/lines.h"
#include "engine/inspect.h"
#include "mime/content_type.h"
#include "mime/entity.h"
#include "mime/parts.h"
#include "mime/qp.h"
#include "mime/unobtrusive.h"

/*
 * What an encrypting layer gives away before its end is not authenticated yet: an error that it
 * causes inside must not be told before the tag was looked at, or the error would be an oracle. The
 * guard keeps it back.
 */
typedef struct {
	BaseSink sink;
	BaseSink *next;
	GError *error;
} Guard;

struct Level {
	Layers *layers;
	guint depth;
	BaseSink *release; /* borrowed */
	Layer *layer;      /* NULL for the payload */
	BaseSink *entity;
	BaseSink *decoder; /* of the transfer encoding; NULL: identity */
	CmsReader *reader; /* LAYER_FORM_OPAQUE */
	Guard guard;
	Level *inner;
	BaseSink *parts;     /* LAYER_FORM_MULTIPART */
	BaseSink *hash;      /* of a detached content */
	BaseSink *canonical; /* its line ends */
	BaseSink *tee;       /* the hash and the inner level */
	BaseSink *signature; /* entity of the signature part */
	BaseSink *signature_decoder;
	BaseSink *signature_octets;
	guint n_parts;
	Inspect *inspect;      /* the payload in a checking pass */
	BaseSink *unobtrusive; /* a Sig field may be there */
	bool in_compressed;    /* below a compressing layer: a second one would multiply */
	bool compressed;
	bool again;
};

static bool
guard_write(BaseSink *sink, BaseBytes data, G_GNUC_UNUSED GError **error)
{
	Guard *guard = (Guard *)sink;
	if (guard->error == NULL) {
		(void)base_sink_write(guard->next, data, &guard->error);
	}
	return true;
}

static const BaseSinkClass GUARD_CLASS = {guard_write, NULL, NULL};

static BaseSink *
decoder_for(const MimeHeader *header, BaseSink *next)
{
	MimeCte cte = mime_cte_of(header);
	if (cte == MIME_CTE_BASE64) {
		return base64_new_decoder(next);
	}
	return cte == MIME_CTE_QP ? mime_qp_new_decoder(next) : NULL;
}

static BaseSink *
inner_sink(Level *level)
{
	level->inner = level_new(level->layers, level->depth + 1, level->release);
	level->inner->in_compressed = level->in_compressed || level->compressed;
	return level_sink(level->inner);
}

/* CmsReaderHooks.content */
static BaseSink *
content_begins(void *user, const CmsReaderInfo *info)
{
	Level *level = user;
	level->compressed = info->kind == CMS_KIND_COMPRESSED;
	if (info->kind == CMS_KIND_OTHER || (level->compressed && level->in_compressed)) {
		return NULL;
	}
	level->guard.sink.klass = &GUARD_CLASS;
	level->guard.next = inner_sink(level);
	bool checking = level->release == NULL;
	bool sealed = info->kind == CMS_KIND_ENVELOPED || info->kind == CMS_KIND_AUTH_ENVELOPED;
	return sealed && checking ? &level->guard.sink : level->guard.next;
}

static bool
find_key(void *user, const CmsRecipientId *rid, CmsPrivateKey *out)
{
	return core_private_key(((Level *)user)->layers->engine, rid, out);
}

static void
begin_cms(Level *level, MimeHeader *header, BaseSink **body)
{
	static const CmsReaderHooks hooks = {content_begins, find_key};
	level->layer = layers_at(level->layers, level->depth, LAYER_FORM_OPAQUE);
	level->reader = cms_reader_new(level->layer->recall, &hooks, level);
	level->decoder = decoder_for(header, cms_reader_sink(level->reader));
	*body = level->decoder != NULL ? level->decoder : cms_reader_sink(level->reader);
}

static bool
signature_header(void *user, MimeHeader *header, BaseSink **body, G_GNUC_UNUSED GError **error)
{
	Level *level = user;
	g_autoptr(MimeContentType) type = mime_content_type_of(header, NULL);
	g_autofree char *filename = mime_filename_of(header);
	if (mime_type_is_smime(type, filename) != MIME_SMIME_PKCS7_SIGNATURE ||
	    mime_header_count(header, "Content-Type") > 1) {
		return true; /* other programs would show it as a part of the message */
	}
	level->signature_octets = base_sink_new_memory(BASE_LIMIT_SIGNATURE_PART);
	level->signature_decoder = decoder_for(header, level->signature_octets);
	*body = level->signature_decoder != NULL ? level->signature_decoder
						 : level->signature_octets;
	return true;
}

static bool
part_begins(void *user, guint index, BaseSink **part, G_GNUC_UNUSED GError **error)
{
	static const MimeEntityHooks hooks = {signature_header};
	Level *level = user;
	level->n_parts = index + 1;
	if (index == 0) {
		level->tee = base_sink_new_tee(level->hash, inner_sink(level));
		level->canonical = base_lines_new_crlf(level->tee);
		*part = level->canonical;
	} else if (index == 1) {
		level->signature = mime_entity_new(&hooks, level);
		*part = level->signature;
	}
	return true;
}

static bool
part_ends(void *user, guint index, G_GNUC_UNUSED bool closed, GError **error)
{
	Level *level = user;
	if (index == 0) {
		return base_sink_finish(level->canonical, error);
	}
	return index > 1 || (base_sink_finish(level->signature, error) &&
			     (level->signature_decoder == NULL ||
			      base_sink_finish(level->signature_decoder, error)));
}

static void
begin_multipart(Level *level, const MimeContentType *type, BaseSink **body)
{
	static const MimePartsHooks hooks = {.begin = part_begins, .end = part_ends};
	const char *micalg = mime_content_type_get(type, "micalg");
	CmsDigest digest = micalg == NULL ? CMS_DIGEST_UNKNOWN
					  : cms_digest_from_micalg(base_bytes_str(micalg));
	level->layer = layers_at(level->layers, level->depth, LAYER_FORM_MULTIPART);
	level->layer->kind = CMS_KIND_SIGNED;
	level->layer->wanted |=
		CMS_DIGEST_BIT(digest == CMS_DIGEST_UNKNOWN ? CMS_DIGEST_SHA256 : digest);
	level->hash = cms_hash_new(level->layer->wanted, NULL);
	level->parts = mime_parts_new(mime_content_type_get(type, "boundary"), &hooks, level);
	*body = level->parts;
}

/* The root may be a multipart/mixed with a Sig field in its only child: that is known at its end.
 */
static BaseSink *
watch_unobtrusive(Level *level, const MimeHeader *header, BaseSink *body)
{
	Layer *known =
		level->layers->layers->len > 0 ? g_ptr_array_index(level->layers->layers, 0) : NULL;
	level->hash = cms_hash_new(
		known == NULL ? CMS_DIGEST_BIT(CMS_DIGEST_SHA256) : known->wanted, NULL);
	level->unobtrusive = mime_unobtrusive_reader_new(header, level->hash);
	if (level->unobtrusive == NULL) {
		return body;
	}
	level->tee = base_sink_new_tee(level->unobtrusive, body);
	return level->tee;
}

static bool
begin_payload(Level *level, MimeHeader *header, BaseSink **body, GError **error)
{
	level->layers->payload = mime_header_copy(header);
	if (level->release != NULL) {
		*body = level->release;
		return true;
	}
	level->inspect = inspect_new(level->layers);
	*body = inspect_sink(level->inspect);
	if (!inspect_header(level->inspect, header, error)) {
		return false;
	}
	if (level->depth == 0) {
		*body = watch_unobtrusive(level, header, *body);
	}
	return true;
}

static bool
header_read(void *user, MimeHeader *header, BaseSink **body, GError **error)
{
	Level *level = user;
	if (level->depth == 0) {
		level->layers->outer = mime_header_copy(header);
	}
	g_autoptr(MimeContentType) type = mime_content_type_of(header, NULL);
	g_autofree char *filename = mime_filename_of(header);
	MimeSmimeKind kind = mime_type_is_smime(type, filename);
	/* With two Content-Type fields, other programs may see another message. */
	bool may_nest =
		level->depth < BASE_LIMIT_LAYERS && mime_header_count(header, "Content-Type") <= 1;
	bool has_boundary = mime_boundary_is_valid(mime_content_type_get(type, "boundary"));
	if (may_nest && kind == MIME_SMIME_PKCS7_MIME) {
		g_ptr_array_add(level->layers->structure, mime_content_type_name(type));
		begin_cms(level, header, body);
		return true;
	}
	if (may_nest && kind == MIME_SMIME_SIGNED_MULTIPART && has_boundary) {
		g_ptr_array_add(level->layers->structure, mime_content_type_name(type));
		begin_multipart(level, type, body);
		return true;
	}
	return begin_payload(level, header, body, error);
}

Level *
level_new(Layers *layers, guint depth, BaseSink *release)
{
	static const MimeEntityHooks hooks = {header_read};
	Level *level = g_new0(Level, 1);
	level->layers = layers;
	level->depth = depth;
	level->release = release;
	level->entity = mime_entity_new(&hooks, level);
	return level;
}

void
level_free(Level *level)
{
	while (level != NULL) {
		Level *inner = level->inner;
		base_sink_free(level->entity);
		base_sink_free(level->decoder);
		cms_reader_free(level->reader);
		base_sink_free(level->parts);
		base_sink_free(level->canonical);
		base_sink_free(level->tee);
		base_sink_free(level->hash);
		base_sink_free(level->signature);
		base_sink_free(level->signature_decoder);
		base_sink_free(level->signature_octets);
		base_sink_free(level->unobtrusive);
		inspect_free(level->inspect);
		g_clear_error(&level->guard.error);
		g_free(level);
		level = inner;
	}
}

BaseSink *
level_sink(Level *level)
{
	return level->entity;
}

static void
take_digests(Level *level)
{
	for (guint d = 1; d < CMS_N_DIGESTS; d++) {
		if (cms_hash_take(level->hash, (CmsDigest)d, level->layer->digest[d])) {
			level->layer->digests |= CMS_DIGEST_BIT(d);
		}
	}
}

static void
take_signature(Layer *layer, GBytes *cms)
{
	layer->signed_data = cms == NULL ? NULL : cms_signed_parse(cms, NULL);
	layer->malformed = layer->signed_data == NULL;
}

static void
finish_multipart(Level *level)
{
	g_autoptr(GBytes) cms = level->signature_octets == NULL
					? NULL
					: base_sink_take_bytes(level->signature_octets);
	take_signature(level->layer, cms);
	level->layer->several_parts = level->n_parts != 2;
	take_digests(level);
}

static bool
finish_cms(Level *level, GError **error)
{
	if ((level->decoder != NULL && !base_sink_finish(level->decoder, error)) ||
	    !base_sink_finish(cms_reader_sink(level->reader), error)) {
		return false;
	}
	const CmsReaderResult *result = cms_reader_result(level->reader);
	Layer *layer = level->layer;
	layer->kind = result->kind;
	layer->malformed = result->malformed;
	layer->too_large = result->too_large;
	layer->encryption = result->encryption;
	if (layer->encryption.weak && layer->encryption.reason == CMS_ENCRYPTION_OK) {
		layer->encryption.reason = CMS_ENCRYPTION_WEAK_ALGORITHM;
	}
	layer->signed_data =
		result->signed_data == NULL ? NULL : cms_signed_ref(result->signed_data);
	layer->digests = result->digests;
	memcpy(layer->digest, result->digest, sizeof(layer->digest));
	level->again = result->again;
	return true;
}

/* A message with a Sig field turns out to have a layer after all, and its only child is the
 * payload. */
static bool
finish_unobtrusive(Level *level, GError **error)
{
	if (level->unobtrusive == NULL || level->inspect == NULL) {
		return true;
	}
	if (!base_sink_finish(level->unobtrusive, error)) {
		return false;
	}
	const MimeHeader *child = inspect_first_child(level->inspect);
	if (child == NULL || !mime_unobtrusive_reader_is_signed(level->unobtrusive)) {
		return true;
	}
	level->layer = layers_at(level->layers, 0, LAYER_FORM_UNOBTRUSIVE);
	level->layer->kind = CMS_KIND_SIGNED;
	level->layer->wanted |= CMS_DIGEST_BIT(CMS_DIGEST_SHA256);
	take_signature(level->layer, mime_unobtrusive_reader_get(level->unobtrusive, 0));
	take_digests(level);
	mime_header_free(level->layers->payload);
	level->layers->payload = mime_header_copy(child);
	mime_header_remove(level->layers->payload, "Sig");
	return true;
}

/* Inner errors count only if the octets that caused them are authentic. */
static bool
guarded_error_matters(const Level *level)
{
	return level->guard.error != NULL && layer_is_open(level->layer) && !level->again;
}

/* Ends this level alone. */
static bool
finish_one(Level *level, GError **error)
{
	if (!base_sink_finish(level->entity, error)) {
		return false;
	}
	if (level->reader != NULL) {
		return finish_cms(level, error);
	}
	if (level->parts != NULL) {
		if (!base_sink_finish(level->parts, error)) {
			return false;
		}
		finish_multipart(level);
		return true;
	}
	return level->inspect == NULL ||
	       (inspect_finish(level->inspect, error) && finish_unobtrusive(level, error));
}

/* An inner level of ciphertext that did not hold is not worth its errors, and not what it says. */
static bool
finish_inner(Level *level, GError **error)
{
	g_autoptr(GError) inner_error = NULL;
	bool sealed = level->reader != NULL && level->layer->encryption.present;
	if (finish_one(level->inner, &inner_error)) {
		return true;
	}
	if (sealed && level->release == NULL && level->guard.error == NULL) {
		level->guard.error = g_steal_pointer(&inner_error);
		return true;
	}
	g_propagate_error(error, g_steal_pointer(&inner_error));
	return false;
}

bool
level_finish(Level *root, GError **error)
{
	if (!finish_one(root, error)) {
		return false;
	}
	for (Level *level = root; level->inner != NULL; level = level->inner) {
		bool failed = level->layer->encryption.present && !layer_is_open(level->layer);
		if (failed && root->release == NULL) {
			layers_forget_inside(level->layers, level->depth);
			return true;
		}
		if (!finish_inner(level, error)) {
			return false;
		}
		if (root->release == NULL && guarded_error_matters(level)) {
			g_propagate_error(error, g_steal_pointer(&level->guard.error));
			return false;
		}
		if (failed) {
			return base_fail(error, PS_ERROR_INTERNAL,
					 "the message changed between two readings");
		}
	}
	return true;
}

guint
level_again(const Level *root)
{
	for (const Level *level = root; level != NULL; level = level->inner) {
		if (level->again) {
			return level->depth;
		}
	}
	return G_MAXUINT;
}
