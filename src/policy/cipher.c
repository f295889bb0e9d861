/* SPDX-License-Identifier: MPL-2.0 */
/* Which recipients share one sealed copy. */
#include "policy/cipher.h"

void
policy_group_free(PolicyGroup *group)
{
	g_array_unref(group->members);
	g_free(group);
}

static PolicyGroup *
group_new(GPtrArray *groups, bool bcc)
{
	PolicyGroup *group = g_new0(PolicyGroup, 1);
	group->gcm = true;
	group->cek_hkdf = true;
	group->bcc = bcc;
	group->members = g_array_new(FALSE, FALSE, sizeof(guint));
	g_ptr_array_add(groups, group);
	return group;
}

static void
group_join(PolicyGroup *group, const PolicyRecipient *recipients, size_t index)
{
	guint i = (guint)index;
	g_array_append_val(group->members, i);
	group->gcm = group->gcm && recipients[index].gcm;
	group->cek_hkdf = group->cek_hkdf && recipients[index].cek_hkdf;
}

/*
 * NSS up to 3.99 cannot even parse a message that has a key agreement recipient beside its own RSA
 * one (mail-programs.md A4), so RSA readers not known to cope stay among themselves. Readers with
 * an EC or X25519 key parse key agreement by nature.
 */
static bool
needs_rsa_only(const PolicyRecipient *r)
{
	return r->key == POLICY_KEY_RSA && !r->ecdh;
}

/* Our own RSA key counts, too: another program may read this account. */
static bool
any_needs_rsa_only(const PolicyRecipient *recipients, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!recipients[i].bcc && needs_rsa_only(&recipients[i])) {
			return true;
		}
	}
	return false;
}

GPtrArray *
policy_cipher_groups(const PolicyRecipient *recipients, size_t n)
{
	GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)policy_group_free);
	PolicyGroup *main_group = group_new(groups, false);
	PolicyGroup *agreement = NULL;
	bool split = any_needs_rsa_only(recipients, n);
	for (size_t i = 0; i < n; i++) {
		if (recipients[i].bcc) {
			continue;
		}
		bool apart = split && recipients[i].key != POLICY_KEY_RSA;
		if (apart && agreement == NULL) {
			agreement = group_new(groups, false);
		}
		group_join(apart ? agreement : main_group, recipients, i);
	}
	for (size_t i = 0; i < n; i++) {
		if (recipients[i].bcc) {
			group_join(group_new(groups, true), recipients, i);
		}
	}
	if (main_group->members->len == 0) {
		g_ptr_array_remove_index(groups, 0);
	}
	return groups;
}
