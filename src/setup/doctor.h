/* SPDX-License-Identifier: MPL-2.0 */
/* Parts of the doctor's examination. */
#pragma once

#include "proxy/config.h"
#include "setup/setup.h"

/* One row more. @subject and @mend may be NULL. */
void doctor_add(GPtrArray *checks, const char *check, const char *subject, SetupGrade grade,
		const char *text, const char *mend);

/* The provider's servers of each account. */
void doctor_servers(GPtrArray *checks, const ProxyConfig *config);

/* Whether the daemon is behind its addresses, and nobody else. */
void doctor_listeners(GPtrArray *checks, const SetupPlace *place, const ProxyConfig *config);
