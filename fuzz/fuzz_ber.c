/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The CMS reader over arbitrary input, whole and in pieces (the first octet says how large): the
 * outcome must be the same, what it calls signed-data must also be readable in memory, and no
 * signature may hold that nobody made.
 */
#include "cms/reader.h"
#include "cms/verify.h"
#include <openssl/ec.h>
#include <openssl/rsa.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static BaseSink *
on_content(void *user, const CmsReaderInfo *info)
{
	(void)user;
	(void)info;
	return base_sink_null();
}

/* One key of each kind for whoever is meant. */
static bool
on_key(void *user, const CmsRecipientId *rid, CmsPrivateKey *out)
{
	static EVP_PKEY *keys[2];
	(void)user;
	if (keys[0] == NULL) {
		keys[CMS_RECIPIENT_KTRI] = EVP_RSA_gen(1024);
		keys[CMS_RECIPIENT_KARI] = EVP_EC_gen("P-256");
	}
	out->key = keys[rid->kind];
	return true;
}

static CmsReader *
run(BaseBytes cms, size_t chunk)
{
	static const CmsReaderHooks hooks = {on_content, on_key};
	CmsReader *reader = cms_reader_new(NULL, &hooks, NULL);
	BaseSink *sink = cms_reader_sink(reader);
	for (size_t at = 0; at < cms.n; at += chunk) {
		g_assert_true(base_sink_write(sink, base_bytes_slice(cms, at, chunk), NULL));
	}
	g_assert_true(base_sink_finish(sink, NULL));
	return reader;
}

static void
check_signed(const CmsReaderResult *result, BaseBytes cms)
{
	const CmsSignedData *sd = result->signed_data;
	g_autoptr(CmsKeyCache) cache = cms_key_cache_new(4);
	g_autoptr(GBytes) bytes = base_bytes_dup(cms);
	g_autoptr(CmsSignedData) parsed = cms_signed_parse(bytes, NULL);
	if (parsed == NULL) {
		return; /* octets behind the value: a stream may have them, a detached signature not
			 */
	}
	g_assert_cmpuint(parsed->n_signers, ==, sd->n_signers);
	g_assert_cmpuint(parsed->n_certs, ==, sd->n_certs);
	g_assert_true(parsed->has_content == sd->has_content);
	for (guint i = 0; i < sd->n_signers; i++) {
		const CmsSignerInfo *si = &sd->signers[i];
		cms_verify(sd, si, cms_reader_digest(result, si->digest), cache, NULL);
	}
}

/* A key that does not fit is replaced by a random one, under which the padding of CBC may be right
 * by chance: the one outcome that is not the same each time. */
static CmsEncryptionReason
settled(const CmsReaderResult *result)
{
	CmsEncryptionReason reason = result->encryption.reason;
	bool chance =
		result->kind == CMS_KIND_ENVELOPED && reason == CMS_ENCRYPTION_NOT_AUTHENTICATED;
	return chance ? CMS_ENCRYPTION_OK : reason;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1) {
		return 0;
	}
	BaseBytes cms = base_bytes(data + 1, size - 1);
	g_autoptr(CmsReader) whole = run(cms, MAX(cms.n, 1));
	g_autoptr(CmsReader) pieces = run(cms, data[0] == 0 ? 1 : data[0]);
	const CmsReaderResult *a = cms_reader_result(whole);
	const CmsReaderResult *b = cms_reader_result(pieces);
	g_assert_true(a->malformed == b->malformed && a->kind == b->kind &&
		      a->digests == b->digests);
	g_assert_true(settled(a) == settled(b));
	if (a->signed_data != NULL) {
		check_signed(a, cms);
	}
	return 0;
}
