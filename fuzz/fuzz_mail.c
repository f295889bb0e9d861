/* SPDX-License-Identifier: MPL-2.0 */
/* The guard before libetpan: its word does not depend on the chunks. Names of Maildir files. */
#include "mail/guard.h"
#include "mail/maildir_private.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool good)
{
	if (!good) {
		abort();
	}
}

static bool
feed(BaseBytes octets, size_t chunk)
{
	MailGuard guard = {.imap = true};
	mail_guard_allow(&guard, 1 << 20, 1000);
	for (size_t at = 0; at < octets.n; at += chunk) {
		if (!mail_guard_feed(&guard, base_bytes_slice(octets, at, chunk), NULL)) {
			return false;
		}
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BaseBytes octets = base_bytes(data, size);
	demand(feed(octets, size + 1) == feed(octets, 1));
	g_autofree char *file = base_bytes_strdup(octets);
	MailFlags flags = maildir_flags_of(file);
	g_autofree char *name = maildir_name_with(file, flags);
	demand(maildir_flags_of(name) == flags);
	g_autofree char *again = maildir_name_with(name, flags);
	demand(g_str_equal(name, again));
	g_autoptr(GBytes) header = mail_header_of(octets);
	demand(g_bytes_get_size(header) <= size);
	(void)mail_role_of(file);
	return 0;
}
