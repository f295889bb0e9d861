/* SPDX-License-Identifier: MPL-2.0 */
/* ChaCha20 (RFC 8439 section 2.4), eight blocks side by side in vectors. */
#include "base/spool_cipher.h"

#include "base/secret.h"

#define LANES  8
#define STRIDE ((size_t)LANES * SPOOL_CIPHER_BLOCK) /* octets of eight blocks */

/* The same word of eight consecutive blocks; the compiler makes of it what the processor has. */
typedef uint32_t Lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));

static uint32_t
read_word(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void
spool_cipher_init(SpoolCipher *cipher, const uint8_t key[SPOOL_CIPHER_KEY],
		  const uint8_t nonce[SPOOL_CIPHER_NONCE])
{
	static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

	memcpy(cipher->state, constants, sizeof constants);
	for (size_t i = 0; i < 8; i++) {
		cipher->state[4 + i] = read_word(key + i * 4);
	}
	cipher->state[12] = 0;
	for (size_t i = 0; i < 3; i++) {
		cipher->state[13 + i] = read_word(nonce + i * 4);
	}
}

#define ROTATE(v, n) ((v) << (n) | (v) >> (32 - (n)))

static inline __attribute__((always_inline)) void
quarter_round(Lanes *a, Lanes *b, Lanes *c, Lanes *d)
{
	*a += *b;
	*d = ROTATE(*d ^ *a, 16);
	*c += *d;
	*b = ROTATE(*b ^ *c, 12);
	*a += *b;
	*d = ROTATE(*d ^ *a, 8);
	*c += *d;
	*b = ROTATE(*b ^ *c, 7);
}

static inline __attribute__((always_inline)) void
double_round(Lanes x[16])
{
	quarter_round(&x[0], &x[4], &x[8], &x[12]);
	quarter_round(&x[1], &x[5], &x[9], &x[13]);
	quarter_round(&x[2], &x[6], &x[10], &x[14]);
	quarter_round(&x[3], &x[7], &x[11], &x[15]);
	quarter_round(&x[0], &x[5], &x[10], &x[15]);
	quarter_round(&x[1], &x[6], &x[11], &x[12]);
	quarter_round(&x[2], &x[7], &x[8], &x[13]);
	quarter_round(&x[3], &x[4], &x[9], &x[14]);
}

/* The key stream of eight blocks from @counter on, over the octets of @data. */
static inline __attribute__((always_inline)) void
apply_eight(const SpoolCipher *cipher, uint32_t counter, uint8_t data[STRIDE])
{
	const Lanes counters = counter + (Lanes){0, 1, 2, 3, 4, 5, 6, 7};
	uint32_t words[16][LANES];
	Lanes x[16];

	for (size_t i = 0; i < 16; i++) {
		x[i] = cipher->state[i] - (Lanes){0};
	}
	x[12] = counters;
	for (int i = 0; i < 10; i++) {
		double_round(x);
	}
	for (size_t i = 0; i < 16; i++) {
		x[i] += i == 12 ? counters : cipher->state[i] - (Lanes){0};
		memcpy(words[i], &x[i], sizeof x[i]);
	}
	for (size_t block = 0; block < LANES; block++) {
		for (size_t i = 0; i < 16; i++) {
			uint8_t *at = data + block * SPOOL_CIPHER_BLOCK + i * 4;
			uint32_t value;

			memcpy(&value, at, sizeof value);
			value ^= GUINT32_TO_LE(words[i][block]);
			memcpy(at, &value, sizeof value);
		}
	}
}

static void
apply_plain(const SpoolCipher *cipher, uint32_t counter, uint8_t *data, size_t eights)
{
	for (; eights > 0; eights--, counter += LANES, data += STRIDE) {
		apply_eight(cipher, counter, data);
	}
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
apply_avx2(const SpoolCipher *cipher, uint32_t counter, uint8_t *data, size_t eights)
{
	for (; eights > 0; eights--, counter += LANES, data += STRIDE) {
		apply_eight(cipher, counter, data);
	}
}
#endif

static void
apply_eights(const SpoolCipher *cipher, uint32_t counter, uint8_t *data, size_t eights)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2")) {
		apply_avx2(cipher, counter, data, eights);
		return;
	}
#endif
	apply_plain(cipher, counter, data, eights);
}

void
spool_cipher_apply(const SpoolCipher *cipher, uint32_t counter, uint8_t *data, size_t n)
{
	uint8_t last[STRIDE] = {0};
	size_t eights = n / sizeof last;
	size_t rest = n % sizeof last;

	apply_eights(cipher, counter, data, eights);
	if (rest > 0) {
		data += eights * sizeof last;
		memcpy(last, data, rest);
		apply_eights(cipher, counter + (uint32_t)(eights * LANES), last, 1);
		memcpy(data, last, rest);
		base_wipe(last, sizeof last);
	}
}
