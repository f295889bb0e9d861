/* SPDX-License-Identifier: MPL-2.0 */
/* Views where every message has its status. */
#include "people.h"

static PsView *
view_of(const Person *person, const char *text, bool mark)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PsMessage) message = message_of(text);
	PsViewFlags flags = mark ? PS_VIEW_MARKED : PS_VIEW_DEFAULT;
	PsView *view = ps_engine_view_as(person->engine, message, flags, &error);
	g_assert_no_error(error);
	return view;
}

static char *
text_of(const PsView *view)
{
	gsize n = 0;
	const char *data = g_bytes_get_data(view->content, &n);
	return g_strndup(data, n);
}

/* A line that begins so, and @rest behind it; the second time the same. */
static void
assert_marked(const Person *person, const char *text, const char *status, const char *rest)
{
	g_autoptr(PsView) view = view_of(person, text, true);
	g_autoptr(PsView) again = view_of(person, text, true);
	g_autofree char *shown = text_of(view);
	const char *end = strchr(shown, '\n');
	g_assert_true(view->opened);
	g_assert_true(g_str_has_prefix(shown, status));
	g_assert_nonnull(end);
	g_assert_cmpstr(end + 1, ==, rest);
	g_assert_nonnull(view->verdict);
	g_assert_null(again->verdict);
	g_assert_cmpint(view->summary, ==, again->summary);
	g_assert_true(g_bytes_equal(view->content, again->content));
}

#define PLAIN  "Postseal-Status: unprotected; signature=none; encryption=none; "
#define BROKEN "Subject: a\nContent-Type: application/pkcs7-mime\n\nb\n"

static const struct {
	const char *text;
	const char *status;
	const char *rest;
} cases[] = {
	{"Subject: a\n\nb\n", PLAIN, "Subject: a\n\nb\n"},
	{"Subject: a\r\n\r\nb\n", PLAIN, "Subject: a\r\n\r\nb\n"},
	{"Subject: a\r\nPostseal-Status: verified\r\n\t; x\r\nX: y\r\n\r\nb", PLAIN,
	 "Subject: a\r\nX: y\r\n\r\nb"},
	{"From bob@example.net Thu Jan  1\nSubject: a\n\nb\n", PLAIN, "Subject: a\n\nb\n"},
	{BROKEN, "Postseal-Status: unprotected; ", BROKEN},
};

static void
test_ordinary(void)
{
	g_auto(Person) alice = person_new(ALICE);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		assert_marked(&alice, cases[i].text, cases[i].status, cases[i].rest);
	}
}

static void
test_signed(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_autofree char *text = mail_text(BOB, ALICE, "x", "Content-Type: text/plain\n");
	g_autofree char *made = sent(&bob, text, PS_LEVEL_SIGNED);
	assert_marked(&alice, made, "Postseal-Status: ", made);
	g_autoptr(PsView) plain = view_of(&alice, made, false);
	g_assert_false(plain->opened);
}

/* What is opened is the same for all; what was closed without a mark stays closed. */
static void
test_sealed(void)
{
	g_auto(Person) alice = person_new(ALICE);
	g_auto(Person) bob = person_new(BOB);
	g_auto(Person) carol = person_new(CAROL);
	people_meet(&alice, ALICE, &bob, BOB);
	g_autofree char *text = mail_text(BOB, ALICE, "x", "Content-Type: text/plain\n");
	g_autofree char *sealed = sent(&bob, text, PS_LEVEL_SEALED);
	g_autoptr(PsView) one = view_of(&alice, sealed, true);
	g_autoptr(PsView) other = view_of(&alice, sealed, false);
	g_assert_true(one->opened && g_bytes_equal(one->content, other->content));
	g_autoptr(PsView) closed = view_of(&carol, sealed, false);
	g_autoptr(PsView) marked = view_of(&carol, sealed, true);
	g_autofree char *shown = text_of(marked);
	g_assert_false(closed->opened);
	g_assert_nonnull(strstr(shown, "; encryption=no-key; "));
	g_assert_cmpstr(strchr(shown, '\n') + 1, ==, sealed);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/marked/ordinary", test_ordinary);
	g_test_add_func("/marked/signed", test_signed);
	g_test_add_func("/marked/sealed", test_sealed);
	return g_test_run();
}
