/* SPDX-License-Identifier: MPL-2.0 */
/* What mail programs are shown instead of sealed messages: once decided, never changed. */
#include "people.h"
#include "store/sqlite.h"
#include <sys/wait.h>
#include <unistd.h>

static PsView *
view_of(PsEngine *engine, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(text);
	PsView *view = ps_engine_view(engine, message, &error);
	g_assert_no_error(error);
	return view;
}

static void
assert_same(const PsView *a, const PsView *b)
{
	g_assert_cmpint(a->opened, ==, b->opened);
	g_assert_cmpint(a->summary, ==, b->summary);
	g_assert_cmpstr(a->message_id, ==, b->message_id);
	g_assert_nonnull(a->content);
	g_assert_nonnull(b->content);
	g_assert_true(g_bytes_equal(a->content, b->content));
}

static char *
text_of(const PsView *view)
{
	gsize n = 0;
	const char *data = g_bytes_get_data(view->content, &n);
	return g_strndup(data, n);
}

/* A sealed message of Bob to Alice, who know each other. */
static char *
sealed_letter(Person *alice, Person *bob, const char *subject)
{
	people_meet(alice, ALICE, bob, BOB);
	g_autofree char *text = mail_text(BOB, ALICE, subject, "Content-Type: text/plain\n");
	return sent(bob, text, PS_LEVEL_SEALED);
}

static void
test_shown_opened(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *sealed = sealed_letter(&alice, &bob, "secret");
	g_autoptr(PsView) view = view_of(alice.engine, sealed);
	g_assert_true(view->opened);
	g_assert_nonnull(view->verdict);
	g_assert_nonnull(strstr(view->verdict, "\"encryption\""));
	g_assert_cmpint(view->summary, ==, PS_SUMMARY_ENCRYPTED_ONLY);
	g_autofree char *id = field_of(sealed, "Message-ID");
	g_assert_cmpstr(view->message_id, ==, id);
	g_autofree char *text = text_of(view);
	g_assert_true(g_str_has_prefix(text, "Postseal-Status: encrypted-only; "));
	g_assert_nonnull(strstr(text, "\r\nSubject: secret\r\n"));
	g_assert_true(g_str_has_suffix(text, "\r\n\r\nHi.\r\n"));
	g_assert_null(strstr(text, "hp="));
	g_assert_null(strstr(text, "HP-Outer"));
	for (const char *p = strchr(text, '\n'); p != NULL; p = strchr(p + 1, '\n')) {
		g_assert_true(p[-1] == '\r');
	}
}

static void
assert_other_process_sees(const Person *person, const char *sealed, const PsView *view)
{
	pid_t pid = fork();
	g_assert_cmpint(pid, >=, 0);
	if (pid == 0) {
		g_autoptr(PsEngine) engine = ps_engine_new(person->home);
		g_autoptr(PsMessage) message = message_of(sealed);
		g_autoptr(PsView) other = ps_engine_view(engine, message, NULL);
		bool same = other != NULL && other->content != NULL &&
			    g_bytes_equal(other->content, view->content);
		_exit(same ? 0 : 1);
	}
	int status = 0;
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The same octets later, whatever was learned or decided in between. */
static void
test_never_changes(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *sealed = sealed_letter(&alice, &bob, "secret");
	g_autoptr(PsView) first = view_of(alice.engine, sealed);
	g_autoptr(PsView) second = view_of(alice.engine, sealed);
	assert_same(first, second);
	g_assert_null(second->verdict);

	for (int hour = 1; hour < 60; hour += 20) {
		g_autofree char *text = mail_text(BOB, ALICE, "more", "");
		g_autofree char *more = sent(&bob, text, PS_LEVEL_SEALED);
		person_at(&alice, hour);
		person_learns(&alice, more);
	}
	g_autoptr(PsAccount) account = ps_engine_get_account(bob.engine, BOB, NULL);
	g_assert_true(ps_engine_decide(alice.engine, PS_DECISION_VERIFY, BOB,
				       account->root_fingerprint, NULL));
	g_autoptr(PsMessage) message = message_of(sealed);
	g_autoptr(PsVerdict) now = ps_engine_verify(alice.engine, message, NULL);
	g_assert_cmpint(ps_verdict_get_summary(now), ==, PS_SUMMARY_CONFIDENTIAL);
	g_autoptr(PsView) third = view_of(alice.engine, sealed);
	assert_same(first, third);
	g_assert_true(ps_engine_decide(alice.engine, PS_DECISION_REFUSE, BOB,
				       account->root_fingerprint, NULL));
	g_autoptr(PsView) fourth = view_of(alice.engine, sealed);
	assert_same(first, fourth);
	assert_other_process_sees(&alice, sealed, first);

	g_autoptr(PsAccount) rotated =
		ps_engine_rotate_account(alice.engine, ALICE, TRUE, FALSE, NULL);
	g_assert_nonnull(rotated);
	g_autoptr(PsView) fifth = view_of(alice.engine, sealed);
	assert_same(first, fifth);
}

/* An inner From that nothing binds is not shown; that it is bound later changes nothing. */
static void
test_outer_from_stays(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *sealed = sealed_letter(&alice, &bob, "secret");
	g_autofree char *from = g_strdup_printf("From: %s\n", BOB);
	char *at = strstr(sealed, from);
	g_assert_nonnull(at);
	memcpy(at, "From: eve@example.com ", strlen(from) - 1);
	at[strlen(from) - 1] = '\n';
	g_autoptr(PsView) first = view_of(alice.engine, sealed);
	g_autofree char *text = text_of(first);
	g_assert_nonnull(strstr(text, "From: eve@"));
	g_autoptr(PsAccount) account = ps_engine_get_account(bob.engine, BOB, NULL);
	g_assert_true(ps_engine_decide(alice.engine, PS_DECISION_VERIFY, BOB,
				       account->root_fingerprint, NULL));
	g_autoptr(PsMessage) message = message_of(sealed);
	g_autoptr(PsVerdict) now = ps_engine_verify(alice.engine, message, NULL);
	g_assert_cmpstr(ps_verdict_get_from(now), ==, BOB);
	g_autoptr(PsView) second = view_of(alice.engine, sealed);
	assert_same(first, second);
}

static void
test_learns_once(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *hello = mail_text(ALICE, BOB, "hello", "");
	g_autofree char *first = sent(&alice, hello, PS_LEVEL_AUTO);
	person_learns(&bob, first);
	g_autofree char *text = mail_text(BOB, ALICE, "secret", "");
	g_autofree char *sealed = sent(&bob, text, PS_LEVEL_SEALED);
	for (int i = 0; i < 3; i++) {
		g_autoptr(PsView) view = view_of(alice.engine, sealed);
		g_assert_true(view->opened);
	}
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(alice.engine, BOB, NULL);
	const PsPeer *peer = g_ptr_array_index(peers, 0);
	const PsIdentity *identity = g_ptr_array_index(peer->identities, 0);
	g_assert_cmpuint(identity->messages, ==, 1);
	gboolean was_sealed = FALSE;
	g_autofree char *id = field_of(sealed, "Message-ID");
	g_assert_true(ps_engine_was_sealed(alice.engine, id, &was_sealed, NULL));
	g_assert_true(was_sealed);
	g_assert_true(ps_engine_was_sealed(bob.engine, id, &was_sealed, NULL));
	g_assert_true(was_sealed);
	g_autofree char *other = field_of(first, "Message-ID");
	g_assert_true(ps_engine_was_sealed(bob.engine, other, &was_sealed, NULL));
	g_assert_false(was_sealed);
}

static char *
replaced(const char *text, const char *from, const char *to)
{
	g_autoptr(GString) out = g_string_new(text);
	g_assert_cmpuint(g_string_replace(out, from, to, 1), ==, 1);
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* No key, cut off, not encrypted at all: shown as it came, for ever. */
static void
test_shown_closed(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_auto(Person) carol = person_new(CAROL);
	g_autofree char *sealed = sealed_letter(&alice, &bob, "secret");
	g_autofree char *cut = g_strndup(sealed, strlen(sealed) - 400);
	g_autofree char *junk = replaced(sealed, "\n\n", "\n\nAAAA");

	struct {
		Person *reader;
		const char *text;
	} cases[] = {{&carol, sealed}, {&alice, cut}, {&alice, junk}};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (int again = 0; again < 2; again++) {
			g_autoptr(PsView) view = view_of(cases[i].reader->engine, cases[i].text);
			g_assert_false(view->opened);
			g_assert_null(view->content);
			g_assert_cmpint(view->summary, ==, PS_SUMMARY_UNPROTECTED);
			g_assert_nonnull(view->message_id);
			g_assert_cmpint(view->verdict != NULL, ==, again == 0);
		}
	}
	/* the key comes later: a decision stays one */
	g_autoptr(GBytes) backup = ps_engine_backup(alice.engine, "pass", NULL);
	g_autoptr(PsAccount) joined =
		ps_engine_join_account(carol.engine, ALICE, backup, "pass", NULL);
	g_assert_nonnull(joined);
	g_autoptr(PsView) still = view_of(carol.engine, sealed);
	g_assert_false(still->opened);
}

static void
test_not_for_us(void)
{
	g_auto(Person) alice = person_new(ALICE);
	static const char *const texts[] = {
		"From: bob@example.net\nMessage-ID: <1@x>\nSubject: x\n\nhi\n",
		"From: bob@example.net\nMessage-ID: <1@x>\nContent-Type: text/plain;"
		" name=smime.p7m\n\nhi\n",
		"From: bob@example.net\nMessage-ID: <1@x>\nContent-Type: application/pkcs7-mime\n"
		"Content-Type: text/plain\n\nhi\n",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(PsView) view = view_of(alice.engine, texts[i]);
		g_assert_false(view->opened);
		g_assert_cmpstr(view->message_id, ==, "<1@x>");
	}
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) none = message_of("\n\n");
	g_autoptr(PsView) nothing = ps_engine_view(alice.engine, none, &error);
	g_assert_null(nothing);
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
}

static void
run_sql(const Person *person, const char *sql)
{
	g_autofree char *path = g_build_filename(person->home, STORE_FILE, NULL);
	sqlite3 *db = NULL;
	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
	sqlite3_close(db);
}

static void
assert_fails(const Person *person, const char *text, PsError code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(text);
	g_autoptr(PsEngine) engine = ps_engine_new(person->home);
	g_autoptr(PsView) view = ps_engine_view(engine, message, &error);
	g_assert_null(view);
	g_assert_error(error, PS_ERROR, (int)code);
}

static void
test_key_is_gone(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *sealed = sealed_letter(&alice, &bob, "secret");
	g_autoptr(PsView) view = view_of(alice.engine, sealed);
	g_assert_true(view->opened);
	g_clear_object(&alice.engine);
	run_sql(&alice, "CREATE TABLE aside AS SELECT * FROM own_key; DELETE FROM own_chain;"
			"DELETE FROM own_key");
	assert_fails(&alice, sealed, PS_ERROR_UNAVAILABLE);
	run_sql(&alice, "INSERT INTO own_key SELECT * FROM aside");
	alice.engine = ps_engine_new(alice.home);
	g_autoptr(PsView) again = view_of(alice.engine, sealed);
	assert_same(view, again);
}

/* A store that cannot be asked for keys is no reason to say for ever that there is none. */
static void
test_failures_decide_nothing(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *sealed = sealed_letter(&alice, &bob, "secret");
	g_clear_object(&alice.engine);
	run_sql(&alice, "ALTER TABLE own_key RENAME TO own_key_aside");
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(sealed);
	alice.engine = ps_engine_new(alice.home);
	g_autoptr(PsView) none = ps_engine_view(alice.engine, message, &error);
	g_assert_null(none);
	g_assert_nonnull(error);
	g_clear_object(&alice.engine);
	run_sql(&alice, "ALTER TABLE own_key_aside RENAME TO own_key");
	alice.engine = ps_engine_new(alice.home);
	g_autoptr(PsView) view = view_of(alice.engine, sealed);
	g_assert_true(view->opened);
}

#define AT_ONCE 4

static void
view_and_exit(const Person *person, const char *sealed, int pipe_in)
{
	g_autoptr(PsEngine) engine = ps_engine_new(person->home);
	g_autoptr(PsMessage) message = message_of(sealed);
	g_autoptr(PsView) view = ps_engine_view(engine, message, NULL);
	g_autofree char *sum =
		view == NULL || view->content == NULL
			? g_strnfill(64, '-')
			: g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, view->content);
	_exit(write(pipe_in, sum, 64) == 64 ? 0 : 1);
}

/* Several processes see it first: all show what one of them decided. */
static void
test_several_at_once(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *sealed = sealed_letter(&alice, &bob, "secret");
	g_clear_object(&alice.engine);
	int ends[2];
	g_assert_cmpint(pipe(ends), ==, 0);
	for (int i = 0; i < AT_ONCE; i++) {
		if (fork() == 0) {
			view_and_exit(&alice, sealed, ends[1]);
		}
	}
	char first[65] = "";
	for (int i = 0; i < AT_ONCE; i++) {
		char sum[65] = "";
		g_assert_cmpint(read(ends[0], sum, 64), ==, 64);
		g_assert_cmpstr(sum, !=, "");
		g_assert_true(i == 0 || strcmp(first, sum) == 0);
		memcpy(first, sum, sizeof(first));
		wait(NULL);
	}
	g_assert_true(g_ascii_isxdigit(first[0]));
	close(ends[0]);
	close(ends[1]);
}

/* Of a header block only a key is learned, and the whole message counts but once. */
static void
test_header_only(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	people_meet(&alice, ALICE, &bob, BOB);
	g_auto(Person) carol = person_new(CAROL);
	g_autofree char *text = mail_text(BOB, CAROL, "hello", "");
	g_autofree char *left = sent(&bob, text, PS_LEVEL_SIGNED);
	g_assert_nonnull(strstr(left, "Postseal-Key:"));
	char *end = strstr(left, "\n\n");
	g_autofree char *head = g_strndup(left, (gsize)(end - left) + 2);
	for (int i = 0; i < 2; i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(PsMessage) message = message_of(head);
		g_autoptr(PsVerdict) verdict =
			ps_engine_learn_message(carol.engine, message, TRUE, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(ps_verdict_get_signature_reason(verdict), ==, "none");
		g_autoptr(GPtrArray) peers = ps_engine_list_peers(carol.engine, BOB, NULL);
		const PsPeer *peer = g_ptr_array_index(peers, 0);
		g_assert_cmpint(peer->state, ==, PS_RECIPIENT_STATE_READY);
		const PsIdentity *identity = g_ptr_array_index(peer->identities, 0);
		g_assert_cmpstr(identity->how, ==, "key-header");
		g_assert_cmpuint(identity->messages, ==, 0);
	}
	for (int i = 0; i < 2; i++) {
		g_autoptr(PsMessage) whole = message_of(left);
		g_autoptr(PsVerdict) verdict =
			ps_engine_learn_message(carol.engine, whole, FALSE, NULL);
		g_assert_true(ps_verdict_get_signature_valid(verdict));
	}
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(carol.engine, BOB, NULL);
	const PsPeer *peer = g_ptr_array_index(peers, 0);
	const PsIdentity *identity = g_ptr_array_index(peer->identities, 0);
	g_assert_cmpuint(identity->messages, ==, 1);
}

/* Signed mail without its body is not unsigned mail. */
static void
test_header_of_signed(void)
{
	g_auto(Person) alice = person_new(ALICE);
	static const char head[] =
		"From: bob@example.net\nMessage-ID: <2@x>\nSubject: x\n"
		"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";"
		" boundary=b\n\n";
	g_autoptr(PsMessage) message = message_of(head);
	g_autoptr(GError) error = NULL;
	g_autoptr(PsVerdict) verdict = ps_engine_learn_message(alice.engine, message, TRUE, &error);
	g_assert_no_error(error);
	g_assert_nonnull(verdict);
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(alice.engine, NULL, NULL);
	g_assert_cmpuint(peers->len, ==, 0);
}

static void
test_get_field(void)
{
	g_autoptr(PsMessage) message =
		message_of("Subject: one\r\n two\r\nX: a\r\nX: b\r\n\r\nY: body\r\n");
	g_autofree char *subject = ps_message_get_field(message, "subject");
	g_autofree char *first = ps_message_get_field(message, "X");
	g_autofree char *none = ps_message_get_field(message, "Y");
	g_assert_cmpstr(subject, ==, "one two");
	g_assert_cmpstr(first, ==, "a");
	g_assert_null(none);
}

/* Another device made an identity for the same address. */
static void
test_own_identity_elsewhere(void)
{
	g_auto(Person) here = person_new(ALICE);
	g_auto(Person) there = person_new(ALICE);
	g_autofree char *text = mail_text(ALICE, BOB, "hello", "");
	g_autofree char *own = sent(&here, text, PS_LEVEL_AUTO);
	g_autofree char *other = sent(&there, text, PS_LEVEL_AUTO);
	g_autoptr(PsAccount) account = ps_engine_get_account(there.engine, ALICE, NULL);

	struct {
		const char *text;
		const char *address;
		const char *root;
	} cases[] = {{own, ALICE, NULL},
		     {other, ALICE, account->root_fingerprint},
		     {other, BOB, NULL},
		     {text, ALICE, NULL}};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(PsMessage) message = message_of(cases[i].text);
		g_autofree char *root = NULL;
		g_assert_true(ps_engine_own_identity_seen(here.engine, cases[i].address, message,
							  &root, &error));
		g_assert_no_error(error);
		g_assert_cmpstr(root, ==, cases[i].root);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/views/opened", test_shown_opened);
	g_test_add_func("/views/never-changes", test_never_changes);
	g_test_add_func("/views/outer-from", test_outer_from_stays);
	g_test_add_func("/views/learns-once", test_learns_once);
	g_test_add_func("/views/closed", test_shown_closed);
	g_test_add_func("/views/not-for-us", test_not_for_us);
	g_test_add_func("/views/key-gone", test_key_is_gone);
	g_test_add_func("/views/failures", test_failures_decide_nothing);
	g_test_add_func("/views/at-once", test_several_at_once);
	g_test_add_func("/learn/header-only", test_header_only);
	g_test_add_func("/learn/header-of-signed", test_header_of_signed);
	g_test_add_func("/message/field", test_get_field);
	g_test_add_func("/accounts/elsewhere", test_own_identity_elsewhere);
	return g_test_run();
}
