/* SPDX-License-Identifier: MPL-2.0 */
/* The person's decisions about a key: `trust accept|refuse|verify`. */
#pragma once

#include "store/store.h"

/*
 * @fingerprint is that of a root or a certificate known for @address, as people copy it (colons,
 * blanks, capitals). PS_ERROR_ARGUMENT if it is no SHA-256 fingerprint, PS_ERROR_NOT_FOUND if it is
 * not known for @address.
 */

/* It is the one to use from now on; the pin before keeps its row and its history. Undoes a refusal.
 */
bool trust_accept(Store *store, const char *address, const char *fingerprint, int64_t now,
		  GError **error);
/* As accept, and it was compared out of band. */
bool trust_verify(Store *store, const char *address, const char *fingerprint, int64_t now,
		  GError **error);
/* Never to be used; if it was the pin, the slot is empty. Undoes an acceptance. */
bool trust_refuse(Store *store, const char *address, const char *fingerprint, int64_t now,
		  GError **error);
