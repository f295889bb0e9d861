/* SPDX-License-Identifier: MPL-2.0 */
/* A message on its way out. */
#include "engine/draft.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/error.h"
#include "cert/address.h"
#include "cms/recipient.h"
#include "engine/facts.h"
#include "engine/message.h"
#include "mime/address.h"
#include "mime/handover.h"
#include "mime/rfc2047.h"
#include "mime/walk.h"

#define LEVEL_FIELD "X-Postseal-Level"
#define PEEK_OCTETS 512 /* of a body that says what CMS it is */

void
draft_free(Draft *draft)
{
	g_clear_pointer(&draft->header, mime_header_free);
	g_clear_pointer(&draft->named, g_ptr_array_unref);
	g_clear_pointer(&draft->hidden, g_ptr_array_unref);
	g_free(draft->from);
	g_free(draft->program);
	g_free(draft->sender);
	g_free(draft);
}

static bool
contains(const GPtrArray *addresses, const char *address)
{
	for (guint i = 0; i < addresses->len; i++) {
		if (strcmp(g_ptr_array_index(addresses, i), address) == 0) {
			return true;
		}
	}
	return false;
}

static void
add_mailboxes(GPtrArray *addresses, const MimeHeader *header, const char *field)
{
	g_autoptr(GPtrArray) mailboxes = mime_addresses_of(header, field, NULL);
	for (guint i = 0; i < mailboxes->len; i++) {
		const MimeMailbox *mailbox = g_ptr_array_index(mailboxes, i);
		g_autofree char *address = cert_address_normalise(mailbox->address);
		if (address != NULL && !contains(addresses, address)) {
			g_ptr_array_add(addresses, g_steal_pointer(&address));
		}
	}
}

static void
read_recipients_of_header(Draft *draft)
{
	g_autoptr(GPtrArray) bcc = g_ptr_array_new_with_free_func(g_free);
	add_mailboxes(draft->named, draft->header, "To");
	add_mailboxes(draft->named, draft->header, "Cc");
	add_mailboxes(bcc, draft->header, "Bcc");
	for (guint i = 0; i < bcc->len; i++) {
		const char *address = g_ptr_array_index(bcc, i);
		if (!contains(draft->named, address)) {
			g_ptr_array_add(draft->hidden, g_strdup(address));
		}
	}
}

/* The envelope decides who gets it; the header, who of them is seen by the others. */
static bool
read_recipients_of_request(Draft *draft, const PsRequest *request, GError **error)
{
	g_autoptr(GPtrArray) in_header = g_ptr_array_new_with_free_func(g_free);
	add_mailboxes(in_header, draft->header, "To");
	add_mailboxes(in_header, draft->header, "Cc");
	for (guint i = 0; i < request->recipients->len; i++) {
		g_autofree char *address =
			core_normalise(g_ptr_array_index(request->recipients, i), error);
		if (address == NULL) {
			return false;
		}
		GPtrArray *list = contains(in_header, address) ? draft->named : draft->hidden;
		if (!contains(list, address)) {
			g_ptr_array_add(list, g_steal_pointer(&address));
		}
	}
	return true;
}

static bool
strip_own_field(const MimeField *field, G_GNUC_UNUSED void *user)
{
	return g_ascii_strncasecmp(field->name, "X-Postseal-", 11) == 0 ||
	       g_ascii_strcasecmp(field->name, "Bcc") == 0 ||
	       g_ascii_strcasecmp(field->name, "Resent-Bcc") == 0;
}

/* The strictest of all fields, whoever added them. */
static bool
read_button(const MimeHeader *header, PolicyLevel *button, GError **error)
{
	*button = POLICY_LEVEL_UNSET;
	for (guint i = 0; i < mime_header_length(header); i++) {
		const MimeField *field = mime_header_at(header, i);
		if (g_ascii_strcasecmp(field->name, LEVEL_FIELD) != 0) {
			continue;
		}
		PolicyLevel level = policy_level_parse(field->value);
		if (level == POLICY_LEVEL_UNSET) {
			return base_fail(error, PS_ERROR_MALFORMED,
					 "%s holds \"%s\"; use plain, signed or sealed",
					 LEVEL_FIELD, field->value);
		}
		*button = MAX(*button, level);
	}
	return true;
}

static bool
read_wishes(Draft *draft, const PsRequest *request, GError **error)
{
	if (!read_button(draft->header, &draft->button, error)) {
		return false;
	}
	if (request->level != PS_LEVEL_AUTO) {
		draft->button = (PolicyLevel)((int)request->level - (int)PS_LEVEL_PLAIN);
	}
	g_autoptr(GPtrArray) answered = facts_answered(draft->header);
	const char *raw_subject = mime_header_value(draft->header, "Subject");
	g_autofree char *subject = raw_subject == NULL ? NULL : mime_rfc2047_decode(raw_subject);
	draft->is_new =
		answered->len == 0 && (subject == NULL || policy_subject_prefix(subject) == 0);
	g_autofree char *stripped = NULL;
	draft->tag = subject == NULL ? POLICY_LEVEL_UNSET
				     : policy_level_from_subject(subject, draft->is_new, &stripped);
	if (stripped != NULL) {
		g_autofree char *encoded = mime_rfc2047_encode(stripped);
		mime_header_set(draft->header, "Subject", encoded);
	}
	MimeRules own = {0};
	(void)mime_rules_read(draft->header, &own);
	draft->rules = mime_rules_merge(&own, &request->rules);
	return true;
}

/* Date and Message-ID must be inside the signature, so they are made now if the program left them
 * to the server (RFC 6409 section 8). */
void
draft_complete(Draft *draft, int64_t now)
{
	mime_header_remove(draft->header, "Postseal-Key");
	mime_header_remove(draft->header, MIME_HANDOVER_NAME);
	mime_header_remove(draft->header, "Postseal-Status");
	mime_header_drop_envelope(draft->header);
	const char *date = mime_header_value(draft->header, "Date");
	if (date == NULL) {
		g_autofree char *made = base_clock_format_mail(now);
		mime_header_append(draft->header, "Date", made);
	}
	/* A date that nobody can read stays as its author's program wrote it. */
	if (date == NULL || !base_clock_parse_mail(base_bytes_str(date), &draft->date)) {
		draft->date = now;
	}
	if (mime_header_value(draft->header, "Message-ID") == NULL) {
		const char *at = draft->from == NULL ? NULL : strrchr(draft->from, '@');
		g_autofree char *uuid = g_uuid_string_random();
		g_autofree char *id =
			g_strdup_printf("<%s%s>", uuid, at == NULL ? "@localhost" : at);
		mime_header_set(draft->header, "Message-ID", id);
	}
	g_autofree char *rules = mime_rules_format(&draft->rules);
	if (rules != NULL) {
		mime_header_set(draft->header, MIME_RULES_NAME, rules);
	}
}

bool
draft_holds_type(const Draft *draft, const char *type, bool *out, GError **error)
{
	static const MimeWalkVisitor onlooker = {.enter = NULL};
	g_autoptr(GByteArray) header = g_byte_array_new();
	mime_header_write(draft->header, draft->crlf, header);
	g_autoptr(BaseSink) walk = mime_walk_new(base_sink_null(), &onlooker, NULL);
	if (!base_sink_write(walk, base_bytes_of_array(header), error) ||
	    !base_source_copy(draft->source, draft->body, UINT64_MAX, walk, error) ||
	    !base_sink_finish(walk, error)) {
		return false;
	}
	const GPtrArray *structure = mime_walk_structure(walk);
	*out = false;
	for (guint i = 0; i < structure->len; i++) {
		*out = *out || strcmp(g_ptr_array_index(structure, i), type) == 0;
	}
	return true;
}

static bool
read_sender(Draft *draft, const PsRequest *request, GError **error)
{
	g_auto(MimeFrom) from = mime_from_read(draft->header);
	draft->from =
		from.state == MIME_FROM_OK ? cert_address_normalise(from.mailbox->address) : NULL;
	draft->sender = request->from != NULL ? core_normalise(request->from, error)
					      : g_strdup(draft->from);
	return request->from == NULL || draft->sender != NULL;
}

/* The first octets of the body, decoded: enough for the outermost type of CMS. */
static bool
peek_body(const Draft *draft, GByteArray *start, GError **error)
{
	BaseBytes body;
	if (draft->body >= base_source_size(draft->source)) {
		return true;
	}
	if (!base_source_peek(draft->source, draft->body, &body, error)) {
		return false;
	}
	g_autoptr(BaseSink) memory = base_sink_new_array(start, PEEK_OCTETS * 2);
	MimeCte cte = mime_cte_of(draft->header);
	g_autoptr(BaseSink) decoder = cte == MIME_CTE_BASE64 ? base64_new_decoder(memory) : NULL;
	BaseSink *first = decoder != NULL ? decoder : memory;
	return base_sink_write(first, base_bytes_slice(body, 0, PEEK_OCTETS), error) &&
	       base_sink_finish(first, error);
}

/* The media type and its hints are anybody's word (RFC 8551 section 3.2.2): the CMS inside decides
 * what is encrypted. */
static bool
read_protection(Draft *draft, GError **error)
{
	draft->protection = facts_protection(draft->header);
	g_autoptr(MimeContentType) type = mime_content_type_of(draft->header, NULL);
	g_autofree char *filename = mime_filename_of(draft->header);
	g_autoptr(GByteArray) start = g_byte_array_new();
	if (mime_type_is_smime(type, filename) == MIME_SMIME_PKCS7_MIME) {
		if (!peek_body(draft, start, error)) {
			return false;
		}
		draft->protection = cms_starts_enveloped(base_bytes_of_array(start))
					    ? FACTS_ENCRYPTED
					    : FACTS_SIGNED_SMIME;
	} else if (draft->protection == FACTS_ENCRYPTED) {
		bool openpgp = false;
		if (!draft_holds_type(draft, "application/pgp-encrypted", &openpgp, error)) {
			return false;
		}
		draft->protection = openpgp ? FACTS_ENCRYPTED : FACTS_SIGNED_SMIME;
	}
	return true;
}

Draft *
draft_read(PsEngine *engine, BaseSource *source, const PsRequest *request, GError **error)
{
	g_autoptr(Draft) draft = g_new0(Draft, 1);
	draft->source = source;
	draft->named = g_ptr_array_new_with_free_func(g_free);
	draft->hidden = g_ptr_array_new_with_free_func(g_free);
	draft->program = g_strdup(request->program);
	draft->form = request->form;
	if (!message_read_header(source, &draft->header, &draft->body, error)) {
		return NULL;
	}
	draft->crlf = mime_header_is_crlf(draft->header);
	draft->facts = facts_pass(draft->header);
	if (!read_protection(draft, error)) {
		return NULL;
	}
	if (request->recipients->len == 0) {
		read_recipients_of_header(draft);
	} else if (!read_recipients_of_request(draft, request, error)) {
		return NULL;
	}
	if (!read_sender(draft, request, error) || !read_wishes(draft, request, error)) {
		return NULL;
	}
	draft->facts.null_sender = draft->facts.null_sender || draft->from == NULL;
	if (draft->from != NULL) {
		bool own = false;
		if (!core_is_own(engine, draft->from, &own, error)) {
			return NULL;
		}
		draft->facts.foreign_from = !own || g_strcmp0(draft->from, draft->sender) != 0;
	}
	mime_header_remove_if(draft->header, strip_own_field, NULL);
	return g_steal_pointer(&draft);
}
