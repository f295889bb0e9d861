/* SPDX-License-Identifier: MPL-2.0 */
/* What we remember of messages that bind their answers. */
#include "engine/remember.h"

#include "engine/facts.h"
#include "mime/protect.h"
#include "mime/rules.h"
#include "store/sealed.h"
#include "trust/harvest.h"

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
	return strlen(subject) >= DISTINCTIVE_OCTETS && strchr(subject, ' ') != NULL;
}

/* A hidden Subject gives away what is answered even if the program left out In-Reply-To. */
static bool
find_by_subject(Store *store, const char *subject, bool is_new, StoreSealed **out, GError **error)
{
	g_autoptr(GPtrArray) recent = store_sealed_recent(store, error);
	if (recent == NULL) {
		return false;
	}
	for (guint i = 0; i < recent->len; i++) {
		StoreSealed *sealed = g_ptr_array_index(recent, i);
		if (mime_subject_hides(subject, sealed->subject) &&
		    (!is_new || is_distinctive(sealed->subject))) {
			*out = sealed;
			recent->pdata[i] =
				g_new0(StoreSealed, 1); /* an empty one to free in its place */
			return true;
		}
	}
	return true;
}

static bool
find_sealed(Store *store, const Draft *draft, StoreSealed **out, GError **error)
{
	const MimeHeader *header = draft->header;
	g_autoptr(GPtrArray) answered = facts_answered(header);
	for (guint i = 0; i < answered->len; i++) {
		if (!store_sealed_get(store, g_ptr_array_index(answered, i), out, error)) {
			return false;
		}
		if (*out != NULL) {
			return true;
		}
	}
	const char *subject = mime_header_value(header, "Subject");
	return subject == NULL || find_by_subject(store, subject, draft->is_new, out, error);
}

/* A forward has no In-Reply-To, or says so in its Subject. */
static bool
is_forward(const MimeHeader *header)
{
	static const char *const PREFIXES[] = {"fwd:", "fw:", "wg:"};
	const char *subject = mime_header_value(header, "Subject");
	for (size_t i = 0; subject != NULL && i < G_N_ELEMENTS(PREFIXES); i++) {
		if (g_ascii_strncasecmp(subject, PREFIXES[i], strlen(PREFIXES[i])) == 0) {
			return true;
		}
	}
	return mime_header_count(header, "In-Reply-To") == 0;
}

static void
read_rules(const MimeHeader *payload, bool forward, Answered *out)
{
	MimeRules rules = {0};
	if (!mime_rules_read(payload, &rules)) {
		return;
	}
	out->no_forward = forward && rules.forward == MIME_RULE_FORWARD_NO;
	out->author_demands = forward ? rules.forward == MIME_RULE_FORWARD_SEALED
				      : rules.reply == MIME_RULE_REPLY_SEALED;
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

bool
answered_read(PsEngine *engine, const Draft *draft, Answered *out, GError **error)
{
	Store *store = core_store(engine, error);
	g_autoptr(StoreSealed) sealed = NULL;
	if (store == NULL || !find_sealed(store, draft, &sealed, error)) {
		return false;
	}
	if (sealed == NULL) {
		return true;
	}
	g_autoptr(MimeHeader) payload = NULL;
	if (!mime_header_parse(base_bytes_of(sealed->header), &payload, error)) {
		return false;
	}
	*out = (Answered){.was_sealed = sealed->sealed, .was_shy = hid_its_date(payload)};
	out->response = sealed->sealed ? mime_response_new(payload, draft->from) : NULL;
	read_rules(payload, is_forward(draft->header), out);
	return true;
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
	StoreSealed row = {
		.message_id = id, .subject = subject, .header = header, .sealed = binding->sealed};
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

void
remember_sent(PsEngine *engine, const Draft *draft, const char *const *recipients, bool sealed)
{
	Store *store = core_store_write(engine, NULL);
	g_autoptr(StoreTransaction) tx = store == NULL ? NULL : store_begin(store, NULL);
	if (tx == NULL) {
		return;
	}
	const char *message_id = mime_header_value(draft->header, "Message-ID");
	for (size_t i = 0; recipients[i] != NULL; i++) {
		if (!trust_note_written(store, recipients[i], message_id, core_now(engine), NULL)) {
			return;
		}
	}
	if (sealed) {
		g_autoptr(MimeHeader) payload = payload_of(draft);
		Binding binding = {message_id, payload, true, true};
		if (!put_binding(store, &binding, core_now(engine), NULL)) {
			return;
		}
	}
	(void)store_commit(tx, NULL);
}
