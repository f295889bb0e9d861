/* SPDX-License-Identifier: MPL-2.0 */
/* A letter leaves: decided by the engine, each copy to its readers, the main one to Sent. */
#include "enums.h"
#include "web/draft.h"
#include "web/origin.h"
#include "web/outbox.h"
#include "web/recipients.h"

#include <string.h>

#define DAY (24 * 60 * 60)

/* ---- what would leave ---- */

/* "expires=@SECONDS" of a day, at its end; other values as they are. */
static char *
rule_text(const WebDraft *draft, guint rule)
{
	const char *value = draft->rules[rule];
	if (rule == WEB_RULE_EXPIRES && strlen(value) == strlen("2026-12-31")) {
		g_autofree char *text = g_strconcat(value, "T00:00:00Z", NULL);
		g_autoptr(GDateTime) day = g_date_time_new_from_iso8601(text, NULL);
		return day == NULL ? g_strdup_printf("expires=%s", value)
				   : g_strdup_printf("expires=@%" G_GINT64_FORMAT,
						     g_date_time_to_unix(day) + DAY - 1);
	}
	return g_strdup_printf("%s=%s", web_draft_rule_name(rule), value);
}

static bool
has_rule(const WebDraft *draft, guint rule)
{
	return draft->rules[rule] != NULL && draft->rules[rule][0] != '\0';
}

static PsRequest *
request_of(const WebDraft *draft, const char *level, GError **error)
{
	g_autoptr(PsRequest) request = ps_request_new();
	int value = PS_LEVEL_AUTO;
	if (!ps_enum_parse(PS_TYPE_LEVEL, level == NULL ? draft->level : level, &value)) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "level is auto, plain, signed or sealed");
	}
	ps_request_set_from(request, web_desk_id(draft->desk));
	ps_request_set_level(request, (PsLevel)value);
	ps_request_set_program(request, "postseal");
	ps_request_set_form(request, draft->visible ? PS_FORM_SIGNATURE : PS_FORM_NONE);
	ps_request_set_override_author(request, draft->against);
	for (guint i = 0; i < WEB_RULES; i++) {
		g_autofree char *rule = has_rule(draft, i) ? rule_text(draft, i) : NULL;
		if (rule != NULL && !ps_request_add_rule(request, rule, error)) {
			return NULL;
		}
	}
	return g_steal_pointer(&request);
}

static GBytes *
compose(const WebDraft *draft, LetterPurpose purpose, GError **error)
{
	g_free(draft->letter->from);
	draft->letter->from = web_origin_from(draft->desk);
	return letter_draft_compose(draft->letter, purpose, error);
}

PsOutcome *
web_draft_protect(const WebDraft *draft, const char *level, GError **error)
{
	g_autoptr(PsRequest) request = request_of(draft, level, error);
	g_autoptr(GBytes) octets = request == NULL ? NULL : compose(draft, LETTER_TO_SEND, error);
	if (octets == NULL) {
		return NULL;
	}
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	return ps_engine_protect(web_desk_engine(draft->desk), message, request, error);
}

/* The address of the page with the steps is told beside the sentence. */
static char *
without_link(const char *refused)
{
	const char *link = refused == NULL ? NULL : g_strrstr(refused, ": http");
	return link == NULL ? g_strdup(refused)
			    : g_strdup_printf("%.*s.", (int)(link - refused), refused);
}

JsonObject *
web_outcome_json(const WebDraft *draft, const PsOutcome *outcome)
{
	JsonObject *object = json_object_new();
	bool all = outcome->recipients->len > 0;
	JsonArray *recipients = json_array_new();
	const char *how_to = NULL;
	g_autoptr(GPtrArray) names = web_names_of(draft->letter);
	for (guint i = 0; i < outcome->recipients->len; i++) {
		const PsRecipient *one = g_ptr_array_index(outcome->recipients, i);
		JsonObject *shown = web_recipient_json(draft->desk->site, one, names);
		all = all && one->state == PS_RECIPIENT_STATE_READY;
		json_array_add_object_element(recipients, shown);
		if (how_to == NULL && one->state != PS_RECIPIENT_STATE_READY) {
			how_to = web_json_text(shown, "how_to");
		}
	}
	web_json_set(object, "level", ps_enum_nick(PS_TYPE_LEVEL, (int)outcome->level));
	web_json_set(object, "form", ps_enum_nick(PS_TYPE_FORM, (int)outcome->form));
	web_json_set(object, "reason", outcome->level_reason);
	web_json_take(object, "explanation", ps_outcome_explain(outcome));
	web_json_take(object, "refused", without_link(outcome->refused));
	web_json_set(object, "author_rule", outcome->author_rule);
	json_object_set_boolean_member(object, "ready", all);
	web_json_set(object, "how_to", how_to);
	json_object_set_array_member(object, "recipients", recipients);
	return object;
}

JsonObject *
web_draft_seal_json(const WebDraft *draft)
{
	g_autoptr(PsOutcome) outcome = web_draft_protect(draft, "sealed", NULL);
	if (outcome == NULL || outcome->recipients->len == 0) {
		return NULL;
	}
	g_autoptr(JsonObject) all = web_outcome_json(draft, outcome);
	JsonObject *object = json_object_new();
	bool ready = web_json_true(all, "ready");
	json_object_set_boolean_member(object, "ready", ready && outcome->refused == NULL);
	web_json_set(object, "own", "ready");
	web_json_take(object, "refused", ready ? without_link(outcome->refused) : NULL);
	web_json_copy(object, all, "recipients");
	web_json_copy(object, all, "how_to");
	return object;
}

/* ---- copies ---- */

typedef struct {
	GBytes *octets;
	char **recipients;
	PsCopy *made;
} Copy;

static void
copy_free(gpointer data)
{
	Copy *copy = data;
	g_clear_pointer(&copy->octets, g_bytes_unref);
	g_strfreev(copy->recipients);
	g_clear_object(&copy->made);
	g_free(copy);
}

/* All are made before one leaves. */
static GPtrArray *
make_copies(const PsOutcome *outcome, GError **error)
{
	g_autoptr(GPtrArray) copies = g_ptr_array_new_with_free_func(copy_free);
	for (guint i = 0; i < outcome->copies->len; i++) {
		PsCopy *one = g_ptr_array_index(outcome->copies, i);
		g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
		if (!ps_copy_write(one, stream, error) ||
		    !g_output_stream_close(stream, NULL, error)) {
			return NULL;
		}
		Copy *copy = g_new0(Copy, 1);
		copy->octets =
			g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(stream));
		copy->recipients = g_strdupv((char **)(guintptr)ps_copy_get_recipients(one));
		copy->made = g_object_ref(one);
		g_ptr_array_add(copies, copy);
	}
	return g_steal_pointer(&copies);
}

/* ---- afterwards ---- */

/* An answer to it then proves that its author got it. */
static void
note_sent(const WebDraft *draft, const Copy *copy)
{
	ps_engine_note_sent(web_desk_engine(draft->desk), copy->made);
	web_desk_rest(draft->desk);
}

static void
remove_saved(const WebDraft *draft, MailStore *store)
{
	g_auto(GStrv) words = web_reference_split(draft->saved, 2);
	if (words != NULL) {
		(void)mail_store_remove(store, words[0], words[1], NULL, NULL);
	}
}

static void
mark_answered(const WebDraft *draft, MailStore *store)
{
	g_auto(GStrv) words = web_reference_split(draft->answers, 2);
	bool forward = g_strcmp0(draft->kind, "forward") == 0;
	if (words != NULL) {
		MailChange change = {.set = forward ? MAIL_FORWARDED : MAIL_ANSWERED};
		(void)mail_store_flag(store, words[0], words[1], change, NULL, NULL);
	}
}

/* Sent has the very octets that left. It left, whatever becomes of this. */
static void
file_sent(WebDraft *draft, GBytes *octets, JsonObject *answer)
{
	g_autoptr(GError) error = NULL;
	MailStore *store = web_desk_store(draft->desk, &error);
	g_autofree char *folder =
		store == NULL ? NULL : mail_store_make_folder(store, MAIL_ROLE_SENT, NULL, &error);
	g_autofree char *id =
		folder == NULL ? NULL
			       : mail_store_append(store, folder, octets, MAIL_SEEN, NULL, &error);
	web_json_set(answer, "folder", folder);
	web_json_set(answer, "id", id);
	web_json_set(answer, "note",
		     id == NULL ? _("It was sent, but no copy could be put into the folder of sent "
				    "mail.")
				: NULL);
	if (store != NULL) {
		remove_saved(draft, store);
		mark_answered(draft, store);
	}
}

/* ---- sending ---- */

/* One letter on its way. */
typedef struct {
	WebDraft *draft;
	MailOutlet *outlet;
	WebOutbox *outbox; /* what waits of it; NULL: nothing yet */
	const Copy *first; /* with readers */
	JsonArray *failed;
} Sending;

static void
sending_clear(Sending *sending)
{
	g_clear_pointer(&sending->outlet, mail_outlet_free);
	g_clear_pointer(&sending->outbox, web_outbox_free);
	g_clear_pointer(&sending->failed, json_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sending, sending_clear)

static bool
put_aside(Sending *sending, GBytes *octets, const char *recipient, GError **error)
{
	if (sending->outbox == NULL) {
		sending->outbox =
			web_outbox_new(sending->draft->desk, sending->first->octets, error);
	}
	return sending->outbox != NULL && web_outbox_add(sending->outbox, octets, recipient, error);
}

/* The copies beside the first are on the disk before anything leaves. */
static bool
put_others_aside(Sending *sending, const GPtrArray *copies, GError **error)
{
	bool good = true;
	for (guint i = 0; good && i < copies->len; i++) {
		const Copy *copy = g_ptr_array_index(copies, i);
		if (sending->first == NULL && copy->recipients[0] != NULL) {
			sending->first = copy;
			continue;
		}
		for (guint r = 0; good && copy->recipients[r] != NULL; r++) {
			good = put_aside(sending, copy->octets, copy->recipients[r], error);
		}
	}
	web_desk_rest(sending->draft->desk);
	return good && (sending->first != NULL ||
			base_fail(error, PS_ERROR_ARGUMENT, "name somebody to send it to"));
}

static bool
fail_first(const char *address, const char *reason, GError **error)
{
	g_autofree char *text = web_fill(_("Nothing was sent. {address}: {reason}"), "address",
					 address, "reason", reason, NULL);
	return base_fail(error, PS_ERROR_IO, "%s", text);
}

/* Whether anybody has it, or may have it. */
static bool
has_left(const GPtrArray *fates)
{
	for (guint i = 0; i < fates->len; i++) {
		MailFate fate = ((const MailDelivery *)g_ptr_array_index(fates, i))->fate;
		if (fate == MAIL_FATE_TAKEN || fate == MAIL_FATE_UNSURE) {
			return true;
		}
	}
	return false;
}

/* Why nobody has it: the first who was not only left out because of another one. */
static bool
tell_none(const GPtrArray *fates, GError **error)
{
	const MailDelivery *why = g_ptr_array_index(fates, 0);
	for (guint i = 0; i < fates->len && why->fate == MAIL_FATE_SKIPPED; i++) {
		why = g_ptr_array_index(fates, i);
	}
	return fail_first(why->address, web_fate_text(why), error);
}

/* Neighbours get their letters one by one: whoever cannot have it now gets it later. */
static void
settle_first(Sending *sending, const GPtrArray *fates)
{
	for (guint i = 0; i < fates->len; i++) {
		const MailDelivery *one = g_ptr_array_index(fates, i);
		bool later = one->fate == MAIL_FATE_LATER || one->fate == MAIL_FATE_SKIPPED;
		if (one->fate != MAIL_FATE_TAKEN &&
		    !(later && put_aside(sending, sending->first->octets, one->address, NULL))) {
			web_add_failure(sending->failed, one->address, web_fate_text(one), false);
		}
	}
	web_desk_rest(sending->draft->desk);
}

/* The first copy decides whether the letter left. */
static bool
send_first(Sending *sending, GCancellable *stop, GError **error)
{
	g_autoptr(GError) reason = NULL;
	char **readers = sending->first->recipients;
	const MailEnvelope envelope = {.from = web_desk_id(sending->draft->desk),
				       .recipients = (const char *const *)readers,
				       .all = true};
	g_autoptr(GPtrArray) fates =
		mail_outlet_send(sending->outlet, &envelope, sending->first->octets, stop, &reason);
	if (fates == NULL) {
		return fail_first(readers[0], reason->message, error);
	}
	if (!has_left(fates)) {
		return tell_none(fates, error);
	}
	settle_first(sending, fates);
	return true;
}

/* From here on nothing stops it, even if nobody looks any more. */
static void
send_others(Sending *sending, const GPtrArray *copies)
{
	note_sent(sending->draft, sending->first);
	if (sending->outbox == NULL) {
		return;
	}
	web_outbox_commit(sending->outbox);
	web_outbox_send(sending->outbox, sending->outlet, sending->failed);
	for (guint i = 0; i < copies->len; i++) {
		const Copy *copy = g_ptr_array_index(copies, i);
		bool reached = false;
		for (guint r = 0; copy->recipients[r] != NULL; r++) {
			reached =
				reached || web_outbox_reached(sending->outbox, copy->recipients[r]);
		}
		if (reached && copy != sending->first) {
			note_sent(sending->draft, copy);
		}
	}
}

/* Of the copies the first is the one that its author can read, which goes to Sent; it has no
 * readers where theirs are others (PsOutcome). */
static JsonObject *
send_copies(WebDraft *draft, const GPtrArray *copies, GCancellable *stop, GError **error)
{
	g_auto(Sending) sending = {.draft = draft, .failed = json_array_new()};
	if (!put_others_aside(&sending, copies, error)) {
		return NULL;
	}
	sending.outlet = web_desk_outlet(draft->desk, error);
	if (sending.outlet == NULL || !send_first(&sending, stop, error)) {
		return NULL;
	}
	send_others(&sending, copies);
	g_autoptr(JsonArray) earlier = json_array_new();
	web_outbox_send_due(draft->desk, sending.outlet, earlier);
	JsonObject *answer = json_object_new();
	const Copy *own = g_ptr_array_index(copies, 0);
	json_object_set_boolean_member(answer, "sent", TRUE);
	json_object_set_array_member(answer, "failed", json_array_ref(sending.failed));
	json_object_set_array_member(answer, "earlier", json_array_ref(earlier));
	file_sent(draft, own->octets, answer);
	return answer;
}

JsonObject *
web_draft_deliver(WebDraft *draft, GCancellable *stop, JsonObject **refused, GError **error)
{
	g_autoptr(PsOutcome) outcome = web_draft_protect(draft, NULL, error);
	if (outcome == NULL) {
		return NULL;
	}
	if (outcome->refused != NULL) {
		*refused = web_outcome_json(draft, outcome);
		return NULL;
	}
	g_autoptr(GPtrArray) copies = make_copies(outcome, error);
	web_desk_rest(draft->desk);
	return copies == NULL ? NULL : send_copies(draft, copies, stop, error);
}

/* ---- drafts ---- */

/* As the field Originator-Rules has them. */
static char *
rules_field(const WebDraft *draft)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < WEB_RULES; i++) {
		if (has_rule(draft, i)) {
			g_autofree char *rule = rule_text(draft, i);
			g_string_append_printf(text, "%s%s", text->len == 0 ? "" : ", ", rule);
		}
	}
	return text->len == 0 ? NULL : g_string_free(g_steal_pointer(&text), FALSE);
}

/* What the form has besides what any message has. */
static void
add_notes(const WebDraft *draft)
{
	const struct {
		const char *name;
		const char *value;
	} rows[] = {{"Visible", draft->visible ? "yes" : NULL},
		    {"Against", draft->against ? "yes" : NULL},
		    {"Answers", draft->answers},
		    {"Kind", draft->kind}};

	g_ptr_array_set_size(draft->letter->notes, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].value != NULL) {
			letter_draft_add_note(draft->letter, rows[i].name, rows[i].value);
		}
	}
}

static GBytes *
seal_draft(WebDraft *draft, GError **error)
{
	add_notes(draft);
	g_free(draft->letter->level);
	g_free(draft->letter->rules);
	draft->letter->level = g_strdup(draft->level);
	draft->letter->rules = rules_field(draft);
	g_autoptr(GBytes) octets = compose(draft, LETTER_TO_KEEP, error);
	g_clear_pointer(&draft->letter->level, g_free);
	g_clear_pointer(&draft->letter->rules, g_free);
	if (octets == NULL) {
		return NULL;
	}
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
	return ps_engine_seal_draft(web_desk_engine(draft->desk), web_desk_id(draft->desk), message,
				    stream, error) &&
			       g_output_stream_close(stream, NULL, error)
		       ? g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(stream))
		       : NULL;
}

JsonObject *
web_draft_keep(WebDraft *draft, GCancellable *stop, GError **error)
{
	g_autoptr(GBytes) sealed = seal_draft(draft, error);
	MailStore *store = sealed == NULL ? NULL : web_desk_store(draft->desk, error);
	g_autofree char *folder =
		store == NULL ? NULL : mail_store_make_folder(store, MAIL_ROLE_DRAFTS, stop, error);
	g_autofree char *id = folder == NULL
				      ? NULL
				      : mail_store_append(store, folder, sealed,
							  MAIL_SEEN | MAIL_DRAFT, stop, error);
	if (id == NULL) {
		return NULL;
	}
	remove_saved(draft, store);
	g_free(draft->saved);
	draft->saved = id[0] == '\0' ? NULL : web_reference(folder, id);
	JsonObject *answer = json_object_new();
	web_json_set(answer, "folder", folder);
	web_json_set(answer, "id", id);
	web_json_set(answer, "draft", draft->saved);
	return answer;
}
