/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A copy that is signed or sealed in a thread of its own, so that nobody waits for what can be done
 * meanwhile: the provider is asked for its "354" while the copy is made, and it takes the message
 * while the store notes that it was sealed. Where there is nothing to do meanwhile, no thread is
 * worth its start. To whom it was sent is noted once the provider has accepted it, while the mail
 * program goes on.
 */
#include "base/error.h"
#include "proxy/submission_private.h"

/* ps_copy_write() flushes its stream when all of the message is in it. */
#define TYPE_SPOOL (spool_get_type())
G_DECLARE_FINAL_TYPE(Spool, spool, SUBMISSION, SPOOL, GOutputStream)

struct _Spool {
	GOutputStream parent;
	GByteArray *octets; /* NULL once they were taken */
	SubmissionWriting *writing;
};

typedef enum {
	FATE_OPEN,
	FATE_SENT,
	FATE_DROPPED,
} Fate;

struct SubmissionWriting {
	GThread *thread; /* NULL: the copy was made at once */
	House *house;
	Login *login;
	PsEngine *engine; /* of @login, and nobody else's until the copy is written */
	PsOutcome *outcome;
	GMutex lock;
	GCond changed;
	bool ended;     /* the octets are there, or an error */
	bool written;   /* and the store knows of them */
	Fate fate;      /* of the copy */
	bool noting;    /* the noter has it */
	GBytes *octets; /* all of the copy; NULL: not yet, or never */
	GError *error;
};

G_DEFINE_FINAL_TYPE(Spool, spool, G_TYPE_OUTPUT_STREAM)

static gssize
spool_write(GOutputStream *stream, const void *data, gsize n,
	    GCancellable *cancellable G_GNUC_UNUSED, GError **error)
{
	Spool *spool = SUBMISSION_SPOOL(stream);
	if (spool->octets == NULL || n > SUBMISSION_MAX_MESSAGE * 2 - spool->octets->len) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
				    spool->octets == NULL ? "the copy was complete"
							  : "the copy is too big");
		return -1;
	}
	g_byte_array_append(spool->octets, data, (guint)n);
	return (gssize)n;
}

static gboolean
spool_flush(GOutputStream *stream, GCancellable *cancellable G_GNUC_UNUSED,
	    GError **error G_GNUC_UNUSED)
{
	Spool *spool = SUBMISSION_SPOOL(stream);
	SubmissionWriting *writing = spool->writing;
	if (spool->octets != NULL) {
		g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writing->lock);
		writing->octets = g_byte_array_free_to_bytes(g_steal_pointer(&spool->octets));
		writing->ended = true;
		g_cond_broadcast(&writing->changed);
	}
	return TRUE;
}

static void
spool_finalize(GObject *object)
{
	Spool *spool = SUBMISSION_SPOOL(object);
	g_clear_pointer(&spool->octets, g_byte_array_unref);
	G_OBJECT_CLASS(spool_parent_class)->finalize(object);
}

static void
spool_class_init(SpoolClass *klass)
{
	G_OBJECT_CLASS(klass)->finalize = spool_finalize;
	G_OUTPUT_STREAM_CLASS(klass)->write_fn = spool_write;
	G_OUTPUT_STREAM_CLASS(klass)->flush = spool_flush;
}

static void
spool_init(Spool *spool)
{
	spool->octets = g_byte_array_new();
}

static void
write_copy(SubmissionWriting *writing)
{
	g_autoptr(Spool) spool = g_object_new(TYPE_SPOOL, NULL);
	g_autoptr(GError) error = NULL;
	PsCopy *copy = g_ptr_array_index(writing->outcome->copies, 0);
	spool->writing = writing;
	bool done = ps_copy_write(copy, G_OUTPUT_STREAM(spool), &error);
	house_give_back(writing->house, writing->login, g_steal_pointer(&writing->engine));
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writing->lock);
	if (!done && writing->octets == NULL) {
		writing->error = g_steal_pointer(&error);
	}
	writing->ended = true;
	writing->written = true;
	g_cond_broadcast(&writing->changed);
}

static Fate
await_fate(SubmissionWriting *writing)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writing->lock);
	while (writing->fate == FATE_OPEN) {
		g_cond_wait(&writing->changed, &writing->lock);
	}
	return writing->fate;
}

static void
note_sent(SubmissionWriting *writing)
{
	PsEngine *engine = house_lend(writing->house, writing->login);
	submission_note_sent(engine, writing->outcome);
	house_give_back(writing->house, writing->login, engine);
}

static gpointer
work(gpointer data)
{
	SubmissionWriting *writing = data;
	write_copy(writing);
	if (await_fate(writing) == FATE_SENT) {
		note_sent(writing);
	}
	return NULL;
}

static void
note_one(gpointer data, gpointer user G_GNUC_UNUSED)
{
	SubmissionWriting *writing = data;
	note_sent(writing);
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writing->lock);
	writing->noting = false;
	g_cond_broadcast(&writing->changed);
}

/* One thread for all sessions, since to start one takes as long as the note; NULL if there can be
 * none. */
static gpointer
start_noter(gpointer data G_GNUC_UNUSED)
{
	g_autoptr(GError) reason = NULL;
	GThreadPool *noter = g_thread_pool_new(note_one, NULL, 1, TRUE, &reason);
	if (reason != NULL) { /* there is a pool all the same, and nobody in it */
		g_thread_pool_free(g_steal_pointer(&noter), TRUE, FALSE);
	}
	return noter;
}

static void
give_to_noter(SubmissionWriting *writing)
{
	static GOnce once = G_ONCE_INIT;
	GThreadPool *noter = g_once(&once, start_noter, NULL);
	if (noter == NULL) {
		note_sent(writing);
		return;
	}
	writing->noting = true;
	g_thread_pool_push(noter, writing, NULL);
}

static void
await_noter(SubmissionWriting *writing)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writing->lock);
	while (writing->noting) {
		g_cond_wait(&writing->changed, &writing->lock);
	}
}

void
submission_note_sent(PsEngine *engine, const PsOutcome *outcome)
{
	for (guint i = 0; i < outcome->copies->len; i++) {
		ps_engine_note_sent(engine, g_ptr_array_index(outcome->copies, i));
	}
}

SubmissionWriting *
submission_writing_begin(const Submission *session, PsEngine *engine, PsOutcome *outcome,
			 bool beside)
{
	SubmissionWriting *writing = g_new0(SubmissionWriting, 1);
	writing->house = session->house;
	writing->login = login_copy(session->login);
	writing->engine = engine;
	writing->outcome = outcome;
	g_mutex_init(&writing->lock);
	g_cond_init(&writing->changed);
	writing->thread = beside ? g_thread_try_new("copy", work, writing, NULL) : NULL;
	if (writing->thread == NULL) {
		write_copy(writing);
	}
	return writing;
}

GBytes *
submission_writing_octets(SubmissionWriting *writing, GError **error)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writing->lock);
	while (!writing->ended) {
		g_cond_wait(&writing->changed, &writing->lock);
	}
	if (writing->octets != NULL) {
		return g_bytes_ref(writing->octets);
	}
	if (writing->error != NULL) {
		g_propagate_error(error, g_error_copy(writing->error));
		return NULL;
	}
	return BASE_FAIL_NULL(error, PS_ERROR_INTERNAL, "the copy did not come to its end");
}

void
submission_writing_settle(SubmissionWriting *writing)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writing->lock);
	while (!writing->written) {
		g_cond_wait(&writing->changed, &writing->lock);
	}
}

static void
set_fate(SubmissionWriting *writing, Fate fate)
{
	g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&writing->lock);
	writing->fate = writing->fate == FATE_OPEN ? fate : writing->fate;
	g_cond_broadcast(&writing->changed);
}

void
submission_writing_sent(SubmissionWriting *writing)
{
	set_fate(writing, FATE_SENT);
	if (writing->thread == NULL) {
		give_to_noter(writing);
	}
}

void
submission_writing_free(SubmissionWriting *writing)
{
	if (writing == NULL) {
		return;
	}
	set_fate(writing, FATE_DROPPED);
	if (writing->thread != NULL) {
		g_thread_join(writing->thread);
	}
	await_noter(writing);
	ps_outcome_free(writing->outcome);
	login_free(writing->login);
	g_mutex_clear(&writing->lock);
	g_cond_clear(&writing->changed);
	g_clear_pointer(&writing->octets, g_bytes_unref);
	g_clear_error(&writing->error);
	g_free(writing);
}
