/* SPDX-License-Identifier: MPL-2.0 */
/* Sealed drafts, messages kept for later, and the certificate of the listeners. */
#include "people.h"
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

static GBytes *
sealed_draft(Person *person, const char *account, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(text);
	g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
	g_assert_true(ps_engine_seal_draft(person->engine, account, message, stream, &error));
	g_assert_no_error(error);
	g_output_stream_close(stream, NULL, NULL);
	return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(stream));
}

static PsView *
view_of(Person *person, GBytes *octets)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	PsView *view = ps_engine_view(person->engine, message, &error);
	g_assert_no_error(error);
	return view;
}

static char *
text_of(GBytes *octets)
{
	return g_strndup(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets));
}

#define DRAFT                                                             \
	"From: Alice <" ALICE ">\r\n"                                     \
	"To: " BOB "\r\n"                                                 \
	"Bcc: " CAROL ",\r\n more@example.com\r\n"                        \
	"Subject: plan for the merger\r\n"                                \
	"X-Postseal-Level: sealed\r\n"                                    \
	"X-Mozilla-Draft-Info: internal/draft; vcard=0\r\n"               \
	"Message-ID: <draft@x>\r\n"                                       \
	"MIME-Version: 1.0\r\n"                                           \
	"Content-Type: text/plain; charset=UTF-8;\r\n\tformat=flowed\r\n" \
	"Content-Transfer-Encoding: 8bit\r\n"                             \
	"\r\n"                                                            \
	"Gr\xc3\xbc\xc3\x9f"                                              \
	"e  \r\n.\r\n--\r\nFrom here on nothing is finished"

static const char *const DRAFT_FIELDS[] = {
	"\r\nBcc: " CAROL ",\r\n more@example.com\r\n",
	"\r\nSubject: plan for the merger\r\n",
	"\r\nX-Postseal-Level: sealed\r\n",
	"\r\nX-Mozilla-Draft-Info: internal/draft; vcard=0\r\n",
	"\r\nMessage-ID: <draft@x>\r\n",
	"\r\nContent-Type: text/plain; charset=UTF-8;\r\n\tformat=flowed\r\n",
	"\r\nContent-Transfer-Encoding: 8bit\r\n",
};

static void
assert_is_the_draft(const PsView *view)
{
	g_assert_true(view->opened);
	g_autofree char *shown = text_of(view->content);
	for (size_t i = 0; i < G_N_ELEMENTS(DRAFT_FIELDS); i++) {
		g_assert_nonnull(strstr(shown, DRAFT_FIELDS[i]));
	}
	g_assert_true(g_str_has_prefix(shown, "From: Alice <" ALICE ">\r\n"));
	g_assert_null(strstr(shown, "Postseal-Draft"));
	g_assert_null(strstr(shown, "Postseal-Status"));
	g_assert_null(strstr(shown, "HP-Outer"));
	g_assert_cmpstr(strstr(shown, "\r\n\r\n"), ==, strstr(DRAFT, "\r\n\r\n"));
}

static void
test_draft(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_autoptr(GBytes) sealed = sealed_draft(&alice, ALICE, DRAFT);
	g_autofree char *text = text_of(sealed);
	static const char *const hidden[] = {
		"merger", CAROL, "Bcc:", "X-Postseal", "Postseal-", "nothing is finished"};
	for (size_t i = 0; i < G_N_ELEMENTS(hidden); i++) {
		g_assert_null(strstr(text, hidden[i]));
	}
	g_assert_nonnull(strstr(text, "\r\nSubject: [...]\r\n"));
	g_assert_nonnull(strstr(text, "smime-type=authEnveloped-data"));
	g_autoptr(PsView) view = view_of(&alice, sealed);
	assert_is_the_draft(view);
	g_autoptr(PsView) again = view_of(&alice, sealed);
	g_assert_true(g_bytes_equal(view->content, again->content));
	g_autoptr(GBytes) second = sealed_draft(&alice, ALICE, DRAFT);
	g_autoptr(PsView) other = view_of(&alice, second);
	assert_is_the_draft(other);
}

/* Nothing is decided by a draft: the message may still leave in another way. */
static void
test_draft_binds_nothing(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_autoptr(GBytes) sealed = sealed_draft(&alice, ALICE, DRAFT);
	g_autoptr(PsView) view = view_of(&alice, sealed);
	g_assert_true(view->opened);
	gboolean was_sealed = TRUE;
	g_assert_true(ps_engine_was_sealed(alice.engine, "<draft@x>", &was_sealed, NULL));
	g_assert_false(was_sealed);
	g_autofree char *text = mail_text(ALICE, BOB, "plan for the merger", "");
	g_autoptr(PsOutcome) outcome = outcome_of(&alice, text, PS_LEVEL_AUTO);
	g_assert_cmpint(outcome->level, ==, PS_LEVEL_SIGNED);
}

/* A draft is nobody's word: its signature is by a key that may not sign mail, and that no message
 * shows. */
static void
test_draft_is_no_statement(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_autoptr(GBytes) sealed = sealed_draft(&alice, ALICE, DRAFT);
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(sealed);
	g_autoptr(PsVerdict) verdict = ps_engine_verify(alice.engine, message, NULL);
	g_assert_false(ps_verdict_get_signature_valid(verdict));
	g_assert_cmpstr(ps_verdict_get_signature_reason(verdict), ==, "wrong-usage");
	g_autofree char *json = ps_verdict_to_json(verdict);
	g_autoptr(PsAccount) account = ps_engine_get_account(alice.engine, ALICE, NULL);
	g_assert_null(strstr(json, account->leaf_fingerprint));

	g_autoptr(PsAccount) rotated =
		ps_engine_rotate_account(alice.engine, ALICE, TRUE, FALSE, NULL);
	g_assert_nonnull(rotated);
	g_autoptr(GBytes) later = sealed_draft(&alice, ALICE, DRAFT);
	g_autoptr(PsView) old_view = view_of(&alice, sealed);
	g_autoptr(PsView) new_view = view_of(&alice, later);
	assert_is_the_draft(old_view);
	assert_is_the_draft(new_view);
}

static void
test_draft_of_imported(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) other = person_stranger();
	g_autoptr(GBytes) p12 = ps_engine_export_account(alice.engine, ALICE, "pass", TRUE, NULL);
	g_autoptr(PsAccount) taken =
		ps_engine_import_account(other.engine, NULL, p12, "pass", PS_MODE_AUTO, NULL);
	g_assert_nonnull(taken);
	g_autoptr(GBytes) sealed = sealed_draft(&other, ALICE, DRAFT);
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(sealed);
	g_autoptr(PsVerdict) verdict = ps_engine_verify(other.engine, message, NULL);
	g_assert_cmpstr(ps_verdict_get_signature_reason(verdict), ==, "none");
	g_autoptr(PsView) view = view_of(&other, sealed);
	assert_is_the_draft(view);
}

static void
test_draft_shapes(void)
{
	g_auto(Person) alice = person_new(ALICE);

	static const struct {
		const char *text;
		const char *body;
	} drafts[] = {
		{"Subject: no From\r\nBcc: " CAROL "\r\n\r\nx\r\n", "\r\n\r\nx\r\n"},
		{"From: alias@example.org\r\nBcc: " CAROL "\r\n\r\nx\r\n", "\r\n\r\nx\r\n"},
		{"From: a@x.org, b@x.org\r\nBcc: " CAROL "\r\n\r\nx\r\n", "\r\n\r\nx\r\n"},
		{"From: " ALICE "\r\n\r\n", "\r\n\r\n"},
		{"From: " ALICE "\nSubject: LF\n\none\ntwo\n", "\r\n\r\none\r\ntwo\r\n"},
		{"From: " ALICE "\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b"
		 "\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: image/png\r\n"
		 "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n",
		 "\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: image/png\r\n"
		 "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(drafts); i++) {
		g_autoptr(GBytes) sealed = sealed_draft(&alice, ALICE, drafts[i].text);
		g_autoptr(PsView) view = view_of(&alice, sealed);
		g_assert_true(view->opened);
		g_autofree char *shown = text_of(view->content);
		g_assert_cmpint(strstr(drafts[i].text, "Bcc: ") != NULL, ==,
				strstr(shown, "Bcc: " CAROL "\r\n") != NULL);
		g_assert_null(strstr(shown, "Postseal-Status"));
		g_assert_cmpstr(strstr(shown, "\r\n\r\n"), ==, drafts[i].body);
	}
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(alice.engine, NULL, NULL);
	g_assert_cmpuint(peers->len, ==, 0);
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(DRAFT);
	g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
	g_assert_false(ps_engine_seal_draft(alice.engine, BOB, message, stream, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
	g_clear_error(&error);
	g_autoptr(PsMessage) none = message_of("\r\nbody\r\n");
	g_assert_false(ps_engine_seal_draft(alice.engine, ALICE, none, stream, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_MALFORMED);
}

/* Fields that only drafts have are not taken from others. */
static void
test_forged_draft(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	people_meet(&alice, ALICE, &bob, BOB);
	g_autofree char *text = mail_text(BOB, ALICE, "secret",
					  "Postseal-Draft: 1\n"
					  "Postseal-Draft-X-Postseal-Level: plain\n"
					  "Postseal-Draft-Bcc: eve@example.com\n");
	g_autofree char *sealed = sent(&bob, text, PS_LEVEL_SEALED);
	g_autofree char *view = NULL;
	g_autoptr(PsVerdict) verdict = received(&alice, sealed, &view);
	g_assert_cmpstr(ps_verdict_get_encryption_reason(verdict), ==, "ok");
	g_assert_null(strstr(view, "Postseal-Draft"));
	g_assert_null(strstr(view, "Bcc"));
	g_assert_null(strstr(view, "X-Postseal-Level"));
	g_assert_true(g_str_has_prefix(view, "Postseal-Status: "));
}

static void
keep(Person *person, GBytes *octets, const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	g_assert_true(ps_engine_keep(person->engine, ALICE, message, path, &error));
	g_assert_no_error(error);
}

static void
assert_kept(Person *person, GBytes *octets, const char *path)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = ps_engine_kept(person->engine, ALICE, path, &error);
	g_assert_no_error(error);
	g_autoptr(GBytes) again = ps_message_get_octets(message, &error);
	g_assert_no_error(error);
	g_assert_true(g_bytes_equal(again, octets));
}

static GBytes *
binary_octets(size_t n)
{
	g_autoptr(GByteArray) octets = g_byte_array_new();
	g_byte_array_append(octets, (const guint8 *)"Subject: kept\r\n\r\n", 17);
	for (size_t i = 0; i < n; i++) {
		guint8 octet = (guint8)(i * 7 + i / 256);
		g_byte_array_append(octets, &octet, 1);
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&octets));
}

static void
test_keep(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_autofree char *path = g_build_filename(alice.home, "kept", NULL);
	g_autofree char *made = g_strconcat(path, ".tmp", NULL);
	static const size_t sizes[] = {0, 1, 70000, 3 << 20};
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GBytes) octets = binary_octets(sizes[i]);
		keep(&alice, octets, path);
		assert_kept(&alice, octets, path);
	}
	g_autoptr(GBytes) empty = g_bytes_new(NULL, 0);
	keep(&alice, empty, path);
	assert_kept(&alice, empty, path);
	GStatBuf st;
	g_assert_cmpint(g_stat(path, &st), ==, 0);
	g_assert_cmpuint(st.st_mode & 0777, ==, 0600);
	g_assert_false(g_file_test(made, G_FILE_TEST_EXISTS));
}

static void
assert_not_kept(Person *person, const char *account, const char *path, PsError code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = ps_engine_kept(person->engine, account, path, &error);
	g_assert_null(message);
	g_assert_error(error, PS_ERROR, (int)code);
}

static void
test_kept_faults(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *path = g_build_filename(alice.home, "kept", NULL);
	g_autoptr(GBytes) octets = binary_octets(5000);
	assert_not_kept(&alice, ALICE, path, PS_ERROR_NOT_FOUND);
	keep(&alice, octets, path);
	assert_not_kept(&bob, BOB, path, PS_ERROR_UNAVAILABLE);
	assert_not_kept(&alice, BOB, path, PS_ERROR_UNAVAILABLE);
	static const char *const only_bob[] = {BOB, NULL};
	ps_engine_limit(alice.engine, only_bob);
	assert_not_kept(&alice, ALICE, path, PS_ERROR_UNAVAILABLE);
	ps_engine_limit(alice.engine, NULL);

	g_autofree char *file = NULL;
	gsize n = 0;
	g_assert_true(g_file_get_contents(path, &file, &n, NULL));
	g_assert_null(g_strstr_len(file, (gssize)n, "Subject"));
	static const double places[] = {0.5, 0.9, 0.999};
	for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
		size_t at = (size_t)((double)n * places[i]);
		file[at] ^= 1;
		g_assert_true(g_file_set_contents(path, file, (gssize)n, NULL));
		assert_not_kept(&alice, ALICE, path, PS_ERROR_MALFORMED);
		file[at] ^= 1;
	}
	g_assert_true(g_file_set_contents(path, file, (gssize)n - 9, NULL));
	assert_not_kept(&alice, ALICE, path, PS_ERROR_MALFORMED);

	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	g_assert_false(ps_engine_keep(alice.engine, ALICE, message, "/nowhere/at/all", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_CREATE);
	g_clear_error(&error);
	g_assert_false(ps_engine_keep(alice.engine, BOB, message, path, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
}

/* Keys come and go; what waits can be read. */
static void
test_kept_over_rotation(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_autofree char *path = g_build_filename(alice.home, "kept", NULL);
	g_autoptr(GBytes) octets = binary_octets(100);
	keep(&alice, octets, path);
	g_autoptr(PsAccount) rotated =
		ps_engine_rotate_account(alice.engine, ALICE, TRUE, FALSE, NULL);
	g_assert_nonnull(rotated);
	assert_kept(&alice, octets, path);
	g_assert_true(ps_engine_remove_account(alice.engine, ALICE, NULL));
	assert_kept(&alice, octets, path);
}

static void
test_local_certificate(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) pem = ps_local_certificate(&error);
	g_assert_no_error(error);
	gsize n = 0;
	const void *data = g_bytes_get_data(pem, &n);
	BIO *bio = BIO_new_mem_buf(data, (int)n);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	g_assert_nonnull(x);
	g_assert_nonnull(key);
	g_assert_cmpint(X509_check_private_key(x, key), ==, 1);
	g_assert_cmpint(X509_verify(x, key), ==, 1);
	g_assert_cmpint(X509_check_ip_asc(x, "127.0.0.1", 0), ==, 1);
	g_assert_cmpint(X509_check_ip_asc(x, "::1", 0), ==, 1);
	g_assert_cmpint(X509_check_host(x, "localhost", 0, 0, NULL), ==, 1);
	g_assert_cmpint(X509_check_host(x, "example.org", 0, 0, NULL), ==, 0);
	g_assert_cmpint(X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, 0), ==, 1);
	g_assert_cmpint(X509_check_ca(x), ==, 0);
	g_assert_cmpint(X509_cmp_current_time(X509_get0_notBefore(x)), <, 0);
	time_t later = time(NULL) + 3640 * 86400L;
	g_assert_cmpint(X509_cmp_time(X509_get0_notAfter(x), &later), >, 0);
	X509_free(x);
	EVP_PKEY_free(key);
	BIO_free(bio);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/drafts/round-trip", test_draft);
	g_test_add_func("/drafts/bind-nothing", test_draft_binds_nothing);
	g_test_add_func("/drafts/no-statement", test_draft_is_no_statement);
	g_test_add_func("/drafts/imported", test_draft_of_imported);
	g_test_add_func("/drafts/shapes", test_draft_shapes);
	g_test_add_func("/drafts/forged", test_forged_draft);
	g_test_add_func("/keep/round-trip", test_keep);
	g_test_add_func("/keep/faults", test_kept_faults);
	g_test_add_func("/keep/rotation", test_kept_over_rotation);
	g_test_add_func("/local-certificate", test_local_certificate);
	return g_test_run();
}
