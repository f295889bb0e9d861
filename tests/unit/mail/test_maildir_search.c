/* SPDX-License-Identifier: MPL-2.0 */
/* Searching a large Maildir while others read and change it, and being stopped. */
#include "mail/maildir.h"
#include "mail/maildir_private.h"
#include "t.h"

#include <fcntl.h>
#include <unistd.h>

#define LETTER "From: a@example.org\nSubject: s\n\nbody\n"

typedef struct {
	char *path;
	MailStore *store;
} Box;

static void
set_up(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	box->path = g_dir_make_tmp("postseal-maildir-XXXXXX", &error);
	g_assert_no_error(error);
	box->store = mail_store_new_maildir(box->path, true, &error);
	g_assert_no_error(error);
}

static void
tear_down(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	char *words[] = {(char[]){"rm"}, (char[]){"-r"}, box->path, NULL};
	int status = -1;
	mail_store_free(box->store);
	g_assert_true(g_spawn_sync(NULL, words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
				   &status, NULL));
	g_assert_cmpint(status, ==, 0);
	g_free(box->path);
}

#define MANY 2000U
#define FEW  200U

/* A search that stands still at the message in the middle until it is told to go on. */
typedef struct {
	const Box *box;
	guint messages;
	GMutex lock;
	GCond moved;
	guint seen;
	bool holds;
	bool told;
	GCancellable *stop;
	GError *error;
} Slow;

static bool
match_slowly(gpointer user, BaseBytes octets)
{
	Slow *slow = user;
	gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
	g_autoptr(GMutexLocker) lock G_GNUC_UNUSED = g_mutex_locker_new(&slow->lock);
	slow->holds = ++slow->seen == slow->messages / 2;
	g_cond_broadcast(&slow->moved);
	bool waits = slow->holds;
	while (waits && !slow->told && !g_cancellable_is_cancelled(slow->stop)) {
		waits = g_cond_wait_until(&slow->moved, &slow->lock, end);
	}
	g_assert_true(!slow->holds || waits);
	slow->holds = false;
	return octets.n > 0;
}

static gpointer
search_slowly(gpointer user)
{
	Slow *slow = user;
	MailQuery query = {.offset = slow->messages - 1,
			   .limit = 10,
			   .search = "x",
			   .match = match_slowly,
			   .user = slow};
	return mail_store_list(slow->box->store, "INBOX", &query, slow->stop, &slow->error);
}

static GThread *
begin_slowly(Slow *slow)
{
	GThread *thread = g_thread_new("search", search_slowly, slow);
	g_mutex_lock(&slow->lock);
	while (!slow->holds) {
		g_cond_wait(&slow->moved, &slow->lock);
	}
	g_mutex_unlock(&slow->lock);
	return thread;
}

static void
go_on(Slow *slow)
{
	g_mutex_lock(&slow->lock);
	slow->told = true;
	g_cond_broadcast(&slow->moved);
	g_mutex_unlock(&slow->lock);
}

static void
fill(const Box *box, guint messages)
{
	g_autofree char *path = g_build_filename(box->path, "cur", NULL);
	g_assert_cmpint(chdir(path), ==, 0);
	for (guint i = 1; i <= messages; i++) {
		g_autofree char *name = g_strdup_printf("%u.m:2,", i);
		int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		g_assert_cmpint(write(fd, LETTER, strlen(LETTER)), ==, strlen(LETTER));
		g_assert_cmpint(close(fd), ==, 0);
	}
	g_assert_cmpint(chdir("/"), ==, 0);
}

/* While a search goes through a large folder, all else is done at once; and it finds what was
 * renamed meanwhile, and misses only what is gone. */
static void
test_search_waits_for_nobody(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	Slow slow = {.box = box, .messages = MANY};
	g_autoptr(GError) error = NULL;
	MailChange seen = {.set = MAIL_SEEN};
	fill(box, MANY);
	GThread *thread = begin_slowly(&slow);
	MailQuery first = {.limit = 3};
	g_autoptr(MailPage) newest = mail_store_list(box->store, "INBOX", &first, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(newest->total, ==, MANY);
	g_assert_cmpstr(((MailEntry *)g_ptr_array_index(newest->entries, 0))->id, ==, "2000.m");
	g_autoptr(GBytes) octets = mail_store_read(box->store, "INBOX", "1.m", NULL, NULL, &error);
	g_assert_nonnull(octets);
	g_autoptr(GPtrArray) folders = mail_store_folders(box->store, NULL, &error);
	g_assert_cmpuint(folders->len, ==, 1);
	for (guint i = 1; i <= 20; i++) {
		g_autofree char *id = g_strdup_printf("%u.m", i);
		g_assert_true(mail_store_flag(box->store, "INBOX", id, seen, NULL, &error));
	}
	g_assert_true(mail_store_remove(box->store, "INBOX", "21.m", NULL, &error));
	g_assert_true(slow.holds);
	go_on(&slow);
	g_autoptr(MailPage) found = g_thread_join(thread);
	g_assert_no_error(slow.error);
	g_assert_true(found->complete);
	g_assert_cmpuint(found->total, ==, MANY - 1);
}

static void
test_search_is_stopped(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GCancellable) stop = g_cancellable_new();
	Slow slow = {.box = box, .messages = FEW, .stop = stop};
	fill(box, FEW);
	GThread *thread = begin_slowly(&slow);
	g_cancellable_cancel(stop);
	go_on(&slow);
	g_assert_null(g_thread_join(thread));
	g_assert_error(slow.error, PS_ERROR, (int)PS_ERROR_BUSY);
	g_assert_cmpuint(slow.seen, ==, FEW / 2);
	g_clear_error(&slow.error);
	MailQuery query = {.limit = 10};
	g_assert_null(mail_store_list(box->store, "INBOX", &query, stop, &slow.error));
	g_assert_error(slow.error, PS_ERROR, (int)PS_ERROR_BUSY);
	g_clear_error(&slow.error);
}

/* Who waits for a turn can be told to give up; others get theirs. */
static gpointer
take_turn(gpointer user)
{
	Slow *slow = user;
	g_autoptr(MailTurn) turn =
		mail_turn_take(&slow->box->store->turn, slow->stop, &slow->error);
	return turn;
}

static void
test_turn(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GCancellable) stop = g_cancellable_new();
	Slow stopped = {.box = box, .stop = stop};
	Slow patient = {.box = box};
	MailTurn *turn = mail_turn_take(&box->store->turn, NULL, NULL);
	g_assert_nonnull(turn);
	GThread *first = g_thread_new("stopped", take_turn, &stopped);
	GThread *second = g_thread_new("patient", take_turn, &patient);
	g_usleep(20000);
	g_cancellable_cancel(stop);
	g_assert_null(g_thread_join(first));
	g_assert_error(stopped.error, PS_ERROR, (int)PS_ERROR_BUSY);
	g_clear_error(&stopped.error);
	g_assert_null(mail_turn_take(&box->store->turn, stop, NULL));
	mail_turn_leave(turn);
	g_assert_nonnull(g_thread_join(second));
	g_assert_null(mail_turn_take(&box->store->turn, stop, NULL));
	g_autoptr(MailTurn) again = mail_turn_take(&box->store->turn, NULL, NULL);
	g_assert_nonnull(again);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/mail/maildir/search-waits-for-nobody", Box, NULL, set_up,
		   test_search_waits_for_nobody, tear_down);
	g_test_add("/mail/maildir/search-is-stopped", Box, NULL, set_up, test_search_is_stopped,
		   tear_down);
	g_test_add("/mail/maildir/turn", Box, NULL, set_up, test_turn, tear_down);
	return g_test_run();
}
