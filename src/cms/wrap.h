/* SPDX-License-Identifier: MPL-2.0 */
/* AES key wrap of RFC 3394 with its default initial value. */
#pragma once

#include "base/bytes.h"

#define CMS_WRAP_MAX_KEY  64 /* octets of a key that is wrapped */
#define CMS_WRAP_OVERHEAD 8  /* octets that wrapping adds */

/*
 * @kek of 16, 24 or 32 octets; @key of 16..CMS_WRAP_MAX_KEY octets, a multiple of 8; @out holds
 * key.n + CMS_WRAP_OVERHEAD octets. False for other lengths.
 */
bool cms_wrap(BaseBytes kek, BaseBytes key, uint8_t *out);

/* The way back: @out holds wrapped.n - CMS_WRAP_OVERHEAD octets, written only if the check value
 * fits. */
bool cms_unwrap(BaseBytes kek, BaseBytes wrapped, uint8_t *out);
