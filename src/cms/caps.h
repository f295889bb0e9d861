/* SPDX-License-Identifier: MPL-2.0 */
/* SMIMECapabilities: what we announce and what others do (RFC 8551 section 2.5.2). */
#pragma once

#include "base/bytes.h"

enum {
	CMS_CAP_AES128_CBC = 1 << 0,
	CMS_CAP_AES256_CBC = 1 << 1,
	CMS_CAP_AES128_GCM = 1 << 2,
	CMS_CAP_AES256_GCM = 1 << 3,
	CMS_CAP_CHACHA20 = 1 << 4,
	CMS_CAP_RSA_OAEP = 1 << 5,    /* with any parameters */
	CMS_CAP_ECDH_SHA256 = 1 << 6, /* dhSinglePass-stdDH-sha256kdf-scheme with an AES wrap */
	CMS_CAP_X25519 = 1 << 7,      /* dhSinglePass-stdDH-hkdf-sha256-scheme with an AES wrap */
	CMS_CAP_CEK_HKDF = 1 << 8,    /* RFC 9709 */
	CMS_CAP_PREFER_BINARY = 1 << 9,
	CMS_CAP_DES_EDE3 = 1 << 10,
	/* Runs postseal: reads RFC 9788 header protection and unobtrusive signatures. The private
	 * capability 2.25.39014844396612858129333055129227494128.1, without parameters. */
	CMS_CAP_POSTSEAL = 1 << 11,
};

/*
 * Our announcement, DER SMIMECapabilities in order of preference. @modern (no program without GCM
 * reads this account): AES-GCM first, CEK-HKDF, RSA-OAEP (SHA-256) and the ECDH schemes too; else
 * AES-CBC only. CMS_CAP_POSTSEAL in both. (transfer full)
 */
GBytes *cms_caps_build(bool modern);

/* The flags of DER or BER @capabilities; entries that we do not know are skipped, broken ones end
 * it. */
guint cms_caps_parse(BaseBytes capabilities);
