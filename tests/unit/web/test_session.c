/* SPDX-License-Identifier: MPL-2.0 */
/* Codes, cookies, and what a session keeps; what lists show. */
#include "t.h"
#include "web/marks.h"
#include "web/session.h"

static WebSession *
enter(WebSessions *sessions, BaseSecretString **cookie)
{
	g_autoptr(BaseSecretString) code = web_sessions_make_code(sessions);
	WebSession *session = web_sessions_enter(sessions, code, cookie);
	g_assert_nonnull(session);
	g_autoptr(BaseSecretString) other = NULL;
	g_assert_null(web_sessions_enter(sessions, code, &other));
	return session;
}

static void
test_codes(void)
{
	g_autoptr(WebSessions) sessions = web_sessions_new();
	g_autoptr(BaseSecretString) cookie = NULL;
	g_autoptr(BaseSecretString) other = NULL;
	static const char *const BAD[] = {"", "0", "x"};
	for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
		g_assert_null(web_sessions_enter(sessions, BAD[i], &other));
	}
	g_autoptr(WebSession) session = enter(sessions, &cookie);
	g_autoptr(WebSession) found = web_sessions_find(sessions, cookie);
	g_assert_true(found == session);
	g_assert_null(web_sessions_find(sessions, web_session_token(session)));
	g_assert_null(web_sessions_find(sessions, ""));
	g_assert_true(web_session_token_matches(session, web_session_token(session)));
	g_assert_false(web_session_token_matches(session, cookie));
	g_assert_false(web_session_token_matches(session, NULL));
	g_assert_null(other);
}

static void
test_the_end(void)
{
	g_autoptr(WebSessions) sessions = web_sessions_new();
	g_autoptr(BaseSecretString) cookie = NULL;
	g_autoptr(WebSession) session = enter(sessions, &cookie);
	web_session_set_password(session, "a", "secret");
	web_session_tell(session, "/", "news");
	g_autoptr(BaseSecretString) known = web_session_password(session, "a");
	g_assert_cmpstr(known, ==, "secret");
	web_sessions_end(sessions, session);
	g_assert_null(web_sessions_find(sessions, cookie));
	g_assert_null(web_session_password(session, "a"));
	g_assert_null(web_session_told(session, "/", false));
	web_session_set_password(session, "a", "secret"); /* by a request that was on its way */
	g_assert_null(web_session_password(session, "a"));
}

static void
test_the_least_used_goes(void)
{
	g_autoptr(WebSessions) sessions = web_sessions_new();
	BaseSecretString *cookies[WEB_SESSIONS_MAX + 1] = {0};
	for (guint i = 0; i <= WEB_SESSIONS_MAX; i++) {
		if (i == WEB_SESSIONS_MAX) {
			g_autoptr(WebSession) used = web_sessions_find(sessions, cookies[0]);
			g_assert_nonnull(used);
		}
		web_session_unref(enter(sessions, &cookies[i]));
	}
	for (guint i = 0; i <= WEB_SESSIONS_MAX; i++) {
		g_autoptr(WebSession) session = web_sessions_find(sessions, cookies[i]);
		g_assert_true((session == NULL) == (i == 1));
		base_secret_free(cookies[i]);
	}
}

static void
test_a_letter_leaves_once(void)
{
	g_autoptr(WebSessions) sessions = web_sessions_new();
	g_autoptr(WebSession) session = web_sessions_of_token(sessions);
	g_autofree char *where = NULL;
	g_assert_true(web_session_claim(session, "a", &where));
	web_session_settle(session, "a", NULL);
	g_assert_true(web_session_claim(session, "a", &where));
	web_session_settle(session, "a", "/sent");
	g_assert_false(web_session_claim(session, "a", &where));
	g_assert_cmpstr(where, ==, "/sent");
}

static void
test_at_once(void)
{
	g_autoptr(WebSessions) sessions = web_sessions_new();
	g_autoptr(WebSession) session = web_sessions_of_token(sessions);
	guint n = 0;
	while (n < 100 && web_session_begin(session)) {
		n++;
	}
	g_assert_cmpuint(n, ==, 10);
	web_session_finish(session);
	g_assert_true(web_session_begin(session));
	g_assert_false(web_session_begin(session));
}

static void
test_told_once(void)
{
	g_autoptr(WebSessions) sessions = web_sessions_new();
	g_autoptr(WebSession) session = web_sessions_of_token(sessions);
	web_session_tell(session, "/a", "x");
	g_autofree char *kept = web_session_told(session, "/a", true);
	g_autofree char *told = web_session_told(session, "/a", false);
	g_assert_cmpstr(kept, ==, "x");
	g_assert_cmpstr(told, ==, "x");
	g_assert_null(web_session_told(session, "/a", false));
	web_session_set_language(session, "xx");
	g_assert_null(web_session_language(session));
	web_session_set_language(session, "de");
	g_assert_cmpstr(web_session_language(session), ==, "de");
}

static void
test_marks(void)
{
	WebMarks *marks = web_marks_new();
	char subject[] = "s";
	WebGlance glance = {.mark = WEB_MARK_VERIFIED, .subject = subject, .attachments = true};
	web_marks_note(marks, "k", &glance);
	g_autoptr(WebGlance) found = web_marks_find(marks, "k");
	g_assert_cmpstr(found->subject, ==, "s");
	g_assert_true(found->mark == WEB_MARK_VERIFIED && found->attachments);
	g_assert_null(web_marks_find(marks, "K"));
	for (guint i = 0; i < 5000; i++) {
		g_autofree char *key = g_strdup_printf("%u", i);
		web_marks_note(marks, key, &glance);
	}
	g_assert_null(web_marks_find(marks, "k"));
	web_marks_forget(marks);
	g_assert_null(web_marks_find(marks, "4999"));
	web_marks_free(marks);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/web/session/codes", test_codes);
	g_test_add_func("/web/session/end", test_the_end);
	g_test_add_func("/web/session/least", test_the_least_used_goes);
	g_test_add_func("/web/session/once", test_a_letter_leaves_once);
	g_test_add_func("/web/session/at-once", test_at_once);
	g_test_add_func("/web/session/told", test_told_once);
	g_test_add_func("/web/marks", test_marks);
	return g_test_run();
}
