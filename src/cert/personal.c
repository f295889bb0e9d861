/* SPDX-License-Identifier: MPL-2.0 */
/* The personal root and its leaf, judged without libcrypto's path building. */
#include "base/limits.h"
#include "cert/address.h"
#include "cert/der.h"
#include "cert/info_private.h"
#include "cert/path.h"

/*
 * rfc822Name constraint of RFC 5280 section 4.2.1.10: one mailbox, all of a host, or (leading dot)
 * all hosts of a domain. @address is as in the certificate.
 */
static bool
is_within(const char *address, const char *base)
{
	g_autofree char *key = cert_address_normalise(address);
	if (key == NULL) {
		return false;
	}
	if (strchr(base, '@') != NULL) {
		return cert_address_equal(key, base);
	}
	const char *domain = strrchr(key, '@') + 1;
	if (*base == '.') {
		g_autofree char *suffix = g_ascii_strdown(base, -1);
		return g_str_has_suffix(domain, suffix);
	}
	return g_ascii_strcasecmp(domain, base) == 0;
}

/* GeneralSubtrees ::= SEQUENCE OF SEQUENCE { base GeneralName, ... }: counts the rfc822Names [1] in
 * it, and those that @address is within. */
static bool
count_subtrees(BaseBytes trees, const char *address, unsigned *named, unsigned *within)
{
	while (trees.n > 0) {
		BaseBytes tree;
		BaseBytes name;
		if (!cert_der_take(&trees, CERT_DER_SEQUENCE, &tree)) {
			return false;
		}
		if (cert_der_take(&tree, CERT_DER_CONTEXT(1), &name)) {
			g_autofree char *base = base_bytes_strdup(name);
			(*named)++;
			*within += is_within(address, base) ? 1 : 0;
		}
	}
	return true;
}

/* NameConstraints ::= SEQUENCE { permittedSubtrees [0] OPTIONAL, excludedSubtrees [1] OPTIONAL } */
static bool
is_permitted(const CertInfo *root, const char *address)
{
	BaseBytes in = root->priv->name_constraints;
	BaseBytes fields;
	BaseBytes trees;
	unsigned named = 0;
	unsigned within = 0;
	if (in.n == 0) {
		return true;
	}
	if (!cert_der_take(&in, CERT_DER_SEQUENCE, &fields) || in.n != 0) {
		return false;
	}
	if (cert_der_take(&fields, CERT_DER_CONSTRUCTED(0), &trees) &&
	    (!count_subtrees(trees, address, &named, &within) || (named > 0 && within == 0))) {
		return false;
	}
	within = 0;
	if (cert_der_take(&fields, CERT_DER_CONSTRUCTED(1), &trees) &&
	    (!count_subtrees(trees, address, &named, &within) || within > 0)) {
		return false;
	}
	return fields.n == 0;
}

static bool
all_permitted(const CertInfo *leaf, const CertInfo *root)
{
	for (unsigned i = 0; i < leaf->addresses->len; i++) {
		if (!is_permitted(root, g_ptr_array_index(leaf->addresses, i))) {
			return false;
		}
	}
	return true;
}

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
	       all_permitted(leaf, root);
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
