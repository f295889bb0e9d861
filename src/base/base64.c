/* SPDX-License-Identifier: MPL-2.0 */
/* Base64 of RFC 4648 section 4: whole texts and filters over the inner loops. */
#include "base/base64.h"

#include "base/base64_kernel.h"

#include <stdatomic.h>

/* Lines that the encoder gives at once, and characters that the decoder takes at once: both sides
 * stay in the first-level cache. */
#define ENCODER_LINES ((size_t)248)
#define DECODER_BLOCK ((size_t)16 << 10)

static const Base64Kernel *_Atomic chosen;

const Base64Kernel *
base64_kernel(void)
{
	const Base64Kernel *kernel = atomic_load(&chosen);

	if (kernel == NULL) {
		kernel = base64_kernel_avx2();
		kernel = kernel == NULL ? &base64_kernel_table : kernel;
		atomic_store(&chosen, kernel);
	}
	return kernel;
}

void
base64_kernel_force(const Base64Kernel *kernel)
{
	atomic_store(&chosen, kernel);
}

/* The last 1 or 2 octets, padded to 4 characters. */
static size_t
encode_tail(BaseBytes data, uint8_t *out)
{
	uint32_t bits;

	if (data.n == 0) {
		return 0;
	}
	bits = (uint32_t)data.p[0] << 16 | (data.n > 1 ? (uint32_t)data.p[1] << 8 : 0);
	out[0] = (uint8_t)base64_alphabet[bits >> 18];
	out[1] = (uint8_t)base64_alphabet[bits >> 12 & 63];
	out[2] = data.n > 1 ? (uint8_t)base64_alphabet[bits >> 6 & 63] : (uint8_t)'=';
	out[3] = '=';
	return 4;
}

size_t
base64_encode(BaseBytes data, char *out)
{
	uint8_t *to = (uint8_t *)out;
	Base64Run run = base64_kernel()->groups(data, to);

	return run.given + encode_tail(base_bytes_slice(data, run.taken, SIZE_MAX), to + run.given);
}

char *
base64_encode_string(BaseBytes data)
{
	char *text = g_malloc(BASE64_LENGTH(data.n) + 1);

	text[base64_encode(data, text)] = '\0';
	return text;
}

/* What a decoder knows between two characters. */
typedef struct {
	uint32_t bits;    /* of the group that is under way */
	unsigned have;    /* characters of it, 0..3 */
	unsigned padding; /* padding characters seen; the data ends at the first */
	bool foreign;     /* something outside the alphabet was seen */
} Decoder;

/* Octets that an unfinished group holds: 2 characters one, 3 characters two. */
static size_t
decode_tail(const Decoder *d, uint8_t *out)
{
	uint32_t bits = d->bits << (6 * (4 - d->have));

	if (d->have < 2) {
		return 0;
	}
	out[0] = (uint8_t)(bits >> 16);
	out[1] = (uint8_t)(bits >> 8);
	return d->have - 1;
}

/* One character; returns the octets that it completes. */
static size_t
decode_step(Decoder *d, uint8_t c, uint8_t *out)
{
	uint8_t value = base64_values[c];

	if (value == BASE64_IS_PADDING) {
		d->padding++;
		return 0;
	}
	if (value == BASE64_IS_BLANK) {
		return 0;
	}
	if (value == BASE64_IS_FOREIGN || d->padding > 0) {
		d->foreign = true;
		return 0;
	}
	d->bits = d->bits << 6 | value;
	d->have = (d->have + 1) % 4;
	if (d->have > 0) {
		return 0;
	}
	out[0] = (uint8_t)(d->bits >> 16);
	out[1] = (uint8_t)(d->bits >> 8);
	out[2] = (uint8_t)d->bits;
	d->bits = 0;
	return 3;
}

/* Decodes up to the first padding or the end of @in. @out: room for in.n / 4 * 3 + 3 octets and 3
 * more if a group is under way. */
static Base64Run
decode_some(Decoder *d, BaseBytes in, uint8_t *out)
{
	const Base64Kernel *kernel = base64_kernel();
	Base64Run run = {0, 0};

	while (run.taken < in.n && d->padding == 0) {
		if (d->have == 0 && base64_values[in.p[run.taken]] < 64) {
			Base64Run part = kernel->decode(base_bytes_slice(in, run.taken, SIZE_MAX),
							out + run.given);

			run.taken += part.taken;
			run.given += part.given;
		}
		if (run.taken < in.n) {
			run.given += decode_step(d, in.p[run.taken++], out + run.given);
		}
	}
	return run;
}

/* RFC 4648 sections 3.2 and 3.5: the padding is there and the bits below the data are 0. */
static bool
is_strict(Decoder *d, BaseBytes rest)
{
	uint8_t unused[3];

	for (size_t i = 0; i < rest.n; i++) {
		(void)decode_step(d, rest.p[i], unused);
	}
	if (d->foreign || d->have == 1 || d->padding != (4 - d->have) % 4) {
		return false;
	}
	return (d->bits & (d->have == 2 ? 15U : d->have == 3 ? 3U : 0U)) == 0;
}

bool
base64_decode(BaseBytes text, bool strict, uint8_t *out, size_t *n)
{
	Decoder d = {0};
	Base64Run run = decode_some(&d, text, out);
	size_t tail = decode_tail(&d, out + run.given);

	if (strict && !is_strict(&d, base_bytes_slice(text, run.taken, SIZE_MAX))) {
		return false;
	}
	*n = run.given + tail;
	return true;
}

GBytes *
base64_decode_bytes(BaseBytes text, bool strict)
{
	g_autofree uint8_t *out = g_malloc(text.n / 4 * 3 + 3);
	size_t n = 0;

	if (!base64_decode(text, strict, out, &n)) {
		return NULL;
	}
	return g_bytes_new_take(g_steal_pointer(&out), n);
}

typedef struct {
	BaseSink sink;
	BaseSink *next;
	size_t line_out; /* characters of a full line with its end */
	size_t held;     /* octets of the unfinished line */
	uint8_t line[BASE64_LINE_IN];
	uint8_t block[ENCODER_LINES * (BASE64_LINE_OUT + 2)];
} EncoderSink;

static bool
encoder_put_lines(EncoderSink *self, const uint8_t *in, size_t lines, GError **error)
{
	base64_kernel()->lines(in, lines, self->line_out == BASE64_LINE_OUT + 2, self->block);
	return base_sink_write(self->next, base_bytes(self->block, lines * self->line_out), error);
}

static BaseBytes
encoder_fill_line(EncoderSink *self, BaseBytes data)
{
	size_t n = MIN(data.n, BASE64_LINE_IN - self->held);

	if (n > 0) {
		memcpy(self->line + self->held, data.p, n);
	}
	self->held += n;
	return base_bytes_slice(data, n, SIZE_MAX);
}

static bool
encoder_write(BaseSink *sink, BaseBytes data, GError **error)
{
	EncoderSink *self = (EncoderSink *)sink;

	if (self->held > 0) {
		data = encoder_fill_line(self, data);
		if (self->held < BASE64_LINE_IN) {
			return true;
		}
		self->held = 0;
		if (!encoder_put_lines(self, self->line, 1, error)) {
			return false;
		}
	}
	while (data.n >= BASE64_LINE_IN) {
		size_t lines = MIN(data.n / BASE64_LINE_IN, ENCODER_LINES);

		if (!encoder_put_lines(self, data.p, lines, error)) {
			return false;
		}
		data = base_bytes_slice(data, lines * BASE64_LINE_IN, SIZE_MAX);
	}
	(void)encoder_fill_line(self, data);
	return true;
}

static bool
encoder_finish(BaseSink *sink, GError **error)
{
	EncoderSink *self = (EncoderSink *)sink;
	BaseBytes held = base_bytes(self->line, self->held);
	size_t n;

	if (held.n == 0) {
		return true;
	}
	n = base64_encode(held, (char *)self->block);
	if (self->line_out == BASE64_LINE_OUT + 2) {
		self->block[n++] = '\r';
	}
	self->block[n++] = '\n';
	return base_sink_write(self->next, base_bytes(self->block, n), error);
}

static void
filter_free(BaseSink *sink)
{
	g_free(sink);
}

BaseSink *
base64_new_encoder(BaseSink *next, bool crlf)
{
	static const BaseSinkClass klass = {encoder_write, encoder_finish, filter_free};
	EncoderSink *self = g_new(EncoderSink, 1);

	self->sink.klass = &klass;
	self->next = next;
	self->line_out = BASE64_LINE_OUT + (crlf ? 2 : 1);
	self->held = 0;
	return &self->sink;
}

typedef struct {
	BaseSink sink;
	BaseSink *next;
	Decoder decoder;
	uint8_t block[DECODER_BLOCK / 4 * 3 + 6];
} DecoderSink;

static bool
decoder_write(BaseSink *sink, BaseBytes data, GError **error)
{
	DecoderSink *self = (DecoderSink *)sink;

	while (data.n > 0 && self->decoder.padding == 0) {
		BaseBytes some = base_bytes_slice(data, 0, DECODER_BLOCK);
		Base64Run run = decode_some(&self->decoder, some, self->block);

		if (run.given > 0 &&
		    !base_sink_write(self->next, base_bytes(self->block, run.given), error)) {
			return false;
		}
		data = base_bytes_slice(data, some.n, SIZE_MAX);
	}
	return true;
}

static bool
decoder_finish(BaseSink *sink, GError **error)
{
	DecoderSink *self = (DecoderSink *)sink;
	size_t n = decode_tail(&self->decoder, self->block);

	return n == 0 || base_sink_write(self->next, base_bytes(self->block, n), error);
}

BaseSink *
base64_new_decoder(BaseSink *next)
{
	static const BaseSinkClass klass = {decoder_write, decoder_finish, filter_free};
	DecoderSink *self = g_new(DecoderSink, 1);

	self->sink.klass = &klass;
	self->next = next;
	self->decoder = (Decoder){0};
	return &self->sink;
}
