/* SPDX-License-Identifier: MPL-2.0 */
/* libcrypto's stacks of PKCS#12 (RFC 7292 section 4) as types that free themselves. */
#pragma once

#include <glib.h>
#include <openssl/pkcs12.h>

typedef STACK_OF(PKCS12_SAFEBAG) Bags;
typedef STACK_OF(PKCS7) Safes;

static inline void
free_bags(Bags *bags)
{
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

static inline void
free_safes(Safes *safes)
{
	sk_PKCS7_pop_free(safes, PKCS7_free);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bags, free_bags)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Safes, free_safes)
