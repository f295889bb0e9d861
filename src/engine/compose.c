/* SPDX-License-Identifier: MPL-2.0 */
/* Makes the octets of one outgoing copy. */
#include "engine/compose.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/lines.h"
#include "cms/encrypt.h"
#include "engine/handovers.h"
#include "engine/payload.h"
#include "mime/keyfield.h"
#include "mime/unobtrusive.h"

#define SIGNATURE_HEADER                                                    \
	"Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\n" \
	"Content-Transfer-Encoding: base64\r\n"                             \
	"Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n"

/* Readers get the line ends that the author's program used. */
static BaseSink *
line_filter(const Draft *draft, BaseSink *out)
{
	return draft->crlf ? base_lines_new_crlf(out) : base_lines_new_lf(out);
}

bool
compose_untouched(const Draft *draft, BaseSink *out, GError **error)
{
	g_autoptr(GByteArray) header = g_byte_array_new();
	mime_header_write(draft->header, draft->crlf, header);
	return base_sink_write(out, base_bytes_of_array(header), error) &&
	       base_source_copy(draft->source, draft->body, UINT64_MAX, out, error);
}

char *
compose_key_field(const OwnAccount *own, const MimeHeader *header)
{
	const CertIdentity *identity = own->identity;
	const CertInfo *root = identity->root != NULL ? identity->root : identity->sign;
	const char *message_id = mime_header_value(header, "Message-ID");
	const char *date = mime_header_value(header, "Date");
	if (message_id == NULL || date == NULL || !cert_info_issued_by(identity->sign, root) ||
	    !identity->sign->may_encrypt) {
		return NULL;
	}
	g_autoptr(GBytes) hash = base_hex_parse(root->fingerprint);
	g_autoptr(GBytes) proof = mime_keyfield_proof_input(identity->address, base_bytes_of(hash),
							    message_id, date, NULL);
	g_autoptr(GBytes) pop = NULL;
	if (proof == NULL || !cms_raw_sign(identity->sign_key, base_bytes_of(proof), &pop, NULL)) {
		return NULL;
	}
	MimeKeyfield field = {
		.addr = identity->address,
		.time = own->account->created,
		.leaf = identity->sign->der,
		.root = root->der,
		.pop = pop,
	};
	return mime_keyfield_format(&field, NULL);
}

/* The fields outside of all layers, without the empty line. */
static bool
write_outer_fields(const ComposePlan *plan, const MimeHeader *outer, BaseSink *out, GError **error)
{
	g_autoptr(GByteArray) octets = g_byte_array_new();
	mime_header_write_fields(outer, true, octets);
	return base_sink_write(out, base_bytes_of_array(octets), error) &&
	       (plan->key_field == NULL || base_sink_write_str(out, plan->key_field, error));
}

static char *
new_boundary(void)
{
	g_autofree char *uuid = g_uuid_string_random();
	return g_strdup_printf("=_%s", uuid);
}

/* Signs the payload as readers of a Sig field will see it. */
static bool
sign_canonical(const ComposePlan *plan, Payload *payload, GBytes **signature, GError **error)
{
	CmsSigner *signer = plan->own->signer;
	CmsDigest digest = cms_signer_digest(signer);
	uint8_t value[CMS_DIGEST_MAX];
	g_autoptr(BaseSink) hash = cms_hash_new(CMS_DIGEST_BIT(digest), NULL);
	g_autoptr(BaseSink) canonical = mime_unobtrusive_canonical_new(hash);
	if (!payload_write(payload, canonical, error) || !base_sink_finish(canonical, error)) {
		return false;
	}
	if (!cms_hash_take(hash, digest, value)) {
		return base_fail(error, PS_ERROR_CRYPTO, "libcrypto has no %s",
				 cms_digest_name(digest));
	}
	*signature = cms_signer_sign(signer, base_bytes(value, cms_digest_size(digest)),
				     plan->draft->date, error);
	return *signature != NULL;
}

static bool
write_base64(BaseBytes data, BaseSink *out, GError **error)
{
	g_autoptr(BaseSink) encoder = base64_new_encoder(out, true);
	return base_sink_write(encoder, data, error) && base_sink_finish(encoder, error);
}

/* RFC 8551 section 3.5.3: the payload passes through the hash on its way out, once. */
static bool
write_multipart(const ComposePlan *plan, Payload *payload, const char *boundary, BaseSink *out,
		GError **error)
{
	CmsSigner *signer = plan->own->signer;
	CmsDigest digest = cms_signer_digest(signer);
	uint8_t value[CMS_DIGEST_MAX];
	g_autoptr(BaseSink) hash = cms_hash_new(CMS_DIGEST_BIT(digest), out);
	g_autofree char *head = g_strdup_printf(
		"MIME-Version: 1.0\r\n"
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
		" micalg=%s; boundary=\"%s\"\r\n\r\n--%s\r\n",
		cms_signer_micalg(signer), boundary, boundary);
	g_autofree char *middle = g_strdup_printf("\r\n--%s\r\n" SIGNATURE_HEADER, boundary);
	g_autofree char *tail = g_strdup_printf("\r\n--%s--\r\n", boundary);
	if (!base_sink_write_str(out, head, error) || !payload_write(payload, hash, error) ||
	    !cms_hash_take(hash, digest, value)) {
		return false;
	}
	g_autoptr(GBytes) signature = cms_signer_sign(
		signer, base_bytes(value, cms_digest_size(digest)), plan->draft->date, error);
	return signature != NULL && base_sink_write_str(out, middle, error) &&
	       write_base64(base_bytes_of(signature), out, error) &&
	       base_sink_write_str(out, tail, error);
}

/* The signature comes before what it signs, so the payload is made twice. */
static bool
write_unobtrusive(const ComposePlan *plan, Payload *payload, const char *boundary, BaseSink *out,
		  GError **error)
{
	g_autoptr(GBytes) signature = NULL;
	if (!sign_canonical(plan, payload, &signature, error)) {
		return false;
	}
	g_autofree char *field = mime_unobtrusive_format(base_bytes_of(signature), error);
	g_autofree char *head =
		g_strdup_printf("MIME-Version: 1.0\r\n"
				"Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n",
				boundary, boundary);
	g_autofree char *tail = g_strdup_printf("\r\n--%s--\r\n", boundary);
	return field != NULL && base_sink_write_str(out, head, error) &&
	       base_sink_write_str(out, field, error) && payload_write(payload, out, error) &&
	       base_sink_write_str(out, tail, error);
}

/* The key rides in the header; nothing else changes. */
static bool
write_header_form(const ComposePlan *plan, BaseSink *out, GError **error)
{
	const Draft *draft = plan->draft;
	g_autoptr(GByteArray) header = g_byte_array_new();
	mime_header_write_fields(draft->header, draft->crlf, header);
	g_autoptr(BaseSink) lines = line_filter(draft, out);
	return base_sink_write(out, base_bytes_of_array(header), error) &&
	       (plan->key_field == NULL || base_sink_write_str(lines, plan->key_field, error)) &&
	       base_sink_finish(lines, error) &&
	       base_sink_write_str(out, draft->crlf ? "\r\n" : "\n", error) &&
	       base_source_copy(draft->source, draft->body, UINT64_MAX, out, error);
}

/* The draft's header, with the old key's word for a new one. */
static MimeHeader *
header_to_protect(const ComposePlan *plan, GError **error)
{
	g_autoptr(MimeHeader) header = mime_header_copy(plan->draft->header);
	return handovers_write(plan->engine, plan->own->identity->address, header, error)
		       ? g_steal_pointer(&header)
		       : NULL;
}

bool
compose_signed(const ComposePlan *plan, BaseSink *out, GError **error)
{
	if (plan->form == POLICY_FORM_HEADER) {
		return write_header_form(plan, out, error);
	}
	MimeProtectWish wish = {.mode = MIME_PROTECT_CLEAR};
	g_autoptr(MimeHeader) header = header_to_protect(plan, error);
	if (header == NULL) {
		return false;
	}
	g_auto(MimeProtected) parts = mime_protect_compose(header, &wish);
	g_autoptr(Payload) payload = payload_new(plan->draft, parts.inner, parts.display, error);
	g_autofree char *boundary = new_boundary();
	g_autoptr(BaseSink) lines = line_filter(plan->draft, out);
	return payload != NULL && write_outer_fields(plan, parts.outer, lines, error) &&
	       (plan->form == POLICY_FORM_UNOBTRUSIVE
			? write_unobtrusive(plan, payload, boundary, lines, error)
			: write_multipart(plan, payload, boundary, lines, error)) &&
	       base_sink_finish(lines, error);
}

/* A signer whose messages also carry the certificates of the other recipients. */
static CmsSigner *
introducing_signer(PsEngine *engine, const OwnAccount *own, const GPtrArray *introduced,
		   GError **error)
{
	const CertIdentity *identity = own->identity;
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	g_ptr_array_add(others, identity->encrypt->der);
	for (guint i = 0; i < identity->others->len; i++) {
		g_ptr_array_add(others, ((CertInfo *)g_ptr_array_index(identity->others, i))->der);
	}
	if (identity->root != NULL) {
		g_ptr_array_add(others, identity->root->der);
	}
	for (guint i = 0; i < introduced->len; i++) {
		g_ptr_array_add(others, g_ptr_array_index(introduced, i));
	}
	g_autoptr(GPtrArray) crls = core_crls(engine, identity->address);
	g_autoptr(GBytes) capabilities = core_capabilities(own);
	CmsSignerOptions options = {
		.capabilities = capabilities,
		.encryption_cert = identity->encrypt->der,
		.crls = crls,
	};
	return cms_signer_new(identity->sign_key, identity->sign->der, others, &options, error);
}

/* The signed entity that is encrypted: application/pkcs7-mime; smime-type=signed-data. */
static bool
write_signed_entity(const ComposePlan *plan, Payload *payload, CmsSigner *signer, BaseSink *out,
		    GError **error)
{
	if (!base_sink_write_str(out, COMPOSE_SIGNED_HEADER, error)) {
		return false;
	}
	g_autoptr(BaseSink) encoder = base64_new_encoder(out, true);
	g_autoptr(BaseSink) opaque = cms_signer_new_opaque(signer, encoder, plan->draft->date,
							   payload_length(payload), error);
	return opaque != NULL && payload_write(payload, opaque, error) &&
	       base_sink_finish(opaque, error) && base_sink_finish(encoder, error);
}

static bool
write_envelope(const ComposePlan *plan, const ComposeSeal *seal, Payload *payload, BaseSink *out,
	       GError **error)
{
	CmsEncryptOptions options = {
		.cipher = seal->gcm ? CMS_CIPHER_AES_256_GCM : CMS_CIPHER_AES_256_CBC,
		.cek_hkdf = seal->cek_hkdf,
	};
	g_autoptr(CmsSigner) introducing =
		seal->introduced->len == 0
			? NULL
			: introducing_signer(plan->engine, plan->own, seal->introduced, error);
	if (seal->introduced->len > 0 && introducing == NULL) {
		return false;
	}
	CmsSigner *signer = introducing != NULL ? introducing : plan->own->signer;
	g_autoptr(BaseSink) encoder = base64_new_encoder(out, true);
	/* What is small is made whole first, so that it goes out with definite lengths, as most
	 * programs write. */
	if (payload_length(payload) >= 0) {
		g_autoptr(BaseSink) whole =
			base_sink_new_memory((size_t)BASE_LIMIT_SPOOL_MEMORY * 8);
		if (!write_signed_entity(plan, payload, signer, whole, error)) {
			return false;
		}
		BaseBytes entity = base_sink_peek_bytes(whole);
		g_autoptr(BaseSink) cipher = cms_encrypt_new(encoder, seal->recipients, &options,
							     (gint64)entity.n, error);
		return cipher != NULL && base_sink_write(cipher, entity, error) &&
		       base_sink_finish(cipher, error) && base_sink_finish(encoder, error);
	}
	g_autoptr(BaseSink) cipher =
		cms_encrypt_new(encoder, seal->recipients, &options, -1, error);
	return cipher != NULL && write_signed_entity(plan, payload, signer, cipher, error) &&
	       base_sink_finish(cipher, error) && base_sink_finish(encoder, error);
}

bool
compose_sealed(const ComposePlan *plan, const ComposeSeal *seal, BaseSink *out, GError **error)
{
	MimeProtectWish wish = {
		.mode = MIME_PROTECT_CIPHER,
		.policy = plan->shy ? MIME_HCP_SHY : MIME_HCP_BASELINE,
		.response = plan->response,
		.legacy = plan->legacy,
	};
	g_autoptr(MimeHeader) header = header_to_protect(plan, error);
	if (header == NULL) {
		return false;
	}
	g_auto(MimeProtected) parts = mime_protect_compose(header, &wish);
	g_autoptr(Payload) payload = payload_new(plan->draft, parts.inner, parts.display, error);
	g_autofree char *head = g_strdup_printf(
		COMPOSE_ENVELOPE_HEADER, seal->gcm ? "authEnveloped-data" : "enveloped-data");
	g_autoptr(BaseSink) lines = line_filter(plan->draft, out);
	return payload != NULL && write_outer_fields(plan, parts.outer, lines, error) &&
	       base_sink_write_str(lines, head, error) &&
	       write_envelope(plan, seal, payload, lines, error) && base_sink_finish(lines, error);
}
