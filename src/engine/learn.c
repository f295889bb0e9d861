/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Learning from existing mail: single messages, Maildir, mbox, folders of these. Several threads
 * read and check ahead (workers.c); this one writes what they found, in order. How far it got is
 * part of every transaction, so that after a kill it goes on where it was.
 */
#include "engine/core.h"
#include "engine/mailbox.h"
#include "engine/workers.h"

#include "base/error.h"
#include "base/limits.h"
#include "store/learning.h"
#include <fcntl.h>
#include <unistd.h>

#define BATCH           500U                /* messages of one transaction */
#define MBOX_MESSAGE    (256U << 20)        /* octets of one message in an mbox */
#define PROGRESS_OCTETS (UINT64_C(1) << 18) /* between two calls of the progress function */

typedef struct {
	PsEngine *engine;
	Store *store;
	Workers *workers;
	StoreTransaction *tx;
	guint in_batch;
	PsLearned *learned;
	const char *run; /* NULL: standard input, which cannot be read again */
	bool resumed;
	PsProgressFunc progress;
	gpointer user_data;
	guint64 done;
	guint64 told;
	guint64 total;
} Learning;

static bool
put_sum(Learning *l, GError **error)
{
	StoreLearningSum sum = {
		.messages = (int64_t)l->learned->messages,
		.n_signed = (int64_t)l->learned->signed_messages,
		.keys_new = (int64_t)l->learned->keys_new,
		.keys_seen = (int64_t)l->learned->keys_seen,
		.errors = (int64_t)l->learned->errors,
	};
	return l->run == NULL || store_learning_put(l->store, l->run, &sum, error);
}

static bool
get_sum(Learning *l, GError **error)
{
	StoreLearningSum sum = {0};
	if (l->run != NULL && !store_learning_get(l->store, l->run, &l->resumed, &sum, error)) {
		return false;
	}
	l->learned->messages = (guint64)sum.messages;
	l->learned->signed_messages = (guint64)sum.n_signed;
	l->learned->keys_new = (guint64)sum.keys_new;
	l->learned->keys_seen = (guint64)sum.keys_seen;
	l->learned->errors = (guint64)sum.errors;
	l->learned->resumed = l->learned->messages;
	return true;
}

static bool
end_batch(Learning *l, GError **error)
{
	if (l->tx == NULL) {
		return true;
	}
	bool done = put_sum(l, error) && store_commit(l->tx, error);
	g_clear_pointer(&l->tx, store_transaction_free);
	return done;
}

/* Starts a new batch when the last one is full, so that a kill loses little and nothing is
 * half-written. */
static bool
next_batch(Learning *l, GError **error)
{
	if (l->tx != NULL && l->in_batch < BATCH) {
		l->in_batch++;
		return true;
	}
	if (!end_batch(l, error)) {
		return false;
	}
	l->in_batch = 1;
	l->tx = store_begin(l->store, error);
	return l->tx != NULL;
}

static void
tell_progress(Learning *l, guint64 octets)
{
	l->done += octets;
	if (l->progress != NULL && l->done - l->told >= PROGRESS_OCTETS) {
		l->told = l->done;
		l->progress(l->done, l->total, l->user_data);
	}
}

static void
count_result(PsLearned *learned, const HarvestResult *result)
{
	if (!result->is_signed) {
		return;
	}
	bool is_new =
		result->outcome.outcome == TRUST_NEW || result->outcome.outcome == TRUST_CANDIDATE;
	learned->signed_messages++;
	learned->keys_new += is_new && result->outcome.counted;
	learned->keys_seen += result->outcome.outcome != TRUST_IGNORED;
}

/* What is wrong with one message is counted; what is wrong with the store ends the work. */
static bool
is_fault_of_message(const GError *error)
{
	return g_error_matches(error, PS_ERROR, PS_ERROR_MALFORMED) ||
	       g_error_matches(error, PS_ERROR, PS_ERROR_LIMIT) ||
	       g_error_matches(error, PS_ERROR, PS_ERROR_UNSUPPORTED);
}

/* The first fault is told in full, so that the person can look at it. */
static void
count_error(PsLearned *learned, const char *file, const GError *reason)
{
	learned->errors++;
	if (learned->first_error == NULL) {
		learned->first_error = g_strdup_printf("%s: %s", file, reason->message);
	}
}

static bool
learn_reading(Learning *l, Job *job, GError **error)
{
	HarvestResult result = {0};
	l->learned->messages++;
	if (job->error == NULL && incoming_learn(l->engine, &job->reading, &result, &job->error)) {
		count_result(l->learned, &result);
		return true;
	}
	if (!is_fault_of_message(job->error)) {
		g_propagate_error(error, g_steal_pointer(&job->error));
		return false;
	}
	count_error(l->learned, job->file, job->error);
	return true;
}

/* Maildir renames a file when its flags change and when it is no longer new. */
static char *
lasting_name(const char *file)
{
	g_autofree char *folder = g_path_get_dirname(file);
	g_autofree char *name = g_path_get_basename(file);
	char *flags = strstr(name, ":2,");
	if (flags != NULL) {
		*flags = '\0';
	}
	if (g_str_has_suffix(folder, "/new") || g_str_has_suffix(folder, "/cur")) {
		folder[strlen(folder) - 4] = '\0';
	}
	return g_build_filename(folder, name, NULL);
}

static bool
note_done(Learning *l, const Job *job, GError **error)
{
	g_autofree char *name = lasting_name(job->file);
	return l->run == NULL || store_learning_note(l->store, l->run, name, job->end, error);
}

/* Writes what the oldest job found. */
static bool
take(Learning *l, GError **error)
{
	g_autoptr(Job) job = workers_pop(l->workers);
	if (job->size == 0 && job->error != NULL) {
		count_error(l->learned, job->file, job->error); /* it could not be opened */
		return true;
	}
	if (job->size == 0) {
		return true;
	}
	bool done =
		next_batch(l, error) && learn_reading(l, job, error) && note_done(l, job, error);
	tell_progress(l, job->size);
	return done;
}

static bool
hand_over(Learning *l, Job *job, GError **error)
{
	workers_push(l->workers, job);
	while (workers_are_full(l->workers)) {
		if (!take(l, error)) {
			return false;
		}
	}
	return true;
}

static bool
take_all(Learning *l, GError **error)
{
	while (!workers_are_idle(l->workers)) {
		if (!take(l, error)) {
			return false;
		}
	}
	return end_batch(l, error);
}

static bool
is_from_line(BaseBytes line)
{
	return line.n > 5 && memcmp(line.p, "From ", 5) == 0;
}

/* The octets from @offset up to the next LF, read through @source block by block into @line. */
static bool
read_line(BaseSource *source, uint64_t offset, GByteArray *line, GError **error)
{
	g_byte_array_set_size(line, 0);
	uint64_t size = base_source_size(source);
	while (offset + line->len < size) {
		BaseBytes block;
		if (!base_source_peek(source, offset + line->len, &block, error)) {
			return false;
		}
		const uint8_t *end = memchr(block.p, '\n', block.n);
		size_t n = end == NULL ? block.n : (size_t)(end - block.p) + 1;
		if (line->len + n > MBOX_MESSAGE) {
			return base_fail(error, PS_ERROR_LIMIT, "a line of the mbox is too long");
		}
		g_byte_array_append(line, block.p, (guint)n);
		if (end != NULL) {
			return true;
		}
	}
	return true;
}

/* mboxrd: a line of ">"s and "From " has lost one of them. */
static BaseBytes
unquoted(const GByteArray *line)
{
	size_t quotes = 0;
	while (quotes < line->len && line->data[quotes] == '>') {
		quotes++;
	}
	BaseBytes rest = base_bytes(line->data + quotes, line->len - quotes);
	return quotes > 0 && is_from_line(rest) ? base_bytes(line->data + 1, line->len - 1)
						: base_bytes_of_array(line);
}

/* One message of an mbox is complete; @end is where it ends in the file. */
static bool
learn_octets(Learning *l, const char *path, GByteArray **message, uint64_t end, GError **error)
{
	if ((*message)->len == 0) {
		return true;
	}
	Job *job = g_new0(Job, 1);
	job->octets = g_byte_array_free_to_bytes(g_steal_pointer(message));
	job->file = g_strdup(path);
	job->end = (int64_t)end;
	*message = g_byte_array_new();
	return hand_over(l, job, error);
}

/* From @offset on, which is the beginning of the file or of a "From " line. */
static bool
learn_mbox(Learning *l, const char *path, BaseSource *source, uint64_t offset, GError **error)
{
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autoptr(GByteArray) message = g_byte_array_new();
	bool after_blank = true;
	for (; offset < base_source_size(source); offset += line->len) {
		if (!read_line(source, offset, line, error)) {
			return false;
		}
		if (after_blank && is_from_line(base_bytes_of_array(line))) {
			if (!learn_octets(l, path, &message, offset, error)) {
				return false;
			}
			continue;
		}
		after_blank = line->len == 1 || (line->len == 2 && line->data[0] == '\r');
		BaseBytes text = unquoted(line);
		if (message->len + text.n > MBOX_MESSAGE) {
			return base_fail(error, PS_ERROR_LIMIT,
					 "a message of the mbox is too large");
		}
		g_byte_array_append(message, text.p, (guint)text.n);
	}
	return learn_octets(l, path, &message, offset, error);
}

/* A file of a Maildir is a message and need not be looked into. */
static bool
is_mbox(const char *path)
{
	char start[6] = "";
	if (strstr(path, ":2,") != NULL) {
		return false;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, start, sizeof(start));
	if (fd >= 0) {
		close(fd);
	}
	return n > 0 && is_from_line(base_bytes(start, (size_t)n));
}

static bool
octets_known(Learning *l, const char *path, int64_t *octets, GError **error)
{
	g_autofree char *name = lasting_name(path);
	return !l->resumed || store_learning_octets(l->store, l->run, name, octets, error);
}

static bool
learn_file(Learning *l, const char *path, guint64 size, GError **error)
{
	int64_t known = 0;
	if (!octets_known(l, path, &known, error)) {
		return false;
	}
	if (is_mbox(path)) {
		g_autoptr(BaseSource) source = base_source_new_path(path, error);
		uint64_t from = (uint64_t)known <= size ? (uint64_t)known : 0;
		tell_progress(l, from);
		return source != NULL && learn_mbox(l, path, source, from, error);
	}
	if (known > 0) {
		tell_progress(l, (guint64)known);
		return true;
	}
	Job *job = g_new0(Job, 1);
	job->path = g_strdup(path);
	job->file = g_strdup(path);
	job->end = (int64_t)size;
	return hand_over(l, job, error);
}

/* Standard input: one message or an mbox. */
static bool
learn_piped(Learning *l, GError **error)
{
	g_autoptr(BaseSource) source = base_source_new_path("-", error);
	BaseBytes start = base_bytes(NULL, 0);
	if (source == NULL ||
	    (base_source_size(source) > 0 && !base_source_peek(source, 0, &start, error))) {
		return false;
	}
	if (is_from_line(start)) {
		return learn_mbox(l, "-", source, 0, error);
	}
	Job *job = g_new0(Job, 1);
	job->source = g_steal_pointer(&source);
	job->file = g_strdup("-");
	return hand_over(l, job, error);
}

static bool
learn_files(Learning *l, const Mailbox *mailbox, GError **error)
{
	bool done = true;
	for (guint i = 0; done && i < mailbox_count(mailbox); i++) {
		g_autofree char *path = mailbox_path(mailbox, i);
		done = learn_file(l, path, mailbox_size(mailbox, i), error);
	}
	return done;
}

static bool
learn_all(Learning *l, const Mailbox *mailbox, GError **error)
{
	if (!get_sum(l, error)) {
		return false;
	}
	l->workers = workers_new(l->engine);
	bool read = mailbox == NULL ? learn_piped(l, error) : learn_files(l, mailbox, error);
	return read && take_all(l, error) &&
	       (l->run == NULL || store_learning_finish(l->store, l->run, error));
}

PsLearned *
ps_engine_learn(PsEngine *engine, const char *path, PsProgressFunc progress, gpointer user_data,
		GError **error)
{
	bool piped = strcmp(path, "-") == 0;
	g_autoptr(Mailbox) mailbox = piped ? NULL : mailbox_new(path, error);
	if (!piped && mailbox == NULL) {
		return NULL;
	}
	g_autoptr(PsLearned) learned = g_new0(PsLearned, 1);
	g_autofree char *run = piped ? NULL : g_canonicalize_filename(path, NULL);
	Learning l = {
		.engine = engine,
		.learned = learned,
		.run = run,
		.total = mailbox == NULL ? 0 : mailbox_octets(mailbox),
		.progress = progress,
		.user_data = user_data,
	};
	l.store = core_store_write(engine, error);
	bool done = l.store != NULL && learn_all(&l, mailbox, error);
	g_clear_pointer(&l.workers, workers_free);
	g_clear_pointer(&l.tx, store_transaction_free);
	if (done && progress != NULL) {
		progress(l.done, l.total, user_data);
	}
	return done ? g_steal_pointer(&learned) : NULL;
}
