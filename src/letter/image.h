/* SPDX-License-Identifier: MPL-2.0 */
/* Images within HTML as data: URIs. */
#pragma once

#include "base/bytes.h"

/* image/png, image/jpeg, image/gif or image/webp, by how @octets begin; NULL: none of them. */
const char *letter_image_type(BaseBytes octets);

/* "data:TYPE;base64,..." of an image; NULL if it is none or over @max octets. (transfer full) */
char *letter_image_uri(BaseBytes octets, size_t max);

/* The octets of a data: URI in base64; NULL if it is none. (transfer full) */
GBytes *letter_image_of_uri(const char *uri);
