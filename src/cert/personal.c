/* SPDX-License-Identifier: MPL-2.0 */
/* The personal root and its leaf, judged without libcrypto's path building. */
#include "base/limits.h"
#include "cert/address.h"
#include "cert/der.h"
#include "cert/info_private.h"
#include "cert/path_private.h"

static bool
may_issue(const CertInfo *root)
{
	return root->is_ca && (root->usage & CERT_USAGE_KEY_CERT_SIGN) != 0 &&
	       root->priv->eku_allows_mail && !root->unknown_critical;
}

static bool
fits(const CertInfo *leaf, const CertInfo *root)
{
	if (cert_info_equal(leaf, root)) {
		return !leaf->unknown_critical && cert_info_self_signed(leaf);
	}
	return may_issue(root) && !leaf->is_ca && !leaf->unknown_critical &&
	       cert_info_self_signed(root) && cert_info_issued_by(leaf, root) &&
	       cert_ca_permits(leaf, root);
}

CertChain
cert_personal_check(const CertInfo *leaf, const CertInfo *root, int64_t at)
{
	if (!fits(leaf, root)) {
		return CERT_CHAIN_INVALID;
	}
	if (at < leaf->not_before || at < root->not_before) {
		return CERT_CHAIN_NOT_YET_VALID;
	}
	return at > leaf->not_after || at > root->not_after ? CERT_CHAIN_EXPIRED
							    : CERT_CHAIN_PINNED;
}

CertInfo *
cert_personal_root(const CertInfo *leaf, GPtrArray *others)
{
	unsigned n = others == NULL ? 0 : MIN(others->len, BASE_LIMIT_CERTS);
	for (unsigned i = 0; i < n; i++) {
		BaseBytes der = base_bytes_of(g_ptr_array_index(others, i));
		if (base_bytes_find(der, leaf->issuer_name) == SIZE_MAX) {
			continue;
		}
		g_autoptr(CertInfo) root = cert_info_new(der, NULL);
		if (root != NULL && !cert_info_equal(root, leaf) && fits(leaf, root)) {
			return g_steal_pointer(&root);
		}
	}
	return NULL;
}

/* Exactly one permitted subtree, and it is one mailbox. */
static bool
permits_one_mailbox(const CertInfo *root)
{
	BaseBytes in = root->priv->name_constraints;
	BaseBytes fields;
	BaseBytes trees;
	BaseBytes tree;
	BaseBytes name;
	return cert_der_take(&in, CERT_DER_SEQUENCE, &fields) &&
	       cert_der_take(&fields, CERT_DER_CONSTRUCTED(0), &trees) &&
	       cert_der_take(&trees, CERT_DER_SEQUENCE, &tree) &&
	       cert_der_take(&tree, CERT_DER_CONTEXT(1), &name) && trees.n == 0 &&
	       memchr(name.p, '@', name.n) != NULL;
}

bool
cert_root_is_personal(const CertInfo *root, const CertInfo *leaf)
{
	if (root->priv->name_constraints.n > 0) {
		return permits_one_mailbox(root);
	}
	const char *only = leaf->addresses->len == 1 ? g_ptr_array_index(leaf->addresses, 0) : NULL;
	return only != NULL && !g_str_is_ascii(only);
}

CertInfo *
cert_issuing_ca(const CertInfo *leaf, GPtrArray *others)
{
	unsigned n = others == NULL ? 0 : MIN(others->len, BASE_LIMIT_CERTS);
	for (unsigned i = 0; i < n; i++) {
		BaseBytes der = base_bytes_of(g_ptr_array_index(others, i));
		if (base_bytes_find(der, leaf->issuer_name) == SIZE_MAX) {
			continue;
		}
		g_autoptr(CertInfo) ca = cert_info_new(der, NULL);
		if (ca != NULL && !cert_info_equal(ca, leaf) && may_issue(ca) && !leaf->is_ca &&
		    cert_ca_permits(leaf, ca) && cert_info_issued_by(leaf, ca)) {
			return g_steal_pointer(&ca);
		}
	}
	return NULL;
}
