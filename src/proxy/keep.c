/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/keep.h"

#include "base/error.h"

static const char *
address_of(const Login *login, guint i)
{
	return ((const ProxyAccount *)g_ptr_array_index(login->accounts, i))->address;
}

static bool
is_for_another_account(const GError *reason)
{
	return g_error_matches(reason, PS_ERROR, PS_ERROR_UNAVAILABLE);
}

bool
keep_write(const Login *login, PsEngine *engine, PsMessage *octets, const char *path,
	   GError **error)
{
	g_autoptr(GError) reason = NULL;
	for (guint i = 0; i < login->accounts->len; i++) {
		g_clear_error(&reason);
		if (ps_engine_keep(engine, address_of(login, i), octets, path, &reason)) {
			return true;
		}
		if (!is_for_another_account(reason)) {
			break;
		}
	}
	g_propagate_error(error, g_steal_pointer(&reason));
	return false;
}

PsMessage *
keep_read(const Login *login, PsEngine *engine, const char *path, GError **error)
{
	g_autoptr(GError) reason = NULL;
	for (guint i = 0; i < login->accounts->len; i++) {
		g_clear_error(&reason);
		PsMessage *octets = ps_engine_kept(engine, address_of(login, i), path, &reason);
		if (octets != NULL) {
			return octets;
		}
		if (!is_for_another_account(reason)) {
			break;
		}
	}
	g_propagate_error(error, g_steal_pointer(&reason));
	return NULL;
}
