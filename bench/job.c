/* SPDX-License-Identifier: MPL-2.0 */
/* Preparing a job, and checking that its sides do the same work. */
#include "bench.h"

#include <openssl/err.h>

/* The act that makes what @act reads. */
static BenchAct
writing_act(BenchAct act)
{
	return act == BENCH_VERIFY ? BENCH_SIGN : act == BENCH_OPEN ? BENCH_SEAL : act;
}

static BenchAct
reading_act(BenchAct act)
{
	return act == BENCH_SIGN ? BENCH_VERIFY : act == BENCH_SEAL ? BENCH_OPEN : act;
}

static GBytes *
bytes_of_bio(BIO *bio)
{
	char *data = NULL;
	long n = BIO_get_mem_data(bio, &data);

	return g_bytes_new(data, (gsize)n);
}

/* What libcrypto's CMS makes of the job's @act; NULL if it fails. */
static GBytes *
run_cms(const BenchJob *job, BenchAct act, BaseBytes message)
{
	BenchSpec spec = *job->spec;
	BenchJob other = *job;
	BIO *out = BIO_new(BIO_s_mem());
	GBytes *bytes = NULL;

	spec.act = act;
	other.spec = &spec;
	if (bench_cms_run(&other, message, out)) {
		bytes = bytes_of_bio(out);
	}
	BIO_free(out);
	ERR_clear_error();
	return bytes;
}

/* The same with postseal. */
static GBytes *
run_ours(const BenchJob *job, BenchAct act, BaseBytes message)
{
	BenchSpec spec = *job->spec;
	BenchJob other = *job;
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	GBytes *bytes = NULL;

	spec.act = act;
	other.spec = &spec;
	other.ours = bench_ours_new(&other);
	if (bench_ours_run(&other, message, out)) {
		bytes = base_sink_take_bytes(out);
	}
	bench_ours_free(other.ours);
	return bytes;
}

BenchJob *
bench_job_new(const BenchSpec *spec)
{
	BenchJob *job = g_new0(BenchJob, 1);
	bool reads = spec->act != writing_act(spec->act);

	job->spec = spec;
	job->id = bench_identity(spec->key);
	job->content = bench_content(spec->octets);
	if (reads) {
		job->message = spec->no_peer ? run_ours(job, writing_act(spec->act), (BaseBytes){0})
					     : run_cms(job, writing_act(spec->act), (BaseBytes){0});
		bench_must(job->message != NULL, "cannot make a message to read");
	}
	job->limit = bench_limit_new(job);
	job->ours = bench_ours_new(job);
	return job;
}

void
bench_job_free(BenchJob *job)
{
	if (job == NULL) {
		return;
	}
	bench_limit_free(job->limit);
	bench_ours_free(job->ours);
	g_clear_pointer(&job->message, g_bytes_unref);
	g_free(job);
}

static bool
is_content(const BenchJob *job, GBytes *bytes)
{
	return bytes != NULL && base_bytes_equal(base_bytes_of(bytes), job->content);
}

/* One bit of the content is turned over; in base64 it is one character that becomes another. The
 * content of a sealed message is at its end, that of a signed one before some 3 KB of signature. */
static GBytes *
damage(const BenchJob *job, BaseBytes message)
{
	uint8_t *copy = g_memdup2(message.p, message.n);
	size_t at = message.n - job->content.n / 2;

	while (!g_ascii_isalpha((char)copy[at])) {
		at++;
	}
	copy[at] ^= 'a' ^ 'A';
	return g_bytes_new_take(copy, message.n);
}

/* CBC without a signature does not notice; all else must. */
static bool
notices_damage(const BenchJob *job, BaseBytes message)
{
	BenchAct act = reading_act(job->spec->act);
	g_autoptr(GBytes) damaged = damage(job, message);
	g_autoptr(GBytes) got = NULL;

	if (act == BENCH_OPEN && !cms_cipher_is_aead(job->spec->cipher)) {
		return true;
	}
	got = run_ours(job, act, base_bytes_of(damaged));
	return got == NULL;
}

bool
bench_job_check(BenchJob *job)
{
	BenchAct reading = reading_act(job->spec->act);
	g_autoptr(GBytes) made = run_ours(job, writing_act(job->spec->act), (BaseBytes){0});
	g_autoptr(GBytes) back = NULL;
	g_autoptr(GBytes) theirs = NULL;

	if (made == NULL || !notices_damage(job, base_bytes_of(made))) {
		return false;
	}
	back = run_ours(job, reading, base_bytes_of(made));
	if (!is_content(job, back)) {
		return false;
	}
	if (job->spec->no_peer) {
		return true;
	}
	theirs = run_cms(job, reading, base_bytes_of(made));
	if (!is_content(job, theirs)) {
		return false;
	}
	g_clear_pointer(&theirs, g_bytes_unref);
	if (job->message != NULL) {
		theirs = run_ours(job, reading, base_bytes_of(job->message));
		return is_content(job, theirs);
	}
	return true;
}
