/* SPDX-License-Identifier: MPL-2.0 */
/* For tests of sealed mail: people with keys and certificates, and a reader for whole ContentInfos.
 */
#pragma once

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "base/sink.h"
#include "cms/ber.h"
#include "cms/decrypt.h"
#include "cms/encrypt.h"
#include "cms/key.h"
#include "rsa.h"
#include "t.h"

typedef struct {
	EVP_PKEY *key;
	X509 *cert;
	GBytes *der;
} Person;

/* A certificate for @key made by somebody with a P-256 key: X25519 keys cannot sign their own. */
static inline void
person_certify(Person *person, long serial)
{
	EVP_PKEY *issuer = EVP_EC_gen("P-256");
	unsigned char *der = NULL;
	X509 *cert = X509_new();
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
				   (const unsigned char *)"p", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	g_assert_cmpint(X509_set_pubkey(cert, person->key), ==, 1);
	g_assert_cmpint(X509_sign(cert, issuer, EVP_sha256()), >, 0);
	int n = i2d_X509(cert, &der);
	person->der = g_bytes_new(der, (gsize)n);
	OPENSSL_free(der);
	EVP_PKEY_free(issuer);
	person->cert = cert;
}

/* @kind: "RSA", "X25519", or the name of a curve. */
static inline Person
person_new(const char *kind, long serial)
{
	Person person = {NULL, NULL, NULL};
	if (strcmp(kind, "RSA") == 0) {
		person.key = t_rsa_key(serial == 1 ? T_RSA_2048 : T_RSA_2048_OTHER);
	} else if (strcmp(kind, "X25519") == 0) {
		person.key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	} else {
		person.key = EVP_EC_gen(kind);
	}
	g_assert_nonnull(person.key);
	person_certify(&person, serial);
	return person;
}

static inline void
person_clear(Person *person)
{
	EVP_PKEY_free(person->key);
	X509_free(person->cert);
	g_bytes_unref(person->der);
}

/* CmsKeyHook for a NULL-terminated array of Person pointers. */
static inline bool
people_hook(void *user, const CmsRecipientId *rid, CmsPrivateKey *out)
{
	for (Person **people = user; *people != NULL; people++) {
		CmsCertificateId id;
		g_assert_true(cms_certificate_id(base_bytes_of((*people)->der), &id));
		if (base_bytes_equal(id.issuer, rid->issuer) &&
		    base_bytes_equal(id.serial, rid->serial)) {
			out->key = (*people)->key;
			return true;
		}
		if (rid->ski.n > 0 && base_bytes_equal(rid->ski, BASE_LIT("ski!"))) {
			out->key = (*people)->key;
			return true;
		}
	}
	return false;
}

/* The fields of a ContentInfo that decrypting wants. */
typedef struct {
	CmsKind kind;
	BaseBytes infos;
	BaseBytes algorithm;
	GBytes *content;
	GBytes *mac;
	BaseBytes attrs;
} Envelope;

static inline void
envelope_clear(Envelope *envelope)
{
	g_clear_pointer(&envelope->content, g_bytes_unref);
	g_clear_pointer(&envelope->mac, g_bytes_unref);
}

static inline bool
envelope_split_inner(BaseBytes in, Envelope *out)
{
	uint64_t version;
	BaseBytes info;
	BaseBytes oid;
	CmsTlv tlv;
	if (!cms_ber_uint(&in, &version) ||
	    (out->kind == CMS_KIND_AUTH_ENVELOPED && version != 0)) {
		return false;
	}
	cms_ber_value(&in, 0xa0, NULL);
	if (!cms_ber_take(&in, CMS_TAG_SET, &tlv)) {
		return false;
	}
	out->infos = tlv.whole;
	if (!cms_ber_value(&in, CMS_TAG_SEQUENCE, &info) || !cms_ber_oid(&info, &oid) ||
	    cms_oid_find(oid) != CMS_OID_DATA || !cms_ber_take(&info, CMS_TAG_SEQUENCE, &tlv)) {
		return false;
	}
	out->algorithm = tlv.whole;
	out->content = cms_ber_octets(&info, 0x80);
	if (out->content == NULL) {
		return false;
	}
	if (out->kind == CMS_KIND_AUTH_ENVELOPED) {
		if (cms_ber_take(&in, 0xa1, &tlv)) {
			out->attrs = tlv.whole;
		}
		out->mac = cms_ber_octets(&in, CMS_TAG_OCTET_STRING);
		return out->mac != NULL;
	}
	return true;
}

static inline bool
envelope_split(BaseBytes cms, Envelope *out)
{
	BaseBytes in;
	BaseBytes oid;
	*out = (Envelope){.kind = CMS_KIND_OTHER};
	if (!cms_ber_only(cms, CMS_TAG_SEQUENCE, &in) || !cms_ber_oid(&in, &oid)) {
		return false;
	}
	CmsOid type = cms_oid_find(oid);
	out->kind = type == CMS_OID_ENVELOPED_DATA ? CMS_KIND_ENVELOPED : CMS_KIND_AUTH_ENVELOPED;
	if (type != CMS_OID_ENVELOPED_DATA && type != CMS_OID_AUTH_ENVELOPED_DATA) {
		return false;
	}
	return cms_ber_only(in, 0xa0, &in) && cms_ber_only(in, CMS_TAG_SEQUENCE, &in) &&
	       envelope_split_inner(in, out);
}

/* One pass; *@again as cms_decrypt_again(). */
static inline CmsEncryptionReason
envelope_pass(const Envelope *envelope, CmsRecall *recall, Person **people, size_t chunk,
	      BaseSink *out, bool *again)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(CmsDecrypt) decrypt = cms_decrypt_begin(
		&(CmsDecryptHead){envelope->kind, envelope->infos, envelope->algorithm}, recall,
		people_hook, people, out);
	BaseBytes content = base_bytes_of(envelope->content);
	for (size_t at = 0; at < content.n; at += chunk) {
		g_assert_true(base_sink_write(cms_decrypt_sink(decrypt),
					      base_bytes_slice(content, at, chunk), &error));
	}
	CmsEncryptionReason reason =
		cms_decrypt_end(decrypt, base_bytes_of(envelope->mac), envelope->attrs, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(ERR_peek_error(), ==, 0);
	*again = cms_decrypt_again(decrypt);
	return reason;
}

/* Reads @cms as an engine does: passes into nothing until one holds, then once more for the octets.
 */
static inline CmsEncryptionReason
envelope_open(BaseBytes cms, Person **people, size_t chunk, GBytes **plain)
{
	Envelope envelope;
	CmsEncryptionReason reason = CMS_ENCRYPTION_MALFORMED;
	*plain = NULL;
	if (envelope_split(cms, &envelope)) {
		g_autoptr(CmsRecall) recall = cms_recall_new();
		bool again = true;
		for (int pass = 0; again && pass < 12; pass++) {
			reason = envelope_pass(&envelope, recall, people, chunk, NULL, &again);
			g_assert_false(again && reason == CMS_ENCRYPTION_OK);
		}
		if (reason == CMS_ENCRYPTION_OK) {
			g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
			/* The second pass may ask for no key. */
			reason = envelope_pass(&envelope, recall, people, chunk, memory, &again);
			*plain = base_sink_take_bytes(memory);
		}
	}
	envelope_clear(&envelope);
	return reason;
}

static inline GBytes *
random_bytes(size_t n)
{
	guint8 *p = g_malloc(n + 1);
	g_assert_cmpint(RAND_bytes(p, (int)n), ==, 1);
	return g_bytes_new_take(p, n);
}

static inline void
assert_same(GBytes *got, GBytes *want)
{
	g_assert_nonnull(got);
	t_assert_bytes(g_bytes_get_data(got, NULL), g_bytes_get_size(got),
		       g_bytes_get_data(want, NULL), g_bytes_get_size(want));
}

/* The file @name of the shared test vectors, or NULL. */
static inline GBytes *
shared_file(const char *name)
{
	const char *root = g_getenv("POSTSEAL_SHARED");
	g_autofree char *path =
		root != NULL ? g_build_filename(root, name, NULL)
			     : g_test_build_filename(G_TEST_DIST, "../../../../shared", name, NULL);
	char *data = NULL;
	gsize n = 0;
	return g_file_get_contents(path, &data, &n, NULL) ? g_bytes_new_take(data, n) : NULL;
}
