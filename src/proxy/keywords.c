/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/keywords.h"

#include "base/error.h"
#include "proxy/keep.h"
#include "proxy/queue_private.h"
#include "proxy/views.h"

struct Keywords {
	GMutex lock;
	GHashTable *logins; /* path -> Login: those that were there */
};

Keywords *
keywords_new(void)
{
	Keywords *keywords = g_new0(Keywords, 1);
	g_mutex_init(&keywords->lock);
	keywords->logins =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)login_free);
	return keywords;
}

void
keywords_free(Keywords *keywords)
{
	if (keywords != NULL) {
		g_hash_table_unref(keywords->logins);
		g_mutex_clear(&keywords->lock);
		g_free(keywords);
	}
}

/* HOME/keywords/HASH */
static char *
path_of(const Login *login)
{
	const ProxyAccount *own = g_ptr_array_index(login->accounts, 0);
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, own->address, -1);
	return g_build_filename(login->home, "keywords", hash, NULL);
}

/* Whether it is there for the first time. */
static bool
note_login(Keywords *keywords, const char *path, const Login *login)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&keywords->lock);
	bool first = !g_hash_table_contains(keywords->logins, path);
	if (first) {
		g_hash_table_insert(keywords->logins, g_strdup(path), login_copy(login));
	}
	return first;
}

static GBytes *
read_kept(House *house, const Login *login, const char *path, GError **error)
{
	PsEngine *engine = house_lend(house, login);
	g_autoptr(PsMessage) kept = keep_read(login, engine, path, error);
	house_give_back(house, login, engine);
	return kept == NULL ? NULL : ps_message_get_octets(kept, error);
}

void
keywords_recall(House *house, const Login *login)
{
	g_autofree char *path = path_of(login);
	g_autoptr(GError) reason = NULL;
	if (!note_login(house_keywords(house), path, login) ||
	    !g_file_test(path, G_FILE_TEST_EXISTS)) {
		return;
	}
	g_autoptr(GBytes) octets = read_kept(house, login, path, &reason);
	if (octets != NULL) {
		views_import(house_views(house), login, base_bytes_of(octets));
	} else {
		house_log(house, "the kept keywords cannot be read: %s", reason->message);
	}
}

static bool
write_kept(House *house, const Login *login, const char *path, GError **error)
{
	g_autoptr(GBytes) octets = views_export(house_views(house), login);
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	g_autofree char *folder = g_path_get_dirname(path);
	if (g_bytes_get_size(octets) == 0) {
		return true;
	}
	if (!queue_make_folder(folder, error)) {
		return false;
	}
	PsEngine *engine = house_lend(house, login);
	bool done = keep_write(login, engine, message, path, error);
	house_give_back(house, login, engine);
	return done;
}

void
keywords_write(House *house)
{
	Keywords *keywords = house_keywords(house);
	GHashTableIter iter;
	gpointer path = NULL;
	gpointer login = NULL;
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&keywords->lock);
	g_hash_table_iter_init(&iter, keywords->logins);
	while (g_hash_table_iter_next(&iter, &path, &login)) {
		g_autoptr(GError) reason = NULL;
		if (!write_kept(house, login, path, &reason) &&
		    !g_error_matches(reason, PS_ERROR, PS_ERROR_UNAVAILABLE)) {
			house_log(house, "the keywords cannot be kept: %s", reason->message);
		}
	}
}
