/* SPDX-License-Identifier: MPL-2.0 */
/* Messages that pass untouched. */
#include "policy/pass.h"

const char *
policy_pass_reason(const PolicyPassFacts *facts)
{
	const struct {
		bool holds;
		const char *reason;
	} table[] = {
		{facts->is_protected, "already-protected"},
		{facts->resent, "resent"},
		{facts->null_sender, "null-sender"},
		{facts->report, "report"},
		{facts->mdn, "mdn"},
		{facts->auto_reply, "auto-reply"},
		{facts->acme, "acme"},
		{facts->foreign_from, "foreign-from"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		if (table[i].holds) {
			return table[i].reason;
		}
	}
	return NULL;
}
