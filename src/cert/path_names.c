/* SPDX-License-Identifier: MPL-2.0 */
/* Name constraints for mail addresses (RFC 5280 section 4.2.1.10, RFC 9598 section 6). */
#include "cert/address.h"
#include "cert/der.h"
#include "cert/info_private.h"
#include "cert/path_private.h"

/* Addresses of a leaf times name constraints above it; more are taken as not permitted. */
#define COMPARISONS_MAX           4096U

/* The same for all certificates of a message by libcrypto, which allows a million for each pair. */
#define LIBCRYPTO_COMPARISONS_MAX 65536U

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

bool
cert_ca_permits(const CertInfo *leaf, const CertInfo *root)
{
	/* A subtree with a name takes six octets at least. */
	if (leaf->addresses->len * (root->priv->name_constraints.n / 6) > COMPARISONS_MAX) {
		return false;
	}
	for (unsigned i = 0; i < leaf->addresses->len; i++) {
		if (!is_permitted(root, g_ptr_array_index(leaf->addresses, i))) {
			return false;
		}
	}
	return true;
}

bool
cert_path_permits(const GPtrArray *path)
{
	for (unsigned i = 1; i < path->len; i++) {
		if (!cert_ca_permits(g_ptr_array_index(path, 0), g_ptr_array_index(path, i))) {
			return false;
		}
	}
	return true;
}

/* GeneralSubtrees whose bases are all rfc822Names. */
static bool
are_mail(BaseBytes trees)
{
	while (trees.n > 0) {
		BaseBytes tree;
		BaseBytes name;
		if (!cert_der_take(&trees, CERT_DER_SEQUENCE, &tree) ||
		    !cert_der_take(&tree, CERT_DER_CONTEXT(1), &name)) {
			return false;
		}
	}
	return true;
}

static bool
constrains_mail_only(const CertInfo *ca)
{
	BaseBytes in = ca->priv->name_constraints;
	BaseBytes fields = {0};
	BaseBytes permitted = {0};
	BaseBytes excluded = {0};
	if (in.n == 0) {
		return true;
	}
	if (!cert_der_take(&in, CERT_DER_SEQUENCE, &fields) || in.n != 0) {
		return false;
	}
	cert_der_take(&fields, CERT_DER_CONSTRUCTED(0), &permitted);
	cert_der_take(&fields, CERT_DER_CONSTRUCTED(1), &excluded);
	return fields.n == 0 && are_mail(permitted) && are_mail(excluded);
}

bool
cert_path_constrains_mail_only(const GPtrArray *path)
{
	unsigned i = 1;
	while (i < path->len && constrains_mail_only(g_ptr_array_index(path, i))) {
		i++;
	}
	return i >= path->len;
}

static unsigned
count_constraints(const CertInfo *ca)
{
	static const unsigned lists[] = {CERT_DER_CONSTRUCTED(0), CERT_DER_CONSTRUCTED(1)};
	BaseBytes in = ca->priv->name_constraints;
	BaseBytes fields = {0};
	unsigned count = 0;
	cert_der_take(&in, CERT_DER_SEQUENCE, &fields);
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		BaseBytes trees = {0};
		BaseBytes tree;
		cert_der_take(&fields, lists[i], &trees);
		while (cert_der_take(&trees, CERT_DER_SEQUENCE, &tree)) {
			count++;
		}
	}
	return count;
}

bool
cert_names_are_few(const CertInfo *leaf, const GPtrArray *others)
{
	uint64_t names = leaf->priv->names;
	uint64_t constraints = 0;
	for (unsigned i = 0; i < others->len; i++) {
		const CertInfo *info = g_ptr_array_index(others, i);
		names += info->priv->names;
		constraints += count_constraints(info);
	}
	return names * constraints <= LIBCRYPTO_COMPARISONS_MAX;
}
