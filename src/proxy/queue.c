/* SPDX-License-Identifier: MPL-2.0 */
/* Folders, receipts and notices of the queue. */
#include "proxy/queue_private.h"

#include "base/error.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define OLD_SECONDS     (2 * 24 * 60 * 60)
#define NAME_LENGTH     32 /* hex digits; the rest of a SHA-256 would only lengthen the names */

/* What a program that was cut off hears of a submission that is ours already. */
#define ACCEPTED_BEFORE "250 2.0.0 Accepted before the connection broke\r\n"

QueueCopy *
queue_copy_new(const char *sender, GBytes *message)
{
	QueueCopy *copy = g_new0(QueueCopy, 1);
	copy->sender = g_strdup(sender);
	copy->rcpts = g_ptr_array_new_with_free_func(g_free);
	copy->message = g_bytes_ref(message);
	return copy;
}

void
queue_copy_free(QueueCopy *copy)
{
	if (copy != NULL) {
		g_free(copy->sender);
		g_ptr_array_unref(copy->rcpts);
		g_bytes_unref(copy->message);
		g_free(copy);
	}
}

char *
queue_folder(const Login *login)
{
	g_autofree char *server = net_server_to_string(login->server);
	g_autofree char *who = g_strconcat(server, "\n", login->user, NULL);
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, who, -1);
	hash[NAME_LENGTH] = '\0';
	return g_build_filename(login->home, "queue", hash, NULL);
}

bool
queue_make_folder(const char *path, GError **error)
{
	return g_mkdir_with_parents(path, 0700) == 0 ||
	       base_fail(error, PS_ERROR_CREATE, "cannot make %s: %s", path, g_strerror(errno));
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
queue_list(const char *folder, const char *ending)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		if (g_str_has_suffix(name, ending)) {
			g_ptr_array_add(names, g_strdup(name));
		}
	}
	g_ptr_array_sort(names, compare_names);
	return names;
}

bool
queue_sync(const char *folder, GError **error)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;
	if (!good) {
		base_fail(error, PS_ERROR_IO, "cannot sync %s: %s", folder, g_strerror(errno));
	}
	if (fd >= 0) {
		close(fd);
	}
	return good;
}

bool
queue_is_old(const char *path)
{
	GStatBuf status;
	return g_stat(path, &status) == 0 &&
	       status.st_mtime < g_get_real_time() / G_USEC_PER_SEC - OLD_SECONDS;
}

static void
hash_string(GChecksum *hash, const char *text)
{
	g_checksum_update(hash, (const guchar *)text, (gssize)strlen(text) + 1);
}

char *
queue_name(const Login *login, const QueueCopy *submission)
{
	g_autoptr(GChecksum) hash = g_checksum_new(G_CHECKSUM_SHA256);
	BaseBytes octets = base_bytes_of(submission->message);
	hash_string(hash, login->sealed ? "sealed" : "");
	hash_string(hash, submission->sender);
	for (guint i = 0; i < submission->rcpts->len; i++) {
		hash_string(hash, g_ptr_array_index(submission->rcpts, i));
	}
	g_checksum_update(hash, octets.p, (gssize)octets.n);
	return g_strndup(g_checksum_get_string(hash), NAME_LENGTH);
}

static char *
receipt_path(const Login *login, const char *name)
{
	g_autofree char *folder = queue_folder(login);
	g_autofree char *file = g_strconcat(name, QUEUE_SENT, NULL);
	return g_build_filename(folder, file, NULL);
}

/* The `unanswered` of a folder of this name; NULL if there is none. (transfer full) */
static char *
unanswered_path(const Login *login, const char *name)
{
	g_autofree char *folder = queue_folder(login);
	g_autoptr(GPtrArray) entries = queue_list(folder, QUEUE_DUE);
	for (guint i = 0; i < entries->len; i++) {
		const char *entry = g_ptr_array_index(entries, i);
		g_autofree char *path = g_build_filename(folder, entry, QUEUE_UNANSWERED, NULL);
		if (g_str_has_prefix(entry, name) && g_file_test(path, G_FILE_TEST_EXISTS)) {
			return g_steal_pointer(&path);
		}
	}
	return NULL;
}

char *
queue_receipt_find(const Login *login, const char *name)
{
	g_autofree char *path = receipt_path(login, name);
	g_autofree char *folder = unanswered_path(login, name);
	char *answer = NULL;
	if (folder != NULL) {
		return queue_is_old(folder) ? NULL : g_strdup(ACCEPTED_BEFORE);
	}
	if (queue_is_old(path) || !g_file_get_contents(path, &answer, NULL, NULL)) {
		return NULL;
	}
	/* Written to its end, or not at all. */
	return g_str_has_suffix(answer, "\n") ? answer : (g_free(answer), NULL);
}

/* Without fsync(): that we are killed it survives as it is, and a power cut is no reason to make
 * every message wait for the disk. */
bool
queue_receipt_write(const Login *login, const char *name, const char *answer, GError **error)
{
	g_autofree char *folder = queue_folder(login);
	g_autofree char *path = receipt_path(login, name);
	g_autoptr(GError) reason = NULL;
	if (!queue_make_folder(folder, error)) {
		return false;
	}
	return g_file_set_contents_full(path, answer, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
					&reason) ||
	       base_fail(error, PS_ERROR_CREATE, "cannot write a receipt: %s", reason->message);
}

void
queue_receipt_remove(const Login *login, const char *name)
{
	g_autofree char *path = receipt_path(login, name);
	g_autofree char *folder = unanswered_path(login, name);
	(void)g_unlink(path);
	if (folder != NULL) {
		g_autofree char *entry = g_path_get_dirname(folder);
		(void)g_unlink(folder);
		(void)g_rmdir(entry); /* if nothing else is in it */
	}
}

void
queue_notice(const Login *login, const char *format, ...)
{
	g_autofree char *folder = g_build_filename(login->home, "queue", NULL);
	g_autofree char *path = g_build_filename(folder, "notices", NULL);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *when = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_autofree char *line = g_strdup_printf("%s %s\n", when, g_strdelimit(text, "\r\n", ' '));
	int fd = queue_make_folder(folder, NULL)
			 ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
			 : -1;
	if (fd >= 0) {
		(void)file_write(fd, base_bytes_str(line), NULL);
		close(fd);
	}
}
