/* SPDX-License-Identifier: MPL-2.0 */
/* Paths to anchors, built and checked by libcrypto (RFC 5280 section 6, RFC 8550 section 4). */
#include "cert/path.h"

#include "base/limits.h"
#include "cert/info_private.h"
#include "cert/openssl_auto.h"
#include "cert/path_crl.h"
#include "cert/path_private.h"

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

void
cert_path_clear(CertPath *path)
{
	g_clear_pointer(&path->path, g_ptr_array_unref);
	g_clear_pointer(&path->policies, g_ptr_array_unref);
	g_clear_pointer(&path->root, cert_info_unref);
}

/* One check: what libcrypto is given and what it said. */
typedef struct {
	const CertPathQuery *query;
	X509_STORE *store;
	STACK_OF(X509) *untrusted; /* those between */
	STACK_OF(X509) *signers;   /* others, that may have signed lists */
	CertPathCrls crls;
	const X509_CRL *bad_crl; /* one that libcrypto complained about and would still believe */
	CertChain worst;
	int reason;
	bool weak;
	bool revocation_unknown;
	bool not_permitted; /* libcrypto says that a name constraint does not permit the leaf */
} Check;

static void
check_clear(Check *check)
{
	X509_STORE_free(check->store);
	sk_X509_pop_free(check->untrusted, X509_free);
	sk_X509_pop_free(check->signers, X509_free);
	cert_path_crls_clear(&check->crls);
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
	{X509_V_ERR_CERT_REJECTED, ERROR_CHAIN, CERT_CHAIN_UNTRUSTED},
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
	if (code == X509_V_ERR_PERMITTED_VIOLATION && X509_STORE_CTX_get_error_depth(ctx) == 0) {
		check->not_permitted = true;
		return 1;
	}
	check->weak = check->weak || kind == ERROR_WEAK;
	note(check, chain, code);
	return 1;
}

static void
add_anchors_named(Check *check, const GPtrArray *same, const CertInfo *issued)
{
	for (unsigned i = 0; same != NULL && i < same->len; i++) {
		const CertInfo *anchor = g_ptr_array_index(same, i);
		g_autoptr(X509) x509 =
			cert_anchor_fits(anchor, issued) ? cert_info_to_x509(anchor) : NULL;
		if (x509 != NULL) {
			X509_STORE_add_cert(check->store, x509);
		}
	}
}

/* Adds the anchors that issued @info, or are @info itself. Of several with one name libcrypto would
 * take any and not come back (RFC 8550 section 4.2), so the signature chooses. */
static void
add_store_anchors(Check *check, const CertAnchors *anchors, const CertInfo *info)
{
	const char *const names[] = {info->issuer, info->subject};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		add_anchors_named(check, cert_anchors_named(anchors, names[i]), info);
	}
}

static void
push_certificate(STACK_OF(X509) *to, const CertInfo *info)
{
	g_autoptr(X509) x509 = cert_info_key_is_handled(info) ? cert_info_to_x509(info) : NULL;
	if (x509 != NULL && sk_X509_push(to, x509) > 0) {
		g_steal_pointer(&x509);
	}
}

static void
unref_info(void *info)
{
	cert_info_unref(info);
}

static GPtrArray *
read_others(const CertPathQuery *query)
{
	unsigned n = query->others == NULL ? 0 : MIN(query->others->len, BASE_LIMIT_CERTS);
	GPtrArray *infos = g_ptr_array_new_with_free_func(unref_info);
	for (unsigned i = 0; i < n; i++) {
		CertInfo *info = cert_info_new_bytes(g_ptr_array_index(query->others, i), NULL);
		if (info != NULL) {
			g_ptr_array_add(infos, info);
		}
	}
	return infos;
}

/* A list may be signed with a certificate of its own, that is no issuer of others. */
static void
add_signers(Check *check, const GPtrArray *others)
{
	bool wanted = check->query->crls != NULL && check->query->crls->len > 0;
	for (unsigned i = 0; wanted && i < others->len; i++) {
		const CertInfo *info = g_ptr_array_index(others, i);
		if ((info->usage & CERT_USAGE_CRL_SIGN) != 0) {
			push_certificate(check->signers, info);
		}
	}
}

/* Where names and name constraints are too many, those that constrain are not there. */
static void
add_others(Check *check)
{
	const CertPathQuery *query = check->query;
	g_autoptr(GPtrArray) others = read_others(query);
	g_autoptr(GPtrArray) issuers = cert_path_issuers(query->leaf, others, query->anchors);
	bool few = cert_names_are_few(query->leaf, issuers);
	for (unsigned i = 0; i < issuers->len; i++) {
		const CertInfo *info = g_ptr_array_index(issuers, i);
		if (few || info->priv->name_constraints.n == 0) {
			add_store_anchors(check, query->anchors, info);
			push_certificate(check->untrusted, info);
		}
	}
	add_signers(check, others);
}

/* Mail asks for no policy of its own; only tests of the algorithm do. */
static unsigned long
set_policies(X509_VERIFY_PARAM *param, const CertPathPolicies *initial)
{
	static const char *const any[] = {"2.5.29.32.0", NULL};
	const char *const *policies = initial->policies != NULL ? initial->policies : any;
	for (; *policies != NULL; policies++) {
		ASN1_OBJECT *policy = OBJ_txt2obj(*policies, 1);
		if (policy != NULL && X509_VERIFY_PARAM_add0_policy(param, policy) != 1) {
			ASN1_OBJECT_free(policy);
		}
	}
	return X509_V_FLAG_POLICY_CHECK |
	       (initial->explicit_policy ? X509_V_FLAG_EXPLICIT_POLICY : 0) |
	       (initial->inhibit_mapping ? X509_V_FLAG_INHIBIT_MAP : 0) |
	       (initial->inhibit_any ? X509_V_FLAG_INHIBIT_ANY : 0);
}

/* No purpose: cert_path_mail_error() looks at the uses. */
static void
set_parameters(X509_STORE_CTX *ctx, Check *check)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	unsigned long flags =
		X509_V_FLAG_PARTIAL_CHAIN | set_policies(param, &check->query->initial);
	if (sk_X509_CRL_num(check->crls.shown) > 0) {
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
			 X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS;
		X509_STORE_CTX_set0_crls(ctx, check->crls.shown);
	}
	check->revocation_unknown = sk_X509_CRL_num(check->crls.shown) <= 0;
	X509_VERIFY_PARAM_set_flags(param, flags);
	X509_VERIFY_PARAM_set_depth(param, (int)BASE_LIMIT_CHAIN);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_time(param, (time_t)check->query->at);
	X509_STORE_CTX_set_app_data(ctx, check);
	X509_STORE_CTX_set_verify_cb(ctx, note_error);
}

static GPtrArray *
new_path(const CertInfo *leaf)
{
	GPtrArray *path = g_ptr_array_new_with_free_func(unref_info);
	g_ptr_array_add(path, cert_info_ref(leaf));
	return path;
}

static GPtrArray *
read_path(Check *check, X509_STORE_CTX *ctx)
{
	GPtrArray *path = new_path(check->query->leaf);
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	for (int i = 1; i < sk_X509_num(chain); i++) {
		CertInfo *info = cert_info_from_x509(sk_X509_value(chain, i), NULL);
		if (info != NULL) {
			g_ptr_array_add(path, info);
		} else {
			note(check, CERT_CHAIN_INVALID, X509_V_ERR_UNSPECIFIED);
		}
	}
	return path;
}

/* Verifies; NULL only if there was nothing to verify with. */
static X509_STORE_CTX *
verify(Check *check, X509 *x509)
{
	g_autoptr(X509_STORE_CTX) ctx = X509_STORE_CTX_new();
	check->worst = CERT_CHAIN_TRUSTED;
	check->reason = X509_V_OK;
	if (x509 == NULL || ctx == NULL ||
	    X509_STORE_CTX_init(ctx, check->store, x509, check->untrusted) != 1) {
		note(check, CERT_CHAIN_INVALID, X509_V_ERR_UNSPECIFIED);
		return NULL;
	}
	set_parameters(ctx, check);
	if (X509_verify_cert(ctx) <= 0) {
		note(check, CERT_CHAIN_INVALID, X509_STORE_CTX_get_error(ctx));
	}
	return g_steal_pointer(&ctx);
}

/* What mail asks for on top; a path that did not get there has said enough. */
static void
note_mail_error(Check *check, const CertPath *out)
{
	int code = cert_path_mail_error(out->path, check->query->anchors);
	/* libcrypto does not know RFC 9598; where only mail is constrained, we do. */
	if (check->not_permitted && !cert_path_constrains_mail_only(out->path)) {
		note(check, CERT_CHAIN_INVALID, X509_V_ERR_PERMITTED_VIOLATION);
	}
	if (code == X509_V_ERR_CERT_REJECTED) {
		note(check, CERT_CHAIN_UNTRUSTED, code);
	} else if (code != X509_V_OK) {
		note(check, CERT_CHAIN_INVALID, code);
	}
}

/* libcrypto prefers a list that has not run out; what a newer one said before still counts. */
static void
check_revocation(Check *check, X509 *x509, const STACK_OF(X509) *chain)
{
	const CertPathQuery *query = check->query;
	cert_path_choose_crls(query->crls, chain, check->signers, query->at, &check->crls);
	for (int i = 0; i < sk_X509_num(check->crls.signers); i++) {
		X509 *signer = sk_X509_value(check->crls.signers, i);
		if (X509_up_ref(signer) == 1 && sk_X509_push(check->untrusted, signer) <= 0) {
			X509_free(signer);
		}
	}
	if (sk_X509_CRL_num(check->crls.shown) > 0) {
		X509_STORE_CTX_free(verify(check, x509));
	}
	if (cert_path_crls_revoke(&check->crls, chain)) {
		note(check, CERT_CHAIN_REVOKED, X509_V_ERR_CERT_REVOKED);
	}
}

/* Without CRLs first: which of them are genuine is known when the path is. */
static void
run_check(Check *check, CertPath *out)
{
	const CertPathQuery *query = check->query;
	g_autoptr(X509) x509 =
		cert_info_key_is_handled(query->leaf) ? cert_info_to_x509(query->leaf) : NULL;
	g_autoptr(X509_STORE_CTX) ctx = verify(check, x509);
	if (ctx == NULL) {
		return;
	}
	out->path = read_path(check, ctx);
	out->policies = cert_path_policies(ctx);
	check_revocation(check, x509, X509_STORE_CTX_get0_chain(ctx));
	note_mail_error(check, out);
}

static Check
new_check(const CertPathQuery *query)
{
	return (Check){
		.query = query,
		.store = X509_STORE_new(),
		.untrusted = sk_X509_new_null(),
		.signers = sk_X509_new_null(),
		.worst = CERT_CHAIN_TRUSTED,
	};
}

static void
conclude(const Check *check, CertPath *out)
{
	out->chain = check->worst;
	out->weak = check->weak;
	out->revocation_unknown = check->revocation_unknown;
	out->reason = check->reason == 0 ? NULL : X509_verify_cert_error_string(check->reason);
	out->valid_until = cert_path_valid_until(out->path, &check->crls, check->query->at);
	if (check->worst != CERT_CHAIN_UNTRUSTED && check->worst != CERT_CHAIN_INVALID) {
		out->root = cert_info_ref(g_ptr_array_index(out->path, out->path->len - 1));
	}
	if (check->worst != CERT_CHAIN_TRUSTED) {
		g_ptr_array_set_size(out->policies, 0);
	}
}

void
cert_path_query(const CertPathQuery *query, CertPath *out)
{
	g_auto(Check) check = new_check(query);
	*out = (CertPath){0};
	add_store_anchors(&check, query->anchors, query->leaf);
	add_others(&check);
	run_check(&check, out);
	ERR_clear_error();
	if (out->path == NULL) {
		out->path = new_path(query->leaf);
		out->policies = g_ptr_array_new();
	}
	conclude(&check, out);
}

void
cert_path_check(const CertInfo *leaf, GPtrArray *others, const CertAnchors *anchors,
		GPtrArray *crls, int64_t at, CertPath *out)
{
	CertPathQuery query = {
		.leaf = leaf,
		.others = others,
		.anchors = anchors,
		.crls = crls,
		.at = at,
	};
	cert_path_query(&query, out);
}
