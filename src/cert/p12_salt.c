/* SPDX-License-Identifier: MPL-2.0 */
/* Salts of old PKCS#12 files that a fault of another program cannot read. */
#include "cert/p12_salt.h"

#include "base/secret.h"
#include <openssl/evp.h>

#define BLOCK     64 /* octets of a block of SHA-1: v of RFC 7292 section B.2 */
#define SALT_SIZE 8
#define I_MAX     (BLOCK + 2048)

/* pbeWithSHAAnd3-KeyTripleDES-CBC */
static const uint8_t PBE_OID[] = {0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86,
				  0xf7, 0x0d, 0x01, 0x0c, 0x01, 0x03};

/* BMPString with its NUL, repeated to whole blocks (B.1 and step 3 of B.2); 0 if it is too long to
 * look at. */
static size_t
put_passphrase(const char *passphrase, uint8_t *out, size_t room)
{
	glong n = 0;
	g_autofree gunichar2 *utf16 = g_utf8_to_utf16(passphrase, -1, NULL, &n, NULL);
	size_t size = utf16 == NULL ? 0 : ((size_t)n + 1) * 2;
	size_t whole = (size + BLOCK - 1) / BLOCK * BLOCK;
	if (size == 0 || whole > room) {
		return 0;
	}
	for (size_t i = 0; i < whole; i++) {
		gunichar2 c = utf16[i % size / 2];
		out[i] = (uint8_t)(i % 2 == 0 ? c >> 8 : c & 0xff);
	}
	base_wipe(utf16, size);
	return whole;
}

/* A_1 = H^rounds(D || I) for a key (ID 1), step 6A. */
static bool
first_round(const uint8_t *i_octets, size_t n, int rounds, uint8_t a[EVP_MAX_MD_SIZE])
{
	uint8_t start[BLOCK + I_MAX];
	size_t size = 0;
	memset(start, 1, BLOCK);
	memcpy(start + BLOCK, i_octets, n);
	bool ok = EVP_Q_digest(NULL, "SHA1", NULL, start, BLOCK + n, a, &size) == 1;
	for (int round = 1; ok && round < rounds; round++) {
		ok = EVP_Q_digest(NULL, "SHA1", NULL, a, size, a, &size) == 1;
	}
	base_wipe(start, sizeof(start));
	return ok;
}

/* I_j = (I_j + B + 1) mod 2^512 (step 6C); whether none of the blocks begins with zero then. */
static bool
blocks_suit(const uint8_t *i_octets, size_t n, const uint8_t *a)
{
	for (size_t block = 0; block < n; block += BLOCK) {
		unsigned carry = 1;
		for (size_t at = BLOCK; at > 0; at--) {
			carry += (unsigned)i_octets[block + at - 1] + a[(at - 1) % 20];
			if (at == 1 && (carry & 0xff) == 0) {
				return false;
			}
			carry >>= 8;
		}
	}
	return true;
}

static bool
salt_suits(const uint8_t *salt, const char *passphrase, int rounds)
{
	uint8_t i_octets[I_MAX];
	uint8_t a[EVP_MAX_MD_SIZE];
	for (size_t i = 0; i < BLOCK; i++) {
		i_octets[i] = salt[i % SALT_SIZE];
	}
	size_t n = put_passphrase(passphrase, i_octets + BLOCK, sizeof(i_octets) - BLOCK);
	bool suits = n == 0 || !first_round(i_octets, BLOCK + n, rounds, a) ||
		     blocks_suit(i_octets, BLOCK + n, a);
	base_wipe(i_octets, sizeof(i_octets));
	base_wipe(a, sizeof(a));
	return suits;
}

bool
cert_p12_salts_suit(BaseBytes p12, const char *passphrase, int rounds)
{
	BaseBytes oid = base_bytes(PBE_OID, sizeof(PBE_OID));
	BaseBytes rest = p12;
	size_t at;
	while ((at = base_bytes_find(rest, oid)) != SIZE_MAX) {
		/* after the OID: SEQUENCE { OCTET STRING salt (8), INTEGER iterations } */
		rest = base_bytes_slice(rest, at + oid.n, SIZE_MAX);
		bool has_salt = rest.n >= 4 + SALT_SIZE && rest.p[0] == 0x30 && rest.p[2] == 0x04 &&
				rest.p[3] == SALT_SIZE;
		if (has_salt && !salt_suits(rest.p + 4, passphrase, rounds)) {
			return false;
		}
	}
	return true;
}
