/* SPDX-License-Identifier: MPL-2.0 */
/* Where a letter begins: from nothing, from the one it answers, from a saved draft. */
#include "web/origin.h"
#include "web/draft.h"

#include <string.h>

#define WITNESS_ROLE MAIL_ROLE_SENT /* what is only answered is not learned from again */

static WebLetter *
read_reference(WebDesk *desk, const char *reference, GCancellable *stop, GError **error)
{
	g_auto(GStrv) words = web_reference_split(reference, 2);
	if (words == NULL) {
		base_fail(error, PS_ERROR_ARGUMENT, "%s",
			  _("A message is named as FOLDER/ID, both percent-encoded."));
		return NULL;
	}
	return web_letter_read(desk, words[0], words[1], WITNESS_ROLE, stop, error);
}

/* The fields that somebody signed; NULL: none is, so that all count as they are. */
static const char **
protected_fields(const WebLetter *letter, GPtrArray **keep)
{
	PsVerdict *verdict = letter->judged.verdict;
	*keep = verdict == NULL ? g_ptr_array_new() : ps_verdict_get_headers(verdict);
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	for (guint i = 0; i < (*keep)->len; i++) {
		const PsHeader *header = g_ptr_array_index(*keep, i);
		if (strcmp(header->protection, "unprotected") != 0) {
			g_ptr_array_add(names, header->name);
		}
	}
	if (names->len == 0) {
		return NULL;
	}
	g_ptr_array_add(names, NULL);
	return (const char **)(void *)g_ptr_array_steal(names, NULL);
}

static char *
attribution(const WebLetter *letter)
{
	const LetterSummary *header = letter->shown->header;
	g_autofree char *date = web_date(header->date);
	const LetterMailbox *from =
		header->from->len == 0 ? NULL : g_ptr_array_index(header->from, 0);
	const char *name = from == NULL ? "" : from->name[0] == '\0' ? from->address : from->name;
	return web_fill(_("On {date}, {name} wrote:"), "date", date, "name", name, NULL);
}

/* An answer goes to the author that the engine names, where programs read a field differently:
 * "boss@example.org\\<mallory@example.net>". */
static void
agree_on_author(const WebLetter *letter)
{
	GPtrArray *boxes = letter->shown->header->from;
	const LetterMailbox *box = boxes->len == 0 ? NULL : g_ptr_array_index(boxes, 0);
	const char *from =
		letter->judged.verdict == NULL ? NULL : ps_verdict_get_from(letter->judged.verdict);
	if (from != NULL && (boxes->len != 1 || !letter_address_equal(box->address, from))) {
		LetterMailbox *named = letter_mailbox_new(box == NULL ? "" : box->name, from);
		g_ptr_array_set_size(boxes, 0);
		g_ptr_array_add(boxes, named);
	}
}

/* What was closed stays so in its answer, which the engine tells by the Message-ID: by the one
 * outside, too, where there is none inside or nobody signed it. */
static void
keep_thread(const WebLetter *letter, LetterDraft *draft)
{
	g_autoptr(LetterSummary) outside = letter_summary_new(base_bytes_of(letter->octets));
	if (draft->in_reply_to == NULL && outside->message_id != NULL) {
		draft->in_reply_to = g_strdup(outside->message_id);
		g_free(draft->references);
		draft->references = g_strdup(outside->message_id);
	}
}

LetterDraft *
web_origin_answer(WebDesk *desk, const char *reference, const char *kind, WebOriginNote *note,
		  GCancellable *stop, GError **error)
{
	g_autoptr(WebLetter) letter = read_reference(desk, reference, stop, error);
	g_autoptr(GPtrArray) headers = NULL;
	LetterReplyRequest request = {.kind = LETTER_REPLY};
	if (letter == NULL) {
		return NULL;
	}
	if (kind != NULL && !letter_reply_kind_parse(kind, &request.kind)) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "kind is reply, reply-all or forward");
	}
	agree_on_author(letter);
	g_autofree char *own = web_origin_from(desk);
	g_autofree const char **fields = protected_fields(letter, &headers);
	g_autofree char *line = attribution(letter);
	request.own = own;
	request.protected_fields = fields;
	request.inert = letter->judged.inert || letter->judged.closed;
	request.attribution = line;
	*note = request.inert ? WEB_ORIGIN_NOT_QUOTED : WEB_ORIGIN_FINE;
	LetterDraft *draft = letter_reply(letter->shown, &request);
	if (draft != NULL) {
		keep_thread(letter, draft);
	}
	return draft;
}

/* Whoever can write into the folder may have put them into a draft that is not sealed. */
static void
forget_choices(LetterDraft *draft)
{
	g_clear_pointer(&draft->level, g_free);
	g_ptr_array_set_size(draft->notes, 0);
}

LetterDraft *
web_origin_draft(WebDesk *desk, const char *reference, GCancellable *stop, GError **error)
{
	g_autoptr(WebLetter) letter = read_reference(desk, reference, stop, error);
	MailStore *store = letter == NULL ? NULL : web_desk_store(desk, error);
	g_autofree char *drafts =
		store == NULL ? NULL : mail_store_folder_of(store, MAIL_ROLE_DRAFTS, stop, error);
	if (drafts == NULL) {
		return NULL;
	}
	if (strcmp(drafts, letter->folder) != 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "%s",
				      _("Only what lies in the folder of drafts is a draft."));
	}
	if (letter->judged.encrypted && !letter->judged.draft) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "%s",
				      _("This is no draft of yours, so it cannot be written on."));
	}
	LetterDraft *draft = letter_draft_read(letter->judged.content, error);
	if (draft != NULL && !letter->judged.draft) {
		forget_choices(draft);
	}
	return draft;
}

char *
web_origin_from(WebDesk *desk)
{
	g_autoptr(PsAccount) own =
		ps_engine_get_account(web_desk_engine(desk), web_desk_id(desk), NULL);
	g_autoptr(LetterMailbox) mailbox =
		letter_mailbox_new(own == NULL ? "" : own->name, web_desk_id(desk));
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	g_ptr_array_add(list, mailbox);
	return letter_addresses_format(list);
}
