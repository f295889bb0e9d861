/* SPDX-License-Identifier: MPL-2.0 */
/* A letter while it is written, as the form and the interface show it. */
#include "enums.h"
#include "web/draft.h"
#include "web/origin.h"
#include "web/recipients.h"

#include <string.h>

static JsonArray *
files_json(const WebDraft *draft)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < draft->letter->files->len; i++) {
		const LetterFile *file = g_ptr_array_index(draft->letter->files, i);
		gsize n = g_bytes_get_size(file->content);
		JsonObject *object = json_object_new();
		g_autofree char *id = web_draft_file_id(file);
		web_json_set(object, "id", id);
		web_json_set(object, "index", id);
		web_json_set(object, "name", file->name);
		web_json_set(object, "type", file->type);
		json_object_set_int_member(object, "size", (gint64)n);
		web_json_take(object, "size_text", web_size(n));
		json_array_add_object_element(array, object);
	}
	return array;
}

/* "2026-12-31" of "@1801353600", for a date field. */
static char *
day_of(const char *time)
{
	gint64 seconds = 0;
	const char *digits = time != NULL && time[0] == '@' ? time + 1 : time;
	if (digits == NULL ||
	    !g_ascii_string_to_signed(digits, 10, 1, G_MAXINT64, &seconds, NULL)) {
		return g_strdup(time);
	}
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(seconds);
	return date == NULL ? NULL : g_date_time_format(date, "%Y-%m-%d");
}

static JsonObject *
rules_json(const WebDraft *draft)
{
	JsonObject *object = json_object_new();
	for (guint i = 0; i < WEB_RULES; i++) {
		web_json_take(object, web_draft_rule_name(i),
			      i == WEB_RULE_EXPIRES ? day_of(draft->rules[i])
						    : g_strdup(draft->rules[i]));
	}
	return object;
}

/* As it would be to those who are named; while nobody is, to oneself. */
static PsOutcome *
outcome_of(const WebDraft *draft)
{
	LetterDraft *letter = draft->letter;
	g_autoptr(GPtrArray) names = web_names_of(letter);
	g_autofree char *to = names->len > 0 ? NULL : letter->to;
	if (names->len == 0) {
		letter->to = g_strdup(web_desk_id(draft->desk));
	}
	PsOutcome *outcome = web_draft_protect(draft, "auto", NULL);
	if (names->len == 0) {
		g_free(letter->to);
		letter->to = g_steal_pointer(&to);
	}
	return outcome;
}

/* What the author of the letter answered wants, in one sentence, and how to go on against it. */
static void
add_author(JsonObject *object, const WebDraft *draft, const char *rule)
{
	static const struct {
		const char *rule;
		const char *text;
		const char *choice;
	} ROWS[] = {
		{"forward=no", N_("The author of this letter does not want it forwarded."),
		 N_("I forward it all the same")},
		{"forward=sealed",
		 N_("The author of this letter wants it forwarded only sealed: it leaves sealed, or "
		    "not at all."),
		 N_("I may send it open all the same")},
		{"reply=sealed",
		 N_("The author of the letter wants answers to be sealed: it leaves sealed, or not "
		    "at all."),
		 N_("I may send it open all the same")},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		if (g_strcmp0(rule, ROWS[i].rule) == 0) {
			JsonObject *author = json_object_new();
			web_json_set(author, "rule", rule);
			web_json_set(author, "sentence", _(ROWS[i].text));
			web_json_set(author, "choice", _(ROWS[i].choice));
			json_object_set_boolean_member(author, "overridden", draft->against);
			json_object_set_object_member(object, "author", author);
		}
	}
}

void
web_draft_add_floor(JsonObject *object, const WebDraft *draft)
{
	static const struct {
		const char *reason;
		const char *text;
	} ROWS[] = {
		{"rule", N_("A rule of yours for a recipient wants it sealed: it leaves sealed, or "
			    "not at all, unless you choose another level below.")},
		{"answers-sealed",
		 N_("It answers or forwards a sealed letter: it leaves sealed, or not at all. "
		    "Choosing another level below would show what was closed.")},
		{"author-rule", NULL}, /* its own sentence says it */
	};

	g_autoptr(PsOutcome) outcome = outcome_of(draft);
	const char *level = "plain";
	const char *text = NULL;
	for (size_t i = 0; outcome != NULL && i < G_N_ELEMENTS(ROWS); i++) {
		if (g_strcmp0(outcome->level_reason, ROWS[i].reason) == 0) {
			level = ps_enum_nick(PS_TYPE_LEVEL, (int)outcome->level);
			text = ROWS[i].text == NULL ? NULL : _(ROWS[i].text);
		}
	}
	web_json_set(object, "floor", level);
	web_json_set(object, "floor_text", text);
	json_object_set_null_member(object, "author");
	add_author(object, draft, outcome == NULL ? NULL : outcome->author_rule);
}

/* Message-IDs, the message answered last. */
static char *
thread_of(const LetterDraft *letter)
{
	const char *before = letter->references == NULL ? "" : letter->references;
	const char *id = letter->in_reply_to == NULL ? "" : letter->in_reply_to;
	return g_str_has_suffix(before, id)
		       ? g_strdup(before)
		       : g_strconcat(before, before[0] == '\0' ? "" : " ", id, NULL);
}

JsonObject *
web_draft_json(const WebDraft *draft)
{
	JsonObject *object = json_object_new();
	const LetterDraft *letter = draft->letter;

	const struct {
		const char *name;
		const char *value;
	} rows[] = {{"to", letter->to},
		    {"cc", letter->cc},
		    {"bcc", letter->bcc},
		    {"subject", letter->subject},
		    {"text", letter->text},
		    {"level", draft->level},
		    {"in_reply_to", draft->answers},
		    {"kind", draft->kind},
		    {"draft", draft->saved},
		    {"note", draft->note}};

	web_json_take(object, "from", web_origin_from(draft->desk));
	web_json_take(object, "thread", thread_of(letter));
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		web_json_set(object, rows[i].name, rows[i].value == NULL ? "" : rows[i].value);
	}
	json_object_set_boolean_member(object, "visible_signature", draft->visible);
	json_object_set_boolean_member(object, "override_author", draft->against);
	json_object_set_object_member(object, "rules", rules_json(draft));
	json_object_set_array_member(object, "attachments", files_json(draft));
	web_draft_add_floor(object, draft);
	return object;
}
