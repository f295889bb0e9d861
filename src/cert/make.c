/* SPDX-License-Identifier: MPL-2.0 */
/* Personal roots and leaves, field by field as mail programs were measured to accept them. */
#include "cert/make.h"

#include "cert/info_private.h"
#include "cert/openssl_auto.h"
#include <openssl/rand.h>

#define SERIAL_OCTETS 16

bool
cert_make_key_id(EVP_PKEY *key, uint8_t id[20])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t n = 0;
	const unsigned char *bits = NULL;
	int length = 0;
	X509_PUBKEY *spki = NULL;
	bool ok = X509_PUBKEY_set(&spki, key) == 1 &&
		  X509_PUBKEY_get0_param(NULL, &bits, &length, NULL, spki) == 1 &&
		  EVP_Q_digest(NULL, "SHA256", NULL, bits, (size_t)length, digest, &n) == 1;
	if (ok) {
		memcpy(id, digest, 20);
	}
	X509_PUBKEY_free(spki);
	return ok;
}

ASN1_INTEGER *
cert_make_serial(void)
{
	unsigned char octets[SERIAL_OCTETS];
	if (RAND_bytes(octets, sizeof(octets)) != 1) {
		return NULL;
	}
	octets[0] = (octets[0] & 0x7f) | 0x40;
	g_autoptr(BIGNUM) number = BN_bin2bn(octets, sizeof(octets), NULL);
	return number == NULL ? NULL : BN_to_ASN1_INTEGER(number, NULL);
}

ASN1_TIME *
cert_make_time(int64_t time)
{
	return ASN1_TIME_set(NULL, (time_t)time);
}

X509_NAME *
cert_make_name(BaseBytes name)
{
	const unsigned char *p = name.p;
	return d2i_X509_NAME(NULL, &p, (long)name.n);
}

AUTHORITY_KEYID *
cert_make_authority(BaseBytes id)
{
	g_autoptr(AUTHORITY_KEYID) authority = AUTHORITY_KEYID_new();
	if (authority == NULL) {
		return NULL;
	}
	authority->keyid = ASN1_OCTET_STRING_new();
	if (authority->keyid == NULL ||
	    ASN1_OCTET_STRING_set(authority->keyid, id.p, (int)id.n) != 1) {
		return NULL;
	}
	return g_steal_pointer(&authority);
}

static bool
set_names(X509 *x, const CertSpec *spec)
{
	g_autoptr(X509_NAME) subject = X509_NAME_new();
	if (subject == NULL ||
	    X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
				       (const unsigned char *)spec->common_name, -1, -1, 0) != 1) {
		return false;
	}
	g_autoptr(X509_NAME) issuer = spec->issuer == NULL
					      ? X509_NAME_dup(subject)
					      : cert_make_name(spec->issuer->subject_name);
	return issuer != NULL && X509_set_subject_name(x, subject) == 1 &&
	       X509_set_issuer_name(x, issuer) == 1;
}

static bool
set_head(X509 *x, const CertSpec *spec)
{
	g_autoptr(ASN1_INTEGER) serial = cert_make_serial();
	g_autoptr(ASN1_TIME) from = cert_make_time(spec->not_before);
	g_autoptr(ASN1_TIME) to = cert_make_time(spec->not_after);
	return serial != NULL && from != NULL && to != NULL &&
	       X509_set_version(x, X509_VERSION_3) == 1 && X509_set_serialNumber(x, serial) == 1 &&
	       X509_set1_notBefore(x, from) == 1 && X509_set1_notAfter(x, to) == 1 &&
	       X509_set_pubkey(x, spec->key) == 1 && set_names(x, spec);
}

static bool
add_extension(X509 *x, int nid, void *value, bool critical)
{
	return value != NULL && X509_add1_ext_i2d(x, nid, value, critical, X509V3_ADD_APPEND) == 1;
}

/* A root may issue leaves only; a leaf nothing. */
static bool
add_basic_constraints(X509 *x, bool root)
{
	g_autoptr(BASIC_CONSTRAINTS) bc = BASIC_CONSTRAINTS_new();
	if (bc == NULL) {
		return false;
	}
	bc->ca = root ? 0xff : 0;
	if (root) {
		bc->pathlen = ASN1_INTEGER_new();
		if (bc->pathlen == NULL || ASN1_INTEGER_set(bc->pathlen, 0) != 1) {
			return false;
		}
	}
	return add_extension(x, NID_basic_constraints, bc, true);
}

static bool
add_key_usage(X509 *x, unsigned usage)
{
	g_autoptr(ASN1_BIT_STRING) bits = ASN1_BIT_STRING_new();
	for (int bit = 0; bit < 9 && bits != NULL; bit++) {
		if ((usage & (1U << bit)) != 0 && ASN1_BIT_STRING_set_bit(bits, bit, 1) != 1) {
			return false;
		}
	}
	return add_extension(x, NID_key_usage, bits, true);
}

static bool
add_extended_usage(X509 *x, const char *purpose)
{
	g_autoptr(EXTENDED_KEY_USAGE) eku = sk_ASN1_OBJECT_new_null();
	ASN1_OBJECT *object =
		purpose == NULL ? OBJ_nid2obj(NID_email_protect) : OBJ_txt2obj(purpose, 1);
	if (eku == NULL || object == NULL || sk_ASN1_OBJECT_push(eku, object) <= 0) {
		ASN1_OBJECT_free(object);
		return false;
	}
	return add_extension(x, NID_ext_key_usage, eku, false);
}

static bool
add_key_ids(X509 *x, const CertSpec *spec)
{
	uint8_t id[20];
	g_autoptr(ASN1_OCTET_STRING) ski = ASN1_OCTET_STRING_new();
	if (ski == NULL || !cert_make_key_id(spec->key, id) ||
	    ASN1_OCTET_STRING_set(ski, id, sizeof(id)) != 1 ||
	    !add_extension(x, NID_subject_key_identifier, ski, false)) {
		return false;
	}
	if (spec->issuer == NULL) {
		return true;
	}
	g_autoptr(AUTHORITY_KEYID) aki = cert_make_authority(spec->issuer->ski);
	return add_extension(x, NID_authority_key_identifier, aki, false);
}

/* The domain of a normalised address is ASCII always. */
static bool
is_ascii_local(const char *address)
{
	return g_str_is_ascii(address);
}

static ASN1_STRING *
make_string(int type, const char *text)
{
	ASN1_STRING *s = ASN1_STRING_type_new(type);
	if (s != NULL && ASN1_STRING_set(s, text, -1) != 1) {
		ASN1_STRING_free(s);
		return NULL;
	}
	return s;
}

static bool
set_other_name(GENERAL_NAME *name, ASN1_STRING *text)
{
	ASN1_TYPE *value = ASN1_TYPE_new();
	if (value == NULL) {
		return false;
	}
	ASN1_TYPE_set(value, V_ASN1_UTF8STRING, text);
	return GENERAL_NAME_set0_othername(name, OBJ_nid2obj(NID_id_on_SmtpUTF8Mailbox), value) ==
	       1;
}

/* rfc822Name for an ASCII local part, SmtpUTF8Mailbox (RFC 9598 section 3) for any other. */
static GENERAL_NAME *
make_mailbox(const char *address)
{
	bool ascii = is_ascii_local(address);
	g_autoptr(GENERAL_NAME) name = GENERAL_NAME_new();
	ASN1_STRING *text = make_string(ascii ? V_ASN1_IA5STRING : V_ASN1_UTF8STRING, address);
	if (name == NULL || text == NULL) {
		ASN1_STRING_free(text);
		return NULL;
	}
	if (ascii) {
		GENERAL_NAME_set0_value(name, GEN_EMAIL, text);
	} else if (!set_other_name(name, text)) {
		return NULL;
	}
	return g_steal_pointer(&name);
}

static bool
add_alternative_name(X509 *x, const char *address)
{
	g_autoptr(GENERAL_NAMES) names = GENERAL_NAMES_new();
	GENERAL_NAME *name = make_mailbox(address);
	if (names == NULL || name == NULL || sk_GENERAL_NAME_push(names, name) <= 0) {
		GENERAL_NAME_free(name);
		return false;
	}
	return add_extension(x, NID_subject_alt_name, names, false);
}

/*
 * Not critical against RFC 5280 section 4.2.1.10, since gpgsm rejects the chain otherwise; none for
 * a non-ASCII local part, which rfc822Name constraints cannot express (RFC 9598 section 6).
 */
static bool
add_name_constraint(X509 *x, const char *address)
{
	if (!is_ascii_local(address)) {
		return true;
	}
	g_autoptr(NAME_CONSTRAINTS) constraints = NAME_CONSTRAINTS_new();
	GENERAL_SUBTREE *subtree = GENERAL_SUBTREE_new();
	GENERAL_NAME *name = make_mailbox(address);
	STACK_OF(GENERAL_SUBTREE) *permitted = sk_GENERAL_SUBTREE_new_null();
	if (constraints == NULL || subtree == NULL || name == NULL || permitted == NULL ||
	    sk_GENERAL_SUBTREE_push(permitted, subtree) <= 0) {
		GENERAL_SUBTREE_free(subtree);
		GENERAL_NAME_free(name);
		sk_GENERAL_SUBTREE_free(permitted);
		return false;
	}
	GENERAL_NAME_free(subtree->base);
	subtree->base = name;
	constraints->permittedSubtrees = permitted;
	return add_extension(x, NID_name_constraints, constraints, false);
}

static bool
add_extensions(X509 *x, const CertSpec *spec)
{
	bool root = spec->issuer == NULL;
	bool address = root ? add_name_constraint(x, spec->address)
			    : add_alternative_name(x, spec->address);
	return address && add_basic_constraints(x, root) && add_key_usage(x, spec->usage) &&
	       add_extended_usage(x, spec->purpose) && add_key_ids(x, spec);
}

CertInfo *
cert_make(const CertSpec *spec, GError **error)
{
	g_autoptr(X509) x = X509_new();
	if (x == NULL || !set_head(x, spec) || !add_extensions(x, spec) ||
	    X509_sign(x, spec->issuer_key, EVP_sha256()) <= 0) {
		return cert_fail_crypto_null(error, "cannot make a certificate");
	}
	return cert_info_from_x509(x, error);
}
