/* SPDX-License-Identifier: MPL-2.0 */
/* Writing EnvelopedData and AuthEnvelopedData as a stream. */
#include "cms/encrypt.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/secret.h"
#include "cms/encrypt_recipient.h"
#include "cms/evp_auto.h"

#define BLOCK (32U << 10) /* octets passed on at once: stays in the nearest cache */
#define ROOM  16          /* for the header of a segment */

typedef struct {
	BaseSink sink;
	BaseSink *next;
	EVP_CIPHER_CTX *ctx;
	GByteArray *head; /* all before the first octet of ciphertext; NULL once written */
	bool aead;
	bool definite;
	uint64_t expected; /* octets of content, if definite */
	uint64_t seen;
	size_t filled;
	uint8_t out[ROOM + BLOCK + 2 * CMS_CIPHER_MAX_BLOCK]; /* last: it is not cleared */
} Encrypt;

/* Everything of EnvelopedData that is known before its content. */
typedef struct {
	CmsOid type; /* of the ContentInfo */
	uint64_t version;
	GByteArray *infos;   /* RecipientInfos */
	GByteArray *content; /* contentType and contentEncryptionAlgorithm */
	uint64_t cipher_n;   /* octets of ciphertext */
	size_t tail_n;       /* octets of the field mac */
} Fields;

static void
clear_fields(Fields *fields)
{
	g_clear_pointer(&fields->infos, g_byte_array_unref);
	g_clear_pointer(&fields->content, g_byte_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fields, clear_fields)

/* Wraps the key for everybody; RecipientInfos is a SET OF, so it is sorted. */
static bool
put_recipients(GByteArray *out, GPtrArray *recipients, BaseBytes cek, GError **error)
{
	size_t total = 0;
	for (guint i = 0; i < recipients->len; i++) {
		total += cms_recipient_size(g_ptr_array_index(recipients, i), cek.n);
	}
	g_autofree uint8_t *infos = g_malloc(total);
	g_autoptr(GArray) elements =
		g_array_sized_new(FALSE, FALSE, sizeof(BaseBytes), recipients->len);
	size_t at = 0;
	for (guint i = 0; i < recipients->len; i++) {
		CmsRecipient *recipient = g_ptr_array_index(recipients, i);
		BaseBytes info = base_bytes(infos + at, cms_recipient_size(recipient, cek.n));
		if (!cms_recipient_wrap(recipient, cek, infos + at, error)) {
			return false;
		}
		g_array_append_val(elements, info);
		at += info.n;
	}
	cms_der_set_of(out, CMS_TAG_SET, (BaseBytes *)(void *)elements->data, elements->len);
	return true;
}

/* RFC 5652 section 6.1: 0 if all recipients are RSA by issuer and serial, else 2; RFC 5083: always
 * 0. */
static uint64_t
version_of(GPtrArray *recipients, bool aead)
{
	for (guint i = 0; i < recipients->len && !aead; i++) {
		if (!cms_recipient_is_ktri(g_ptr_array_index(recipients, i))) {
			return 2;
		}
	}
	return 0;
}

/*
 * ContentInfo { type, [0] { EnvelopedData { version, infos, EncryptedContentInfo { content, [0]
 * ciphertext } }, or AuthEnvelopedData with mac behind }: from the innermost length to the
 * outermost.
 */
static GByteArray *
definite_head(const Fields *fields)
{
	GByteArray *head = g_byte_array_sized_new(fields->infos->len + 128);
	size_t oid_n = cms_der_size(cms_oid_bytes(fields->type).n);
	size_t cipher_n = (size_t)fields->cipher_n;
	size_t info_n = fields->content->len + cms_der_size(cipher_n);
	size_t data_n = 3 + fields->infos->len + cms_der_size(info_n) + fields->tail_n;
	size_t outer_n = oid_n + cms_der_size(cms_der_size(data_n));
	cms_der_header(head, CMS_TAG_SEQUENCE, outer_n);
	cms_der_oid(head, fields->type);
	cms_der_header(head, CMS_TAG_CONTEXT_CONSTRUCTED(0), cms_der_size(data_n));
	cms_der_header(head, CMS_TAG_SEQUENCE, data_n);
	cms_der_uint(head, fields->version);
	cms_der_raw(head, base_bytes_of_array(fields->infos));
	cms_der_header(head, CMS_TAG_SEQUENCE, info_n);
	cms_der_raw(head, base_bytes_of_array(fields->content));
	cms_der_header(head, CMS_TAG_CONTEXT(0), cipher_n);
	return head;
}

static void
put_indefinite(GByteArray *out, uint8_t tag)
{
	const uint8_t header[2] = {tag, 0x80};
	g_byte_array_append(out, header, sizeof(header));
}

static GByteArray *
indefinite_head(const Fields *fields)
{
	GByteArray *head = g_byte_array_sized_new(fields->infos->len + 128);
	put_indefinite(head, CMS_TAG_SEQUENCE);
	cms_der_oid(head, fields->type);
	put_indefinite(head, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	put_indefinite(head, CMS_TAG_SEQUENCE);
	cms_der_uint(head, fields->version);
	cms_der_raw(head, base_bytes_of_array(fields->infos));
	put_indefinite(head, CMS_TAG_SEQUENCE);
	cms_der_raw(head, base_bytes_of_array(fields->content));
	put_indefinite(head, CMS_TAG_CONTEXT_CONSTRUCTED(0));
	return head;
}

/* The fields around the content, and the cipher ready to run. */
static bool
prepare(Encrypt *encrypt, Fields *fields, GPtrArray *recipients, const CmsEncryptOptions *options,
	GError **error)
{
	uint8_t fresh[CMS_CIPHER_MAX_KEY + CMS_CIPHER_MAX_BLOCK];
	g_autoptr(GByteArray) inner = g_byte_array_sized_new(64);
	size_t key_n = cms_cipher_key_size(options->cipher);
	BaseBytes cek = base_bytes(fresh, key_n);
	CmsCipherSpec spec = {.cipher = options->cipher};
	spec.iv_n = encrypt->aead ? 12 : cms_cipher_block_size(options->cipher);
	spec.tag_n = encrypt->aead ? CMS_CIPHER_MAX_TAG : 0;
	if (RAND_priv_bytes(fresh, (int)sizeof(fresh)) != 1) {
		return base_fail(error, PS_ERROR_CRYPTO, "no random octets to be had");
	}
	memcpy(spec.iv, fresh + CMS_CIPHER_MAX_KEY, spec.iv_n);
	cms_cipher_put(inner, &spec);
	spec.inner = base_bytes_of_array(inner);
	spec.cek_hkdf = options->cek_hkdf;
	cms_der_oid(fields->content, options->content_type == CMS_OID_UNKNOWN
					     ? CMS_OID_DATA
					     : options->content_type);
	cms_cipher_put(fields->content, &spec);
	bool ok = cms_cipher_start(encrypt->ctx, &spec, fresh, true) ||
		  base_fail(error, PS_ERROR_CRYPTO, "the content cipher cannot be used");
	ok = ok && put_recipients(fields->infos, recipients, cek, error);
	base_wipe(fresh, sizeof(fresh));
	return ok;
}

static bool
put_head(Encrypt *encrypt, GError **error)
{
	g_autoptr(GByteArray) head = g_steal_pointer(&encrypt->head);
	return head == NULL || base_sink_write(encrypt->next, base_bytes_of_array(head), error);
}

/* Passes on what is ready: as it is, or as a segment of a constructed string. */
static bool
flush(Encrypt *encrypt, GError **error)
{
	uint8_t *start = encrypt->out + ROOM;
	size_t n = encrypt->filled;
	if (!put_head(encrypt, error)) {
		return false;
	}
	if (n == 0) {
		return true;
	}
	encrypt->filled = 0;
	if (!encrypt->definite) {
		size_t header = 1 + cms_der_length_size(n);
		start -= header;
		start[0] = CMS_TAG_OCTET_STRING;
		cms_der_put_length(start + 1, n);
		n += header;
	}
	return base_sink_write(encrypt->next, base_bytes(start, n), error);
}

static bool
encrypt_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Encrypt *encrypt = (Encrypt *)sink;
	encrypt->seen += data.n;
	if (encrypt->seen > encrypt->expected) {
		return base_fail(error, PS_ERROR_ARGUMENT, "more content than was announced");
	}
	while (data.n > 0) {
		size_t take = MIN(data.n, BLOCK - encrypt->filled);
		int n = 0;
		if (EVP_CipherUpdate(encrypt->ctx, encrypt->out + ROOM + encrypt->filled, &n,
				     data.p, (int)take) != 1) {
			ERR_clear_error();
			return base_fail(error, PS_ERROR_CRYPTO, "the content cipher failed");
		}
		encrypt->filled += (size_t)n;
		data = base_bytes(data.p + take, data.n - take);
		if (encrypt->filled >= BLOCK - CMS_CIPHER_MAX_BLOCK && !flush(encrypt, error)) {
			return false;
		}
	}
	return true;
}

/* What follows the ciphertext: ends of indefinite values, and mac. */
static bool
put_tail(Encrypt *encrypt, GError **error)
{
	g_autoptr(GByteArray) tail = g_byte_array_sized_new(32);
	static const uint8_t ends[6];
	uint8_t tag[CMS_CIPHER_MAX_TAG];
	if (!encrypt->definite) {
		g_byte_array_append(tail, ends, 4);
	}
	if (encrypt->aead) {
		if (EVP_CIPHER_CTX_ctrl(encrypt->ctx, EVP_CTRL_AEAD_GET_TAG, sizeof(tag), tag) !=
		    1) {
			ERR_clear_error();
			return base_fail(error, PS_ERROR_CRYPTO, "the content cipher gave no tag");
		}
		cms_der_octets(tail, base_bytes(tag, sizeof(tag)));
	}
	if (!encrypt->definite) {
		g_byte_array_append(tail, ends, 6);
	}
	return tail->len == 0 || base_sink_write(encrypt->next, base_bytes_of_array(tail), error);
}

static bool
encrypt_finish(BaseSink *sink, GError **error)
{
	Encrypt *encrypt = (Encrypt *)sink;
	int n = 0;
	if (encrypt->definite && encrypt->seen != encrypt->expected) {
		return base_fail(error, PS_ERROR_ARGUMENT, "less content than was announced");
	}
	if (EVP_CipherFinal_ex(encrypt->ctx, encrypt->out + ROOM + encrypt->filled, &n) != 1) {
		ERR_clear_error();
		return base_fail(error, PS_ERROR_CRYPTO, "the content cipher failed");
	}
	encrypt->filled += (size_t)n;
	return flush(encrypt, error) && put_tail(encrypt, error);
}

static void
encrypt_free(BaseSink *sink)
{
	Encrypt *encrypt = (Encrypt *)sink;
	EVP_CIPHER_CTX_free(encrypt->ctx);
	g_clear_pointer(&encrypt->head, g_byte_array_unref);
	g_free(encrypt);
}

static const BaseSinkClass encrypt_class = {
	.write = encrypt_write, .finish = encrypt_finish, .free = encrypt_free};

/* RFC 5083 section 2.1 wants attributes for content other than id-data, which nothing here writes.
 */
static bool
check_arguments(GPtrArray *recipients, const CmsEncryptOptions *options, GError **error)
{
	if (recipients->len == 0) {
		return base_fail(error, PS_ERROR_ARGUMENT, "nobody to seal for");
	}
	if (recipients->len > BASE_LIMIT_RECIPIENTS) {
		return base_fail(error, PS_ERROR_LIMIT, "more than %u recipients",
				 BASE_LIMIT_RECIPIENTS);
	}
	if (options->cipher >= CMS_N_WRITE_CIPHERS) {
		return base_fail(error, PS_ERROR_ARGUMENT, "a cipher that is only read");
	}
	bool data =
		options->content_type == CMS_OID_UNKNOWN || options->content_type == CMS_OID_DATA;
	return data || !cms_cipher_is_aead(options->cipher) ||
	       base_fail(error, PS_ERROR_ARGUMENT, "authenticated content must be id-data");
}

BaseSink *
cms_encrypt_new(BaseSink *next, GPtrArray *recipients, const CmsEncryptOptions *options,
		gint64 content_length, GError **error)
{
	if (!check_arguments(recipients, options, error)) {
		return NULL;
	}
	Encrypt *encrypt = g_malloc(sizeof(*encrypt));
	memset(encrypt, 0, offsetof(Encrypt, out));
	g_auto(Fields) fields = {.infos = g_byte_array_sized_new(512 * recipients->len),
				 .content = g_byte_array_sized_new(128)};
	encrypt->sink.klass = &encrypt_class;
	encrypt->next = next;
	encrypt->aead = cms_cipher_is_aead(options->cipher);
	encrypt->definite = content_length >= 0;
	fields.version = version_of(recipients, encrypt->aead);
	encrypt->expected = encrypt->definite ? (uint64_t)content_length : UINT64_MAX;
	encrypt->ctx = EVP_CIPHER_CTX_new();
	fields.type = encrypt->aead ? CMS_OID_AUTH_ENVELOPED_DATA : CMS_OID_ENVELOPED_DATA;
	fields.tail_n = encrypt->aead ? cms_der_size(CMS_CIPHER_MAX_TAG) : 0;
	fields.cipher_n =
		encrypt->definite ? cms_cipher_length(options->cipher, encrypt->expected) : 0;
	if (encrypt->ctx == NULL || !prepare(encrypt, &fields, recipients, options, error)) {
		encrypt_free(&encrypt->sink);
		return NULL;
	}
	encrypt->head = encrypt->definite ? definite_head(&fields) : indefinite_head(&fields);
	return &encrypt->sink;
}

GBytes *
cms_encrypt(BaseBytes content, GPtrArray *recipients, const CmsEncryptOptions *options,
	    GError **error)
{
	g_autoptr(BaseSink) memory = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) encrypt =
		cms_encrypt_new(memory, recipients, options, (gint64)content.n, error);
	if (encrypt == NULL || !base_sink_write(encrypt, content, error) ||
	    !base_sink_finish(encrypt, error)) {
		return NULL;
	}
	return base_sink_take_bytes(memory);
}
