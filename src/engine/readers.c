/* SPDX-License-Identifier: MPL-2.0 */
/* The people a message goes to. */
#include "engine/readers.h"

#include "cms/caps.h"
#include "engine/advice.h"
#include "engine/anchors.h"
#include "engine/facts.h"
#include "engine/likeness.h"
#include "policy/program.h"

void
reader_free(Reader *reader)
{
	g_clear_pointer(&reader->known, trust_recipient_free);
	g_clear_pointer(&reader->leaf, g_bytes_unref);
	g_clear_pointer(&reader->root, g_bytes_unref);
	g_free(reader->alike);
	g_free(reader->how_to);
	g_free(reader);
}

static PolicyKey
policy_key(CertKeyKind kind)
{
	if (kind == CERT_KEY_X25519) {
		return POLICY_KEY_X25519;
	}
	return kind == CERT_KEY_RSA ? POLICY_KEY_RSA : POLICY_KEY_EC;
}

static PolicyRecipient
recipient_facts(const CertInfo *leaf, guint caps)
{
	return (PolicyRecipient){
		.key = policy_key(leaf->key_kind),
		.gcm = (caps & CMS_CAP_AES256_GCM) != 0,
		.oaep = (caps & CMS_CAP_RSA_OAEP) != 0,
		.ecdh = (caps & (CMS_CAP_ECDH_SHA256 | CMS_CAP_X25519)) != 0,
		.cek_hkdf = (caps & CMS_CAP_CEK_HKDF) != 0,
	};
}

PolicyRecipient
readers_own_facts(const OwnAccount *own)
{
	g_autoptr(GBytes) caps = core_capabilities(own);
	return recipient_facts(own->identity->encrypt, cms_caps_parse(base_bytes_of(caps)));
}

static void
set_only_reason(TrustRecipient *known, const char *reason)
{
	g_ptr_array_set_size(known->reasons, 0);
	g_ptr_array_add(known->reasons, (gpointer)(guintptr)reason); /* static */
}

/* An own account as a recipient: its key is known without being learned. */
static void
fill_own(Reader *reader, const OwnAccount *own)
{
	const CertIdentity *identity = own->identity;
	reader->leaf = g_bytes_ref(identity->encrypt->der);
	reader->root = identity->root == NULL ? NULL : g_bytes_ref(identity->root->der);
	reader->recipient = readers_own_facts(own);
	reader->reader.runs_postseal = true;
	reader->known->state = TRUST_READY;
	set_only_reason(reader->known, "own");
	g_free(reader->known->fingerprint);
	reader->known->fingerprint = g_strdup(own_account_root(own));
}

/* The authority that vouched may not be trusted any more, or have taken the certificate back since.
 */
void
readers_ask_authority(PsEngine *engine, TrustRecipient *known)
{
	g_auto(CertPath) path = {0};
	g_autoptr(CertInfo) leaf =
		known->state == TRUST_READY && known->kind == STORE_KIND_CA && known->leaf != NULL
			? cert_info_new_bytes(known->leaf, NULL)
			: NULL;
	AnchorsQuestion question = {.leaf = leaf, .others = known->chain, .at = core_now(engine)};
	if (leaf == NULL) {
		return;
	}
	bool vouched = anchors_check(core_anchors(engine), &question, &path);
	if (vouched && path.chain == CERT_CHAIN_REVOKED) {
		known->state = TRUST_NONE;
		set_only_reason(known, "revoked");
	} else if (!vouched && strcmp(g_ptr_array_index(known->reasons, 0), "ca") == 0) {
		g_ptr_array_index(known->reasons, 0) = (gpointer)(guintptr) "first-contact";
	}
}

static void
fill_peer(Reader *reader)
{
	const TrustRecipient *known = reader->known;
	reader->reader.sealed_to_us = known->has_sealed_to_us;
	reader->reader.runs_postseal = known->runs_postseal;
	reader->reader.quiet_program = policy_program_is_quiet(known->program, known->version);
	g_autoptr(CertInfo) leaf = known->state == TRUST_READY && known->leaf != NULL
					   ? cert_info_new_bytes(known->leaf, NULL)
					   : NULL;
	if (leaf != NULL) {
		reader->leaf = g_bytes_ref(known->leaf);
		reader->root = known->root == NULL ? NULL : g_bytes_ref(known->root);
		reader->recipient = recipient_facts(leaf, known->caps);
	}
}

Reader *
reader_new(PsEngine *engine, const char *address, const OwnAccount *own, const char *thread,
	   const char *program, GError **error)
{
	Store *store = core_store(engine, error);
	TrustQuestion question = {
		.now = core_now(engine), .thread = thread, .own_root = own_account_root(own)};
	TrustRecipient *known =
		store == NULL ? NULL : trust_recipient(store, address, &question, error);
	if (known == NULL) {
		return NULL;
	}
	Reader *reader = g_new0(Reader, 1);
	reader->address = known->address;
	reader->known = known;
	OwnAccount *itself = core_account_of_home(engine, address, NULL);
	if (itself != NULL) {
		fill_own(reader, itself);
	} else {
		readers_ask_authority(engine, reader->known);
		reader->alike = likeness_of_recipient(engine, reader->known);
		fill_peer(reader);
	}
	reader->reader.automatic = policy_address_is_automatic(address);
	reader->reader.list = policy_address_is_list(address);
	reader->how_to =
		core_howto(engine, program, known->program, trust_state_name(known->state));
	return reader;
}

static bool
add_readers(GPtrArray *readers, PsEngine *engine, const GPtrArray *addresses, const Draft *draft,
	    const OwnAccount *own, GError **error)
{
	g_autoptr(GPtrArray) answered = facts_answered(draft->header);
	const char *thread =
		answered->len == 0 ? NULL : g_ptr_array_index(answered, answered->len - 1);
	for (guint i = 0; i < addresses->len; i++) {
		Reader *reader = reader_new(engine, g_ptr_array_index(addresses, i), own, thread,
					    draft->program, error);
		if (reader == NULL) {
			return false;
		}
		g_ptr_array_add(readers, reader);
	}
	return true;
}

GPtrArray *
readers_of(PsEngine *engine, const Draft *draft, const OwnAccount *own, GError **error)
{
	g_autoptr(GPtrArray) readers = g_ptr_array_new_with_free_func((GDestroyNotify)reader_free);
	if (!add_readers(readers, engine, draft->named, draft, own, error) ||
	    !add_readers(readers, engine, draft->hidden, draft, own, error)) {
		return NULL;
	}
	for (guint i = draft->named->len; i < readers->len; i++) {
		Reader *reader = g_ptr_array_index(readers, i);
		reader->hidden = true;
		reader->recipient.bcc = true;
	}
	return g_steal_pointer(&readers);
}

char **
reader_reasons(const TrustRecipient *known)
{
	char **reasons = g_new0(char *, known->reasons->len + 1);
	for (guint i = 0; i < known->reasons->len; i++) {
		reasons[i] = g_strdup(g_ptr_array_index(known->reasons, i));
	}
	return reasons;
}

PsRecipient *
reader_public(const Reader *reader)
{
	PsRecipient *recipient = g_new0(PsRecipient, 1);
	recipient->address = g_strdup(reader->address);
	recipient->state = (PsRecipientState)reader->known->state;
	recipient->reasons = reader_reasons(reader->known);
	recipient->fingerprint = g_strdup(reader->known->fingerprint);
	recipient->program = g_strdup(reader->known->program);
	recipient->sentence = advice_sentence(reader->known, reader->alike);
	recipient->looks_like = g_strdup(reader->alike);
	recipient->how_to = g_strdup(reader->how_to);
	return recipient;
}

G_STATIC_ASSERT((int)PS_RECIPIENT_STATE_REFUSED == (int)TRUST_REFUSED);

char *
readers_refusal(const GPtrArray *readers)
{
	const Reader *first = NULL;
	guint more = 0;
	for (guint i = 0; i < readers->len; i++) {
		const Reader *reader = g_ptr_array_index(readers, i);
		if (reader->leaf == NULL) {
			more += first != NULL;
			first = first == NULL ? reader : first;
		}
	}
	if (first == NULL) {
		return NULL;
	}
	g_autofree char *others =
		more == 0 ? g_strdup("") : g_strdup_printf(" (and %u more)", more);
	return g_strdup_printf("%s%s %s; nothing was sent: %s", first->address, others,
			       advice_phrase(first->known->state), first->how_to);
}
