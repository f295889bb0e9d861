/* SPDX-License-Identifier: MPL-2.0 */
/* The plain boxed types of the public API: accounts, peers, recipients and what learning found. */
#include <postseal/postseal.h>

#include "engine/data.h"

G_DEFINE_BOXED_TYPE(PsAccount, ps_account, ps_account_copy, ps_account_free)
G_DEFINE_BOXED_TYPE(PsAuthority, ps_authority, ps_authority_copy, ps_authority_free)
G_DEFINE_BOXED_TYPE(PsPeer, ps_peer, ps_peer_copy, ps_peer_free)
G_DEFINE_BOXED_TYPE(PsRecipient, ps_recipient, ps_recipient_copy, ps_recipient_free)
G_DEFINE_BOXED_TYPE(PsSealCheck, ps_seal_check, ps_seal_check_copy, ps_seal_check_free)
G_DEFINE_BOXED_TYPE(PsIdentity, ps_identity, data_identity_copy, data_identity_free)
G_DEFINE_BOXED_TYPE(PsView, ps_view, ps_view_copy, ps_view_free)
G_DEFINE_BOXED_TYPE(PsLearned, ps_learned, data_learned_copy, ps_learned_free)

PsAccount *
ps_account_copy(const PsAccount *account)
{
	PsAccount *copy = g_memdup2(account, sizeof(*account));
	copy->address = g_strdup(account->address);
	copy->name = g_strdup(account->name);
	copy->root_fingerprint = g_strdup(account->root_fingerprint);
	copy->leaf_fingerprint = g_strdup(account->leaf_fingerprint);
	return copy;
}

void
ps_account_free(PsAccount *account)
{
	if (account == NULL) {
		return;
	}
	g_free(account->address);
	g_free(account->name);
	g_free(account->root_fingerprint);
	g_free(account->leaf_fingerprint);
	g_free(account);
}

PsAuthority *
ps_authority_copy(const PsAuthority *authority)
{
	PsAuthority *copy = g_memdup2(authority, sizeof(*authority));
	copy->fingerprint = g_strdup(authority->fingerprint);
	copy->name = g_strdup(authority->name);
	return copy;
}

void
ps_authority_free(PsAuthority *authority)
{
	if (authority == NULL) {
		return;
	}
	g_free(authority->fingerprint);
	g_free(authority->name);
	g_free(authority);
}

PsIdentity *
data_identity_copy(const PsIdentity *identity)
{
	PsIdentity *copy = g_memdup2(identity, sizeof(*identity));
	copy->root_fingerprint = g_strdup(identity->root_fingerprint);
	copy->leaf_fingerprint = g_strdup(identity->leaf_fingerprint);
	copy->organization = g_strdup(identity->organization);
	copy->programs = g_strdupv(identity->programs);
	return copy;
}

void
data_identity_free(PsIdentity *identity)
{
	g_free(identity->organization);
	g_strfreev(identity->programs);
	g_free(identity->root_fingerprint);
	g_free(identity->leaf_fingerprint);
	g_free(identity);
}

PsPeer *
ps_peer_copy(const PsPeer *peer)
{
	PsPeer *copy = g_memdup2(peer, sizeof(*peer));
	copy->address = g_strdup(peer->address);
	copy->reasons = g_strdupv(peer->reasons);
	copy->sentence = g_strdup(peer->sentence);
	copy->program = g_strdup(peer->program);
	copy->identities = g_ptr_array_ref(peer->identities);
	return copy;
}

void
ps_peer_free(PsPeer *peer)
{
	if (peer == NULL) {
		return;
	}
	g_free(peer->address);
	g_strfreev(peer->reasons);
	g_free(peer->sentence);
	g_free(peer->program);
	g_ptr_array_unref(peer->identities);
	g_free(peer);
}

PsRecipient *
ps_recipient_copy(const PsRecipient *recipient)
{
	PsRecipient *copy = g_memdup2(recipient, sizeof(*recipient));
	copy->address = g_strdup(recipient->address);
	copy->reasons = g_strdupv(recipient->reasons);
	copy->fingerprint = g_strdup(recipient->fingerprint);
	copy->program = g_strdup(recipient->program);
	copy->sentence = g_strdup(recipient->sentence);
	copy->looks_like = g_strdup(recipient->looks_like);
	copy->how_to = g_strdup(recipient->how_to);
	return copy;
}

void
ps_recipient_free(PsRecipient *recipient)
{
	if (recipient == NULL) {
		return;
	}
	g_free(recipient->address);
	g_strfreev(recipient->reasons);
	g_free(recipient->fingerprint);
	g_free(recipient->program);
	g_free(recipient->sentence);
	g_free(recipient->looks_like);
	g_free(recipient->how_to);
	g_free(recipient);
}

PsSealCheck *
ps_seal_check_copy(const PsSealCheck *check)
{
	PsSealCheck *copy = g_memdup2(check, sizeof(*check));
	copy->how_to = g_strdup(check->how_to);
	copy->recipients = g_ptr_array_ref(check->recipients);
	return copy;
}

void
ps_seal_check_free(PsSealCheck *check)
{
	if (check == NULL) {
		return;
	}
	g_free(check->how_to);
	g_ptr_array_unref(check->recipients);
	g_free(check);
}

PsLearned *
data_learned_copy(const PsLearned *learned)
{
	PsLearned *copy = g_memdup2(learned, sizeof(*learned));
	copy->first_error = g_strdup(learned->first_error);
	return copy;
}

void
ps_learned_free(PsLearned *learned)
{
	if (learned == NULL) {
		return;
	}
	g_free(learned->first_error);
	g_free(learned);
}

PsView *
ps_view_copy(const PsView *view)
{
	PsView *copy = g_memdup2(view, sizeof(*view));
	copy->content = view->content == NULL ? NULL : g_bytes_ref(view->content);
	copy->verdict = g_strdup(view->verdict);
	copy->message_id = g_strdup(view->message_id);
	return copy;
}

void
ps_view_free(PsView *view)
{
	if (view == NULL) {
		return;
	}
	g_clear_pointer(&view->content, g_bytes_unref);
	g_free(view->verdict);
	g_free(view->message_id);
	g_free(view);
}
