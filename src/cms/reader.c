/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The streaming CMS reader: a table says which fields each structure has, the tokenizer walks it,
 * and what flows through the content field goes to a hash, a cipher or an inflater.
 */
#include "cms/reader.h"
#include "base/error.h"
#include "cms/compress.h"
#include "cms/decrypt.h"
#include "cms/reader_grammar.h"

static const struct {
	CmsOid oid;
	CmsKind kind;
	CmsPlace place;
} kinds[] = {
	{CMS_OID_SIGNED_DATA, CMS_KIND_SIGNED, CMS_PLACE_SIGNED},
	{CMS_OID_ENVELOPED_DATA, CMS_KIND_ENVELOPED, CMS_PLACE_ENVELOPED},
	{CMS_OID_AUTH_ENVELOPED_DATA, CMS_KIND_AUTH_ENVELOPED, CMS_PLACE_AUTH_ENVELOPED},
	{CMS_OID_COMPRESSED_DATA, CMS_KIND_COMPRESSED, CMS_PLACE_COMPRESSED},
};

#define MAX_DEPTH 8 /* structures open at once; the grammar needs six */

/* Passes on to whoever the content hook named, and remembers if it was they who failed. */
typedef struct {
	BaseSink sink;
	BaseSink *next;
	bool failed;
} Relay;

struct CmsReader {
	BaseSink sink;
	Relay relay;
	CmsReaderHooks hooks;
	void *user;
	CmsRecall *recall;
	CmsRecall *own_recall;
	CmsBerPush *push;
	CmsBerStatus status;
	uint64_t version;
	bool stopped; /* a content type that is not read */
	CmsPlace body;
	unsigned depth;

	struct {
		CmsPlace place;
		unsigned at;
	} open[MAX_DEPTH];

	const CmsStep *current; /* the step that is being collected or streamed */
	GBytes *fields[CMS_N_FIELDS];
	BaseSink *content; /* where content octets go: borrowed */
	BaseSink *hash;
	BaseSink *inflate;
	CmsDecrypt *decrypt;
	CmsReaderResult result;
};

static bool
relay_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Relay *relay = (Relay *)sink;
	relay->failed = relay->next != NULL && !base_sink_write(relay->next, data, error);
	return !relay->failed;
}

static const BaseSinkClass relay_class = {.write = relay_write};

static BaseBytes
field(const CmsReader *r, CmsField which)
{
	return base_bytes_of(r->fields[which]);
}

/* ---- content ---- */

static void
ask_content(CmsReader *r)
{
	const CmsReaderInfo info = {r->result.kind, r->result.inner, r->result.digests};
	r->relay.next = r->hooks.content(r->user, &info);
}

static void
begin_signed(CmsReader *r)
{
	r->hash = cms_hash_new(r->result.digests, &r->relay.sink);
	r->content = r->hash;
	ask_content(r);
}

static void
begin_encrypted(CmsReader *r)
{
	const CmsDecryptHead head = {r->result.kind, field(r, CMS_FIELD_RECIPIENTS),
				     field(r, CMS_FIELD_ALGORITHM)};
	r->decrypt = cms_decrypt_begin(&head, r->recall, r->hooks.key, r->user, &r->relay.sink);
	if (cms_decrypt_reason(r->decrypt) == CMS_ENCRYPTION_OK) {
		ask_content(r);
	}
	r->content = cms_decrypt_sink(r->decrypt);
}

static bool
begin_compressed(CmsReader *r)
{
	if (cms_alg_oid(field(r, CMS_FIELD_ALGORITHM)) != CMS_OID_ZLIB_COMPRESS) {
		return false;
	}
	r->inflate = cms_inflate_new(&r->relay.sink);
	r->content = r->inflate;
	ask_content(r);
	return true;
}

static bool
begin_content(CmsReader *r)
{
	r->result.has_content = true;
	switch (r->result.kind) {
	case CMS_KIND_SIGNED:
		begin_signed(r);
		return true;
	case CMS_KIND_ENVELOPED:
	case CMS_KIND_AUTH_ENVELOPED:
		begin_encrypted(r);
		return true;
	case CMS_KIND_COMPRESSED:
		return begin_compressed(r);
	case CMS_KIND_OTHER:
	default:
		return false;
	}
}

/* What our own filters complain about is a property of the message: only downstream failures are
 * errors. */
static bool
content_result(CmsReader *r, bool ok, GError *failure, GError **error)
{
	if (ok) {
		return true;
	}
	if (r->relay.failed || g_error_matches(failure, PS_ERROR, PS_ERROR_CRYPTO)) {
		g_propagate_error(error, failure);
		return false;
	}
	r->result.too_large = g_error_matches(failure, PS_ERROR, PS_ERROR_LIMIT);
	g_clear_error(&failure);
	return false;
}

/* ---- the walk ---- */

static bool
fits(const CmsStep *step, uint8_t tag)
{
	return step->tag == tag || (step->string && (step->tag | CMS_TAG_CONSTRUCTED) == tag);
}

static CmsBerAction
descend(CmsReader *r, CmsPlace inside)
{
	CmsPlace place = inside == CMS_PLACE_BODY ? r->body : inside;
	r->open[r->depth].place = place;
	r->open[r->depth].at = 0;
	r->depth++;
	return CMS_BER_ENTER;
}

static CmsBerAction
on_enter(void *user, uint8_t tag, uint64_t length)
{
	CmsReader *r = user;
	(void)length;
	CmsPlace place = r->open[r->depth - 1].place;
	unsigned *at = &r->open[r->depth - 1].at;
	while (*at < CMS_MAX_STEPS && cms_steps[place][*at].optional &&
	       !fits(&cms_steps[place][*at], tag)) {
		(*at)++;
	}
	if (*at == CMS_MAX_STEPS || cms_steps[place][*at].tag == 0 ||
	    !fits(&cms_steps[place][*at], tag)) {
		return CMS_BER_BAD;
	}
	const CmsStep *step = &cms_steps[place][(*at)++];
	if (step->action == CMS_BER_ENTER) {
		if (step->inside == CMS_PLACE_CONTENT && r->result.kind == CMS_KIND_OTHER) {
			r->stopped = true;
			return CMS_BER_BAD;
		}
		return descend(r, step->inside);
	}
	r->current = step;
	if (step->field == CMS_FIELD_CONTENT && !begin_content(r)) {
		return CMS_BER_BAD;
	}
	return step->action;
}

/* The end of a structure: what is still missing must be optional. The end of the content needs
 * nothing. */
static bool
on_leave(void *user, GError **error)
{
	CmsReader *r = user;
	(void)error;
	if (r->current != NULL) {
		r->current = NULL;
		return true;
	}
	r->depth--;
	const CmsStep *rest = cms_steps[r->open[r->depth].place];
	for (unsigned i = r->open[r->depth].at; i < CMS_MAX_STEPS && rest[i].tag != 0; i++) {
		if (!rest[i].optional) {
			return false;
		}
	}
	return true;
}

static bool
on_octets(void *user, BaseBytes data, GError **error)
{
	CmsReader *r = user;
	GError *failure = NULL;
	bool ok = base_sink_write(r->content, data, &failure);
	return content_result(r, ok, failure, error);
}

/* ---- fields that say something at once ---- */

static bool
keep_type(CmsReader *r, BaseBytes whole)
{
	BaseBytes oid;
	if (!cms_ber_oid(&whole, &oid)) {
		return false;
	}
	CmsOid type = cms_oid_find(oid);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (kinds[i].oid == type) {
			r->result.kind = kinds[i].kind;
			r->body = kinds[i].place;
		}
	}
	r->result.encryption.present =
		r->result.kind == CMS_KIND_ENVELOPED || r->result.kind == CMS_KIND_AUTH_ENVELOPED;
	r->result.encryption.kind = r->result.kind;
	return true;
}

/* EnvelopedData: RFC 5652 section 6.1; AuthEnvelopedData and CompressedData know no version but 0.
 * SignedData is judged when it is whole. */
static bool
keep_version(CmsReader *r, BaseBytes whole)
{
	static const uint64_t highest[] = {
		[CMS_KIND_OTHER] = 0,          [CMS_KIND_SIGNED] = 5,     [CMS_KIND_ENVELOPED] = 4,
		[CMS_KIND_AUTH_ENVELOPED] = 0, [CMS_KIND_COMPRESSED] = 0,
	};
	return cms_ber_uint(&whole, &r->version) && r->version <= highest[r->result.kind];
}

static bool
keep_inner(CmsReader *r, BaseBytes whole)
{
	BaseBytes oid;
	r->result.inner = cms_ber_oid(&whole, &oid) ? cms_oid_find(oid) : CMS_OID_UNKNOWN;
	return true;
}

static bool
keep_digests(CmsReader *r, BaseBytes whole)
{
	guint mask = 0;
	CmsTlv one;
	BaseBytes in;
	if (!cms_ber_only(whole, CMS_TAG_SET, &in)) {
		return false;
	}
	while (cms_ber_take(&in, CMS_TAG_SEQUENCE, &one)) {
		mask |= CMS_DIGEST_BIT(cms_alg_digest(one.whole));
	}
	r->result.digests = mask & ~CMS_DIGEST_BIT(CMS_DIGEST_UNKNOWN);
	return in.n == 0;
}

static bool (*const keepers[CMS_N_FIELDS])(CmsReader *, BaseBytes) = {
	[CMS_FIELD_TYPE] = keep_type,
	[CMS_FIELD_VERSION] = keep_version,
	[CMS_FIELD_INNER] = keep_inner,
	[CMS_FIELD_DIGESTS] = keep_digests,
};

static bool
on_collected(void *user, BaseBytes whole, GError **error)
{
	CmsReader *r = user;
	(void)error;
	CmsField which = r->current->field;
	r->current = NULL;
	if (which == CMS_FIELD_NONE) {
		return true;
	}
	if (which == CMS_FIELD_MAC) {
		r->fields[which] = cms_ber_octets(&whole, CMS_TAG_OCTET_STRING);
		return r->fields[which] != NULL;
	}
	r->fields[which] = base_bytes_dup(whole);
	return keepers[which] == NULL || keepers[which](r, whole);
}

static const CmsBerHooks ber_hooks = {on_enter, on_leave, on_collected, on_octets};

/* ---- the end ---- */

static void
take_digests(CmsReader *r)
{
	CmsReaderResult *result = &r->result;
	guint wanted = result->digests;
	result->digests = 0;
	for (guint i = CMS_DIGEST_MD5; r->hash != NULL && i < CMS_N_DIGESTS; i++) {
		if ((wanted & CMS_DIGEST_BIT(i)) != 0 &&
		    cms_hash_take(r->hash, (CmsDigest)i, result->digest[i])) {
			result->digests |= CMS_DIGEST_BIT(i);
		}
	}
}

static void
finish_signed(CmsReader *r)
{
	BaseBytes in = field(r, CMS_FIELD_INNER);
	CmsSignedParts parts = {.version = r->version,
				.has_content = r->result.has_content,
				.digest_algorithms = r->fields[CMS_FIELD_DIGESTS],
				.certificates = r->fields[CMS_FIELD_CERTIFICATES],
				.crls = r->fields[CMS_FIELD_CRLS],
				.signer_infos = r->fields[CMS_FIELD_SIGNERS]};
	take_digests(r);
	if (cms_ber_oid(&in, &parts.content_type)) {
		r->result.signed_data = cms_signed_from_parts(&parts);
	}
	r->result.malformed = r->result.signed_data == NULL;
}

static bool
finish_encrypted(CmsReader *r, GError **error)
{
	CmsReaderEncryption *e = &r->result.encryption;
	GError *failure = NULL;
	if (r->decrypt == NULL) {
		r->result.malformed = true;
		return true;
	}
	const CmsDecryptInfo *info = cms_decrypt_info(r->decrypt);
	e->cipher = cms_oid_name(info->cipher);
	e->weak = info->weak;
	if (r->result.malformed) {
		return true;
	}
	e->reason = cms_decrypt_end(r->decrypt, field(r, CMS_FIELD_MAC),
				    field(r, CMS_FIELD_AUTH_ATTRS), &failure);
	if (failure != NULL) {
		g_propagate_error(error, failure);
		return false;
	}
	e->authenticated = info->authenticated && e->reason == CMS_ENCRYPTION_OK;
	r->result.again = r->own_recall == NULL && cms_decrypt_again(r->decrypt);
	return true;
}

static bool
finish_compressed(CmsReader *r, GError **error)
{
	GError *failure = NULL;
	if (r->inflate == NULL) {
		r->result.malformed = true;
		return true;
	}
	bool ok = base_sink_finish(r->inflate, &failure);
	if (!content_result(r, ok, failure, error)) {
		r->result.malformed = true;
		return !r->relay.failed;
	}
	return true;
}

static bool
reader_finish(BaseSink *sink, GError **error)
{
	CmsReader *r = (CmsReader *)sink;
	CmsReaderResult *result = &r->result;
	result->malformed = r->status != CMS_BER_DONE && !r->stopped;
	result->too_large |= result->malformed && cms_ber_push_over_limit(r->push);
	bool ok = true;
	if (result->kind == CMS_KIND_SIGNED && !result->malformed) {
		finish_signed(r);
	} else if (result->encryption.present) {
		ok = finish_encrypted(r, error);
	} else if (result->kind == CMS_KIND_COMPRESSED && !result->malformed) {
		ok = finish_compressed(r, error);
	}
	if (result->encryption.present && result->malformed) {
		result->encryption.reason =
			result->too_large ? CMS_ENCRYPTION_TOO_LARGE : CMS_ENCRYPTION_MALFORMED;
	}
	return ok;
}

static bool
reader_write(BaseSink *sink, BaseBytes data, GError **error)
{
	CmsReader *r = (CmsReader *)sink;
	r->status = cms_ber_push(r->push, data, error);
	return r->status != CMS_BER_FAILED;
}

static const BaseSinkClass reader_class = {.write = reader_write, .finish = reader_finish};

CmsReader *
cms_reader_new(CmsRecall *recall, const CmsReaderHooks *hooks, void *user)
{
	CmsReader *r = g_new0(CmsReader, 1);
	r->sink.klass = &reader_class;
	r->relay.sink.klass = &relay_class;
	r->hooks = *hooks;
	r->user = user;
	r->own_recall = recall == NULL ? cms_recall_new() : NULL;
	r->recall = recall == NULL ? r->own_recall : recall;
	r->push = cms_ber_push_new(&ber_hooks, r, BASE_LIMIT_CMS_PART);
	r->open[0].place = CMS_PLACE_TOP;
	r->depth = 1;
	r->result.encryption.cipher = "unknown";
	r->result.encryption.reason = CMS_ENCRYPTION_NONE;
	return r;
}

void
cms_reader_free(CmsReader *r)
{
	if (r == NULL) {
		return;
	}
	for (unsigned i = 0; i < CMS_N_FIELDS; i++) {
		g_clear_pointer(&r->fields[i], g_bytes_unref);
	}
	cms_decrypt_free(r->decrypt);
	base_sink_free(r->hash);
	base_sink_free(r->inflate);
	cms_ber_push_free(r->push);
	cms_recall_free(r->own_recall);
	cms_signed_unref(r->result.signed_data);
	g_free(r);
}

BaseSink *
cms_reader_sink(CmsReader *r)
{
	return &r->sink;
}

const CmsReaderResult *
cms_reader_result(const CmsReader *r)
{
	return &r->result;
}

BaseBytes
cms_reader_digest(const CmsReaderResult *result, CmsDigest digest)
{
	bool have = (result->digests & CMS_DIGEST_BIT(digest)) != 0;
	return base_bytes(have ? result->digest[digest] : NULL, have ? cms_digest_size(digest) : 0);
}
