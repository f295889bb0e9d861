/* SPDX-License-Identifier: MPL-2.0 */
/* The listing of a folder of a Maildir. */
#include "mail/maildir_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define SETTLED 2 /* seconds after which a directory's time surely tells the next change */

static const char *const parts[2] = {"new", "cur"};

typedef struct {
	char letter;
	MailFlags flag;
} Letter;

static const Letter letters[] = {
	{'D', MAIL_DRAFT},    {'F', MAIL_FLAGGED}, {'P', MAIL_FORWARDED},
	{'R', MAIL_ANSWERED}, {'S', MAIL_SEEN},    {'T', MAIL_DELETED},
};

MailFlags
maildir_flags_of(const char *file)
{
	const char *info = strstr(file, ":2,");
	guint flags = 0;
	for (const char *p = info == NULL ? "" : info + 3; *p != '\0'; p++) {
		for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
			flags |= *p == letters[i].letter ? (guint)letters[i].flag : 0;
		}
	}
	return (MailFlags)flags;
}

static bool
is_ours(char letter)
{
	for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
		if (letters[i].letter == letter) {
			return true;
		}
	}
	return false;
}

char *
maildir_name_with(const char *file, MailFlags flags)
{
	const char *info = strstr(file, ":2,");
	size_t unique = strcspn(file, ":");
	g_autoptr(GString) name = g_string_new_len(file, (gssize)unique);
	g_string_append(name, ":2,");
	for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
		if ((flags & letters[i].flag) != 0) {
			g_string_append_c(name, letters[i].letter);
		}
	}
	for (const char *p = info == NULL ? "" : info + 3; *p != '\0'; p++) {
		if (!is_ours(*p)) {
			g_string_append_c(name, *p);
		}
	}
	return g_string_free(g_steal_pointer(&name), FALSE);
}

static void
free_item(gpointer data)
{
	MaildirItem *item = data;
	g_free(item->file);
	g_free(item);
}

static void
clear_box(gpointer data)
{
	MaildirBox *box = data;
	g_hash_table_unref(box->by_id);
	g_ptr_array_unref(box->items);
}

void
maildir_box_unref(MaildirBox *box)
{
	g_atomic_rc_box_release_full(box, clear_box);
}

/* The seconds that unique names begin with; else those of the file. */
static gint64
time_of(int directory, const char *file)
{
	gchar *end = NULL;
	guint64 seconds = g_ascii_strtoull(file, &end, 10);
	if (end != file && *end == '.' && seconds < (guint64)1 << 40) {
		return (gint64)seconds;
	}
	struct stat status;
	return fstatat(directory, file, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_mtime : 0;
}

static bool
is_message(int directory, const struct dirent *e)
{
	if (e->d_name[0] == '.' || !mail_is_clean(e->d_name)) {
		return false;
	}
	struct stat status;
	return e->d_type == DT_REG ||
	       (e->d_type == DT_UNKNOWN &&
		fstatat(directory, e->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISREG(status.st_mode));
}

static void
add_item(MaildirBox *box, int directory, const char *file, bool fresh)
{
	MaildirItem *item = g_new(MaildirItem, 1);
	*item = (MaildirItem){
		.file = g_strdup(file),
		.unique = (guint)strcspn(file, ":"),
		.fresh = fresh,
		.flags = fresh ? 0 : maildir_flags_of(file),
		.time = time_of(directory, file),
	};
	g_ptr_array_add(box->items, item);
}

static bool
read_part(MaildirBox *box, int folder, size_t part, GError **error)
{
	int fd = maildir_open_part(folder, parts[part], error);
	struct stat status;
	if (fd < 0) {
		return false;
	}
	if (fstat(fd, &status) != 0) {
		(void)close(fd);
		return base_fail(error, PS_ERROR_IO, "Cannot read the folder");
	}
	box->changed[part] = status.st_mtim;
	DIR *directory = fdopendir(fd);
	if (directory == NULL) {
		(void)close(fd);
		return base_fail(error, PS_ERROR_IO, "Cannot read the folder: %s",
				 g_strerror(errno));
	}
	for (struct dirent *e = readdir(directory);
	     e != NULL && box->items->len < MAILDIR_ENTRIES_MAX; e = readdir(directory)) {
		if (is_message(fd, e)) {
			add_item(box, fd, e->d_name, part == 0);
		}
	}
	(void)closedir(directory);
	return true;
}

static gint
compare_items(gconstpointer a, gconstpointer b)
{
	const MaildirItem *x = *(const MaildirItem *const *)a;
	const MaildirItem *y = *(const MaildirItem *const *)b;
	return x->time != y->time ? (x->time < y->time) - (x->time > y->time)
				  : strcmp(y->file, x->file);
}

static MaildirBox *
read_box(int folder, GError **error)
{
	g_autoptr(MaildirBox) box = g_atomic_rc_box_new0(MaildirBox);
	box->looked = g_get_real_time() / G_USEC_PER_SEC;
	box->items = g_ptr_array_new_with_free_func(free_item);
	box->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		if (!read_part(box, folder, i, error)) {
			return NULL;
		}
	}
	g_ptr_array_sort(box->items, compare_items);
	for (guint i = 0; i < box->items->len; i++) {
		MaildirItem *item = g_ptr_array_index(box->items, i);
		g_hash_table_replace(box->by_id, g_strndup(item->file, item->unique), item);
	}
	return g_steal_pointer(&box);
}

static bool
is_current(const MaildirBox *box, int folder)
{
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		struct stat status;
		const struct timespec *then = &box->changed[i];
		if (fstatat(folder, parts[i], &status, AT_SYMLINK_NOFOLLOW) != 0 ||
		    status.st_mtim.tv_sec != then->tv_sec ||
		    status.st_mtim.tv_nsec != then->tv_nsec ||
		    then->tv_sec + SETTLED >= box->looked) {
			return false;
		}
	}
	return true;
}

MaildirBox *
maildir_box(Maildir *maildir, const char *folder, GError **error)
{
	g_auto(MaildirFd) fd = maildir_open_folder(maildir, folder, error);
	G_GNUC_UNUSED g_autoptr(GMutexLocker) lock = g_mutex_locker_new(&maildir->listing);
	MaildirBox *known = g_hash_table_lookup(maildir->boxes, folder);
	if (fd >= 0 && known != NULL && is_current(known, fd)) {
		return g_atomic_rc_box_acquire(known);
	}
	MaildirBox *box = fd < 0 ? NULL : read_box(fd, error);
	if (box == NULL) {
		g_hash_table_remove(maildir->boxes, folder);
		return NULL;
	}
	g_hash_table_replace(maildir->boxes, g_strdup(folder), g_atomic_rc_box_acquire(box));
	return box;
}
