/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_suspect.h"

#include "base/clock.h"
#include "store/account.h"
#include "store/peer.h"
#include "trust/lookalike_name.h"

#include <string.h>

#define OWN_MAX 1000 /* addresses of ours that are looked at */

void
trust_suspect_clear(TrustSuspect *c)
{
	trust_alike_clear(&c->out);
	g_clear_pointer(&c->sender, trust_domain_free);
	g_clear_pointer(&c->domain, g_free);
	g_clear_pointer(&c->row, store_domain_free);
	g_clear_pointer(&c->own, g_ptr_array_unref);
	g_clear_pointer(&c->brands, g_ptr_array_unref);
}

const char *
trust_suspect_own(const TrustSuspect *c, size_t i)
{
	return c->question->own == NULL || i >= OWN_MAX ? NULL : c->question->own[i];
}

bool
trust_suspect_certified(const TrustSuspect *c, const char *domain, bool *out, GError **error)
{
	*out = false;
	return c->question->organization == NULL ||
	       store_domain_certified(c->store, domain, c->question->organization, out, error);
}

static void
read_own(TrustSuspect *c)
{
	c->own = g_ptr_array_new_with_free_func(g_free);
	for (size_t i = 0; trust_suspect_own(c, i) != NULL; i++) {
		const char *own = trust_suspect_own(c, i);
		bool unchecked = false;
		char *domain = trust_domain_registrable(trust_domain_host(own), &unchecked);
		c->is_own = c->is_own || strcmp(own, c->question->address) == 0;
		if (domain != NULL &&
		    !g_ptr_array_find_with_equal_func(c->own, domain, g_str_equal, NULL)) {
			g_ptr_array_add(c->own, g_steal_pointer(&domain));
		}
		g_free(domain);
	}
	c->own_domain = c->domain != NULL && !c->public &&
			g_ptr_array_find_with_equal_func(c->own, c->domain, g_str_equal, NULL);
}

static int64_t
earlier_of(int64_t first_seen, int64_t received)
{
	int64_t now = received == 0 ? G_MAXINT64 : received;
	return first_seen == 0 ? now : MIN(first_seen, now);
}

static bool
read_standing(TrustSuspect *c, GError **error)
{
	int64_t received = c->question->received;
	g_autoptr(StoreCaller) caller = NULL;
	if ((c->domain != NULL && !store_domain_get(c->store, c->domain, &c->row, error)) ||
	    !store_caller_get(c->store, c->question->address, &caller, error)) {
		return false;
	}
	c->since = earlier_of(c->row == NULL ? 0 : c->row->first_seen, received);
	c->caller_since = earlier_of(caller == NULL ? 0 : caller->first_seen, received);
	c->established = trust_standing_before(c->row, received) >= TRUST_STANDING_ESTABLISHED;
	c->caller_established = trust_caller_established(caller, received);
	return true;
}

bool
trust_suspect_open(TrustSuspect *c, GError **error)
{
	const char *host = trust_domain_host(c->question->address);
	c->domain = trust_domain_registrable(host, &c->out.unchecked);
	c->public = c->domain != NULL && trust_domain_is_public(c->domain);
	if (!read_standing(c, error)) {
		return false;
	}
	read_own(c);
	if (c->domain != NULL && (!c->established || strstr(host, "xn--") != NULL)) {
		c->sender = trust_domain_new(host);
		c->out.unchecked = c->out.unchecked || (c->sender != NULL && c->sender->unchecked);
	}
	bool compares = !c->established || c->public || c->question->unsigned_or_first;
	c->brands = compares ? trust_brands(c->question->imitated_path) : g_ptr_array_new();
	return true;
}

static void
found(TrustSuspect *c, const char *like)
{
	c->out.name_like = g_strdup(like);
}

static bool
same_domain(const TrustSuspect *c, const char *address)
{
	bool unchecked = false;
	g_autofree char *domain = trust_domain_registrable(trust_domain_host(address), &unchecked);
	return g_strcmp0(domain, c->domain) == 0;
}

static bool
is_foreign(const TrustSuspect *c, const char *address)
{
	return address != NULL && strcmp(address, c->question->address) != 0 &&
	       (c->public || !same_domain(c, address));
}

/* Does anybody known have an address of that domain? */
static bool
is_known_host(const TrustSuspect *c, const char *address, bool *out, GError **error)
{
	g_autoptr(StoreDomain) row = NULL;
	g_autoptr(TrustDomain) domain = trust_domain_new(trust_domain_host(address));
	*out = domain != NULL &&
	       g_ptr_array_find_with_equal_func(c->own, domain->domain, g_str_equal, NULL);
	for (guint i = 0; !*out && domain != NULL && i < c->brands->len; i++) {
		*out = trust_brand_owns(c->brands->pdata[i], domain);
	}
	if (*out || domain == NULL) {
		return true;
	}
	if (!store_domain_get(c->store, domain->domain, &row, error)) {
		return false;
	}
	*out = trust_standing_before(row, 0) >= TRUST_STANDING_SEEN;
	return true;
}

/* The part before the last @, with % as the sign that it was in source routes (RFC 1123 section
 * 5.2.16). */
static char *
local_part(const char *address)
{
	const char *host = trust_domain_host(address);
	char *local = g_strndup(address, *host == '\0' ? 0 : (size_t)(host - address) - 1);
	return g_strdelimit(local, "%", '@');
}

/* "boss@example.org" <mallory@example.org>: within a domain, lists and services name others in good
 * faith, so only somebody who signs mail counts. */
static bool
is_known_colleague(const TrustSuspect *c, const char *address, bool *out, GError **error)
{
	g_autoptr(StorePeer) peer = NULL;
	if (!store_peer_get(c->store, address, &peer, error)) {
		return false;
	}
	*out = peer != NULL && peer->n_signed > 0 && strcmp(address, c->question->address) != 0;
	return true;
}

/* "bob@example.org" <mallory@example.net>; other notations (bob [at] example.org, bob%example.org)
 * might mean something else, so they count if the domain is known. */
static bool
check_address(TrustSuspect *c, GError **error)
{
	const char *display = c->question->display == NULL ? "" : c->question->display;
	g_autofree char *plain = trust_name_address(display, TRUST_NOTATION_PLAIN);
	g_autofree char *loose = trust_name_address(display, TRUST_NOTATION_LOOSE);
	g_autofree char *local = local_part(c->question->address);
	g_autofree char *inner = trust_name_address(local, TRUST_NOTATION_PLAIN);
	const char *const unsure[] = {loose, inner};
	bool colleague = false;
	if (is_foreign(c, plain)) {
		found(c, plain);
	} else if (plain != NULL && !is_known_colleague(c, plain, &colleague, error)) {
		return false;
	}
	if (colleague) {
		found(c, plain);
	}
	for (size_t i = 0; c->out.name_like == NULL && i < G_N_ELEMENTS(unsure); i++) {
		bool known = false;
		if (is_foreign(c, unsure[i]) && !is_known_host(c, unsure[i], &known, error)) {
			return false;
		}
		if (known) {
			found(c, unsure[i]);
		}
	}
	return true;
}

static bool
check_own_name(TrustSuspect *c, const char *key, GError **error)
{
	g_autoptr(GPtrArray) accounts = store_account_list(c->store, error);
	for (guint i = 0; accounts != NULL && i < accounts->len; i++) {
		const StoreAccount *account = accounts->pdata[i];
		bool unchecked = false;
		g_autofree char *own = trust_name_core(account->name, &unchecked);
		if (c->out.name_like == NULL && g_strcmp0(own, key) == 0) {
			found(c, account->address);
		}
	}
	return accounts != NULL;
}

/* So many people of one name are not one, if their mail has standing: else a few forged letters
 * would make any name common. */
#define NAMESAKES 4

static bool
wrote_on_days(const StoreCaller *caller)
{
	return caller->written || (caller->first_seen != 0 &&
				   caller->last_seen / BASE_DAY > caller->first_seen / BASE_DAY);
}

/* Had @other the name before the sender? One letter alone may be a forged one, and the sender its
 * true owner: then it counts unless only the sender's address has the name in it. */
static bool
is_original(const TrustSuspect *c, const StoreCaller *other, const char *key)
{
	return strcmp(other->address, c->question->address) != 0 &&
	       (c->public || !same_domain(c, other->address)) &&
	       (other->written || other->first_seen <= c->caller_since) &&
	       (wrote_on_days(other) || trust_name_fits(key, other->address) ||
		!trust_name_fits(key, c->question->address));
}

static bool
check_callers(TrustSuspect *c, const char *key, GError **error)
{
	g_autoptr(GPtrArray) others = store_caller_by_display(c->store, key, error);
	const StoreCaller *first = NULL;
	guint n = 0;
	for (guint i = 0; others != NULL && i < others->len; i++) {
		const StoreCaller *other = others->pdata[i];
		bool another = strcmp(other->address, c->question->address) != 0;
		n += another && trust_caller_established(other, 0) ? 1 : 0;
		if (first == NULL && is_original(c, other, key)) {
			first = other;
		}
	}
	bool certified = false;
	if (first != NULL && (n < NAMESAKES || first->written)) {
		g_autofree char *domain = trust_domain_registrable(
			trust_domain_host(first->address), &c->out.unchecked);
		if (domain != NULL && !trust_suspect_certified(c, domain, &certified, error)) {
			return false;
		}
		if (!certified) {
			found(c, first->address);
		}
	}
	return others != NULL;
}

/* Chase <chase@gmail.com> may well be called that. */
static bool
is_namesake(const TrustSuspect *c, const TrustBrand *brand, const char *key)
{
	return brand->person && c->public && strcmp(key, brand->key) == 0;
}

static bool
check_brands(TrustSuspect *c, const char *key, GError **error)
{
	for (guint i = 0; i < c->brands->len; i++) {
		const TrustBrand *brand = c->brands->pdata[i];
		bool certified = false;
		if (brand->key == NULL || brand->domains->len == 0 ||
		    !trust_name_carries(key, brand->key) || is_namesake(c, brand, key) ||
		    (c->sender != NULL && trust_brand_may_use(brand, c->sender))) {
			continue;
		}
		const TrustDomain *domain = brand->domains->pdata[0];
		if (!trust_suspect_certified(c, domain->domain, &certified, error)) {
			return false;
		}
		if (!certified) {
			found(c, trust_brand_original(brand, domain));
			break;
		}
	}
	return true;
}

static bool
check_readings(TrustSuspect *c, GError **error)
{
	g_autoptr(GPtrArray) keys = trust_name_readings(c->question->display, &c->out.unchecked);
	for (guint i = 0; c->out.name_like == NULL && i < keys->len; i++) {
		if (!check_own_name(c, keys->pdata[i], error) ||
		    (c->out.name_like == NULL && !check_callers(c, keys->pdata[i], error))) {
			return false;
		}
	}
	return true;
}

bool
trust_suspect_name(TrustSuspect *c, GError **error)
{
	if (!check_address(c, error)) {
		return false;
	}
	g_autofree char *key = c->question->display == NULL
				       ? NULL
				       : trust_name_key(c->question->display, &c->out.unchecked);
	if (c->out.name_like != NULL || key == NULL) {
		return true;
	}
	return check_readings(c, error) &&
	       (c->out.name_like != NULL || check_brands(c, key, error));
}

/* Both belong to one house. */
static bool
share_brand(const TrustSuspect *c, const char *target)
{
	g_autoptr(TrustDomain) other = trust_domain_new(target);
	g_autoptr(TrustDomain) sender = trust_domain_new(c->domain);
	for (guint i = 0; other != NULL && sender != NULL && i < c->brands->len; i++) {
		const TrustBrand *brand = c->brands->pdata[i];
		if (trust_brand_owns(brand, sender) && trust_brand_owns(brand, other)) {
			return true;
		}
	}
	return false;
}

static bool
is_new_link(const TrustSuspect *c, const char *target, bool *out, GError **error)
{
	int64_t time = 0;
	int64_t received = c->question->received;
	g_autoptr(StoreDomain) row = NULL;
	*out = false;
	if (strcmp(target, c->domain) == 0 ||
	    g_ptr_array_find_with_equal_func(c->own, target, g_str_equal, NULL)) {
		return true;
	}
	if ((c->row != NULL && !store_link_seen(c->store, c->row->id, target, &time, error)) ||
	    !store_domain_get(c->store, target, &row, error)) {
		return false;
	}
	bool seen = time != 0 && (received == 0 || time < received);
	bool correspondent = trust_standing_before(row, 0) >= TRUST_STANDING_ESTABLISHED &&
			     !trust_domain_is_public(target);
	*out = !seen && !correspondent && !share_brand(c, target);
	return true;
}

bool
trust_suspect_links(TrustSuspect *c, GError **error)
{
	const char *const *hosts = c->question->link_hosts;
	bool wanted =
		c->question->unsigned_or_first && hosts != NULL && c->domain != NULL && !c->is_own;
	for (size_t i = 0; wanted && hosts[i] != NULL && i < TRUST_ALIKE_LINKS; i++) {
		g_autofree char *target = trust_link_target(hosts[i]);
		bool is_new = false;
		if (target != NULL && !is_new_link(c, target, &is_new, error)) {
			return false;
		}
		if (is_new) {
			c->out.new_link = g_steal_pointer(&target);
			break;
		}
	}
	return true;
}
