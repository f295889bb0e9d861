/* SPDX-License-Identifier: MPL-2.0 */
/* Made look-alikes are found, and real mail resembles nobody. */
#include "alike.h"

#define FOUND_PERCENT 97

typedef struct {
	unsigned rows;
	unsigned found;
} Tally;

static char *
shared_path(const char *name)
{
	const char *shared = g_getenv("POSTSEAL_SHARED");
	return shared != NULL
		       ? g_build_filename(shared, name, NULL)
		       : g_test_build_filename(G_TEST_DIST, "../../../../shared", name, NULL);
}

static void
try_row(Store *store, char **fields, GHashTable *tallies)
{
	g_autofree char *address = g_strconcat("info@", fields[2], NULL);
	g_auto(TrustAlike) alike = alike_ask_address(store, address);
	Tally *tally = g_hash_table_lookup(tallies, fields[1]);
	if (tally == NULL) {
		tally = g_new0(Tally, 1);
		g_hash_table_insert(tallies, g_strdup(fields[1]), tally);
	}
	bool found = g_strcmp0(alike.domain_like, fields[0]) == 0;
	tally->rows++;
	tally->found += found ? 1 : 0;
	if (!found) {
		g_test_message("missed: %s for %s (%s)", fields[2], fields[0], fields[1]);
	}
}

static void
try_original(const char *original, char *const *lines, GHashTable *tallies)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autofree char *address = g_strconcat("info@", original, NULL);
	alike_note(store, address, NULL, START);
	for (size_t i = 0; lines[i] != NULL; i++) {
		g_auto(GStrv) fields = g_strsplit(lines[i], "\t", -1);
		if (g_strv_length(fields) == 3 && strcmp(fields[0], original) == 0) {
			try_row(store, fields, tallies);
		}
	}
}

static Tally
sum_up(GHashTable *tallies)
{
	Tally all = {0};
	GHashTableIter iter;
	gpointer trick = NULL;
	gpointer value = NULL;
	g_hash_table_iter_init(&iter, tallies);
	while (g_hash_table_iter_next(&iter, &trick, &value)) {
		const Tally *tally = value;
		g_test_message("%s: %u of %u", (const char *)trick, tally->found, tally->rows);
		all.found += tally->found;
		all.rows += tally->rows;
	}
	g_test_message("all: %u of %u", all.found, all.rows);
	return all;
}

static void
test_vectors(void)
{
	g_autofree char *path = shared_path("vectors/lookalike/lookalikes.tsv");
	g_autofree char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL)) {
		g_test_skip("the shared vectors are missing");
		return;
	}
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GHashTable) originals =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) tallies =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (size_t i = 0; lines[i] != NULL; i++) {
		char *original = g_strndup(lines[i], strcspn(lines[i], "\t"));
		bool comment = *original == '\0' || *original == '#';
		if (!comment && g_hash_table_add(originals, g_strdup(original))) {
			try_original(original, lines, tallies);
		}
		g_free(original);
	}
	Tally all = sum_up(tallies);
	g_assert_cmpuint(all.rows, >=, 500);
	g_assert_cmpuint(all.found * 100, >=, all.rows * FOUND_PERCENT);
}

static void
take_addresses(const char *value, GHashTable *hosts)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-._";
	for (const char *at = strchr(value, '@'); at != NULL; at = strchr(at + 1, '@')) {
		g_autofree char *host = g_ascii_strdown(at + 1, (gssize)strspn(at + 1, more));
		if (strchr(host, '.') != NULL) {
			g_hash_table_add(hosts, g_steal_pointer(&host));
		}
	}
}

static void
take_message(const char *path, GHashTable *hosts)
{
	g_autofree char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL)) {
		return;
	}
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	bool wanted = false;
	for (size_t i = 0; lines[i] != NULL && lines[i][strspn(lines[i], "\r")] != '\0'; i++) {
		if (lines[i][0] != ' ' && lines[i][0] != '\t') {
			wanted = g_ascii_strncasecmp(lines[i], "From:", 5) == 0 ||
				 g_ascii_strncasecmp(lines[i], "Sender:", 7) == 0 ||
				 g_ascii_strncasecmp(lines[i], "Reply-To:", 9) == 0;
		}
		if (wanted) {
			take_addresses(lines[i], hosts);
		}
	}
}

static GHashTable *
real_hosts(void)
{
	static const char *const folders[] = {"mail/ham", "mail/hard-ham", "mail/spam"};
	GHashTable *hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *folder = shared_path(folders[i]);
		g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
		const char *name = NULL;
		while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
			g_autofree char *path = g_build_filename(folder, name, NULL);
			take_message(path, hosts);
		}
	}
	return hosts;
}

/* Each is asked about before it is known, all those before it are; then the other way round: every
 * pair in both directions. */
static void
check_real(const GPtrArray *hosts, bool backwards, int days)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	G_GNUC_UNUSED g_autoptr(StoreTransaction) undo = store_begin(store, NULL);
	for (guint n = 0; n < hosts->len; n++) {
		guint i = backwards ? hosts->len - 1 - n : n;
		g_autofree char *address = g_strconcat("info@", hosts->pdata[i], NULL);
		g_auto(TrustAlike) alike = alike_ask_address(store, address);
		if (alike.domain_like != NULL) {
			g_test_message("%s is taken for %s (%s)", address, alike.domain_like,
				       alike.domain_trick);
			g_test_fail();
		}
		alike_note_days(store, address, days);
	}
}

static void
test_real(void)
{
	g_autoptr(GHashTable) hosts = real_hosts();
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	GHashTableIter iter;
	gpointer host = NULL;
	if (g_hash_table_size(hosts) == 0) {
		g_test_skip("the shared mail is missing");
		return;
	}
	g_hash_table_iter_init(&iter, hosts);
	while (g_hash_table_iter_next(&iter, &host, NULL)) {
		g_ptr_array_add(list, host);
	}
	g_test_message("%u hosts", list->len);
	check_real(list, false, 1);
	check_real(list, true, 1);
	check_real(list, false, TRUST_ALIKE_DAYS);
	check_real(list, true, TRUST_ALIKE_DAYS);
}

int
main(int argc, char *argv[])
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/trust/lookalike/vectors", test_vectors);
	g_test_add_func("/trust/lookalike/real-mail", test_real);
	return g_test_run();
}
