/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of CmsRecipient: a RecipientInfo with two holes, filled once per message. */
#pragma once

#include "cms/encrypt.h"

/* Octets of the RecipientInfo for a content key of @cek_n (16 or 32) octets. */
size_t cms_recipient_size(const CmsRecipient *recipient, size_t cek_n);

/* True if EnvelopedData with this recipient has version 0 (RFC 5652 section 6.1). */
bool cms_recipient_is_ktri(const CmsRecipient *recipient);

/* Writes the RecipientInfo that wraps @cek to @out; PS_ERROR_CRYPTO. */
bool cms_recipient_wrap(CmsRecipient *recipient, BaseBytes cek, uint8_t *out, GError **error);
