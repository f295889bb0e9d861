/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/sent.h"

#include "base/error.h"
#include "proxy/keep.h"
#include "proxy/queue_private.h"
#include <glib/gstdio.h>

#define PRUNE_EVERY 16          /* times that copies are written */
#define UNKEPT_MAX  (64U << 20) /* octets of copies that could not be written */

/* A copy that is not on the disk yet. */
typedef struct {
	char *path;  /* where it will be */
	char *owner; /* of the login that sent it, owner_of() */
	GBytes *octets;
	bool busy; /* somebody writes it */
} Fresh;

/* All sessions of the process, since a mail program uploads in another one than it sends. */
static GMutex lock;
static GHashTable *fresh_copies; /* path -> Fresh */

static void
fresh_free(gpointer data)
{
	Fresh *fresh = data;
	g_free(fresh->path);
	g_free(fresh->owner);
	g_bytes_unref(fresh->octets);
	g_free(fresh);
}

static char *
sent_folder(const Login *login)
{
	return g_build_filename(login->home, "sent", NULL);
}

/* HOME/sent/HASH; the account is part of the hash, so that two people of one home never meet. */
static char *
sent_path(const Login *login, guint account, const char *message_id)
{
	const ProxyAccount *own = g_ptr_array_index(login->accounts, account);
	g_autofree char *folder = sent_folder(login);
	g_autofree char *id = g_strstrip(g_strdup(message_id));
	g_autofree char *key = g_strconcat(own->address, "\n", id, NULL);
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
	return g_build_filename(folder, hash, NULL);
}

static char *
owner_of(const Login *login)
{
	const ProxyAccount *own = g_ptr_array_index(login->accounts, 0);
	return g_strconcat(login->home, "\n", own->address, NULL);
}

void
sent_remember(const Login *login, const char *message_id, GBytes *copy)
{
	Fresh *fresh = g_new0(Fresh, 1);
	fresh->path = sent_path(login, 0, message_id);
	fresh->owner = owner_of(login);
	fresh->octets = g_bytes_ref(copy);
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	if (fresh_copies == NULL) {
		fresh_copies = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, fresh_free);
	}
	g_hash_table_replace(fresh_copies, fresh->path, fresh);
}

static void
prune(const char *folder)
{
	g_autoptr(GPtrArray) names = queue_list(folder, "");
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
		if (queue_is_old(path)) {
			(void)g_unlink(path);
		}
	}
}

/* One of @owner's that is for the caller to write; NULL if there is none. */
static GBytes *
take_next(const char *owner, char **path)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	GHashTableIter iter;
	gpointer value;
	if (fresh_copies == NULL) {
		return NULL;
	}
	g_hash_table_iter_init(&iter, fresh_copies);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Fresh *fresh = value;
		if (!fresh->busy && strcmp(fresh->owner, owner) == 0) {
			fresh->busy = true;
			*path = g_strdup(fresh->path);
			return g_bytes_ref(fresh->octets);
		}
	}
	return NULL;
}

/* Unless a newer one has taken its place meanwhile. */
static void
forget(const char *path, const GBytes *octets)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	const Fresh *fresh = g_hash_table_lookup(fresh_copies, path);
	if (fresh != NULL && fresh->octets == octets) {
		g_hash_table_remove(fresh_copies, path);
	}
}

/* There was no room on the disk: as long as there is some in memory, it stays there. */
static void
put_back(const char *path, const GBytes *octets)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	Fresh *fresh = g_hash_table_lookup(fresh_copies, path);
	GHashTableIter iter;
	gpointer value;
	gsize all = 0;
	if (fresh == NULL || fresh->octets != octets) {
		return;
	}
	g_hash_table_iter_init(&iter, fresh_copies);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		all += g_bytes_get_size(((Fresh *)value)->octets);
	}
	if (all > UNKEPT_MAX) {
		g_hash_table_remove(fresh_copies, path);
	} else {
		fresh->busy = false;
	}
}

static bool
write_one(House *house, const Login *login, GBytes *octets, const char *path, GError **error)
{
	g_autofree char *folder = sent_folder(login);
	g_autoptr(PsMessage) copy = ps_message_new_from_bytes(octets);
	if (!queue_make_folder(folder, error)) {
		return false;
	}
	PsEngine *engine = house_lend(house, login);
	bool done = keep_write(login, engine, copy, path, error);
	house_give_back(house, login, engine);
	return done;
}

void
sent_write(House *house, const Login *login)
{
	g_autofree char *owner = owner_of(login);
	g_autofree char *folder = sent_folder(login);
	if (g_random_int_range(0, PRUNE_EVERY) == 0) {
		prune(folder);
	}
	while (true) {
		g_autofree char *path = NULL;
		g_autoptr(GBytes) octets = take_next(owner, &path);
		g_autoptr(GError) reason = NULL;
		if (octets == NULL) {
			return;
		}
		if (!write_one(house, login, octets, path, &reason)) {
			house_log(house, "submission: no copy for Sent: %s", reason->message);
			put_back(path, octets);
			return;
		}
		forget(path, octets);
	}
}

static PsMessage *
recall_fresh(const char *path)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	const Fresh *fresh = fresh_copies == NULL ? NULL : g_hash_table_lookup(fresh_copies, path);
	return fresh == NULL ? NULL : ps_message_new_from_bytes(fresh->octets);
}

PsMessage *
sent_recall(House *house G_GNUC_UNUSED, const Login *login, PsEngine *engine,
	    const char *message_id, GError **error)
{
	for (guint i = 0; i < login->accounts->len; i++) {
		g_autofree char *path = sent_path(login, i, message_id);
		PsMessage *copy = recall_fresh(path);
		if (copy != NULL) {
			return copy;
		}
		if (g_file_test(path, G_FILE_TEST_EXISTS) && !queue_is_old(path)) {
			return keep_read(login, engine, path, error);
		}
	}
	return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "nothing of this Message-ID left lately");
}
