/* SPDX-License-Identifier: MPL-2.0 */
/* Scans of line ends, 32 octets at once. */
#include "base/lines_kernel.h"

#if defined(__x86_64__)

#	include <immintrin.h>

#	define AVX2        __attribute__((target("avx2")))
#	define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

/* One bit for each of the 32 octets at @p that is @c. */
AVX2_INLINE uint32_t
where(const uint8_t *p, char c)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);

	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(c)));
}

AVX2 static size_t
avx2_bare_lf(BaseBytes data, bool after_cr)
{
	size_t i = 1;

	if (data.n < 33 || (data.p[0] == '\n' && !after_cr)) {
		return lines_kernel_plain.bare_lf(data, after_cr);
	}
	for (; data.n - i >= 32; i += 32) {
		uint32_t bare = where(data.p + i, '\n') & ~where(data.p + i - 1, '\r');

		if (bare != 0) {
			return i + (size_t)__builtin_ctz(bare);
		}
	}
	return i + lines_kernel_plain.bare_lf(base_bytes_slice(data, i, SIZE_MAX),
					      data.p[i - 1] == '\r');
}

AVX2 static bool
avx2_is_crlf(BaseBytes data)
{
	size_t i = 1;

	if (data.n < 33 || data.p[0] == '\n') {
		return lines_kernel_plain.is_crlf(data);
	}
	for (; data.n - i >= 32; i += 32) {
		if (where(data.p + i, '\n') != where(data.p + i - 1, '\r')) {
			return false;
		}
	}
	/* The octet before the rest belongs to no comparison yet if it is a CR. */
	return lines_kernel_plain.is_crlf(
		base_bytes_slice(data, data.p[i - 1] == '\r' ? i - 1 : i, SIZE_MAX));
}

AVX2 static size_t
avx2_dashes(BaseBytes data)
{
	size_t i = 0;

	for (; data.n - i >= 34; i += 32) {
		const uint8_t *p = data.p + i;
		uint32_t found = where(p, '\n') & where(p + 1, '-') & where(p + 2, '-');

		if (found != 0) {
			return i + (size_t)__builtin_ctz(found);
		}
	}
	return i + lines_kernel_plain.dashes(base_bytes_slice(data, i, SIZE_MAX));
}

const LinesKernel *
lines_kernel_avx2(void)
{
	static const LinesKernel kernel = {avx2_bare_lf, avx2_is_crlf, avx2_dashes};

	return __builtin_cpu_supports("avx2") ? &kernel : NULL;
}

#else

const LinesKernel *
lines_kernel_avx2(void)
{
	return NULL;
}

#endif
