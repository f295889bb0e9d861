/* SPDX-License-Identifier: MPL-2.0 */
/* Odd certificates that our own maker would never make, by libcrypto. */
#pragma once

#include "cert_t.h"
#include <openssl/conf.h>
#include <openssl/x509v3.h>

typedef enum {
	ODD_EMAIL, /* rfc822Name */
	ODD_UTF8,  /* SmtpUTF8Mailbox */
	ODD_DNS,
} OddName;

typedef struct {
	OddName kind;
	const char *text;
	size_t n; /* 0: strlen(text) */
} OddMailbox;

typedef struct {
	int nid;
	const char *text; /* UTF-8 */
} OddSubject;

typedef struct {
	const OddMailbox *names; /* ends with a NULL text; NULL: no SAN */
	const char *subject_email;
	size_t subject_email_n;
	int subject_email_type; /* V_ASN1_..., 0: IA5String */
	const char *serial;     /* hex, maybe with a minus sign */
	const char *usage;      /* as in openssl.cnf, NULL: none */
	const char *extended;
	const char *constraints;
	const char *name_constraints;
	const char *policies;         /* as in openssl.cnf */
	const char *points;           /* CRL distribution points, the same */
	const char *access;           /* authorityInfoAccess, the same */
	const OddSubject *subject;    /* more of the subject, ends with a NULL text */
	const char *foreign_critical; /* OID of a critical extension */
	const char *digest;           /* NULL: SHA256 */
	X509 *issuer;                 /* NULL: self-signed */
	EVP_PKEY *issuer_key;
	EVP_PKEY *key;
	const char *common_name;
	int64_t not_before; /* 0: a day before CERT_T_NOW */
	int64_t not_after;  /* 0: a year after it */
} OddSpec;

static inline void
odd_add_name(GENERAL_NAMES *names, const OddMailbox *m)
{
	int n = (int)(m->n == 0 ? strlen(m->text) : m->n);
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *text =
		ASN1_STRING_type_new(m->kind == ODD_UTF8 ? V_ASN1_UTF8STRING : V_ASN1_IA5STRING);
	ASN1_STRING_set(text, m->text, n);
	if (m->kind == ODD_UTF8) {
		ASN1_TYPE *value = ASN1_TYPE_new();
		ASN1_TYPE_set(value, V_ASN1_UTF8STRING, text);
		GENERAL_NAME_set0_othername(name, OBJ_nid2obj(NID_id_on_SmtpUTF8Mailbox), value);
	} else {
		GENERAL_NAME_set0_value(name, m->kind == ODD_EMAIL ? GEN_EMAIL : GEN_DNS, text);
	}
	sk_GENERAL_NAME_push(names, name);
}

static inline void
odd_add_conf(X509 *x, int nid, const char *value)
{
	if (value != NULL) {
		/* Policies want a configuration, if an empty one. */
		CONF *conf = NCONF_new(NULL);
		X509V3_CTX ctx;
		X509V3_set_ctx(&ctx, NULL, x, NULL, NULL, 0);
		X509V3_set_nconf(&ctx, conf);
		X509_EXTENSION *ext = X509V3_EXT_nconf_nid(conf, &ctx, nid, value);
		NCONF_free(conf);
		g_assert_nonnull(ext);
		X509_add_ext(x, ext, -1);
		X509_EXTENSION_free(ext);
	}
}

static inline void
odd_add_foreign(X509 *x, const char *oid)
{
	if (oid != NULL) {
		ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
		ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
		ASN1_OCTET_STRING_set(data, (const unsigned char *)"\x05\x00", 2);
		X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, object, 1, data);
		X509_add_ext(x, ext, -1);
		X509_EXTENSION_free(ext);
		ASN1_OCTET_STRING_free(data);
		ASN1_OBJECT_free(object);
	}
}

static inline void
odd_set_name(X509 *x, const OddSpec *spec)
{
	X509_NAME *name = X509_NAME_new();
	const char *cn = spec->common_name != NULL ? spec->common_name : "odd";
	X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)cn,
				   -1, -1, 0);
	if (spec->subject_email != NULL) {
		X509_NAME_add_entry_by_NID(
			name, NID_pkcs9_emailAddress,
			spec->subject_email_type == 0 ? V_ASN1_IA5STRING : spec->subject_email_type,
			(const unsigned char *)spec->subject_email,
			spec->subject_email_n == 0 ? -1 : (int)spec->subject_email_n, -1, 0);
	}
	for (const OddSubject *s = spec->subject; s != NULL && s->text != NULL; s++) {
		X509_NAME_add_entry_by_NID(name, s->nid, V_ASN1_UTF8STRING,
					   (const unsigned char *)s->text, -1, -1, 0);
	}
	X509_set_subject_name(x, name);
	X509_set_issuer_name(x, spec->issuer == NULL ? name : X509_get_subject_name(spec->issuer));
	X509_NAME_free(name);
}

static inline void
odd_add_san(X509 *x, const OddMailbox *names)
{
	if (names != NULL) {
		GENERAL_NAMES *san = GENERAL_NAMES_new();
		for (; names->text != NULL; names++) {
			odd_add_name(san, names);
		}
		X509_add1_ext_i2d(x, NID_subject_alt_name, san, 0, 0);
		GENERAL_NAMES_free(san);
	}
}

static inline X509 *
odd_x509(const OddSpec *spec)
{
	static long serial;
	X509 *x = X509_new();
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	if (spec->serial != NULL) {
		BIGNUM *number = NULL;
		BN_hex2bn(&number, spec->serial);
		BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
		BN_free(number);
	}
	ASN1_TIME_set(X509_getm_notBefore(x),
		      spec->not_before != 0 ? spec->not_before : CERT_T_NOW - 86400);
	ASN1_TIME_set(X509_getm_notAfter(x),
		      spec->not_after != 0 ? spec->not_after : CERT_T_NOW + 31556952);
	X509_set_pubkey(x, spec->key);
	odd_set_name(x, spec);
	odd_add_san(x, spec->names);
	odd_add_conf(x, NID_key_usage, spec->usage);
	odd_add_conf(x, NID_ext_key_usage, spec->extended);
	odd_add_conf(x, NID_basic_constraints, spec->constraints);
	odd_add_conf(x, NID_name_constraints, spec->name_constraints);
	odd_add_conf(x, NID_certificate_policies, spec->policies);
	odd_add_conf(x, NID_crl_distribution_points, spec->points);
	odd_add_conf(x, NID_info_access, spec->access);
	odd_add_foreign(x, spec->foreign_critical);
	const EVP_MD *md = EVP_get_digestbyname(spec->digest != NULL ? spec->digest : "SHA256");
	EVP_PKEY *signer = spec->issuer_key != NULL ? spec->issuer_key : spec->key;
	md = EVP_PKEY_is_a(signer, "ED25519") ? NULL : md;
	g_assert_cmpint(X509_sign(x, spec->issuer_key != NULL ? spec->issuer_key : spec->key, md),
			>, 0);
	return x;
}

static inline GBytes *
odd_der(X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	GBytes *bytes = g_bytes_new(der, (size_t)n);
	OPENSSL_free(der);
	return bytes;
}

static inline CertInfo *
odd_info(X509 *x)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) der = odd_der(x);
	CertInfo *info = cert_info_new_bytes(der, &error);
	g_assert_no_error(error);
	return info;
}

/* Self-signed P-256 with what @spec asks for. */
static inline CertInfo *
odd_cert(OddSpec spec)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	spec.key = key;
	X509 *x = odd_x509(&spec);
	CertInfo *info = odd_info(x);
	X509_free(x);
	EVP_PKEY_free(key);
	return info;
}
