/* SPDX-License-Identifier: MPL-2.0 */
/* Learning from existing mail: single messages, Maildir, mbox, folders of these. */
#include "engine/core.h"
#include "engine/incoming.h"

#include "base/error.h"
#include "base/limits.h"
#include <glib/gstdio.h>

#define BATCH           500U                /* messages of one transaction */
#define FOLDER_DEPTH    32U                 /* folders in folders */
#define MBOX_MESSAGE    (256U << 20)        /* octets of one message in an mbox */
#define PROGRESS_OCTETS (UINT64_C(1) << 18) /* between two calls of the progress function */

typedef struct {
	PsEngine *engine;
	Store *store;
	StoreTransaction *tx;
	guint in_batch;
	PsLearned *learned;
	PsProgressFunc progress;
	gpointer user_data;
	guint64 done;
	guint64 told;
	guint64 total;
} Learning;

/* Starts a new batch when the last one is full, so that a kill loses little and nothing is
 * half-written. */
static bool
next_batch(Learning *l, GError **error)
{
	if (l->tx != NULL && l->in_batch < BATCH) {
		l->in_batch++;
		return true;
	}
	if (l->tx != NULL && !store_commit(l->tx, error)) {
		return false;
	}
	g_clear_pointer(&l->tx, store_transaction_free);
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

static bool
learn_source(Learning *l, BaseSource *source, GError **error)
{
	HarvestResult result = {0};
	g_autoptr(GError) reason = NULL;
	if (!next_batch(l, error)) {
		return false;
	}
	l->learned->messages++;
	if (incoming_learn(l->engine, source, &result, &reason)) {
		count_result(l->learned, &result);
	} else if (is_fault_of_message(reason)) {
		l->learned->errors++;
	} else {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	tell_progress(l, base_source_size(source));
	return true;
}

static bool
learn_octets(Learning *l, BaseBytes octets, GError **error)
{
	g_autoptr(BaseSource) source = base_source_new_view(octets);
	return learn_source(l, source, error);
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

static bool
learn_mbox(Learning *l, BaseSource *source, GError **error)
{
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autoptr(GByteArray) message = g_byte_array_new();
	bool after_blank = true;
	for (uint64_t offset = 0; offset < base_source_size(source); offset += line->len) {
		if (!read_line(source, offset, line, error)) {
			return false;
		}
		if (after_blank && is_from_line(base_bytes_of_array(line))) {
			if (message->len > 0 &&
			    !learn_octets(l, base_bytes_of_array(message), error)) {
				return false;
			}
			g_byte_array_set_size(message, 0);
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
	return message->len == 0 || learn_octets(l, base_bytes_of_array(message), error);
}

static bool
learn_file(Learning *l, const char *path, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autoptr(BaseSource) source = base_source_new_path(path, &reason);
	if (source == NULL) {
		l->learned->errors++;
		return true;
	}
	BaseBytes start = base_bytes(NULL, 0);
	if (base_source_size(source) > 0 && !base_source_peek(source, 0, &start, error)) {
		return false;
	}
	if (is_from_line(start)) {
		return learn_mbox(l, source, error);
	}
	return base_source_size(source) == 0 || learn_source(l, source, error);
}

/* The files below @path in a stable order; Maildir's tmp and hidden index files hold no mail. */
static void
collect_files(const char *path, guint depth, GPtrArray *files, guint64 *octets)
{
	GStatBuf status;
	if (g_stat(path, &status) != 0) {
		return;
	}
	if (!S_ISDIR(status.st_mode)) {
		*octets += S_ISREG(status.st_mode) ? (guint64)status.st_size : 0;
		g_ptr_array_add(files, g_strdup(path));
		return;
	}
	g_autoptr(GDir) folder = depth < FOLDER_DEPTH ? g_dir_open(path, 0, NULL) : NULL;
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;
	while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *full = g_build_filename(path, name, NULL);
		bool is_folder = g_file_test(full, G_FILE_TEST_IS_DIR);
		bool skipped = strcmp(name, "tmp") == 0 || (name[0] == '.' && !is_folder) ||
			       g_str_has_prefix(name, "dovecot") ||
			       g_file_test(full, G_FILE_TEST_IS_SYMLINK);
		if (!skipped) {
			g_ptr_array_add(names, g_steal_pointer(&full));
		}
	}
	g_ptr_array_sort(names, (GCompareFunc)(void (*)(void))g_strcmp0);
	for (guint i = 0; i < names->len; i++) {
		collect_files(g_ptr_array_index(names, i), depth + 1, files, octets);
	}
}

static bool
learn_all(Learning *l, const GPtrArray *files, GError **error)
{
	for (guint i = 0; i < files->len; i++) {
		if (!learn_file(l, g_ptr_array_index(files, i), error)) {
			return false;
		}
	}
	return l->tx == NULL || store_commit(l->tx, error);
}

PsLearned *
ps_engine_learn(PsEngine *engine, const char *path, PsProgressFunc progress, gpointer user_data,
		GError **error)
{
	if (strcmp(path, "-") != 0 && !g_file_test(path, G_FILE_TEST_EXISTS)) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "%s: no such file or folder",
				      path);
	}
	g_autoptr(PsLearned) learned = g_new0(PsLearned, 1);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	Learning l = {
		.engine = engine, .learned = learned, .progress = progress, .user_data = user_data};
	if (strcmp(path, "-") == 0) {
		g_ptr_array_add(files, g_strdup(path));
	} else {
		collect_files(path, 0, files, &l.total);
	}
	l.store = core_store_write(engine, error);
	bool done = l.store != NULL && learn_all(&l, files, error);
	g_clear_pointer(&l.tx, store_transaction_free);
	if (done && progress != NULL) {
		progress(l.done, l.total, user_data);
	}
	return done ? g_steal_pointer(&learned) : NULL;
}
