/* SPDX-License-Identifier: MPL-2.0 */
/* Chains of hand-overs between the roots of one address. */
#include "trust/change.h"

#define EDGES (STORE_LIMIT_HANDOVERS + TRUST_HANDOVERS)

typedef struct {
	const char *from;
	const char *to;
} Edge;

typedef struct {
	Edge edge[EDGES];
	size_t n;
} Graph;

typedef struct {
	const char *root[EDGES + STORE_LIMIT_IDENTITIES];
	size_t n;
} Roots;

static void
add_edge(Graph *graph, const char *from, const char *to)
{
	if (graph->n < EDGES && !g_str_equal(from, to)) {
		graph->edge[graph->n++] = (Edge){from, to};
	}
}

/* A statement from the future is none; judged by when the message came, so that it stays so. */
static bool
is_valid(const TrustHandover *handover, int64_t received)
{
	return handover->time <= received || handover->time - received <= TRUST_SKEW;
}

/* Those that a message brought in later than @after, and first not later than @until. */
static void
add_kept(Graph *graph, const TrustAddress *a, int64_t after, int64_t until)
{
	for (guint i = 0; i < a->handovers->len && i < STORE_LIMIT_HANDOVERS; i++) {
		const StoreHandover *handover = g_ptr_array_index(a->handovers, i);
		if (handover->last_seen > after && handover->first_seen <= until) {
			add_edge(graph, handover->old_root, handover->new_root);
		}
	}
}

static bool
has(const Roots *roots, const char *root)
{
	for (size_t i = 0; i < roots->n; i++) {
		if (g_str_equal(roots->root[i], root)) {
			return true;
		}
	}
	return false;
}

static bool
add_root(Roots *roots, const char *root)
{
	if (roots->n == G_N_ELEMENTS(roots->root) || has(roots, root)) {
		return false;
	}
	roots->root[roots->n++] = root;
	return true;
}

/* All that the roots lead to. */
static void
grow(Roots *roots, const Graph *graph)
{
	bool more = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < graph->n; i++) {
			const Edge *edge = &graph->edge[i];
			more = (has(roots, edge->from) && add_root(roots, edge->to)) || more;
		}
	}
}

/* All that lead to the roots. */
static void
grow_back(Roots *roots, const Graph *graph)
{
	Graph back = {.n = graph->n};
	for (size_t i = 0; i < graph->n; i++) {
		back.edge[i] = (Edge){graph->edge[i].to, graph->edge[i].from};
	}
	grow(roots, &back);
}

static bool
is_refused(const TrustAddress *a, const char *root)
{
	const StoreIdentity *identity = trust_address_find(a, root);
	return identity != NULL && identity->refused;
}

/* Those of the message that lead to its signer, who hands nothing over to others by it. */
static void
add_given(Graph *graph, const TrustAddress *a, const TrustChain *chain)
{
	size_t n = chain == NULL ? 0 : MIN(chain->n, (size_t)TRUST_HANDOVERS);
	Graph all = {.n = 0};
	Roots leading = {.n = 0};
	for (size_t i = 0; i < n; i++) {
		const TrustHandover *handover = &chain->list[i];
		if (is_valid(handover, chain->received) &&
		    !g_str_equal(handover->old_root, chain->root) &&
		    !is_refused(a, handover->old_root)) {
			add_edge(&all, handover->old_root, handover->new_root);
		}
	}
	if (all.n > 0) {
		add_root(&leading, chain->root);
		grow_back(&leading, &all);
	}
	for (size_t i = 0; i < all.n; i++) {
		if (has(&leading, all.edge[i].to)) {
			add_edge(graph, all.edge[i].from, all.edge[i].to);
		}
	}
}

static Roots
pin_and_ancestors(const TrustAddress *a, const StoreIdentity *pin)
{
	Graph kept = {.n = 0};
	Roots roots = {.n = 0};
	add_kept(&kept, a, INT64_MIN, INT64_MAX);
	add_root(&roots, pin->root_fingerprint);
	grow_back(&roots, &kept);
	return roots;
}

/* Two different hand-overs from one of the roots. */
static bool
is_contradicted(const Roots *roots, const Graph *graph)
{
	for (size_t i = 0; i < graph->n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (g_str_equal(graph->edge[i].from, graph->edge[k].from) &&
			    !g_str_equal(graph->edge[i].to, graph->edge[k].to) &&
			    has(roots, graph->edge[i].from)) {
				return true;
			}
		}
	}
	return false;
}

bool
trust_chain_leads(const TrustAddress *a, const StoreIdentity *pin, const TrustChain *chain)
{
	Graph graph = {.n = 0};
	Roots roots = {.n = 0};
	add_given(&graph, a, chain);
	add_root(&roots, pin->root_fingerprint);
	grow(&roots, &graph);
	return !g_str_equal(pin->root_fingerprint, chain->root) && has(&roots, chain->root);
}

bool
trust_chain_takes(const TrustAddress *a, const StoreIdentity *pin, const TrustChain *chain)
{
	const StoreIdentity *self = trust_address_find(a, chain->root);
	Graph graph = {.n = 0};
	Roots roots = {.n = 0};
	if (pin->verified || pin->kind == STORE_KIND_CA ||
	    (self != NULL && (self->refused || self->pin_until > 0)) ||
	    !trust_chain_leads(a, pin, chain)) {
		return false;
	}
	add_given(&graph, a, chain);
	add_root(&roots, pin->root_fingerprint);
	grow(&roots, &graph);
	add_kept(&graph, a, INT64_MIN, INT64_MAX);
	return !is_contradicted(&roots, &graph);
}

bool
trust_chain_reaches(const TrustAddress *a, const StoreIdentity *pin, const TrustReach *reach)
{
	if (a->handovers->len == 0 && (reach->chain == NULL || reach->chain->n == 0)) {
		return false;
	}
	Roots before = pin_and_ancestors(a, pin);
	if (has(&before, reach->root)) {
		return false;
	}
	Graph graph = {.n = 0};
	add_given(&graph, a, reach->chain);
	add_kept(&graph, a, reach->after, reach->until);
	grow(&before, &graph);
	return has(&before, reach->root);
}

int64_t
trust_handed_over_at(const TrustAddress *a, const StoreIdentity *pin, const char *root)
{
	if (a->handovers->len == 0) {
		return 0;
	}
	Roots before = pin_and_ancestors(a, pin);
	int64_t at = 0;
	for (guint i = 0; i < a->handovers->len; i++) {
		const StoreHandover *handover = g_ptr_array_index(a->handovers, i);
		if (g_str_equal(handover->old_root, root) && has(&before, handover->new_root)) {
			at = MAX(at, handover->first_seen);
		}
	}
	return g_str_equal(pin->root_fingerprint, root) ? 0 : at;
}

static bool
keep(Store *store, const TrustAddress *a, const Edge *edge, const TrustChain *chain, bool always,
     GError **error)
{
	g_autoptr(StoreHandover) kept = g_new0(StoreHandover, 1);
	kept->old_root = g_strdup(edge->from);
	kept->new_root = g_strdup(edge->to);
	kept->first_seen = chain->received;
	for (size_t i = 0; i < MIN(chain->n, (size_t)TRUST_HANDOVERS); i++) {
		const TrustHandover *handover = &chain->list[i];
		kept->time = g_str_equal(handover->old_root, edge->from) &&
					     g_str_equal(handover->new_root, edge->to)
				     ? handover->time
				     : kept->time;
	}
	return store_handover_add(store, a->address, kept, always, error);
}

bool
trust_chain_keep(Store *store, const TrustAddress *a, const TrustChain *chain, bool is_pin,
		 GError **error)
{
	Graph graph = {.n = 0};
	Roots pins = {.n = 0};
	add_given(&graph, a, chain);
	if (graph.n == 0) {
		return true;
	}
	Roots from = a->pin != NULL ? pin_and_ancestors(a, a->pin) : (Roots){.n = 0};
	bool ok = true;
	for (guint i = 0; i < a->identities->len && i < STORE_LIMIT_IDENTITIES; i++) {
		const StoreIdentity *identity = g_ptr_array_index(a->identities, i);
		if (identity->used && !identity->refused) {
			add_root(&from, identity->root_fingerprint);
		}
	}
	if (a->pin != NULL) {
		add_root(&pins, a->pin->root_fingerprint);
	}
	grow(&from, &graph);
	grow(&pins, &graph);
	for (size_t i = 0; ok && i < graph.n; i++) {
		bool always = is_pin || has(&pins, graph.edge[i].from);
		if (always || has(&from, graph.edge[i].from)) {
			ok = keep(store, a, &graph.edge[i], chain, always, error);
		}
	}
	return ok;
}

static StoreHandover *
find_kept(const TrustAddress *a, const Edge *edge)
{
	for (guint i = 0; i < a->handovers->len; i++) {
		StoreHandover *handover = g_ptr_array_index(a->handovers, i);
		if (g_str_equal(handover->old_root, edge->from) &&
		    g_str_equal(handover->new_root, edge->to)) {
			return handover;
		}
	}
	return NULL;
}

void
trust_chain_pretend(TrustAddress *a, const TrustChain *chain)
{
	Graph graph = {.n = 0};
	add_given(&graph, a, chain);
	for (size_t i = 0; i < graph.n; i++) {
		StoreHandover *handover = find_kept(a, &graph.edge[i]);
		if (handover == NULL) {
			handover = g_new0(StoreHandover, 1);
			handover->old_root = g_strdup(graph.edge[i].from);
			handover->new_root = g_strdup(graph.edge[i].to);
			handover->first_seen = chain->received;
			g_ptr_array_add(a->handovers, handover);
		}
		handover->first_seen = MIN(handover->first_seen, chain->received);
		handover->last_seen = MAX(handover->last_seen, chain->received);
	}
}
