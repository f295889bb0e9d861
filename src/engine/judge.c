/* SPDX-License-Identifier: MPL-2.0 */
/* What the message itself says of its author: does the signature hold, does it name From. Nothing
 * of this asks the store about people, so several threads may do it at once. */
#include "engine/judge.h"

#include "base/clock.h"
#include "cert/address.h"
#include "engine/facts.h"

#define TIME_TOLERANCE \
	INT64_C(3600) /* signingTime to Date, as Thunderbird has it (mail-programs.md A2) */

void
judgement_free(Judgement *judgement)
{
	g_clear_pointer(&judgement->signer, cert_info_unref);
	g_clear_pointer(&judgement->root, cert_info_unref);
	g_clear_pointer(&judgement->signed_data, cms_signed_unref);
	g_clear_pointer(&judgement->others, g_ptr_array_unref);
	cert_path_clear(&judgement->path);
	cert_proof_clear(&judgement->proof);
	handovers_free(judgement->handovers);
	trust_alike_clear(&judgement->alike);
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

const char **
judgement_link_hosts(const Judgement *judgement)
{
	if (!judgement->direct) {
		return NULL;
	}
	const GPtrArray *links = mime_links_hosts(judgement->layers->links);
	const char **hosts = g_new0(const char *, links->len + 1);
	for (guint i = 0; i < links->len; i++) {
		hosts[i] = g_ptr_array_index(links, i);
	}
	return hosts;
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

static void
check_signature(Judgement *j)
{
	const Layer *layer = layers_signature(j->layers);
	if (layer == NULL) {
		bool errant = j->layers->errant_signed || j->layers->list_footer;
		j->reason = errant ? CMS_SIGNATURE_NOT_AT_ROOT : CMS_SIGNATURE_NONE;
		return;
	}
	j->reason = form_fault(j->layers, layer);
	/* Releasing the message reads the layers anew. */
	j->signed_data = layer->signed_data == NULL ? NULL : cms_signed_ref(layer->signed_data);
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
	g_clear_pointer(&j->signed_data, cms_signed_unref);
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

/* What was signed and by whom, not the signature: an ECDSA signature has a mirror image that holds
 * as well, and anybody can make it. */
static void
add_signed(GChecksum *sum, const Judgement *j)
{
	const CmsSignerInfo *si = j->signer_info;
	const Layer *layer = layers_signature(j->layers);
	BaseBytes content = digest_of(layer, si->digest);
	BaseBytes signer = base_bytes_of(j->signer->der);
	g_checksum_update(sum, content.p, (gssize)content.n);
	g_checksum_update(sum, si->signed_attrs.p, (gssize)si->signed_attrs.n);
	g_checksum_update(sum, signer.p, (gssize)signer.n);
}

/* The same for the same message wherever it lies: the signature, or what identifies an unsigned
 * one. */
static char *
make_message_key(const Judgement *j)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	if (j->holds) {
		add_signed(sum, j);
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

Judgement *
judge_signature(Layers *layers)
{
	Judgement *j = g_new0(Judgement, 1);
	j->layers = layers;
	j->chain = CERT_CHAIN_UNKNOWN;
	check_signature(j);
	if (was_altered(j)) {
		close_again(j);
	}
	judge_from(j);
	judge_times(j);
	j->direct = !facts_is_list_mail(layers->outer);
	j->message_key = make_message_key(j);
	return j;
}

void
judge_show_outer_from(Judgement *j)
{
	g_autofree char *outer = g_strdup(j->protection->outer_from);
	j->outer_shown = true;
	j->names_from = false;
	read_headers(j, false);
	mime_protection_show_outer_from(j->protection, j->layers->outer);
	g_free(j->from);
	j->from = outer == NULL ? NULL : cert_address_normalise(outer);
}

Judgement *
judge(Layers *layers, GError **error)
{
	g_autoptr(Judgement) j = judge_signature(layers);
	j->may_ask = true;
	return judge_sender(j, error) && judge_likeness(j, error) ? g_steal_pointer(&j) : NULL;
}
