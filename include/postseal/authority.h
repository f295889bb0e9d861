/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/engine.h>

G_BEGIN_DECLS

#define PS_TYPE_AUTHORITY (ps_authority_get_type())

/**
 * PsAuthority:
 * @fingerprint: SHA-256 of its certificate, lower-case hex
 * @name: what it calls itself
 * @origin: `own` (added by the person) or `mozilla` (in Mozilla's list for mail)
 * @trusted: %FALSE for one of Mozilla's that the person took away
 * @expires: seconds since 1970
 *
 * A certificate authority that may vouch for mail addresses.
 */
typedef struct {
	char *fingerprint;
	char *name;
	const char *origin;
	gboolean trusted;
	gint64 expires;
} PsAuthority;

PS_API GType ps_authority_get_type(void);

/**
 * ps_authority_copy:
 * @authority: an authority
 *
 * Copies it.
 *
 * Returns: (transfer full): a copy
 *
 * Source: own design
 */
PS_API PsAuthority *ps_authority_copy(const PsAuthority *authority);

/**
 * ps_authority_free:
 * @authority: (transfer full) (nullable): an authority
 *
 * Frees it.
 */
PS_API void ps_authority_free(PsAuthority *authority);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PsAuthority, ps_authority_free)

/**
 * ps_authority_to_json:
 * @authority: an authority
 *
 * The authority as one JSON object.
 *
 * Returns: (transfer full): one JSON object on one line
 *
 * Source: own design (cli.md)
 */
PS_API char *ps_authority_to_json(const PsAuthority *authority);

/**
 * ps_engine_add_authorities:
 * @engine: an engine
 * @file: certificates of authorities and lists of revoked certificates: DER, or PEM with any number
 * of both
 * @error: %PS_ERROR_MALFORMED (nothing of the kind in it, or a certificate that is none of an
 * authority), %PS_ERROR_LIMIT, %PS_ERROR_IO
 *
 * From now on these authorities may vouch for the mail addresses in the certificates that they
 * issued, and the lists are looked at. All of the file is taken or nothing.
 *
 * Returns: how many certificates and lists were taken; -1 on failure
 *
 * Source: RFC 5280 section 6
 */
PS_API gint ps_engine_add_authorities(PsEngine *engine, GBytes *file, GError **error);

/**
 * ps_engine_list_authorities:
 * @engine: an engine
 * @error: %PS_ERROR_IO, %PS_ERROR_UNAVAILABLE (Mozilla's list cannot be read here)
 *
 * Who may vouch for mail addresses: Mozilla's list for mail, never the one for web sites, and the
 * person's own choice.
 *
 * Returns: (transfer container) (element-type PsAuthority): the authorities, by name
 *
 * Source: own design (design.md 3.3)
 */
PS_API GPtrArray *ps_engine_list_authorities(PsEngine *engine, GError **error);

/**
 * ps_engine_remove_authority:
 * @engine: an engine
 * @fingerprint: of its certificate, hex with or without colons
 * @error: %PS_ERROR_ARGUMENT (no fingerprint), %PS_ERROR_UNAVAILABLE (no such authority),
 * %PS_ERROR_IO
 *
 * It may no longer vouch. One of Mozilla's is remembered as taken away until it is added again.
 * Verdicts on old mail change with it.
 *
 * Returns: whether it is gone
 *
 * Source: own design (design.md 3.3)
 */
PS_API gboolean ps_engine_remove_authority(PsEngine *engine, const char *fingerprint,
					   GError **error);

/**
 * ps_engine_remove_authorities:
 * @engine: an engine
 * @file: certificates of authorities, DER or PEM
 * @error: %PS_ERROR_MALFORMED, %PS_ERROR_UNAVAILABLE (one of them is no authority here),
 * %PS_ERROR_IO
 *
 * As ps_engine_remove_authority(), for those whose certificates are in the file; all or none.
 *
 * Returns: whether they are gone
 *
 * Source: own design (design.md 3.3)
 */
PS_API gboolean ps_engine_remove_authorities(PsEngine *engine, GBytes *file, GError **error);

/**
 * ps_engine_set_online_revocation:
 * @engine: an engine
 * @online: whether to ask
 * @error: %PS_ERROR_IO
 *
 * Whether the authorities themselves are asked if a certificate was revoked (CRL, OCSP). Off unless
 * switched on: it tells them who reads what, and when. Only certificates with a trusted chain are
 * asked about, only public addresses are connected to, and an answer that does not come changes
 * nothing.
 *
 * Returns: whether it was noted
 *
 * Source: RFC 8550 section 6
 */
PS_API gboolean ps_engine_set_online_revocation(PsEngine *engine, gboolean online, GError **error);

/**
 * ps_engine_set_authserv_id:
 * @engine: an engine
 * @address: one of the person's accounts
 * @id: (nullable): the name that the account's mail server has in Authentication-Results fields;
 * %NULL: none is believed
 * @error: %PS_ERROR_UNAVAILABLE (no such account), %PS_ERROR_IO
 *
 * Mail that this server found authentic counts as aligned: it alone may put a known key in question
 * or make a habit of signing.
 *
 * Returns: whether it was noted
 *
 * Source: RFC 8601 section 5
 */
PS_API gboolean ps_engine_set_authserv_id(PsEngine *engine, const char *address, const char *id,
					  GError **error);

G_END_DECLS
