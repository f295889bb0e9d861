/* SPDX-License-Identifier: MPL-2.0 */
/* SignedData, read into views; what had to be joined or copied is kept beside. */
#include "cms/signed.h"
#include "base/error.h"

typedef struct {
	CmsSignedData public;
	gint refs;
	GPtrArray *owners; /* of GBytes that the views point into */
	bool other;        /* certificates or CRLs of kinds that are left out */
} Signed;

static Signed *
signed_new(void)
{
	Signed *s = g_new0(Signed, 1);
	s->refs = 1;
	s->owners = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	return s;
}

CmsSignedData *
cms_signed_ref(CmsSignedData *sd)
{
	g_atomic_int_inc(&((Signed *)sd)->refs);
	return sd;
}

void
cms_signed_unref(CmsSignedData *sd)
{
	Signed *s = (Signed *)sd;
	if (s != NULL && g_atomic_int_dec_and_test(&s->refs)) {
		g_ptr_array_unref(s->owners);
		g_free(sd->certs);
		g_free(sd->crls);
		g_free(sd->signers);
		g_free(s);
	}
}

/* Keeps @bytes (transfer full) and gives its view. */
static BaseBytes
own(Signed *s, GBytes *bytes)
{
	g_ptr_array_add(s->owners, bytes);
	return base_bytes_of(bytes);
}

/* An OCTET STRING, joined if it is constructed. */
static bool
octets(Signed *s, BaseBytes *in, BaseBytes *out)
{
	if (cms_ber_peek(*in) == CMS_TAG_OCTET_STRING) {
		return cms_ber_value(in, CMS_TAG_OCTET_STRING, out);
	}
	GBytes *joined = cms_ber_octets(in, CMS_TAG_OCTET_STRING);
	if (joined == NULL) {
		return false;
	}
	*out = own(s, joined);
	return true;
}

/*
 * SignerIdentifier ::= CHOICE { issuerAndSerialNumber SEQUENCE { Name, INTEGER },
 *	subjectKeyIdentifier [0] OCTET STRING }                    RFC 5652 section 5.3
 */
static bool
signer_identifier(BaseBytes *in, CmsSignerInfo *si)
{
	BaseBytes pair;
	CmsTlv issuer;
	if (cms_ber_value(in, CMS_TAG_CONTEXT(0), &si->ski)) {
		return si->ski.n > 0;
	}
	if (!cms_ber_value(in, CMS_TAG_SEQUENCE, &pair) ||
	    !cms_ber_take(&pair, CMS_TAG_SEQUENCE, &issuer) ||
	    !cms_ber_value(&pair, CMS_TAG_INTEGER, &si->serial)) {
		return false;
	}
	si->issuer = issuer.whole;
	return pair.n == 0;
}

/*
 * SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm, signedAttrs [0] OPTIONAL,
 *signatureAlgorithm, signature OCTET STRING, unsignedAttrs [1] OPTIONAL }
 */
static bool
signer_info(Signed *s, BaseBytes in, CmsSignerInfo *si)
{
	CmsTlv digest;
	CmsTlv signature;
	BaseBytes unsigned_attrs;
	uint64_t version;
	if (!cms_ber_uint(&in, &version) || !signer_identifier(&in, si) ||
	    !cms_ber_take(&in, CMS_TAG_SEQUENCE, &digest)) {
		return false;
	}
	si->digest_algorithm = digest.whole;
	si->digest = cms_alg_digest(digest.whole);
	si->has_signed_attrs =
		cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(0), &si->signed_attrs);
	if (!cms_ber_take(&in, CMS_TAG_SEQUENCE, &signature) ||
	    !cms_alg_signature(signature.whole, &si->alg) || !octets(s, &in, &si->signature)) {
		return false;
	}
	si->signature_algorithm = signature.whole;
	si->scheme = si->alg.scheme;
	bool more = cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(1), &unsigned_attrs);
	return in.n == 0 && (!more || cms_attr_may_be_unsigned(unsigned_attrs)) &&
	       version == (si->ski.n > 0 ? 3 : 1) &&
	       (!si->has_signed_attrs || cms_attr_parse(si->signed_attrs, &si->attrs));
}

static guint
count(BaseBytes in)
{
	guint n = 0;
	CmsTlv tlv;
	while (cms_ber_next(&in, &tlv)) {
		n++;
	}
	return in.n == 0 ? n : G_MAXUINT;
}

static bool
signer_infos(Signed *s, BaseBytes in)
{
	CmsSignedData *sd = &s->public;
	guint n = count(in);
	if (n > BASE_LIMIT_SIGNERS) {
		return false;
	}
	sd->signers = g_new0(CmsSignerInfo, n);
	CmsTlv one;
	while (cms_ber_take(&in, CMS_TAG_SEQUENCE, &one)) {
		CmsSignerInfo *si = &sd->signers[sd->n_signers++];
		si->attrs.signing_time = INT64_MIN;
		si->malformed = !signer_info(s, one.value, si);
	}
	return in.n == 0;
}

/* Elements that are SEQUENCEs of at most @limit octets, at most @max of them; other choices
 * (attribute certificates, OCSP responses) carry context tags and are left out. */
static guint
collect(Signed *s, BaseBytes in, guint max, size_t limit, BaseBytes **list)
{
	g_autofree BaseBytes *found = g_new0(BaseBytes, max);
	guint have = 0;
	CmsTlv tlv;
	while (cms_ber_next(&in, &tlv)) {
		s->other |= tlv.tag != CMS_TAG_SEQUENCE;
		if (tlv.tag == CMS_TAG_SEQUENCE && tlv.whole.n <= limit && have < max) {
			found[have++] = tlv.whole;
		}
	}
	*list = g_steal_pointer(&found);
	return have;
}

static bool
certificates(Signed *s, BaseBytes in)
{
	CmsSignedData *sd = &s->public;
	guint n = count(in);
	if (n > BASE_LIMIT_CERTS) {
		return false;
	}
	sd->n_certs = collect(s, in, n, BASE_LIMIT_CERT, &sd->certs);
	return true;
}

static bool
revocations(Signed *s, BaseBytes in)
{
	CmsSignedData *sd = &s->public;
	if (count(in) == G_MAXUINT) {
		return false;
	}
	sd->n_crls = collect(s, in, BASE_LIMIT_CRLS, BASE_LIMIT_CRL, &sd->crls);
	return true;
}

static bool
digest_algorithms(CmsSignedData *sd, BaseBytes in)
{
	CmsTlv one;
	while (cms_ber_take(&in, CMS_TAG_SEQUENCE, &one)) {
		CmsDigest digest = cms_alg_digest(one.whole);
		sd->digests |= digest == CMS_DIGEST_UNKNOWN ? 0 : CMS_DIGEST_BIT(digest);
	}
	return in.n == 0;
}

/* EncapsulatedContentInfo ::= SEQUENCE { eContentType OID, eContent [0] EXPLICIT OCTET STRING
 * OPTIONAL } */
static bool
encapsulated(Signed *s, BaseBytes in)
{
	CmsSignedData *sd = &s->public;
	BaseBytes explicit;
	if (!cms_ber_oid(&in, &sd->content_type)) {
		return false;
	}
	sd->content_oid = cms_oid_find(sd->content_type);
	sd->has_content = cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(0), &explicit);
	return in.n == 0 &&
	       (!sd->has_content || (octets(s, &explicit, &sd->content) && explicit.n == 0));
}

/*
 * RFC 5652 section 5.1: 5 or 4 with other kinds of certificates or CRLs, 3 with a key identifier or
 * other content than id-data, else 1; and 1 whatever there is, as some write.
 */
static bool
version_fits(const Signed *s, uint64_t version)
{
	const CmsSignedData *sd = &s->public;
	bool three = sd->content_oid != CMS_OID_DATA;
	for (guint i = 0; i < sd->n_signers; i++) {
		three |= sd->signers[i].ski.n > 0;
	}
	return version == 1 || (version == 3 && three) ||
	       ((version == 4 || version == 5) && s->other);
}

/*
 * SignedData ::= SEQUENCE { version, digestAlgorithms SET OF, encapContentInfo,
 *	certificates [0] OPTIONAL, crls [1] OPTIONAL, signerInfos SET OF }      RFC 5652 section 5.1
 */
static bool
signed_data(Signed *s, BaseBytes in)
{
	CmsSignedData *sd = &s->public;
	uint64_t version;
	BaseBytes part;
	if (!cms_ber_uint(&in, &version) || !cms_ber_value(&in, CMS_TAG_SET, &part) ||
	    !digest_algorithms(sd, part) || !cms_ber_value(&in, CMS_TAG_SEQUENCE, &part) ||
	    !encapsulated(s, part)) {
		return false;
	}
	if (cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(0), &part) && !certificates(s, part)) {
		return false;
	}
	if (cms_ber_value(&in, CMS_TAG_CONTEXT_CONSTRUCTED(1), &part) && !revocations(s, part)) {
		return false;
	}
	return cms_ber_value(&in, CMS_TAG_SET, &part) && signer_infos(s, part) && in.n == 0 &&
	       version_fits(s, version);
}

CmsSignedData *
cms_signed_parse(GBytes *cms, GError **error)
{
	BaseBytes in = base_bytes_of(cms);
	BaseBytes oid;
	BaseBytes explicit;
	BaseBytes body;
	BaseBytes all = in;
	if (!cms_ber_value(&all, CMS_TAG_SEQUENCE, &in) || base_bytes_trim(all).n > 0 ||
	    !cms_ber_oid(&in, &oid) ||
	    !cms_ber_only(in, CMS_TAG_CONTEXT_CONSTRUCTED(0), &explicit)) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "this is not CMS");
	}
	if (cms_oid_find(oid) != CMS_OID_SIGNED_DATA) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNSUPPORTED, "this CMS is not signed-data");
	}
	CmsSignedData *sd = &signed_new()->public;
	own((Signed *)sd, g_bytes_ref(cms));
	if (!cms_ber_only(explicit, CMS_TAG_SEQUENCE, &body) || !signed_data((Signed *)sd, body)) {
		cms_signed_unref(sd);
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "the signed-data is malformed or too large");
	}
	return sd;
}

/* The content octets of a whole TLV of tag @tag, kept by @s. */
static bool
part(Signed *s, GBytes *whole, uint8_t tag, BaseBytes *content)
{
	return whole != NULL && cms_ber_only(own(s, g_bytes_ref(whole)), tag, content);
}

CmsSignedData *
cms_signed_from_parts(const CmsSignedParts *parts)
{
	Signed *s = signed_new();
	CmsSignedData *sd = &s->public;
	BaseBytes in;
	sd->content_type = own(s, base_bytes_dup(parts->content_type));
	sd->content_oid = cms_oid_find(sd->content_type);
	sd->has_content = parts->has_content;
	bool ok = part(s, parts->digest_algorithms, CMS_TAG_SET, &in) &&
		  digest_algorithms(sd, in) &&
		  (parts->certificates == NULL ||
		   (part(s, parts->certificates, CMS_TAG_CONTEXT_CONSTRUCTED(0), &in) &&
		    certificates(s, in))) &&
		  (parts->crls == NULL ||
		   (part(s, parts->crls, CMS_TAG_CONTEXT_CONSTRUCTED(1), &in) &&
		    revocations(s, in))) &&
		  part(s, parts->signer_infos, CMS_TAG_SET, &in) && signer_infos(s, in) &&
		  version_fits(s, parts->version);
	if (!ok) {
		cms_signed_unref(sd);
		return NULL;
	}
	return sd;
}
