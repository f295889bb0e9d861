/* SPDX-License-Identifier: MPL-2.0 */
/* Who may vouch for certificates: the roots that Mozilla trusts for mail, and the person's choice.
 */
#include "engine/anchors.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "cert/fetch.h"
#include "cert/mozilla.h"
#include "store/anchor.h"
#include "store/setting.h"

#define LOOK_AGAIN G_USEC_PER_SEC /* at the soonest, for what another process changed */
#define CACHE_SIZE 4096           /* signers whose chain is remembered */
#define CACHE_LIFE INT64_C(3600)  /* seconds, since another process may learn of a revocation */

struct Anchors {
	PsEngine *engine;
	CertAnchors *own;   /* the person's; NULL: not read yet */
	CertAnchors *all;   /* with Mozilla's; NULL: not read yet */
	int64_t changes;    /* store_change_count() when they were read */
	gint64 looked;      /* on the monotonic clock */
	GHashTable *chosen; /* fingerprints of the person's */
	GHashTable *cache;  /* fingerprint of a leaf -> Remembered */
};

/* A trusted path; without a root: nobody vouches. */
typedef struct {
	CertPath path;
	bool asked;    /* the issuers, if that is wanted */
	int64_t since; /* core_now() then */
	int64_t at;    /* it holds from then */
	int64_t until; /* to then */
} Remembered;

static void
remembered_free(Remembered *remembered)
{
	cert_path_clear(&remembered->path);
	g_free(remembered);
}

Anchors *
anchors_new(PsEngine *engine)
{
	Anchors *anchors = g_new0(Anchors, 1);
	anchors->engine = engine;
	anchors->chosen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	anchors->cache = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					       (GDestroyNotify)remembered_free);
	return anchors;
}

void
anchors_forget(Anchors *anchors)
{
	g_clear_pointer(&anchors->own, cert_anchors_unref);
	g_clear_pointer(&anchors->all, cert_anchors_unref);
	g_hash_table_remove_all(anchors->chosen);
	g_hash_table_remove_all(anchors->cache);
}

void
anchors_free(Anchors *anchors)
{
	if (anchors == NULL) {
		return;
	}
	anchors_forget(anchors);
	g_hash_table_unref(anchors->chosen);
	g_hash_table_unref(anchors->cache);
	g_free(anchors);
}

static GPtrArray *
info_array(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)cert_info_unref);
}

/* The person's own anchors; the fingerprints of those taken away go to @refused (may be NULL). */
static GPtrArray *
read_own(Anchors *anchors, GHashTable *refused)
{
	GPtrArray *own = info_array();
	Store *store = core_store(anchors->engine, NULL);
	g_autoptr(GPtrArray) rows = store == NULL ? NULL : store_anchor_list(store, NULL);
	for (guint i = 0; rows != NULL && i < rows->len; i++) {
		const StoreAnchor *row = g_ptr_array_index(rows, i);
		CertInfo *info = row->trusted ? cert_info_new_bytes(row->certificate, NULL) : NULL;
		if (info != NULL) {
			g_hash_table_add(anchors->chosen, g_strdup(row->fingerprint));
			g_ptr_array_add(own, info);
		} else if (!row->trusted && refused != NULL) {
			g_hash_table_add(refused, g_strdup(row->fingerprint));
		}
	}
	return own;
}

static const CertAnchors *
own_anchors(Anchors *anchors)
{
	if (anchors->own == NULL) {
		g_autoptr(GPtrArray) own = read_own(anchors, NULL);
		anchors->own = cert_anchors_new(own);
	}
	return anchors->own;
}

static const CertAnchors *
all_anchors(Anchors *anchors)
{
	if (anchors->all != NULL) {
		return anchors->all;
	}
	g_autoptr(GHashTable) refused =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) all = read_own(anchors, refused);
	g_autoptr(GPtrArray) roots = cert_mozilla_mail_roots(NULL);
	for (guint i = 0; roots != NULL && i < roots->len; i++) {
		CertInfo *root = g_ptr_array_index(roots, i);
		if (!g_hash_table_contains(refused, root->fingerprint)) {
			g_ptr_array_add(all, cert_info_ref(root));
		}
	}
	anchors->all = cert_anchors_new(all);
	return anchors->all;
}

static CertPath
copy_of(const CertPath *path)
{
	CertPath copy = *path;
	copy.path = path->path == NULL ? NULL : g_ptr_array_ref(path->path);
	copy.policies = path->policies == NULL ? NULL : g_ptr_array_ref(path->policies);
	copy.root = path->root == NULL ? NULL : cert_info_ref(path->root);
	return copy;
}

static void
add_known_crls(Anchors *anchors, GPtrArray *crls, BaseBytes issuer)
{
	Store *store = core_store(anchors->engine, NULL);
	g_autoptr(GPtrArray) known = store == NULL ? NULL : store_crl_list(store, issuer, NULL);
	if (known != NULL) {
		g_ptr_array_extend_and_steal(crls, g_steal_pointer(&known));
	}
}

/* The lists that came along, and those known of the issuers that may lie on the path. */
static GPtrArray *
collect_crls(Anchors *anchors, const AnchorsQuestion *question)
{
	GPtrArray *crls = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	for (guint i = 0; question->crls != NULL && i < question->crls->len; i++) {
		g_ptr_array_add(crls, g_bytes_ref(g_ptr_array_index(question->crls, i)));
	}
	add_known_crls(anchors, crls, question->leaf->issuer_name);
	g_autoptr(GHashTable) asked = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
							    (GDestroyNotify)g_bytes_unref, NULL);
	g_hash_table_add(asked, base_bytes_dup(question->leaf->issuer_name));
	guint n = question->others == NULL ? 0 : MIN(question->others->len, BASE_LIMIT_CERTS);
	for (guint i = 0; i < n; i++) {
		g_autoptr(CertInfo) info =
			cert_info_new_bytes(g_ptr_array_index(question->others, i), NULL);
		if (info != NULL && info->is_ca &&
		    g_hash_table_add(asked, base_bytes_dup(info->issuer_name))) {
			add_known_crls(anchors, crls, info->issuer_name);
		}
	}
	return crls;
}

static bool
is_online(Anchors *anchors)
{
	Store *store = core_store(anchors->engine, NULL);
	g_autofree char *value = NULL;
	return store != NULL && store_setting_get(store, ANCHORS_ONLINE_SETTING, &value, NULL) &&
	       value != NULL;
}

/* A path that was found holds whatever comes with the leaf next time; that there is none depends on
 * what came with it. */
static char *
key_of(const AnchorsQuestion *question, bool found)
{
	if (found) {
		return g_strdup(question->leaf->fingerprint);
	}
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	for (guint i = 0; question->others != NULL && i < question->others->len; i++) {
		BaseBytes der = base_bytes_of(g_ptr_array_index(question->others, i));
		g_checksum_update(sum, der.p, (gssize)der.n);
	}
	return g_strdup_printf("%s %s%s", question->leaf->fingerprint, g_checksum_get_string(sum),
			       question->own_only ? " own" : "");
}

/* What was found before, if it still answers; NULL: look again. */
static const Remembered *
recall(Anchors *anchors, const AnchorsQuestion *question, bool found)
{
	g_autofree char *key = key_of(question, found);
	const Remembered *known = g_hash_table_lookup(anchors->cache, key);
	int64_t now = core_now(anchors->engine);
	bool brings_crls = question->crls != NULL && question->crls->len > 0;
	if (known == NULL || brings_crls || question->at < known->at ||
	    question->at >= known->until || now < known->since || now > known->since + CACHE_LIFE) {
		return NULL;
	}
	bool ask = question->may_ask && !known->asked && known->path.revocation_unknown;
	return ask && is_online(anchors) ? NULL : known;
}

static void
remember(Anchors *anchors, const AnchorsQuestion *question, const CertPath *path)
{
	if (g_hash_table_size(anchors->cache) >= CACHE_SIZE) {
		g_hash_table_remove_all(anchors->cache);
	}
	Remembered *known = g_new0(Remembered, 1);
	known->path = copy_of(path);
	known->asked = question->may_ask;
	known->since = core_now(anchors->engine);
	known->at = question->at;
	known->until = path->valid_until;
	g_hash_table_replace(anchors->cache, key_of(question, path->root != NULL), known);
}

/* With the lists that came, those too that only tell about some certificates. */
static void
look_again(Anchors *anchors, const AnchorsQuestion *question, GPtrArray *fetched,
	   const CertAnchors *set, CertPath *path)
{
	g_autoptr(GPtrArray) crls = collect_crls(anchors, question);
	g_ptr_array_extend(crls, fetched, (GCopyFunc)(void (*)(void))g_bytes_ref, NULL);
	cert_path_clear(path);
	cert_path_check(question->leaf, question->others, set, crls, question->at, path);
}

static void
ask_responder(Anchors *anchors, CertPath *path)
{
	CertOcsp answer;
	if (!cert_fetch_ocsp(path, core_now(anchors->engine), &answer, NULL)) {
		return;
	}
	path->chain = answer.status == CERT_OCSP_REVOKED ? CERT_CHAIN_REVOKED : path->chain;
	path->revocation_unknown = answer.status == CERT_OCSP_UNKNOWN;
	path->valid_until = MIN(path->valid_until, answer.next_update);
}

/* Asks the issuers of a trusted path whether it still holds. No answer changes nothing. */
static void
ask_issuers(Anchors *anchors, const AnchorsQuestion *question, const CertAnchors *set,
	    CertPath *path)
{
	g_autoptr(GPtrArray) crls = cert_fetch_crls(path, NULL);
	for (guint i = 0; crls != NULL && i < crls->len; i++) {
		(void)anchors_keep_crl(anchors, base_bytes_of(g_ptr_array_index(crls, i)),
				       path->path, NULL);
	}
	if (crls != NULL && crls->len > 0) {
		look_again(anchors, question, crls, set, path);
	} else {
		ask_responder(anchors, path);
	}
}

/* A long-lived process must see that a person took an authority away. */
static void
notice_changes(Anchors *anchors)
{
	gint64 now = g_get_monotonic_time();
	Store *store =
		now - anchors->looked < LOOK_AGAIN ? NULL : core_store(anchors->engine, NULL);
	if (store == NULL) {
		return;
	}
	int64_t changes = store_change_count(store);
	anchors->looked = now;
	if (changes != anchors->changes) {
		anchors_forget(anchors);
		anchors->changes = changes;
	}
}

bool
anchors_check(Anchors *anchors, const AnchorsQuestion *question, CertPath *out)
{
	notice_changes(anchors);
	const CertAnchors *set = question->own_only ? own_anchors(anchors) : all_anchors(anchors);
	if (cert_anchors_count(set) == 0) {
		return false;
	}
	const Remembered *known = recall(anchors, question, true);
	if (known != NULL) {
		*out = copy_of(&known->path);
		return true;
	}
	if (recall(anchors, question, false) != NULL) {
		return false;
	}
	g_autoptr(GPtrArray) crls = collect_crls(anchors, question);
	g_auto(CertPath) path = {0};
	cert_path_check(question->leaf, question->others, set, crls, question->at, &path);
	if (question->may_ask && path.chain == CERT_CHAIN_TRUSTED && path.revocation_unknown &&
	    is_online(anchors)) {
		ask_issuers(anchors, question, set, &path);
	}
	if (path.root == NULL) {
		cert_path_clear(&path);
		path = (CertPath){.valid_until = INT64_MAX};
		remember(anchors, question, &path);
		return false;
	}
	if (path.chain == CERT_CHAIN_TRUSTED) {
		remember(anchors, question, &path);
	}
	*out = path;
	path = (CertPath){0};
	return true;
}

void
anchors_proof(Anchors *anchors, const CertPath *path, CertProof *out)
{
	(void)own_anchors(anchors); /* reads which are the person's */
	bool chosen = path->root != NULL &&
		      g_hash_table_contains(anchors->chosen, path->root->fingerprint);
	cert_proof_of(path, chosen, out);
}

/* Who of @candidates (CertInfo, may be NULL) signed @crl; NULL: none of them. Borrowed. */
static const CertInfo *
signer_of(BaseBytes crl, const GPtrArray *candidates)
{
	for (guint i = 0; candidates != NULL && i < candidates->len; i++) {
		const CertInfo *info = g_ptr_array_index(candidates, i);
		if (cert_crl_issued_by(crl, info)) {
			return info;
		}
	}
	return NULL;
}

/* Lists that nobody known signed take no place from others: else enough forged ones would push the
 * genuine one out. */
static bool
have_room(Store *store, BaseBytes issuer, GError **error)
{
	g_autoptr(GPtrArray) known = store_crl_list(store, issuer, error);
	if (known != NULL && known->len >= STORE_LIMIT_CRLS / 2) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "too many lists of this authority are known, and nobody can tell "
				 "which are genuine: add its certificate together with the list");
	}
	return known != NULL;
}

bool
anchors_keep_crl(Anchors *anchors, BaseBytes crl, const GPtrArray *signers, GError **error)
{
	CertCrlInfo info;
	bool kept = false;
	Store *store = core_store_write(anchors->engine, error);
	if (store == NULL || !cert_crl_read(crl, &info, error)) {
		return false;
	}
	if (!cert_crl_usable(crl, core_now(anchors->engine))) {
		return true;
	}
	const CertInfo *signer = signer_of(crl, signers);
	if (signer == NULL) {
		signer = cert_anchors_crl_signer(all_anchors(anchors), crl);
	}
	if (signer == NULL && !have_room(store, info.issuer_name, error)) {
		return false;
	}
	g_autoptr(GBytes) slot = cert_crl_slot(crl, signer);
	StoreCrl row = {
		.issuer = info.issuer_name,
		.authority = base_bytes_of(slot),
		.this_update = info.this_update,
		.der = crl,
	};
	if (!store_crl_put(store, &row, &kept, error)) {
		return false;
	}
	g_hash_table_remove_all(anchors->cache);
	return true;
}
