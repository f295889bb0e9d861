/* SPDX-License-Identifier: MPL-2.0 */
/* The same jobs with postseal's own layers, put together as the engine does. */
#include "bench.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/lines.h"
#include "base/source.h"
#include "cms/encrypt.h"
#include "cms/reader.h"
#include "cms/sign.h"
#include "cms/verify.h"
#include "mime/content_type.h"
#include "mime/entity.h"
#include "mime/parts.h"

#define BOUNDARY "=-bench-0123456789"
#define KEYS     64U

struct BenchOurs {
	CmsSigner *signer;
	GPtrArray *recipients;
	CmsKeyCache *keys;
	BaseSink *hash;
	int64_t now;
};

BenchOurs *
bench_ours_new(const BenchJob *job)
{
	BenchOurs *ours = g_new0(BenchOurs, 1);
	BaseBytes der = base_bytes_of(job->id->der);
	CmsDigest digest =
		job->spec->key == BENCH_KEY_ED25519 ? CMS_DIGEST_SHA512 : CMS_DIGEST_SHA256;

	ours->now = base_clock_now();
	ours->keys = cms_key_cache_new(KEYS);
	ours->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)cms_recipient_unref);
	if (job->spec->act == BENCH_SIGN) {
		ours->signer = cms_signer_new(job->id->key, job->id->der, NULL, NULL, NULL);
		bench_must(ours->signer != NULL, "cannot prepare the signer");
	}
	for (guint i = 0; job->spec->act == BENCH_SEAL && i < job->spec->recipients; i++) {
		CmsRecipient *r = cms_recipient_new(der, CMS_KEY_TRANSPORT_DEFAULT, NULL);

		bench_must(r != NULL, "cannot prepare a recipient");
		g_ptr_array_add(ours->recipients, r);
	}
	ours->hash = cms_hash_new(CMS_DIGEST_BIT(digest), NULL);
	return ours;
}

void
bench_ours_free(BenchOurs *ours)
{
	cms_signer_free(ours->signer);
	g_ptr_array_unref(ours->recipients);
	cms_key_cache_free(ours->keys);
	base_sink_free(ours->hash);
	g_free(ours);
}

/* As the engine does it: piece by piece. */
static bool
feed(BaseBytes data, BaseSink *sink)
{
	g_autoptr(BaseSource) source = base_source_new_view(data);

	return base_source_copy(source, 0, UINT64_MAX, sink, NULL) && base_sink_finish(sink, NULL);
}

static bool
write_signature(GBytes *cms, BaseSink *out)
{
	g_autoptr(BaseSink) encoder = base64_new_encoder(out, true);

	return base_sink_write_str(out,
				   "\r\n--" BOUNDARY "\r\n"
				   "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
				   "Content-Transfer-Encoding: base64\r\n"
				   "Content-Disposition: attachment; filename=smime.p7s\r\n\r\n",
				   NULL) &&
	       base_sink_write(encoder, base_bytes_of(cms), NULL) &&
	       base_sink_finish(encoder, NULL) &&
	       base_sink_write_str(out, "\r\n--" BOUNDARY "--\r\n", NULL);
}

static bool
run_sign(BenchJob *job, BaseBytes message G_GNUC_UNUSED, BaseSink *out)
{
	BenchOurs *ours = job->ours;
	g_autoptr(BaseSink) lines = base_lines_new_crlf(ours->hash);
	g_autoptr(GBytes) cms = NULL;
	uint8_t digest[CMS_DIGEST_MAX];
	CmsDigest alg = cms_signer_digest(ours->signer);

	cms_hash_reset(ours->hash, out);
	if (!base_sink_write_str(out,
				 "MIME-Version: 1.0\r\n"
				 "Content-Type: multipart/signed; micalg=sha-256;\r\n"
				 " protocol=\"application/pkcs7-signature\"; boundary=\"" BOUNDARY
				 "\"\r\n"
				 "\r\n--" BOUNDARY "\r\n",
				 NULL) ||
	    !feed(job->content, lines) || !cms_hash_take(ours->hash, alg, digest)) {
		return false;
	}
	cms = cms_signer_sign(ours->signer, base_bytes(digest, cms_digest_size(alg)), ours->now,
			      NULL);
	return cms != NULL && write_signature(cms, out);
}

/* A multipart/signed message on its way in. */
typedef struct {
	BaseSink *first;     /* of the signed part */
	BaseSink *parts;     /* cuts the body */
	BaseSink *second;    /* the entity of the signature */
	BaseSink *decoder;   /* its base64 */
	BaseSink *signature; /* its octets */
} Incoming;

static bool
incoming_signature(void *user, MimeHeader *header G_GNUC_UNUSED, BaseSink **body,
		   GError **error G_GNUC_UNUSED)
{
	Incoming *in = user;

	*body = in->decoder;
	return true;
}

static bool
incoming_part(void *user, guint index, BaseSink **part, GError **error G_GNUC_UNUSED)
{
	Incoming *in = user;

	*part = index == 0 ? in->first : in->second;
	return true;
}

static bool
incoming_header(void *user, MimeHeader *header, BaseSink **body, GError **error G_GNUC_UNUSED)
{
	static const MimePartsHooks hooks = {.begin = incoming_part};
	Incoming *in = user;
	g_autoptr(MimeContentType) type = mime_content_type_of(header, NULL);
	const char *boundary = mime_content_type_get(type, "boundary");

	if (boundary != NULL && mime_boundary_is_valid(boundary)) {
		in->parts = mime_parts_new(boundary, &hooks, in);
		*body = in->parts;
	}
	return true;
}

static bool
read_signed(Incoming *in, BaseBytes message)
{
	static const MimeEntityHooks root_hooks = {incoming_header};
	static const MimeEntityHooks signature_hooks = {incoming_signature};
	g_autoptr(BaseSink) root = mime_entity_new(&root_hooks, in);
	g_autoptr(BaseSink) second = mime_entity_new(&signature_hooks, in);
	bool done;

	in->second = second;
	done = feed(message, root) && in->parts != NULL && base_sink_finish(in->parts, NULL) &&
	       base_sink_finish(second, NULL) && base_sink_finish(in->decoder, NULL) &&
	       base_sink_finish(in->first, NULL);
	base_sink_free(in->parts);
	return done;
}

static bool
judge(BenchJob *job, Incoming *in, BaseSink *hash)
{
	g_autoptr(GBytes) cms = base_sink_take_bytes(in->signature);
	g_autoptr(CmsSignedData) sd = cms_signed_parse(cms, NULL);
	uint8_t digest[CMS_DIGEST_MAX];

	if (sd == NULL || sd->n_signers != 1 ||
	    !cms_hash_take(hash, sd->signers[0].digest, digest)) {
		return false;
	}
	return cms_verify(sd, &sd->signers[0],
			  base_bytes(digest, cms_digest_size(sd->signers[0].digest)),
			  job->ours->keys, NULL) == CMS_SIGNATURE_OK;
}

static bool
run_verify(BenchJob *job, BaseBytes message, BaseSink *out)
{
	g_autoptr(BaseSink) lines = base_lines_new_crlf(job->ours->hash);
	g_autoptr(BaseSink) signature = base_sink_new_memory(1 << 20);
	g_autoptr(BaseSink) decoder = base64_new_decoder(signature);
	Incoming in = {.first = lines, .decoder = decoder, .signature = signature};

	if (job->spec->signer_unknown) {
		cms_key_cache_free(job->ours->keys);
		job->ours->keys = cms_key_cache_new(KEYS);
	}
	cms_hash_reset(job->ours->hash, out);
	return read_signed(&in, message) && judge(job, &in, job->ours->hash);
}

static bool
run_seal(BenchJob *job, BaseBytes message G_GNUC_UNUSED, BaseSink *out)
{
	CmsEncryptOptions options = {.cipher = job->spec->cipher};
	g_autoptr(BaseSink) encoder = base64_new_encoder(out, true);
	g_autoptr(BaseSink) cms = NULL;

	if (!base_sink_write_str(out,
				 "MIME-Version: 1.0\r\n"
				 "Content-Type: application/pkcs7-mime; name=smime.p7m\r\n"
				 "Content-Transfer-Encoding: base64\r\n\r\n",
				 NULL)) {
		return false;
	}
	cms = cms_encrypt_new(encoder, job->ours->recipients, &options, (gint64)job->content.n,
			      NULL);
	return cms != NULL && feed(job->content, cms) && base_sink_finish(encoder, NULL);
}

/* What a sealed message meets on its way in. */
typedef struct {
	BenchJob *job;
	BaseSink *out;
	BaseSink *decoder;
} Opening;

static BaseSink *
opening_content(void *user, const CmsReaderInfo *info G_GNUC_UNUSED)
{
	return ((Opening *)user)->out;
}

static bool
opening_key(void *user, const CmsRecipientId *rid G_GNUC_UNUSED, CmsPrivateKey *out)
{
	out->key = ((Opening *)user)->job->id->key;
	return true;
}

static bool
opening_body(void *user, MimeHeader *header G_GNUC_UNUSED, BaseSink **body,
	     GError **error G_GNUC_UNUSED)
{
	*body = ((Opening *)user)->decoder;
	return true;
}

static bool
open_pass(BenchJob *job, CmsRecall *recall, BaseBytes message, BaseSink *out)
{
	static const CmsReaderHooks hooks = {opening_content, opening_key};
	static const MimeEntityHooks entity_hooks = {opening_body};
	Opening opening = {job, out, NULL};
	g_autoptr(CmsReader) reader = cms_reader_new(recall, &hooks, &opening);
	g_autoptr(BaseSink) decoder = base64_new_decoder(cms_reader_sink(reader));
	g_autoptr(BaseSink) entity = mime_entity_new(&entity_hooks, &opening);
	const CmsReaderResult *result;

	opening.decoder = decoder;
	if (!feed(message, entity) || !base_sink_finish(decoder, NULL) ||
	    !base_sink_finish(cms_reader_sink(reader), NULL)) {
		return false;
	}
	result = cms_reader_result(reader);
	return !result->malformed && !result->again &&
	       result->encryption.reason == CMS_ENCRYPTION_OK;
}

/* First to nobody, then, once it is known to be whole, to @out. */
static bool
run_open(BenchJob *job, BaseBytes message, BaseSink *out)
{
	g_autoptr(CmsRecall) recall = cms_recall_new();

	return open_pass(job, recall, message, base_sink_null()) &&
	       open_pass(job, recall, message, out);
}

bool
bench_ours_run(BenchJob *job, BaseBytes message, BaseSink *out)
{
	static bool (*const runs[])(BenchJob *, BaseBytes, BaseSink *) = {
		[BENCH_SIGN] = run_sign,
		[BENCH_VERIFY] = run_verify,
		[BENCH_SEAL] = run_seal,
		[BENCH_OPEN] = run_open,
	};

	return runs[job->spec->act](job, message, out);
}
