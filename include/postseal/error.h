/* SPDX-License-Identifier: MPL-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PS_API   __attribute__((visibility("default")))

/**
 * PS_ERROR:
 *
 * The domain of every #GError of this library. An error is a *failure* to do what was asked; a
 * verdict ("the signature does not hold") or a refusal ("no key for bob") is a result and never
 * arrives as an error.
 */
#define PS_ERROR (ps_error_quark())

/**
 * PsError:
 * @PS_ERROR_INTERNAL: a defect or an exhausted system resource
 * @PS_ERROR_ARGUMENT: the caller's arguments make no sense
 * @PS_ERROR_MALFORMED: the input breaks its grammar
 * @PS_ERROR_LIMIT: the input is larger or deeper than a named limit allows
 * @PS_ERROR_UNSUPPORTED: well-formed, but an algorithm or form that is not handled
 * @PS_ERROR_NOT_FOUND: no such file, account, peer or certificate
 * @PS_ERROR_UNAVAILABLE: something needed is not there: no account, no key
 * @PS_ERROR_EXISTS: it is already there and would be overwritten
 * @PS_ERROR_CREATE: an output cannot be created
 * @PS_ERROR_IO: reading or writing failed
 * @PS_ERROR_BUSY: somebody else holds it; try again
 * @PS_ERROR_PASSPHRASE: wrong or missing passphrase
 * @PS_ERROR_CRYPTO: libcrypto refused
 *
 * What went wrong, in a dozen kinds; the message says what to do.
 */
typedef enum {
	PS_ERROR_INTERNAL,
	PS_ERROR_ARGUMENT,
	PS_ERROR_MALFORMED,
	PS_ERROR_LIMIT,
	PS_ERROR_UNSUPPORTED,
	PS_ERROR_NOT_FOUND,
	PS_ERROR_UNAVAILABLE,
	PS_ERROR_EXISTS,
	PS_ERROR_CREATE,
	PS_ERROR_IO,
	PS_ERROR_BUSY,
	PS_ERROR_PASSPHRASE,
	PS_ERROR_CRYPTO,
} PsError;

/**
 * ps_error_quark:
 *
 * The domain of the errors; in C, #PS_ERROR.
 *
 * Returns: the quark
 *
 * Source: own design
 */
PS_API GQuark ps_error_quark(void);

G_END_DECLS
