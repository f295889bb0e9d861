/* SPDX-License-Identifier: MPL-2.0 */
/* The same jobs with libcrypto's own CMS, in process, as its documentation does them. */
#include "bench.h"

#include <openssl/cms.h>

static bool
run_sign(const BenchJob *job, BaseBytes message G_GNUC_UNUSED, BIO *out)
{
	BIO *in = BIO_new_mem_buf(job->content.p, (int)job->content.n);
	CMS_ContentInfo *cms =
		CMS_sign(job->id->cert, job->id->key, NULL, in, CMS_DETACHED | CMS_STREAM);
	bool done = cms != NULL && SMIME_write_CMS(out, cms, in, CMS_DETACHED | CMS_STREAM) == 1;

	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return done;
}

static bool
run_verify(const BenchJob *job, BaseBytes message, BIO *out)
{
	BIO *in = BIO_new_mem_buf(message.p, (int)message.n);
	BIO *content = NULL;
	CMS_ContentInfo *cms = SMIME_read_CMS(in, &content);
	bool done = cms != NULL && CMS_verify(cms, NULL, job->id->store, content, out, 0) == 1;

	CMS_ContentInfo_free(cms);
	BIO_free(content);
	BIO_free(in);
	return done;
}

static bool
run_seal(const BenchJob *job, BaseBytes message G_GNUC_UNUSED, BIO *out)
{
	const unsigned flags = CMS_BINARY | CMS_STREAM;
	BIO *in = BIO_new_mem_buf(job->content.p, (int)job->content.n);
	STACK_OF(X509) *certs = sk_X509_new_null();
	CMS_ContentInfo *cms;
	bool done;

	for (guint i = 0; i < job->spec->recipients; i++) {
		(void)sk_X509_push(certs, job->id->cert);
	}
	cms = CMS_encrypt(certs, in, cms_cipher_evp(job->spec->cipher), flags);
	done = cms != NULL && SMIME_write_CMS(out, cms, in, (int)flags) == 1;
	CMS_ContentInfo_free(cms);
	sk_X509_free(certs);
	BIO_free(in);
	return done;
}

static bool
run_open(const BenchJob *job, BaseBytes message, BIO *out)
{
	BIO *in = BIO_new_mem_buf(message.p, (int)message.n);
	CMS_ContentInfo *cms = SMIME_read_CMS(in, NULL);
	bool done = cms != NULL && CMS_decrypt(cms, job->id->key, job->id->cert, NULL, out, 0) == 1;

	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return done;
}

bool
bench_cms_run(BenchJob *job, BaseBytes message, BIO *out)
{
	static bool (*const runs[])(const BenchJob *, BaseBytes, BIO *) = {
		[BENCH_SIGN] = run_sign,
		[BENCH_VERIFY] = run_verify,
		[BENCH_SEAL] = run_seal,
		[BENCH_OPEN] = run_open,
	};

	return runs[job->spec->act](job, message, out);
}
