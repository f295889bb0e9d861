/* SPDX-License-Identifier: MPL-2.0 */
#include "engine/mailbox.h"

#include <glib/gstdio.h>
#include <string.h>

#define FOLDER_DEPTH 32U /* folders in folders */

typedef struct {
	gint64 time;
	uint64_t size;
	const char *name;
	guint folder;
} File;

struct Mailbox {
	GPtrArray *folders; /* char * */
	GStringChunk *names;
	GArray *files; /* File */
	uint64_t octets;
};

void
mailbox_free(Mailbox *mailbox)
{
	if (mailbox != NULL) {
		g_ptr_array_unref(mailbox->folders);
		g_string_chunk_free(mailbox->names);
		g_array_unref(mailbox->files);
		g_free(mailbox);
	}
}

/* maildir(5): "1771234567.M20046P2137.host:2,S". */
static gint64
arrival(const char *name, const GStatBuf *status)
{
	char *end = NULL;
	gint64 time = g_ascii_strtoll(name, &end, 10);
	return end != NULL && *end == '.' && time > 0 ? time : status->st_mtime;
}

static void
add_file(Mailbox *mailbox, guint folder, const char *name, const GStatBuf *status)
{
	File file = {
		.time = arrival(name, status),
		.size = (uint64_t)status->st_size,
		.name = g_string_chunk_insert(mailbox->names, name),
		.folder = folder,
	};
	g_array_append_val(mailbox->files, file);
	mailbox->octets += file.size;
}

/* What others write into these is no history: names of IMAP servers and mail programs, the last
 * part of Maildir++'s ".INBOX.Junk". */
static bool
is_unwanted(const char *name)
{
	static const char *const NAMES[] = {
		"junk",          "junk e-mail",      "junk mail", "spam",
		"bulk",          "bulk mail",        "trash",     "deleted",
		"deleted items", "deleted messages", "drafts",    "quarantine"};
	const char *last = strrchr(name, '.');
	last = last == NULL ? name : last + 1;
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		if (g_ascii_strcasecmp(last, NAMES[i]) == 0) {
			return true;
		}
	}
	return false;
}

static bool
is_skipped(const char *name, const GStatBuf *status)
{
	bool folder = S_ISDIR(status->st_mode);
	return strcmp(name, "tmp") == 0 || (name[0] == '.' && !folder) ||
	       (folder && is_unwanted(name)) || g_str_has_prefix(name, "dovecot") ||
	       S_ISLNK(status->st_mode);
}

static void
add_folder(Mailbox *mailbox, const char *path, guint depth)
{
	g_autoptr(GDir) folder = depth < FOLDER_DEPTH ? g_dir_open(path, 0, NULL) : NULL;
	guint index = mailbox->folders->len;
	g_ptr_array_add(mailbox->folders, g_strdup(path));
	const char *name;
	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *full = g_build_filename(path, name, NULL);
		GStatBuf status;
		if (g_lstat(full, &status) != 0 || is_skipped(name, &status)) {
			continue;
		}
		if (S_ISDIR(status.st_mode)) {
			add_folder(mailbox, full, depth + 1);
		} else {
			add_file(mailbox, index, name, &status);
		}
	}
}

static gint
compare(gconstpointer a, gconstpointer b, gpointer user)
{
	const File *one = a;
	const File *other = b;
	const Mailbox *mailbox = user;
	if (one->time != other->time) {
		return one->time < other->time ? -1 : 1;
	}
	int folders = one->folder == other->folder
			      ? 0
			      : strcmp(g_ptr_array_index(mailbox->folders, one->folder),
				       g_ptr_array_index(mailbox->folders, other->folder));
	return folders != 0 ? folders : strcmp(one->name, other->name);
}

Mailbox *
mailbox_new(const char *path, GError **error)
{
	GStatBuf status;
	if (g_stat(path, &status) != 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "%s: no such file or folder",
				      path);
	}
	Mailbox *mailbox = g_new0(Mailbox, 1);
	mailbox->folders = g_ptr_array_new_with_free_func(g_free);
	mailbox->names = g_string_chunk_new(64 << 10);
	mailbox->files = g_array_new(FALSE, FALSE, sizeof(File));
	if (S_ISDIR(status.st_mode)) {
		add_folder(mailbox, path, 0);
	} else {
		g_autofree char *name = g_path_get_basename(path);
		g_ptr_array_add(mailbox->folders, g_path_get_dirname(path));
		add_file(mailbox, 0, name, &status);
	}
	g_array_sort_with_data(mailbox->files, compare, mailbox);
	return mailbox;
}

guint
mailbox_count(const Mailbox *mailbox)
{
	return mailbox->files->len;
}

uint64_t
mailbox_octets(const Mailbox *mailbox)
{
	return mailbox->octets;
}

char *
mailbox_path(const Mailbox *mailbox, guint i)
{
	const File *file = &g_array_index(mailbox->files, File, i);
	return g_build_filename(g_ptr_array_index(mailbox->folders, file->folder), file->name,
				NULL);
}

uint64_t
mailbox_size(const Mailbox *mailbox, guint i)
{
	return g_array_index(mailbox->files, File, i).size;
}
