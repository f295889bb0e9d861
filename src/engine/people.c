/* SPDX-License-Identifier: MPL-2.0 */
/* Correspondents: can mail to them be sealed, what is known of them, what the person decided. */
#include "engine/advice.h"
#include "engine/core.h"
#include "engine/data.h"
#include "engine/facts.h"
#include "engine/json.h"
#include "engine/message.h"
#include "engine/readers.h"
#include "enums.h"

#include "base/error.h"
#include "cert/proof.h"
#include "policy/howto.h"
#include "policy/program.h"
#include "store/peer.h"
#include "store/setting.h"
#include "store/sighting.h"
#include "trust/decide.h"

/* The account that would send: the one named, else the only one. */
static bool
find_sender(PsEngine *engine, const char *from, OwnAccount **own, GError **error)
{
	g_autofree char *normal = from == NULL ? NULL : core_normalise(from, error);
	if (from != NULL && normal == NULL) {
		return false;
	}
	if (normal != NULL) {
		*own = core_account_if_any(engine, normal);
		return true;
	}
	g_autoptr(GPtrArray) accounts = core_accounts(engine, error);
	if (accounts == NULL) {
		return false;
	}
	const StoreAccount *first = accounts->len == 0 ? NULL : g_ptr_array_index(accounts, 0);
	*own = first == NULL ? NULL : core_account_if_any(engine, first->address);
	return true;
}

static const char *
own_state(const OwnAccount *own)
{
	if (own == NULL) {
		return "none";
	}
	return store_account_state_name(own->account->state);
}

/* The page for the first recipient that is not ready, else for a ready one. */
static char *
page_for_all(PsEngine *engine, const GPtrArray *recipients)
{
	for (guint i = 0; i < recipients->len; i++) {
		const PsRecipient *recipient = g_ptr_array_index(recipients, i);
		if (recipient->state != PS_RECIPIENT_STATE_READY) {
			return g_strdup(recipient->how_to);
		}
	}
	return core_howto(engine, NULL, NULL, "ready");
}

PsSealCheck *
ps_engine_can_seal(PsEngine *engine, const char *from, const char *const *addresses, GError **error)
{
	OwnAccount *own = NULL;
	if (!find_sender(engine, from, &own, error)) {
		return NULL;
	}
	g_autoptr(PsSealCheck) check = g_new0(PsSealCheck, 1);
	check->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)ps_recipient_free);
	check->own = own_state(own);
	check->ready = own != NULL && own->account->state == STORE_ACCOUNT_READY;
	for (size_t i = 0; addresses[i] != NULL; i++) {
		g_autofree char *address = core_normalise(addresses[i], error);
		Reader *reader = address == NULL
					 ? NULL
					 : reader_new(engine, address, own, NULL, NULL, error);
		if (reader == NULL) {
			return NULL;
		}
		check->ready = check->ready && reader->leaf != NULL;
		g_ptr_array_add(check->recipients, reader_public(reader));
		reader_free(reader);
	}
	check->how_to = page_for_all(engine, check->recipients);
	return g_steal_pointer(&check);
}

/* NULL-terminated; (transfer full) */
static char **
programs_of(Store *store, const StoreIdentity *row, GError **error)
{
	g_autoptr(GPtrArray) counts = store_sighting_programs(store, row->id, error);
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();
	for (guint i = 0; counts != NULL && i < counts->len; i++) {
		const StoreProgramCount *count = g_ptr_array_index(counts, i);
		if (count->program != NULL) {
			g_strv_builder_add(names, count->program);
		}
	}
	return counts == NULL ? NULL : g_strv_builder_end(names);
}

static PsIdentity *
public_identity(Store *store, const StoreIdentity *row, GError **error)
{
	g_auto(GStrv) programs = programs_of(store, row, error);
	if (programs == NULL) {
		return NULL;
	}
	g_autofree char *organization =
		row->organization == NULL ? NULL : cert_proof_key_name(row->organization);
	PsIdentity identity = {
		.root_fingerprint = row->root_fingerprint,
		.leaf_fingerprint = row->leaf_fingerprint,
		.kind = store_kind_name(row->kind),
		.how = store_how_name(row->how),
		.first_seen = row->first_seen,
		.last_seen = row->last_seen,
		.messages = (guint)row->messages,
		.days = (guint)row->days,
		.pinned = row->pinned,
		.verified = row->verified,
		.accepted = row->accepted,
		.refused = row->refused,
		.direct_messages = (guint)row->direct_messages,
		.organization = organization,
		.programs = programs,
	};
	return data_identity_copy(&identity);
}

typedef struct {
	PsEngine *engine;
	Store *store;
	GPtrArray *peers;
} PeerList;

static bool
add_peer(const StorePeer *row, gpointer user, GError **error)
{
	PeerList *list = user;
	TrustQuestion question = {.now = core_now(list->engine)};
	g_autoptr(TrustRecipient) recipient =
		trust_recipient(list->store, row->address, &question, error);
	g_autoptr(GPtrArray) rows =
		recipient == NULL ? NULL : store_identity_list(list->store, row->address, error);
	if (rows == NULL) {
		return false;
	}
	readers_ask_authority(list->engine, recipient);
	g_autoptr(PsPeer) peer = g_new0(PsPeer, 1);
	peer->address = g_strdup(row->address);
	peer->state = (PsRecipientState)recipient->state;
	peer->reasons = reader_reasons(recipient);
	peer->sentence = advice_sentence(recipient, NULL);
	peer->program = g_strdup(row->program);
	peer->signed_count = (guint)row->n_signed;
	peer->unsigned_count = (guint)row->n_unsigned;
	peer->identities = g_ptr_array_new_with_free_func((GDestroyNotify)data_identity_free);
	for (guint i = 0; i < rows->len; i++) {
		PsIdentity *identity =
			public_identity(list->store, g_ptr_array_index(rows, i), error);
		if (identity == NULL) {
			return false;
		}
		g_ptr_array_add(peer->identities, identity);
	}
	g_ptr_array_add(list->peers, g_steal_pointer(&peer));
	return true;
}

static bool
add_one_peer(PeerList *list, const char *address, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	g_autoptr(StorePeer) row = NULL;
	if (normal == NULL || !store_peer_get(list->store, normal, &row, error)) {
		return false;
	}
	return row != NULL
		       ? add_peer(row, list, error)
		       : base_fail(
				 error, PS_ERROR_UNAVAILABLE,
				 "nothing is known of %s; `postseal learn` reads what your mail tells",
				 normal);
}

GPtrArray *
ps_engine_list_peers(PsEngine *engine, const char *address, GError **error)
{
	g_autoptr(GPtrArray) peers = g_ptr_array_new_with_free_func((GDestroyNotify)ps_peer_free);
	PeerList list = {.engine = engine, .store = core_store(engine, error), .peers = peers};
	if (list.store == NULL) {
		return NULL;
	}
	bool done = address != NULL ? add_one_peer(&list, address, error)
				    : store_peer_foreach(list.store, add_peer, &list, error);
	return done ? g_steal_pointer(&peers) : NULL;
}

typedef bool (*TrustVerb)(Store *store, const char *address, const char *fingerprint, int64_t now,
			  GError **error);

static const TrustVerb TRUST_VERBS[] = {
	[PS_DECISION_ACCEPT] = trust_accept,
	[PS_DECISION_REFUSE] = trust_refuse,
	[PS_DECISION_VERIFY] = trust_verify,
};

/* "Not found" in the store is "not there" for a person. */
static gboolean
as_unavailable(bool done, GError *reason, GError **error)
{
	if (done) {
		return TRUE;
	}
	if (g_error_matches(reason, PS_ERROR, PS_ERROR_NOT_FOUND)) {
		reason->code = PS_ERROR_UNAVAILABLE;
	}
	g_propagate_error(error, reason);
	return FALSE;
}

gboolean
ps_engine_decide(PsEngine *engine, PsDecision decision, const char *address,
		 const char *fingerprint, GError **error)
{
	g_autofree char *normal = core_normalise(address, error);
	Store *store = normal == NULL ? NULL : core_store_write(engine, error);
	if (store == NULL) {
		return FALSE;
	}
	GError *reason = NULL;
	g_autoptr(StoreTransaction) tx = store_begin(store, &reason);
	bool done = tx != NULL &&
		    TRUST_VERBS[decision](store, normal, fingerprint, core_now(engine), &reason) &&
		    core_count_decision(store, &reason) && store_commit(tx, &reason);
	return as_unavailable(done, reason, error);
}

/* "*@domain" is normalised through an address in that domain. */
static char *
normalise_pattern(const char *pattern, GError **error)
{
	if (!g_str_has_prefix(pattern, "*@")) {
		return core_normalise(pattern, error);
	}
	g_autofree char *address = g_strdup_printf("x%s", pattern + 1);
	g_autofree char *normal = core_normalise(address, error);
	return normal == NULL ? NULL : g_strdup_printf("*%s", strrchr(normal, '@'));
}

gboolean
ps_engine_set_rule(PsEngine *engine, const char *address, PsLevel level, GError **error)
{
	g_autofree char *pattern = normalise_pattern(address, error);
	Store *store = pattern == NULL ? NULL : core_store_write(engine, error);
	if (store == NULL) {
		return FALSE;
	}
	GError *reason = NULL;
	bool done = level == PS_LEVEL_AUTO
			    ? store_rule_unset(store, pattern, &reason)
			    : store_rule_set(store, pattern,
					     ps_enum_nick(PS_TYPE_LEVEL, (int)level), &reason);
	return as_unavailable(done, reason, error);
}

GHashTable *
ps_engine_list_rules(PsEngine *engine, GError **error)
{
	Store *store = core_store(engine, error);
	g_autoptr(GPtrArray) rows = store == NULL ? NULL : store_rule_list(store, error);
	if (rows == NULL) {
		return NULL;
	}
	GHashTable *rules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (guint i = 0; i < rows->len; i++) {
		const StoreRule *row = g_ptr_array_index(rows, i);
		g_hash_table_insert(rules, g_strdup(row->pattern), g_strdup(row->level));
	}
	return rules;
}

char *
ps_engine_recognise(PsEngine *engine, PsMessage *message, GError **error)
{
	g_autoptr(PsRequest) request = ps_request_new();
	g_autoptr(Draft) draft = draft_read(engine, message_source(message), request, error);
	if (draft == NULL) {
		return NULL;
	}
	PolicyProgram program = facts_program(draft->header);
	g_autofree char *version = program.version;
	g_autoptr(Json) json = json_new();
	json_string(json, "program", program.id);
	json_string(json, "version", version);
	json_string(json, "by", program.by);
	json_bool(json, "known", program.id != NULL);
	return json_end(json);
}

const char *const *
ps_howto_programs(void)
{
	return policy_program_list();
}

const char *
ps_howto_program_of_client(const char *name)
{
	return policy_program_of_client(name);
}

char *
ps_howto_url(const char *from, const char *to, PsRecipientState state)
{
	return policy_howto_url(NULL, from, to, ps_enum_nick(PS_TYPE_RECIPIENT_STATE, (int)state));
}
