/* SPDX-License-Identifier: MPL-2.0 */
/* Reading messages of a Maildir: regular files only, whatever lies there. */
#include "base/file.h"
#include "base/limits.h"
#include "mail/maildir_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FIRST_READ (16U << 10)    /* octets: most headers are shorter */
#define LOOK_AGAIN G_USEC_PER_SEC /* how old a listing is that a missing file is looked for in */

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

/* A folder while several of its messages are read. Others rename files meanwhile: a message that
 * is not where it was is looked for once more. */
typedef struct {
	Maildir *maildir;
	const char *name;
	MaildirFd folder;
	MaildirBox *box;  /* as it was at the begin; items are borrowed from it */
	MaildirBox *anew; /* as it was when one was missing first; NULL: none was */
	gint64 looked;    /* when that was, monotonic */
} Shelf;

static void
shelf_clear(Shelf *shelf)
{
	maildir_close(&shelf->folder);
	g_clear_pointer(&shelf->box, maildir_box_unref);
	g_clear_pointer(&shelf->anew, maildir_box_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shelf, shelf_clear)

static bool
shelf_open(Shelf *shelf, MailStore *store, const char *name, GError **error)
{
	*shelf = (Shelf){.maildir = (Maildir *)store, .name = name, .folder = -1};
	shelf->box = maildir_box(shelf->maildir, name, error);
	shelf->folder = shelf->box == NULL ? -1 : maildir_open_folder(shelf->maildir, name, error);
	return shelf->folder >= 0;
}

/* Where a message lies now; NULL: it is gone. Not more often than the seconds bear. */
static const MaildirItem *
look_again(Shelf *shelf, const MaildirItem *item)
{
	gint64 now = g_get_monotonic_time();
	if (shelf->anew == NULL || now > shelf->looked + LOOK_AGAIN) {
		g_clear_pointer(&shelf->anew, maildir_box_unref);
		shelf->anew = maildir_box(shelf->maildir, shelf->name, NULL);
		shelf->looked = now;
	}
	g_autofree char *id = g_strndup(item->file, item->unique);
	return shelf->anew == NULL ? NULL : g_hash_table_lookup(shelf->anew->by_id, id);
}

/* *@item becomes the one that was opened; NULL and -1: it is gone; -1: it cannot be read. */
static int
shelf_take(Shelf *shelf, const MaildirItem **item, struct stat *status)
{
	int fd = open_item(shelf->folder, *item, status);
	if (fd >= 0) {
		return fd;
	}
	*item = look_again(shelf, *item);
	return *item == NULL ? -1 : open_item(shelf->folder, *item, status);
}

static MailEntry *
read_entry(const MaildirItem *item, int fd, const struct stat *status)
{
	g_autofree char *id = g_strndup(item->file, item->unique);
	MailEntry *entry = mail_entry_new(id, item->flags);
	entry->received = item->time;
	if (fd >= 0) {
		entry->size = (guint64)status->st_size;
		g_bytes_unref(entry->header);
		entry->header = read_header(fd, status);
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
is_found(const Search *s, int fd, const struct stat *status)
{
	size_t n = fd < 0 ? 0 : (size_t)MIN((guint64)status->st_size, MAIL_SEARCH_OCTETS);
	g_autoptr(GBytes) start = n == 0 ? NULL : read_start(fd, n);
	if (start == NULL) {
		return false;
	}
	return s->query->match != NULL ? s->query->match(s->query->user, base_bytes_of(start))
				       : mail_has_words(base_bytes_of(start), s->query->search);
}

static void
search_one(Search *s, Shelf *shelf, const MaildirItem *item)
{
	struct stat status = {0};
	g_auto(MaildirFd) fd = shelf_take(shelf, &item, &status);
	if (is_found(s, fd, &status) && s->page->total++ >= s->query->offset) {
		g_ptr_array_add(s->page->entries, read_entry(item, fd, &status));
	}
}

MailPage *
maildir_search(MailStore *store, const char *folder, const MailQuery *query, GCancellable *stop,
	       GError **error)
{
	g_auto(Shelf) shelf = {.folder = -1};
	if (!shelf_open(&shelf, store, folder, error)) {
		return NULL;
	}
	g_autoptr(MailPage) page = mail_page_new();
	Search s = {query, page, stop, g_get_monotonic_time() + MAIL_SEARCH_SECONDS};
	page->offset = query->offset;
	for (guint i = 0; i < shelf.box->items->len && page->complete; i++) {
		page->complete = !is_over(&s);
		if (page->complete) {
			search_one(&s, &shelf, g_ptr_array_index(shelf.box->items, i));
		}
	}
	return mail_is_stopped(stop, error) ? NULL : g_steal_pointer(&page);
}

MailPage *
maildir_list(MailStore *store, const char *folder, const MailQuery *query, GCancellable *stop,
	     GError **error)
{
	g_auto(Shelf) shelf = {.folder = -1};
	if (!shelf_open(&shelf, store, folder, error)) {
		return NULL;
	}
	g_autoptr(MailPage) page = mail_page_new();
	page->offset = query->offset;
	page->total = shelf.box->items->len;
	for (guint i = query->offset; i < page->total && page->entries->len < query->limit &&
				      !g_cancellable_is_cancelled(stop);
	     i++) {
		struct stat status = {0};
		const MaildirItem *item = g_ptr_array_index(shelf.box->items, i);
		g_auto(MaildirFd) fd = shelf_take(&shelf, &item, &status);
		if (item != NULL) {
			g_ptr_array_add(page->entries, read_entry(item, fd, &status));
		}
	}
	return mail_is_stopped(stop, error) ? NULL : g_steal_pointer(&page);
}

static GBytes *
read_whole(int file, const struct stat *status, GError **error)
{
	if ((guint64)status->st_size > MAIL_MESSAGE_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "The message is too large");
	}
	GBytes *octets = status->st_size == 0 ? g_bytes_new(NULL, 0)
					      : read_start(file, (size_t)status->st_size);
	return octets != NULL ? octets
			      : BASE_FAIL_NULL(error, PS_ERROR_IO, "The message cannot be read");
}

GBytes *
maildir_read(MailStore *store, const char *folder, const char *id, MailFlags *flags,
	     GCancellable *stop, GError **error)
{
	g_auto(Shelf) shelf = {.folder = -1};
	if (mail_is_stopped(stop, error) || !shelf_open(&shelf, store, folder, error)) {
		return NULL;
	}
	const MaildirItem *item = g_hash_table_lookup(shelf.box->by_id, id);
	struct stat status = {0};
	g_auto(MaildirFd) file = item == NULL ? -1 : shelf_take(&shelf, &item, &status);
	if (file < 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "There is no such message");
	}
	GBytes *octets = read_whole(file, &status, error);
	if (octets != NULL && flags != NULL) {
		*flags = item->flags;
	}
	return octets;
}
