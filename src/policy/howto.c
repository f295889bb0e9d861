/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses of the how-to pages. */
#include "policy/howto.h"

char *
policy_howto_url(const char *base, const char *from, const char *to, const char *state)
{
	return g_strdup_printf("%s/how-to/encrypt/%s/%s/%s/",
			       base == NULL ? POLICY_HOWTO_BASE : base, from == NULL ? "any" : from,
			       to == NULL ? "any" : to, state);
}
