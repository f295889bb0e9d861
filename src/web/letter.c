/* SPDX-License-Identifier: MPL-2.0 */
/* One letter: read, judged, taken apart, and told with its protection. */
#include "enums.h"
#include "web/letters.h"
#include "web/peers.h"

#include "letter/text.h"
#include <string.h>

void
web_letter_free(WebLetter *letter)
{
	if (letter != NULL) {
		g_free(letter->folder);
		g_free(letter->id);
		g_clear_pointer(&letter->octets, g_bytes_unref);
		web_judged_clear(&letter->judged);
		g_clear_pointer(&letter->shown, letter_shown_free);
		g_free(letter);
	}
}

/* Judges what @letter->octets holds; even what is no message is shown somehow. */
static bool
look(WebLetter *letter, WebJudging how, GError **error)
{
	web_judge(web_desk_engine(letter->desk), web_desk_id(letter->desk), letter->octets, how,
		  &letter->judged);
	web_desk_rest(letter->desk);
	const LetterShownOptions options = {.text_only = letter->judged.inert};
	letter->shown = letter_shown_new(letter->judged.content, &options, error);
	return letter->shown != NULL;
}

WebLetter *
web_letter_read(WebDesk *desk, const char *folder, const char *id, MailRole role,
		GCancellable *stop, GError **error)
{
	g_autoptr(WebLetter) letter = g_new0(WebLetter, 1);
	MailStore *store = web_desk_store(desk, error);
	letter->desk = desk;
	letter->folder = g_strdup(folder);
	letter->id = g_strdup(id);
	letter->role = role;
	letter->octets = store == NULL
				 ? NULL
				 : mail_store_read(store, folder, id, &letter->flags, stop, error);
	bool only = role == MAIL_ROLE_JUNK || role == MAIL_ROLE_SENT || role == MAIL_ROLE_DRAFTS ||
		    role == MAIL_ROLE_TRASH;
	return letter->octets != NULL &&
			       look(letter, only ? WEB_JUDGE_ONLY : WEB_JUDGE_LEARN, error)
		       ? g_steal_pointer(&letter)
		       : NULL;
}

WebLetter *
web_letter_of(WebDesk *desk, GBytes *octets, GError **error)
{
	g_autoptr(WebLetter) letter = g_new0(WebLetter, 1);
	letter->desk = desk;
	letter->octets = g_bytes_ref(octets);
	return look(letter, WEB_JUDGE_ONLY, error) ? g_steal_pointer(&letter) : NULL;
}

/* ---- who and what ---- */

static JsonArray *
mailboxes_json(const GPtrArray *mailboxes)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < mailboxes->len; i++) {
		json_array_add_object_element(array,
					      web_mailbox_json(g_ptr_array_index(mailboxes, i)));
	}
	return array;
}

static JsonObject *
author_json(const WebLetter *letter)
{
	const GPtrArray *from = letter->shown->header->from;
	const LetterMailbox none = {(char[]){""}, (char[]){""}};
	const char *shown = letter->judged.verdict == NULL
				    ? NULL
				    : ps_verdict_get_shown(letter->judged.verdict);
	JsonObject *object = web_mailbox_json(from->len == 0 ? &none : g_ptr_array_index(from, 0));
	if (shown != NULL) {
		web_json_set(object, "address", shown);
	}
	return object;
}

static JsonObject *
header_json(const char *name, const char *value, const char *protection)
{
	JsonObject *object = json_object_new();
	web_json_set(object, "name", name);
	web_json_take(object, "value", letter_text_of_field(value));
	web_json_set(object, "protection", protection);
	web_json_set(object, "protection_text", web_protection_text(protection));
	return object;
}

static JsonArray *
headers_json(const WebLetter *letter)
{
	static const char *const NAMES[] = {"From", "To", "Cc", "Subject", "Date"};
	JsonArray *array = json_array_new();
	g_autoptr(GPtrArray) headers = letter->judged.verdict == NULL
					       ? g_ptr_array_new()
					       : ps_verdict_get_headers(letter->judged.verdict);
	for (guint i = 0; i < headers->len; i++) {
		const PsHeader *header = g_ptr_array_index(headers, i);
		json_array_add_object_element(
			array, header_json(header->name, header->value, header->protection));
	}
	for (size_t i = 0; headers->len == 0 && i < G_N_ELEMENTS(NAMES); i++) {
		g_autofree char *value = letter_shown_field(letter->shown, NAMES[i]);
		if (value != NULL) {
			json_array_add_object_element(array,
						      header_json(NAMES[i], value, "unprotected"));
		}
	}
	return array;
}

static JsonArray *
warnings_json(const WebLetter *letter)
{
	JsonArray *array = json_array_new();
	g_autoptr(GPtrArray) warnings = letter->judged.verdict == NULL
						? g_ptr_array_new()
						: ps_verdict_get_warnings(letter->judged.verdict);
	for (guint i = 0; i < warnings->len; i++) {
		const PsWarning *warning = g_ptr_array_index(warnings, i);
		if (strcmp(warning->code, "remote-content") == 0) {
			continue; /* here it is known what became of it */
		}
		JsonObject *object = json_object_new();
		web_json_set(object, "code", warning->code);
		web_json_set(object, "level", warning->level);
		web_json_set(object, "text", warning->text);
		json_array_add_object_element(array, object);
	}
	if (letter->shown->remote > 0) {
		JsonObject *object = json_object_new();
		web_json_set(object, "code", "remote-content");
		web_json_set(object, "level", "note");
		web_json_set(object, "text",
			     _("It would load things from the network; nothing was loaded."));
		json_array_add_object_element(array, object);
	}
	return array;
}

/* ---- the author's rules ---- */

static char *
rule_text(const char *key, const char *value)
{
	static const struct {
		const char *key;
		const char *value; /* NULL: any */
		const char *text;
	} ROWS[] = {
		{"lists", "reseal", N_("Its author allows mailing lists to seal it anew.")},
		{"lists", "no", N_("Its author does not want it on mailing lists.")},
		{"lists", "open", N_("Its author allows mailing lists to pass it on.")},
		{"forward", "sealed", N_("Its author wants it forwarded only sealed.")},
		{"forward", "no", N_("Its author does not want it forwarded.")},
		{"forward", "open", N_("Its author allows it to be forwarded.")},
		{"reply", "sealed", N_("Its author wants answers to be sealed.")},
		{"reply", "open", N_("Its author allows open answers.")},
		{"expires", NULL, N_("Its author calls it out of date after {value}.")},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		if (strcmp(ROWS[i].key, key) == 0 &&
		    (ROWS[i].value == NULL || strcmp(ROWS[i].value, value) == 0)) {
			return web_fill(_(ROWS[i].text), "value", value, NULL);
		}
	}
	return g_strdup_printf("%s: %s", key, value);
}

static JsonArray *
rules_json(const WebLetter *letter)
{
	JsonArray *array = json_array_new();
	JsonObject *rules = web_json_object(letter->judged.json, "rules");
	g_autoptr(GList) names = rules == NULL ? NULL : json_object_get_members(rules);
	for (GList *name = names; name != NULL; name = name->next) {
		const char *value = web_json_text(rules, name->data);
		if (value != NULL) {
			JsonObject *object = json_object_new();
			web_json_set(object, "key", name->data);
			web_json_set(object, "value", value);
			web_json_take(object, "text", rule_text(name->data, value));
			json_array_add_object_element(array, object);
		}
	}
	return array;
}

/* ---- the whole ---- */

static JsonArray *
attachments_json(const WebLetter *letter)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < letter->shown->attachments->len; i++) {
		const LetterAttachment *one = g_ptr_array_index(letter->shown->attachments, i);
		g_autofree char *part = g_strdup_printf("%u", one->part);
		JsonObject *object = json_object_new();
		json_object_set_int_member(object, "part", one->part);
		web_json_set(object, "name", one->name);
		web_json_set(object, "type", one->type);
		json_object_set_int_member(object, "size", (gint64)one->size);
		json_object_set_boolean_member(object, "inline", one->is_inline);
		web_json_take(object, "size_text", web_size(one->size));
		web_json_take(object, "url",
			      letter->id == NULL
				      ? NULL
				      : web_path("mail", web_desk_id(letter->desk), letter->folder,
						 letter->id, "part", part, NULL));
		json_array_add_object_element(array, object);
	}
	return array;
}

/* ---- where to go from here ---- */

static char *
answer_url(const WebLetter *letter, const char *query, const char *kind)
{
	g_autofree char *path = web_path("mail", web_desk_id(letter->desk), "write", NULL);
	g_autofree char *reference = web_reference(letter->folder, letter->id);
	g_autofree char *value = g_uri_escape_string(reference, NULL, FALSE);
	return g_strdup_printf("%s?%s=%s%s%s", path, query, value,
			       kind == NULL ? "" : "&kind=", kind == NULL ? "" : kind);
}

/* Where a key of the author waits for a decision; only a letter with another key asks. */
static char *
decide_url(const WebLetter *letter)
{
	static const char *const OTHER[] = {"changed", "conflict", NULL};
	PsVerdict *verdict = letter->judged.verdict;
	const char *from = verdict == NULL ? NULL : ps_verdict_get_from(verdict);
	bool asks = from != NULL && g_strv_contains(OTHER, ps_verdict_get_history(verdict));
	return asks && web_peer_waits(letter->desk, from) ? web_path("waiting", "", NULL) : NULL;
}

static void
add_urls(JsonObject *object, const WebLetter *letter)
{
	static const char *const PARTS[][2] = {
		{"url", ""}, {"html_url", "html"}, {"source_url", "source"}, {"do_url", "do"}};
	bool draft = letter->role == MAIL_ROLE_DRAFTS;
	const char *desk = web_desk_id(letter->desk);
	for (size_t i = 0; i < G_N_ELEMENTS(PARTS); i++) {
		web_json_take(
			object, PARTS[i][0],
			web_path("mail", desk, letter->folder, letter->id, PARTS[i][1], NULL));
	}
	web_json_take(object, "decide_url", decide_url(letter));
	web_json_take(object, "edit_url", draft ? answer_url(letter, "draft", NULL) : NULL);
	web_json_take(object, "reply_url", draft ? NULL : answer_url(letter, "reply", "reply"));
	web_json_take(object, "reply_all_url",
		      draft ? NULL : answer_url(letter, "reply", "reply-all"));
	web_json_take(object, "forward_url", draft ? NULL : answer_url(letter, "reply", "forward"));
}

static void
add_content(JsonObject *object, const WebLetter *letter)
{
	const LetterShown *shown = letter->shown;
	bool closed = letter->judged.closed;
	web_json_set(object, "text", closed ? "" : shown->text);
	json_object_set_boolean_member(object, "html",
				       !closed && letter->id != NULL && shown->html != NULL);
	json_object_set_int_member(object, "remote", shown->remote);
	json_object_set_boolean_member(object, "cut", shown->cut);
	json_object_set_boolean_member(object, "inert", letter->judged.inert);
	json_object_set_boolean_member(object, "opened", letter->judged.encrypted && !closed);
	json_object_set_array_member(object, "attachments", attachments_json(letter));
}

JsonObject *
web_letter_json(const WebLetter *letter)
{
	JsonObject *object = json_object_new();
	const LetterSummary *header = letter->shown->header;
	const WebJudged *judged = &letter->judged;
	web_json_set(object, "id", letter->id);
	web_json_set(object, "folder", letter->folder);
	json_object_set_array_member(object, "headers", headers_json(letter));
	json_object_set_object_member(object, "from", author_json(letter));
	json_object_set_array_member(object, "to", mailboxes_json(header->to));
	json_object_set_array_member(object, "cc", mailboxes_json(header->cc));
	json_object_set_boolean_member(object, "copies", header->cc->len > 0);
	web_json_set(object, "subject", header->subject);
	web_json_time(object, "date", header->date);
	web_json_take(object, "date_text", web_date(header->date));
	web_json_take(object, "sentence", web_judged_sentence(judged));
	web_json_set(object, "summary",
		     judged->verdict == NULL
			     ? "unprotected"
			     : ps_enum_nick(PS_TYPE_SUMMARY,
					    (int)ps_verdict_get_summary(judged->verdict)));
	web_json_set(object, "mark", web_mark_name(judged->mark));
	web_json_set(object, "mark_text", web_judged_mark_text(judged));
	json_object_set_object_member(object, "verdict", json_object_ref(judged->json));
	json_object_set_array_member(object, "verdict_rows", web_checked_json(judged->json));
	json_object_set_array_member(object, "warnings", warnings_json(letter));
	json_object_set_array_member(object, "rules", rules_json(letter));
	json_object_set_boolean_member(object, "unread", (letter->flags & MAIL_SEEN) == 0);
	json_object_set_boolean_member(object, "flagged", (letter->flags & MAIL_FLAGGED) != 0);
	add_content(object, letter);
	if (letter->id != NULL) {
		add_urls(object, letter);
	}
	return object;
}
