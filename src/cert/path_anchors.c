/* SPDX-License-Identifier: MPL-2.0 */
/* The set of certificates that may vouch: parsed only by us until a path asks for one, for
 * libcrypto's parser is slow. */
#include "cert/crl.h"
#include "cert/name.h"
#include "cert/path_private.h"

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

const CertInfo *
cert_anchors_crl_signer(const CertAnchors *anchors, BaseBytes crl)
{
	CertCrlInfo info;
	g_autofree char *name =
		cert_crl_read(crl, &info, NULL) ? cert_name_text(info.issuer_name) : NULL;
	const GPtrArray *same = name == NULL ? NULL : cert_anchors_named(anchors, name);
	for (unsigned i = 0; same != NULL && i < same->len; i++) {
		const CertInfo *anchor = g_ptr_array_index(same, i);
		if (cert_crl_issued_by(crl, anchor)) {
			return anchor;
		}
	}
	return NULL;
}

const GPtrArray *
cert_anchors_named(const CertAnchors *anchors, const char *name)
{
	g_autofree char *key = cert_name_fold(name);
	return g_hash_table_lookup(anchors->by_name, key);
}
