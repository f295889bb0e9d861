/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/sent.h"

#include "base/error.h"
#include "proxy/keep.h"
#include "proxy/queue_private.h"
#include <glib/gstdio.h>

#define PRUNE_EVERY 16 /* messages */

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

bool
sent_remember(House *house G_GNUC_UNUSED, const Login *login, PsEngine *engine,
	      const char *message_id, PsMessage *copy, GError **error)
{
	g_autofree char *folder = sent_folder(login);
	g_autofree char *path = sent_path(login, 0, message_id);
	if (g_random_int_range(0, PRUNE_EVERY) == 0) {
		prune(folder);
	}
	return queue_make_folder(folder, error) && keep_write(login, engine, copy, path, error);
}

PsMessage *
sent_recall(House *house G_GNUC_UNUSED, const Login *login, PsEngine *engine,
	    const char *message_id, GError **error)
{
	for (guint i = 0; i < login->accounts->len; i++) {
		g_autofree char *path = sent_path(login, i, message_id);
		if (g_file_test(path, G_FILE_TEST_EXISTS) && !queue_is_old(path)) {
			return keep_read(login, engine, path, error);
		}
	}
	return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "nothing of this Message-ID left lately");
}
