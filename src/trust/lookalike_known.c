/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_known.h"

#include "base/clock.h"
#include "trust/lookalike.h"
#include "trust/lookalike_fold.h"

#include <string.h>

/* Anybody gets a mailbox there. Sorted. */
static const char *const public_hosts[] = {
	"126.com",         "163.com",        "aol.com",       "arcor.de",       "bluewin.ch",
	"comcast.net",     "email.de",       "fastmail.com",  "free.fr",        "freenet.de",
	"gmail.com",       "gmx.at",         "gmx.ch",        "gmx.com",        "gmx.de",
	"gmx.net",         "googlemail.com", "hotmail.co.uk", "hotmail.com",    "hotmail.de",
	"hotmail.fr",      "icloud.com",     "laposte.net",   "libero.it",      "live.com",
	"mac.com",         "mail.com",       "mail.de",       "mail.ru",        "mailbox.org",
	"me.com",          "msn.com",        "orange.fr",     "outlook.com",    "outlook.de",
	"pm.me",           "posteo.de",      "proton.me",     "protonmail.com", "qq.com",
	"riseup.net",      "rocketmail.com", "t-online.de",   "tutanota.com",   "verizon.net",
	"vodafonemail.de", "wanadoo.fr",     "web.de",        "yahoo.co.uk",    "yahoo.com",
	"yahoo.de",        "yahoo.fr",       "yandex.ru",     "ymail.com",
};

bool
trust_domain_is_public(const char *domain)
{
	size_t low = 0;
	size_t high = G_N_ELEMENTS(public_hosts);
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(public_hosts[middle], domain);
		if (order == 0) {
			return true;
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return false;
}

/*
 * A message must not change its own verdict by being learned: its own day does not count, known or
 * not. (A day between the first and the last may be another's too; then one is missing.)
 */
TrustStanding
trust_standing_before(const StoreDomain *domain, int64_t received)
{
	if (domain == NULL) {
		return TRUST_STANDING_NONE;
	}
	int64_t day = received / BASE_DAY;
	bool within = received != 0 && day >= domain->first_seen / BASE_DAY &&
		      day <= domain->last_seen / BASE_DAY;
	if (domain->written || domain->days - (within ? 1 : 0) >= TRUST_ALIKE_DAYS) {
		return TRUST_STANDING_ESTABLISHED;
	}
	return domain->messages > 0 ? TRUST_STANDING_SEEN : TRUST_STANDING_NONE;
}

bool
trust_caller_established(const StoreCaller *caller, int64_t received)
{
	if (caller == NULL) {
		return false;
	}
	bool within =
		received != 0 && received >= caller->first_seen && received <= caller->last_seen;
	int64_t until = received == 0 ? caller->last_seen : received;
	return caller->written || (caller->messages - (within ? 1 : 0) >= TRUST_ALIKE_DAYS &&
				   until - caller->first_seen >= TRUST_ALIKE_DAYS * BASE_DAY);
}

char *
trust_address_key(const char *address, bool *unchecked)
{
	const char *host = trust_domain_host(address);
	size_t n = *host == '\0' ? strlen(address) : (size_t)(host - address) - 1;
	g_autofree char *local = g_strndup(address, n);
	g_autofree char *strict = trust_fold_strict(local, unchecked);
	g_autoptr(GString) key = g_string_new(strict);
	g_string_replace(key, "rn", "m", 0);
	g_string_replace(key, "vv", "w", 0);
	g_string_append_printf(key, "@%s", host);
	return g_strndup(key->str, key->len);
}
