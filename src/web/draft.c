/* SPDX-License-Identifier: MPL-2.0 */
/* Forms and JSON bodies as letters, and back. */
#include "web/draft.h"
#include "enums.h"

#include "base/base64.h"
#include "web/origin.h"
#include "web/recipients.h"
#include "web/request.h"
#include <string.h>

static const char *const RULES[WEB_RULES] = {
	[WEB_RULE_LISTS] = "lists",
	[WEB_RULE_FORWARD] = "forward",
	[WEB_RULE_REPLY] = "reply",
	[WEB_RULE_EXPIRES] = "expires",
};

const char *
web_draft_rule_name(guint rule)
{
	return RULES[rule];
}

void
web_draft_free(WebDraft *draft)
{
	if (draft != NULL) {
		g_clear_pointer(&draft->letter, letter_draft_free);
		g_free(draft->level);
		for (guint i = 0; i < WEB_RULES; i++) {
			g_free(draft->rules[i]);
		}
		g_free(draft->answers);
		g_free(draft->kind);
		g_free(draft->saved);
		g_free(draft->lost);
		g_free(draft->note);
		g_free(draft);
	}
}

char *
web_draft_file_id(const LetterFile *file)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	gsize n = 0;
	const guchar *octets = g_bytes_get_data(file->content, &n);
	g_checksum_update(sum, (const guchar *)file->name, (gssize)strlen(file->name) + 1);
	if (n > 0) {
		g_checksum_update(sum, octets, (gssize)n);
	}
	return g_strndup(g_checksum_get_string(sum), 32);
}

static void
set(char **slot, const char *value)
{
	g_free(*slot);
	*slot = g_strdup(value);
}

static WebDraft *
draft_new(WebDesk *desk)
{
	WebDraft *draft = g_new0(WebDraft, 1);
	draft->desk = desk;
	draft->letter = letter_draft_new();
	draft->letter->text = g_strdup("");
	draft->level = g_strdup("auto");
	return draft;
}

/* ---- beginning ---- */

/* "forward=sealed, expires=@1801353600", as letter_draft_read() gives it back. */
static void
read_rules(WebDraft *draft)
{
	g_auto(GStrv) pairs =
		g_strsplit(draft->letter->rules == NULL ? "" : draft->letter->rules, ",", 16);
	for (guint i = 0; pairs[i] != NULL; i++) {
		const char *pair = g_strstrip(pairs[i]);
		const char *value = strchr(pair, '=');
		for (guint r = 0; value != NULL && r < WEB_RULES; r++) {
			if (strlen(RULES[r]) == (size_t)(value - pair) &&
			    strncmp(RULES[r], pair, strlen(RULES[r])) == 0) {
				set(&draft->rules[r], value + 1);
			}
		}
	}
}

/* Whose In-Reply-To it has is answered; a forward passes on, which the Subject need not tell. */
static void
mark_forward(WebDraft *draft)
{
	LetterDraft *letter = draft->letter;
	if (g_strcmp0(draft->kind, "forward") == 0 && letter->in_reply_to != NULL) {
		letter_draft_add_field(letter, "X-Forwarded-Message-Id", letter->in_reply_to);
		g_clear_pointer(&letter->in_reply_to, g_free);
	}
}

/* What the form had besides what any message has (web_draft_keep()). */
static void
read_notes(WebDraft *draft)
{
	const LetterDraft *letter = draft->letter;
	draft->visible = letter_draft_note(letter, "Visible") != NULL;
	draft->against = letter_draft_note(letter, "Against") != NULL;
	set(&draft->answers, letter_draft_note(letter, "Answers"));
	set(&draft->kind, letter_draft_note(letter, "Kind"));
}

static bool
begin_saved(WebDraft *draft, const char *reference, GCancellable *stop, GError **error)
{
	LetterDraft *letter = web_origin_draft(draft->desk, reference, stop, error);
	if (letter == NULL) {
		return false;
	}
	letter_draft_free(draft->letter);
	draft->letter = letter;
	draft->saved = g_strdup(reference);
	if (letter->level != NULL && letter->level[0] != '\0') {
		set(&draft->level, letter->level);
	}
	read_rules(draft);
	read_notes(draft);
	/* What would leave is asked for apart from these (web/draft.h). */
	g_clear_pointer(&letter->level, g_free);
	g_clear_pointer(&letter->rules, g_free);
	return true;
}

static bool
begin_answer(WebDraft *draft, const char *reference, const char *kind, GCancellable *stop,
	     GError **error)
{
	static const char *const NOTES[] = {
		[WEB_ORIGIN_FINE] = NULL,
		[WEB_ORIGIN_NOT_QUOTED] = N_("Nobody is known to have written what is answered "
					     "here, so nothing of it is quoted."),
	};

	WebOriginNote note = WEB_ORIGIN_FINE;
	LetterDraft *letter = web_origin_answer(draft->desk, reference, kind, &note, stop, error);
	if (letter == NULL) {
		return false;
	}
	letter_draft_free(draft->letter);
	draft->letter = letter;
	draft->answers = g_strdup(reference);
	draft->kind = g_strdup(kind == NULL ? "reply" : kind);
	mark_forward(draft);
	if (NOTES[note] != NULL) {
		draft->note = g_strdup(_(NOTES[note]));
	}
	return true;
}

WebDraft *
web_draft_begin(WebRequest *request, WebDesk *desk, GError **error)
{
	g_autoptr(WebDraft) draft = draft_new(desk);
	const char *reply = web_request_query(request, "reply");
	const char *saved = web_request_query(request, "draft");
	bool good = true;
	if (saved != NULL) {
		good = begin_saved(draft, saved, request->stop, error);
	} else if (reply != NULL) {
		good = begin_answer(draft, reply, web_request_query(request, "kind"), request->stop,
				    error);
	} else {
		set(&draft->letter->to, web_request_query(request, "to"));
		set(&draft->letter->subject, web_request_query(request, "subject"));
	}
	return good ? g_steal_pointer(&draft) : NULL;
}

/* As the form carried it along, the message answered last; false: it did not. */
static bool
take_carried_thread(WebDraft *draft, const char *thread)
{
	const char *last = thread == NULL ? NULL : strrchr(thread, '<');
	if (last != NULL) {
		set(&draft->letter->references, thread);
		set(&draft->letter->in_reply_to, last);
		mark_forward(draft);
	}
	return thread != NULL;
}

static bool
is_said(const char *value)
{
	return value != NULL && value[0] != '\0';
}

bool
web_draft_answers(const WebDraft *draft)
{
	return draft->letter->in_reply_to != NULL || draft->letter->fields->len > 0;
}

WebDraft *
web_draft_thread(WebRequest *request, WebDesk *desk)
{
	g_autoptr(WebDraft) draft = draft_new(desk);
	const char *reference = web_request_query(request, "in_reply_to");
	const char *kind = web_request_query(request, "kind");
	kind = kind == NULL || kind[0] == '\0' ? NULL : kind;
	if (reference == NULL || reference[0] == '\0' ||
	    !begin_answer(draft, reference, kind, request->stop, NULL)) {
		set(&draft->kind, kind);
		(void)take_carried_thread(draft, web_request_query(request, "thread"));
	}
	LetterDraft *letter = draft->letter;
	draft->against = is_said(web_request_query(request, "override_author"));
	set(&letter->to, web_request_query(request, "to"));
	set(&letter->cc, web_request_query(request, "cc"));
	set(&letter->bcc, web_request_query(request, "bcc"));
	return g_steal_pointer(&draft);
}

/* ---- reading ---- */

static const char *
rule_of(WebRequest *request, guint rule)
{
	g_autofree char *field = g_strconcat("rule_", RULES[rule], NULL);
	return request->json != NULL
		       ? web_json_text(
				 web_json_object(json_node_get_object(request->json), "rules"),
				 RULES[rule])
		       : web_request_field(request, field);
}

static bool
is_ticked(WebRequest *request, const char *name)
{
	return request->json != NULL ? web_json_true(json_node_get_object(request->json), name)
				     : web_request_field(request, name) != NULL;
}

static bool
read_plain_fields(WebRequest *request, WebDraft *draft, GError **error)
{
	LetterDraft *letter = draft->letter;

	const struct {
		const char *name;
		char **slot;
	} rows[] = {{"to", &letter->to},
		    {"cc", &letter->cc},
		    {"bcc", &letter->bcc},
		    {"subject", &letter->subject},
		    {"text", &letter->text},
		    {"level", &draft->level},
		    {"in_reply_to", &draft->answers},
		    {"kind", &draft->kind},
		    {"draft", &draft->saved}};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		const char *value = web_request_field(request, rows[i].name);
		if (value != NULL && value[0] != '\0') {
			set(rows[i].slot, value);
		}
	}
	for (guint i = 0; i < WEB_RULES; i++) {
		set(&draft->rules[i], rule_of(request, i));
	}
	draft->visible = is_ticked(request, "visible_signature");
	draft->against = is_ticked(request, "override_author");
	if (request->json == NULL && web_request_field(request, "encrypt") != NULL) {
		set(&draft->level, "sealed"); /* the button counts more than the choices below it */
	}
	int level = 0;
	return ps_enum_parse(PS_TYPE_LEVEL, draft->level, &level) ||
	       base_fail(error, PS_ERROR_ARGUMENT, "level is auto, plain, signed or sealed");
}

/* New files: of a form, or with their octets in the JSON. */
static bool
read_new_files(WebRequest *request, WebDraft *draft, GError **error)
{
	for (guint i = 0; i < request->files->len; i++) {
		const WebFile *file = g_ptr_array_index(request->files, i);
		letter_draft_add_file(draft->letter, file->name, file->type, file->data);
	}
	JsonArray *array =
		request->json == NULL
			? NULL
			: web_json_array(json_node_get_object(request->json), "attachments");
	for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
		JsonObject *one = web_json_at(array, i);
		const char *data = web_json_text(one, "data");
		const char *name = web_json_text(one, "name");
		g_autoptr(GBytes) octets =
			data == NULL ? NULL : base64_decode_bytes(base_bytes_str(data), true);
		if (data != NULL && (octets == NULL || name == NULL)) {
			return base_fail(error, PS_ERROR_MALFORMED,
					 "an attachment has a name, and its data in base64");
		}
		if (octets != NULL) {
			letter_draft_add_file(draft->letter, name, web_json_text(one, "type"),
					      octets);
		}
	}
	return true;
}

/* The attachments that are to stay, by web_draft_file_id(). */
static GHashTable *
kept_ids(WebRequest *request)
{
	GHashTable *ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const GPtrArray *keep = web_request_all(request, "keep");
	for (guint i = 0; keep != NULL && i < keep->len; i++) {
		g_hash_table_add(ids, g_strdup(g_ptr_array_index(keep, i)));
	}
	JsonArray *array =
		request->json == NULL
			? NULL
			: web_json_array(json_node_get_object(request->json), "attachments");
	for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
		JsonObject *one = web_json_at(array, i);
		const char *id =
			web_json_text(one, "data") == NULL ? web_json_text(one, "id") : NULL;
		if (id != NULL) {
			g_hash_table_add(ids, g_strdup(id));
		}
	}
	return ids;
}

/* Each attachment once, though the draft and the message forwarded may both have it. */
static void
take_files(WebDraft *draft, const LetterDraft *origin, GHashTable *ids)
{
	for (guint i = 0; i < origin->files->len; i++) {
		const LetterFile *file = g_ptr_array_index(origin->files, i);
		g_autofree char *id = web_draft_file_id(file);
		if (g_hash_table_remove(ids, id)) {
			letter_draft_add_file(draft->letter, file->name, file->type, file->content);
		}
	}
}

static void
take_thread(WebDraft *draft, const LetterDraft *origin)
{
	set(&draft->letter->in_reply_to, origin->in_reply_to);
	set(&draft->letter->references, origin->references);
	for (guint i = 0; i < origin->fields->len; i++) {
		const LetterField *field = g_ptr_array_index(origin->fields, i);
		letter_draft_add_field(draft->letter, field->name, field->value);
	}
}

/* What it belongs to decides how it may leave, so without it nothing does. */
static bool
miss_thread(WebRequest *request, WebDraft *draft, const GError *reason, GError **error)
{
	if (take_carried_thread(draft, web_request_field(request, "thread"))) {
		return true;
	}
	if (reason != NULL) {
		g_propagate_error(error, g_error_copy(reason));
		return false;
	}
	set(&draft->lost,
	    _("What this letter belongs to cannot be read any more: it was changed elsewhere, "
	      "perhaps in another window. Open it again from its folder."));
	return true;
}

/* Threading and attachments that the form only names. */
static bool
read_origins(WebRequest *request, WebDraft *draft, GError **error)
{
	WebOriginNote note = WEB_ORIGIN_FINE;
	g_autoptr(GError) gone = NULL;
	g_autoptr(GHashTable) ids = kept_ids(request);
	g_autoptr(LetterDraft) saved =
		draft->saved == NULL
			? NULL
			: web_origin_draft(draft->desk, draft->saved, request->stop, NULL);
	g_autoptr(LetterDraft) answer =
		draft->answers == NULL ? NULL
				       : web_origin_answer(draft->desk, draft->answers, draft->kind,
							   &note, request->stop, &gone);
	const LetterDraft *origin = answer != NULL ? answer : saved;
	if (origin != NULL) {
		take_thread(draft, origin);
		mark_forward(draft);
	} else if ((draft->answers != NULL || draft->saved != NULL) &&
		   !miss_thread(request, draft, gone, error)) {
		return false;
	}
	if (saved == NULL) { /* somebody else removed it: it is saved anew */
		g_clear_pointer(&draft->saved, g_free);
	} else {
		take_files(draft, saved, ids);
	}
	if (answer != NULL) {
		take_files(draft, answer, ids);
	}
	if (g_hash_table_size(ids) > 0) {
		set(&draft->lost, _("An attachment that was to stay is not there any more: the "
				    "letter was changed elsewhere, perhaps in another window. "
				    "Choose the file again, or go on without it."));
	}
	return true;
}

WebDraft *
web_draft_read(WebRequest *request, WebDesk *desk, GError **error)
{
	g_autoptr(WebDraft) draft = draft_new(desk);
	return read_plain_fields(request, draft, error) && read_origins(request, draft, error) &&
			       read_new_files(request, draft, error)
		       ? g_steal_pointer(&draft)
		       : NULL;
}
