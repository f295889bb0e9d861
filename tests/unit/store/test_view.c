/* SPDX-License-Identifier: MPL-2.0 */
#include "store/view.h"

#include "temp.h"

static StoreView *
get(Store *store, const char *message, const char *account)
{
	g_autoptr(GError) error = NULL;
	StoreView *view = NULL;
	g_assert_true(store_view_get(store, base_bytes_str(message), account, &view, &error));
	g_assert_no_error(error);
	return view;
}

static void
test_kept_by_message_and_account(void)
{
	g_autofree char *dir = temp_dir();
	g_autoptr(Store) store = store_open(dir, STORE_READ_WRITE_CREATE, NULL);
	char status[] = "Postseal-Status: x";
	char summary[] = "verified";
	StoreView open = {true, true, status, summary, 12345, 678, true};
	StoreView closed = {.summary = summary};
	g_assert_true(store_view_put(store, base_bytes_str("one"), "", &open, NULL));
	g_assert_true(store_view_put(store, base_bytes_str("one"), "a@x.org", &closed, NULL));
	g_assert_false(store_view_put(store, base_bytes_str("one"), "", &closed, NULL));
	g_autoptr(StoreView) first = get(store, "one", "");
	g_assert_true(first->opened && first->outer_from);
	g_assert_cmpstr(first->status, ==, status);
	g_assert_cmpstr(first->summary, ==, summary);
	g_assert_cmpint(first->size, ==, 12345);
	g_assert_cmpint(first->time, ==, 678);
	g_autoptr(StoreView) second = get(store, "one", "a@x.org");
	g_assert_false(second->opened || second->outer_from);
	g_assert_null(second->status);
	g_assert_true(first->taught && !second->taught);
	g_assert_true(store_view_teach(store, base_bytes_str("one"), NULL));
	g_autoptr(StoreView) taught = get(store, "one", "a@x.org");
	g_assert_true(taught->taught);
	g_autoptr(StoreView) none = get(store, "two", "");
	g_assert_null(none);
	g_clear_pointer(&store, store_close);
	temp_remove(g_steal_pointer(&dir));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/view/kept", test_kept_by_message_and_account);
	return g_test_run();
}
