/* SPDX-License-Identifier: MPL-2.0 */
/* The few fields of a certificate that CMS refers to, and the cache of certificates seen. */
#include "cms/key.h"

/*
 * Extension ::= SEQUENCE { extnID OID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
 * with, for subjectKeyIdentifier, an OCTET STRING inside (RFC 5280 sections 4.1 and 4.2.1.2).
 */
static BaseBytes
find_ski(BaseBytes extensions)
{
	BaseBytes list;
	BaseBytes one;
	BaseBytes oid;
	BaseBytes value;
	if (!cms_ber_only(extensions, CMS_TAG_SEQUENCE, &list)) {
		return (BaseBytes){0};
	}
	while (cms_ber_value(&list, CMS_TAG_SEQUENCE, &one) && cms_ber_oid(&one, &oid)) {
		if (cms_oid_find(oid) != CMS_OID_SUBJECT_KEY_IDENTIFIER) {
			continue;
		}
		cms_ber_value(&one, CMS_TAG_BOOLEAN, NULL);
		if (cms_ber_value(&one, CMS_TAG_OCTET_STRING, &value) &&
		    cms_ber_only(value, CMS_TAG_OCTET_STRING, &value)) {
			return value;
		}
	}
	return (BaseBytes){0};
}

/*
 * TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, validity, subject,
 *	subjectPublicKeyInfo, [1], [2], [3] extensions }                    RFC 5280 section 4.1
 */
bool
cms_certificate_id(BaseBytes certificate, CmsCertificateId *out)
{
	CmsCertificateId id = {0};
	BaseBytes in;
	BaseBytes tbs;
	CmsTlv issuer;
	CmsTlv subject;
	CmsTlv spki;
	if (certificate.n > BASE_LIMIT_CERT || !cms_ber_only(certificate, CMS_TAG_SEQUENCE, &in) ||
	    !cms_ber_value(&in, CMS_TAG_SEQUENCE, &tbs)) {
		return false;
	}
	cms_ber_value(&tbs, CMS_TAG_CONTEXT_CONSTRUCTED(0), NULL);
	if (!cms_ber_value(&tbs, CMS_TAG_INTEGER, &id.serial) ||
	    !cms_ber_value(&tbs, CMS_TAG_SEQUENCE, NULL) ||
	    !cms_ber_take(&tbs, CMS_TAG_SEQUENCE, &issuer) ||
	    !cms_ber_value(&tbs, CMS_TAG_SEQUENCE, NULL) ||
	    !cms_ber_take(&tbs, CMS_TAG_SEQUENCE, &subject) ||
	    !cms_ber_take(&tbs, CMS_TAG_SEQUENCE, &spki)) {
		return false;
	}
	cms_ber_value(&tbs, CMS_TAG_CONTEXT(1), NULL);
	cms_ber_value(&tbs, CMS_TAG_CONTEXT(2), NULL);
	BaseBytes extensions;
	if (cms_ber_value(&tbs, CMS_TAG_CONTEXT_CONSTRUCTED(3), &extensions)) {
		id.ski = find_ski(extensions);
	}
	id.issuer = issuer.whole;
	id.subject = subject.whole;
	id.spki = spki.whole;
	*out = id;
	return true;
}

struct CmsKeyCache {
	guint max;
	GHashTable *table; /* BaseBytes of the DER -> GList link of order */
	GQueue order;      /* Node, the most recently used first */
};

typedef struct {
	BaseBytes key;
	CmsCacheEntry entry;
} Node;

/* The last octets are those of the issuer's signature: as good as a hash, and comparing settles the
 * rest. */
static guint
hash(gconstpointer key)
{
	const BaseBytes *b = key;
	guint tail = 0;
	memcpy(&tail, b->p + b->n - MIN(b->n, sizeof(tail)), MIN(b->n, sizeof(tail)));
	return tail ^ (guint)b->n;
}

static gboolean
equal(gconstpointer a, gconstpointer b)
{
	return base_bytes_equal(*(const BaseBytes *)a, *(const BaseBytes *)b);
}

static void
node_free(Node *node)
{
	cms_key_unref(node->entry.key);
	g_bytes_unref(node->entry.der);
	g_free(node);
}

CmsKeyCache *
cms_key_cache_new(guint max)
{
	CmsKeyCache *cache = g_new0(CmsKeyCache, 1);
	cache->max = MAX(max, 1);
	cache->table = g_hash_table_new(hash, equal);
	g_queue_init(&cache->order);
	return cache;
}

void
cms_key_cache_free(CmsKeyCache *cache)
{
	if (cache != NULL) {
		g_hash_table_unref(cache->table);
		g_queue_clear_full(&cache->order, (GDestroyNotify)node_free);
		g_free(cache);
	}
}

static Node *
node_new(BaseBytes certificate)
{
	CmsCertificateId id;
	if (!cms_certificate_id(certificate, &id)) {
		return NULL;
	}
	Node *node = g_new0(Node, 1);
	node->entry.der = base_bytes_dup(certificate);
	node->key = base_bytes_of(node->entry.der);
	cms_certificate_id(node->key, &node->entry.id);
	node->entry.key = cms_key_new(node->entry.id.spki, NULL);
	uint8_t digest[CMS_DIGEST_MAX] = {0};
	cms_digest_compute(CMS_DIGEST_SHA256, node->key, digest);
	memcpy(node->entry.sha256, digest, sizeof(node->entry.sha256));
	return node;
}

static void
drop_oldest(CmsKeyCache *cache)
{
	Node *oldest = g_queue_pop_tail(&cache->order);
	g_hash_table_remove(cache->table, &oldest->key);
	node_free(oldest);
}

const CmsCacheEntry *
cms_key_cache_get(CmsKeyCache *cache, BaseBytes certificate)
{
	if (certificate.n == 0) {
		return NULL;
	}
	GList *link = g_hash_table_lookup(cache->table, &certificate);
	if (link != NULL) {
		g_queue_unlink(&cache->order, link);
		g_queue_push_head_link(&cache->order, link);
		return &((Node *)link->data)->entry;
	}
	Node *node = node_new(certificate);
	if (node == NULL) {
		return NULL;
	}
	if (cache->order.length >= cache->max) {
		drop_oldest(cache);
	}
	g_queue_push_head(&cache->order, node);
	g_hash_table_insert(cache->table, &node->key, cache->order.head);
	return &node->entry;
}
