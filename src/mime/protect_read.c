/* SPDX-License-Identifier: MPL-2.0 */
/* Header protection, the reader's side: RFC 9788 section 4. */
#include "mime/protect.h"

#include "mime/address.h"

static const char *const state_names[] = {
	[MIME_FIELD_UNPROTECTED] = "unprotected",
	[MIME_FIELD_SIGNED_ONLY] = "signed-only",
	[MIME_FIELD_ENCRYPTED_ONLY] = "encrypted-only",
	[MIME_FIELD_SIGNED_AND_ENCRYPTED] = "signed-and-encrypted",
};

const char *
mime_field_state_name(MimeFieldState state)
{
	return state_names[state];
}

static const char *const scheme_names[] = {
	[MIME_SCHEME_NONE] = "none",
	[MIME_SCHEME_RFC9788] = "rfc9788",
	[MIME_SCHEME_RFC8551] = "rfc8551",
	[MIME_SCHEME_PARTIAL] = "protected-headers",
};

const char *
mime_scheme_name(MimeScheme scheme)
{
	return scheme_names[scheme];
}

/* U-labels become A-labels; what cannot be converted is compared as it is. */
static char *
ascii_domain(const char *domain)
{
	char *ascii = g_hostname_to_ascii(domain);
	return ascii != NULL ? ascii : g_strdup(domain);
}

bool
mime_addr_spec_equal(const char *a, const char *b)
{
	const char *a_at = strrchr(a, '@');
	const char *b_at = strrchr(b, '@');
	if (a_at == NULL || b_at == NULL || a_at - a != b_at - b ||
	    g_ascii_strncasecmp(a, b, (gsize)(a_at - a)) != 0) {
		return false;
	}
	g_autofree char *a_domain = ascii_domain(a_at + 1);
	g_autofree char *b_domain = ascii_domain(b_at + 1);
	return g_ascii_strcasecmp(a_domain, b_domain) == 0;
}

static char *
from_address(const MimeHeader *header)
{
	g_auto(MimeFrom) from = mime_from_read(header);
	return from.state == MIME_FROM_OK ? g_strdup(from.mailbox->address) : NULL;
}

/* (name, value) as one string: the name in lower case, runs of white space as one blank, since
 * relays and composers fold in different places. */
static char *
pair_key(const char *name, const char *value)
{
	g_autoptr(GString) key = g_string_new(NULL);
	g_autofree char *lower = g_ascii_strdown(name, -1);
	g_string_append_printf(key, "%s:", lower);
	for (const char *p = value; *p != '\0'; p++) {
		bool blank = *p == ' ' || *p == '\t';
		bool after_blank = p > value && (p[-1] == ' ' || p[-1] == '\t');
		if (!blank) {
			g_string_append_c(key, *p);
		} else if (!after_blank) {
			g_string_append_c(key, ' ');
		}
	}
	return g_string_free(g_steal_pointer(&key), FALSE);
}

/* "HP-Outer:" [FWS] field-name ": " hp-outer-value; split at the first colon (section 4.2.1). */
static void
add_record(GHashTable *outer, const char *record)
{
	const char *colon = strchr(record, ':');
	if (colon == NULL) {
		return;
	}
	g_autofree char *name = g_strchomp(g_strndup(record, (gsize)(colon - record)));
	const char *value = colon + 1;
	while (*value == ' ' || *value == '\t') {
		value++;
	}
	g_hash_table_add(outer, pair_key(name, value));
}

static bool
is_record(const MimeField *field)
{
	return g_ascii_strcasecmp(field->name, "HP-Outer") == 0;
}

/* refouter of HeaderSetsFromMessage: from the records inside, or, for the older schemes, from what
 * is outside. */
static GHashTable *
outer_set(const MimeHeader *inside, const MimeHeader *outer, MimeScheme scheme)
{
	GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const MimeHeader *from = scheme == MIME_SCHEME_RFC9788 ? inside : outer;
	for (guint i = 0; i < mime_header_length(from); i++) {
		const MimeField *field = mime_header_at(from, i);
		if (scheme != MIME_SCHEME_RFC9788) {
			g_hash_table_add(set, pair_key(field->name, field->value));
		} else if (is_record(field)) {
			add_record(set, field->value);
		}
	}
	return set;
}

/* HeaderFieldProtection, steps 4 to 7. */
static MimeFieldState
field_state(const MimeField *field, GHashTable *refouter, MimeHp hp, MimeProtectFacts facts)
{
	if (facts.encrypted && hp == MIME_HP_CIPHER) {
		g_autofree char *key = pair_key(field->name, field->value);
		if (!g_hash_table_contains(refouter, key)) {
			return facts.signature_valid ? MIME_FIELD_SIGNED_AND_ENCRYPTED
						     : MIME_FIELD_ENCRYPTED_ONLY;
		}
	}
	return facts.signature_valid ? MIME_FIELD_SIGNED_ONLY : MIME_FIELD_UNPROTECTED;
}

static MimeHp
parse_hp(const MimeContentType *type)
{
	const char *hp = mime_content_type_get(type, "hp");
	if (hp != NULL && g_ascii_strcasecmp(hp, "clear") == 0) {
		return MIME_HP_CLEAR;
	}
	return hp != NULL && g_ascii_strcasecmp(hp, "cipher") == 0 ? MIME_HP_CIPHER : MIME_HP_NONE;
}

/* Section 4.10.1; the addresses must agree, or every signed forward would speak for its first
 * author. */
static bool
is_rfc8551(const MimeContentType *type, const MimeHeader *outer, const MimeHeader *embedded)
{
	if (!mime_content_type_is(type, "message", "rfc822") || embedded == NULL ||
	    mime_content_type_get(type, "hp") != NULL) {
		return false;
	}
	g_autoptr(MimeContentType) child = mime_content_type_of(embedded, NULL);
	g_autofree char *filename = mime_filename_of(embedded);
	if (mime_type_is_smime(child, filename) != MIME_SMIME_NONE ||
	    mime_content_type_is(child, "multipart", "encrypted") ||
	    mime_content_type_is(child, "multipart", "signed") ||
	    mime_content_type_get(child, "hp") != NULL) {
		return false;
	}
	g_autofree char *inside = from_address(embedded);
	g_autofree char *outside = from_address(outer);
	return inside != NULL && outside != NULL && mime_addr_spec_equal(inside, outside);
}

static void
find_scheme(MimeProtection *p, const MimeHeader *payload, const MimeHeader *outer,
	    const MimeHeader *embedded, MimeProtectFacts facts)
{
	g_autoptr(MimeContentType) type = mime_content_type_of(payload, NULL);
	MimeHp inferred = facts.encrypted ? MIME_HP_CIPHER : MIME_HP_CLEAR;
	const char *v1 = mime_content_type_get(type, "protected-headers");
	if (!facts.encrypted && !facts.is_signed) {
		return;
	}
	if (parse_hp(type) != MIME_HP_NONE) {
		p->scheme = MIME_SCHEME_RFC9788;
		p->hp = parse_hp(type);
	} else if (is_rfc8551(type, outer, embedded)) {
		p->scheme = MIME_SCHEME_RFC8551;
		p->hp = inferred;
		p->unwrap = true;
	} else if (v1 != NULL && g_ascii_strcasecmp(v1, "v1") == 0) {
		p->scheme = MIME_SCHEME_PARTIAL;
		p->hp = inferred;
	}
	p->header_protected = p->scheme != MIME_SCHEME_NONE;
	p->wrapped = p->hp == MIME_HP_CLEAR && facts.encrypted;
	p->cipher_unmet = p->hp == MIME_HP_CIPHER && !facts.encrypted;
}

static void
show(MimeProtection *p, const MimeField *field, MimeFieldState state)
{
	MimeFieldProtection entry = {field, state};
	mime_header_append_field(p->display, field);
	g_array_append_val(p->fields, entry);
}

/* Of these a message has none until a server adds it (RFC 6409 section 8.3); without it no answer
 * would say what it answers. */
static bool
is_added(const char *name)
{
	return g_ascii_strcasecmp(name, "Message-ID") == 0;
}

/* Fields found only outside: those that carriers add; without (complete) protection all of them. */
static void
show_outer(MimeProtection *p, const MimeHeader *outer, const MimeHeader *inside)
{
	bool all = p->scheme == MIME_SCHEME_NONE || p->scheme == MIME_SCHEME_PARTIAL;
	for (guint i = 0; i < mime_header_length(outer); i++) {
		const MimeField *field = mime_header_at(outer, i);
		bool transport = mime_field_is_transport(field->name);
		bool covered = p->header_protected && !transport &&
			       mime_header_find(inside, field->name) != NULL;
		bool wanted = all || transport || mime_field_is_list(field->name) ||
			      is_added(field->name);
		bool other = *field->name == '\0' || mime_field_is_structural(field->name);
		if (wanted && !covered && !other) {
			show(p, field, MIME_FIELD_UNPROTECTED);
		}
	}
}

static void
show_protected(MimeProtection *p, const MimeHeader *inside, const MimeHeader *outer,
	       MimeProtectFacts facts)
{
	g_autoptr(GHashTable) refouter = outer_set(inside, outer, p->scheme);
	for (guint i = 0; i < mime_header_length(inside); i++) {
		const MimeField *field = mime_header_at(inside, i);
		if (*field->name != '\0' && !is_record(field) &&
		    !mime_field_is_structural(field->name) &&
		    !mime_field_is_transport(field->name)) {
			show(p, field, field_state(field, refouter, p->hp, facts));
		}
	}
}

/* The opened message has no layer left that hp could speak of. */
static void
show_structure(MimeProtection *p, const MimeHeader *root)
{
	for (guint i = 0; i < mime_header_length(root); i++) {
		const MimeField *field = mime_header_at(root, i);
		if (mime_field_is_structural(field->name)) {
			mime_header_append_field(p->display, field);
		}
	}
	if (mime_header_find(p->display, "MIME-Version") == NULL) {
		mime_header_append(p->display, "MIME-Version", "1.0");
	}
	g_autoptr(MimeContentType) type = mime_content_type_of(p->display, NULL);
	if (mime_content_type_get(type, "hp") != NULL ||
	    mime_content_type_get(type, "protected-headers") != NULL) {
		mime_content_type_set(type, "hp", NULL);
		mime_content_type_set(type, "protected-headers", NULL);
		g_autofree char *value = mime_content_type_to_string(type);
		mime_header_set(p->display, "Content-Type", value);
	}
}

MimeProtection *
mime_protection_read(const MimeHeader *payload, const MimeHeader *outer, const MimeHeader *embedded,
		     MimeProtectFacts facts)
{
	MimeProtection *p = g_new0(MimeProtection, 1);
	p->display = mime_header_new();
	p->fields = g_array_new(FALSE, FALSE, sizeof(MimeFieldProtection));
	find_scheme(p, payload, outer, embedded, facts);
	const MimeHeader *root = p->unwrap ? embedded : payload;
	show_outer(p, outer, root);
	if (p->header_protected) {
		show_protected(p, root, outer, facts);
	}
	show_structure(p, root);
	p->from = from_address(p->header_protected ? root : outer);
	p->outer_from = from_address(outer);
	bool inside = p->header_protected && mime_header_find(root, "From") != NULL;
	p->from_mismatch = inside && (p->from == NULL || p->outer_from == NULL ||
				      !mime_addr_spec_equal(p->from, p->outer_from));
	if (p->scheme == MIME_SCHEME_PARTIAL && !inside) {
		g_free(p->from);
		p->from = g_strdup(p->outer_from);
	}
	return p;
}

void
mime_protection_free(MimeProtection *protection)
{
	if (protection == NULL) {
		return;
	}
	g_array_unref(protection->fields);
	mime_header_free(protection->display);
	g_free(protection->from);
	g_free(protection->outer_from);
	g_free(protection);
}

MimeFieldState
mime_protection_state(const MimeProtection *protection, const char *name)
{
	MimeFieldState best = MIME_FIELD_UNPROTECTED;
	for (guint i = 0; i < protection->fields->len; i++) {
		const MimeFieldProtection *f =
			&g_array_index(protection->fields, MimeFieldProtection, i);
		if (f->state > best && g_ascii_strcasecmp(f->field->name, name) == 0) {
			best = f->state;
		}
	}
	return best;
}

static bool
is_from(const MimeField *field, void *user)
{
	(void)user;
	return g_ascii_strcasecmp(field->name, "From") == 0;
}

void
mime_protection_show_outer_from(MimeProtection *protection, const MimeHeader *outer)
{
	g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(MimeFieldProtection));
	for (guint i = 0; i < protection->fields->len; i++) {
		MimeFieldProtection f = g_array_index(protection->fields, MimeFieldProtection, i);
		if (!is_from(f.field, NULL)) {
			g_array_append_val(kept, f);
		}
	}
	mime_header_remove_if(protection->display, is_from, NULL);
	g_array_unref(protection->fields);
	protection->fields = g_steal_pointer(&kept);
	for (guint i = 0; i < mime_header_length(outer); i++) {
		if (is_from(mime_header_at(outer, i), NULL)) {
			show(protection, mime_header_at(outer, i), MIME_FIELD_UNPROTECTED);
		}
	}
}
