/* SPDX-License-Identifier: MPL-2.0 */
/* Choosing the recipient, unwrapping the content key, decrypting the content. */
#include "cms/decrypt.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/limits.h"
#include "base/secret.h"
#include "cms/alg.h"
#include "cms/evp_auto.h"
#include "cms/kari.h"
#include "cms/ktri.h"

#define BLOCK (32U << 10) /* octets decrypted at once: stays in the nearest cache */

struct CmsDecrypt {
	BaseSink sink;
	BaseSink *out;
	CmsRecall *recall;
	EVP_CIPHER_CTX *ctx; /* NULL unless reason is OK */
	CmsCipherSpec spec;
	CmsDecryptInfo info;
	CmsEncryptionReason reason;
	bool more; /* matching recipients follow the one in use */
	bool again;
	uint64_t octets;
	uint8_t held[CMS_CIPHER_MAX_BLOCK]; /* the last block of CBC, which may be padding */
	size_t held_n;
	uint8_t plain[CMS_CIPHER_MAX_BLOCK + BLOCK + CMS_CIPHER_MAX_BLOCK];
};

/* One RecipientInfo, or one RecipientEncryptedKey, that is for a key of ours. */
typedef struct {
	CmsRecipientKind kind;
	CmsKtri ktri;
	CmsKari kari;
	BaseBytes encrypted_key; /* of kari */
	EVP_PKEY *key;
} Candidate;

/* The walk over all recipients. */
typedef struct {
	CmsKeyHook hook;
	void *user;
	guint wanted;     /* the candidate that is due */
	guint found;      /* candidates so far */
	guint recipients; /* RecipientInfos and RecipientEncryptedKeys so far */
	bool malformed;   /* some could not be read */
	bool unsupported; /* some were for us, but in a way that we cannot do */
	Candidate due;
} Search;

static bool
asks_for(const CmsKeyHook hook, void *user, const CmsRecipientId *rid, EVP_PKEY **key)
{
	CmsPrivateKey found = {NULL};
	if (hook == NULL || !hook(user, rid, &found) || found.key == NULL) {
		return false;
	}
	*key = found.key;
	return true;
}

/* Can a key of this type take part in that kind of recipient? */
static bool
fits(CmsRecipientKind kind, EVP_PKEY *key)
{
	if (kind == CMS_RECIPIENT_KTRI) {
		return EVP_PKEY_is_a(key, "RSA") == 1;
	}
	return EVP_PKEY_is_a(key, "EC") == 1 || EVP_PKEY_is_a(key, "X25519") == 1;
}

/* Counts @candidate if it is for us, and keeps it if it is the one that is due. */
static void
consider(Search *search, const CmsRecipientId *rid, bool known, Candidate *candidate)
{
	if (search->found >= BASE_LIMIT_RECIPIENTS_TRIED ||
	    !asks_for(search->hook, search->user, rid, &candidate->key)) {
		return;
	}
	if (!known || !fits(rid->kind, candidate->key)) {
		search->unsupported = true;
		return;
	}
	if (search->found == search->wanted) {
		candidate->kind = rid->kind;
		search->due = *candidate;
	}
	search->found++;
}

static void
visit_ktri(Search *search, BaseBytes value)
{
	Candidate candidate = {0};
	CmsRecipientId rid;
	search->recipients++;
	if (!cms_ktri_parse(value, &candidate.ktri, &rid)) {
		search->malformed = true;
		return;
	}
	consider(search, &rid, candidate.ktri.scheme != CMS_KTRI_UNKNOWN, &candidate);
}

static void
visit_kari(Search *search, BaseBytes value)
{
	Candidate candidate = {0};
	CmsRecipientId rid;
	BaseBytes keys;
	if (!cms_kari_parse(value, &candidate.kari, &keys)) {
		search->recipients++;
		search->malformed = true;
		return;
	}
	while (keys.n > 0 && search->recipients <= BASE_LIMIT_RECIPIENTS) {
		search->recipients++;
		if (!cms_kari_next(&keys, &rid, &candidate.encrypted_key)) {
			search->malformed = true;
			return;
		}
		consider(search, &rid, candidate.kari.known, &candidate);
	}
}

/*
 * RecipientInfos ::= SET SIZE (1..MAX) OF RecipientInfo
 * RecipientInfo ::= CHOICE { ktri, kari [1], kekri [2], pwri [3], ori [4] }
 */
static CmsEncryptionReason
visit_all(Search *search, BaseBytes recipient_infos)
{
	BaseBytes in;
	CmsTlv info;
	if (!cms_ber_only(recipient_infos, CMS_TAG_SET, &in)) {
		return CMS_ENCRYPTION_MALFORMED;
	}
	while (cms_ber_next(&in, &info)) {
		if (info.tag == CMS_TAG_SEQUENCE) {
			visit_ktri(search, info.value);
		} else if (info.tag == CMS_TAG_CONTEXT_CONSTRUCTED(1)) {
			visit_kari(search, info.value);
		} else {
			search->recipients++;
		}
		if (search->recipients > BASE_LIMIT_RECIPIENTS) {
			return CMS_ENCRYPTION_TOO_LARGE;
		}
	}
	return in.n > 0 ? CMS_ENCRYPTION_MALFORMED : CMS_ENCRYPTION_OK;
}

/* Why there is nobody to be. */
static CmsEncryptionReason
no_candidate(const Search *search)
{
	if (search->unsupported) {
		return CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM;
	}
	return search->malformed ? CMS_ENCRYPTION_MALFORMED : CMS_ENCRYPTION_NO_KEY;
}

/* A random key first, which the true one replaces if all is well. */
static bool
unwrap(const Candidate *due, CmsRecall *recall, size_t key_n)
{
	if (RAND_priv_bytes(recall->cek, (int)key_n) != 1) {
		return false;
	}
	if (due->kind == CMS_RECIPIENT_KTRI) {
		cms_ktri_unwrap(&due->ktri, due->key, recall->cek, key_n);
	} else {
		cms_kari_unwrap(&due->kari, due->encrypted_key, due->key, recall->cek, key_n);
	}
	recall->cek_n = key_n;
	recall->have_cek = true;
	return true;
}

/* Finds the content key, in the memory of the pass before or by the private key. */
static CmsEncryptionReason
find_key(CmsDecrypt *decrypt, Search *search, BaseBytes recipient_infos)
{
	CmsRecall *recall = decrypt->recall;
	size_t key_n = cms_cipher_key_size(decrypt->spec.cipher);
	search->wanted = recall->tried;
	CmsEncryptionReason reason = visit_all(search, recipient_infos);
	decrypt->info.recipients = search->recipients;
	if (reason != CMS_ENCRYPTION_OK) {
		return reason;
	}
	if (search->found <= search->wanted) {
		return no_candidate(search);
	}
	decrypt->more = search->found > search->wanted + 1;
	if (recall->have_cek && recall->cek_n == key_n) {
		return CMS_ENCRYPTION_OK;
	}
	return unwrap(&search->due, recall, key_n) ? CMS_ENCRYPTION_OK
						   : CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM;
}

/* Gives the authenticated attributes, which come after the content, from the pass before. */
static bool
start_cipher(CmsDecrypt *decrypt)
{
	const CmsRecall *recall = decrypt->recall;
	int n = 0;
	decrypt->ctx = EVP_CIPHER_CTX_new();
	if (decrypt->ctx == NULL ||
	    !cms_cipher_start(decrypt->ctx, &decrypt->spec, recall->cek, false)) {
		return false;
	}
	if (!decrypt->info.authenticated || recall->aad == NULL) {
		return true;
	}
	BaseBytes aad = base_bytes_of(recall->aad);
	return EVP_CipherUpdate(decrypt->ctx, NULL, &n, aad.p, (int)aad.n) == 1;
}

/* The cipher must be of the kind that the content type promises (RFC 5083 section 2.1,
 * standards 3.5). */
static CmsEncryptionReason
read_algorithm(CmsDecrypt *decrypt, CmsKind kind, BaseBytes algorithm)
{
	CmsDecryptInfo *info = &decrypt->info;
	info->cipher = cms_cipher_named(algorithm);
	info->weak = info->cipher == CMS_OID_DES_EDE3_CBC || info->cipher == CMS_OID_DES_CBC ||
		     info->cipher == CMS_OID_RC2_CBC;
	CmsCipherParse parse = cms_cipher_parse(algorithm, &decrypt->spec);
	if (parse != CMS_CIPHER_PARSED) {
		return parse == CMS_CIPHER_MALFORMED ? CMS_ENCRYPTION_MALFORMED
						     : CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM;
	}
	info->authenticated = cms_cipher_is_aead(decrypt->spec.cipher);
	info->cek_hkdf = decrypt->spec.cek_hkdf;
	bool right_kind =
		info->authenticated ? kind == CMS_KIND_AUTH_ENVELOPED : kind == CMS_KIND_ENVELOPED;
	return right_kind ? CMS_ENCRYPTION_OK : CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM;
}

static bool
pass_on(const CmsDecrypt *decrypt, BaseBytes data, GError **error)
{
	return decrypt->out == NULL || data.n == 0 || base_sink_write(decrypt->out, data, error);
}

/*
 * Passes on what was decrypted but, in CBC, for the last block. The plaintext lies behind the block
 * held back from before, so both go on as one piece.
 */
static bool
release(CmsDecrypt *decrypt, size_t n, GError **error)
{
	size_t block =
		decrypt->info.authenticated ? 0 : cms_cipher_block_size(decrypt->spec.cipher);
	uint8_t *start = decrypt->plain + CMS_CIPHER_MAX_BLOCK - decrypt->held_n;
	if (n == 0) {
		return true;
	}
	memcpy(start, decrypt->held, decrypt->held_n);
	n += decrypt->held_n - block;
	memcpy(decrypt->held, start + n, block);
	decrypt->held_n = block;
	return pass_on(decrypt, base_bytes(start, n), error);
}

static bool
decrypt_write(BaseSink *sink, BaseBytes data, GError **error)
{
	CmsDecrypt *decrypt = (CmsDecrypt *)sink;
	if (decrypt->reason != CMS_ENCRYPTION_OK) {
		return true;
	}
	decrypt->octets += data.n;
	while (data.n > 0) {
		size_t take = MIN(data.n, BLOCK);
		int n = 0;
		if (EVP_CipherUpdate(decrypt->ctx, decrypt->plain + CMS_CIPHER_MAX_BLOCK, &n,
				     data.p, (int)take) != 1) {
			decrypt->reason = CMS_ENCRYPTION_NOT_AUTHENTICATED;
			return true;
		}
		if (!release(decrypt, (size_t)n, error)) {
			return false;
		}
		data = base_bytes(data.p + take, data.n - take);
	}
	return true;
}

static const BaseSinkClass decrypt_class = {.write = decrypt_write};

CmsDecrypt *
cms_decrypt_begin(const CmsDecryptHead *head, CmsRecall *recall, CmsKeyHook hook, void *user,
		  BaseSink *out)
{
	CmsDecrypt *decrypt = g_new0(CmsDecrypt, 1);
	Search search = {.hook = hook, .user = user};
	decrypt->sink.klass = &decrypt_class;
	decrypt->out = out;
	decrypt->recall = recall;
	decrypt->reason = read_algorithm(decrypt, head->kind, head->algorithm);
	if (decrypt->reason == CMS_ENCRYPTION_OK) {
		decrypt->reason = find_key(decrypt, &search, head->recipient_infos);
	}
	if (decrypt->reason == CMS_ENCRYPTION_OK && !start_cipher(decrypt)) {
		decrypt->reason = CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM;
	}
	decrypt->spec.inner = base_bytes(NULL, 0);
	ERR_clear_error();
	return decrypt;
}

void
cms_decrypt_free(CmsDecrypt *decrypt)
{
	if (decrypt == NULL) {
		return;
	}
	EVP_CIPHER_CTX_free(decrypt->ctx);
	base_wipe(decrypt, sizeof(*decrypt));
	g_free(decrypt);
}

BaseSink *
cms_decrypt_sink(CmsDecrypt *decrypt)
{
	return &decrypt->sink;
}

const CmsDecryptInfo *
cms_decrypt_info(const CmsDecrypt *decrypt)
{
	return &decrypt->info;
}

CmsEncryptionReason
cms_decrypt_reason(const CmsDecrypt *decrypt)
{
	return decrypt->reason;
}

bool
cms_decrypt_again(const CmsDecrypt *decrypt)
{
	return decrypt->again;
}

/*
 * authAttrs as the additional authenticated data: with the tag SET OF in place of [1] (RFC 5083
 * section 2.2). False if it is not that; NULL if there are none.
 */
static bool
make_aad(BaseBytes auth_attrs, GBytes **out)
{
	CmsTlv attributes;
	*out = NULL;
	if (auth_attrs.n == 0) {
		return true;
	}
	if (!cms_ber_next(&auth_attrs, &attributes) || auth_attrs.n > 0) {
		return false;
	}
	GByteArray *aad = g_byte_array_new();
	cms_der_tlv(aad, CMS_TAG_SET, attributes.value);
	*out = g_byte_array_free_to_bytes(aad);
	return true;
}

static bool
same_bytes(GBytes *a, GBytes *b)
{
	return base_bytes_equal(base_bytes_of(a), base_bytes_of(b));
}

static CmsEncryptionReason
check_tag(CmsDecrypt *decrypt, BaseBytes mac, BaseBytes auth_attrs)
{
	CmsRecall *recall = decrypt->recall;
	g_autoptr(GBytes) aad = NULL;
	uint8_t tag[CMS_CIPHER_MAX_TAG];
	uint8_t none[CMS_CIPHER_MAX_BLOCK];
	int n = 0;
	if (!make_aad(auth_attrs, &aad)) {
		return CMS_ENCRYPTION_MALFORMED;
	}
	if (!same_bytes(aad, recall->aad)) {
		decrypt->again = !recall->have_aad;
		if (decrypt->again) {
			recall->aad = g_steal_pointer(&aad);
			recall->have_aad = true;
		}
		return CMS_ENCRYPTION_NOT_AUTHENTICATED;
	}
	recall->have_aad = true;
	if (mac.n != decrypt->spec.tag_n) {
		return CMS_ENCRYPTION_NOT_AUTHENTICATED;
	}
	memcpy(tag, mac.p, mac.n);
	bool ok = EVP_CIPHER_CTX_ctrl(decrypt->ctx, EVP_CTRL_AEAD_SET_TAG, (int)mac.n, tag) == 1 &&
		  EVP_CipherFinal_ex(decrypt->ctx, none, &n) == 1;
	return ok ? CMS_ENCRYPTION_OK : CMS_ENCRYPTION_NOT_AUTHENTICATED;
}

/*
 * RFC 5652 section 6.3: the last octet says how many like it end the content, 1 to the block size.
 * Looks at the whole block in any case; returns the octets of content, or SIZE_MAX.
 */
static size_t
unpad(const uint8_t *last, size_t block)
{
	uint32_t pad = last[block - 1];
	volatile uint32_t bad = ((pad - 1) >> 31) | (((uint32_t)block - pad) >> 31);
	for (size_t i = 0; i < block; i++) {
		/* All ones for the octets that the padding claims. */
		uint32_t inside = (uint32_t)0 - ((((uint32_t)(block - 1 - i)) - pad) >> 31);
		bad |= inside & (last[i] ^ pad);
	}
	return bad != 0 ? SIZE_MAX : block - pad;
}

static CmsEncryptionReason
check_padding(CmsDecrypt *decrypt, BaseBytes auth_attrs, GError **error)
{
	size_t block = cms_cipher_block_size(decrypt->spec.cipher);
	if (auth_attrs.n > 0) {
		return CMS_ENCRYPTION_MALFORMED;
	}
	if (decrypt->held_n == 0 || decrypt->octets % block != 0) {
		return CMS_ENCRYPTION_NOT_AUTHENTICATED;
	}
	size_t n = unpad(decrypt->held, block);
	if (n == SIZE_MAX) {
		return CMS_ENCRYPTION_NOT_AUTHENTICATED;
	}
	return pass_on(decrypt, base_bytes(decrypt->held, n), error) ? CMS_ENCRYPTION_OK
								     : CMS_ENCRYPTION_MALFORMED;
}

/* The key in use did not open it: the next matching recipient is due, if there is one. */
static void
give_up_key(CmsDecrypt *decrypt)
{
	CmsRecall *recall = decrypt->recall;
	if (!decrypt->more) {
		return;
	}
	base_wipe(recall->cek, sizeof(recall->cek));
	recall->have_cek = false;
	recall->cek_n = 0;
	recall->tried++;
	decrypt->again = true;
}

CmsEncryptionReason
cms_decrypt_end(CmsDecrypt *decrypt, BaseBytes mac, BaseBytes auth_attrs, GError **error)
{
	if (decrypt->reason == CMS_ENCRYPTION_OK) {
		decrypt->reason = decrypt->info.authenticated
					  ? check_tag(decrypt, mac, auth_attrs)
					  : check_padding(decrypt, auth_attrs, error);
	}
	if (decrypt->reason == CMS_ENCRYPTION_NOT_AUTHENTICATED && !decrypt->again) {
		give_up_key(decrypt);
	}
	ERR_clear_error();
	return decrypt->reason;
}
