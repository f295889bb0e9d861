/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The benchmark's own types. A job is one piece of work (sign 10 KiB with RSA-2048) that up to
 * three sides do on the same octets: postseal, the bare primitives of libcrypto ("limit"), and
 * libcrypto's CMS.
 */
#pragma once

#include "base/sink.h"
#include "cms/cipher.h"

#include <openssl/x509.h>

typedef enum {
	BENCH_KEY_RSA_2048,
	BENCH_KEY_RSA_3072,
	BENCH_KEY_P256,
	BENCH_KEY_ED25519,
	BENCH_N_KEYS
} BenchKeyKind;

/* A key with a certificate that a root of its own issued. */
typedef struct {
	EVP_PKEY *key;
	X509 *cert;
	X509 *root;
	GBytes *der;       /* of cert */
	X509_STORE *store; /* trusts root */
} BenchIdentity;

/* Made at the first question, lives until the end of the program. */
const BenchIdentity *bench_identity(BenchKeyKind kind);

typedef enum {
	BENCH_SIGN,   /* content -> multipart/signed message */
	BENCH_VERIFY, /* and back to a yes */
	BENCH_SEAL,   /* content -> application/pkcs7-mime message, base64 */
	BENCH_OPEN,   /* and back to the content; ours reads it twice */
} BenchAct;

typedef struct {
	const char *name;
	BenchAct act;
	BenchKeyKind key;
	size_t octets; /* of content */
	CmsCipher cipher;
	guint recipients;
	bool signer_unknown; /* the signer's key is imported anew each time */
	bool no_peer;        /* libcrypto's CMS cannot do it */
	/* The targets of design.md section 5 and of the performance notes; 0: none. */
	double want_limit;
	double want_peer;
} BenchSpec;

typedef struct BenchLimit BenchLimit;
typedef struct BenchOurs BenchOurs;

typedef struct {
	const BenchSpec *spec;
	const BenchIdentity *id;
	BaseBytes content;
	GBytes *message; /* of libcrypto: what VERIFY and OPEN read */
	BenchLimit *limit;
	BenchOurs *ours;
} BenchJob;

/* The content of all jobs: CRLF text with a small header, @n octets; lives until the end. */
BaseBytes bench_content(size_t n);

/* Prepares all sides; ends the program if that cannot be done. */
BenchJob *bench_job_new(const BenchSpec *spec);
void bench_job_free(BenchJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BenchJob, bench_job_free)

/* Each does the work of @job once; @out gets the message or the content. False: it went wrong. */
bool bench_ours_run(BenchJob *job, BaseBytes message, BaseSink *out);
bool bench_cms_run(BenchJob *job, BaseBytes message, BIO *out);
bool bench_limit_run(BenchJob *job);

BenchOurs *bench_ours_new(const BenchJob *job);
void bench_ours_free(BenchOurs *ours);
BenchLimit *bench_limit_new(const BenchJob *job);
void bench_limit_free(BenchLimit *limit);

/* Is what each side writes read by the other, octet for octet, and what is damaged refused? */
bool bench_job_check(BenchJob *job);

/* Ends the program with a sentence unless @ok. */
void bench_must(bool ok, const char *what);
