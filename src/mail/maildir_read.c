/* SPDX-License-Identifier: MPL-2.0 */
/* Reading messages of a Maildir: regular files only, whatever lies there. */
#include "base/file.h"
#include "base/limits.h"
#include "mail/maildir_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FIRST_READ (16U << 10) /* octets: most headers are shorter */

/* Neither a FIFO makes it wait nor a link leads it elsewhere. */
static int
open_item(int folder, const MaildirItem *item, struct stat *status)
{
	g_auto(MaildirFd) part = maildir_open_part(folder, item->fresh ? "new" : "cur", NULL);
	int fd = part < 0 ? -1
			  : openat(part, item->file,
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, status) != 0 || !S_ISREG(status->st_mode))) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* At most @max octets from the begin of a file; NULL if it cannot be read. */
static GBytes *
read_start(int fd, size_t max)
{
	g_autofree uint8_t *octets = g_malloc(max);
	size_t n = file_read(fd, octets, max, NULL);
	return n == SIZE_MAX ? NULL : g_bytes_new_take(g_steal_pointer(&octets), n);
}

static GBytes *
read_header(int fd, const struct stat *status)
{
	size_t all = (size_t)MIN((guint64)status->st_size, BASE_LIMIT_HEADER);
	for (size_t n = MIN(FIRST_READ, all); n > 0; n = all) {
		g_autoptr(GBytes) start = lseek(fd, 0, SEEK_SET) == 0 ? read_start(fd, n) : NULL;
		if (start == NULL) {
			break;
		}
		GBytes *header = mail_header_of(base_bytes_of(start));
		if (n == all || g_bytes_get_size(header) < g_bytes_get_size(start)) {
			return header;
		}
		g_bytes_unref(header);
	}
	return g_bytes_new(NULL, 0);
}

static MailEntry *
read_entry(int folder, const MaildirItem *item)
{
	struct stat status = {0};
	g_auto(MaildirFd) fd = open_item(folder, item, &status);
	g_autofree char *id = g_strndup(item->file, item->unique);
	MailEntry *entry = mail_entry_new(id, item->flags);
	entry->received = item->time;
	if (fd >= 0) {
		entry->size = (guint64)status.st_size;
		g_bytes_unref(entry->header);
		entry->header = read_header(fd, &status);
	}
	return entry;
}

/* What a search has found so far. */
typedef struct {
	const MailQuery *query;
	MailPage *page;
	GCancellable *stop;
	gint64 end;
} Search;

static bool
is_over(const Search *s)
{
	return s->page->entries->len >= s->query->limit || g_get_monotonic_time() > s->end ||
	       g_cancellable_is_cancelled(s->stop);
}

static bool
is_found(const Search *s, int folder, const MaildirItem *item)
{
	struct stat status = {0};
	g_auto(MaildirFd) fd = open_item(folder, item, &status);
	size_t n = fd < 0 ? 0 : (size_t)MIN((guint64)status.st_size, MAIL_SEARCH_OCTETS);
	g_autoptr(GBytes) start = n == 0 ? NULL : read_start(fd, n);
	if (start == NULL) {
		return false;
	}
	return s->query->match != NULL ? s->query->match(s->query->user, base_bytes_of(start))
				       : mail_has_words(base_bytes_of(start), s->query->search);
}

static void
search(Search *s, int folder, const MaildirBox *box)
{
	for (guint i = 0; i < box->items->len; i++) {
		const MaildirItem *item = g_ptr_array_index(box->items, i);
		if (is_over(s)) {
			s->page->complete = false;
			return;
		}
		if (is_found(s, folder, item) && s->page->total++ >= s->query->offset) {
			g_ptr_array_add(s->page->entries, read_entry(folder, item));
		}
	}
}

MailPage *
maildir_list(MailStore *store, const char *folder, const MailQuery *query, GCancellable *stop,
	     GError **error)
{
	Maildir *maildir = (Maildir *)store;
	const MaildirBox *box = maildir_box(maildir, folder, error);
	g_auto(MaildirFd) fd = box == NULL ? -1 : maildir_open_folder(maildir, folder, error);
	if (fd < 0) {
		return NULL;
	}
	MailPage *page = mail_page_new();
	page->offset = query->offset;
	if (query->search != NULL) {
		Search s = {query, page, stop, g_get_monotonic_time() + MAIL_SEARCH_SECONDS};
		search(&s, fd, box);
		return page;
	}
	page->total = box->items->len;
	for (guint i = query->offset; i < box->items->len && page->entries->len < query->limit;
	     i++) {
		g_ptr_array_add(page->entries, read_entry(fd, g_ptr_array_index(box->items, i)));
	}
	return page;
}

GBytes *
maildir_read(MailStore *store, const char *folder, const char *id, MailFlags *flags,
	     G_GNUC_UNUSED GCancellable *stop, GError **error)
{
	Maildir *maildir = (Maildir *)store;
	const MaildirBox *box = maildir_box(maildir, folder, error);
	g_auto(MaildirFd) fd = box == NULL ? -1 : maildir_open_folder(maildir, folder, error);
	if (fd < 0) {
		return NULL;
	}
	const MaildirItem *item = g_hash_table_lookup(box->by_id, id);
	struct stat status = {0};
	g_auto(MaildirFd) file = item == NULL ? -1 : open_item(fd, item, &status);
	if (file < 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "There is no such message");
	}
	if ((guint64)status.st_size > MAIL_MESSAGE_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "The message is too large");
	}
	GBytes *octets = status.st_size == 0 ? g_bytes_new(NULL, 0)
					     : read_start(file, (size_t)status.st_size);
	if (octets == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_IO, "The message cannot be read");
	}
	if (flags != NULL) {
		*flags = item->flags;
	}
	return octets;
}
