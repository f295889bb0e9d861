/* SPDX-License-Identifier: MPL-2.0 */
/* Base64, 32 characters at once. The arithmetic is that of W. Mula and D. Lemire, "Faster Base64
 * Encoding and Decoding Using AVX2 Instructions" (2018). */
#include "base/base64_kernel.h"

#if defined(__x86_64__)

#	include <immintrin.h>

#	define AVX2        __attribute__((target("avx2")))
#	define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

/* Both lanes of a register hold the same 16 octets. */
#	define LANES(...)  _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

AVX2_INLINE __m128i
load16(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

AVX2_INLINE __m256i
load32(const uint8_t *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

AVX2_INLINE void
store32(uint8_t *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)(void *)p, v);
}

/* @in has 4 octets b1 b0 b2 b1 for each group of 3; the result is one character for each 6 bits. */
AVX2_INLINE __m256i
encode_spread(__m256i in)
{
	const __m256i shift =
		LANES('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
		      '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
	__m256i even = _mm256_and_si256(in, _mm256_set1_epi32(0x0fc0fc00));
	__m256i odd = _mm256_and_si256(in, _mm256_set1_epi32(0x003f03f0));
	__m256i values = _mm256_or_si256(_mm256_mulhi_epu16(even, _mm256_set1_epi32(0x04000040)),
					 _mm256_mullo_epi16(odd, _mm256_set1_epi32(0x01000010)));
	/* 0 for a-z, 1..10 for digits, 11 and 12 for + and /, 13 for A-Z. */
	__m256i row = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
	__m256i capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);

	row = _mm256_or_si256(row, _mm256_and_si256(capital, _mm256_set1_epi8(13)));
	return _mm256_add_epi8(values, _mm256_shuffle_epi8(shift, row));
}

/* 24 octets at @in; 28 are read. */
AVX2_INLINE __m256i
encode24(const uint8_t *in)
{
	const __m256i spread = LANES(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
	__m256i v = _mm256_inserti128_si256(_mm256_castsi128_si256(load16(in)), load16(in + 12), 1);

	return encode_spread(_mm256_shuffle_epi8(v, spread));
}

/* 24 octets at @in; the 4 before the second half are read instead of the 4 behind it. */
AVX2_INLINE __m256i
encode24_last(const uint8_t *in)
{
	const __m256i spread =
		_mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10, 5, 4, 6, 5, 8,
				 7, 9, 8, 11, 10, 12, 11, 14, 13, 15, 14);
	__m256i v = _mm256_inserti128_si256(_mm256_castsi128_si256(load16(in)), load16(in + 8), 1);

	return encode_spread(_mm256_shuffle_epi8(v, spread));
}

AVX2 static Base64Run
avx2_groups(BaseBytes in, uint8_t *out)
{
	Base64Run run = {0, 0};
	Base64Run rest;

	for (; in.n - run.taken >= 24; run.taken += 24, run.given += 32) {
		store32(out + run.given, encode24_last(in.p + run.taken));
	}
	rest = base64_kernel_table.groups(base_bytes_slice(in, run.taken, SIZE_MAX),
					  out + run.given);
	return (Base64Run){run.taken + rest.taken, run.given + rest.given};
}

AVX2 static void
avx2_lines(const uint8_t *in, size_t lines, bool crlf, uint8_t *out)
{
	for (; lines > 0; lines--, in += BASE64_LINE_IN) {
		store32(out, encode24(in));
		store32(out + 32, encode24_last(in + 24));
		out += BASE64_LINE_OUT;
		if (crlf) {
			*out++ = '\r';
		}
		*out++ = '\n';
	}
}

/*
 * The values of 32 characters; bits of @bad are set where one is outside the alphabet. A character
 * is valid if the rows of its two nibbles share no bit.
 */
AVX2_INLINE __m256i
decode_values(__m256i in, __m256i *bad)
{
	const __m256i low_row = LANES(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
				      0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
	const __m256i high_row = LANES(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10,
				       0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
	const __m256i shift = LANES(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
	const __m256i slash = _mm256_set1_epi8('/');
	/* '/' is 0x2f and serves as a mask of the nibble too: the bit 0x20 does no harm to a
	 * shuffle. */
	__m256i high = _mm256_and_si256(_mm256_srli_epi32(in, 4), slash);
	__m256i low = _mm256_and_si256(in, slash);
	__m256i row = _mm256_add_epi8(_mm256_cmpeq_epi8(in, slash), high);

	*bad = _mm256_and_si256(_mm256_shuffle_epi8(low_row, low),
				_mm256_shuffle_epi8(high_row, high));
	return _mm256_add_epi8(in, _mm256_shuffle_epi8(shift, row));
}

/* 32 values become 24 octets, each lane's 12 in its low end. */
AVX2_INLINE __m256i
decode_pack(__m256i values)
{
	const __m256i order = LANES(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
	__m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
	__m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));

	return _mm256_shuffle_epi8(groups, order);
}

/* Writes 24 octets and 8 more that do not count. */
AVX2_INLINE void
decode_store(uint8_t *out, __m256i values)
{
	const __m256i together = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);

	store32(out, _mm256_permutevar8x32_epi32(decode_pack(values), together));
}

/* Octets of the line end at @p: 2, 1, or 0 if there is none. */
AVX2_INLINE size_t
line_end(const uint8_t *p)
{
	return p[0] == '\n' ? 1 : p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

/* Whole lines of 64 characters. */
AVX2_INLINE Base64Run
decode_lines64(BaseBytes in, uint8_t *out, size_t end)
{
	Base64Run run = {0, 0};

	while (in.n - run.taken >= 64 + end + 8) {
		const uint8_t *p = in.p + run.taken;
		__m256i bad_a, bad_b;
		__m256i a = decode_values(load32(p), &bad_a);
		__m256i b = decode_values(load32(p + 32), &bad_b);
		__m256i bad = _mm256_or_si256(bad_a, bad_b);

		if (!_mm256_testz_si256(bad, bad) || line_end(p + 64) != end) {
			break;
		}
		decode_store(out + run.given, a);
		decode_store(out + run.given + 24, b);
		run.taken += 64 + end;
		run.given += 48;
	}
	return run;
}

/* Whole lines of 76 characters: the last 12 are taken with the line end and what follows it. */
AVX2_INLINE Base64Run
decode_lines76(BaseBytes in, uint8_t *out, size_t end)
{
	const __m256i count12 = _mm256_setr_epi32(-1, -1, -1, 0, 0, 0, 0, 0);
	Base64Run run = {0, 0};

	while (in.n - run.taken >= 84) {
		const uint8_t *p = in.p + run.taken;
		__m256i bad_a, bad_b, bad_c;
		__m256i a = decode_values(load32(p), &bad_a);
		__m256i b = decode_values(load32(p + 32), &bad_b);
		__m256i c = decode_values(_mm256_castsi128_si256(load16(p + 64)), &bad_c);
		__m256i bad = _mm256_or_si256(_mm256_or_si256(bad_a, bad_b),
					      _mm256_and_si256(bad_c, count12));

		if (!_mm256_testz_si256(bad, bad) || line_end(p + 76) != end) {
			break;
		}
		decode_store(out + run.given, a);
		decode_store(out + run.given + 24, b);
		_mm_storeu_si128((__m128i *)(void *)(out + run.given + 48),
				 _mm256_castsi256_si128(decode_pack(c)));
		run.taken += 76 + end;
		run.given += 57;
	}
	return run;
}

/* Characters without line ends. */
AVX2_INLINE Base64Run
decode_blocks(BaseBytes in, uint8_t *out)
{
	Base64Run run = {0, 0};

	while (in.n - run.taken >= 40) {
		__m256i bad;
		__m256i values = decode_values(load32(in.p + run.taken), &bad);

		if (!_mm256_testz_si256(bad, bad)) {
			break;
		}
		decode_store(out + run.given, values);
		run.taken += 32;
		run.given += 24;
	}
	return run;
}

AVX2 static Base64Run
avx2_lines_or_blocks(BaseBytes in, uint8_t *out)
{
	size_t end64 = in.n >= 84 ? line_end(in.p + 64) : 0;
	size_t end76 = in.n >= 84 ? line_end(in.p + 76) : 0;

	if (end64 == 1) {
		return decode_lines64(in, out, 1);
	}
	if (end64 == 2) {
		return decode_lines64(in, out, 2);
	}
	if (end76 == 1) {
		return decode_lines76(in, out, 1);
	}
	return end76 == 2 ? decode_lines76(in, out, 2) : decode_blocks(in, out);
}

AVX2 static Base64Run
avx2_decode(BaseBytes in, uint8_t *out)
{
	Base64Run run = avx2_lines_or_blocks(in, out);
	Base64Run rest = base64_kernel_table.decode(base_bytes_slice(in, run.taken, SIZE_MAX),
						    out + run.given);

	return (Base64Run){run.taken + rest.taken, run.given + rest.given};
}

const Base64Kernel *
base64_kernel_avx2(void)
{
	static const Base64Kernel kernel = {avx2_groups, avx2_lines, avx2_decode};

	return __builtin_cpu_supports("avx2") ? &kernel : NULL;
}

#else

const Base64Kernel *
base64_kernel_avx2(void)
{
	return NULL;
}

#endif
