/* SPDX-License-Identifier: MPL-2.0 */
/* Answers. */
#include "letter/reply.h"

#include "base/clock.h"
#include "letter/quote.h"
#include "letter/text.h"

#define REFERENCES_MAX 4000U /* octets that are taken over */

bool
letter_reply_kind_parse(const char *word, LetterReplyKind *out)
{
	static const char *const words[] = {
		[LETTER_REPLY] = "reply",
		[LETTER_REPLY_ALL] = "reply-all",
		[LETTER_FORWARD] = "forward",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (word != NULL && g_str_equal(word, words[i])) {
			*out = (LetterReplyKind)i;
			return true;
		}
	}
	return false;
}

/* Where @subject goes on after one "Re:", "AW[2]:", "Fwd :"; @subject itself if there is none. */
static const char *
skip_prefix(const char *subject)
{
	static const char *const words[] = {"re", "fwd", "fw", "aw",  "wg",  "antw", "sv", "vs",
					    "vb", "tr",  "rv", "res", "enc", "rif",  "rp", "odp"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		size_t n = strlen(words[i]);
		if (g_ascii_strncasecmp(subject, words[i], n) != 0) {
			continue;
		}
		const char *p = subject + n;
		if (*p == '[' || *p == '(') {
			p += 1 + strspn(p + 1, "0123456789");
			p += *p == ']' || *p == ')';
		}
		p += strspn(p, " ");
		if (*p == ':') {
			return p + 1 + strspn(p + 1, " ");
		}
	}
	return subject;
}

char *
letter_reply_subject(LetterReplyKind kind, const char *subject)
{
	const char *bare = subject;
	for (const char *before = NULL; before != bare;) {
		before = bare;
		bare = skip_prefix(bare);
	}
	g_autofree char *text = g_strconcat(kind == LETTER_FORWARD ? "Fwd: " : "Re: ", bare, NULL);
	return g_strchomp(g_steal_pointer(&text));
}

static bool
may_use(const LetterReplyRequest *request, const char *name)
{
	for (guint i = 0; request->protected_fields != NULL; i++) {
		const char *field = request->protected_fields[i];
		if (field == NULL) {
			return false;
		}
		if (g_ascii_strcasecmp(field, name) == 0) {
			return true;
		}
	}
	return true;
}

/* Whom an answer goes to. */
typedef struct {
	const LetterReplyRequest *request;
	GHashTable *taken; /* set of letter_address_key(): one's own, and who is in a list */
	GPtrArray *to;     /* of LetterMailbox, borrowed */
	GPtrArray *cc;
} Recipients;

/* Whether it had not been taken yet. */
static bool
take_address(const Recipients *r, const char *address)
{
	char *key = letter_address_key(address);
	return key != NULL && g_hash_table_add(r->taken, key);
}

static void
take_own(const Recipients *r)
{
	const LetterReplyRequest *request = r->request;
	g_autoptr(GPtrArray) own = letter_addresses_read(request->own == NULL ? "" : request->own);
	for (guint i = 0; i < own->len; i++) {
		const LetterMailbox *box = g_ptr_array_index(own, i);
		(void)take_address(r, box->address);
	}
	for (guint i = 0; request->own_addresses != NULL && request->own_addresses[i] != NULL;
	     i++) {
		(void)take_address(r, request->own_addresses[i]);
	}
}

/* Adds mailboxes that are nobody's own and not there yet. */
static void
add_others(const Recipients *r, GPtrArray *list, const GPtrArray *boxes)
{
	for (guint i = 0; i < boxes->len; i++) {
		LetterMailbox *box = g_ptr_array_index(boxes, i);
		if (take_address(r, box->address)) {
			g_ptr_array_add(list, box);
		}
	}
}

/* RFC 5322 section 3.6.3; an answer to one's own letter goes to whom that went. */
static void
find_recipients(const Recipients *r, const LetterSummary *header)
{
	const LetterReplyRequest *request = r->request;
	bool directed = header->reply_to->len > 0 && may_use(request, "Reply-To");
	if (directed || may_use(request, "From")) {
		add_others(r, r->to, directed ? header->reply_to : header->from);
	}
	bool own = r->to->len == 0;
	if (may_use(request, "To") && (own || request->kind == LETTER_REPLY_ALL)) {
		add_others(r, r->to, header->to);
	}
	if (may_use(request, "Cc") && request->kind == LETTER_REPLY_ALL) {
		add_others(r, r->cc, header->cc);
	}
}

static void
set_recipients(LetterDraft *draft, const LetterShown *shown, const LetterReplyRequest *request)
{
	g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	Recipients r = {request, taken, g_ptr_array_new(), g_ptr_array_new()};
	take_own(&r);
	if (request->kind != LETTER_FORWARD) {
		find_recipients(&r, shown->header);
	}
	draft->to = letter_addresses_format(r.to);
	draft->cc = letter_addresses_format(r.cc);
	g_ptr_array_unref(r.to);
	g_ptr_array_unref(r.cc);
}

/* RFC 5322 section 3.6.4. */
static void
set_thread(LetterDraft *draft, const LetterShown *shown, const LetterReplyRequest *request)
{
	const char *id = may_use(request, "Message-ID") ? shown->header->message_id : NULL;
	g_autofree char *before =
		may_use(request, "References") ? letter_shown_field(shown, "References") : NULL;
	if (before == NULL && may_use(request, "In-Reply-To")) {
		before = letter_shown_field(shown, "In-Reply-To");
	}
	if (before != NULL && strlen(before) > REFERENCES_MAX) {
		g_clear_pointer(&before, g_free);
	}
	draft->in_reply_to = g_strdup(id);
	if (id != NULL) {
		draft->references = g_strconcat(before == NULL ? "" : before,
						before == NULL ? "" : " ", id, NULL);
	}
}

static void
take_files(LetterDraft *draft, const LetterShown *shown)
{
	for (guint i = 0; i < shown->attachments->len; i++) {
		const LetterAttachment *attachment = g_ptr_array_index(shown->attachments, i);
		g_autoptr(GBytes) content = letter_shown_part(shown, attachment->part, NULL);
		if (content != NULL) {
			letter_draft_add_file(draft, attachment->name, attachment->claimed,
					      content);
		}
	}
}

/* "On Sat, 21 Nov 2026 10:00:00 +0000, Bob wrote:" */
static char *
attribution_of(const LetterShown *shown, const LetterReplyRequest *request)
{
	if (request->attribution != NULL) {
		return g_strdup(request->attribution);
	}
	const LetterSummary *header = shown->header;
	bool named = header->from->len > 0 && may_use(request, "From");
	bool dated = header->date != 0 && may_use(request, "Date");
	const LetterMailbox *box = named ? g_ptr_array_index(header->from, 0) : NULL;
	const char *who = box == NULL ? "" : *box->name != '\0' ? box->name : box->address;
	g_autofree char *date = dated ? base_clock_format_mail(header->date) : NULL;
	if (box == NULL) {
		return NULL;
	}
	return date == NULL ? g_strdup_printf("%s wrote:", who)
			    : g_strdup_printf("On %s, %s wrote:", date, who);
}

static void
append_field(GString *out, const LetterReplyRequest *request, const char *name, const char *value)
{
	if (may_use(request, name) && value != NULL && *value != '\0') {
		g_string_append_printf(out, "%s: %s\n", name, value);
	}
}

/* What stands above a forwarded text. */
static char *
forwarded_header(const LetterShown *shown, const LetterReplyRequest *request)
{
	const LetterSummary *header = shown->header;
	g_autofree char *from = letter_addresses_format(header->from);
	g_autofree char *to = letter_addresses_format(header->to);
	g_autofree char *cc = letter_addresses_format(header->cc);
	g_autofree char *date = header->date == 0 ? NULL : base_clock_format_mail(header->date);
	g_autoptr(GString) out = g_string_new("---------- Forwarded message ----------\n");
	append_field(out, request, "From", from);
	append_field(out, request, "Date", date);
	append_field(out, request, "Subject", header->subject);
	append_field(out, request, "To", to);
	append_field(out, request, "Cc", cc);
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
quoted_text(const LetterShown *shown, const LetterReplyRequest *request)
{
	if (request->kind == LETTER_FORWARD) {
		g_autofree char *header = forwarded_header(shown, request);
		return g_strconcat("\n\n", header, "\n", shown->text, NULL);
	}
	g_autofree char *attribution = attribution_of(shown, request);
	g_autofree char *quote = letter_quote(shown->text);
	return g_strconcat(attribution == NULL ? "" : attribution, attribution == NULL ? "" : "\n",
			   quote, "\n", NULL);
}

LetterDraft *
letter_reply(const LetterShown *shown, const LetterReplyRequest *request)
{
	LetterDraft *draft = letter_draft_new();
	bool subject = may_use(request, "Subject") && !request->inert;
	draft->from = g_strdup(request->own);
	draft->subject = letter_reply_subject(request->kind, subject ? shown->header->subject : "");
	set_recipients(draft, shown, request);
	set_thread(draft, shown, request);
	if (request->inert) {
		return draft;
	}
	draft->text = quoted_text(shown, request);
	if (request->kind == LETTER_FORWARD) {
		take_files(draft, shown);
	}
	return draft;
}
