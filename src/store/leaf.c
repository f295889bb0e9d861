/* SPDX-License-Identifier: MPL-2.0 */
/* The certificates of identities: each kept once, whoever shows it. */
#include "store/peer.h"
#include "store/sqlite.h"

void
store_leaf_free(StoreLeaf *leaf)
{
	if (leaf == NULL) {
		return;
	}
	g_free(leaf->fingerprint);
	g_clear_pointer(&leaf->der, g_bytes_unref);
	g_clear_pointer(&leaf->chain, g_ptr_array_unref);
	g_free(leaf);
}

static bool
ensure_certificate(Store *store, GBytes *fingerprint, BaseBytes der, int64_t *id, GError **error)
{
	static const char find[] = "SELECT id FROM certificate WHERE fingerprint=?";
	static const char insert[] =
		"INSERT INTO certificate(fingerprint, der) VALUES(?,?) RETURNING id";
	int64_t found = 0;
	if (!store_number(store, find, ARGS(BYTES(fingerprint)), &found, error) ||
	    (found == 0 &&
	     !store_number(store, insert, ARGS(BYTES(fingerprint), BLOB(der)), &found, error))) {
		return false;
	}
	*id = found;
	return true;
}

/* The fingerprint is taken from the octets: nobody can file a certificate under another's name. */
static GBytes *
fingerprint_of(BaseBytes der)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize n = sizeof digest;
	g_checksum_update(sum, der.p, (gssize)der.n);
	g_checksum_get_digest(sum, digest, &n);
	return g_bytes_new(digest, n);
}

bool
store_certificate_put(Store *store, BaseBytes der, GError **error)
{
	g_autoptr(GBytes) fingerprint = fingerprint_of(der);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t id = 0;
	return tx != NULL && ensure_certificate(store, fingerprint, der, &id, error) &&
	       store_commit(tx, error);
}

static gpointer
read_bytes(StoreRows *row)
{
	return store_column_bytes(row, 0);
}

bool
store_certificate_get(Store *store, const char *fingerprint, GBytes **out, GError **error)
{
	static const char sql[] = "SELECT der FROM certificate WHERE fingerprint=?";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(HEX(fingerprint)), error);
	gpointer der = NULL;
	if (!store_first(rows, read_bytes, &der, error)) {
		return false;
	}
	*out = der;
	return true;
}

static bool
add_chain(Store *store, int64_t identity, int64_t leaf, const GPtrArray *chain, GError **error)
{
	static const char sql[] =
		"INSERT INTO leaf_chain(identity, leaf, n, certificate) VALUES(?,?,?,?)";
	bool ok = true;
	for (guint i = 0; ok && chain != NULL && i < chain->len; i++) {
		BaseBytes der = base_bytes_of(chain->pdata[i]);
		g_autoptr(GBytes) fingerprint = fingerprint_of(der);
		int64_t id = 0;
		ok = ensure_certificate(store, fingerprint, der, &id, error) &&
		     store_run(store, sql, ARGS(INT(identity), INT(leaf), INT(i), INT(id)), error);
	}
	return ok;
}

static GArray *
collect_numbers(StoreRows *rows, GError **error)
{
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	for (; step == STORE_ROW; step = store_next(rows, error)) {
		int64_t number = store_column_int(rows, 0);
		g_array_append_val(numbers, number);
	}
	return step == STORE_END ? g_steal_pointer(&numbers) : NULL;
}

GArray *
store_certificates_of(Store *store, int64_t identity, GError **error)
{
	static const char sql[] =
		"SELECT certificate FROM leaf WHERE identity=?1"
		" UNION SELECT certificate FROM leaf_chain WHERE identity=?1"
		" UNION SELECT c.id FROM identity i JOIN certificate c ON c.fingerprint=i.root"
		"  WHERE i.id=?1";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(INT(identity)), error);
	return collect_numbers(rows, error);
}

bool
store_certificates_sweep(Store *store, const GArray *certificates, GError **error)
{
	static const char sql[] =
		"DELETE FROM certificate WHERE id=?1"
		" AND NOT EXISTS(SELECT 1 FROM leaf WHERE certificate=?1)"
		" AND NOT EXISTS(SELECT 1 FROM leaf_chain WHERE certificate=?1)"
		" AND NOT EXISTS(SELECT 1 FROM identity WHERE root=certificate.fingerprint)";
	bool ok = true;
	for (guint i = 0; ok && i < certificates->len; i++) {
		ok = store_run(store, sql, ARGS(INT(g_array_index(certificates, int64_t, i))),
			       error);
	}
	return ok;
}

static bool
prune_leaves(Store *store, int64_t identity, GError **error)
{
	static const char count[] = "SELECT count(*) FROM leaf WHERE identity=?";
	static const char drop[] =
		"DELETE FROM leaf WHERE identity=?1 AND certificate IN (SELECT certificate FROM leaf"
		" WHERE identity=?1 ORDER BY not_before DESC, certificate LIMIT -1 OFFSET ?2)";
	int64_t n = 0;
	if (!store_number(store, count, ARGS(INT(identity)), &n, error)) {
		return false;
	}
	if (n <= STORE_LIMIT_LEAVES) {
		return true;
	}
	g_autoptr(GArray) certificates = store_certificates_of(store, identity, error);
	return certificates != NULL &&
	       store_run(store, drop, ARGS(INT(identity), INT(STORE_LIMIT_LEAVES)), error) &&
	       store_certificates_sweep(store, certificates, error);
}

bool
store_leaf_add(Store *store, int64_t identity, const StoreLeaf *leaf, bool *added, GError **error)
{
	static const char sql[] = "INSERT OR IGNORE INTO leaf(identity, certificate, not_before,"
				  " not_after, encrypts) VALUES(?,?,?,?,?)";
	BaseBytes der = base_bytes_of(leaf->der);
	g_autoptr(GBytes) fingerprint = fingerprint_of(der);
	g_autoptr(StoreTransaction) tx = store_begin(store, error);
	int64_t id = 0;
	int64_t n = 0;
	if (tx == NULL || !ensure_certificate(store, fingerprint, der, &id, error) ||
	    !store_run_count(store, sql,
			     ARGS(INT(identity), INT(id), INT(leaf->not_before),
				  INT(leaf->not_after), INT(leaf->encrypts)),
			     &n, error)) {
		return false;
	}
	if (n > 0 && (!add_chain(store, identity, id, leaf->chain, error) ||
		      !prune_leaves(store, identity, error))) {
		return false;
	}
	if (!store_commit(tx, error)) {
		return false;
	}
	*added = n > 0;
	return true;
}

#define SELECT                                                                          \
	"SELECT c.fingerprint, c.der, l.not_before, l.not_after, l.encrypts, l.revoked" \
	" FROM leaf l JOIN certificate c ON c.id=l.certificate WHERE l.identity=?1 "

static gpointer
read_leaf(StoreRows *row)
{
	StoreLeaf *leaf = g_new0(StoreLeaf, 1);
	leaf->fingerprint = store_column_hex(row, 0);
	leaf->der = store_column_bytes(row, 1);
	leaf->not_before = store_column_int(row, 2);
	leaf->not_after = store_column_int(row, 3);
	leaf->encrypts = store_column_bool(row, 4);
	leaf->revoked = store_column_bool(row, 5);
	leaf->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	return leaf;
}

static bool
read_chain(Store *store, int64_t identity, StoreLeaf *leaf, GError **error)
{
	static const char sql[] =
		"SELECT c.der FROM leaf_chain n JOIN certificate c ON c.id=n.certificate"
		" WHERE n.identity=?1"
		" AND n.leaf=(SELECT id FROM certificate WHERE fingerprint=?2) ORDER BY n.n";
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(INT(identity), HEX(leaf->fingerprint)), error);
	StoreStep step = rows == NULL ? STORE_FAILED : store_next(rows, error);
	for (; step == STORE_ROW; step = store_next(rows, error)) {
		g_ptr_array_add(leaf->chain, store_column_bytes(rows, 0));
	}
	return step == STORE_END;
}

bool
store_leaf_revoke(Store *store, int64_t identity, const char *leaf_fingerprint, bool *known,
		  GError **error)
{
	static const char sql[] = "UPDATE leaf SET revoked=1 WHERE identity=? AND certificate="
				  "(SELECT id FROM certificate WHERE fingerprint=?)";
	int64_t n = 0;
	if (!store_run_count(store, sql, ARGS(INT(identity), HEX(leaf_fingerprint)), &n, error)) {
		return false;
	}
	*known = n > 0;
	return true;
}

bool
store_leaf_any_revoked(Store *store, int64_t identity, bool *out, GError **error)
{
	static const char sql[] = "SELECT count(*) FROM leaf WHERE identity=? AND encrypts"
				  " AND revoked";
	int64_t n = 0;
	if (!store_number(store, sql, ARGS(INT(identity)), &n, error)) {
		return false;
	}
	*out = n > 0;
	return true;
}

bool
store_leaf_best(Store *store, int64_t identity, int64_t latest, StoreLeaf **out, GError **error)
{
	static const char sql[] =
		SELECT "AND l.encrypts AND NOT l.revoked AND l.not_before<=?2"
		       " AND l.not_before>=(SELECT ifnull(max(r.not_before), l.not_before)"
		       "  FROM leaf r WHERE r.identity=?1 AND r.encrypts AND r.revoked)"
		       " ORDER BY l.not_before DESC, l.certificate DESC LIMIT 1";
	g_autoptr(StoreRows) rows =
		store_query(store, sql, ARGS(INT(identity), INT(latest)), error);
	gpointer row = NULL;
	if (!store_first(rows, read_leaf, &row, error)) {
		return false;
	}
	g_autoptr(StoreLeaf) leaf = row;
	if (leaf != NULL && !read_chain(store, identity, leaf, error)) {
		return false;
	}
	*out = g_steal_pointer(&leaf);
	return true;
}

GPtrArray *
store_leaf_list(Store *store, int64_t identity, GError **error)
{
	static const char sql[] = SELECT "ORDER BY l.not_before DESC, l.certificate DESC";
	g_autoptr(StoreRows) rows = store_query(store, sql, ARGS(INT(identity)), error);
	g_autoptr(GPtrArray) leaves =
		store_collect(rows, read_leaf, (GDestroyNotify)store_leaf_free, error);
	for (guint i = 0; leaves != NULL && i < leaves->len; i++) {
		if (!read_chain(store, identity, leaves->pdata[i], error)) {
			return NULL;
		}
	}
	return g_steal_pointer(&leaves);
}
