/* SPDX-License-Identifier: MPL-2.0 */
/* NSS's built-in PKCS#11 module, loaded through p11-kit; private to this folder. */
#pragma once

#include "base/bytes.h"

typedef struct MozillaModule MozillaModule;
typedef struct MozillaObject MozillaObject;

/*
 * Loads libp11-kit.so.0 (linking it would cost every start) and libnssckbi.so: found as the dynamic
 * linker finds it, else beside libp11-kit or in the folder nss there. PS_ERROR_UNAVAILABLE.
 */
MozillaModule *mozilla_module_open(GError **error);
void mozilla_module_close(MozillaModule *module);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MozillaModule, mozilla_module_close)

/* Calls @each for every object of @class (CKO_...); false if the module fails. */
bool mozilla_module_each(MozillaModule *module, unsigned long class,
			 void (*each)(const MozillaObject *, void *), void *data);

/* The value of an attribute (CKA_...); NULL if the object has none or one beyond BASE_LIMIT_CERT.
 * (transfer full) */
GBytes *mozilla_object_get(const MozillaObject *object, unsigned long attribute);
