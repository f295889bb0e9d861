/* SPDX-License-Identifier: MPL-2.0 */
/* What we remember of messages that bind their answers. */
#include "engine/remember.h"

#include "engine/facts.h"
#include "mime/address.h"
#include "mime/protect.h"
#include "mime/rfc2047.h"
#include "mime/rules.h"
#include "policy/level.h"
#include "store/sealed.h"
#include "trust/harvest.h"
#include "trust/lookalike.h"

#define DISTINCTIVE_OCTETS 8 /* of a Subject that two messages hardly share by chance */

void
answered_clear(Answered *answered)
{
	g_clear_pointer(&answered->response, mime_response_free);
}

/* "Invoice" in a new message is about another one; "Plan for the merger" hardly is. */
static bool
is_distinctive(const char *subject)
{
	g_autofree char *bare = mime_subject_bare(subject);
	return strlen(bare) >= DISTINCTIVE_OCTETS && strchr(bare, ' ') != NULL;
}

/* A forward says so in its Subject; X-Forwarded-Message-Id and redirects are looked at apart. */
static bool
is_forward(const MimeHeader *header)
{
	const char *raw = mime_header_value(header, "Subject");
	g_autofree char *subject = raw == NULL ? NULL : mime_rfc2047_decode(raw);
	return subject != NULL && policy_subject_is_forward(subject);
}

/* Nobody is bound by rules of one's own. */
static bool
is_author(const MimeHeader *payload, const char *own)
{
	g_auto(MimeFrom) from = mime_from_read(payload);
	return from.mailbox != NULL && own != NULL &&
	       mime_addr_spec_equal(from.mailbox->address, own);
}

/* RFC 9788 section 6.1: an answer must not give the local time away that the message answered kept
 * hidden. */
static bool
hid_its_date(const MimeHeader *payload)
{
	const char *date = mime_header_value(payload, "Date");
	for (guint i = 0; date != NULL && i < mime_header_length(payload); i++) {
		const MimeField *field = mime_header_at(payload, i);
		if (g_ascii_strcasecmp(field->name, "HP-Outer") == 0 &&
		    g_ascii_strncasecmp(field->value, "Date:", 5) == 0) {
			const char *outer = field->value + 5;
			outer += strspn(outer, " ");
			return strcmp(outer, date) != 0;
		}
	}
	return false;
}

/* The strictest of all rules of all messages answered. */
static void
fold_rules(const MimeHeader *payload, bool forward, Answered *out)
{
	MimeRules rules = {0};
	if (!mime_rules_read(payload, &rules)) {
		return;
	}
	bool demands = forward ? rules.forward == MIME_RULE_FORWARD_SEALED
			       : rules.reply == MIME_RULE_REPLY_SEALED;
	out->no_forward = out->no_forward || (forward && rules.forward == MIME_RULE_FORWARD_NO);
	out->author_demands = out->author_demands || demands;
	if (out->no_forward) {
		out->rule = "forward=no";
	} else if (demands) {
		out->rule = forward ? "forward=sealed" : "reply=sealed";
	}
}

static bool
fold(const StoreSealed *sealed, const char *own, bool forward, Answered *out, GError **error)
{
	g_autoptr(MimeHeader) payload = NULL;
	if (!mime_header_parse(base_bytes_of(sealed->header), &payload, error)) {
		return false;
	}
	out->was_sealed = out->was_sealed || sealed->sealed;
	out->was_shy = out->was_shy || hid_its_date(payload);
	if (sealed->sealed && out->response == NULL) {
		out->response = mime_response_new(payload, own);
	}
	if (!is_author(payload, own)) {
		fold_rules(payload, forward, out);
	}
	return true;
}

static bool
fold_ids(Store *store, const GPtrArray *ids, const Draft *draft, bool forward, Answered *out,
	 GError **error)
{
	for (guint i = 0; i < ids->len; i++) {
		g_autoptr(GPtrArray) same =
			store_sealed_list(store, g_ptr_array_index(ids, i), error);
		bool done = same != NULL;
		for (guint n = 0; done && n < same->len; n++) {
			done = fold(g_ptr_array_index(same, n), draft->from, forward, out, error);
		}
		if (!done) {
			return false;
		}
	}
	return true;
}

/* A hidden Subject gives away what is answered even if the program left out In-Reply-To. */
static bool
fold_subject(Store *store, const Draft *draft, bool forward, Answered *out, GError **error)
{
	const char *subject = mime_header_value(draft->header, "Subject");
	g_autofree char *bare = subject == NULL ? NULL : mime_subject_bare(subject);
	g_autoptr(GPtrArray) recent =
		subject == NULL ? NULL : store_sealed_recent(store, bare, error);
	if (subject == NULL || recent == NULL) {
		return subject == NULL;
	}
	for (guint i = 0; i < recent->len; i++) {
		const StoreSealed *sealed = g_ptr_array_index(recent, i);
		if (mime_subject_hides(subject, sealed->subject) &&
		    (!draft->is_new || is_distinctive(sealed->subject)) &&
		    !fold(sealed, draft->from, forward, out, error)) {
			return false;
		}
	}
	return true;
}

bool
answered_read(PsEngine *engine, const Draft *draft, Answered *out, GError **error)
{
	Store *store = core_store(engine, error);
	bool says_forward = is_forward(draft->header);
	/* An answer has In-Reply-To; what only refers to another message passes it on. */
	bool forward = says_forward || mime_header_count(draft->header, "In-Reply-To") == 0;
	g_autoptr(GPtrArray) answered = facts_answered(draft->header);
	g_autoptr(GPtrArray) forwarded = facts_forwarded(draft->header);
	return store != NULL && fold_ids(store, answered, draft, forward, out, error) &&
	       fold_ids(store, forwarded, draft, true, out, error) &&
	       fold_subject(store, draft, says_forward, out, error);
}

static bool
put_binding(Store *store, const Binding *binding, int64_t now, GError **error)
{
	if (binding->message_id == NULL) {
		return true;
	}
	g_autoptr(MimeHeader) copy = mime_header_copy(binding->payload);
	if (!binding->rules_count) {
		mime_header_remove(copy, MIME_RULES_NAME);
	}
	g_autoptr(GByteArray) octets = g_byte_array_new();
	mime_header_write(copy, true, octets);
	g_autoptr(GBytes) header = base_bytes_dup(base_bytes_of_array(octets));
	g_autofree char *id = g_strdup(binding->message_id);
	g_autofree char *subject = g_strdup(mime_header_value(copy, "Subject"));
	g_autofree char *bare = subject == NULL ? NULL : mime_subject_bare(subject);
	StoreSealed row = {id, subject, bare, header, binding->sealed};
	return store_sealed_put(store, &row, now, error);
}

/* The header that our own sealed message has inside, so that answers to it are guarded, too. */
static MimeHeader *
payload_of(const Draft *draft)
{
	MimeProtectWish wish = {.mode = MIME_PROTECT_CIPHER, .policy = MIME_HCP_BASELINE};
	g_auto(MimeProtected) parts = mime_protect_compose(draft->header, &wish);
	return g_steal_pointer(&parts.inner);
}

bool
remember_binding(PsEngine *engine, const Binding *binding, GError **error)
{
	Store *store = core_store_write(engine, error);
	return store != NULL && put_binding(store, binding, core_now(engine), error);
}

/* Whether the message is one of ours at all: what is redirected, or passes with another's From, has
 * a Message-ID that others know. */
static bool
is_ours(PsEngine *engine, const Draft *draft)
{
	return draft->from != NULL && core_account_if_any(engine, draft->from) != NULL &&
	       mime_header_count(draft->header, "Resent-From") == 0 &&
	       mime_header_count(draft->header, "Resent-To") == 0;
}

void
remember_sealed(PsEngine *engine, const Draft *draft)
{
	Store *store = is_ours(engine, draft) ? core_store_write(engine, NULL) : NULL;
	if (store != NULL) {
		g_autoptr(MimeHeader) payload = payload_of(draft);
		Binding binding = {mime_header_value(draft->header, "Message-ID"), payload, true,
				   true};
		(void)put_binding(store, &binding, core_now(engine), NULL);
	}
}

void
remember_sent(PsEngine *engine, const Draft *draft, const char *const *recipients)
{
	Store *store = recipients[0] == NULL ? NULL : core_store_write(engine, NULL);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, NULL);
	if (tx == NULL) {
		return;
	}
	const char *message_id =
		is_ours(engine, draft) ? mime_header_value(draft->header, "Message-ID") : NULL;
	for (size_t i = 0; recipients[i] != NULL; i++) {
		if (!trust_note_written(store, recipients[i], message_id, core_now(engine), NULL) ||
		    !trust_correspondent_written(store, recipients[i], NULL)) {
			return;
		}
	}
	(void)store_commit(tx, NULL);
}
