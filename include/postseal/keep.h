/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <postseal/engine.h>

G_BEGIN_DECLS

/**
 * ps_engine_seal_draft:
 * @engine: an engine
 * @account: one of the person's accounts
 * @message: an unfinished message
 * @stream: where to write; stays open
 * @error: %PS_ERROR_UNAVAILABLE (no such account), %PS_ERROR_MALFORMED, %PS_ERROR_LIMIT,
 * %PS_ERROR_CRYPTO, %PS_ERROR_IO
 *
 * Encrypts a draft to its author alone, all of it: header fields, Bcc and wishes, too. It is signed
 * by a key that signs nothing but drafts, so that a stolen draft is nobody's word; with an imported
 * account it is not signed. ps_engine_view() shows it again as it was.
 *
 * Returns: whether all of it was written
 *
 * Source: own design (design.md 3.2), RFC 9788
 */
PS_API gboolean ps_engine_seal_draft(PsEngine *engine, const char *account, PsMessage *message,
				     GOutputStream *stream, GError **error);

/**
 * ps_engine_keep:
 * @engine: an engine
 * @account: one of the person's accounts
 * @message: any octets
 * @path: the file to make or to replace
 * @error: %PS_ERROR_UNAVAILABLE (no such account), %PS_ERROR_CREATE, %PS_ERROR_IO, %PS_ERROR_CRYPTO
 *
 * Keeps a message for later, encrypted to the account. On return it is on the disk for good; before
 * that, @path is what it was.
 *
 * Returns: whether it is kept
 *
 * Source: RFC 5083, own design
 */
PS_API gboolean ps_engine_keep(PsEngine *engine, const char *account, PsMessage *message,
			       const char *path, GError **error);

/**
 * ps_engine_kept:
 * @engine: an engine
 * @account: the account it was kept for
 * @path: a file of ps_engine_keep()
 * @error: %PS_ERROR_NOT_FOUND, %PS_ERROR_UNAVAILABLE (no such account, or no key of it opens the
 * file), %PS_ERROR_MALFORMED (damaged), %PS_ERROR_LIMIT, %PS_ERROR_IO
 *
 * Reads what was kept, octet for octet. Nothing is given back before all of it is authenticated.
 *
 * Returns: (transfer full): the message
 *
 * Source: RFC 5083, own design
 */
PS_API PsMessage *ps_engine_kept(PsEngine *engine, const char *account, const char *path,
				 GError **error);

/**
 * ps_local_certificate:
 * @error: %PS_ERROR_CRYPTO
 *
 * Makes a certificate for this machine's own listeners: 127.0.0.1, ::1 and localhost, for ten
 * years.
 *
 * Returns: (transfer full): PEM, the certificate and then its private key
 *
 * Source: RFC 5280, RFC 9525
 */
PS_API GBytes *ps_local_certificate(GError **error);

G_END_DECLS
