/* SPDX-License-Identifier: MPL-2.0 */
/* One pass of the CMS reader over a message, for tests. */
#pragma once

#include "fixture.h"

#include "cms/ber.h"
#include "cms/caps.h"
#include "cms/reader.h"
#include "cms/sign.h"
#include "cms/verify.h"

/* One pass over a message. */
typedef struct {
	CmsReader *reader;
	const CmsReaderResult *result;
	BaseSink *out;
	guint asked;
	CmsReaderInfo info;
	EVP_PKEY *key;
	guint key_asked;
} Pass;

static inline BaseSink *
on_content(void *user, const CmsReaderInfo *info)
{
	Pass *pass = user;
	pass->asked++;
	pass->info = *info;
	return pass->out;
}

static inline bool
on_key(void *user, const CmsRecipientId *rid, CmsPrivateKey *out)
{
	Pass *pass = user;
	pass->key_asked++;
	g_assert_true((rid->issuer.n > 0 && rid->serial.n > 0) || rid->ski.n > 0);
	out->key = pass->key;
	return pass->key != NULL;
}

static const CmsReaderHooks hooks = {on_content, on_key};

static inline Pass *
run(BaseBytes cms, size_t chunk, CmsRecall *recall, EVP_PKEY *key)
{
	g_autoptr(GError) error = NULL;
	Pass *pass = g_new0(Pass, 1);
	pass->key = key;
	pass->out = base_sink_new_memory(16U << 20);
	pass->reader = cms_reader_new(recall, &hooks, pass);
	g_assert_true(fx_feed(cms_reader_sink(pass->reader), cms, chunk, &error));
	g_assert_true(base_sink_finish(cms_reader_sink(pass->reader), &error));
	g_assert_no_error(error);
	pass->result = cms_reader_result(pass->reader);
	return pass;
}

static inline void
pass_free(Pass *pass)
{
	cms_reader_free(pass->reader);
	base_sink_free(pass->out);
	g_free(pass);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pass, pass_free)

static const size_t chunks[] = {0, 1, 7};

static inline const char *
judge(const CmsReaderResult *result, GBytes **certificate)
{
	g_autoptr(CmsKeyCache) cache = cms_key_cache_new(4);
	const CmsSignedData *sd = result->signed_data;
	g_assert_nonnull(sd);
	const CmsSignerInfo *si = sd->n_signers == 0 ? NULL : &sd->signers[0];
	BaseBytes digest = si == NULL ? (BaseBytes){0} : cms_reader_digest(result, si->digest);
	return cms_signature_reason_name(cms_verify(sd, si, digest, cache, certificate));
}
