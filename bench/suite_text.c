/* SPDX-License-Identifier: MPL-2.0 */
/* base64 and line ends against libcrypto's base64 and against a copy. */
#include "bench.h"
#include "suite.h"

#include "base/base64.h"
#include "base/lines.h"

#define OCTETS ((size_t)1 << 20)

typedef struct {
	BaseBytes content; /* CRLF text */
	GByteArray *text;  /* base64 of it in lines of 64 with LF */
	uint8_t *out;
	EVP_ENCODE_CTX *ctx;
} TextJob;

static bool
encode_ours(void *data)
{
	TextJob *job = data;
	g_autoptr(BaseSink) encoder = base64_new_encoder(base_sink_null(), true);

	return base_sink_write(encoder, job->content, NULL) && base_sink_finish(encoder, NULL);
}

static bool
encode_peer(void *data)
{
	TextJob *job = data;
	int n = 0;

	EVP_EncodeInit(job->ctx);
	return EVP_EncodeUpdate(job->ctx, job->out, &n, job->content.p, (int)job->content.n) == 1;
}

static bool
decode_ours(void *data)
{
	TextJob *job = data;
	g_autoptr(BaseSink) decoder = base64_new_decoder(base_sink_null());

	return base_sink_write(decoder, base_bytes_of_array(job->text), NULL) &&
	       base_sink_finish(decoder, NULL);
}

static bool
decode_peer(void *data)
{
	TextJob *job = data;
	int n = 0;

	EVP_DecodeInit(job->ctx);
	return EVP_DecodeUpdate(job->ctx, job->out, &n, job->text->data, (int)job->text->len) >= 0;
}

static bool
lines_ours(void *data)
{
	TextJob *job = data;
	g_autoptr(BaseSink) lines = base_lines_new_crlf(base_sink_null());

	return base_sink_write(lines, job->content, NULL) && base_sink_finish(lines, NULL);
}

static bool
copy(void *data)
{
	TextJob *job = data;

	memcpy(job->out, job->content.p, job->content.n);
	return true;
}

static const struct {
	const char *name;
	bool (*ours)(void *);
	bool (*peer)(void *);
	double want_peer;
} rows[] = {
	{"base64 encode", encode_ours, encode_peer, 0},
	{"base64 decode", decode_ours, decode_peer, 0},
	{"line ends, already CRLF", lines_ours, NULL, 0},
};

static void
measure(size_t i, TextJob *job, const BenchOptions *options, BenchReport *report)
{
	BenchContender sides[3] = {
		{.run = rows[i].ours, .data = job},
		{.run = copy, .data = job},
		{.run = rows[i].peer, .data = job},
	};
	const double scale = (double)OCTETS / 1e6;
	BenchRow row = {.name = rows[i].name, .unit = "MB/s", .want_peer = rows[i].want_peer};

	bench_must(bench_measure(sides, G_N_ELEMENTS(sides), &options->pace), "base64 failed");
	row.ours = bench_quantile(&sides[0], 0.5) * scale;
	row.ours_low = bench_quantile(&sides[0], 0.25) * scale;
	row.ours_high = bench_quantile(&sides[0], 0.75) * scale;
	row.limit = bench_quantile(&sides[1], 0.5) * scale;
	row.peer = bench_quantile(&sides[2], 0.5) * scale;
	row.ratio_limit = bench_ratio(&sides[0], &sides[1]);
	row.ratio_peer = bench_ratio(&sides[0], &sides[2]);
	g_array_append_val(report->rows, row);
	for (size_t side = 0; side < G_N_ELEMENTS(sides); side++) {
		bench_contender_clear(&sides[side]);
	}
}

void
bench_suite_text(const BenchOptions *options, BenchReport *report)
{
	TextJob job = {.content = bench_content(OCTETS), .text = g_byte_array_new()};
	g_autoptr(BaseSink) sink = base_sink_new_array(job.text, 2 * OCTETS);
	g_autoptr(BaseSink) encoder = base64_new_encoder(sink, false);

	bench_must(base_sink_write(encoder, job.content, NULL) && base_sink_finish(encoder, NULL),
		   "base64 failed");
	job.out = g_malloc(2 * OCTETS);
	job.ctx = EVP_ENCODE_CTX_new();
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (bench_wanted(options, rows[i].name)) {
			measure(i, &job, options, report);
		}
	}
	EVP_ENCODE_CTX_free(job.ctx);
	g_free(job.out);
	g_byte_array_unref(job.text);
}
