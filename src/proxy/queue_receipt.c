/* SPDX-License-Identifier: MPL-2.0 */
/* Receipts: which submissions the provider has, though the mail program may not know it. */
#include "proxy/queue_private.h"

#include "base/error.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <unistd.h>

/* What a program that was cut off hears of a submission that is ours already. */
#define ACCEPTED_BEFORE "250 2.0.0 Accepted before the connection broke\r\n"

struct QueueReceipts {
	char *folder; /* of the login */
	char *path;
	int fd;       /* locked: its session lives; -1: there is no file yet */
	size_t size;  /* of the file */
	bool written; /* a receipt is in it */
};

/* The `unanswered` of a folder of this name; NULL if there is none. (transfer full) */
static char *
find_unanswered(const char *folder, const GPtrArray *entries, const char *name)
{
	for (guint i = 0; i < entries->len; i++) {
		const char *entry = g_ptr_array_index(entries, i);
		g_autofree char *path = g_build_filename(folder, entry, QUEUE_UNANSWERED, NULL);
		if (g_str_has_prefix(entry, name) && g_str_has_suffix(entry, QUEUE_DUE) &&
		    g_file_test(path, G_FILE_TEST_EXISTS)) {
			return g_steal_pointer(&path);
		}
	}
	return NULL;
}

/* The file with the receipt of this name, and the answer in it; NULL if there is none. */
static char *
find_receipt(const char *folder, const GPtrArray *entries, const char *name, char **answer)
{
	for (guint i = 0; i < entries->len; i++) {
		const char *entry = g_ptr_array_index(entries, i);
		g_autofree char *text = NULL;
		g_autofree char *path = g_build_filename(folder, entry, NULL);
		size_t n = strlen(name);
		/* Written to its end, or not at all. */
		if (g_str_has_suffix(entry, QUEUE_SENT) && !queue_is_old(path) &&
		    g_file_get_contents(path, &text, NULL, NULL) && strncmp(text, name, n) == 0 &&
		    text[n] == '\n' && text[n + 1] != '\0' && g_str_has_suffix(text, "\n")) {
			*answer = g_strdup(text + n + 1);
			return g_steal_pointer(&path);
		}
	}
	return NULL;
}

char *
queue_receipt_find(const Login *login, const char *name)
{
	char *answer = NULL;
	g_autofree char *folder = queue_folder(login);
	g_autoptr(GPtrArray) entries = queue_list(folder, "");
	g_autofree char *unanswered = find_unanswered(folder, entries, name);
	if (unanswered != NULL) {
		return queue_is_old(unanswered) ? NULL : g_strdup(ACCEPTED_BEFORE);
	}
	g_free(find_receipt(folder, entries, name, &answer));
	return answer;
}

/* Of a session that lives only the receipt goes: it goes on writing to its file. */
static void
remove_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		return;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		(void)g_unlink(path);
	} else {
		(void)pwrite(fd, "-", 1, 0);
	}
	close(fd);
}

void
queue_receipt_remove(const Login *login, const char *name)
{
	g_autofree char *answer = NULL;
	g_autofree char *folder = queue_folder(login);
	g_autoptr(GPtrArray) entries = queue_list(folder, "");
	g_autofree char *unanswered = find_unanswered(folder, entries, name);
	g_autofree char *path = find_receipt(folder, entries, name, &answer);
	if (path != NULL) {
		remove_file(path);
	}
	if (unanswered != NULL) {
		g_autofree char *entry = g_path_get_dirname(unanswered);
		(void)g_unlink(unanswered);
		(void)g_rmdir(entry); /* if nothing else is in it */
	}
}

void
queue_receipts_prune(const char *folder)
{
	g_autoptr(GPtrArray) files = queue_list(folder, QUEUE_SENT);
	for (guint i = 0; i < files->len; i++) {
		g_autofree char *path = g_build_filename(folder, g_ptr_array_index(files, i), NULL);
		if (queue_is_old(path)) {
			(void)g_unlink(path);
		}
	}
}

QueueReceipts *
queue_receipts_new(const Login *login)
{
	QueueReceipts *receipts = g_new0(QueueReceipts, 1);
	g_autofree char *unique = g_uuid_string_random();
	g_autofree char *name = g_strconcat(unique, QUEUE_SENT, NULL);
	receipts->folder = queue_folder(login);
	receipts->path = g_build_filename(receipts->folder, name, NULL);
	receipts->fd = -1;
	return receipts;
}

void
queue_receipts_free(QueueReceipts *receipts)
{
	if (receipts == NULL) {
		return;
	}
	if (receipts->fd >= 0) {
		if (!receipts->written) {
			(void)g_unlink(receipts->path);
		}
		close(receipts->fd);
	}
	g_free(receipts->folder);
	g_free(receipts->path);
	g_free(receipts);
}

static bool
open_file(QueueReceipts *receipts, GError **error)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	if (receipts->fd >= 0) {
		return true;
	}
	if (!queue_make_folder(receipts->folder, error)) {
		return false;
	}
	receipts->fd = open(receipts->path, flags, 0600);
	receipts->size = 0;
	return (receipts->fd >= 0 && flock(receipts->fd, LOCK_EX | LOCK_NB) == 0) ||
	       base_fail(error, PS_ERROR_CREATE, "cannot write a receipt: %s", g_strerror(errno));
}

/*
 * Without fsync(). That we are killed a receipt survives as it is: the kernel has it. What a power
 * cut may take with it is our knowledge that the provider has the message, so that a program which
 * had no answer sends it again: twice, but never lost, and no message has to wait for the disk
 * because of that.
 */
bool
queue_receipts_write(QueueReceipts *receipts, const char *name, const char *answer, GError **error)
{
	g_autofree char *text = g_strconcat(name, "\n", answer, NULL);
	size_t n = strlen(text);
	if (!open_file(receipts, error)) {
		return false;
	}
	/* What an older one leaves behind must not become the end of this one. */
	bool done = (n >= receipts->size || ftruncate(receipts->fd, (off_t)n) == 0) &&
		    pwrite(receipts->fd, text, n, 0) == (ssize_t)n;
	receipts->size = MAX(n, receipts->size);
	if (!done) {
		return base_fail(error, PS_ERROR_IO, "cannot write a receipt: %s",
				 g_strerror(errno));
	}
	receipts->size = n;
	receipts->written = true;
	return true;
}

void
queue_receipts_take_back(QueueReceipts *receipts, bool ends)
{
	if (receipts->fd < 0) {
		return;
	}
	if (receipts->written && pwrite(receipts->fd, "-", 1, 0) == 1) {
		receipts->written = false;
	}
	if (ends) {
		(void)g_unlink(receipts->path);
		close(receipts->fd);
		receipts->fd = -1;
		receipts->written = false;
	}
}
