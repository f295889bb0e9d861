/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Who is logged in: a one-time code makes a session, a cookie finds it again, its token shows that
 * a form is ours. All functions may be called in any thread.
 */
#pragma once

#include "base/error.h"
#include "base/secret.h"

#define WEB_SESSIONS_MAX 32U
#define WEB_COOKIE       "postseal" /* its name */

typedef struct WebSessions WebSessions;
typedef struct WebSession WebSession;

WebSessions *web_sessions_new(void);
void web_sessions_free(WebSessions *sessions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebSessions, web_sessions_free)

/* A code that is good once, and for ten minutes; of several the newest few. (transfer full) */
BaseSecretString *web_sessions_make_code(WebSessions *sessions);
/* The session that @code opens, and what its cookie says; NULL: the code is not good (any more).
 * The session that was used least lately goes if there are too many. */
WebSession *web_sessions_enter(WebSessions *sessions, const char *code, BaseSecretString **cookie);
/* Whose cookie this is; NULL: nobody's, or the session ended. Using it keeps it alive. */
WebSession *web_sessions_find(WebSessions *sessions, const char *cookie);
/* What programs with the token of the home share. Never NULL, never ends. */
WebSession *web_sessions_of_token(WebSessions *sessions);
/* Logged out: its cookie is nobody's, its passwords are forgotten. */
void web_sessions_end(WebSessions *sessions, WebSession *session);

WebSession *web_session_ref(WebSession *session);
void web_session_unref(WebSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebSession, web_session_unref)

/* What each form and script of the session says. */
const char *web_session_token(const WebSession *session);
bool web_session_token_matches(const WebSession *session, const char *given);

/* A code of base/language.h that was chosen in this session; NULL: none. Static. */
const char *web_session_language(WebSession *session);
void web_session_set_language(WebSession *session, const char *name);

/* One more answer is being made for it; false: there are too many at once. */
bool web_session_begin(WebSession *session);
void web_session_finish(WebSession *session);

/* What is worth keeping of a desk until the session ends (an open connection): made with
 * g_atomic_rc_box_*(), freed with @release. (transfer full) both; NULL: nothing is kept. */
typedef void (*WebRelease)(gpointer box);
void web_session_keep(WebSession *session, const char *desk, gpointer box, WebRelease release);
gpointer web_session_kept(WebSession *session, const char *desk);

/*
 * One letter leaves once, however often its form comes (a double click, a reload): true for the
 * first that names @letter, which must call web_session_settle(). The others wait for that: false
 * with *@where (transfer full) the page that it led to, or NULL: it takes too long. If nothing was
 * sent, the next one is the first.
 */
bool web_session_claim(WebSession *session, const char *letter, char **where);
/* @where: NULL if nothing was sent. */
void web_session_settle(WebSession *session, const char *letter, const char *where);

/* What the person should know when the page at @path is shown next; the lines of @text. */
void web_session_tell(WebSession *session, const char *path, const char *text);
/* (transfer full) NULL: nothing. It is told once, or with @keep as often as it is asked. */
char *web_session_told(WebSession *session, const char *path, bool keep);

/* The provider's password of a desk, as typed in this session; kept until it ends. NULL forgets. */
void web_session_set_password(WebSession *session, const char *desk, const char *password);
/* (transfer full) NULL: none was typed. */
BaseSecretString *web_session_password(WebSession *session, const char *desk);
