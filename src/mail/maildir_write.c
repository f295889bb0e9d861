/* SPDX-License-Identifier: MPL-2.0 */
/* Changing a Maildir: nothing is lost by a kill at any instant, nothing is written over. */
#include "base/file.h"
#include "mail/maildir_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define LEFT (36 * 3600) /* seconds */

char *
maildir_unique(void)
{
	static gint count;
	gint64 now = g_get_real_time();
	g_autofree char *random = g_uuid_string_random();
	g_strdelimit(random, "-", 'x');
	return g_strdup_printf("%" G_GINT64_FORMAT ".M%06" G_GINT64_FORMAT "P%dQ%d.%s",
			       now / G_USEC_PER_SEC, now % G_USEC_PER_SEC, (int)getpid(),
			       g_atomic_int_add(&count, 1), random);
}

static bool
write_file(int tmp, const char *name, GBytes *octets, GError **error)
{
	g_auto(MaildirFd) fd =
		openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		return base_fail(error, PS_ERROR_IO, "Cannot write to the mailbox: %s",
				 g_strerror(errno));
	}
	if (!file_write(fd, base_bytes_of(octets), error)) {
		return false;
	}
	return fsync(fd) == 0 ||
	       base_fail(error, PS_ERROR_IO, "Cannot write to the mailbox: %s", g_strerror(errno));
}

static int
rename_if_new(int from, const char *old, int to, const char *new)
{
	struct stat status;
	if (renameat2(from, old, to, new, RENAME_NOREPLACE) == 0) {
		return 0;
	}
	/* Not every file system can do it at once; names are unique unless somebody copied files.
	 */
	if (errno != EINVAL) {
		return -1;
	}
	if (fstatat(to, new, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from, old, to, new);
}

/* From one folder to another, over nothing that is there. */
static bool
rename_new(int from, const char *old, int to, const char *new, GError **error)
{
	if (rename_if_new(from, old, to, new) != 0) {
		return base_fail(error, errno == ENOENT ? PS_ERROR_NOT_FOUND : PS_ERROR_IO,
				 "The message cannot be moved: %s", g_strerror(errno));
	}
	/* Best effort: not every file system can. */
	(void)fsync(to);
	return true;
}

/* What somebody began to write 36 hours ago he will not finish (maildir(5)): he was killed. */
static void
tidy(int tmp)
{
	int copy = openat(tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	gint64 now = g_get_real_time() / G_USEC_PER_SEC;
	for (struct dirent *e = directory == NULL ? NULL : readdir(directory); e != NULL;
	     e = readdir(directory)) {
		struct stat status;
		if (fstatat(tmp, e->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(status.st_mode) && MAX(status.st_mtime, status.st_atime) < now - LEFT) {
			(void)unlinkat(tmp, e->d_name, 0);
		}
	}
	if (directory != NULL) {
		(void)closedir(directory);
	} else {
		maildir_close(&copy);
	}
}

char *
maildir_deliver(int folder, const char *part, GBytes *octets, MailFlags flags, GError **error)
{
	g_auto(MaildirFd) tmp = maildir_open_part(folder, "tmp", error);
	g_auto(MaildirFd) target = tmp < 0 ? -1 : maildir_open_part(folder, part, error);
	if (target < 0) {
		return NULL;
	}
	tidy(tmp);
	g_autofree char *id = maildir_unique();
	bool seen = g_str_equal(part, "cur");
	g_autofree char *name = seen ? maildir_name_with(id, flags) : g_strdup(id);
	if (!write_file(tmp, id, octets, error) || !rename_new(tmp, id, target, name, error)) {
		(void)unlinkat(tmp, id, 0);
		return NULL;
	}
	return g_steal_pointer(&id);
}

char *
maildir_append(MailStore *store, const char *folder, GBytes *octets, MailFlags flags,
	       G_GNUC_UNUSED GCancellable *stop, GError **error)
{
	g_auto(MaildirFd) fd = maildir_open_folder((Maildir *)store, folder, error);
	return fd < 0 ? NULL : maildir_deliver(fd, "cur", octets, flags, error);
}

bool
mail_maildir_deliver(const char *path, GBytes *octets, GError **error)
{
	g_auto(MaildirFd) root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) {
		return base_fail(error, PS_ERROR_NOT_FOUND, "There is no mailbox: %s",
				 g_strerror(errno));
	}
	g_autofree char *id = maildir_deliver(root, "new", octets, 0, error);
	return id != NULL;
}

/* A message and the directory that it lies in. */
typedef struct {
	MaildirFd folder;
	MaildirFd part;
	MailFlags flags;
	char *file;
} Found;

static void
found_clear(Found *found)
{
	maildir_close(&found->part);
	maildir_close(&found->folder);
	g_free(found->file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, found_clear)

static bool
find(Maildir *maildir, const char *folder, const char *id, Found *out, GError **error)
{
	g_autoptr(MaildirBox) box = maildir_box(maildir, folder, error);
	const MaildirItem *item = box == NULL ? NULL : g_hash_table_lookup(box->by_id, id);
	if (box == NULL) {
		return false;
	}
	if (item == NULL) {
		return base_fail(error, PS_ERROR_NOT_FOUND, "There is no such message");
	}
	out->file = g_strdup(item->file);
	out->flags = item->flags;
	out->folder = maildir_open_folder(maildir, folder, error);
	out->part = out->folder < 0
			    ? -1
			    : maildir_open_part(out->folder, item->fresh ? "new" : "cur", error);
	return out->part >= 0;
}

bool
maildir_flag(MailStore *store, const char *folder, const char *id, MailChange change,
	     G_GNUC_UNUSED GCancellable *stop, GError **error)
{
	g_auto(Found) found = {-1, -1, 0, NULL};
	if (!find((Maildir *)store, folder, id, &found, error)) {
		return false;
	}
	guint flags = ((guint)found.flags & ~(guint)change.clear) | (guint)change.set;
	g_autofree char *name = maildir_name_with(found.file, (MailFlags)flags);
	g_auto(MaildirFd) cur = maildir_open_part(found.folder, "cur", error);
	if (cur < 0 || (flags == (guint)found.flags && g_str_equal(name, found.file))) {
		return cur >= 0;
	}
	return rename_new(found.part, found.file, cur, name, error);
}

char *
maildir_move(MailStore *store, const char *folder, const char *id, const char *to,
	     G_GNUC_UNUSED GCancellable *stop, GError **error)
{
	Maildir *maildir = (Maildir *)store;
	g_auto(Found) found = {-1, -1, 0, NULL};
	if (!find(maildir, folder, id, &found, error)) {
		return NULL;
	}
	g_auto(MaildirFd) other = maildir_open_folder(maildir, to, error);
	g_auto(MaildirFd) cur = other < 0 ? -1 : maildir_open_part(other, "cur", error);
	if (cur < 0) {
		return NULL;
	}
	g_autofree char *unique = maildir_unique();
	g_autofree char *same = maildir_name_with(found.file, found.flags);
	g_autofree char *fresh = g_strconcat(unique, strchr(same, ':'), NULL);
	if (rename_new(found.part, found.file, cur, same, NULL)) {
		return g_strdup(id);
	}
	return rename_new(found.part, found.file, cur, fresh, error) ? g_steal_pointer(&unique)
								     : NULL;
}

bool
maildir_remove(MailStore *store, const char *folder, const char *id,
	       G_GNUC_UNUSED GCancellable *stop, GError **error)
{
	g_auto(Found) found = {-1, -1, 0, NULL};
	if (!find((Maildir *)store, folder, id, &found, error)) {
		return false;
	}
	return unlinkat(found.part, found.file, 0) == 0 ||
	       base_fail(error, PS_ERROR_IO, "The message cannot be removed: %s",
			 g_strerror(errno));
}
