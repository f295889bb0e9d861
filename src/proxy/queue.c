/* SPDX-License-Identifier: MPL-2.0 */
/* Folders, receipts and notices of the queue. */
#include "proxy/queue_private.h"

#include "base/error.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define OLD_SECONDS (2 * 24 * 60 * 60)
#define NOTICES_MAX (64U << 10) /* octets of the file */
#define NAME_LENGTH 32 /* hex digits; the rest of a SHA-256 would only lengthen the names */

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

/* Of too many notices the older half goes; what is left begins with a whole line. */
static void
shorten_notices(const char *path)
{
	g_autofree char *text = NULL;
	gsize n = 0;
	GStatBuf status;
	if (g_stat(path, &status) != 0 || status.st_size <= NOTICES_MAX ||
	    !g_file_get_contents(path, &text, &n, NULL)) {
		return;
	}
	const char *rest = text + n - MIN(n, NOTICES_MAX / 2);
	const char *line = memchr(rest, '\n', (size_t)(text + n - rest));
	if (line != NULL) {
		(void)g_file_set_contents_full(path, line + 1, text + n - line - 1,
					       G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
	}
}

void
queue_notice(const Login *login, const char *format, ...)
{
	static GMutex lock;
	g_autofree char *folder = g_build_filename(login->home, "queue", NULL);
	g_autofree char *path = g_build_filename(folder, "notices", NULL);
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	g_autofree char *when = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_autofree char *line = g_strdup_printf("%s %s\n", when, g_strdelimit(text, "\r\n", ' '));
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&lock);
	shorten_notices(path);
	int fd = queue_make_folder(folder, NULL)
			 ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
			 : -1;
	if (fd >= 0) {
		(void)file_write(fd, base_bytes_str(line), NULL);
		close(fd);
	}
}
