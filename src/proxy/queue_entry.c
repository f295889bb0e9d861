/* SPDX-License-Identifier: MPL-2.0 */
/* One submission in the queue: a folder under a lock. */
#include "proxy/queue_private.h"

#include "base/error.h"
#include "proxy/keep.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAIL_ENDING ".mail"
#define TO_ENDING   ".to"
#define TOLD_ENDING ".told" /* that it cannot be read */

struct QueueEntry {
	char *folder; /* of the login */
	char *path;   /* of the entry, as it is called now */
	int fd;       /* of the entry, locked */
	bool due;     /* the provider has the main copy, whatever the folder is called */
	bool named;   /* the folder says so, too */
	guint count;  /* copies added */
};

/* Those that are due and could not be renamed: locked, so that nobody takes them for what died
 * while it was held, until their user logs in again. */
static GMutex stuck_lock;
static GPtrArray *stuck_entries; /* of QueueEntry */

static bool
lock_entry(QueueEntry *entry)
{
	/* What a link points at is not ours to remove. */
	entry->fd = open(entry->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	/* Whoever held the lock until now may have renamed or removed it. */
	return entry->fd >= 0 && flock(entry->fd, LOCK_EX | LOCK_NB) == 0 &&
	       g_file_test(entry->path, G_FILE_TEST_IS_DIR);
}

static char *
inside(const QueueEntry *entry, const char *number, const char *ending)
{
	g_autofree char *name = g_strconcat(number, ending, NULL);
	return g_build_filename(entry->path, name, NULL);
}

QueueEntry *
queue_entry_new(const Login *login, const char *name, GError **error)
{
	g_autoptr(QueueEntry) entry = g_new0(QueueEntry, 1);
	g_autofree char *unique = g_strdup_printf("%s-%08x%s", name, g_random_int(), QUEUE_HELD);
	entry->fd = -1;
	entry->folder = queue_folder(login);
	entry->path = g_build_filename(entry->folder, unique, NULL);
	g_autofree char *unanswered = inside(entry, QUEUE_UNANSWERED, "");
	if (!queue_make_folder(entry->path, error)) {
		return NULL;
	}
	if (!lock_entry(entry) || !g_file_set_contents(unanswered, "", 0, NULL)) {
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "cannot use %s", entry->path);
	}
	return g_steal_pointer(&entry);
}

static void
remove_entry(QueueEntry *entry)
{
	g_autoptr(GDir) dir = g_dir_open(entry->path, 0, NULL);
	const char *name;
	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(entry->path, name, NULL);
		(void)g_unlink(path);
	}
	(void)g_rmdir(entry->path);
}

/* Nothing left to send, and nobody left to answer; not if that cannot be looked up. */
static bool
is_done(const QueueEntry *entry)
{
	struct stat status;
	if (!g_file_test(entry->path, G_FILE_TEST_IS_DIR)) {
		return fstat(entry->fd, &status) == 0 && status.st_nlink == 0;
	}
	g_autoptr(GPtrArray) copies = queue_entry_copies(entry);
	g_autofree char *unanswered = inside(entry, QUEUE_UNANSWERED, "");
	return copies->len == 0 &&
	       (!g_file_test(unanswered, G_FILE_TEST_EXISTS) || queue_is_old(unanswered));
}

static void
entry_drop(QueueEntry *entry)
{
	if (entry->fd >= 0) {
		close(entry->fd);
	}
	g_free(entry->folder);
	g_free(entry->path);
	g_free(entry);
}

/* One rename of the folder. */
static bool
name_due(QueueEntry *entry, GError **error)
{
	g_autofree char *path = g_strndup(entry->path, strlen(entry->path) - strlen(QUEUE_HELD));
	g_autofree char *due = g_strconcat(path, QUEUE_DUE, NULL);
	if (g_rename(entry->path, due) != 0) {
		return base_fail(error, PS_ERROR_IO, "cannot rename a queue entry: %s",
				 g_strerror(errno));
	}
	g_free(entry->path);
	entry->path = g_steal_pointer(&due);
	entry->named = true;
	return queue_sync(entry->folder, error);
}

static void
keep_stuck(QueueEntry *entry)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&stuck_lock);
	if (stuck_entries == NULL) {
		stuck_entries = g_ptr_array_new();
	}
	g_ptr_array_add(stuck_entries, entry);
}

/* Those of this login's folder. */
static void
take_stuck(const char *folder, GPtrArray *due)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&stuck_lock);
	for (guint i = stuck_entries == NULL ? 0 : stuck_entries->len; i-- > 0;) {
		QueueEntry *entry = g_ptr_array_index(stuck_entries, i);
		if (strcmp(entry->folder, folder) == 0) {
			g_ptr_array_add(due, g_ptr_array_steal_index(stuck_entries, i));
		}
	}
}

void
queue_entry_free(QueueEntry *entry)
{
	if (entry == NULL) {
		return;
	}
	if (entry->fd >= 0 && (!entry->due || is_done(entry))) {
		remove_entry(entry);
	} else if (entry->fd >= 0 && !entry->named && !name_due(entry, NULL) && !entry->named) {
		keep_stuck(entry);
		return;
	}
	entry_drop(entry);
}

/* "Mail-From" and "Rcpt-To" as a header, each word escaped, since a quoted local part may hold
 * anything. */
static GBytes *
write_envelope(const QueueCopy *copy)
{
	GString *text = g_string_new("Mail-From: ");
	g_autofree char *sender = g_uri_escape_string(copy->sender, NULL, false);
	g_string_append_printf(text, "%s\r\nRcpt-To:", sender);
	for (guint i = 0; i < copy->rcpts->len; i++) {
		g_autofree char *rcpt =
			g_uri_escape_string(g_ptr_array_index(copy->rcpts, i), NULL, false);
		g_string_append_printf(text, "\r\n %s", rcpt);
	}
	g_string_append(text, "\r\n\r\n");
	return g_string_free_to_bytes(text);
}

char *
queue_entry_number(guint index)
{
	return g_strdup_printf("%04u", index + 2);
}

bool
queue_entry_add(QueueEntry *entry, const Login *login, PsEngine *engine, const QueueCopy *copy,
		GError **error)
{
	g_autofree char *number = queue_entry_number(entry->count);
	g_autofree char *mail = inside(entry, number, MAIL_ENDING);
	g_autofree char *to = inside(entry, number, TO_ENDING);
	g_autoptr(GBytes) envelope = write_envelope(copy);
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(envelope);
	g_autoptr(GError) reason = NULL;
	BaseBytes octets = base_bytes_of(copy->message);
	if (!g_file_set_contents_full(mail, (const char *)octets.p, (gssize)octets.n,
				      G_FILE_SET_CONTENTS_DURABLE, 0600, &reason)) {
		return base_fail(error, PS_ERROR_CREATE, "cannot queue a copy: %s",
				 reason->message);
	}
	entry->count++;
	return keep_write(login, engine, message, to, error);
}

bool
queue_entry_commit(QueueEntry *entry, GError **error)
{
	entry->due = true;
	return name_due(entry, error);
}

GPtrArray *
queue_entry_copies(const QueueEntry *entry)
{
	g_autoptr(GPtrArray) files = queue_list(entry->path, TO_ENDING);
	GPtrArray *numbers = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < files->len; i++) {
		const char *file = g_ptr_array_index(files, i);
		g_ptr_array_add(numbers, g_strndup(file, strlen(file) - strlen(TO_ENDING)));
	}
	return numbers;
}

static QueueCopy *
read_envelope(PsMessage *message, GBytes *octets)
{
	g_autofree char *from = ps_message_get_field(message, "Mail-From");
	g_autofree char *to = ps_message_get_field(message, "Rcpt-To");
	g_autofree char *sender = from == NULL ? NULL : g_uri_unescape_string(from, NULL);
	if (sender == NULL || to == NULL) {
		return NULL;
	}
	QueueCopy *copy = queue_copy_new(sender, octets);
	g_auto(GStrv) words = g_strsplit_set(to, " \t\r\n", -1);
	for (char **at = words; *at != NULL; at++) {
		char *rcpt = **at == '\0' ? NULL : g_uri_unescape_string(*at, NULL);
		if (rcpt != NULL) {
			g_ptr_array_add(copy->rcpts, rcpt);
		}
	}
	return copy;
}

QueueCopy *
queue_entry_read(const QueueEntry *entry, const char *number, const Login *login, PsEngine *engine,
		 GError **error)
{
	g_autofree char *mail = inside(entry, number, MAIL_ENDING);
	g_autofree char *to = inside(entry, number, TO_ENDING);
	g_autofree char *octets = NULL;
	gsize n = 0;
	g_autoptr(PsMessage) message = keep_read(login, engine, to, error);
	if (message == NULL) {
		return NULL;
	}
	if (!g_file_get_contents(mail, &octets, &n, NULL)) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "the copy %s is gone", mail);
	}
	g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&octets), n);
	QueueCopy *copy = read_envelope(message, bytes);
	return copy != NULL ? copy
			    : BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
					     "the envelope %s cannot be read", to);
}

bool
queue_entry_note_unread(QueueEntry *entry, const char *number)
{
	g_autofree char *path = inside(entry, number, TOLD_ENDING);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		close(fd);
	}
	return fd >= 0;
}

/* The envelope first: without it the copy does not count any more. */
bool
queue_entry_done(QueueEntry *entry, const char *number, GError **error)
{
	g_autofree char *mail = inside(entry, number, MAIL_ENDING);
	g_autofree char *to = inside(entry, number, TO_ENDING);
	if (g_unlink(to) != 0) {
		return base_fail(error, PS_ERROR_IO, "cannot remove %s: %s", to, g_strerror(errno));
	}
	g_autofree char *told = inside(entry, number, TOLD_ENDING);
	(void)g_unlink(mail);
	(void)g_unlink(told);
	return true;
}

/* Whether it is for the caller; what died while it was held goes. */
static QueueEntry *
take(const char *folder, const char *name)
{
	g_autoptr(QueueEntry) entry = g_new0(QueueEntry, 1);
	entry->folder = g_strdup(folder);
	entry->path = g_build_filename(folder, name, NULL);
	entry->due = entry->named = g_str_has_suffix(name, QUEUE_DUE);
	if (!lock_entry(entry)) {
		entry_drop(g_steal_pointer(&entry));
		return NULL;
	}
	return entry->due && !is_done(entry) ? g_steal_pointer(&entry) : NULL;
}

GPtrArray *
queue_due(const Login *login)
{
	g_autofree char *folder = queue_folder(login);
	GPtrArray *due = g_ptr_array_new_with_free_func((GDestroyNotify)queue_entry_free);
	g_autoptr(GPtrArray) held = queue_list(folder, QUEUE_HELD);
	g_autoptr(GPtrArray) names = queue_list(folder, QUEUE_DUE);
	for (guint i = 0; i < held->len; i++) {
		queue_entry_free(take(folder, g_ptr_array_index(held, i)));
	}
	for (guint i = 0; i < names->len; i++) {
		QueueEntry *entry = take(folder, g_ptr_array_index(names, i));
		if (entry != NULL) {
			g_ptr_array_add(due, entry);
		}
	}
	take_stuck(folder, due);
	queue_receipts_prune(folder);
	return due;
}
