/* SPDX-License-Identifier: MPL-2.0 */
/* An engine limited to some accounts: the others of the home do not exist for it. */
#include "people.h"

#include "cert/box.h"
#include "store/sqlite.h"

#define DORA "dora@example.org"

/* A home of two people. */
static Person
house_of_two(void)
{
	Person house = person_new(ALICE);
	g_autoptr(PsAccount) dora = ps_engine_add_account(house.engine, DORA, NULL, PS_PROFILE_P256,
							  PS_MODE_AUTO, NULL);
	g_assert_nonnull(dora);
	return house;
}

static void
limit_to(Person *house, const char *address)
{
	const char *const only[] = {address, NULL};
	ps_engine_limit(house->engine, only);
}

static void
test_signs_for_its_own(void)
{
	g_auto(Person) house = house_of_two();
	limit_to(&house, ALICE);
	g_autofree char *own = mail_text(ALICE, BOB, "hello", "");
	g_autoptr(PsOutcome) mine = outcome_of(&house, own, PS_LEVEL_AUTO);
	g_assert_cmpint(mine->level, ==, PS_LEVEL_SIGNED);
	g_autofree char *text = mail_text(DORA, BOB, "hello", "");
	g_autoptr(PsOutcome) foreign = outcome_of(&house, text, PS_LEVEL_AUTO);
	g_assert_cmpstr(foreign->untouched, ==, "foreign-from");
	g_autofree char *left = copy_text(foreign, 0);
	g_assert_cmpstr(left, ==, text);

	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(text);
	g_autoptr(PsRequest) request = ps_request_new();
	ps_request_set_from(request, DORA);
	g_autoptr(PsOutcome) none = ps_engine_protect(house.engine, message, request, &error);
	g_assert_null(none);
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);

	ps_engine_limit(house.engine, NULL);
	g_autoptr(PsOutcome) all = outcome_of(&house, text, PS_LEVEL_AUTO);
	g_assert_cmpint(all->level, ==, PS_LEVEL_SIGNED);
}

static void
test_opens_its_own(void)
{
	g_auto(Person) house = house_of_two();
	g_auto(Person) bob = person_new(BOB);
	limit_to(&house, DORA);
	people_meet(&house, DORA, &bob, BOB);
	g_autofree char *text = mail_text(BOB, DORA, "secret", "");
	g_autofree char *sealed = sent(&bob, text, PS_LEVEL_SEALED);
	g_autoptr(PsMessage) message = message_of(sealed);

	limit_to(&house, ALICE);
	g_autoptr(PsVerdict) blind = ps_engine_verify(house.engine, message, NULL);
	g_assert_cmpstr(ps_verdict_get_encryption_reason(blind), ==, "no-key");
	g_autoptr(PsView) closed = ps_engine_view(house.engine, message, NULL);
	g_assert_false(closed->opened);

	/* what was shown stays, whoever is named first now */
	static const char *const both[] = {DORA, ALICE, NULL};
	ps_engine_limit(house.engine, both);
	g_autoptr(PsView) beside = ps_engine_view(house.engine, message, NULL);
	g_assert_false(beside->opened);

	/* what one was shown is not what the other is shown */
	limit_to(&house, DORA);
	g_autoptr(PsView) view = ps_engine_view(house.engine, message, NULL);
	g_assert_true(view->opened);
	limit_to(&house, ALICE);
	g_autoptr(PsView) again = ps_engine_view(house.engine, message, NULL);
	g_assert_false(again->opened);
	static const char *const nobody[] = {NULL};
	ps_engine_limit(house.engine, nobody);
	g_autoptr(PsVerdict) none = ps_engine_verify(house.engine, message, NULL);
	g_assert_cmpstr(ps_verdict_get_encryption_reason(none), ==, "no-key");
}

static void
test_lists_its_own(void)
{
	g_auto(Person) house = house_of_two();
	static const char *const only[] = {"Dora@EXAMPLE.org", "nobody@example.org", "junk", NULL};
	ps_engine_limit(house.engine, only);
	g_autoptr(GPtrArray) accounts = ps_engine_list_accounts(house.engine, NULL);
	g_assert_cmpuint(accounts->len, ==, 1);
	limit_to(&house, "dora@EXAMPLE.org");
	g_autoptr(GPtrArray) one = ps_engine_list_accounts(house.engine, NULL);
	g_assert_cmpuint(one->len, ==, 1);
	g_assert_cmpstr(((PsAccount *)g_ptr_array_index(one, 0))->address, ==, DORA);

	g_autoptr(GError) error = NULL;
	g_assert_null(ps_engine_get_account(house.engine, ALICE, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
	g_clear_error(&error);
	g_assert_null(ps_engine_export_account(house.engine, ALICE, "pass", TRUE, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
	g_clear_error(&error);
	g_assert_false(ps_engine_remove_account(house.engine, ALICE, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
	g_clear_error(&error);
	g_assert_null(ps_engine_rotate_account(house.engine, ALICE, FALSE, FALSE, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
	g_clear_error(&error);
	g_assert_null(ps_engine_backup(house.engine, "pass", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
}

static bool
holds(GBytes *image, const char *text)
{
	return base_bytes_find(base_bytes_of(image), base_bytes_str(text)) != SIZE_MAX;
}

/* What goes to another device of one account holds no octet of the rest of the home. */
static void
test_backup_of_one(void)
{
	g_auto(Person) house = house_of_two();
	g_auto(Person) bob = person_new(BOB);
	g_auto(Person) second = person_stranger();
	people_meet(&house, DORA, &bob, BOB);
	g_autoptr(GError) error = NULL;
	g_autoptr(PsAccount) dora = ps_engine_get_account(house.engine, DORA, NULL);
	g_autoptr(GBytes) all = ps_engine_backup(house.engine, "pass", NULL);
	g_autoptr(GBytes) image_of_all = cert_box_open("pass", base_bytes_of(all), NULL);
	g_assert_true(holds(image_of_all, ALICE) && holds(image_of_all, BOB));

	limit_to(&house, DORA);
	g_assert_null(ps_engine_backup_account(house.engine, ALICE, "pass", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
	g_autoptr(GBytes) one = ps_engine_backup_account(house.engine, DORA, "pass", NULL);
	g_autoptr(GBytes) image = cert_box_open("pass", base_bytes_of(one), NULL);
	g_assert_true(holds(image, DORA) && !holds(image, ALICE) && !holds(image, BOB));

	g_autoptr(PsAccount) joined =
		ps_engine_join_account(second.engine, DORA, one, "pass", NULL);
	g_assert_cmpstr(joined->root_fingerprint, ==, dora->root_fingerprint);
	g_assert_cmpstr(joined->leaf_fingerprint, ==, dora->leaf_fingerprint);
}

/* Mail of the other account is nobody's key to learn; mail to it can be sealed all the same. */
static void
test_the_other_account(void)
{
	g_auto(Person) house = house_of_two();
	g_autofree char *text = mail_text(DORA, ALICE, "hello", "");
	limit_to(&house, DORA);
	g_autofree char *left = sent(&house, text, PS_LEVEL_SIGNED);
	limit_to(&house, ALICE);
	g_autoptr(PsVerdict) verdict = received(&house, left, NULL);
	g_assert_true(ps_verdict_get_signature_valid(verdict));
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(house.engine, NULL, NULL);
	for (guint i = 0; i < peers->len; i++) {
		const PsPeer *peer = g_ptr_array_index(peers, i);
		g_assert_cmpuint(peer->identities->len, ==, 0);
	}
	g_autofree char *answer = mail_text(ALICE, DORA, "secret", "");
	g_autofree char *sealed = sent(&house, answer, PS_LEVEL_SEALED);
	limit_to(&house, DORA);
	g_autofree char *view = NULL;
	g_autoptr(PsVerdict) opened = received(&house, sealed, &view);
	g_assert_cmpstr(ps_verdict_get_encryption_reason(opened), ==, "ok");
	g_assert_nonnull(strstr(view, "Subject: secret\n"));
}

/* An address that waits for its keys has no account yet, but is one's own. */
static void
test_waiting_address(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *text = mail_text(BOB, ALICE, "hello", "");
	g_autofree char *left = sent(&bob, text, PS_LEVEL_SIGNED);
	limit_to(&alice, BOB);
	person_learns(&alice, left);
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(alice.engine, NULL, NULL);
	g_assert_cmpuint(peers->len, ==, 0);
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_AUTO);
	g_assert_cmpstr(outcome->untouched, ==, "foreign-from");
}

static int
aligned_messages(const Person *person)
{
	g_autofree char *path = g_build_filename(person->home, STORE_FILE, NULL);
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT count(*) FROM sighting WHERE aligned", -1,
					   &stmt, NULL),
			==, SQLITE_OK);
	g_assert_cmpint(sqlite3_step(stmt), ==, SQLITE_ROW);
	int n = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

/* With one account, it does not matter that a message does not say whose mailbox it lies in; of the
 * server of another one nothing is believed. */
static void
test_authserv_id_counts(void)
{
	static const struct {
		const char *account; /* NULL: no limit */
		int aligned;
	} cases[] = {{NULL, 0}, {DORA, 0}, {ALICE, 1}};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(Person) house = house_of_two();
		g_auto(Person) bob = person_new(BOB);
		ps_engine_set_authserv_id(house.engine, ALICE, "mx.example.org", NULL);
		ps_engine_set_authserv_id(house.engine, DORA, "other.example.org", NULL);
		g_autofree char *text = mail_text(BOB, ALICE, "hello", "");
		g_autofree char *left = sent(&bob, text, PS_LEVEL_SIGNED);
		g_autofree char *came = g_strdup_printf(
			"Authentication-Results: mx.example.org; dkim=pass header.d=example.net;"
			" dmarc=pass header.from=example.net\n%s",
			left);
		if (cases[i].account != NULL) {
			limit_to(&house, cases[i].account);
		}
		person_learns(&house, came);
		g_assert_cmpint(aligned_messages(&house), ==, cases[i].aligned);
	}
}

static void
test_howto(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_autofree char *text = mail_text(ALICE, BOB, "secret", "");
	g_autoptr(PsMessage) message = message_of(text);
	g_autoptr(PsRequest) request = ps_request_new();
	ps_request_set_level(request, PS_LEVEL_SEALED);
	ps_engine_set_howto_base(alice.engine, "http://127.0.0.1:9000");
	ps_request_set_program(request, "mutt");
	g_autoptr(PsRequest) copy = ps_request_copy(request);
	g_autoptr(PsOutcome) outcome = ps_engine_protect(alice.engine, message, copy, NULL);
	g_assert_true(g_str_has_suffix(outcome->refused,
				       ": http://127.0.0.1:9000/how-to/encrypt/mutt/any/none/"));
	const PsRecipient *recipient = g_ptr_array_index(outcome->recipients, 0);
	g_assert_cmpstr(recipient->how_to, ==,
			"http://127.0.0.1:9000/how-to/encrypt/mutt/any/none/");
	ps_request_set_program(request, "../../evil");
	ps_engine_set_howto_base(alice.engine, NULL);
	g_autoptr(PsOutcome) other = ps_engine_protect(alice.engine, message, request, NULL);
	g_assert_true(g_str_has_suffix(other->refused,
				       "http://127.0.0.1:8025/how-to/encrypt/any/any/none/"));
	static const char *const bob[] = {BOB, NULL};
	ps_engine_set_howto_base(alice.engine, "http://127.0.0.1:9000");
	g_autoptr(PsSealCheck) check = ps_engine_can_seal(alice.engine, NULL, bob, NULL);
	g_assert_true(g_str_has_prefix(check->how_to, "http://127.0.0.1:9000/"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/limit/signs", test_signs_for_its_own);
	g_test_add_func("/limit/opens", test_opens_its_own);
	g_test_add_func("/limit/lists", test_lists_its_own);
	g_test_add_func("/limit/other-account", test_the_other_account);
	g_test_add_func("/limit/waiting", test_waiting_address);
	g_test_add_func("/limit/authserv-id", test_authserv_id_counts);
	g_test_add_func("/how-to", test_howto);
	g_test_add_func("/limit/backup-of-one", test_backup_of_one);
	return g_test_run();
}
