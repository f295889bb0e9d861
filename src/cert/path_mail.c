/* SPDX-License-Identifier: MPL-2.0 */
/* What mail asks of a path beyond RFC 5280 (RFC 8550 section 4.4), and how long an answer holds. */
#include "cert/info_private.h"
#include "cert/openssl_auto.h"
#include "cert/path_private.h"

/* libcrypto's purpose "smimesign" does not know anyExtendedKeyUsage, and "smimeencrypt" no key
 * agreement; CertInfo has read both. */
static bool
leaf_serves(const CertInfo *leaf)
{
	return leaf->may_sign_mail || leaf->may_encrypt;
}

/* Without cA nobody vouches for others (RFC 5280 section 4.2.1.9), an anchor neither: who trusts
 * the certificate of a friend does not make an authority of him. That holds for version 1, too,
 * which cannot tell the one from the other. libcrypto alone would take keyCertSign without
 * basicConstraints as an authority, and any anchor. */
static int
authority_error(const CertInfo *ca)
{
	if ((ca->usage & CERT_USAGE_KEY_CERT_SIGN) == 0 || !ca->is_ca) {
		return X509_V_ERR_INVALID_CA;
	}
	return ca->priv->eku_allows_mail ? X509_V_OK : X509_V_ERR_INVALID_PURPOSE;
}

/* The day after which new certificates of this anchor are not trusted; INT64_MAX if there is none.
 */
static int64_t
distrust_after(const CertInfo *root, const CertAnchors *anchors)
{
	const GPtrArray *same = cert_anchors_named(anchors, root->subject);
	for (unsigned i = 0; same != NULL && i < same->len; i++) {
		const CertInfo *anchor = g_ptr_array_index(same, i);
		if (cert_info_equal(anchor, root)) {
			return anchor->priv->distrust_after;
		}
	}
	return INT64_MAX;
}

int
cert_path_mail_error(const GPtrArray *path, const CertAnchors *anchors)
{
	const CertInfo *leaf = g_ptr_array_index(path, 0);
	const CertInfo *root = g_ptr_array_index(path, path->len - 1);
	if (!leaf_serves(leaf)) {
		return X509_V_ERR_INVALID_PURPOSE;
	}
	for (unsigned i = 1; i < path->len; i++) {
		int code = authority_error(g_ptr_array_index(path, i));
		if (code != X509_V_OK) {
			return code;
		}
	}
	if (!cert_path_permits(path)) {
		return X509_V_ERR_PERMITTED_VIOLATION;
	}
	return leaf->not_before > distrust_after(root, anchors) ? X509_V_ERR_CERT_REJECTED
								: X509_V_OK;
}

static void
free_text(void *text)
{
	g_free(text);
}

GPtrArray *
cert_path_policies(X509_STORE_CTX *ctx)
{
	GPtrArray *policies = g_ptr_array_new_with_free_func(free_text);
	X509_POLICY_TREE *tree = X509_STORE_CTX_get0_policy_tree(ctx);
	STACK_OF(X509_POLICY_NODE) *nodes =
		tree == NULL ? NULL : X509_policy_tree_get0_policies(tree);
	for (int i = 0; i < sk_X509_POLICY_NODE_num(nodes); i++) {
		const X509_POLICY_NODE *node = sk_X509_POLICY_NODE_value(nodes, i);
		char oid[256] = "";
		OBJ_obj2txt(oid, sizeof(oid), X509_policy_node_get0_policy(node), 1);
		g_ptr_array_add(policies, g_strdup(oid));
	}
	return policies;
}

/* The earliest change after @at. */
static int64_t
earlier(int64_t until, int64_t change, int64_t at)
{
	return change > at ? MIN(until, change) : until;
}

int64_t
cert_path_valid_until(const GPtrArray *path, const CertPathCrls *crls, int64_t at)
{
	int64_t until = INT64_MAX;
	for (unsigned i = 0; i < path->len; i++) {
		const CertInfo *info = g_ptr_array_index(path, i);
		until = earlier(until, info->not_after, at);
		until = earlier(until, info->not_before, at);
	}
	for (int i = 0; i < sk_X509_CRL_num(crls->shown); i++) {
		const X509_CRL *crl = sk_X509_CRL_value(crls->shown, i);
		until = earlier(until, cert_asn1_time(X509_CRL_get0_nextUpdate(crl)), at);
	}
	return earlier(until, crls->change, at);
}
