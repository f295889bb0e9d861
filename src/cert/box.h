/* SPDX-License-Identifier: MPL-2.0 */
/* Something locked with a passphrase: scrypt (RFC 7914) and AES-256-GCM. */
#pragma once

#include "base/bytes.h"

#define CERT_BOX_MAGIC "postseal-box-v1\n"

/*
 * box = magic (16) log2N (1) r (1) p (1) 0 (1) salt (16) nonce (12) ciphertext tag (16); everything
 * before the ciphertext is authenticated too. At most 1 GiB. PS_ERROR_PASSPHRASE if @passphrase is
 * NULL or empty.
 */
GBytes *cert_box_seal(const char *passphrase, BaseBytes data, GError **error);

/* Secret memory. PS_ERROR_MALFORMED (not a box), PS_ERROR_LIMIT (scrypt beyond 256 MiB),
 * PS_ERROR_PASSPHRASE (wrong passphrase or damaged box: nobody can tell). */
GBytes *cert_box_open(const char *passphrase, BaseBytes box, GError **error);
