/* SPDX-License-Identifier: MPL-2.0 */
/* A leaf, an authority between, and a root, made to order. */
#pragma once

#include "cert/path.h"
#include "cert_make_t.h"

#define DAY INT64_C(86400)

#define CA  "critical,CA:TRUE"
#define KU  "critical,keyCertSign,cRLSign"
#define DS  "critical,digitalSignature"
#define EP  "emailProtection"

typedef struct {
	const char *what;
	const char *usage; /* of the authority between; NULL: none */
	const char *constraints;
	const char *extended;
	const char *names;
	const char *root_constraints; /* NULL: CA */
	const char *leaf_extended;
	OddMailbox address;
	CertChain chain;
} ChainCase;

/* A chain of three, all with one key. */
typedef struct {
	EVP_PKEY *key;
	X509 *root_x;
	X509 *ca_x;
	X509 *leaf_x;
	CertInfo *root;
	CertInfo *ca;
	CertInfo *leaf;
	GPtrArray *others;
	CertAnchors *anchors;
} Chain;

static inline void
chain_make(Chain *c, const ChainCase *with, const OddSpec *times)
{
	OddMailbox names[] = {with->address, {0}};
	c->key = EVP_EC_gen("P-256");
	c->root_x = odd_x509(&(OddSpec){
		.key = c->key,
		.usage = KU,
		.constraints = with->root_constraints != NULL ? with->root_constraints : CA,
		.common_name = "Root"});
	c->ca_x = odd_x509(&(OddSpec){.key = c->key,
				      .issuer = c->root_x,
				      .issuer_key = c->key,
				      .usage = with->usage,
				      .constraints = with->constraints,
				      .extended = with->extended,
				      .name_constraints = with->names,
				      .common_name = "Between",
				      .not_before = times->not_before,
				      .not_after = times->not_after});
	c->leaf_x = odd_x509(&(OddSpec){.key = c->key,
					.issuer = c->ca_x,
					.issuer_key = c->key,
					.usage = DS,
					.extended = with->leaf_extended,
					.common_name = "Leaf",
					.names = names});
	c->root = odd_info(c->root_x);
	c->ca = odd_info(c->ca_x);
	c->leaf = odd_info(c->leaf_x);
	c->others = g_ptr_array_new_with_free_func(cert_t_unref_bytes);
	g_ptr_array_add(c->others, g_bytes_ref(c->ca->der));
	g_autoptr(GPtrArray) roots = g_ptr_array_new();
	g_ptr_array_add(roots, c->root);
	c->anchors = cert_anchors_new(roots);
}

static inline void
chain_clear(Chain *c)
{
	EVP_PKEY_free(c->key);
	X509_free(c->root_x);
	X509_free(c->ca_x);
	X509_free(c->leaf_x);
	cert_info_unref(c->root);
	cert_info_unref(c->ca);
	cert_info_unref(c->leaf);
	g_ptr_array_unref(c->others);
	cert_anchors_unref(c->anchors);
}
