/* SPDX-License-Identifier: MPL-2.0 */
/* Paths to anchors, built and checked by libcrypto (RFC 5280 section 6, RFC 8550 section 4). */
#include "cert/path.h"

#include "base/limits.h"
#include "cert/info_private.h"
#include "cert/name.h"
#include "cert/openssl_auto.h"
#include "cert/path_crl.h"

/* 112 bits: RSA from 2048, SHA-2 */
#define SECURITY_LEVEL 2

const char *
cert_chain_name(CertChain chain)
{
	static const char *const chain_names[] = {
		[CERT_CHAIN_UNKNOWN] = "unknown", [CERT_CHAIN_TRUSTED] = "trusted",
		[CERT_CHAIN_PINNED] = "pinned",   [CERT_CHAIN_UNTRUSTED] = "untrusted",
		[CERT_CHAIN_EXPIRED] = "expired", [CERT_CHAIN_NOT_YET_VALID] = "not-yet-valid",
		[CERT_CHAIN_REVOKED] = "revoked", [CERT_CHAIN_INVALID] = "invalid",
	};
	return (size_t)chain < G_N_ELEMENTS(chain_names) ? chain_names[chain] : "unknown";
}

/* Anchors lie parsed only by us until a path asks for one: libcrypto's parser is slow. */
struct CertAnchors {
	GHashTable *by_name; /* folded subject -> GPtrArray of CertInfo */
	unsigned count;
	gatomicrefcount refs;
};

static void
unref_info(void *info)
{
	cert_info_unref(info);
}

static void
unref_array(void *array)
{
	g_ptr_array_unref(array);
}

static void
add_anchor(CertAnchors *anchors, const CertInfo *cert)
{
	g_autofree char *key = cert_name_fold(cert->subject);
	GPtrArray *same = g_hash_table_lookup(anchors->by_name, key);
	if (same == NULL) {
		same = g_ptr_array_new_with_free_func(unref_info);
		g_hash_table_insert(anchors->by_name, g_steal_pointer(&key), same);
	}
	g_ptr_array_add(same, cert_info_ref(cert));
	anchors->count++;
}

CertAnchors *
cert_anchors_new(GPtrArray *certs)
{
	CertAnchors *anchors = g_new0(CertAnchors, 1);
	anchors->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_array);
	g_atomic_ref_count_init(&anchors->refs);
	for (unsigned i = 0; certs != NULL && i < certs->len; i++) {
		add_anchor(anchors, g_ptr_array_index(certs, i));
	}
	return anchors;
}

unsigned
cert_anchors_count(const CertAnchors *anchors)
{
	return anchors->count;
}

CertAnchors *
cert_anchors_ref(CertAnchors *anchors)
{
	g_atomic_ref_count_inc(&anchors->refs);
	return anchors;
}

void
cert_anchors_unref(CertAnchors *anchors)
{
	if (anchors != NULL && g_atomic_ref_count_dec(&anchors->refs)) {
		g_hash_table_unref(anchors->by_name);
		g_free(anchors);
	}
}

void
cert_path_clear(CertPath *path)
{
	g_clear_pointer(&path->path, g_ptr_array_unref);
	g_clear_pointer(&path->root, cert_info_unref);
}

/* One check: what libcrypto is given and what it said. */
typedef struct {
	X509_STORE *store;
	STACK_OF(X509) *untrusted;
	STACK_OF(X509_CRL) *crls;
	const X509_CRL *bad_crl; /* one that libcrypto complained about and would still believe */
	CertChain worst;
	int reason;
	bool weak;
	bool revocation_unknown;
} Check;

static void
check_clear(Check *check)
{
	X509_STORE_free(check->store);
	sk_X509_pop_free(check->untrusted, X509_free);
	sk_X509_CRL_pop_free(check->crls, X509_CRL_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Check, check_clear)

typedef enum {
	ERROR_CHAIN, /* the chain has this state */
	ERROR_WEAK,
	ERROR_NO_CRL,  /* nothing usable to look revocation up in */
	ERROR_BAD_CRL, /* the current CRL must not be believed */
} ErrorKind;

/* Everything that is not here makes the chain invalid. */
static const struct {
	int code;
	ErrorKind kind;
	CertChain chain;
} error_table[] = {
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ERROR_CHAIN, CERT_CHAIN_UNTRUSTED},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ERROR_CHAIN, CERT_CHAIN_UNTRUSTED},
	{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERROR_CHAIN, CERT_CHAIN_UNTRUSTED},
	{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ERROR_CHAIN, CERT_CHAIN_UNTRUSTED},
	{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ERROR_CHAIN, CERT_CHAIN_UNTRUSTED},
	{X509_V_ERR_CERT_UNTRUSTED, ERROR_CHAIN, CERT_CHAIN_UNTRUSTED},
	{X509_V_ERR_CERT_HAS_EXPIRED, ERROR_CHAIN, CERT_CHAIN_EXPIRED},
	{X509_V_ERR_CERT_NOT_YET_VALID, ERROR_CHAIN, CERT_CHAIN_NOT_YET_VALID},
	{X509_V_ERR_CERT_REVOKED, ERROR_CHAIN, CERT_CHAIN_REVOKED},
	{X509_V_ERR_EE_KEY_TOO_SMALL, ERROR_WEAK, CERT_CHAIN_INVALID},
	{X509_V_ERR_CA_KEY_TOO_SMALL, ERROR_WEAK, CERT_CHAIN_INVALID},
	{X509_V_ERR_CA_MD_TOO_WEAK, ERROR_WEAK, CERT_CHAIN_INVALID},
	{X509_V_ERR_UNABLE_TO_GET_CRL, ERROR_NO_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_CRL_HAS_EXPIRED, ERROR_NO_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_CRL_NOT_YET_VALID, ERROR_NO_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_CRL_SIGNATURE_FAILURE, ERROR_BAD_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, ERROR_BAD_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, ERROR_BAD_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, ERROR_BAD_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_DIFFERENT_CRL_SCOPE, ERROR_BAD_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, ERROR_BAD_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_CRL_PATH_VALIDATION_ERROR, ERROR_BAD_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, ERROR_BAD_CRL, CERT_CHAIN_TRUSTED},
	{X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, ERROR_BAD_CRL, CERT_CHAIN_TRUSTED},
};

/* The more it says about the certificate, the more it counts. */
static int
weight(CertChain chain)
{
	static const int weights[] = {
		[CERT_CHAIN_NOT_YET_VALID] = 1, [CERT_CHAIN_EXPIRED] = 2,
		[CERT_CHAIN_UNTRUSTED] = 3,     [CERT_CHAIN_REVOKED] = 4,
		[CERT_CHAIN_INVALID] = 5,
	};
	return (size_t)chain < G_N_ELEMENTS(weights) ? weights[chain] : 0;
}

static void
note(Check *check, CertChain chain, int code)
{
	if (weight(chain) > weight(check->worst)) {
		check->worst = chain;
		check->reason = code;
	}
}

/* libcrypto's callback: goes on after every error, so that the worst one is known at the end. */
static int
note_error(int ok, X509_STORE_CTX *ctx)
{
	/* A path of its own for the signer of a CRL has to hold; it fails as
	 * CRL_PATH_VALIDATION_ERROR. */
	if (ok == 1 || X509_STORE_CTX_get0_parent_ctx(ctx) != NULL) {
		return ok;
	}
	Check *check = X509_STORE_CTX_get_app_data(ctx);
	int code = X509_STORE_CTX_get_error(ctx);
	const X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);
	size_t i = 0;
	while (i < G_N_ELEMENTS(error_table) && error_table[i].code != code) {
		i++;
	}
	ErrorKind kind = i < G_N_ELEMENTS(error_table) ? error_table[i].kind : ERROR_CHAIN;
	CertChain chain = i < G_N_ELEMENTS(error_table) ? error_table[i].chain : CERT_CHAIN_INVALID;
	if (kind == ERROR_BAD_CRL) {
		check->bad_crl = crl;
	}
	if (kind == ERROR_BAD_CRL || kind == ERROR_NO_CRL ||
	    (code == X509_V_ERR_CERT_REVOKED && crl != NULL && crl == check->bad_crl)) {
		check->revocation_unknown = true;
		return 1;
	}
	check->weak = check->weak || kind == ERROR_WEAK;
	note(check, chain, code);
	return 1;
}

/* Adds the anchors that may be the issuer of @cert, or @cert itself. */
static void
add_store_anchors(Check *check, const CertAnchors *anchors, const char *name)
{
	g_autofree char *key = cert_name_fold(name);
	const GPtrArray *same = g_hash_table_lookup(anchors->by_name, key);
	for (unsigned i = 0; same != NULL && i < same->len; i++) {
		g_autoptr(X509) x509 = cert_info_to_x509(g_ptr_array_index(same, i));
		if (x509 != NULL) {
			X509_STORE_add_cert(check->store, x509);
		}
	}
}

static bool
is_handled(const CertInfo *info)
{
	return info->key_kind != CERT_KEY_RSA || info->key_bits <= BASE_LIMIT_RSA_BITS;
}

static void
add_certificate(Check *check, const CertAnchors *anchors, const CertInfo *info)
{
	g_autoptr(X509) x509 = is_handled(info) ? cert_info_to_x509(info) : NULL;
	add_store_anchors(check, anchors, info->issuer);
	add_store_anchors(check, anchors, info->subject);
	if (x509 != NULL && sk_X509_push(check->untrusted, x509) > 0) {
		g_steal_pointer(&x509);
	}
}

static void
add_others(Check *check, const CertAnchors *anchors, GPtrArray *others)
{
	unsigned n = others == NULL ? 0 : MIN(others->len, BASE_LIMIT_CERTS);
	for (unsigned i = 0; i < n; i++) {
		g_autoptr(CertInfo) info = cert_info_new_bytes(g_ptr_array_index(others, i), NULL);
		if (info != NULL) {
			add_certificate(check, anchors, info);
		}
	}
}

static void
set_parameters(X509_STORE_CTX *ctx, Check *check, const CertInfo *leaf, int64_t at)
{
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK;
	if (sk_X509_CRL_num(check->crls) > 0) {
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
			 X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS;
		X509_STORE_CTX_set0_crls(ctx, check->crls);
	}
	check->revocation_unknown = sk_X509_CRL_num(check->crls) <= 0;
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param, flags);
	X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy));
	X509_VERIFY_PARAM_set_depth(param, (int)BASE_LIMIT_CHAIN);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_time(param, (time_t)at);
	/* libcrypto's purpose "smimeencrypt" knows no key agreement; CertInfo has looked at the
	 * usage. */
	if (leaf->may_sign_mail || !leaf->may_encrypt) {
		X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SMIME_SIGN);
	}
	X509_STORE_CTX_set_app_data(ctx, check);
	X509_STORE_CTX_set_verify_cb(ctx, note_error);
}

static GPtrArray *
read_path(const CertInfo *leaf, X509_STORE_CTX *ctx)
{
	GPtrArray *path = g_ptr_array_new_with_free_func(unref_info);
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	g_ptr_array_add(path, cert_info_ref(leaf));
	for (int i = 1; i < sk_X509_num(chain); i++) {
		CertInfo *info = cert_info_from_x509(sk_X509_value(chain, i), NULL);
		if (info != NULL) {
			g_ptr_array_add(path, info);
		}
	}
	return path;
}

/* Verifies; NULL only if there was nothing to verify with. */
static X509_STORE_CTX *
verify(Check *check, X509 *x509, const CertInfo *leaf, int64_t at)
{
	g_autoptr(X509_STORE_CTX) ctx = X509_STORE_CTX_new();
	check->worst = CERT_CHAIN_TRUSTED;
	check->reason = X509_V_OK;
	if (x509 == NULL || ctx == NULL ||
	    X509_STORE_CTX_init(ctx, check->store, x509, check->untrusted) != 1) {
		note(check, CERT_CHAIN_INVALID, X509_V_ERR_UNSPECIFIED);
		return NULL;
	}
	set_parameters(ctx, check, leaf, at);
	if (X509_verify_cert(ctx) <= 0) {
		note(check, CERT_CHAIN_INVALID, X509_STORE_CTX_get_error(ctx));
	}
	return g_steal_pointer(&ctx);
}

/* Without CRLs first: which of them are genuine is known when the path is. */
static void
run_check(Check *check, const CertInfo *leaf, GPtrArray *crls, int64_t at, CertPath *out)
{
	g_autoptr(X509) x509 = is_handled(leaf) ? cert_info_to_x509(leaf) : NULL;
	g_autoptr(X509_STORE_CTX) ctx = verify(check, x509, leaf, at);
	if (ctx == NULL) {
		return;
	}
	out->path = read_path(leaf, ctx);
	check->crls = cert_path_choose_crls(crls, X509_STORE_CTX_get0_chain(ctx), check->untrusted);
	if (sk_X509_CRL_num(check->crls) > 0) {
		X509_STORE_CTX_free(verify(check, x509, leaf, at));
	}
}

static Check
new_check(void)
{
	return (Check){
		.store = X509_STORE_new(),
		.untrusted = sk_X509_new_null(),
		.worst = CERT_CHAIN_TRUSTED,
	};
}

void
cert_path_check(const CertInfo *leaf, GPtrArray *others, const CertAnchors *anchors,
		GPtrArray *crls, int64_t at, CertPath *out)
{
	g_auto(Check) check = new_check();
	*out = (CertPath){0};
	add_store_anchors(&check, anchors, leaf->issuer);
	add_store_anchors(&check, anchors, leaf->subject);
	add_others(&check, anchors, others);
	run_check(&check, leaf, crls, at, out);
	ERR_clear_error();
	if (out->path == NULL) {
		out->path = g_ptr_array_new_with_free_func(unref_info);
		g_ptr_array_add(out->path, cert_info_ref(leaf));
	}
	out->chain = check.worst;
	out->weak = check.weak;
	out->revocation_unknown = check.revocation_unknown;
	out->reason = check.reason == 0 ? NULL : X509_verify_cert_error_string(check.reason);
	if (check.worst != CERT_CHAIN_UNTRUSTED && check.worst != CERT_CHAIN_INVALID) {
		out->root = cert_info_ref(g_ptr_array_index(out->path, out->path->len - 1));
	}
}
