/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What can be offered before anybody has logged in. Mail programs ask once, before they say who
 * they are, and hold on to the answer. So the providers of the configuration are asked first, and
 * what they said is remembered for all sessions.
 */
#include "proxy/submission_private.h"

#define FRESH_SECONDS 3600 /* providers rarely change */
#define RETRY_SECONDS 60   /* after one that did not answer */
#define PROBE_SECONDS 5U   /* a mail program waits for this */

typedef struct {
	SmtpOffer *offer; /* NULL: it did not answer */
	gint64 until;     /* monotonic, microseconds */
} Seen;

static GMutex lock;
static GHashTable *seen_servers; /* net_server_to_string() -> Seen */

static void
seen_free(gpointer data)
{
	Seen *seen = data;
	smtp_offer_free(seen->offer);
	g_free(seen);
}

static SmtpOffer *
offer_copy(const SmtpOffer *offer)
{
	SmtpOffer *copy = g_memdup2(offer, sizeof(*offer));
	copy->auth = g_strdup(offer->auth);
	return copy;
}

void
submission_offer_note(const NetServer *server, const SmtpOffer *offer)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	Seen *seen = g_new0(Seen, 1);
	gint64 seconds = offer == NULL ? RETRY_SECONDS : FRESH_SECONDS;
	seen->offer = offer == NULL ? NULL : offer_copy(offer);
	seen->until = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
	if (seen_servers == NULL) {
		seen_servers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, seen_free);
	}
	g_hash_table_replace(seen_servers, net_server_to_string(server), seen);
}

/* Whether something fresh is known; *@offer is NULL if that is "no answer". */
static bool
look_up(const NetServer *server, SmtpOffer **offer)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	g_autofree char *key = net_server_to_string(server);
	const Seen *seen = seen_servers == NULL ? NULL : g_hash_table_lookup(seen_servers, key);
	if (seen == NULL || seen->until < g_get_monotonic_time()) {
		return false;
	}
	*offer = seen->offer == NULL ? NULL : offer_copy(seen->offer);
	return true;
}

static SmtpOffer *
ask(House *house, const ProxyAccount *account, const char *helo)
{
	const char *why = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(Login) login = house_login(house, NET_SUBMISSION, account->address, &why);
	g_autoptr(Provider) provider = login == NULL ? NULL
						     : provider_dial(login, helo, PROBE_SECONDS,
								     house_stop(house), &error);
	const SmtpOffer *offer = provider == NULL ? NULL : provider_offer(provider);
	submission_offer_note(account->submission, offer);
	if (provider == NULL) {
		house_log(house, "submission: %s does not answer: %s", account->submission->host,
			  error == NULL ? why : error->message);
		return NULL;
	}
	provider_quit(provider);
	return offer_copy(offer);
}

SmtpOffer *
submission_offer(House *house, const char *helo, char **mechanisms)
{
	const GPtrArray *accounts = house_config(house)->accounts;
	g_autoptr(SmtpOffer) all = NULL;
	g_autoptr(GString) auth = g_string_new(NULL);
	for (guint i = 0; i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		g_autoptr(SmtpOffer) theirs = NULL;
		if (account->submission == NULL) {
			continue;
		}
		if (!look_up(account->submission, &theirs)) {
			theirs = ask(house, account, helo);
		}
		g_autoptr(SmtpOffer) one = smtp_offer_filter(theirs);
		g_string_append_printf(auth, " %s", theirs == NULL ? "PLAIN" : theirs->auth);
		/* A managed account has a local password, whatever its provider wants. */
		g_string_append(auth, account->mode == PROXY_MANAGED ? " PLAIN" : "");
		if (all == NULL) {
			all = g_steal_pointer(&one);
		} else {
			smtp_offer_meet(all, one);
		}
	}
	*mechanisms = auth_offer(auth->str);
	return all == NULL ? smtp_offer_filter(NULL) : g_steal_pointer(&all);
}
