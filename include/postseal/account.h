/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/types.h>

G_BEGIN_DECLS

#define PS_TYPE_ACCOUNT (ps_account_get_type())

/**
 * PsAccount:
 * @address: the address, normalised
 * @name: the person's name, "" if none was given
 * @profile: which keys it has
 * @mode: how its key travels
 * @root_fingerprint: SHA-256 of the root certificate, lower-case hex: the identity
 * @leaf_fingerprint: SHA-256 of the current signing certificate
 * @created: seconds since 1970
 * @expires: the end of the current leaf's life, seconds since 1970
 *
 * One of the person's own accounts.
 */
typedef struct {
	char *address;
	char *name;
	PsProfile profile;
	PsMode mode;
	char *root_fingerprint;
	char *leaf_fingerprint;
	gint64 created;
	gint64 expires;
} PsAccount;

PS_API GType ps_account_get_type(void);

/**
 * ps_account_copy:
 * @account: an account
 *
 * Copies it.
 *
 * Returns: (transfer full): a copy
 *
 * Source: own design
 */
PS_API PsAccount *ps_account_copy(const PsAccount *account);

/**
 * ps_account_free:
 * @account: (transfer full) (nullable): an account
 *
 * Frees it.
 */
PS_API void ps_account_free(PsAccount *account);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsAccount, ps_account_free)

/**
 * ps_account_to_json:
 * @account: an account
 *
 * The account as one JSON object.
 *
 * Returns: (transfer full): one JSON object on one line
 *
 * Source: own design (cli.md)
 */
PS_API char *ps_account_to_json(const PsAccount *account);

/**
 * ps_address_normalise:
 * @address: what may be a mail address
 *
 * The one form under which an address is stored and compared.
 *
 * Returns: (transfer full) (nullable): that form; %NULL if it is no mail address
 *
 * Source: RFC 5321 section 4.1.2, RFC 6531, RFC 5891
 */
PS_API char *ps_address_normalise(const char *address);

G_END_DECLS
