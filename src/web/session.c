/* SPDX-License-Identifier: MPL-2.0 */
/* Codes, cookies and tokens: 256 random bits each, compared in constant time, in memory only. */
#include "web/session.h"

#include "base/hex.h"
#include "base/language.h"
#include "web/token.h"
#include <string.h>
#include <sys/random.h>

#define RANDOM_OCTETS 32U
#define CODES_MAX     8U
#define CODE_LIFE     ((gint64)10 * 60 * G_USEC_PER_SEC)
#define IDLE_MAX      ((gint64)12 * 60 * 60 * G_USEC_PER_SEC)
#define CLAIM_WAIT    ((gint64)60 * G_USEC_PER_SEC)
#define TOLD_MAX      100U
#define ANSWERS_MAX   10U /* of one session at once: the parts of a page; fewer than all threads */

struct WebSession {
	gatomicrefcount refs;
	BaseSecretString *cookie; /* NULL: of the token */
	BaseSecretString *token;
	gint64 used; /* monotonic; under the lock of all */
	GMutex lock;
	guint answers;
	bool ended;
	const char *language;  /* NULL: none chosen */
	GHashTable *passwords; /* desk -> BaseSecretString */
	GHashTable *kept;      /* desk -> Kept */
	GHashTable *told;      /* path -> text */
	GHashTable *letters;   /* letter -> where it led; "": it is being sent */
	GCond settled;
};

typedef struct {
	gpointer box;
	WebRelease release;
} Kept;

typedef struct {
	BaseSecretString *code;
	gint64 end; /* monotonic */
} Code;

struct WebSessions {
	GMutex lock;
	GPtrArray *sessions; /* of WebSession */
	GArray *codes;       /* of Code, the oldest first */
	WebSession *of_token;
};

/* Without random numbers nothing here may go on. */
static BaseSecretString *
random_text(void)
{
	uint8_t random[RANDOM_OCTETS];
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
		g_error("the system gives no random numbers");
	}
	BaseSecretString *text = base_hex(base_bytes(random, sizeof random));
	base_wipe(random, sizeof random);
	return text;
}

static void
forget(gpointer secret)
{
	base_secret_free(secret);
}

static void
kept_free(gpointer data)
{
	Kept *kept = data;
	kept->release(kept->box);
	g_free(kept);
}

static WebSession *
session_new(bool with_cookie)
{
	WebSession *session = g_new0(WebSession, 1);
	g_atomic_ref_count_init(&session->refs);
	g_mutex_init(&session->lock);
	session->cookie = with_cookie ? random_text() : NULL;
	session->token = random_text();
	session->used = g_get_monotonic_time();
	session->passwords = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, forget);
	session->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, kept_free);
	session->letters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_cond_init(&session->settled);
	session->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return session;
}

WebSession *
web_session_ref(WebSession *session)
{
	g_atomic_ref_count_inc(&session->refs);
	return session;
}

void
web_session_unref(WebSession *session)
{
	if (session == NULL || !g_atomic_ref_count_dec(&session->refs)) {
		return;
	}
	g_hash_table_unref(session->passwords);
	g_hash_table_unref(session->kept);
	g_hash_table_unref(session->told);
	g_hash_table_unref(session->letters);
	g_cond_clear(&session->settled);
	base_secret_free(session->cookie);
	base_secret_free(session->token);
	g_mutex_clear(&session->lock);
	g_free(session);
}

static void
session_end(WebSession *session)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	session->ended = true;
	g_hash_table_remove_all(session->passwords);
	g_hash_table_remove_all(session->kept);
	g_hash_table_remove_all(session->told);
}

static void
session_gone(gpointer data)
{
	WebSession *session = data;
	session_end(session);
	web_session_unref(session);
}

static void
code_clear(gpointer data)
{
	Code *code = data;
	g_clear_pointer(&code->code, base_secret_free);
}

WebSessions *
web_sessions_new(void)
{
	WebSessions *sessions = g_new0(WebSessions, 1);
	g_mutex_init(&sessions->lock);
	sessions->sessions = g_ptr_array_new_with_free_func(session_gone);
	sessions->codes = g_array_new(FALSE, FALSE, sizeof(Code));
	g_array_set_clear_func(sessions->codes, code_clear);
	sessions->of_token = session_new(false);
	return sessions;
}

void
web_sessions_free(WebSessions *sessions)
{
	if (sessions != NULL) {
		g_ptr_array_unref(sessions->sessions);
		g_array_unref(sessions->codes);
		session_gone(sessions->of_token);
		g_mutex_clear(&sessions->lock);
		g_free(sessions);
	}
}

/* ---- codes; the lock is held ---- */

static void
drop_old_codes(WebSessions *sessions, guint room)
{
	gint64 now = g_get_monotonic_time();
	while (sessions->codes->len > 0 && (sessions->codes->len > room ||
					    g_array_index(sessions->codes, Code, 0).end <= now)) {
		g_array_remove_index(sessions->codes, 0);
	}
}

/* Whether it was there; it is not any more. All are compared, so that time tells nothing. */
static bool
take_code(WebSessions *sessions, const char *given)
{
	guint found = G_MAXUINT;
	drop_old_codes(sessions, CODES_MAX);
	for (guint i = 0; i < sessions->codes->len; i++) {
		if (web_token_matches(g_array_index(sessions->codes, Code, i).code, given)) {
			found = i;
		}
	}
	if (found == G_MAXUINT) {
		return false;
	}
	g_array_remove_index(sessions->codes, found);
	return true;
}

BaseSecretString *
web_sessions_make_code(WebSessions *sessions)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&sessions->lock);
	Code code = {random_text(), g_get_monotonic_time() + CODE_LIFE};
	drop_old_codes(sessions, CODES_MAX - 1);
	g_array_append_val(sessions->codes, code);
	return g_strdup(code.code);
}

/* ---- sessions; the lock is held ---- */

static void
drop_idle(WebSessions *sessions)
{
	gint64 now = g_get_monotonic_time();
	for (guint i = sessions->sessions->len; i-- > 0;) {
		const WebSession *session = g_ptr_array_index(sessions->sessions, i);
		if (now - session->used > IDLE_MAX) {
			g_ptr_array_remove_index(sessions->sessions, i);
		}
	}
}

static void
make_room(WebSessions *sessions)
{
	while (sessions->sessions->len >= WEB_SESSIONS_MAX) {
		guint oldest = 0;
		for (guint i = 1; i < sessions->sessions->len; i++) {
			const WebSession *one = g_ptr_array_index(sessions->sessions, i);
			const WebSession *other = g_ptr_array_index(sessions->sessions, oldest);
			oldest = one->used < other->used ? i : oldest;
		}
		g_ptr_array_remove_index(sessions->sessions, oldest);
	}
}

WebSession *
web_sessions_enter(WebSessions *sessions, const char *code, BaseSecretString **cookie)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&sessions->lock);
	if (!take_code(sessions, code)) {
		return NULL;
	}
	drop_idle(sessions);
	make_room(sessions);
	WebSession *session = session_new(true);
	g_ptr_array_add(sessions->sessions, session);
	*cookie = g_strdup(session->cookie);
	return web_session_ref(session);
}

WebSession *
web_sessions_find(WebSessions *sessions, const char *cookie)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&sessions->lock);
	WebSession *found = NULL;
	drop_idle(sessions);
	for (guint i = 0; i < sessions->sessions->len; i++) {
		WebSession *session = g_ptr_array_index(sessions->sessions, i);
		found = web_token_matches(session->cookie, cookie) ? session : found;
	}
	if (found == NULL) {
		return NULL;
	}
	found->used = g_get_monotonic_time();
	return web_session_ref(found);
}

WebSession *
web_sessions_of_token(WebSessions *sessions)
{
	return web_session_ref(sessions->of_token);
}

void
web_sessions_end(WebSessions *sessions, WebSession *session)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&sessions->lock);
	g_ptr_array_remove(sessions->sessions, session);
}

/* ---- one session ---- */

const char *
web_session_token(const WebSession *session)
{
	return session->token;
}

bool
web_session_token_matches(const WebSession *session, const char *given)
{
	return web_token_matches(session->token, given);
}

const char *
web_session_language(WebSession *session)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	return session->language;
}

void
web_session_set_language(WebSession *session, const char *name)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	const char *const *codes = base_language_list();
	for (guint i = 0; codes[i] != NULL; i++) {
		if (strcmp(codes[i], name) == 0) {
			session->language = codes[i];
		}
	}
}

bool
web_session_begin(WebSession *session)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	bool room = session->answers < ANSWERS_MAX;
	session->answers += room ? 1 : 0;
	return room;
}

void
web_session_finish(WebSession *session)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	session->answers--;
}

void
web_session_set_password(WebSession *session, const char *desk, const char *password)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	g_hash_table_remove(session->kept, desk); /* it was opened with the one before */
	if (password == NULL || session->ended) {
		g_hash_table_remove(session->passwords, desk);
	} else {
		g_hash_table_replace(session->passwords, g_strdup(desk), g_strdup(password));
	}
}

BaseSecretString *
web_session_password(WebSession *session, const char *desk)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	return g_strdup(g_hash_table_lookup(session->passwords, desk));
}

static gboolean
is_done(gpointer letter G_GNUC_UNUSED, gpointer where, gpointer user G_GNUC_UNUSED)
{
	return *(const char *)where != '\0';
}

bool
web_session_claim(WebSession *session, const char *letter, char **where)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	gint64 end = g_get_monotonic_time() + CLAIM_WAIT;
	const char *there = g_hash_table_lookup(session->letters, letter);
	while (there != NULL && *there == '\0' &&
	       g_cond_wait_until(&session->settled, &session->lock, end)) {
		there = g_hash_table_lookup(session->letters, letter);
	}
	*where = there == NULL || *there == '\0' ? NULL : g_strdup(there);
	if (there != NULL) {
		return false;
	}
	if (g_hash_table_size(session->letters) >= TOLD_MAX) {
		g_hash_table_foreach_remove(session->letters, is_done, NULL);
	}
	g_hash_table_insert(session->letters, g_strdup(letter), g_strdup(""));
	return true;
}

void
web_session_settle(WebSession *session, const char *letter, const char *where)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	if (where == NULL) {
		g_hash_table_remove(session->letters, letter);
	} else {
		g_hash_table_replace(session->letters, g_strdup(letter), g_strdup(where));
	}
	g_cond_broadcast(&session->settled);
}

void
web_session_tell(WebSession *session, const char *path, const char *text)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	if (g_hash_table_size(session->told) >= TOLD_MAX) {
		g_hash_table_remove_all(session->told);
	}
	g_hash_table_replace(session->told, g_strdup(path), g_strdup(text));
}

char *
web_session_told(WebSession *session, const char *path, bool keep)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	char *text = g_strdup(g_hash_table_lookup(session->told, path));
	if (!keep) {
		g_hash_table_remove(session->told, path);
	}
	return text;
}

void
web_session_keep(WebSession *session, const char *desk, gpointer box, WebRelease release)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	if (session->ended) {
		release(box);
		return;
	}
	Kept *kept = g_new0(Kept, 1);
	kept->box = box;
	kept->release = release;
	g_hash_table_replace(session->kept, g_strdup(desk), kept);
}

gpointer
web_session_kept(WebSession *session, const char *desk)
{
	g_autoptr(GMutexLocker) held G_GNUC_UNUSED = g_mutex_locker_new(&session->lock);
	const Kept *kept = g_hash_table_lookup(session->kept, desk);
	return kept == NULL ? NULL : g_atomic_rc_box_acquire(kept->box);
}
