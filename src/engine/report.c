/* SPDX-License-Identifier: MPL-2.0 */
/* The public data as JSON, with the keys of cli.md. */
#include "engine/json.h"
#include "engine/verdict.h"
#include "enums.h"

#include <postseal/postseal.h>

char *
ps_account_to_json(const PsAccount *account)
{
	g_autoptr(Json) json = json_new();
	json_string(json, "address", account->address);
	json_string(json, "name", account->name);
	json_string(json, "profile", ps_enum_nick(PS_TYPE_PROFILE, (int)account->profile));
	json_string(json, "mode", ps_enum_nick(PS_TYPE_MODE, (int)account->mode));
	json_string(json, "root_fingerprint", account->root_fingerprint);
	json_string(json, "leaf_fingerprint", account->leaf_fingerprint);
	json_time(json, "created", account->created);
	json_time(json, "expires", account->expires);
	return json_end(json);
}

char *
ps_authority_to_json(const PsAuthority *authority)
{
	g_autoptr(Json) json = json_new();
	json_string(json, "fingerprint", authority->fingerprint);
	json_string(json, "name", authority->name);
	json_string(json, "origin", authority->origin);
	json_bool(json, "trusted", authority->trusted);
	json_time(json, "expires", authority->expires);
	return json_end(json);
}

static void
put_identity(Json *json, const PsIdentity *identity)
{
	json_open_object(json, NULL);
	json_string(json, "root_fingerprint", identity->root_fingerprint);
	json_string(json, "leaf_fingerprint", identity->leaf_fingerprint);
	json_string(json, "kind", identity->kind);
	json_string(json, "how", identity->how);
	json_time(json, "first_seen", identity->first_seen);
	json_time(json, "last_seen", identity->last_seen);
	json_int(json, "messages", identity->messages);
	json_int(json, "days", identity->days);
	json_bool(json, "pinned", identity->pinned);
	json_bool(json, "verified", identity->verified);
	json_bool(json, "accepted", identity->accepted);
	json_bool(json, "refused", identity->refused);
	json_int(json, "direct_messages", identity->direct_messages);
	json_string(json, "organization", identity->organization);
	json_strings(json, "programs", (const char *const *)identity->programs);
	json_close_object(json);
}

char *
ps_peer_to_json(const PsPeer *peer)
{
	g_autoptr(Json) json = json_new();
	json_string(json, "address", peer->address);
	json_string(json, "state", ps_enum_nick(PS_TYPE_RECIPIENT_STATE, (int)peer->state));
	json_strings(json, "reasons", (const char *const *)peer->reasons);
	json_string(json, "sentence", peer->sentence);
	json_string(json, "program", peer->program);
	json_int(json, "signed", peer->signed_count);
	json_int(json, "unsigned", peer->unsigned_count);
	json_open_array(json, "identities");
	for (guint i = 0; i < peer->identities->len; i++) {
		put_identity(json, g_ptr_array_index(peer->identities, i));
	}
	json_close_array(json);
	return json_end(json);
}

static void
put_recipients(Json *json, const GPtrArray *recipients)
{
	json_open_array(json, "recipients");
	for (guint i = 0; i < recipients->len; i++) {
		const PsRecipient *recipient = g_ptr_array_index(recipients, i);
		json_open_object(json, NULL);
		json_string(json, "address", recipient->address);
		json_string(json, "state",
			    ps_enum_nick(PS_TYPE_RECIPIENT_STATE, (int)recipient->state));
		json_strings(json, "reasons", (const char *const *)recipient->reasons);
		json_string(json, "sentence", recipient->sentence);
		json_string(json, "looks_like", recipient->looks_like);
		json_string(json, "fingerprint", recipient->fingerprint);
		json_string(json, "program", recipient->program);
		json_string(json, "how_to", recipient->how_to);
		json_close_object(json);
	}
	json_close_array(json);
}

char *
ps_seal_check_to_json(const PsSealCheck *check)
{
	g_autoptr(Json) json = json_new();
	json_bool(json, "ready", check->ready);
	json_string(json, "own", check->own);
	json_string(json, "how_to", check->how_to);
	put_recipients(json, check->recipients);
	return json_end(json);
}

char *
ps_outcome_to_json(const PsOutcome *outcome)
{
	g_autoptr(Json) json = json_new();
	json_string(json, "refused", outcome->refused);
	json_string(json, "level", ps_enum_nick(PS_TYPE_LEVEL, (int)outcome->level));
	json_string(json, "level_reason", outcome->level_reason);
	json_string(json, "form", ps_enum_nick(PS_TYPE_FORM, (int)outcome->form));
	json_string(json, "form_reason", outcome->form_reason);
	json_string(json, "untouched", outcome->untouched);
	json_string(json, "author_rule", outcome->author_rule);
	json_bool(json, "overridden", outcome->overridden);
	put_recipients(json, outcome->recipients);
	json_int(json, "copies", outcome->copies->len);
	return json_end(json);
}

static void
put_signature(Json *json, const VerdictSignature *signature)
{
	json_open_object(json, "signature");
	json_bool(json, "present", signature->present);
	json_bool(json, "valid", signature->valid);
	json_string(json, "form", signature->form);
	json_string(json, "reason", signature->reason);
	json_string(json, "digest", signature->digest);
	json_string(json, "algorithm", signature->algorithm);
	json_time(json, "signing_time", signature->signing_time);
	json_close_object(json);
}

static void
put_signer(Json *json, const VerdictSigner *signer)
{
	json_open_object(json, "signer");
	json_string_array(json, "addresses", signer->addresses);
	json_bool(json, "matches_from", signer->matches_from);
	json_string(json, "fingerprint", signer->fingerprint);
	json_string(json, "root_fingerprint", signer->root_fingerprint);
	json_string(json, "subject", signer->subject);
	json_string(json, "issuer", signer->issuer);
	json_string(json, "chain", signer->chain);
	json_string(json, "proof", signer->proof);
	json_string(json, "organization", signer->organization);
	json_string(json, "person", signer->person);
	json_string(json, "vouched_by", signer->issuer_name);
	json_string(json, "claimed_name", signer->claimed_name);
	json_close_object(json);
}

static void
put_encryption(Json *json, const VerdictEncryption *encryption)
{
	json_open_object(json, "encryption");
	json_bool(json, "present", encryption->present);
	json_string(json, "kind", encryption->kind);
	json_string(json, "cipher", encryption->cipher);
	json_bool(json, "authenticated", encryption->authenticated);
	json_string(json, "reason", encryption->reason);
	json_close_object(json);
}

static void
put_history(Json *json, const VerdictHistory *history)
{
	json_open_object(json, "history");
	json_string(json, "state", history->state);
	json_int(json, "messages", history->messages);
	json_int(json, "days", history->days);
	json_time(json, "first_seen", history->first_seen);
	json_time(json, "last_seen", history->last_seen);
	json_bool(json, "usually_signs", history->usually_signs);
	json_int(json, "organization_messages", history->org_messages);
	json_int(json, "organization_days", history->org_days);
	json_close_object(json);
}

static void
put_headers(Json *json, const GPtrArray *headers)
{
	json_open_array(json, "headers");
	for (guint i = 0; i < headers->len; i++) {
		const PsHeader *header = g_ptr_array_index(headers, i);
		json_open_object(json, NULL);
		json_string(json, "name", header->name);
		json_string(json, "value", header->value);
		json_string(json, "protection", header->protection);
		json_close_object(json);
	}
	json_close_array(json);
}

static void
put_warnings(Json *json, const GPtrArray *warnings)
{
	json_open_array(json, "warnings");
	for (guint i = 0; i < warnings->len; i++) {
		const PsWarning *warning = g_ptr_array_index(warnings, i);
		json_open_object(json, NULL);
		json_string(json, "code", warning->code);
		json_string(json, "level", warning->level);
		json_string(json, "text", warning->text);
		json_close_object(json);
	}
	json_close_array(json);
}

char *
ps_verdict_to_json(PsVerdict *verdict)
{
	g_autoptr(Json) json = json_new();
	json_string(json, "summary", ps_enum_nick(PS_TYPE_SUMMARY, (int)verdict->summary));
	json_string(json, "sentence", verdict->sentence);
	json_open_object(json, "from");
	json_string(json, "address", verdict->from_address);
	json_string(json, "display", verdict->from_display);
	json_string(json, "outer_address", verdict->outer_address);
	json_string(json, "shown", verdict->from_shown);
	json_close_object(json);
	put_signature(json, &verdict->signature);
	put_signer(json, &verdict->signer);
	put_encryption(json, &verdict->encryption);
	put_history(json, &verdict->history);
	put_headers(json, verdict->headers);
	put_warnings(json, verdict->warnings);
	json_open_object(json, "rules");
	for (guint i = 0; i + 1 < verdict->rules->len; i += 2) {
		json_string(json, g_ptr_array_index(verdict->rules, i),
			    g_ptr_array_index(verdict->rules, i + 1));
	}
	json_close_object(json);
	json_string_array(json, "structure", verdict->structure);
	return json_end(json);
}
