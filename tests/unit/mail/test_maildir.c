/* SPDX-License-Identifier: MPL-2.0 */
/* Maildirs: what mail programs find in them, and what somebody may have put there. */
#include "mail/maildir.h"
#include "mail/maildir_private.h"
#include "t.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LETTER "From: a@example.org\nSubject: s\n\nbody\n"

typedef struct {
	char *path;
	MailStore *store;
} Box;

static void
remove_tree(const char *path)
{
	g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
	for (const char *name = folder == NULL ? NULL : g_dir_read_name(folder); name != NULL;
	     name = g_dir_read_name(folder)) {
		g_autofree char *inner = g_build_filename(path, name, NULL);
		if (g_file_test(inner, G_FILE_TEST_IS_DIR) &&
		    !g_file_test(inner, G_FILE_TEST_IS_SYMLINK)) {
			remove_tree(inner);
		}
		(void)g_remove(inner);
	}
	(void)g_remove(path);
}

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
	mail_store_free(box->store);
	remove_tree(box->path);
	g_free(box->path);
}

static void
put(const Box *box, const char *name, const char *octets)
{
	g_autofree char *path = g_build_filename(box->path, name, NULL);
	g_autoptr(GError) error = NULL;
	g_file_set_contents(path, octets, -1, &error);
	g_assert_no_error(error);
}

static MailPage *
list(const Box *box, const char *folder, guint offset, guint limit)
{
	MailQuery query = {.offset = offset, .limit = limit};
	g_autoptr(GError) error = NULL;
	MailPage *page = mail_store_list(box->store, folder, &query, NULL, &error);
	g_assert_no_error(error);
	return page;
}

static char *
ids(const Box *box, const char *folder)
{
	g_autoptr(MailPage) page = list(box, folder, 0, 100);
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < page->entries->len; i++) {
		const MailEntry *entry = g_ptr_array_index(page->entries, i);
		g_string_append_printf(out, "%s/%u ", entry->id, (guint)entry->flags);
	}
	return g_string_free(out, FALSE);
}

static void
test_list(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	put(box, "cur/100.a:2,S", LETTER);
	put(box, "new/300.c", LETTER);
	put(box, "cur/200.b:2,FRa", "From: x\r\n\r\nbody\r\n\r\nmore");
	g_autofree char *all = ids(box, "INBOX");
	g_assert_cmpstr(all, ==, "300.c/0 200.b/6 100.a/1 ");
	g_autoptr(MailPage) page = list(box, "INBOX", 1, 1);
	g_assert_cmpuint(page->total, ==, 3);
	g_assert_cmpuint(page->entries->len, ==, 1);
	const MailEntry *entry = g_ptr_array_index(page->entries, 0);
	g_assert_cmpuint(entry->size, ==, 23);
	g_assert_cmpint(entry->received, ==, 200);
	T_ASSERT_STR_BYTES(base_bytes_of(entry->header), "From: x\r\n");
	/* what others do is seen at once */
	put(box, "new/400.d", LETTER);
	g_autofree char *later = ids(box, "INBOX");
	g_assert_true(g_str_has_prefix(later, "400.d/0 300.c/0 "));
}

static void
test_folders(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	static const char *const names[] = {".Sent", ".Entw&APw-rfe", ".A.B",     ".Junk",
					    "...",   ".x\ny",         "noFolder", ".empty"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		for (const char *const *part = (const char *const[]){"cur", "new", "tmp", NULL};
		     *part != NULL && !g_str_equal(names[i], ".empty"); part++) {
			g_autofree char *path = g_build_filename(box->path, names[i], *part, NULL);
			g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
		}
	}
	put(box, ".Sent/cur/1.a:2,S", LETTER);
	put(box, "new/1.a", LETTER);
	g_autoptr(GPtrArray) folders = mail_store_folders(box->store, NULL, NULL);
	g_autoptr(GString) got = g_string_new(NULL);
	for (guint i = 0; i < folders->len; i++) {
		const MailFolder *f = g_ptr_array_index(folders, i);
		g_string_append_printf(got, "%s|%s|%s|%u|%u ", f->id, f->name,
				       mail_role_name(f->role), f->total, f->unread);
	}
	g_assert_cmpstr(got->str, ==,
			"INBOX|INBOX|inbox|1|1 Sent|Sent|sent|1|0 "
			"Entw&APw-rfe|Entwürfe|drafts|0|0 Junk|Junk|junk|0|0 "
			"..|//|none|0|0 A.B|A/B|none|0|0 ");
	g_autofree char *sent = mail_store_folder_of(box->store, MAIL_ROLE_SENT, NULL, NULL);
	g_assert_cmpstr(sent, ==, "Sent");
	g_autofree char *trash = mail_store_make_folder(box->store, MAIL_ROLE_TRASH, NULL, NULL);
	g_assert_cmpstr(trash, ==, "Trash");
}

/* Links, FIFOs and folders among the messages; names that lead elsewhere. */
static void
test_hostile(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	static const char *const elsewhere[] = {".",        "..",     "",         "../x",
						"/etc",     "a/../b", "Sent/cur", "x\ny",
						"Sent\x01", "\xff",   "nothing"};
	g_autofree char *link = g_build_filename(box->path, "cur/900.link:2,", NULL);
	g_autofree char *fifo = g_build_filename(box->path, "cur/901.fifo:2,", NULL);
	g_autofree char *folder = g_build_filename(box->path, "cur/902.folder", NULL);
	g_autofree char *outside = g_build_filename(box->path, ".Out", NULL);
	g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
	g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
	g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
	g_assert_cmpint(symlink("/tmp", outside), ==, 0);
	put(box, "cur/1.good:2,", LETTER);
	g_autofree char *all = ids(box, "INBOX");
	g_assert_cmpstr(all, ==, "1.good/0 ");
	MailQuery query = {.limit = 10};
	for (size_t i = 0; i < G_N_ELEMENTS(elsewhere); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(mail_store_list(box->store, elsewhere[i], &query, NULL, &error));
		g_assert_error(error, PS_ERROR, (int)PS_ERROR_NOT_FOUND);
		g_clear_error(&error);
		g_assert_null(
			mail_store_read(box->store, "INBOX", elsewhere[i], NULL, NULL, &error));
		g_assert_error(error, PS_ERROR, (int)PS_ERROR_NOT_FOUND);
	}
	g_autoptr(GError) error = NULL;
	g_assert_null(mail_store_list(box->store, "Out", &query, NULL, &error));
	g_assert_error(error, PS_ERROR, (int)PS_ERROR_NOT_FOUND);
}

/* A message that becomes a link between listing and reading. */
static void
test_swapped(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	put(box, "cur/1.a:2,", LETTER);
	g_autoptr(MailPage) before = list(box, "INBOX", 0, 1);
	g_assert_cmpuint(before->total, ==, 1);
	g_autofree char *path = g_build_filename(box->path, "cur/1.a:2,", NULL);
	g_assert_cmpint(g_unlink(path), ==, 0);
	g_assert_cmpint(symlink("/etc/passwd", path), ==, 0);
	g_autoptr(GError) error = NULL;
	g_assert_null(mail_store_read(box->store, "INBOX", "1.a", NULL, NULL, &error));
	g_assert_error(error, PS_ERROR, (int)PS_ERROR_NOT_FOUND);
}

static void
test_change(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	MailFlags flags = 0;
	g_autoptr(GError) error = NULL;
	put(box, "new/1.a", LETTER);
	put(box, "cur/2.b:2,Fx", LETTER);
	MailChange seen = {.set = MAIL_SEEN | MAIL_FORWARDED};
	MailChange plain = {.clear = MAIL_FLAGGED};
	g_assert_true(mail_store_flag(box->store, "INBOX", "1.a", seen, NULL, &error));
	g_assert_true(mail_store_flag(box->store, "INBOX", "2.b", plain, NULL, &error));
	g_autofree char *all = ids(box, "INBOX");
	g_assert_cmpstr(all, ==, "2.b/0 1.a/33 ");
	/* letters of others stay */
	g_autofree char *kept = g_build_filename(box->path, "cur/2.b:2,x", NULL);
	g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
	g_autofree char *trash = mail_store_make_folder(box->store, MAIL_ROLE_TRASH, NULL, &error);
	g_autofree char *moved = mail_store_move(box->store, "INBOX", "1.a", trash, NULL, &error);
	g_assert_cmpstr(moved, ==, "1.a");
	g_autoptr(GBytes) octets = mail_store_read(box->store, trash, moved, &flags, NULL, &error);
	T_ASSERT_STR_BYTES(base_bytes_of(octets), LETTER);
	g_assert_cmpuint(flags, ==, MAIL_SEEN | MAIL_FORWARDED);
	g_assert_true(mail_store_remove(box->store, trash, moved, NULL, &error));
	g_assert_false(mail_store_remove(box->store, trash, moved, NULL, &error));
	g_assert_error(error, PS_ERROR, (int)PS_ERROR_NOT_FOUND);
}

/* A message is not written over by another one of the same name. */
static void
test_move_over(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	g_autofree char *trash = mail_store_make_folder(box->store, MAIL_ROLE_TRASH, NULL, NULL);
	put(box, "cur/1.a:2,S", "first");
	put(box, ".Trash/cur/1.a:2,S", "second");
	g_autofree char *moved = mail_store_move(box->store, "INBOX", "1.a", trash, NULL, NULL);
	g_autoptr(GBytes) first = mail_store_read(box->store, trash, moved, NULL, NULL, NULL);
	g_autoptr(GBytes) second = mail_store_read(box->store, trash, "1.a", NULL, NULL, NULL);
	T_ASSERT_STR_BYTES(base_bytes_of(first), "first");
	T_ASSERT_STR_BYTES(base_bytes_of(second), "second");
}

static void
test_append(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) octets = g_bytes_new_static(LETTER, strlen(LETTER));
	g_autofree char *id =
		mail_store_append(box->store, "INBOX", octets, MAIL_SEEN, NULL, &error);
	g_assert_no_error(error);
	g_autofree char *all = ids(box, "INBOX");
	g_autofree char *want = g_strconcat(id, "/1 ", NULL);
	g_assert_cmpstr(all, ==, want);
	g_assert_true(mail_maildir_deliver(box->path, octets, &error));
	g_autoptr(MailPage) page = list(box, "INBOX", 0, 10);
	g_assert_cmpuint(page->total, ==, 2);
	g_autofree char *tmp = g_build_filename(box->path, "tmp", NULL);
	g_autoptr(GDir) rest = g_dir_open(tmp, 0, NULL);
	g_assert_null(g_dir_read_name(rest));
}

/* What a kill left in tmp goes when nobody can still be writing it. */
static void
test_leftovers(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	static const struct {
		const char *name;
		guint hours; /* ago */
		bool stays;
	} files[] = {
		{"tmp/1.old", 37, false}, {"tmp/2.young", 35, true}, {"cur/3.letter:2,", 99, true}};

	g_autoptr(GBytes) octets = g_bytes_new_static(LETTER, strlen(LETTER));
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		put(box, files[i].name, LETTER);
		g_autofree char *path = g_build_filename(box->path, files[i].name, NULL);
		time_t then = time(NULL) - (time_t)files[i].hours * 3600;
		struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};
		g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
	}
	g_assert_true(mail_maildir_deliver(box->path, octets, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(box->path, files[i].name, NULL);
		g_assert_cmpint(g_file_test(path, G_FILE_TEST_EXISTS), ==, files[i].stays);
	}
}

static bool
match_body(gpointer user, BaseBytes octets)
{
	return base_bytes_find(octets, base_bytes_str(user)) != SIZE_MAX;
}

static void
test_search(Box *box, G_GNUC_UNUSED gconstpointer data)
{
	char needle[] = "needle";
	for (guint i = 1; i <= 6; i++) {
		g_autofree char *name = g_strdup_printf("cur/%u.m:2,", i * 100);
		put(box, name, i % 2 == 0 ? "From: x\n\nneedle\n" : "From: x\n\nhay\n");
	}
	MailQuery query = {
		.offset = 1, .limit = 1, .search = "x", .match = match_body, .user = needle};
	g_autoptr(MailPage) page = mail_store_list(box->store, "INBOX", &query, NULL, NULL);
	g_assert_cmpuint(page->entries->len, ==, 1);
	g_assert_cmpstr(((MailEntry *)g_ptr_array_index(page->entries, 0))->id, ==, "400.m");
	g_assert_false(page->complete);
	MailQuery words = {.limit = 10, .search = "FROM NEEDLE"};
	g_autoptr(MailPage) all = mail_store_list(box->store, "INBOX", &words, NULL, NULL);
	g_assert_cmpuint(all->total, ==, 3);
	g_assert_true(all->complete);
}

static void
test_missing(void)
{
	g_autoptr(GError) error = NULL;
	g_assert_null(mail_store_new_maildir("/nowhere/at/all", false, &error));
	g_assert_error(error, PS_ERROR, (int)PS_ERROR_NOT_FOUND);
}

static void
test_names(void)
{
	static const struct {
		const char *file;
		guint flags;
		const char *with; /* the same flags */
	} cases[] = {
		{"1.a", 0, "1.a:2,"},
		{"1.a:2,", 0, "1.a:2,"},
		{"1.a:2,TSRPFD", 63, "1.a:2,DFPRST"},
		{"1.a:2,aSb", 1, "1.a:2,Sab"},
		{"1.a,S=5:2,S", 1, "1.a,S=5:2,S"},
		{"1.a:1,S", 0, "1.a:2,"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		MailFlags flags = maildir_flags_of(cases[i].file);
		g_autofree char *with = maildir_name_with(cases[i].file, flags);
		g_assert_cmpuint(flags, ==, cases[i].flags);
		g_assert_cmpstr(with, ==, cases[i].with);
	}
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(Box *box, gconstpointer data);
	} tests[] = {
		{"/mail/maildir/list", test_list},
		{"/mail/maildir/folders", test_folders},
		{"/mail/maildir/hostile", test_hostile},
		{"/mail/maildir/swapped", test_swapped},
		{"/mail/maildir/change", test_change},
		{"/mail/maildir/move-over", test_move_over},
		{"/mail/maildir/append", test_append},
		{"/mail/maildir/leftovers", test_leftovers},
		{"/mail/maildir/search", test_search},
	};

	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		g_test_add(tests[i].name, Box, NULL, set_up, tests[i].run, tear_down);
	}
	g_test_add_func("/mail/maildir/missing", test_missing);
	g_test_add_func("/mail/maildir/names", test_names);
	return g_test_run();
}
