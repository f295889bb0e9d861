/* SPDX-License-Identifier: MPL-2.0 */
/* Which of the certificates beside a leaf lie on a way from it to an anchor. */
#include "base/limits.h"
#include "cert/info_private.h"
#include "cert/name.h"
#include "cert/path_private.h"

/* Signatures checked for one leaf. Certificates that were planted are issuers of nothing, so that
 * honest chains need one for each; only who made all of them can ask for more. */
#define CHECKS_MAX (4 * BASE_LIMIT_CERTS)

/* One bit for each certificate. */
G_STATIC_ASSERT(BASE_LIMIT_CERTS <= 64);

typedef struct {
	const GPtrArray *certs; /* CertInfo, not the leaf */
	const CertAnchors *anchors;
	unsigned n;
	unsigned checks;
	char *names[BASE_LIMIT_CERTS];      /* folded subjects */
	uint64_t issuers[BASE_LIMIT_CERTS]; /* those that signed the certificate */
	uint64_t above;                     /* those on a way up from the leaf */
} Search;

static const CertInfo *
cert_at(const Search *search, unsigned i)
{
	return g_ptr_array_index(search->certs, i);
}

static bool
is_in(uint64_t set, unsigned i)
{
	return (set >> i & 1) != 0;
}

static uint64_t
find_issuers(Search *search, const CertInfo *info)
{
	g_autofree char *name = cert_name_fold(info->issuer);
	uint64_t found = 0;
	for (unsigned i = 0; i < search->n && search->checks < CHECKS_MAX; i++) {
		const CertInfo *issuer = cert_at(search, i);
		if (issuer == info || strcmp(search->names[i], name) != 0) {
			continue;
		}
		search->checks++;
		if (cert_info_signed_by(info, issuer)) {
			found |= UINT64_C(1) << i;
		}
	}
	return found;
}

/* Level by level from the leaf; each certificate is asked about once. */
static void
climb(Search *search, const CertInfo *leaf)
{
	uint64_t front = find_issuers(search, leaf);
	for (unsigned level = 0; level < BASE_LIMIT_CHAIN && front != 0; level++) {
		uint64_t next = 0;
		for (unsigned i = 0; i < search->n; i++) {
			if (is_in(front, i)) {
				search->issuers[i] = find_issuers(search, cert_at(search, i));
				next |= search->issuers[i];
			}
		}
		search->above |= front;
		front = next & ~search->above;
	}
}

bool
cert_anchor_fits(const CertInfo *anchor, const CertInfo *info)
{
	return cert_info_signed_by(info, anchor) || base_bytes_equal(info->spki, anchor->spki);
}

static bool
is_anchored(const CertAnchors *anchors, const CertInfo *info)
{
	const char *const names[] = {info->issuer, info->subject};
	for (size_t n = 0; n < G_N_ELEMENTS(names); n++) {
		const GPtrArray *same = cert_anchors_named(anchors, names[n]);
		for (unsigned i = 0; same != NULL && i < same->len; i++) {
			if (cert_anchor_fits(g_ptr_array_index(same, i), info)) {
				return true;
			}
		}
	}
	return false;
}

static void
unref_info(void *info)
{
	cert_info_unref(info);
}

static void
add_all(const Search *search, uint64_t set, GPtrArray *to)
{
	for (unsigned i = 0; i < search->n; i++) {
		if (is_in(set, i)) {
			g_ptr_array_add(to, cert_info_ref(cert_at(search, i)));
		}
	}
}

static uint64_t
find_anchored(const Search *search)
{
	uint64_t found = 0;
	for (unsigned i = 0; i < search->n; i++) {
		if (is_in(search->above, i) && is_anchored(search->anchors, cert_at(search, i))) {
			found |= UINT64_C(1) << i;
		}
	}
	return found;
}

/* What those of @above issued. A certificate that signed itself is no way from one to the other:
 * whoever has that key issues without it, too. */
static uint64_t
find_issued(const Search *search, uint64_t above)
{
	uint64_t found = 0;
	for (unsigned i = 0; i < search->n; i++) {
		if (is_in(search->above, i) && (search->issuers[i] & above) != 0 &&
		    !cert_info_self_signed(cert_at(search, i))) {
			found |= UINT64_C(1) << i;
		}
	}
	return found;
}

/* Of those above the leaf the ones with an anchor above themselves, the shortest way first: anybody
 * can certify the key of an authority, and such a certificate fits the leaf as well. */
static void
descend(const Search *search, GPtrArray *to)
{
	uint64_t reached = 0;
	uint64_t next = find_anchored(search);
	for (unsigned level = 0; level < BASE_LIMIT_CHAIN && next != 0; level++) {
		add_all(search, next, to);
		reached |= next;
		next = find_issued(search, reached) & ~reached;
	}
}

GPtrArray *
cert_path_issuers(const CertInfo *leaf, const GPtrArray *others, const CertAnchors *anchors)
{
	GPtrArray *issuers = g_ptr_array_new_with_free_func(unref_info);
	Search search = {
		.certs = others,
		.anchors = anchors,
		.n = MIN(others->len, BASE_LIMIT_CERTS),
	};
	for (unsigned i = 0; i < search.n; i++) {
		search.names[i] = cert_name_fold(cert_at(&search, i)->subject);
	}
	climb(&search, leaf);
	descend(&search, issuers);
	if (issuers->len == 0) {
		add_all(&search, search.above, issuers);
	}
	for (unsigned i = 0; i < search.n; i++) {
		g_free(search.names[i]);
	}
	return issuers;
}
