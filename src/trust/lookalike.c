/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike.h"

#include "trust/lookalike_fold.h"
#include "trust/lookalike_inside.h"
#include "trust/lookalike_library.h"
#include "trust/lookalike_probe.h"
#include "trust/lookalike_suspect.h"

#include <stdlib.h>
#include <string.h>

void
trust_alike_clear(TrustAlike *alike)
{
	g_clear_pointer(&alike->domain_like, g_free);
	g_clear_pointer(&alike->name_like, g_free);
	g_clear_pointer(&alike->new_link, g_free);
	g_clear_pointer(&alike->shown, g_free);
	alike->domain_trick = NULL;
	alike->unchecked = false;
}

static void
found(TrustSuspect *c, const char *like, const char *trick)
{
	c->out.domain_like = g_strdup(like);
	c->out.domain_trick = trick;
}

/* Of the same organization, or the person said that the sender is genuine. */
static bool
is_excused(const TrustSuspect *c, const char *original, bool *out, GError **error)
{
	return trust_suspect_certified(c, original, out, error) &&
	       (*out || store_domain_accepted(c->store, c->domain, out, error));
}

/* The sender against one domain of that standing. */
static bool
consider(TrustSuspect *c, const TrustDomain *original, TrustStanding standing, GError **error)
{
	const char *trick = trust_domain_resembles(c->sender, original, standing);
	if (trick == NULL && trust_domain_inside(c->sender, original, standing, false)) {
		trick = "inside";
	}
	bool excused = false;
	if (trick == NULL) {
		return true;
	}
	if (!is_excused(c, original->domain, &excused, error)) {
		return false;
	}
	if (!excused) {
		found(c, original->domain, trick);
	}
	return true;
}

static bool
against_own(TrustSuspect *c, GError **error)
{
	for (guint i = 0; c->out.domain_like == NULL && i < c->own->len; i++) {
		g_autoptr(TrustDomain) own = trust_domain_new(c->own->pdata[i]);
		if (own != NULL && !trust_domain_is_public(own->domain) &&
		    !consider(c, own, TRUST_STANDING_OWN, error)) {
			return false;
		}
	}
	return true;
}

/* What looks like a word of a language may well be another word. */
static bool
is_word_trick(const char *trick)
{
	return strcmp(trick, "edit") == 0 || strcmp(trick, "repetition") == 0 ||
	       strcmp(trick, "suffix") == 0;
}

static const char *
brand_trick(const TrustSuspect *c, const TrustBrand *brand, const TrustDomain *domain)
{
	bool named = strcmp(domain->plain, brand->label) == 0;
	TrustStanding standing = named ? TRUST_STANDING_IMITATED : TRUST_STANDING_SEEN;
	const char *trick = trust_domain_resembles(
		c->sender, domain, named ? TRUST_STANDING_IMITATED : TRUST_STANDING_ESTABLISHED);
	if (trick != NULL && !(brand->word && is_word_trick(trick))) {
		return trick;
	}
	return trust_domain_inside(c->sender, domain, standing, !brand->part) ? "inside" : NULL;
}

/* The domain with the sender's suffix is the one that is meant, before the best known. */
static void
against_brand(TrustSuspect *c, const TrustBrand *brand)
{
	const TrustDomain *like = NULL;
	const char *trick = NULL;
	bool same = false;
	for (guint i = 0; !same && i < brand->domains->len; i++) {
		const TrustDomain *domain = brand->domains->pdata[i];
		const char *one = brand_trick(c, brand, domain);
		same = one != NULL && strcmp(domain->suffix, c->sender->suffix) == 0;
		if (one != NULL && (same || like == NULL)) {
			like = domain;
			trick = one;
		}
	}
	if (like != NULL) {
		found(c, trust_brand_original(brand, like), trick);
	}
}

static bool
against_brands(TrustSuspect *c, GError **error)
{
	for (guint i = 0; c->out.domain_like == NULL && i < c->brands->len; i++) {
		against_brand(c, c->brands->pdata[i]);
	}
	bool excused = false;
	if (c->out.domain_like != NULL && !is_excused(c, c->out.domain_like, &excused, error)) {
		return false;
	}
	if (excused) {
		g_clear_pointer(&c->out.domain_like, g_free);
		c->out.domain_trick = NULL;
	}
	return true;
}

static bool
against_row(TrustSuspect *c, const StoreDomain *row, GError **error)
{
	TrustStanding standing = trust_standing_before(row, 0);
	bool earlier = standing > TRUST_STANDING_SEEN || row->first_seen <= c->since;
	if (c->standing_only) {
		earlier = standing > TRUST_STANDING_SEEN && row->first_seen != 0 &&
			  row->first_seen < c->since;
	}
	g_autoptr(TrustDomain) original =
		earlier && standing != TRUST_STANDING_NONE ? trust_domain_new(row->name) : NULL;
	return original == NULL || consider(c, original, standing, error);
}

/* Known domains that the host begins with. */
static bool
against_beginnings(TrustSuspect *c, GError **error)
{
	g_autoptr(GPtrArray) names = trust_domain_beginnings(c->sender);
	for (guint i = 0; c->out.domain_like == NULL && i < names->len; i++) {
		g_autoptr(StoreDomain) row = NULL;
		if (!store_domain_get(c->store, names->pdata[i], &row, error) ||
		    (row != NULL && !against_row(c, row, error))) {
			return false;
		}
	}
	return true;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
against_known(TrustSuspect *c, GError **error)
{
	g_autoptr(GHashTable) keys = trust_probe_keys(c->sender);
	g_autoptr(GPtrArray) rows =
		g_ptr_array_new_with_free_func((GDestroyNotify)store_domain_free);
	guint n = 0;
	g_autofree gpointer *list = g_hash_table_get_keys_as_array(keys, &n);
	qsort(list, n, sizeof(*list), by_text);
	if (!store_domain_alike(c->store, (const char *const *)list, n, rows, error)) {
		return false;
	}
	for (guint i = 0; c->out.domain_like == NULL && i < rows->len; i++) {
		if (!against_row(c, rows->pdata[i], error)) {
			return false;
		}
	}
	return true;
}

static bool
check_domain(TrustSuspect *c, GError **error)
{
	static bool (*const checks[])(TrustSuspect *, GError **) = {
		against_own, against_brands, against_beginnings, against_known};
	bool genuine = c->public;
	for (guint i = 0; !genuine && i < c->brands->len; i++) {
		genuine = trust_brand_owns(c->brands->pdata[i], c->sender);
	}
	for (size_t i = 0; !genuine && i < G_N_ELEMENTS(checks) && c->out.domain_like == NULL;
	     i++) {
		if (!checks[i](c, error)) {
			return false;
		}
	}
	return true;
}

static bool
is_earlier(const TrustSuspect *c, const StoreCaller *other)
{
	return other->written || other->first_seen <= c->caller_since;
}

/* Another address of the same domain whose local part looks the same. */
static bool
check_local_part(TrustSuspect *c, GError **error)
{
	g_autofree char *key = trust_address_key(c->question->address, &c->out.unchecked);
	for (size_t i = 0; trust_suspect_own(c, i) != NULL; i++) {
		bool unchecked = false;
		g_autofree char *own = trust_address_key(trust_suspect_own(c, i), &unchecked);
		if (strcmp(own, key) == 0) {
			found(c, trust_suspect_own(c, i), "local-part");
			return true;
		}
	}
	g_autoptr(GPtrArray) others = store_caller_by_address(c->store, key, error);
	for (guint i = 0; others != NULL && i < others->len; i++) {
		const StoreCaller *other = others->pdata[i];
		if (strcmp(other->address, c->question->address) != 0 && is_earlier(c, other)) {
			found(c, other->address, "local-part");
			break;
		}
	}
	return others != NULL;
}

/* Characters that show nothing, or turn the text around, are made visible. */
static char *
show_text(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *out = g_string_new(NULL);
	for (const char *p = valid; *p != '\0'; p = trust_fold_next(p)) {
		gunichar c = g_utf8_get_char(p);
		GUnicodeType type = g_unichar_type(c);
		bool hidden = type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
			      type == G_UNICODE_LINE_SEPARATOR ||
			      type == G_UNICODE_PARAGRAPH_SEPARATOR;
		g_string_append_unichar(out, hidden ? 0xfffd : c);
	}
	return g_string_free(out, FALSE);
}

static char *
show(const TrustSuspect *c)
{
	const char *address = c->question->address;
	const char *host = trust_domain_host(address);
	bool looks = c->out.domain_like != NULL && strcmp(c->out.domain_trick, "local-part") != 0;
	g_autofree char *unicode =
		c->sender == NULL || c->sender->mixed || looks || strstr(host, "xn--") == NULL
			? NULL
			: trust_library_unicode(c->sender->host);
	g_autofree char *text = g_strdup_printf("%.*s%s", (int)(host - address), address,
						unicode == NULL ? host : unicode);
	return show_text(*host == '\0' ? address : text);
}

static bool
check_all(TrustSuspect *c, GError **error)
{
	bool familiar = c->established && c->caller_established;
	if (familiar || c->is_own) {
		return true;
	}
	bool fresh = c->sender != NULL && !c->established && !c->own_domain;
	if (!check_local_part(c, error) ||
	    (fresh && c->out.domain_like == NULL && !check_domain(c, error))) {
		return false;
	}
	bool strange = c->public ? !c->caller_established : !c->established && !c->own_domain;
	return !strange || trust_suspect_name(c, error);
}

bool
trust_suspect_rises(Store *store, const TrustAlikeQuestion *question, bool *out, GError **error)
{
	g_auto(TrustSuspect) c = {.store = store, .question = question, .standing_only = true};
	if (!trust_suspect_open(&c, error) ||
	    (c.sender != NULL && !c.own_domain && !check_domain(&c, error))) {
		return false;
	}
	*out = c.out.domain_like == NULL;
	return true;
}

bool
trust_lookalike(Store *store, const TrustAlikeQuestion *question, TrustAlike *out, GError **error)
{
	g_auto(TrustSuspect) c = {.store = store, .question = question};
	g_autoptr(StoreTransaction) tx = store_begin_read(store, error);
	if (tx == NULL || !trust_suspect_open(&c, error) || !check_all(&c, error) ||
	    !trust_suspect_links(&c, error) || !store_commit(tx, error)) {
		return false;
	}
	c.out.shown = show(&c);
	*out = c.out;
	c.out = (TrustAlike){0};
	return true;
}
