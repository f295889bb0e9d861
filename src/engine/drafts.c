/* SPDX-License-Identifier: MPL-2.0 */
/* Drafts, sealed to their author. */
#include "engine/drafts.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/lines.h"
#include "cert/keyfile.h"
#include "cms/encrypt.h"
#include "engine/compose.h"
#include "engine/message.h"
#include "engine/readers.h"
#include "engine/stream.h"
#include "mime/keyfield.h"
#include "store/key.h"
#include <postseal/keep.h>

/* Says that it is one; as a prefix it keeps fields that header protection would leave out or write
 * anew. */
#define MARK        "Postseal-Draft"
#define MARK_PREFIX MARK "-"

static bool
is_called(const MimeField *field, const char *name)
{
	return g_ascii_strcasecmp(field->name, name) == 0;
}

static bool
begins(const MimeField *field, const char *prefix)
{
	return g_ascii_strncasecmp(field->name, prefix, strlen(prefix)) == 0;
}

static bool
is_mark(const MimeField *field, G_GNUC_UNUSED void *user)
{
	return begins(field, MARK);
}

static bool
is_kept_apart(const MimeField *field)
{
	return begins(field, "X-Postseal-") || is_called(field, "Bcc") ||
	       is_called(field, "Resent-Bcc") || is_called(field, "Content-Type");
}

static bool
stays_out(const MimeField *field, G_GNUC_UNUSED void *user)
{
	return begins(field, "X-Postseal-") || is_called(field, "Postseal-Status") ||
	       is_called(field, MIME_KEYFIELD_NAME) || is_called(field, MIME_HANDOVER_NAME) ||
	       is_mark(field, NULL);
}

static void
append_prefixed(MimeHeader *inner, const MimeField *field)
{
	g_autoptr(GByteArray) raw = g_byte_array_new();
	g_byte_array_append(raw, (const guint8 *)MARK_PREFIX, strlen(MARK_PREFIX));
	g_byte_array_append(raw, field->raw.p, (guint)field->raw.n);
	g_autoptr(MimeField) kept = mime_field_new_raw(base_bytes_of_array(raw));
	mime_header_append_field(inner, kept);
}

/* Header protection as for any sealed message, with everything else of the draft inside. */
static MimeProtected
protect_header(const MimeHeader *header)
{
	MimeProtectWish wish = {.mode = MIME_PROTECT_CIPHER, .policy = MIME_HCP_BASELINE};
	g_autoptr(MimeHeader) sent = mime_header_copy(header);
	mime_header_drop_envelope(sent);
	mime_header_remove_if(sent, stays_out, NULL);
	MimeProtected parts = mime_protect_compose(sent, &wish);
	mime_header_append(parts.inner, MARK, "1");
	for (guint i = 0; i < mime_header_length(header); i++) {
		const MimeField *field = mime_header_at(header, i);
		if (is_kept_apart(field)) {
			append_prefixed(parts.inner, field);
		}
	}
	return parts;
}

void
drafts_restore(const Judgement *j, MimeHeader *header)
{
	g_autoptr(MimeHeader) shown = mime_header_copy(header);
	mime_header_remove_if(header, is_mark, NULL);
	for (guint i = 0; j->draft && i < mime_header_length(shown); i++) {
		const MimeField *field = mime_header_at(shown, i);
		if (!begins(field, MARK_PREFIX)) {
			continue;
		}
		g_autoptr(MimeField) again = mime_field_new_raw(
			base_bytes_slice(field->raw, strlen(MARK_PREFIX), SIZE_MAX));
		if (is_called(again, "Content-Type")) {
			mime_header_remove(header, "Content-Type");
		}
		if (is_kept_apart(again)) {
			mime_header_append_field(header, again);
		}
	}
}

static bool
is_signed_by_drafts_leaf(const Judgement *j, Store *store, bool *out, GError **error)
{
	g_autoptr(StoreKey) key = NULL;
	/* The mathematics hold; it is the usage that keeps it from being a statement. */
	if (j->signer == NULL || j->reason != CMS_SIGNATURE_WRONG_USAGE) {
		return true;
	}
	if (!store_key_by_fingerprint(store, j->signer->fingerprint, &key, error)) {
		return false;
	}
	*out = key != NULL && key->role == STORE_ROLE_DRAFTS &&
	       core_is_within(j->layers->engine, key->address);
	return true;
}

bool
drafts_recognise(Judgement *j, Store *store, GError **error)
{
	const Layer *layer = layers_encryption(j->layers);
	const MimeHeader *payload = j->layers->payload;
	if (layer == NULL || !layer_is_open(layer) || !layer->encryption.authenticated ||
	    payload == NULL || mime_header_count(payload, MARK) != 1) {
		return true;
	}
	if (layers_signature(j->layers) != NULL) {
		return is_signed_by_drafts_leaf(j, store, &j->draft, error);
	}
	const OwnAccount *own =
		j->from == NULL ? NULL : core_account_if_any(j->layers->engine, j->from);
	j->draft = own != NULL && own->identity->root_key == NULL;
	return true;
}

/* The current drafts leaf, if the root that the account has now made it. */
static bool
find_leaf(Store *store, const CertIdentity *identity, StoreKey **out, GError **error)
{
	g_autoptr(StoreKey) key = NULL;
	if (!store_key_current(store, identity->address, STORE_ROLE_DRAFTS, &key, error)) {
		return false;
	}
	bool usable = key != NULL && !key->compromised &&
		      g_strcmp0(key->root_fingerprint, identity->root->fingerprint) == 0;
	*out = usable ? g_steal_pointer(&key) : NULL;
	return true;
}

static bool
make_leaf(PsEngine *engine, Store *store, const CertIdentity *identity, GError **error)
{
	g_autoptr(CertInfo) leaf = NULL;
	EVP_PKEY *key = NULL;
	int64_t now = core_now(engine);
	if (!cert_identity_drafts(identity, now, &leaf, &key, error)) {
		return false;
	}
	g_autoptr(GBytes) der = cert_key_to_der(key, error);
	EVP_PKEY_free(key);
	g_autoptr(GBytes) issuer = base_bytes_dup(leaf->issuer_name);
	g_autoptr(GBytes) serial = base_bytes_dup(leaf->serial);
	StoreKey row = {
		.address = identity->address,
		.role = STORE_ROLE_DRAFTS,
		.certificate = leaf->der,
		.private_key = der,
		.issuer = issuer,
		.serial = serial,
		.fingerprint = leaf->fingerprint,
		.root_fingerprint = identity->root->fingerprint,
		.not_before = leaf->not_before,
		.not_after = leaf->not_after,
		.current = true,
		.origin = STORE_ORIGIN_GENERATED,
		.created = now,
	};
	const StoreKey *const rows[] = {&row};
	return der != NULL && store_key_add(store, rows, 1, error);
}

/* Made on demand; two processes agree on one. */
static bool
ensure_leaf(PsEngine *engine, const CertIdentity *identity, StoreKey **out, GError **error)
{
	Store *store = core_store(engine, error);
	if (store == NULL || !find_leaf(store, identity, out, error) || *out != NULL) {
		return store != NULL && *out != NULL;
	}
	store = core_store_write(engine, error);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, error);
	return tx != NULL && find_leaf(store, identity, out, error) &&
	       (*out != NULL || (make_leaf(engine, store, identity, error) &&
				 find_leaf(store, identity, out, error))) &&
	       *out != NULL && store_commit(tx, error);
}

/* NULL in *@signer for an account without a root of its own. */
static bool
drafts_signer(PsEngine *engine, const OwnAccount *own, CmsSigner **signer, GError **error)
{
	g_autoptr(StoreKey) leaf = NULL;
	if (own->identity->root_key == NULL) {
		return true;
	}
	if (!ensure_leaf(engine, own->identity, &leaf, error)) {
		return false;
	}
	EVP_PKEY *key = cert_key_from_der(base_bytes_of(leaf->private_key), error);
	*signer = key == NULL ? NULL : cms_signer_new(key, leaf->certificate, NULL, NULL, error);
	EVP_PKEY_free(key);
	return *signer != NULL;
}

/* One draft being sealed. */
typedef struct {
	BaseSource *source;
	uint64_t body;
	MimeProtected parts;
	CmsSigner *signer; /* NULL: not signed */
	int64_t now;
} Sealing;

static void
sealing_clear(Sealing *sealing)
{
	mime_protected_clear(&sealing->parts);
	g_clear_pointer(&sealing->signer, cms_signer_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sealing, sealing_clear)

/* The draft itself: its body is not made 7-bit, since it has to come back as it was. */
static bool
write_payload(const Sealing *s, BaseSink *out, GError **error)
{
	g_autoptr(GByteArray) header = g_byte_array_new();
	mime_header_write(s->parts.inner, true, header);
	g_autoptr(BaseSink) lines = base_lines_new_crlf(out);
	return base_sink_write(lines, base_bytes_of_array(header), error) &&
	       base_source_copy(s->source, s->body, UINT64_MAX, lines, error) &&
	       base_sink_finish(lines, error);
}

static bool
write_signed(const Sealing *s, BaseSink *out, GError **error)
{
	if (s->signer == NULL) {
		return write_payload(s, out, error);
	}
	if (!base_sink_write_str(out, COMPOSE_SIGNED_HEADER, error)) {
		return false;
	}
	g_autoptr(BaseSink) encoder = base64_new_encoder(out, true);
	g_autoptr(BaseSink) opaque = cms_signer_new_opaque(s->signer, encoder, s->now, -1, error);
	return opaque != NULL && write_payload(s, opaque, error) &&
	       base_sink_finish(opaque, error) && base_sink_finish(encoder, error);
}

static bool
write_sealed(const Sealing *s, GPtrArray *recipients, BaseSink *out, GError **error)
{
	CmsEncryptOptions options = {.cipher = CMS_CIPHER_AES_256_GCM};
	g_autoptr(GByteArray) outer = g_byte_array_new();
	mime_header_write_fields(s->parts.outer, true, outer);
	g_autofree char *head = g_strdup_printf(COMPOSE_ENVELOPE_HEADER, "authEnveloped-data");
	g_autoptr(BaseSink) encoder = base64_new_encoder(out, true);
	g_autoptr(BaseSink) cipher = cms_encrypt_new(encoder, recipients, &options, -1, error);
	return cipher != NULL && base_sink_write(out, base_bytes_of_array(outer), error) &&
	       base_sink_write_str(out, head, error) && write_signed(s, cipher, error) &&
	       base_sink_finish(cipher, error) && base_sink_finish(encoder, error);
}

static GPtrArray *
only_myself(const OwnAccount *own, GError **error)
{
	PolicyRecipient facts = readers_own_facts(own);
	bool oaep = facts.oaep && facts.key == POLICY_KEY_RSA;
	CmsRecipient *recipient =
		cms_recipient_new(base_bytes_of(own->identity->encrypt->der),
				  oaep ? CMS_KEY_TRANSPORT_OAEP : CMS_KEY_TRANSPORT_DEFAULT, error);
	if (recipient == NULL) {
		return NULL;
	}
	GPtrArray *recipients = g_ptr_array_new_with_free_func((GDestroyNotify)cms_recipient_unref);
	g_ptr_array_add(recipients, recipient);
	return recipients;
}

gboolean
ps_engine_seal_draft(PsEngine *engine, const char *account, PsMessage *message,
		     GOutputStream *stream, GError **error)
{
	g_autofree char *address = core_normalise(account, error);
	OwnAccount *own = address == NULL ? NULL : core_account(engine, address, error);
	g_autoptr(MimeHeader) header = NULL;
	g_auto(Sealing) sealing = {.source = message_source(message), .now = core_now(engine)};
	if (own == NULL || !message_read_header(sealing.source, &header, &sealing.body, error) ||
	    !drafts_signer(engine, own, &sealing.signer, error)) {
		return FALSE;
	}
	sealing.parts = protect_header(header);
	g_autoptr(GPtrArray) recipients = only_myself(own, error);
	g_autoptr(BaseSink) out = stream_sink_new(stream);
	g_autoptr(BaseSink) lines =
		mime_header_is_crlf(header) ? base_lines_new_crlf(out) : base_lines_new_lf(out);
	return recipients != NULL && write_sealed(&sealing, recipients, lines, error) &&
	       base_sink_finish(lines, error) && base_sink_finish(out, error);
}
