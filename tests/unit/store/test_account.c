/* SPDX-License-Identifier: MPL-2.0 */
#include "store/account.h"
#include "store/key.h"
#include "store/sealed.h"
#include "store/sent.h"
#include "store/setting.h"
#include "temp.h"

static StoreAccount
account(const char *address)
{
	return (StoreAccount){
		.address = (char *)(guintptr)address,
		.profile = (char *)(guintptr) "compatible",
		.mode = STORE_FORM_UNOBTRUSIVE,
		.modern_announce = true,
		.created = 1000,
	};
}

static void
test_accounts(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	StoreAccount b = account("b@example.org");
	StoreAccount a = account("a@example.org");
	g_assert_true(store_account_put(store, &b, NULL));
	g_assert_true(store_account_put(store, &a, NULL));
	g_autofree char *name = g_strdup("A'; DROP TABLE account");
	a.name = name;
	a.modern_announce = false;
	g_assert_true(store_account_put(store, &a, NULL));

	g_autoptr(GPtrArray) list = store_account_list(store, NULL);
	g_assert_cmpuint(list->len, ==, 2);
	const StoreAccount *first = list->pdata[0];
	g_assert_cmpstr(first->address, ==, "a@example.org");
	g_assert_cmpstr(first->name, ==, name);
	g_assert_cmpstr(first->profile, ==, "compatible");
	g_assert_cmpint(first->mode, ==, STORE_FORM_UNOBTRUSIVE);
	g_assert_cmpint(first->state, ==, STORE_ACCOUNT_READY);
	g_assert_false(first->modern_announce);
	g_assert_cmpint(first->created, ==, 1000);

	g_autoptr(StoreAccount) none = NULL;
	g_assert_true(store_account_get(store, "c@example.org", &none, NULL));
	g_assert_null(none);
	g_autoptr(GError) error = NULL;
	g_assert_false(store_account_remove(store, "c@example.org", 5, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_NOT_FOUND);
}

static void
test_names(void)
{
	StoreForm form = STORE_FORM_AUTO;
	g_assert_true(store_form_parse("header", &form));
	g_assert_cmpint(form, ==, STORE_FORM_HEADER);
	g_assert_false(store_form_parse("Header", &form));
	g_assert_cmpstr(store_form_name(STORE_FORM_SIGNATURE), ==, "signature");
	g_assert_cmpstr(store_account_state_name(STORE_ACCOUNT_WAITING), ==, "waiting");
}

static void
test_settings(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autofree char *value = NULL;
	g_assert_true(store_setting_get(store, "key", &value, NULL));
	g_assert_null(value);
	g_assert_true(store_setting_set(store, "key", "1", NULL));
	g_assert_true(store_setting_set(store, "key", "2", NULL));
	g_assert_true(store_setting_get(store, "key", &value, NULL));
	g_assert_cmpstr(value, ==, "2");
	g_assert_true(store_setting_set(store, "key", NULL, NULL));
	g_clear_pointer(&value, g_free);
	g_assert_true(store_setting_get(store, "key", &value, NULL));
	g_assert_null(value);
}

static void
test_rules(void)
{
	static const struct {
		const char *address;
		const char *level;
	} table[] = {
		{"boss@example.org", "sealed"},    {"any@example.org", "signed"},
		{"any@sub.example.org", NULL},     {"boss@example.com", NULL},
		{"\"a@b\"@example.org", "signed"}, {"nonsense", NULL},
	};

	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_true(store_rule_set(store, "*@example.org", "plain", NULL));
	g_assert_true(store_rule_set(store, "*@example.org", "signed", NULL));
	g_assert_true(store_rule_set(store, "boss@example.org", "sealed", NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *level = NULL;
		g_assert_true(store_rule_lookup(store, table[i].address, &level, NULL));
		g_assert_cmpstr(level, ==, table[i].level);
	}
	g_autoptr(GPtrArray) list = store_rule_list(store, NULL);
	g_assert_cmpuint(list->len, ==, 2);
	g_assert_cmpstr(((StoreRule *)list->pdata[0])->pattern, ==, "*@example.org");
	g_autoptr(GError) error = NULL;
	g_assert_true(store_rule_unset(store, "*@example.org", NULL));
	g_assert_false(store_rule_unset(store, "*@example.org", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_NOT_FOUND);
}

static void
test_sent(void)
{
	static const struct {
		const char *message;
		const char *address;
		bool only;
	} table[] = {
		{"<1@x>", "a@example.org", true},  {"<1@x>", "b@example.org", false},
		{"<2@x>", "a@example.org", false}, {"<2@x>", "b@example.org", false},
		{"<3@x>", "a@example.org", false}, {"<old@x>", "a@example.org", false},
	};

	const int64_t now = INT64_C(1700000000);
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_assert_true(store_sent_add(store, "<old@x>", "a@example.org",
				     now - STORE_SENT_DAYS * 86400 - 1, NULL));
	g_assert_true(store_sent_add(store, "<1@x>", "a@example.org", now, NULL));
	g_assert_true(store_sent_add(store, "<1@x>", "a@example.org", now + 1, NULL));
	g_assert_true(store_sent_add(store, "<2@x>", "a@example.org", now, NULL));
	g_assert_true(store_sent_add(store, "<2@x>", "b@example.org", now, NULL));
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		bool only = !table[i].only;
		StoreAnswer answer = {table[i].message, table[i].address, "m"};
		g_assert_true(store_sent_only_to(store, &answer, &only, NULL));
		g_assert_cmpint(only, ==, table[i].only);
	}
}

static void
put_sealed(Store *store, const char *id, const char *subject, int64_t now)
{
	g_autoptr(GBytes) header = g_bytes_new("Subject: x\r\n", 12);
	char *words = (char *)(guintptr)subject;
	StoreSealed sealed = {.message_id = (char *)(guintptr)id,
			      .subject = words,
			      .bare = g_strcmp0(words, "one") == 0 ? NULL : words,
			      .header = header,
			      .sealed = true};
	g_assert_true(store_sealed_put(store, &sealed, now, NULL));
}

static void
test_sealed(void)
{
	const int64_t now = INT64_C(1700000000);
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	put_sealed(store, "<old@x>", "old", now - STORE_SEALED_DAYS * INT64_C(86400) - 1);
	put_sealed(store, "<1@x>", "one", now);
	put_sealed(store, "<1@x>", "one again", now + 1);
	put_sealed(store, "<2@x>", NULL, now + 2);
	put_sealed(store, "<3@x>", "three", now + 3);
	put_sealed(store, "<4@x>", "four", now + 4);
	g_autoptr(GPtrArray) same = store_sealed_list(store, "<1@x>", NULL);
	g_autoptr(GPtrArray) none = store_sealed_list(store, "<old@x>", NULL);
	g_assert_cmpuint(same->len, ==, 1);
	g_assert_cmpuint(none->len, ==, 0);
	const StoreSealed *one = g_ptr_array_index(same, 0);
	g_assert_cmpstr(one->subject, ==, "one");
	T_ASSERT_STR_BYTES(base_bytes_of(one->header), "Subject: x\r\n");
	/* Of "one" it is not known what is looked for. */
	g_autoptr(GPtrArray) recent = store_sealed_recent(store, "two and three", NULL);
	g_assert_cmpuint(recent->len, ==, 2);
	g_assert_cmpstr(((StoreSealed *)recent->pdata[0])->subject, ==, "three");
	g_assert_cmpstr(((StoreSealed *)recent->pdata[1])->subject, ==, "one");
}

/* Anybody can use another's Message-ID; what was sealed stays there whoever comes first. */
static void
test_sealed_by_several(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	for (int i = 0; i < STORE_SEALED_MAX + 3; i++) {
		g_autofree char *text = g_strdup_printf("Subject: %d\r\n", i);
		g_autoptr(GBytes) header = g_bytes_new(text, strlen(text));
		g_autofree char *id = g_strdup("<1@x>");
		StoreSealed row = {.message_id = id, .header = header};
		g_assert_true(store_sealed_put(store, &row, 1, NULL));
	}
	put_sealed(store, "<1@x>", "secret", 2);
	g_autoptr(GPtrArray) all = store_sealed_list(store, "<1@x>", NULL);
	g_assert_cmpuint(all->len, ==, STORE_SEALED_MAX);
	g_assert_true(((const StoreSealed *)all->pdata[0])->sealed);
	g_assert_false(((const StoreSealed *)all->pdata[1])->sealed);
}

/* Once an answer went to others, only that answer itself proves anything. */
static void
test_told(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	StoreAnswer first = {"<1@x>", "a@x.org", "first"};
	StoreAnswer later = {"<1@x>", "a@x.org", "later"};
	bool only = false;
	g_assert_true(store_sent_add(store, "<1@x>", "a@x.org", 1, NULL));
	g_assert_true(store_sent_only_to(store, &later, &only, NULL) && only);
	g_assert_true(store_sent_told(store, &first, NULL));
	g_assert_true(store_sent_only_to(store, &first, &only, NULL) && only);
	g_assert_true(store_sent_only_to(store, &later, &only, NULL) && !only);
}

static void
test_transactions(void)
{
	g_autoptr(TempDir) dir = temp_dir();
	g_autoptr(Store) store = temp_open(dir, STORE_READ_WRITE_CREATE);
	g_autofree char *value = NULL;
	{
		g_autoptr(StoreTransaction) tx G_GNUC_UNUSED = store_begin(store, NULL);
		g_assert_true(store_setting_set(store, "a", "1", NULL));
	}
	g_assert_true(store_setting_get(store, "a", &value, NULL));
	g_assert_null(value);
	{
		g_autoptr(StoreTransaction) outer = store_begin(store, NULL);
		{
			g_autoptr(StoreTransaction) inner = store_begin(store, NULL);
			g_assert_true(store_setting_set(store, "a", "2", NULL));
			g_assert_true(store_commit(inner, NULL));
		}
		g_assert_true(store_commit(outer, NULL));
	}
	g_assert_true(store_setting_get(store, "a", &value, NULL));
	g_assert_cmpstr(value, ==, "2");
	{
		g_autoptr(GError) error = NULL;
		g_autoptr(StoreTransaction) outer = store_begin(store, NULL);
		g_assert_true(store_setting_set(store, "a", "3", NULL));
		store_transaction_free(store_begin(store, NULL));
		g_assert_false(store_commit(outer, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_INTERNAL);
	}
	g_clear_pointer(&value, g_free);
	g_assert_true(store_setting_get(store, "a", &value, NULL));
	g_assert_cmpstr(value, ==, "2");
	g_assert_true(store_setting_set(store, "a", "4", NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/store/account/accounts", test_accounts);
	g_test_add_func("/store/account/names", test_names);
	g_test_add_func("/store/account/settings", test_settings);
	g_test_add_func("/store/account/rules", test_rules);
	g_test_add_func("/store/account/sent", test_sent);
	g_test_add_func("/store/account/sealed", test_sealed);
	g_test_add_func("/store/account/sealed-by-several", test_sealed_by_several);
	g_test_add_func("/store/account/told", test_told);
	g_test_add_func("/store/account/transactions", test_transactions);
	return g_test_run();
}
