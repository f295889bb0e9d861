/* SPDX-License-Identifier: MPL-2.0 */
/* What the header of a message says about what has to be done with it. */
#pragma once

#include "base/bytes.h"

typedef struct {
	bool sealed;  /* root of type application/pkcs7-mime: shown opened */
	bool forged;  /* has a Postseal-Status field, which only we write: shown without it */
	bool signed_; /* multipart/signed, or a Postseal-Key field: worth reading whole */
} Kind;

/* @header: octets from the beginning of a message to the end of its header, or further. */
Kind kind_of(BaseBytes header);

/* Where the header ends, empty line included; SIZE_MAX if that is not there yet. */
size_t kind_header_end(BaseBytes octets);

/*
 * A message whose Postseal-Status cannot be taken out, since its header is too long to be read at
 * once: as it passes, the field gets another name. Lengths stay. Begins zeroed.
 */
typedef struct {
	size_t at; /* octets of the line that are those of the name; SIZE_MAX: it has another */
	bool over; /* the header ended */
} KindGuard;

void kind_guard(KindGuard *guard, uint8_t *octets, size_t n);
