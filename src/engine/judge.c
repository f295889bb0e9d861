/* SPDX-License-Identifier: MPL-2.0 */
/* From the layers of a message to the facts about its sender. */
#include "engine/judge.h"

#include "base/clock.h"
#include "base/error.h"
#include "cert/address.h"
#include "cert/crl.h"
#include "engine/facts.h"

#define TIME_TOLERANCE \
	INT64_C(3600) /* signingTime to Date, as Thunderbird has it (mail-programs.md A2) */

void
judgement_free(Judgement *judgement)
{
	g_clear_pointer(&judgement->signer, cert_info_unref);
	g_clear_pointer(&judgement->root, cert_info_unref);
	g_clear_pointer(&judgement->others, g_ptr_array_unref);
	g_clear_pointer(&judgement->protection, mime_protection_free);
	g_free(judgement->from);
	g_free(judgement->message_key);
	g_free(judgement);
}

const char *
judgement_identity(const Judgement *judgement)
{
	if (judgement->signer == NULL) {
		return NULL;
	}
	return judgement->root != NULL ? judgement->root->fingerprint
				       : judgement->signer->fingerprint;
}

static BaseBytes
digest_of(const Layer *layer, CmsDigest digest)
{
	if ((layer->digests & CMS_DIGEST_BIT(digest)) == 0) {
		return base_bytes(NULL, 0);
	}
	return base_bytes(layer->digest[digest], cms_digest_size(digest));
}

/* A layer around the signed one that has more in it than that: other programs would show the rest,
 * too. */
static bool
is_wrapped_in_more(const Layers *layers, const Layer *signature)
{
	for (guint i = 0; g_ptr_array_index(layers->layers, i) != signature; i++) {
		const Layer *outer = g_ptr_array_index(layers->layers, i);
		if (outer->malformed || outer->several_parts) {
			return true;
		}
	}
	return false;
}

/* What is wrong with the way the signature is wrapped, before any mathematics. */
static CmsSignatureReason
form_fault(const Layers *layers, const Layer *layer)
{
	if (layer->malformed || layer->several_parts || layer->signed_data == NULL) {
		return CMS_SIGNATURE_MALFORMED;
	}
	if (layer->form != LAYER_FORM_OPAQUE && layer->signed_data->has_content) {
		return CMS_SIGNATURE_CONTENT_CONFLICT;
	}
	if (layer->form == LAYER_FORM_OPAQUE && !layer->signed_data->has_content) {
		/* certs-only, or a detached signature without its content */
		return layer->signed_data->n_signers == 0 ? CMS_SIGNATURE_NONE
							  : CMS_SIGNATURE_MALFORMED;
	}
	/* Anybody can sign the ciphertext of somebody else. */
	bool at_root = layers_signed_inside(layers) && !is_wrapped_in_more(layers, layer);
	return at_root ? CMS_SIGNATURE_OK : CMS_SIGNATURE_NOT_AT_ROOT;
}

static void
collect_others(Judgement *j)
{
	j->others = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	for (guint i = 0; i < j->signed_data->n_certs; i++) {
		BaseBytes der = j->signed_data->certs[i];
		if (j->signer == NULL || !base_bytes_equal(der, base_bytes_of(j->signer->der))) {
			g_ptr_array_add(j->others, base_bytes_dup(der));
		}
	}
}

/* By a CRL of its root in this message, or in an earlier one. */
static bool
is_revoked(const Judgement *j, int64_t at)
{
	if (j->root == NULL) {
		return false;
	}
	for (guint i = 0; i < j->signed_data->n_crls; i++) {
		if (cert_crl_revokes(j->signed_data->crls[i], j->root, j->signer, at) ==
		    CERT_CRL_REVOKED) {
			return true;
		}
	}
	g_autoptr(GPtrArray) known = core_crls(j->layers->engine, j->root->fingerprint);
	return known != NULL && cert_crl_revokes(base_bytes_of(g_ptr_array_index(known, 0)),
						 j->root, j->signer, at) == CERT_CRL_REVOKED;
}

static CertChain
lifetime(const CertInfo *info, int64_t at)
{
	if (at < info->not_before) {
		return CERT_CHAIN_NOT_YET_VALID;
	}
	return at > info->not_after ? CERT_CHAIN_EXPIRED : CERT_CHAIN_UNTRUSTED;
}

/* A root that was left out on the way is the one known from earlier messages of this address. */
static CertInfo *
known_root(const Judgement *j)
{
	Store *store = core_store(j->layers->engine, NULL);
	g_autoptr(GPtrArray) identities =
		store == NULL || j->from == NULL ? NULL : store_identity_list(store, j->from, NULL);
	for (guint i = 0; identities != NULL && i < identities->len; i++) {
		const StoreIdentity *identity = g_ptr_array_index(identities, i);
		g_autoptr(GBytes) der = NULL;
		if (identity->kind != STORE_KIND_PERSONAL ||
		    !store_certificate_get(store, identity->root_fingerprint, &der, NULL) ||
		    der == NULL) {
			continue;
		}
		g_autoptr(CertInfo) root = cert_info_new_bytes(der, NULL);
		if (root != NULL && cert_info_issued_by(j->signer, root)) {
			return g_steal_pointer(&root);
		}
	}
	return NULL;
}

/* The identity behind the certificate: a personal root, the certificate itself, or somebody's CA.
 */
static void
find_identity(Judgement *j, int64_t at)
{
	if (cert_info_self_signed(j->signer)) {
		j->kind = STORE_KIND_SELF_SIGNED;
		j->chain = cert_personal_check(j->signer, j->signer, at);
	} else {
		j->root = cert_personal_root(j->signer, j->others);
		if (j->root == NULL) {
			j->root = known_root(j);
		}
		j->kind = j->root != NULL ? STORE_KIND_PERSONAL : STORE_KIND_PRIVATE_CA;
		j->chain = j->root != NULL ? cert_personal_check(j->signer, j->root, at)
					   : lifetime(j->signer, at);
	}
	if (j->chain == CERT_CHAIN_PINNED) {
		j->chain = CERT_CHAIN_UNTRUSTED; /* until the history says that the pin binds */
	}
	if (is_revoked(j, at)) {
		j->chain = CERT_CHAIN_REVOKED;
	}
}

static void
judge_signature(Judgement *j)
{
	const Layer *layer = layers_signature(j->layers);
	if (layer == NULL) {
		bool errant = j->layers->errant_signed || j->layers->list_footer;
		j->reason = errant ? CMS_SIGNATURE_NOT_AT_ROOT : CMS_SIGNATURE_NONE;
		return;
	}
	j->reason = form_fault(j->layers, layer);
	j->signed_data = layer->signed_data;
	if (j->signed_data == NULL || j->signed_data->n_signers == 0) {
		j->reason = j->reason == CMS_SIGNATURE_OK ? CMS_SIGNATURE_NONE : j->reason;
		return;
	}
	j->signer_info = &j->signed_data->signers[0];
	g_autoptr(GBytes) certificate = NULL;
	if (j->reason == CMS_SIGNATURE_OK) {
		j->reason = cms_verify(j->signed_data, j->signer_info,
				       digest_of(layer, j->signer_info->digest),
				       core_key_cache(j->layers->engine), &certificate);
	}
	j->signer = certificate == NULL ? NULL : cert_info_new_bytes(certificate, NULL);
	collect_others(j);
	if (j->signer == NULL) {
		j->reason = j->reason == CMS_SIGNATURE_OK ? CMS_SIGNATURE_NO_SIGNER_CERTIFICATE
							  : j->reason;
		return;
	}
	if (j->reason == CMS_SIGNATURE_OK && j->signed_data->content_oid != CMS_OID_DATA) {
		j->reason = CMS_SIGNATURE_MALFORMED; /* a signed receipt is no signed message */
	}
	if (j->reason == CMS_SIGNATURE_OK &&
	    (!j->signer->may_sign_mail || j->signer->unknown_critical)) {
		j->reason = CMS_SIGNATURE_WRONG_USAGE;
	}
	j->holds = j->reason == CMS_SIGNATURE_OK;
}

/* RFC 2046 and later registrations: what a payload that nobody altered begins with. */
static const char *const MEDIA_TYPES[] = {"text",  "multipart", "message", "application", "image",
					  "audio", "video",     "font",    "model"};

static bool
looks_like_an_entity(const MimeHeader *payload)
{
	g_autoptr(MimeContentType) type = mime_content_type_of(payload, NULL);
	for (guint i = 0; i < mime_header_length(payload); i++) {
		if (mime_header_at(payload, i)->name[0] == '\0') {
			return false;
		}
	}
	if (mime_header_count(payload, "Content-Type") == 0) {
		/* Legal, if rare: then it begins like a message, and is text. */
		const char *first =
			mime_header_length(payload) == 0 ? "" : mime_header_at(payload, 0)->name;
		return mime_field_is_structural(first) || mime_field_is_user_facing(first);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(MEDIA_TYPES); i++) {
		if (strcmp(type->type, MEDIA_TYPES[i]) == 0) {
			return !type->defaulted && mime_header_count(payload, "Content-Type") == 1;
		}
	}
	return false;
}

/*
 * CBC notices nothing by itself: only a signature inside, or at least a payload that begins as mail
 * programs begin one, tells that it came as it was sent. What fails here was altered, so nothing of
 * it is shown.
 */
static bool
was_altered(const Judgement *j)
{
	const Layers *layers = j->layers;
	const Layer *layer = layers_encryption(layers);
	if (layer == NULL || !layer_is_open(layer) || layer->encryption.authenticated || j->holds) {
		return false;
	}
	const Layer *innermost = g_ptr_array_index(layers->layers, layers->layers->len - 1);
	if (innermost != layer) {
		return innermost->malformed || j->reason == CMS_SIGNATURE_BAD ||
		       j->reason == CMS_SIGNATURE_MALFORMED ||
		       j->reason == CMS_SIGNATURE_DIGEST_MISMATCH;
	}
	return layers->payload == NULL || !looks_like_an_entity(layers->payload);
}

static void
close_again(Judgement *j)
{
	j->signed_data = NULL;
	j->signer_info = NULL;
	j->reason = CMS_SIGNATURE_NONE;
	j->chain = CERT_CHAIN_UNKNOWN;
	g_clear_pointer(&j->signer, cert_info_unref);
	g_clear_pointer(&j->root, cert_info_unref);
	layers_close(j->layers);
}

/* The header of the payload, or of the message where there are no layers. */
static void
read_headers(Judgement *j, bool names_from)
{
	const Layers *layers = j->layers;
	const Layer *encryption = layers_encryption(layers);
	MimeProtectFacts facts = {
		.is_signed = layers_signature(layers) != NULL,
		.encrypted = encryption != NULL && layer_is_open(encryption),
		.signature_valid = j->holds && names_from,
	};
	g_clear_pointer(&j->protection, mime_protection_free);
	const MimeHeader *payload = layers->payload != NULL && layers->layers->len > 0
					    ? layers->payload
					    : layers->outer;
	bool has_layers = layers->layers->len > 0 && layers->payload != NULL;
	j->protection = mime_protection_read(payload, layers->outer,
					     has_layers ? layers->embedded : NULL, facts);
}

static void
judge_from(Judgement *j)
{
	/* Which From is the protected one does not depend on what the signature is worth. */
	read_headers(j, true);
	g_auto(MimeFrom) from = mime_from_read(j->protection->display);
	j->from = from.state == MIME_FROM_OK ? cert_address_normalise(from.mailbox->address) : NULL;
	j->names_from = j->signer != NULL && j->from != NULL && cert_info_names(j->signer, j->from);
	if (j->signer != NULL) {
		find_identity(j, core_now(j->layers->engine));
	}
	if (!j->holds || !j->names_from) {
		read_headers(j, false);
	}
}

static void
judge_times(Judgement *j)
{
	const char *date = mime_header_value(j->protection->display, "Date");
	if (date == NULL || !base_clock_parse_mail(base_bytes_str(date), &j->date)) {
		j->date = INT64_MIN;
	}
	j->received = facts_received(j->layers->outer, core_now(j->layers->engine));
	if (!j->holds || j->date == INT64_MIN) {
		return;
	}
	int64_t signing_time = j->signer_info->attrs.signing_time;
	if (signing_time != INT64_MIN && ABS(signing_time - j->date) > TIME_TOLERANCE) {
		j->reason = CMS_SIGNATURE_SIGNING_TIME_MISMATCH;
		j->holds = false;
		read_headers(j, false);
	}
}

/* The same for the same message wherever it lies: the signature, or what identifies an unsigned
 * one. */
static char *
make_message_key(const Judgement *j)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	if (j->holds) {
		g_checksum_update(sum, j->signer_info->signature.p,
				  (gssize)j->signer_info->signature.n);
		return g_strdup(g_checksum_get_string(sum));
	}
	static const char *const FIELDS[] = {"Message-ID", "Date", "From", "Subject"};
	for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
		const char *value = mime_header_value(j->layers->outer, FIELDS[i]);
		if (value != NULL) {
			g_checksum_update(sum, (const guchar *)value, -1);
		}
		g_checksum_update(sum, (const guchar *)"", 1);
	}
	return g_strdup(g_checksum_get_string(sum));
}

static bool
read_history(Judgement *j, GError **error)
{
	Store *store = core_store(j->layers->engine, error);
	TrustMessage message = {
		.address = j->from,
		.root_fingerprint = j->holds && j->names_from ? judgement_identity(j) : NULL,
		.message_key = j->message_key,
		.received = j->received,
	};
	if (store == NULL ||
	    (j->from != NULL && !trust_history(store, &message, &j->history, error))) {
		return false;
	}
	if (j->history.binds && j->history.state == TRUST_HISTORY_SAME &&
	    j->chain == CERT_CHAIN_UNTRUSTED) {
		j->chain = CERT_CHAIN_PINNED;
	}
	return true;
}

/*
 * RFC 9788 section 4.4.3: an inner From that differs from the outer one, which carriers looked at,
 * counts only if something binds the key to it. Otherwise the outer one is shown, and the signature
 * is that of somebody else.
 */
static bool
distrust_inner_from(Judgement *j, GError **error)
{
	bool bound = j->holds && j->names_from &&
		     (j->chain == CERT_CHAIN_TRUSTED || j->chain == CERT_CHAIN_PINNED);
	if (!j->protection->from_mismatch || bound) {
		return true;
	}
	g_autofree char *outer = g_strdup(j->protection->outer_from);
	j->names_from = false;
	read_headers(j, false);
	mime_protection_show_outer_from(j->protection, j->layers->outer);
	g_free(j->from);
	j->from = outer == NULL ? NULL : cert_address_normalise(outer);
	j->history = (TrustHistory){0};
	return read_history(j, error);
}

Judgement *
judge(Layers *layers, GError **error)
{
	g_autoptr(Judgement) j = g_new0(Judgement, 1);
	j->layers = layers;
	j->chain = CERT_CHAIN_UNKNOWN;
	judge_signature(j);
	if (was_altered(j)) {
		close_again(j);
	}
	judge_from(j);
	judge_times(j);
	j->direct = !facts_is_list_mail(layers->outer);
	j->message_key = make_message_key(j);
	return read_history(j, error) && distrust_inner_from(j, error) ? g_steal_pointer(&j) : NULL;
}
