/* SPDX-License-Identifier: MPL-2.0 */
/* The local post, and what no outlet sends. */
#include "t.h"
#include "mail/maildir.h"
#include "mail/outlet.h"

#include <glib/gstdio.h>

#define LETTER "From: alice@example.org\r\nSubject: s\r\n\r\nbody\r\n"

static char *
new_maildir(void)
{
	char *path = g_dir_make_tmp("postseal-post-XXXXXX", NULL);
	mail_store_free(mail_store_new_maildir(path, true, NULL));
	return path;
}

static guint
count(const char *path)
{
	MailQuery query = {.limit = 10};
	g_autoptr(MailStore) store = mail_store_new_maildir(path, false, NULL);
	g_autoptr(MailPage) page = mail_store_list(store, "INBOX", &query, NULL, NULL);
	if (page->entries->len > 0) {
		const MailEntry *entry = g_ptr_array_index(page->entries, 0);
		T_ASSERT_STR_BYTES(base_bytes_of(entry->header),
				   "Return-Path: <alice@example.org>\r\nDelivered-To: "
				   "Bob@example.org\r\nFrom: alice@example.org\r\nSubject: s\r\n");
	}
	return page->total;
}

static void
check(MailOutlet *outlet, bool all, const char *const *to, const char *const *fates)
{
	g_autoptr(GBytes) octets = g_bytes_new_static(LETTER, strlen(LETTER));
	MailEnvelope envelope = {.from = "alice@example.org", .recipients = to, .all = all};
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) got = mail_outlet_send(outlet, &envelope, octets, NULL, &error);
	g_assert_no_error(error);
	for (guint i = 0; i < got->len; i++) {
		const MailDelivery *delivery = g_ptr_array_index(got, i);
		g_assert_cmpstr(delivery->address, ==, to[i]);
		g_assert_cmpstr(mail_fate_name(delivery->fate), ==, fates[i]);
	}
}

static void
test_deliver(void)
{
	static const char *const both[] = {"Bob@example.org", "nobody@example.org", NULL};
	static const char *const skipped[] = {"skipped", "refused"};
	static const char *const some[] = {"taken", "refused"};
	g_autofree char *path = new_maildir();
	GHashTable *boxes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_hash_table_replace(boxes, g_strdup("bob@example.org"), g_strdup(path));
	g_autoptr(MailOutlet) outlet = mail_outlet_new_local(boxes);
	check(outlet, true, both, skipped);
	g_assert_cmpuint(count(path), ==, 0);
	check(outlet, false, both, some);
	g_assert_cmpuint(count(path), ==, 1);
}

static void
test_addresses(void)
{
	static const char *const bad[] = {"",     "nobody", "a@b\r\nDATA", "a@b>",
					  "<a@b", "a b@c",  "a@b\x01",     "a@\xff"};
	GHashTable *boxes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(MailOutlet) outlet = mail_outlet_new_local(boxes);
	g_autoptr(GBytes) octets = g_bytes_new_static(LETTER, strlen(LETTER));
	for (size_t i = 0; i <= G_N_ELEMENTS(bad); i++) {
		const char *to[] = {i < G_N_ELEMENTS(bad) ? bad[i] : NULL, NULL};
		MailEnvelope envelope = {.from = "", .recipients = to};
		g_autoptr(GError) error = NULL;
		g_assert_null(mail_outlet_send(outlet, &envelope, octets, NULL, &error));
		g_assert_error(error, PS_ERROR, (int)PS_ERROR_ARGUMENT);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mail/post/deliver", test_deliver);
	g_test_add_func("/mail/post/addresses", test_addresses);
	return g_test_run();
}
