/* SPDX-License-Identifier: MPL-2.0 */
/* SignedData, written: an identity prepared once, then little more than hash and signature. */
#include "cms/sign.h"
#include "base/error.h"
#include "cms/attr.h"
#include "cms/signer.h"
#include <openssl/rsa.h>

#define PSS_SALT 32

/* ---- the identity ---- */

static CmsDigest
digest_for(EVP_PKEY *key, CmsKeyType type)
{
	if (type == CMS_KEY_ED25519) {
		return CMS_DIGEST_SHA512; /* RFC 8419 section 3.1 */
	}
	int bits = type == CMS_KEY_EC ? EVP_PKEY_get_bits(key) : 0;
	return bits > 384 ? CMS_DIGEST_SHA512 : bits > 256 ? CMS_DIGEST_SHA384 : CMS_DIGEST_SHA256;
}

static bool
choose_algorithm(EVP_PKEY *key, CmsScheme wanted, CmsSignatureAlg *alg, GError **error)
{
	static const CmsScheme schemes[] = {
		[CMS_KEY_OTHER] = CMS_SCHEME_UNKNOWN,   [CMS_KEY_RSA] = CMS_SCHEME_RSA,
		[CMS_KEY_RSA_PSS] = CMS_SCHEME_RSA_PSS, [CMS_KEY_EC] = CMS_SCHEME_ECDSA,
		[CMS_KEY_ED25519] = CMS_SCHEME_ED25519, [CMS_KEY_X25519] = CMS_SCHEME_UNKNOWN,
		[CMS_KEY_DSA] = CMS_SCHEME_UNKNOWN,
	};
	CmsKeyType type = cms_key_type_of(key);
	CmsScheme scheme = schemes[type];
	if (scheme == CMS_SCHEME_UNKNOWN) {
		return base_fail(error, PS_ERROR_UNSUPPORTED, "this kind of key cannot sign mail");
	}
	if (wanted == CMS_SCHEME_RSA_PSS && type == CMS_KEY_RSA) {
		scheme = wanted;
	}
	if (wanted != CMS_SCHEME_UNKNOWN && wanted != scheme) {
		return base_fail(error, PS_ERROR_ARGUMENT, "this key does not sign with %s",
				 cms_scheme_name(wanted));
	}
	*alg = (CmsSignatureAlg){scheme, digest_for(key, type),
				 scheme == CMS_SCHEME_RSA_PSS ? PSS_SALT : 0};
	return true;
}

static bool
set_up_context(CmsSigner *s)
{
	if (s->alg.scheme == CMS_SCHEME_ED25519) {
		s->message = EVP_MD_CTX_new();
		return true;
	}
	const EVP_MD *md = cms_digest_md(s->alg.digest);
	s->context = EVP_PKEY_CTX_new_from_pkey(NULL, s->key, NULL);
	if (md == NULL || s->context == NULL || EVP_PKEY_sign_init(s->context) != 1) {
		return false;
	}
	if (s->alg.scheme == CMS_SCHEME_RSA_PSS) {
		return EVP_PKEY_CTX_set_rsa_padding(s->context, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_signature_md(s->context, md) == 1 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(s->context, md) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(s->context, PSS_SALT) == 1;
	}
	return EVP_PKEY_CTX_set_signature_md(s->context, md) == 1;
}

static void
add_unique(GPtrArray *list, GBytes *bytes)
{
	for (guint i = 0; i < list->len; i++) {
		if (g_bytes_equal(g_ptr_array_index(list, i), bytes)) {
			return;
		}
	}
	g_ptr_array_add(list, bytes);
}

/* SET OF whole values under the implicit @tag; nothing if there are none. */
static void
put_set(GByteArray *out, uint8_t tag, const GPtrArray *list)
{
	if (list == NULL || list->len == 0) {
		return;
	}
	g_autofree BaseBytes *views = g_new(BaseBytes, list->len);
	for (guint i = 0; i < list->len; i++) {
		views[i] = base_bytes_of(g_ptr_array_index(list, i));
	}
	cms_der_set_of(out, tag, views, list->len);
}

static void
encode_carried(CmsSigner *s, GBytes *leaf, const GPtrArray *others, const GPtrArray *crls)
{
	g_autoptr(GPtrArray) certs = g_ptr_array_new();
	g_ptr_array_add(certs, leaf);
	for (guint i = 0; others != NULL && i < others->len; i++) {
		add_unique(certs, g_ptr_array_index(others, i));
	}
	put_set(s->carried, CMS_TAG_CONTEXT_CONSTRUCTED(0), certs);
	put_set(s->carried, CMS_TAG_CONTEXT_CONSTRUCTED(1), crls);
}

static void
encode_head(CmsSigner *s, const CmsCertificateId *id)
{
	guint mark = cms_der_begin(s->algorithms, CMS_TAG_SET);
	cms_alg_put_digest(s->algorithms, s->alg.digest);
	cms_der_end(s->algorithms, mark);
	cms_der_uint(s->head, 1);
	mark = cms_der_begin(s->head, CMS_TAG_SEQUENCE);
	cms_der_raw(s->head, id->issuer);
	cms_der_tlv(s->head, CMS_TAG_INTEGER, id->serial);
	cms_der_end(s->head, mark);
	cms_alg_put_digest(s->head, s->alg.digest);
	cms_alg_put_signature(s->signature_alg, &s->alg);
}

static bool
encode_attributes(CmsSigner *s, GBytes *leaf, const CmsSignerOptions *options)
{
	GByteArray *out = s->attributes;
	cms_attr_put_content_type(out, CMS_OID_DATA);
	cms_attr_put_protection(out, &s->alg);
	if (!cms_attr_put_signing_certificate(out, base_bytes_of(leaf))) {
		return false;
	}
	if (options->capabilities != NULL) {
		cms_attr_put_capabilities(out, base_bytes_of(options->capabilities));
	}
	return options->encryption_cert == NULL ||
	       cms_attr_put_key_preference(out, base_bytes_of(options->encryption_cert));
}

static CmsSigner *
signer_alloc(EVP_PKEY *key)
{
	CmsSigner *s = g_new0(CmsSigner, 1);
	EVP_PKEY_up_ref(key);
	s->key = key;
	s->algorithms = g_byte_array_new();
	s->carried = g_byte_array_new();
	s->head = g_byte_array_new();
	s->signature_alg = g_byte_array_new();
	s->attributes = g_byte_array_new();
	return s;
}

void
cms_signer_free(CmsSigner *s)
{
	if (s == NULL) {
		return;
	}
	EVP_PKEY_free(s->key);
	EVP_PKEY_CTX_free(s->context);
	EVP_MD_CTX_free(s->message);
	g_byte_array_unref(s->algorithms);
	g_byte_array_unref(s->carried);
	g_byte_array_unref(s->head);
	g_byte_array_unref(s->signature_alg);
	g_byte_array_unref(s->attributes);
	g_clear_pointer(&s->extra, g_ptr_array_unref);
	cms_sign_template_clear(&s->template);
	g_free(s);
}

CmsSigner *
cms_signer_new(EVP_PKEY *key, GBytes *leaf_der, GPtrArray *other_certs,
	       const CmsSignerOptions *options, GError **error)
{
	static const CmsSignerOptions defaults;
	CmsCertificateId id;
	g_autoptr(CmsSigner) s = signer_alloc(key);
	options = options == NULL ? &defaults : options;
	g_autoptr(CmsKey) public = cms_key_new_certificate(base_bytes_of(leaf_der), error);
	if (public == NULL || !choose_algorithm(key, options->scheme, &s->alg, error)) {
		return NULL;
	}
	if (EVP_PKEY_eq(key, cms_key_evp(public)) != 1) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "the private key does not belong to the certificate");
	}
	if (!cms_certificate_id(base_bytes_of(leaf_der), &id) ||
	    !encode_attributes(s, leaf_der, options)) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "a certificate is malformed");
	}
	if (!set_up_context(s)) {
		return BASE_FAIL_NULL(error, PS_ERROR_CRYPTO, "this key cannot be used to sign");
	}
	encode_head(s, &id);
	encode_carried(s, leaf_der, other_certs, options->crls);
	s->template = cms_sign_template_new(s, 0);
	return g_steal_pointer(&s);
}

CmsDigest
cms_signer_digest(const CmsSigner *s)
{
	return s->alg.digest;
}

const char *
cms_signer_micalg(const CmsSigner *s)
{
	return cms_digest_micalg(s->alg.digest);
}

CmsScheme
cms_signer_scheme(const CmsSigner *s)
{
	return s->alg.scheme;
}

void
cms_signer_set_extra(CmsSigner *s, GPtrArray *attributes)
{
	if (s->extra == NULL && attributes == NULL) {
		return;
	}
	GPtrArray *old = s->extra;
	s->extra = attributes == NULL ? NULL : g_ptr_array_ref(attributes);
	g_clear_pointer(&old, g_ptr_array_unref);
	cms_sign_template_clear(&s->template);
	s->template = cms_sign_template_new(s, 0);
}

/* ---- one message ---- */

static bool
sign_ed25519(CmsSigner *s, const GByteArray *set, uint8_t *out, size_t *n)
{
	EVP_MD_CTX_reset(s->message);
	return EVP_DigestSignInit_ex(s->message, NULL, NULL, NULL, NULL, s->key, NULL) == 1 &&
	       EVP_DigestSign(s->message, out, n, set->data, set->len) == 1;
}

static bool
sign_digest(CmsSigner *s, const GByteArray *set, uint8_t *out, size_t *n)
{
	uint8_t digest[CMS_DIGEST_MAX];
	return cms_digest_compute(s->alg.digest, base_bytes_of_array(set), digest) &&
	       EVP_PKEY_sign(s->context, out, n, digest, cms_digest_size(s->alg.digest)) == 1;
}

bool
cms_signer_sign_set(CmsSigner *s, const GByteArray *set, GByteArray *signature, GError **error)
{
	size_t n = (size_t)EVP_PKEY_get_size(s->key);
	g_byte_array_set_size(signature, (guint)n);
	bool ok = s->alg.scheme == CMS_SCHEME_ED25519 ? sign_ed25519(s, set, signature->data, &n)
						      : sign_digest(s, set, signature->data, &n);
	if (!ok) {
		return base_fail(error, PS_ERROR_CRYPTO, "signing failed");
	}
	g_byte_array_set_size(signature, (guint)n);
	return true;
}

static size_t
signer_info_size(const CmsSigner *s, const GByteArray *set, size_t signature_n)
{
	return s->head->len + set->len + s->signature_alg->len + cms_der_size(signature_n);
}

size_t
cms_signer_infos_size(const CmsSigner *s, const GByteArray *set, size_t signature_n)
{
	return cms_der_size(cms_der_size(signer_info_size(s, set, signature_n)));
}

void
cms_signer_put_infos(const CmsSigner *s, const GByteArray *set, BaseBytes signature,
		     GByteArray *out)
{
	size_t n = signer_info_size(s, set, signature.n);
	cms_der_header(out, CMS_TAG_SET, cms_der_size(n));
	cms_der_header(out, CMS_TAG_SEQUENCE, n);
	cms_der_raw(out, base_bytes_of_array(s->head));
	guint at = out->len;
	cms_der_raw(out, base_bytes_of_array(set));
	out->data[at] = CMS_TAG_CONTEXT_CONSTRUCTED(0);
	cms_der_raw(out, base_bytes_of_array(s->signature_alg));
	cms_der_octets(out, signature);
}

static const char version_1[] = "\x02\x01\x01";

void
cms_signer_put_front(const CmsSigner *s, gint64 content_n, size_t infos_n, GByteArray *out)
{
	size_t type = cms_der_size(cms_oid_bytes(CMS_OID_DATA).n);
	size_t octets = content_n < 0 ? 0 : cms_der_size((size_t)content_n);
	size_t encap = type + (content_n < 0 ? 0 : cms_der_size(octets));
	size_t n = sizeof(version_1) - 1 + s->algorithms->len + cms_der_size(encap) +
		   s->carried->len + infos_n;
	size_t explicit = cms_der_size(n);
	size_t outer = cms_der_size(cms_oid_bytes(CMS_OID_SIGNED_DATA).n);
	cms_der_header(out, CMS_TAG_SEQUENCE, outer + cms_der_size(explicit));
	cms_der_oid(out, CMS_OID_SIGNED_DATA);
	cms_der_header(out, CMS_TAG_CONTEXT_CONSTRUCTED(0), explicit);
	cms_der_header(out, CMS_TAG_SEQUENCE, n);
	cms_der_raw(out, base_bytes(version_1, sizeof(version_1) - 1));
	cms_der_raw(out, base_bytes_of_array(s->algorithms));
	cms_der_header(out, CMS_TAG_SEQUENCE, encap);
	cms_der_oid(out, CMS_OID_DATA);
	if (content_n >= 0) {
		cms_der_header(out, CMS_TAG_CONTEXT_CONSTRUCTED(0), octets);
		cms_der_header(out, CMS_TAG_OCTET_STRING, (size_t)content_n);
	}
}

/* @content NULL: detached. */
static GBytes *
sign_whole(CmsSigner *s, CmsSignTemplate *t, const BaseBytes *content, GError **error)
{
	g_autoptr(GByteArray) signature = g_byte_array_sized_new(1024);
	if (!cms_signer_sign_set(s, t->set, signature, error)) {
		return NULL;
	}
	size_t infos_n = cms_signer_infos_size(s, t->set, signature->len);
	size_t content_n = content == NULL ? 0 : content->n;
	GByteArray *out =
		g_byte_array_sized_new((guint)(content_n + s->carried->len + infos_n + 128));
	cms_signer_put_front(s, content == NULL ? -1 : (gint64)content_n, infos_n, out);
	if (content != NULL) {
		cms_der_raw(out, *content);
	}
	cms_der_raw(out, base_bytes_of_array(s->carried));
	cms_signer_put_infos(s, t->set, base_bytes_of_array(signature), out);
	return g_byte_array_free_to_bytes(out);
}

static GBytes *
sign_filled(CmsSigner *s, BaseBytes content_digest, const BaseBytes *content, int64_t signing_time,
	    GError **error)
{
	if (content_digest.n != cms_digest_size(s->alg.digest)) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "the digest is not the signer's");
	}
	if (cms_sign_time_is_utc(signing_time)) {
		cms_sign_template_fill(&s->template, signing_time, content_digest);
		return sign_whole(s, &s->template, content, error);
	}
	CmsSignTemplate t = cms_sign_template_new(s, signing_time);
	cms_sign_template_fill(&t, signing_time, content_digest);
	GBytes *cms = sign_whole(s, &t, content, error);
	cms_sign_template_clear(&t);
	return cms;
}

GBytes *
cms_signer_sign(CmsSigner *s, BaseBytes content_digest, int64_t signing_time, GError **error)
{
	return sign_filled(s, content_digest, NULL, signing_time, error);
}

GBytes *
cms_signer_sign_opaque(CmsSigner *s, BaseBytes content, int64_t signing_time, GError **error)
{
	uint8_t digest[CMS_DIGEST_MAX];
	if (content.n > G_MAXUINT / 2) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT,
				      "the content is too large to sign in memory");
	}
	if (!cms_digest_compute(s->alg.digest, content, digest)) {
		return BASE_FAIL_NULL(error, PS_ERROR_CRYPTO, "hashing failed");
	}
	return sign_filled(s, base_bytes(digest, cms_digest_size(s->alg.digest)), &content,
			   signing_time, error);
}

/* ContentInfo { SignedData { 1, {}, { id-data }, certificates, {} } } */
GBytes *
cms_certs_only(GPtrArray *certs)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	guint info = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_oid(out, CMS_OID_SIGNED_DATA);
	guint explicit = cms_der_begin(out, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	guint body = cms_der_begin(out, CMS_TAG_SEQUENCE);
	cms_der_uint(out, 1);
	cms_der_header(out, CMS_TAG_SET, 0);
	cms_der_algorithm(out, CMS_OID_DATA, false);
	put_set(out, CMS_TAG_CONTEXT_CONSTRUCTED(0), certs);
	cms_der_header(out, CMS_TAG_SET, 0);
	cms_der_end(out, body);
	cms_der_end(out, explicit);
	cms_der_end(out, info);
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}
