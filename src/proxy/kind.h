/* SPDX-License-Identifier: MPL-2.0 */
/* What the header of a message says about what has to be done with it. */
#pragma once

#include "base/bytes.h"

typedef struct {
	bool sealed;  /* root of type application/pkcs7-mime: shown opened */
	bool forged;  /* has a Postseal-Status field, which only we write: shown without it */
	bool signed_; /* multipart/signed, or a Postseal-Key field: worth reading whole */
} Kind;

/* Whether it is shown otherwise than it lies at the provider. */
static inline bool
kind_has_view(Kind kind)
{
	return kind.sealed || kind.forged;
}

/* @header: octets from the beginning of a message to the end of its header, or further. */
Kind kind_of(BaseBytes header);

/* Where the header ends, empty line included; SIZE_MAX if that is not there yet. */
size_t kind_header_end(BaseBytes octets);
