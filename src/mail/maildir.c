/* SPDX-License-Identifier: MPL-2.0 */
/* A Maildir and its folders. */
#include "mail/maildir_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

void
maildir_close(const MaildirFd *fd)
{
	if (*fd >= 0) {
		(void)close(*fd);
	}
}

/* "Sent" is the directory ".Sent". An id that would name "." or ".." or lead elsewhere is none. */
static char *
directory_of(const char *folder)
{
	bool bad = !mail_is_clean(folder) || strchr(folder, '/') != NULL ||
		   g_str_equal(folder, ".") || strlen(folder) > 250;
	return bad ? NULL : g_strconcat(".", folder, NULL);
}

int
maildir_open_folder(const Maildir *maildir, const char *folder, GError **error)
{
	g_autofree char *name = directory_of(folder);
	int fd = -1;
	if (g_str_equal(folder, "INBOX")) {
		fd = openat(maildir->root, ".", DIRECTORY);
	} else if (name != NULL) {
		fd = openat(maildir->root, name, DIRECTORY | O_NOFOLLOW);
	}
	if (fd < 0) {
		(void)base_fail(error, PS_ERROR_NOT_FOUND, "There is no folder “%s”", folder);
	}
	return fd;
}

int
maildir_open_part(int folder, const char *part, GError **error)
{
	int fd = openat(folder, part, DIRECTORY | O_NOFOLLOW);
	if (fd < 0) {
		(void)base_fail(error, errno == ENOENT ? PS_ERROR_NOT_FOUND : PS_ERROR_IO,
				"The folder has no “%s”: %s", part, g_strerror(errno));
	}
	return fd;
}

static bool
make_parts(int folder, GError **error)
{
	static const char *const parts[] = {"tmp", "new", "cur"};
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		if (mkdirat(folder, parts[i], 0700) != 0 && errno != EEXIST) {
			return base_fail(error, PS_ERROR_CREATE, "Cannot make “%s”: %s", parts[i],
					 g_strerror(errno));
		}
	}
	return true;
}

static bool
maildir_make(MailStore *store, const char *name, G_GNUC_UNUSED GCancellable *stop, GError **error)
{
	Maildir *maildir = (Maildir *)store;
	g_autofree char *directory = directory_of(name);
	if (directory == NULL) {
		return base_fail(error, PS_ERROR_ARGUMENT, "“%s” is no name of a folder", name);
	}
	if (mkdirat(maildir->root, directory, 0700) != 0 && errno != EEXIST) {
		return base_fail(error, PS_ERROR_CREATE, "Cannot make the folder “%s”: %s", name,
				 g_strerror(errno));
	}
	g_auto(MaildirFd) folder = maildir_open_folder(maildir, name, error);
	if (folder < 0 || !make_parts(folder, error)) {
		return false;
	}
	/* Says to delivery agents that it is a folder and no Maildir of its own. */
	G_GNUC_UNUSED g_auto(MaildirFd) mark =
		openat(folder, "maildirfolder", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return true;
}

/* Maildir++ writes the levels with dots and what is not ASCII in modified UTF-7. */
static char *
name_of(const char *id)
{
	gsize n = 0;
	g_autofree char *decoded =
		g_str_is_ascii(id) ? g_convert(id, -1, "UTF-8", "UTF-7-IMAP", NULL, &n, NULL)
				   : NULL;
	bool good = decoded != NULL && strlen(decoded) == n && mail_is_clean(decoded);
	char *name = good ? g_steal_pointer(&decoded) : g_strdup(id);
	return g_strdelimit(name, ".", '/');
}

static void
count(const MaildirBox *box, MailFolder *folder)
{
	folder->total = box->items->len;
	for (guint i = 0; i < box->items->len; i++) {
		const MaildirItem *item = g_ptr_array_index(box->items, i);
		folder->unread += (item->flags & MAIL_SEEN) == 0;
	}
}

static void
add_folder(Maildir *maildir, GPtrArray *folders, const char *id)
{
	g_autoptr(MaildirBox) box = maildir_box(maildir, id, NULL);
	if (box == NULL || folders->len >= MAIL_FOLDERS_MAX) {
		return;
	}
	MailFolder *folder = g_new0(MailFolder, 1);
	folder->id = g_strdup(id);
	folder->name = name_of(id);
	folder->role = g_str_equal(id, "INBOX") ? MAIL_ROLE_INBOX : mail_role_of(folder->name);
	count(box, folder);
	g_ptr_array_add(folders, folder);
}

static GPtrArray *
maildir_folders(MailStore *store, GCancellable *stop, GError **error)
{
	Maildir *maildir = (Maildir *)store;
	int copy = openat(maildir->root, ".", DIRECTORY);
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	if (directory == NULL) {
		(void)base_fail(error, PS_ERROR_IO, "Cannot read the Maildir: %s",
				g_strerror(errno));
		maildir_close(&copy);
		return NULL;
	}
	g_autoptr(GPtrArray) folders = mail_folders_new();
	add_folder(maildir, folders, "INBOX");
	for (struct dirent *e = readdir(directory); e != NULL && !g_cancellable_is_cancelled(stop);
	     e = readdir(directory)) {
		const char *id = e->d_name + 1;
		if (e->d_name[0] == '.' && *id != '\0' && !g_str_equal(id, "INBOX") &&
		    !g_str_equal(id, ".") && mail_is_clean(id)) {
			add_folder(maildir, folders, id);
		}
	}
	(void)closedir(directory);
	return mail_is_stopped(stop, error) ? NULL : g_steal_pointer(&folders);
}

static void
maildir_free(MailStore *store)
{
	Maildir *maildir = (Maildir *)store;
	(void)close(maildir->root);
	g_mutex_clear(&maildir->listing);
	g_hash_table_unref(maildir->boxes);
	g_free(maildir);
}

static void
free_box(gpointer box)
{
	maildir_box_unref(box);
}

static const MailStoreClass MAILDIR = {
	.reads_aside = true,
	.folders = maildir_folders,
	.make = maildir_make,
	.list = maildir_list,
	.search = maildir_search,
	.read = maildir_read,
	.flag = maildir_flag,
	.move = maildir_move,
	.remove = maildir_remove,
	.append = maildir_append,
	.free = maildir_free,
};

MailStore *
mail_store_new_maildir(const char *path, bool create, GError **error)
{
	if (create && g_mkdir_with_parents(path, 0700) != 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "Cannot make the Maildir %s: %s",
				      path, g_strerror(errno));
	}
	g_auto(MaildirFd) root = open(path, DIRECTORY);
	if (root < 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "There is no Maildir %s: %s", path,
				      g_strerror(errno));
	}
	if (create && !make_parts(root, error)) {
		return NULL;
	}
	g_auto(MaildirFd) cur = maildir_open_part(root, "cur", error);
	if (cur < 0) {
		return NULL;
	}
	Maildir *maildir = g_new0(Maildir, 1);
	mail_store_init(&maildir->base, &MAILDIR);
	maildir->root = root;
	root = -1;
	g_mutex_init(&maildir->listing);
	maildir->boxes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_box);
	return &maildir->base;
}
