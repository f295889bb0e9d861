/* SPDX-License-Identifier: MPL-2.0 */
/* What mail programs are shown instead of messages: decided once, then always the same. */
#include "engine/harvest.h"
#include "engine/incoming.h"
#include "engine/message.h"
#include "engine/view.h"
#include "enums.h"

#include "base/error.h"
#include "cms/digest.h"
#include "mime/content_type.h"
#include "store/account.h"
#include "store/view.h"
#include <postseal/view.h>

#define ROOM (64U << 20) /* octets that a view may have more than its message, and half of that */

/* One question, and what its answer is kept under. */
typedef struct {
	PsEngine *engine;
	BaseSource *source;
	MimeHeader *header;
	Store *store;
	uint8_t digest[CMS_DIGEST_MAX];
	BaseBytes key;
	const char *account;
	uint64_t body; /* where it begins */
	bool for_us;   /* of a type that is opened */
	bool mark;     /* what is not opened is shown with its status line all the same */
	bool junk;     /* nothing is learned from it */
} Question;

/* What is found at first sight. */
typedef struct {
	Layers *layers;
	Judgement *judgement; /* NULL: what is in the message is broken */
	PsVerdict *verdict;
	GBytes *content; /* NULL: closed */
	StoreView row;
} Sight;

static void
question_clear(Question *question)
{
	g_clear_pointer(&question->header, mime_header_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

static void
sight_clear(Sight *sight)
{
	g_clear_pointer(&sight->judgement, judgement_free);
	g_clear_pointer(&sight->layers, layers_free);
	g_clear_pointer(&sight->verdict, ps_verdict_unref);
	g_clear_pointer(&sight->content, g_bytes_unref);
	g_clear_pointer(&sight->row.status, g_free);
	g_clear_pointer(&sight->row.summary, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sight, sight_clear)

/* RFC 8551 section 3.2; with two fields, other programs may see another message. */
static bool
is_for_us(const MimeHeader *header)
{
	g_autoptr(MimeContentType) type = mime_content_type_of(header, NULL);
	return mime_header_count(header, "Content-Type") == 1 &&
	       (mime_content_type_is(type, "application", "pkcs7-mime") ||
		mime_content_type_is(type, "application", "x-pkcs7-mime"));
}

static bool
read_digest(Question *q, GError **error)
{
	g_autoptr(BaseSink) hash = cms_hash_new(CMS_DIGEST_BIT(CMS_DIGEST_SHA256), NULL);
	if (!base_source_copy(q->source, 0, UINT64_MAX, hash, error)) {
		return false;
	}
	q->key = base_bytes(q->digest, cms_digest_size(CMS_DIGEST_SHA256));
	return cms_hash_take(hash, CMS_DIGEST_SHA256, q->digest) ||
	       base_fail(error, PS_ERROR_CRYPTO, "libcrypto has no SHA-256");
}

/* Faults of the message itself stay; what else goes wrong may pass. */
static bool
is_lasting(const GError *error)
{
	return g_error_matches(error, PS_ERROR, PS_ERROR_MALFORMED) ||
	       g_error_matches(error, PS_ERROR, PS_ERROR_LIMIT);
}

static bool
is_shown(const Layers *layers)
{
	const Layer *encryption = layers_encryption(layers);
	return layers->layers->len > 0 && layers_is_open(layers) &&
	       (encryption == NULL || layer_is_open(encryption));
}

static GBytes *
make_content(const Question *q, const Judgement *judgement, const char *status, GError **error)
{
	uint64_t size = base_source_size(q->source);
	g_autoptr(BaseSink) memory =
		base_sink_new_memory((size_t)MIN(size + size / 2 + ROOM, G_MAXUINT));
	ViewForm form = {status, true};
	return view_write(judgement, &form, q->source, memory, error) ? base_sink_take_bytes(memory)
								      : NULL;
}

/* An error that lasts is a decision: nothing will ever be shown. */
static bool
settle(GError *failure, GError **error)
{
	bool lasting = is_lasting(failure);
	if (lasting) {
		g_error_free(failure);
	} else {
		g_propagate_error(error, failure);
	}
	return lasting;
}

static bool
look(const Question *q, Sight *out, GError **error)
{
	GError *failure = NULL;
	out->row.summary = g_strdup(ps_enum_nick(PS_TYPE_SUMMARY, PS_SUMMARY_UNPROTECTED));
	out->row.time = core_now(q->engine);
	out->row.taught = !q->junk;
	out->layers = incoming_layers(q->engine, q->source, true, &failure);
	if (!core_keys_were_asked(q->engine, error)) {
		g_clear_error(&failure);
		return false;
	}
	if (out->layers == NULL) {
		return settle(failure, error);
	}
	out->judgement = judge(out->layers, error);
	if (out->judgement == NULL) {
		return false;
	}
	/* The verdict comes before anything is learned. */
	out->verdict = judgement_verdict(out->judgement);
	g_free(out->row.summary);
	out->row.summary = g_strdup(ps_enum_nick(PS_TYPE_SUMMARY, (int)out->verdict->summary));
	out->row.outer_from = out->judgement->outer_shown;
	out->row.opened = q->for_us && is_shown(out->layers);
	/* A draft has none, which its program would take for a part of it. */
	out->row.status = out->judgement->draft ? NULL : view_status(out->verdict);
	return true;
}

static bool
show(const Question *q, Sight *sight, GError **error)
{
	GError *failure = NULL;
	StoreView *row = &sight->row;
	if (!row->opened) {
		return true;
	}
	sight->content = make_content(q, sight->judgement, row->status, &failure);
	if (sight->content == NULL) {
		row->opened = false;
		return settle(failure, error);
	}
	row->size = (int64_t)g_bytes_get_size(sight->content);
	return true;
}

/* Of junk, only what binds an answer to it. */
static bool
learn(const Question *q, const Judgement *judgement, GError **error)
{
	HarvestResult learned;
	if (judgement != NULL && q->junk) {
		harvest_binding_only(judgement);
	}
	return judgement == NULL || q->junk || harvest(judgement, &learned, error);
}

/* The first process wins: *@before is what it decided, and nothing is learned or kept then. */
static bool
decide(const Question *q, const Sight *sight, StoreView **before, GError **error)
{
	g_autoptr(StoreTransaction) tx = store_begin(q->store, error);
	if (tx == NULL || !store_view_get(q->store, q->key, q->account, before, error)) {
		return false;
	}
	return *before != NULL ||
	       (learn(q, sight->judgement, error) &&
		store_view_put(q->store, q->key, q->account, &sight->row, error) &&
		store_commit(tx, error));
}

static char *
message_id_of(const Question *q, const Judgement *judgement)
{
	const MimeHeader *shown = judgement == NULL ? q->header : judgement->protection->display;
	return g_strdup(mime_header_value(shown, "Message-ID"));
}

static PsView *
answer(const StoreView *row)
{
	int summary = PS_SUMMARY_UNPROTECTED;
	PsView *view = g_new0(PsView, 1);
	ps_enum_parse(PS_TYPE_SUMMARY, row->summary, &summary);
	view->opened = row->opened;
	view->summary = (PsSummary)summary;
	return view;
}

/* A message that is not opened: its own octets, but for the field that only we write. */
static GBytes *
marked(const Question *q, const char *status, GError **error)
{
	g_autoptr(GByteArray) octets = g_byte_array_new();
	g_autoptr(MimeHeader) header = mime_header_copy(q->header);
	g_autoptr(BaseSink) sink = base_sink_new_array(octets, G_MAXUINT32);
	ViewForm form = {status, mime_header_is_crlf(header)};
	mime_header_remove(header, VIEW_STATUS_FIELD);
	if (status != NULL) {
		mime_header_drop_envelope(header); /* it is a line only where it is the first */
	}
	return view_write_header(header, &form, sink, error) &&
			       base_source_copy(q->source, q->body, UINT64_MAX, sink, error)
		       ? g_byte_array_free_to_bytes(g_steal_pointer(&octets))
		       : NULL;
}

/* Shown as it came, with what was found of it if that is wanted for every message; never with what
 * somebody else says was found. */
static PsView *
show_closed(const Question *q, const StoreView *row, GError **error)
{
	static const char broken[] = VIEW_STATUS_FIELD
		": unprotected; signature=malformed; encryption=malformed; history=none";
	const char *status = row->status == NULL ? broken : row->status;
	g_autoptr(PsView) view = answer(row);
	view->message_id = message_id_of(q, NULL);
	view->opened = q->mark || mime_header_count(q->header, VIEW_STATUS_FIELD) > 0;
	view->content = view->opened ? marked(q, q->mark ? status : NULL, error) : NULL;
	return view->opened && view->content == NULL ? NULL : g_steal_pointer(&view);
}

/* As it was shown the first time. */
static PsView *
show_again(const Question *q, const StoreView *row, GError **error)
{
	if (!row->opened) {
		return show_closed(q, row, error);
	}
	g_autoptr(PsView) view = answer(row);
	g_autoptr(Layers) layers = incoming_layers(q->engine, q->source, false, error);
	if (layers == NULL || !core_keys_were_asked(q->engine, error)) {
		return NULL;
	}
	g_autoptr(Judgement) judgement = judge_signature(layers);
	if (!is_shown(layers)) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "the key that opened the message is not here any more");
	}
	judgement->draft = row->status == NULL;
	if (row->outer_from) {
		judge_show_outer_from(judgement);
	}
	view->content = make_content(q, judgement, row->status, error);
	view->message_id = message_id_of(q, judgement);
	return view->content == NULL ? NULL : g_steal_pointer(&view);
}

/* It was put aside as junk when its view was decided, and is not any more: it teaches as if it were
 * new. */
static bool
teach(const Question *q, GError **error)
{
	g_auto(Sight) sight = {0};
	if (!look(q, &sight, error)) {
		return false;
	}
	g_autoptr(StoreTransaction) tx = store_begin(q->store, error);
	return tx != NULL && learn(q, sight.judgement, error) &&
	       store_view_teach(q->store, q->key, error) && store_commit(tx, error);
}

static PsView *
show_first(const Question *q, GError **error)
{
	g_autoptr(StoreView) before = NULL;
	g_auto(Sight) sight = {0};
	if (!look(q, &sight, error) || !show(q, &sight, error) ||
	    !decide(q, &sight, &before, error)) {
		return NULL;
	}
	if (before != NULL) {
		sight_clear(&sight); /* its content need not be there twice */
		return show_again(q, before, error);
	}
	PsView *view = sight.row.opened ? answer(&sight.row) : show_closed(q, &sight.row, error);
	if (view != NULL && sight.row.opened) {
		view->content = g_steal_pointer(&sight.content);
		view->message_id = message_id_of(q, sight.judgement);
	}
	if (view != NULL && sight.verdict != NULL) {
		view->verdict = ps_verdict_to_json(sight.verdict);
	}
	return view;
}

/* It is shown as it is, unless it brings a verdict of its own: then without that, which is always
 * the same, so nothing is decided. */
static PsView *
show_ordinary(const Question *q, PsMessage *message, GError **error)
{
	g_autoptr(PsView) view = g_new0(PsView, 1);
	view->summary = PS_SUMMARY_UNPROTECTED;
	view->message_id = message_id_of(q, NULL);
	if (mime_header_count(q->header, VIEW_STATUS_FIELD) == 0) {
		return g_steal_pointer(&view);
	}
	view->opened = TRUE;
	view->content = marked(q, NULL, error);
	g_autoptr(PsVerdict) verdict =
		q->junk ? ps_engine_verify(q->engine, message, NULL)
			: ps_engine_learn_message(q->engine, message, FALSE, NULL);
	view->verdict = verdict == NULL ? NULL : ps_verdict_to_json(verdict);
	return view->content == NULL ? NULL : g_steal_pointer(&view);
}

/* What was decided for one of the accounts: which of them is the first may have changed since. */
static bool
find_decision(const Question *q, StoreView **row, GError **error)
{
	if (!store_view_get(q->store, q->key, q->account, row, error)) {
		return false;
	}
	if (*row != NULL || !core_is_limited(q->engine)) {
		return true;
	}
	g_autoptr(GPtrArray) accounts = core_accounts(q->engine, error);
	bool done = accounts != NULL;
	for (guint i = 0; done && *row == NULL && i < accounts->len; i++) {
		const StoreAccount *account = g_ptr_array_index(accounts, i);
		done = store_view_get(q->store, q->key, account->address, row, error);
	}
	return done;
}

PsView *
ps_engine_view_as(PsEngine *engine, PsMessage *message, PsViewFlags flags, GError **error)
{
	g_auto(Question) q = {
		.engine = engine,
		.source = message_source(message),
		.account = core_whose(engine),
		.mark = (flags & PS_VIEW_MARKED) != 0,
		.junk = (flags & PS_VIEW_JUNK) != 0,
	};
	if (!message_read_header(q.source, &q.header, &q.body, error)) {
		return NULL;
	}
	q.for_us = is_for_us(q.header);
	if (!q.for_us && !q.mark) {
		return show_ordinary(&q, message, error);
	}
	g_autoptr(StoreView) row = NULL;
	(void)core_keys_were_asked(engine, NULL); /* by others before */
	q.store = core_store_write(engine, error);
	if (q.store == NULL || !read_digest(&q, error) || !find_decision(&q, &row, error)) {
		return NULL;
	}
	if (row != NULL && !row->taught && !q.junk && !teach(&q, error)) {
		return NULL;
	}
	return row != NULL ? show_again(&q, row, error) : show_first(&q, error);
}

PsView *
ps_engine_view(PsEngine *engine, PsMessage *message, GError **error)
{
	return ps_engine_view_as(engine, message, PS_VIEW_DEFAULT, error);
}
