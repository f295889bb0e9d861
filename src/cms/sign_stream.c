/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Opaque SignedData as a stream. With a known length all lengths are written before the content,
 * that of the signature included; ECDSA signatures vary by an octet or two, so the last one is made
 * again until it has the length that most have (two tries on average).
 */
#include "base/error.h"
#include "cms/ber.h"
#include "cms/signer.h"

#define SEGMENT   (32U << 10) /* octets of one segment of indefinite length */
#define MAX_TRIES 200

typedef struct {
	BaseSink sink;
	BaseSink *next;
	CmsSigner *signer;
	int64_t time;
	gint64 left; /* content still to come; -1: unknown */
	size_t signature_n;
	CmsSignTemplate template;
	BaseSink *hash;
	GByteArray *segment; /* what does not fill a segment yet */
} Opaque;

/* The length that is neither rare nor impossible: exact for RSA and Ed25519. */
static size_t
usual_signature_size(const CmsSigner *s)
{
	if (s->alg.scheme != CMS_SCHEME_ECDSA) {
		return (size_t)EVP_PKEY_get_size(s->key);
	}
	size_t bits = (size_t)EVP_PKEY_get_bits(s->key);
	/* of two INTEGERs below a full-octet order every second needs a leading zero */
	size_t integers = bits % 8 == 0 ? 2 * (2 + bits / 8) + 1 : 2 * (2 + bits / 8 + 1);
	return cms_der_size(integers);
}

static bool
write_indefinite_front(const Opaque *o, GError **error)
{
	static const uint8_t open_sequence[] = {CMS_TAG_SEQUENCE, 0x80};
	static const uint8_t open_explicit[] = {CMS_TAG_CONTEXT_CONSTRUCTED(0), 0x80};
	static const uint8_t open_string[] = {CMS_TAG_OCTET_STRING | CMS_TAG_CONSTRUCTED, 0x80};
	g_autoptr(GByteArray) out = g_byte_array_new();
	cms_der_raw(out, base_bytes(open_sequence, 2));
	cms_der_oid(out, CMS_OID_SIGNED_DATA);
	cms_der_raw(out, base_bytes(open_explicit, 2));
	cms_der_raw(out, base_bytes(open_sequence, 2));
	cms_der_uint(out, 1);
	cms_der_raw(out, base_bytes_of_array(o->signer->algorithms));
	cms_der_raw(out, base_bytes(open_sequence, 2));
	cms_der_oid(out, CMS_OID_DATA);
	cms_der_raw(out, base_bytes(open_explicit, 2));
	cms_der_raw(out, base_bytes(open_string, 2));
	return base_sink_write(o->next, base_bytes_of_array(out), error);
}

static bool
write_front(const Opaque *o, GError **error)
{
	if (o->left < 0) {
		return write_indefinite_front(o, error);
	}
	g_autoptr(GByteArray) out = g_byte_array_new();
	size_t infos_n = cms_signer_infos_size(o->signer, o->template.set, o->signature_n);
	cms_signer_put_front(o->signer, o->left, infos_n, out);
	return base_sink_write(o->next, base_bytes_of_array(out), error);
}

static bool
write_segment(const Opaque *o, BaseBytes data, GError **error)
{
	uint8_t header[10] = {CMS_TAG_OCTET_STRING};
	size_t n = 1 + cms_der_put_length(header + 1, data.n);
	return base_sink_write(o->next, base_bytes(header, n), error) &&
	       base_sink_write(o->next, data, error);
}

/* Segments of equal size, whatever the chunking of what comes. */
static bool
write_segments(Opaque *o, BaseBytes data, GError **error)
{
	while (o->segment->len + data.n >= SEGMENT) {
		size_t n = SEGMENT - o->segment->len;
		BaseBytes piece = base_bytes(data.p, n);
		if (o->segment->len > 0) {
			cms_der_raw(o->segment, piece);
			piece = base_bytes_of_array(o->segment);
		}
		if (!write_segment(o, piece, error)) {
			return false;
		}
		g_byte_array_set_size(o->segment, 0);
		data = base_bytes(data.p + n, data.n - n);
	}
	cms_der_raw(o->segment, data);
	return true;
}

static bool
opaque_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Opaque *o = (Opaque *)sink;
	if (!base_sink_write(o->hash, data, error)) {
		return false;
	}
	if (o->left < 0) {
		return write_segments(o, data, error);
	}
	if (data.n > (guint64)o->left) {
		return base_fail(error, PS_ERROR_ARGUMENT, "more content came than was announced");
	}
	o->left -= (gint64)data.n;
	return base_sink_write(o->next, data, error);
}

static bool
make_signature(Opaque *o, GByteArray *signature, GError **error)
{
	uint8_t digest[CMS_DIGEST_MAX];
	cms_hash_take(o->hash, o->signer->alg.digest, digest);
	cms_sign_template_fill(&o->template, o->time,
			       base_bytes(digest, cms_digest_size(o->signer->alg.digest)));
	for (int i = 0; i < MAX_TRIES; i++) {
		if (!cms_signer_sign_set(o->signer, o->template.set, signature, error)) {
			return false;
		}
		if (o->left < 0 || signature->len == o->signature_n) {
			return true;
		}
	}
	return base_fail(error, PS_ERROR_CRYPTO, "signing failed: no signature of the usual size");
}

/* Three ends of contents close the string, eContent and encapContentInfo, and later SignedData,
 * content and ContentInfo. */
static const uint8_t ends[6];

static bool
opaque_finish(BaseSink *sink, GError **error)
{
	Opaque *o = (Opaque *)sink;
	g_autoptr(GByteArray) signature = g_byte_array_new();
	g_autoptr(GByteArray) out = g_byte_array_new();
	if (o->left > 0) {
		return base_fail(error, PS_ERROR_ARGUMENT, "less content came than was announced");
	}
	if (o->segment->len > 0 && !write_segment(o, base_bytes_of_array(o->segment), error)) {
		return false;
	}
	if (!make_signature(o, signature, error)) {
		return false;
	}
	if (o->left < 0) {
		cms_der_raw(out, base_bytes(ends, sizeof(ends)));
	}
	cms_der_raw(out, base_bytes_of_array(o->signer->carried));
	cms_signer_put_infos(o->signer, o->template.set, base_bytes_of_array(signature), out);
	if (o->left < 0) {
		cms_der_raw(out, base_bytes(ends, sizeof(ends)));
	}
	return base_sink_write(o->next, base_bytes_of_array(out), error);
}

static void
opaque_free(BaseSink *sink)
{
	Opaque *o = (Opaque *)sink;
	cms_sign_template_clear(&o->template);
	base_sink_free(o->hash);
	g_byte_array_unref(o->segment);
	g_free(o);
}

static const BaseSinkClass opaque_class = {
	.write = opaque_write, .finish = opaque_finish, .free = opaque_free};

BaseSink *
cms_signer_new_opaque(CmsSigner *signer, BaseSink *next, int64_t signing_time,
		      gint64 content_length, GError **error)
{
	Opaque *o = g_new0(Opaque, 1);
	g_autoptr(BaseSink) sink = &o->sink;
	o->sink.klass = &opaque_class;
	o->next = next;
	o->signer = signer;
	o->time = signing_time;
	o->left = content_length < 0 ? -1 : content_length;
	o->signature_n = usual_signature_size(signer);
	o->template = cms_sign_template_new(signer, signing_time);
	o->hash = cms_hash_new(CMS_DIGEST_BIT(signer->alg.digest), NULL);
	o->segment = g_byte_array_new();
	return write_front(o, error) ? g_steal_pointer(&sink) : NULL;
}
