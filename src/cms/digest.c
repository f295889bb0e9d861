/* SPDX-License-Identifier: MPL-2.0 */
/* Message digests on EVP: fetched once, contexts kept. */
#include "cms/digest.h"
#include "base/error.h"

typedef struct {
	const char *name;
	const char *micalg;
	const char *fetch;
	size_t size;
	CmsOid oid;
} Entry;

static const Entry entries[CMS_N_DIGESTS] = {
	[CMS_DIGEST_UNKNOWN] = {"unknown", "unknown", NULL, 0, CMS_OID_UNKNOWN},
	[CMS_DIGEST_MD5] = {"md5", "md5", "MD5", 16, CMS_OID_MD5},
	[CMS_DIGEST_SHA1] = {"sha1", "sha-1", "SHA1", 20, CMS_OID_SHA1},
	[CMS_DIGEST_SHA224] = {"sha224", "sha-224", "SHA2-224", 28, CMS_OID_SHA224},
	[CMS_DIGEST_SHA256] = {"sha256", "sha-256", "SHA2-256", 32, CMS_OID_SHA256},
	[CMS_DIGEST_SHA384] = {"sha384", "sha-384", "SHA2-384", 48, CMS_OID_SHA384},
	[CMS_DIGEST_SHA512] = {"sha512", "sha-512", "SHA2-512", 64, CMS_OID_SHA512},
};

const char *
cms_digest_name(CmsDigest digest)
{
	return entries[digest].name;
}

const char *
cms_digest_micalg(CmsDigest digest)
{
	return entries[digest].micalg;
}

CmsDigest
cms_digest_from_micalg(BaseBytes micalg)
{
	micalg = base_bytes_trim(micalg);
	if (micalg.n >= 2 && micalg.p[0] == '"' && micalg.p[micalg.n - 1] == '"') {
		micalg = base_bytes(micalg.p + 1, micalg.n - 2);
	}
	for (unsigned i = CMS_DIGEST_MD5; i < CMS_N_DIGESTS; i++) {
		if (base_bytes_equal_nocase(micalg, base_bytes_str(entries[i].micalg)) ||
		    base_bytes_equal_nocase(micalg, base_bytes_str(entries[i].name))) {
			return (CmsDigest)i;
		}
	}
	return CMS_DIGEST_UNKNOWN;
}

size_t
cms_digest_size(CmsDigest digest)
{
	return entries[digest].size;
}

CmsOid
cms_digest_oid(CmsDigest digest)
{
	return entries[digest].oid;
}

CmsDigest
cms_digest_from_oid(CmsOid oid)
{
	for (unsigned i = CMS_DIGEST_MD5; i < CMS_N_DIGESTS; i++) {
		if (entries[i].oid == oid) {
			return (CmsDigest)i;
		}
	}
	return CMS_DIGEST_UNKNOWN;
}

bool
cms_digest_is_weak(CmsDigest digest)
{
	return digest == CMS_DIGEST_MD5 || digest == CMS_DIGEST_SHA1;
}

const EVP_MD *
cms_digest_md(CmsDigest digest)
{
	static EVP_MD *fetched[CMS_N_DIGESTS];
	static gsize once;
	if (g_once_init_enter(&once)) {
		for (unsigned i = CMS_DIGEST_MD5; i < CMS_N_DIGESTS; i++) {
			fetched[i] = EVP_MD_fetch(NULL, entries[i].fetch, NULL);
		}
		g_once_init_leave(&once, 1);
	}
	return fetched[digest];
}

static void
context_free(void *context)
{
	EVP_MD_CTX_free(context);
}

bool
cms_digest_compute(CmsDigest digest, BaseBytes data, uint8_t out[CMS_DIGEST_MAX])
{
	static GPrivate kept = G_PRIVATE_INIT(context_free);
	const EVP_MD *md = cms_digest_md(digest);
	EVP_MD_CTX *context = g_private_get(&kept);
	if (context == NULL) {
		context = EVP_MD_CTX_new();
		g_private_set(&kept, context);
	}
	return md != NULL && EVP_DigestInit_ex2(context, md, NULL) == 1 &&
	       EVP_DigestUpdate(context, data.p, data.n) == 1 &&
	       EVP_DigestFinal_ex(context, out, NULL) == 1;
}

typedef struct {
	CmsDigest digest;
	bool taken;
	EVP_MD_CTX *context;
	uint8_t value[CMS_DIGEST_MAX];
} Lane;

typedef struct {
	BaseSink sink;
	BaseSink *next;
	unsigned n;
	Lane lanes[CMS_N_DIGESTS];
} Hash;

/* Each digest runs over a piece small enough to stay in the first-level cache. */
#define PIECE (16U << 10)

static bool
hash_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Hash *h = (Hash *)sink;
	for (size_t at = 0; at < data.n; at += PIECE) {
		BaseBytes piece = base_bytes(data.p + at, MIN(PIECE, data.n - at));
		for (unsigned i = 0; i < h->n; i++) {
			if (EVP_DigestUpdate(h->lanes[i].context, piece.p, piece.n) != 1) {
				return base_fail(error, PS_ERROR_CRYPTO, "hashing failed");
			}
		}
		if (h->next != NULL && !base_sink_write(h->next, piece, error)) {
			return false;
		}
	}
	return true;
}

static void
hash_free(BaseSink *sink)
{
	Hash *h = (Hash *)sink;
	for (unsigned i = 0; i < h->n; i++) {
		EVP_MD_CTX_free(h->lanes[i].context);
	}
	g_free(h);
}

static const BaseSinkClass hash_class = {.write = hash_write, .free = hash_free};

BaseSink *
cms_hash_new(guint mask, BaseSink *next)
{
	Hash *h = g_new0(Hash, 1);
	h->sink.klass = &hash_class;
	h->next = next;
	for (unsigned i = CMS_DIGEST_MD5; i < CMS_N_DIGESTS; i++) {
		const EVP_MD *md =
			(mask & CMS_DIGEST_BIT(i)) != 0 ? cms_digest_md((CmsDigest)i) : NULL;
		EVP_MD_CTX *context = md == NULL ? NULL : EVP_MD_CTX_new();
		if (context != NULL && EVP_DigestInit_ex2(context, md, NULL) == 1) {
			h->lanes[h->n++] = (Lane){.digest = (CmsDigest)i, .context = context};
		} else {
			EVP_MD_CTX_free(context);
		}
	}
	return &h->sink;
}

bool
cms_hash_take(BaseSink *hash, CmsDigest digest, uint8_t out[CMS_DIGEST_MAX])
{
	Hash *h = (Hash *)hash;
	for (unsigned i = 0; i < h->n; i++) {
		Lane *lane = &h->lanes[i];
		if (lane->digest != digest) {
			continue;
		}
		if (!lane->taken && EVP_DigestFinal_ex(lane->context, lane->value, NULL) != 1) {
			return false;
		}
		lane->taken = true;
		memcpy(out, lane->value, cms_digest_size(digest));
		return true;
	}
	return false;
}

void
cms_hash_reset(BaseSink *hash, BaseSink *next)
{
	Hash *h = (Hash *)hash;
	h->next = next;
	for (unsigned i = 0; i < h->n; i++) {
		EVP_DigestInit_ex2(h->lanes[i].context, NULL, NULL);
		h->lanes[i].taken = false;
	}
}
