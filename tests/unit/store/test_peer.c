/* SPDX-License-Identifier: MPL-2.0 */
#include "base/clock.h"
#include "store/peer.h"
#include "store/sqlite.h"
#include "temp.h"

#define ALICE "alice@example.org"

static StoreIdentity *
make_identity(unsigned root, int64_t seen)
{
	StoreIdentity *identity = g_new0(StoreIdentity, 1);
	identity->address = g_strdup(ALICE);
	identity->root_fingerprint = g_strdup(temp_fingerprint(root));
	identity->kind = STORE_KIND_PRIVATE_CA;
	identity->how = STORE_HOW_SIGNATURE;
	identity->first_seen = seen;
	identity->last_seen = seen;
	return identity;
}

static bool
put(Store *store, unsigned root, int64_t seen, bool pinned)
{
	g_autoptr(StoreIdentity) identity = make_identity(root, seen);
	g_autoptr(GError) error = NULL;
	identity->pinned = pinned;
	bool ok = store_identity_put(store, identity, seen, &error);
	g_assert_true(ok || g_error_matches(error, PS_ERROR, PS_ERROR_LIMIT));
	return ok;
}

static StoreIdentity *
get(Store *store, unsigned root)
{
	StoreIdentity *identity = NULL;
	g_assert_true(
		store_identity_by_root(store, ALICE, temp_fingerprint(root), &identity, NULL));
	return identity;
}

static void
test_peers(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StorePeer) peer = NULL;
	g_assert_true(store_peer_get(store, ALICE, &peer, NULL));
	g_assert_null(peer);
	StoreProgram new = {"thunderbird", "115", 200};
	StoreProgram old = {"mutt", NULL, 199};
	g_assert_true(store_peer_program(store, ALICE, &new, NULL));
	g_assert_true(store_peer_program(store, ALICE, &old, NULL));
	g_assert_true(store_peer_written(store, ALICE, 300, NULL));
	g_assert_true(store_peer_written(store, ALICE, 400, NULL));
	g_assert_true(store_peer_written(store, ALICE, 250, NULL));
	g_assert_true(store_peer_get(store, ALICE, &peer, NULL));
	g_assert_cmpstr(peer->address, ==, ALICE);
	g_assert_cmpstr(peer->program, ==, "thunderbird");
	g_assert_cmpstr(peer->version, ==, "115");
	g_assert_cmpint(peer->first_written, ==, 250);
	g_assert_cmpint(peer->first_seen, ==, 0);
}

typedef struct {
	unsigned n;
	unsigned enough;
	bool fail;
} Walk;

static bool
walk(const StorePeer *peer, gpointer data, GError **error)
{
	Walk *w = data;
	g_assert_nonnull(peer->address);
	if (++w->n < w->enough) {
		return true;
	}
	return w->fail ? base_fail(error, PS_ERROR_IO, "stop") : false;
}

static void
test_foreach(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (unsigned i = 0; i < 5; i++) {
		g_autofree char *address = g_strdup_printf("%u@example.org", i);
		g_assert_true(store_peer_written(store, address, 1, NULL));
	}
	Walk all = {0, 100, false};
	Walk some = {0, 3, false};
	Walk fail = {0, 2, true};
	g_autoptr(GError) error = NULL;
	g_assert_true(store_peer_foreach(store, walk, &all, NULL));
	g_assert_cmpuint(all.n, ==, 5);
	g_assert_true(store_peer_foreach(store, walk, &some, NULL));
	g_assert_cmpuint(some.n, ==, 3);
	g_assert_false(store_peer_foreach(store, walk, &fail, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_IO);
}

static void
test_identity(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreIdentity) in = make_identity(1, 100);
	in->how = STORE_HOW_GOSSIP;
	in->newest_time = 90;
	in->pinned = true;
	in->verified = true;
	in->caps = 0xfffffff0;
	in->caps_raw = g_bytes_new("caps", 4);
	in->runs_postseal = true;
	in->sealed_to = g_strdup(temp_fingerprint(7));
	in->sealed = 3;
	g_assert_true(store_identity_put(store, in, 100, NULL));
	g_assert_cmpint(in->id, >, 0);
	g_autoptr(StoreIdentity) out = get(store, 1);
	g_assert_cmpint(out->id, ==, in->id);
	g_assert_cmpstr(out->address, ==, ALICE);
	g_assert_cmpstr(out->root_fingerprint, ==, temp_fingerprint(1));
	g_assert_null(out->leaf_fingerprint);
	g_assert_cmpint(out->kind, ==, STORE_KIND_PRIVATE_CA);
	g_assert_cmpint(out->how, ==, STORE_HOW_GOSSIP);
	g_assert_cmpint(out->newest_time, ==, 90);
	g_assert_true(out->pinned && out->used && out->verified);
	g_assert_false(out->accepted || out->refused);
	g_assert_cmpuint(out->caps, ==, 0xfffffff0);
	T_ASSERT_STR_BYTES(base_bytes_of(out->caps_raw), "caps");
	g_assert_true(out->runs_postseal);
	g_assert_cmpstr(out->sealed_to, ==, temp_fingerprint(7));
	g_assert_cmpint(out->sealed, ==, 3);
	g_assert_cmpint(out->messages, ==, 0);
}

static void
test_one_pin(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_true(put(store, 1, 100, true));
	g_assert_true(put(store, 2, 200, false));
	g_assert_true(put(store, 3, 300, true));
	g_autoptr(GPtrArray) list = store_identity_list(store, ALICE, NULL);
	g_assert_cmpuint(list->len, ==, 3);
	const StoreIdentity *const *i = (const StoreIdentity *const *)list->pdata;
	g_assert_cmpstr(i[0]->root_fingerprint, ==, temp_fingerprint(3));
	g_assert_true(i[0]->pinned);
	g_assert_cmpint(i[0]->pin_until, ==, 0);
	g_assert_cmpstr(i[1]->root_fingerprint, ==, temp_fingerprint(1));
	g_assert_false(i[1]->pinned);
	g_assert_true(i[1]->used);
	g_assert_cmpint(i[1]->pin_until, ==, 300);
	g_assert_false(i[2]->used);
	g_autoptr(StoreIdentity) pin = NULL;
	g_assert_true(store_identity_pin(store, ALICE, &pin, NULL));
	g_assert_cmpstr(pin->root_fingerprint, ==, temp_fingerprint(3));
}

static int64_t
count(Store *store, const char *table)
{
	/* Statements are known by the address of their text, so this one stays for good. */
	const char *sql = temp_keep(g_strconcat("SELECT count(*) FROM ", table, NULL));
	int64_t n = 0;
	g_assert_true(store_number(store, sql, NO_ARGS, &n, NULL));
	return n;
}

static bool
add_leaf(Store *store, int64_t identity, int64_t not_before, bool encrypts, const char *der)
{
	g_autoptr(StoreLeaf) leaf = g_new0(StoreLeaf, 1);
	leaf->der = g_bytes_new(der, strlen(der));
	leaf->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	g_ptr_array_add(leaf->chain, g_bytes_new("ca", 2));
	leaf->not_before = not_before;
	leaf->not_after = not_before + 1000;
	leaf->encrypts = encrypts;
	bool added = false;
	g_autoptr(GError) error = NULL;
	store_leaf_add(store, identity, leaf, &added, &error);
	g_assert_no_error(error);
	return added;
}

/* A thousand identities for one address: sixteen stay, the used ones among them, and no rubbish. */
static void
test_bounded(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(StoreTransaction) tx = store_begin(store, NULL);
	g_assert_true(put(store, 1, 100, true));
	g_assert_true(put(store, 2, 101, true));
	for (unsigned i = 3; i < 1000; i++) {
		g_autofree char *der = g_strdup_printf("certificate of %u", i);
		bool room = false;
		g_assert_true(store_identity_make_room(store, ALICE, STORE_ROOM_MESSAGE, 100 + i,
						       &room, NULL));
		g_assert_true(room);
		g_assert_true(put(store, i, 100 + i, false));
		g_autoptr(StoreIdentity) identity = get(store, i);
		g_assert_true(add_leaf(store, identity->id, i, true, der));
	}
	g_assert_true(store_commit(tx, NULL));
	g_assert_cmpint(count(store, "identity"), ==, STORE_LIMIT_IDENTITIES);
	g_assert_cmpint(count(store, "leaf"), ==, STORE_LIMIT_IDENTITIES - 2);
	g_assert_cmpint(count(store, "certificate"), ==, STORE_LIMIT_IDENTITIES - 2 + 1);
	g_autoptr(StoreIdentity) used = get(store, 1);
	g_autoptr(StoreIdentity) pin = get(store, 2);
	g_assert_true(used != NULL && pin != NULL && pin->pinned);
}

static void
test_full_of_used(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (unsigned i = 1; i <= STORE_LIMIT_IDENTITIES; i++) {
		g_assert_true(put(store, i, i, true));
	}
	bool room = true;
	g_assert_true(store_identity_make_room(store, ALICE, STORE_ROOM_HEIR, 99, &room, NULL));
	g_assert_false(room);
	g_assert_false(put(store, 100, 100, true));
	g_autoptr(StoreIdentity) pin = get(store, STORE_LIMIT_IDENTITIES);
	g_assert_true(pin->pinned);
}

static void
test_leaves(void)
{
	static const struct {
		int64_t latest;
		const char *best;
	} table[] = {{99, NULL}, {100, "one"}, {299, "one"}, {300, "three"}, {INT64_MAX, "three"}};

	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_true(put(store, 1, 100, true));
	g_autoptr(StoreIdentity) identity = get(store, 1);
	g_assert_true(add_leaf(store, identity->id, 100, true, "one"));
	g_assert_true(add_leaf(store, identity->id, 300, true, "three"));
	g_assert_true(add_leaf(store, identity->id, 200, false, "two"));
	g_assert_true(add_leaf(store, identity->id, 400, false, "four"));
	g_assert_false(add_leaf(store, identity->id, 100, true, "one"));
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(StoreLeaf) leaf = NULL;
		g_assert_true(store_leaf_best(store, identity->id, table[i].latest, &leaf, NULL));
		g_assert_cmpint(leaf != NULL, ==, table[i].best != NULL);
		if (leaf != NULL) {
			T_ASSERT_STR_BYTES(base_bytes_of(leaf->der), table[i].best);
			g_assert_cmpuint(leaf->chain->len, ==, 1);
			T_ASSERT_STR_BYTES(base_bytes_of(leaf->chain->pdata[0]), "ca");
		}
	}
	g_autoptr(GPtrArray) list = store_leaf_list(store, identity->id, NULL);
	g_assert_cmpuint(list->len, ==, 4);
	const StoreLeaf *first = list->pdata[0];
	T_ASSERT_STR_BYTES(base_bytes_of(first->der), "four");
	g_autoptr(StoreIdentity) by_leaf = NULL;
	g_assert_true(store_identity_find(store, ALICE, first->fingerprint, &by_leaf, NULL));
	g_assert_cmpint(by_leaf->id, ==, identity->id);
	g_assert_cmpstr(by_leaf->leaf_fingerprint, ==, first->fingerprint);
	g_clear_pointer(&by_leaf, store_identity_free);
	g_assert_true(
		store_identity_find(store, "bob@example.org", first->fingerprint, &by_leaf, NULL));
	g_assert_null(by_leaf);
}

static void
test_leaves_bounded(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_true(put(store, 1, 100, true));
	g_autoptr(StoreIdentity) identity = get(store, 1);
	g_autoptr(StoreTransaction) tx = store_begin(store, NULL);
	for (unsigned i = 1; i <= 200; i++) {
		g_autofree char *der = g_strdup_printf("%u", i);
		add_leaf(store, identity->id, i, true, der);
	}
	g_assert_true(store_commit(tx, NULL));
	g_assert_cmpint(count(store, "leaf"), ==, STORE_LIMIT_LEAVES);
	g_assert_cmpint(count(store, "certificate"), ==, STORE_LIMIT_LEAVES + 1);
	g_autoptr(StoreLeaf) leaf = NULL;
	g_assert_true(store_leaf_best(store, identity->id, INT64_MAX, &leaf, NULL));
	T_ASSERT_STR_BYTES(base_bytes_of(leaf->der), "200");
}

/* SHA-256("abc") of FIPS 180-4. */
static void
test_certificates(void)
{
	static const char abc[] =
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autoptr(GBytes) der = NULL;
	g_assert_true(store_certificate_get(store, abc, &der, NULL));
	g_assert_null(der);
	g_assert_true(store_certificate_put(store, BASE_LIT("abc"), NULL));
	g_assert_true(store_certificate_put(store, BASE_LIT("abc"), NULL));
	g_assert_true(store_certificate_get(store, abc, &der, NULL));
	T_ASSERT_STR_BYTES(base_bytes_of(der), "abc");
}

static bool
introduce(Store *store, unsigned root, const char *thread, int64_t now)
{
	bool added = false;
	g_autoptr(StoreIdentity) identity = get(store, root);
	g_assert_true(store_introduce(store, identity->id, thread, now, &added, NULL));
	return added;
}

static void
test_introduced(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_true(put(store, 1, 100, false));
	g_assert_true(put(store, 2, 100, false));
	g_autoptr(StoreIdentity) one = get(store, 1);
	g_assert_true(introduce(store, 1, "t", 100));
	g_assert_false(introduce(store, 2, "t", 50)); /* by a clock that was set back */
	g_assert_true(introduce(store, 1, "t", 200));
	g_autoptr(StoreIdentity) found = NULL;
	g_assert_true(store_introduced(store, ALICE, "t", &found, NULL));
	g_assert_cmpint(found->id, ==, one->id);
	g_clear_pointer(&found, store_identity_free);
	g_assert_true(store_introduced(store, ALICE, "other", &found, NULL));
	g_assert_null(found);
	for (unsigned i = 1; i < 2 * STORE_LIMIT_THREADS; i++) {
		g_autofree char *thread = g_strdup_printf("%u", i);
		g_assert_cmpint(introduce(store, 1, thread, 1000 + i), ==, i < STORE_LIMIT_THREADS);
	}
	g_assert_cmpint(count(store, "introduction"), ==, STORE_LIMIT_THREADS);
	g_assert_true(store_introduced(store, ALICE, "t", &found, NULL));
	g_assert_cmpint(found->id, ==, one->id);
	/* Only years later others take their places. */
	g_assert_true(introduce(store, 1, "late", 300 + STORE_GOSSIP_DAYS * BASE_DAY));
	g_assert_cmpint(count(store, "introduction"), ==, STORE_LIMIT_THREADS);
}

static bool
gossip(Store *store, unsigned root, int64_t seen)
{
	g_autoptr(StoreIdentity) identity = make_identity(root, seen);
	identity->how = STORE_HOW_GOSSIP;
	return store_identity_put(store, identity, seen, NULL);
}

/* What was introduced is pushed out neither by gossip nor, before others, by messages. */
static void
test_gossip_room(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (unsigned i = 1; i <= STORE_LIMIT_GOSSIP; i++) {
		g_autofree char *thread = g_strdup_printf("%u", i);
		g_assert_true(gossip(store, i, 100));
		g_assert_true(i == 3 || introduce(store, i, thread, 100));
	}
	g_assert_true(gossip(store, 20, 101)); /* in place of 3 */
	g_assert_true(introduce(store, 20, "20", 101));
	for (unsigned i = 21; i < 60; i++) {
		g_assert_false(gossip(store, i, 102));
	}
	for (unsigned i = 61; i < 200; i++) {
		g_assert_true(put(store, i, 100 + i, false));
	}
	for (unsigned i = 1; i <= STORE_LIMIT_GOSSIP; i++) {
		g_autoptr(StoreIdentity) kept = get(store, i);
		g_assert_true((kept == NULL) == (i == 3));
	}
	/* A year later the places are free. */
	g_assert_true(gossip(store, 300, 200 + STORE_GOSSIP_DAYS * BASE_DAY));
}

/* Others that matter, too, keep nobody out to whom the pin hands over. */
static void
test_heir_room(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (unsigned i = 0; i < STORE_LIMIT_IDENTITIES; i++) {
		g_autoptr(StoreIdentity) identity = make_identity(i + 1, 100 + i);
		identity->kind = i == 5 ? STORE_KIND_PERSONAL : STORE_KIND_CA;
		identity->refused = i == 0;
		g_assert_true(store_identity_put(store, identity, 100, NULL));
	}
	for (unsigned i = 6; i < 8; i++) { /* 6 only by one that was refused */
		g_autoptr(StoreHandover) handover = g_new0(StoreHandover, 1);
		handover->old_root = g_strdup(temp_fingerprint(i == 6 ? 1 : 77));
		handover->new_root = g_strdup(temp_fingerprint(i));
		g_assert_true(store_handover_add(store, ALICE, handover, false, NULL));
	}
	g_assert_true(put(store, 100, 100, false));
	g_autoptr(StoreIdentity) gone = get(store, 6);
	g_assert_null(gone);
	g_autoptr(StoreIdentity) pin = get(store, 100);
	pin->pinned = true;
	g_assert_true(store_identity_put(store, pin, 100, NULL));
	g_assert_false(put(store, 101, 100, false));
	bool room = false;
	g_assert_true(store_identity_make_room(store, ALICE, STORE_ROOM_HEIR, 100, &room, NULL));
	g_assert_true(room);
	g_assert_true(put(store, 101, 100, false));
}

static void
test_handover_room(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (unsigned i = 0; i < STORE_LIMIT_HANDOVERS + 3; i++) {
		g_autoptr(StoreHandover) handover = g_new0(StoreHandover, 1);
		handover->old_root = g_strdup(temp_fingerprint(i < 2 ? 1 : 2));
		handover->new_root = g_strdup(temp_fingerprint(10 + i));
		handover->first_seen = 100 + i;
		g_assert_true(store_handover_add(store, ALICE, handover, false, NULL));
	}
	for (unsigned i = 0; i < 3; i++) {
		g_autoptr(StoreHandover) handover = g_new0(StoreHandover, 1);
		handover->old_root = g_strdup(temp_fingerprint(1));
		handover->new_root = g_strdup(temp_fingerprint(500 + i % 2));
		handover->first_seen = 50;
		g_assert_true(store_handover_add(store, ALICE, handover, true, NULL));
	}
	g_autoptr(GPtrArray) list = store_handover_list(store, ALICE, NULL);
	g_assert_cmpuint(list->len, ==, STORE_LIMIT_HANDOVERS);
	for (guint i = 0; i < 4; i++) { /* both old ones of this root stayed */
		const StoreHandover *handover = g_ptr_array_index(list, i);
		g_assert_cmpstr(handover->old_root, ==, temp_fingerprint(1));
	}
	const StoreHandover *next = g_ptr_array_index(list, 4);
	g_assert_cmpint(next->first_seen, ==, 104);
}

/* The same certificate elsewhere is for another root to take back. */
static void
test_revoked_here_only(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autofree char *leaf = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "leaf", -1);
	bool known = false;
	for (unsigned i = 1; i < 4; i++) {
		g_assert_true(put(store, i, 100, false));
		g_autoptr(StoreIdentity) identity = get(store, i);
		g_assert_true(i == 3 || add_leaf(store, identity->id, 1, true, "leaf"));
	}
	g_autoptr(StoreIdentity) one = get(store, 1);
	g_autoptr(StoreIdentity) two = get(store, 2);
	g_autoptr(StoreIdentity) three = get(store, 3);
	g_assert_true(store_leaf_revoke(store, three->id, leaf, &known, NULL));
	g_assert_false(known);
	g_assert_true(store_leaf_revoke(store, one->id, leaf, &known, NULL));
	g_assert_true(known);
	g_assert_true(store_leaf_any_revoked(store, one->id, &known, NULL));
	g_assert_true(known);
	g_assert_true(store_leaf_any_revoked(store, two->id, &known, NULL));
	g_assert_false(known);
}

static void
test_names(void)
{
	g_assert_cmpstr(store_kind_name(STORE_KIND_SELF_SIGNED), ==, "self-signed");
	g_assert_cmpstr(store_how_name(STORE_HOW_KEY_HEADER), ==, "key-header");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/peer/peers", test_peers);
	g_test_add_func("/store/peer/foreach", test_foreach);
	g_test_add_func("/store/peer/identity", test_identity);
	g_test_add_func("/store/peer/one-pin", test_one_pin);
	g_test_add_func("/store/peer/bounded", test_bounded);
	g_test_add_func("/store/peer/full-of-used", test_full_of_used);
	g_test_add_func("/store/peer/leaves", test_leaves);
	g_test_add_func("/store/peer/leaves-bounded", test_leaves_bounded);
	g_test_add_func("/store/peer/certificates", test_certificates);
	g_test_add_func("/store/peer/introduced", test_introduced);
	g_test_add_func("/store/peer/gossip-room", test_gossip_room);
	g_test_add_func("/store/peer/heir-room", test_heir_room);
	g_test_add_func("/store/peer/handover-room", test_handover_room);
	g_test_add_func("/store/peer/revoked-here-only", test_revoked_here_only);
	g_test_add_func("/store/peer/names", test_names);
	return g_test_run();
}
