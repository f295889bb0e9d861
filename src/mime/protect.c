/* SPDX-License-Identifier: MPL-2.0 */
/* Header protection, the composer's side: RFC 9788 sections 3 and 5.2.1. */
#include "mime/protect.h"

#include "base/clock.h"
#include "mime/address.h"
#include "mime/rfc2047.h"
#include "mime/scan.h"
#include "mime/sevenbit_header.h"

#define REPEATED_OCTETS 5       /* of a Subject that another field does not hold by chance */
#define HIDDEN_SUBJECT  "[...]" /* RFC 9788 section 3.2.1 */
#define LINE_MAX_OCTETS 998U    /* RFC 5322 section 2.1.1 */

/* Names in tables: lower case; one that ends in "-" stands for all that begin so. */
static const char *const structural_names[] = {"mime-version", "content-"};
static const char *const list_names[] = {"list-", "archived-at"};
static const char *const transport_names[] = {
	"received",      "received-spf",        "return-path",  "delivered-to",
	"x-original-to", "envelope-to",         "arc-",         "dkim-signature",
	"x-postseal-",   "domainkey-signature", "postseal-key", "authentication-results",
};
static const char *const user_facing_names[] = {
	"subject",     "from",   "to",      "cc",       "date",     "reply-to",
	"followup-to", "sender", "resent-", "comments", "keywords",
};
static const char *const nowhere_names[] = {"", "bcc", "resent-bcc", "hp-outer"};
static const char *const always_hidden_names[] = {"originator-rules", "postseal-handover",
						  "autocrypt-gossip"};

static bool
is_one_of(const char *name, const char *const *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(table[i]);
		bool prefix = len > 0 && table[i][len - 1] == '-';
		int order = prefix ? g_ascii_strncasecmp(name, table[i], len)
				   : g_ascii_strcasecmp(name, table[i]);
		if (order == 0) {
			return true;
		}
	}
	return false;
}

#define IS_ONE_OF(name, table) is_one_of((name), (table), G_N_ELEMENTS(table))

bool
mime_field_is_structural(const char *name)
{
	return IS_ONE_OF(name, structural_names);
}

bool
mime_field_is_transport(const char *name)
{
	return IS_ONE_OF(name, transport_names);
}

bool
mime_field_is_list(const char *name)
{
	return IS_ONE_OF(name, list_names);
}

bool
mime_field_is_user_facing(const char *name)
{
	return IS_ONE_OF(name, user_facing_names);
}

/* The addr-specs of an RFC 5322 mailbox (@single) or mailbox-list, NULL if @value is something
 * else. */
static char *
addr_specs(const char *value, bool single)
{
	MimeAddressFlags flags = 0;
	g_autoptr(GPtrArray) boxes = mime_addresses_parse(value, &flags);
	const int other = MIME_ADDRESS_GROUP | MIME_ADDRESS_ODD | MIME_ADDRESS_CUT;
	if (boxes->len == 0 || (single && boxes->len > 1) || ((int)flags & other) != 0) {
		return NULL;
	}
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < boxes->len; i++) {
		const MimeMailbox *box = g_ptr_array_index(boxes, i);
		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", box->address);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
hide(const char *value)
{
	(void)value;
	return NULL;
}

static char *
obscure(const char *value)
{
	(void)value;
	return g_strdup(HIDDEN_SUBJECT);
}

static char *
shy_from(const char *value)
{
	char *address = addr_specs(value, true);
	return address != NULL ? address : g_strdup(value);
}

static char *
shy_list(const char *value)
{
	char *addresses = addr_specs(value, false);
	return addresses != NULL ? addresses : g_strdup(value);
}

static char *
shy_date(const char *value)
{
	int64_t time = 0;
	bool ok = base_clock_parse_mail(base_bytes_str(value), &time);
	return ok ? base_clock_format_mail(time) : g_strdup(value);
}

static const struct {
	const char *name;
	MimeHcp least; /* BASELINE: both; SHY: only that */
	char *(*outside)(const char *value);
} hcp_rules[] = {
	{"subject", MIME_HCP_BASELINE, obscure}, {"comments", MIME_HCP_BASELINE, hide},
	{"keywords", MIME_HCP_BASELINE, hide},   {"thread-topic", MIME_HCP_BASELINE, hide},
	{"from", MIME_HCP_SHY, shy_from},        {"to", MIME_HCP_SHY, shy_list},
	{"cc", MIME_HCP_SHY, shy_list},          {"date", MIME_HCP_SHY, shy_date},
};

char *
mime_hcp_apply(MimeHcp policy, const char *name, const char *value)
{
	if (IS_ONE_OF(name, always_hidden_names)) {
		return NULL;
	}
	for (size_t i = 0; policy != MIME_HCP_NONE && i < G_N_ELEMENTS(hcp_rules); i++) {
		if (hcp_rules[i].least <= policy &&
		    g_ascii_strcasecmp(name, hcp_rules[i].name) == 0) {
			return hcp_rules[i].outside(value);
		}
	}
	return g_strdup(value);
}

static MimeField *
with_crlf(const MimeField *field)
{
	g_autoptr(GByteArray) raw = g_byte_array_sized_new((guint)field->raw.n + 8);
	for (size_t i = 0; i < field->raw.n; i++) {
		bool bare = field->raw.p[i] == '\n' && (i == 0 || field->raw.p[i - 1] != '\r');
		if (bare) {
			g_byte_array_append(raw, (const guint8 *)"\r", 1);
		}
		g_byte_array_append(raw, field->raw.p + i, 1);
	}
	return mime_field_new_raw(base_bytes_of_array(raw));
}

/* @field as it can be signed and sent: its octets if they survive that, else the same value in
 * ASCII. */
static MimeField *
transportable(const MimeField *field)
{
	g_autoptr(MimeField) crlf = with_crlf(field);
	guint trouble = mime_scan_bytes(crlf->raw) & (MIME_SCAN_HARD | MIME_SCAN_SOFT);
	if (trouble == 0) {
		return g_steal_pointer(&crlf);
	}
	g_autoptr(MimeHeader) one = mime_header_new();
	mime_header_append_field(one, crlf);
	mime_sevenbit_header_fix(one, trouble);
	return mime_field_ref(mime_header_at(one, 0));
}

/* The parameter hp at the payload root, and only there. A mark of a Legacy Display Element that
 * somebody else left would make readers drop text, so it goes. */
static void
set_hp(MimeHeader *inner, MimeProtectMode mode)
{
	g_autoptr(MimeContentType) type = mime_content_type_of(inner, NULL);
	if (type->defaulted && mime_content_type_get(type, "charset") == NULL) {
		mime_content_type_set(type, "charset", "us-ascii");
	}
	mime_content_type_set(type, "hp-legacy-display", NULL);
	mime_content_type_set(type, "hp", mode == MIME_PROTECT_CIPHER ? "cipher" : "clear");
	g_autofree char *value = mime_content_type_to_string(type);
	mime_header_set(inner, "Content-Type", value);
}

/* Steps 5.iv of Compose: what stands outside for @field, NULL for nothing. */
static char *
outer_value(const MimeField *field, const MimeProtectWish *wish)
{
	g_autofree char *value = mime_hcp_apply(wish->policy, field->name, field->value);
	const char *answer = NULL;
	if (value != NULL && wish->response != NULL && g_str_equal(value, field->value) &&
	    mime_response_lookup(wish->response, field->name, field->value, &answer)) {
		return g_strdup(answer);
	}
	return g_steal_pointer(&value);
}

static void
add_display_line(GPtrArray *display, const MimeField *field)
{
	g_autofree char *text = mime_rfc2047_decode(field->value);
	g_ptr_array_add(display, g_strdup_printf("%s: %s", field->name, text));
}

/* A Non-Structural field of an encrypted message: outside as the policy says, with the record of
 * it. */
static void
compose_cipher(MimeProtected *out, MimeHeader *records, const MimeField *field,
	       const MimeProtectWish *wish)
{
	g_autofree char *value = outer_value(field, wish);
	bool same = value != NULL && g_str_equal(value, field->value);
	if (!same && wish->legacy && mime_field_is_user_facing(field->name)) {
		add_display_line(out->display, field);
	}
	if (value == NULL) {
		return;
	}
	g_autofree char *record = g_strdup_printf("%s: %s", field->name, value);
	mime_header_append(records, "HP-Outer", record);
	if (same) {
		mime_header_append_field(out->outer, field);
	} else {
		mime_header_append(out->outer, field->name, value);
	}
}

static const char *const identifier_names[] = {"message-id", "in-reply-to", "references"};

/* Some programs repeat the Subject in a field of their own; outside, that would give it away. */
static bool
repeats_subject(const MimeHeader *root, const MimeField *field)
{
	const char *subject = mime_header_value(root, "Subject");
	return subject != NULL && !IS_ONE_OF(field->name, identifier_names) &&
	       !mime_field_is_user_facing(field->name) && !mime_field_is_structural(field->name) &&
	       !mime_field_is_transport(field->name) && strlen(subject) >= REPEATED_OCTETS &&
	       mime_subject_hides(field->value, subject);
}

static void
compose_field(MimeProtected *out, MimeHeader *records, const MimeField *field,
	      const MimeProtectWish *wish)
{
	if (mime_field_is_transport(field->name)) {
		mime_header_append_field(out->outer, field);
		return;
	}
	mime_header_append_field(out->inner, field);
	if (mime_field_is_structural(field->name)) {
		return;
	}
	if (wish->mode == MIME_PROTECT_CLEAR) {
		mime_header_append_field(out->outer, field);
	} else {
		compose_cipher(out, records, field, wish);
	}
}

MimeProtected
mime_protect_compose(const MimeHeader *root, const MimeProtectWish *wish)
{
	MimeProtected out = {mime_header_new(), mime_header_new(),
			     g_ptr_array_new_with_free_func(g_free)};
	g_autoptr(MimeHeader) records = mime_header_new();
	for (guint i = 0; i < mime_header_length(root); i++) {
		const MimeField *field = mime_header_at(root, i);
		if (IS_ONE_OF(field->name, nowhere_names)) {
			continue;
		}
		g_autoptr(MimeField) clean = transportable(field);
		if (wish->mode == MIME_PROTECT_CIPHER && wish->policy != MIME_HCP_NONE &&
		    repeats_subject(root, clean)) {
			mime_header_append_field(out.inner, clean);
		} else {
			compose_field(&out, records, clean, wish);
		}
	}
	set_hp(out.inner, wish->mode);
	for (guint i = 0; i < mime_header_length(records); i++) {
		mime_header_append_field(out.inner, mime_header_at(records, i));
	}
	return out;
}

void
mime_protected_clear(MimeProtected *made)
{
	g_clear_pointer(&made->inner, mime_header_free);
	g_clear_pointer(&made->outer, mime_header_free);
	g_clear_pointer(&made->display, g_ptr_array_unref);
}
