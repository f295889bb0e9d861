/* SPDX-License-Identifier: MPL-2.0 */
/* The error domain and the one-line way to fail. */
#include "base/error.h"

#include <stdarg.h>

GQuark
ps_error_quark(void)
{
	return g_quark_from_static_string("ps-error-quark");
}

bool
base_fail(GError **error, PsError code, const char *format, ...)
{
	va_list args;

	if (error == NULL) {
		return false;
	}
	g_return_val_if_fail(*error == NULL, false);
	va_start(args, format);
	*error = g_error_new_valist(PS_ERROR, (int)code, format, args);
	va_end(args);
	return false;
}
