/* SPDX-License-Identifier: MPL-2.0 */
/* Replies and forwards of sealed mail must not say outside what was hidden (RFC 9788 section 6.1).
 */
#include "mime/respond.h"

#include "mime/address.h"
#include "mime/content_type.h"
#include "mime/protect.h"
#include "mime/rfc2047.h"

#define SHORT_SUBJECT 5 /* characters; shorter ones are in every second subject */

/* What programs put before the subject of an answer, in lower case. */
static const char *const answer_prefixes[] = {
	"re",  "fwd", "fw",  "aw",  "wg", "antw", "sv",  "vs", "vb",  "tr",     "rv",
	"res", "enc", "rif", "rsp", "rp", "odp",  "ynt", "i",  "ilt", "doorst",
};

/* Where the subject goes on after "Re:", "AW[2]:", "Fwd :"; @s itself if there is no prefix. */
static const char *
skip_prefix(const char *s)
{
	for (size_t i = 0; i < G_N_ELEMENTS(answer_prefixes); i++) {
		size_t n = strlen(answer_prefixes[i]);
		if (strncmp(s, answer_prefixes[i], n) != 0) {
			continue;
		}
		const char *p = s + n;
		if (*p == '[' || *p == '(' || *p == '^') {
			p += 1 + strspn(p + 1, "0123456789");
			p += *p == ']' || *p == ')';
		}
		p += strspn(p, " \t");
		if (*p == ':') {
			return p + 1;
		}
		if (g_str_has_prefix(p, "\xef\xbc\x9a")) {
			return p + 3; /* FULLWIDTH COLON */
		}
	}
	return s;
}

static const char *
skip_tag(const char *s)
{
	const char *end = *s == '[' ? strchr(s, ']') : NULL;
	return end == NULL ? s : end + 1;
}

/* "[tag]" at the end of @s, cut off there. */
static bool
cut_tag(char *s)
{
	g_strchomp(s);
	size_t n = strlen(s);
	char *open = n > 0 && s[n - 1] == ']' ? strrchr(s, '[') : NULL;
	if (open == NULL) {
		return false;
	}
	*open = '\0';
	return true;
}

/* The bare subject in a form in which equal ones are equal. */
char *
mime_subject_bare(const char *subject)
{
	g_autofree char *text = mime_rfc2047_decode(subject);
	g_autofree char *folded = g_utf8_casefold(text, -1);
	g_autofree char *plain = g_utf8_normalize(folded, -1, G_NORMALIZE_ALL);
	g_autofree char *fallback = plain == NULL ? g_strdup(folded) : NULL;
	const char *at = plain != NULL ? plain : fallback;
	for (const char *before = NULL; before != at;) {
		before = at;
		at += strspn(at, " \t");
		at = skip_tag(skip_prefix(at));
	}
	g_autofree char *bare = g_strdup(at);
	while (cut_tag(bare)) {
	}
	g_auto(GStrv) words = g_strsplit_set(bare, " \t", -1);
	g_autoptr(GString) out = g_string_new(NULL);
	for (char **word = words; *word != NULL; word++) {
		if (**word != '\0') {
			g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", *word);
		}
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

bool
mime_subject_hides(const char *new_subject, const char *hidden_subject)
{
	g_autofree char *hidden = mime_subject_bare(hidden_subject);
	g_autofree char *new = mime_subject_bare(new_subject);
	if (*hidden == '\0') {
		return false;
	}
	if (g_utf8_strlen(hidden, -1) < SHORT_SUBJECT) {
		return g_str_equal(new, hidden);
	}
	return strstr(new, hidden) != NULL;
}

/* A mailbox as a program writes it anew. */
static void
append_mailbox(GString *list, const MimeMailbox *box)
{
	const char *comma = list->len > 0 ? ", " : "";
	if (*box->display == '\0') {
		g_string_append_printf(list, "%s%s", comma, box->address);
		return;
	}
	g_autofree char *phrase = mime_rfc2047_encode_phrase(box->display);
	g_string_append_printf(list, "%s%s <%s>", comma, phrase, box->address);
}

static bool
is_own(const MimeMailbox *box, const char *own)
{
	return own != NULL && mime_addr_spec_equal(box->address, own);
}

/* The mailboxes of all fields called @name but @own. */
static void
append_others(GString *list, const MimeHeader *ref, const char *name, const char *own)
{
	g_autoptr(GPtrArray) boxes = mime_addresses_of(ref, name, NULL);
	for (guint i = 0; i < boxes->len; i++) {
		const MimeMailbox *box = g_ptr_array_index(boxes, i);
		if (!is_own(box, own)) {
			append_mailbox(list, box);
		}
	}
}

static void
append_list(MimeHeader *out, const char *name, const GString *list)
{
	if (list->len > 0) {
		mime_header_append(out, name, list->str);
	}
}

static void
respond_from(MimeHeader *out, const MimeHeader *ref, const char *own)
{
	static const char *const fields[] = {"To", "Cc"};
	for (size_t f = 0; f < G_N_ELEMENTS(fields); f++) {
		g_autoptr(GPtrArray) boxes = mime_addresses_of(ref, fields[f], NULL);
		for (guint i = 0; i < boxes->len; i++) {
			const MimeMailbox *box = g_ptr_array_index(boxes, i);
			if (is_own(box, own)) {
				g_autoptr(GString) from = g_string_new(NULL);
				append_mailbox(from, box);
				mime_header_append(out, "From", from->str);
				return;
			}
		}
	}
}

static void
respond_recipients(MimeHeader *out, MimeRespond kind, const MimeHeader *ref, const char *own)
{
	g_autoptr(GString) to = g_string_new(NULL);
	bool directed = mime_header_value(ref, "Reply-To") != NULL;
	append_others(to, ref, directed ? "Reply-To" : "From", NULL);
	if (kind == MIME_RESPOND_REPLY_ALL) {
		append_others(to, ref, "To", own);
	}
	append_list(out, "To", to);
	if (kind == MIME_RESPOND_REPLY_ALL) {
		g_autoptr(GString) cc = g_string_new(NULL);
		append_others(cc, ref, "Cc", own);
		append_list(out, "Cc", cc);
	}
}

/* RFC 5322 section 3.6.4. */
static void
respond_thread(MimeHeader *out, const MimeHeader *ref)
{
	const char *id = mime_header_value(ref, "Message-ID");
	if (id == NULL) {
		return;
	}
	const char *before = mime_header_value(ref, "References");
	if (before == NULL) {
		before = mime_header_value(ref, "In-Reply-To");
	}
	g_autofree char *references =
		g_strconcat(before != NULL ? before : "", before != NULL ? " " : "", id, NULL);
	mime_header_append(out, "In-Reply-To", id);
	mime_header_append(out, "References", references);
}

static void
respond_subject(MimeHeader *out, MimeRespond kind, const MimeHeader *ref)
{
	const char *subject = mime_header_value(ref, "Subject");
	if (subject == NULL) {
		return;
	}
	const char *prefix = kind == MIME_RESPOND_FORWARD ? "Fwd: " : "Re: ";
	bool there = g_ascii_strncasecmp(subject, prefix, strlen(prefix) - 1) == 0;
	g_autofree char *value = g_strconcat(there ? "" : prefix, subject, NULL);
	mime_header_append(out, "Subject", value);
}

MimeHeader *
mime_respond(MimeRespond kind, const MimeHeader *ref, const char *own)
{
	MimeHeader *out = mime_header_new();
	respond_from(out, ref, own);
	if (kind != MIME_RESPOND_FORWARD) {
		respond_recipients(out, kind, ref, own);
	}
	respond_subject(out, kind, ref);
	if (kind != MIME_RESPOND_FORWARD) {
		respond_thread(out, ref);
	}
	return out;
}

struct MimeResponse {
	GHashTable *map;   /* key of (name, value) -> char * or NULL */
	char *hidden;      /* the Subject that was hidden, NULL if it was not */
	char *placeholder; /* what stood outside for it, NULL if nothing */
};

static bool
is_address_field(const char *name)
{
	static const char *const names[] = {"From", "To", "Cc", "Reply-To", "Sender"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (g_ascii_strcasecmp(name, names[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* The same for every spelling of the same name and value. */
static char *
pair_key(const char *name, const char *value)
{
	g_autofree char *lower = g_ascii_strdown(name, -1);
	g_autoptr(GString) key = g_string_new(lower);
	if (is_address_field(name)) {
		g_autoptr(GPtrArray) boxes = mime_addresses_parse(value, NULL);
		for (guint i = 0; i < boxes->len; i++) {
			const MimeMailbox *box = g_ptr_array_index(boxes, i);
			g_string_append_printf(key, "\n%s\n%s", box->display, box->address);
		}
		return g_string_free(g_steal_pointer(&key), FALSE);
	}
	g_autofree char *text = mime_rfc2047_decode(value);
	g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
	for (char **word = words; *word != NULL; word++) {
		if (**word != '\0') {
			g_string_append_printf(key, "\n%s", *word);
		}
	}
	return g_string_free(g_steal_pointer(&key), FALSE);
}

/* HeaderSetsFromMessage (section 4.2.1) into two headers. */
static void
split_sets(const MimeHeader *ref, MimeHeader *outer, MimeHeader *inside)
{
	for (guint i = 0; i < mime_header_length(ref); i++) {
		const MimeField *field = mime_header_at(ref, i);
		const char *colon = strchr(field->value, ':');
		if (g_ascii_strcasecmp(field->name, "HP-Outer") != 0) {
			mime_header_append_field(inside, field);
		} else if (colon != NULL) {
			g_autofree char *name =
				g_strndup(field->value, (gsize)(colon - field->value));
			if (mime_field_name_is_valid(g_strchomp(name))) {
				mime_header_append(outer, name,
						   colon + 1 + strspn(colon + 1, " \t"));
			}
		}
	}
}

/* Steps 5 to 7 of ReferenceHCP; @last is the value of the last field of that name outside. */
static void
add_pairs(MimeResponse *r, const MimeHeader *genprotected, const MimeHeader *genouter)
{
	g_autoptr(GHashTable) both = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) last = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	for (guint i = 0; i < mime_header_length(genouter); i++) {
		const MimeField *field = mime_header_at(genouter, i);
		g_hash_table_add(both, pair_key(field->name, field->value));
		g_hash_table_insert(last, g_ascii_strdown(field->name, -1), g_strdup(field->value));
	}
	for (guint i = 0; i < mime_header_length(genprotected); i++) {
		const MimeField *field = mime_header_at(genprotected, i);
		g_autofree char *key = pair_key(field->name, field->value);
		g_autofree char *lower = g_ascii_strdown(field->name, -1);
		if (!g_hash_table_contains(both, key)) {
			g_hash_table_insert(r->map, g_steal_pointer(&key),
					    g_strdup(g_hash_table_lookup(last, lower)));
		}
	}
}

static void
note_subject(MimeResponse *r, const MimeHeader *inside, const MimeHeader *outer)
{
	const char *hidden = mime_header_value(inside, "Subject");
	const char *shown = mime_header_value(outer, "Subject");
	if (hidden != NULL && (shown == NULL || !g_str_equal(hidden, shown))) {
		r->hidden = g_strdup(hidden);
		r->placeholder = shown == NULL ? NULL : g_strconcat("Re: ", shown, NULL);
	}
}

static MimeResponse *
response_new(const MimeHeader *ref, const char *own, MimeRespond first, MimeRespond last)
{
	MimeResponse *r = g_new0(MimeResponse, 1);
	r->map = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(MimeContentType) type = mime_content_type_of(ref, NULL);
	const char *hp = mime_content_type_get(type, "hp");
	if (hp == NULL || g_ascii_strcasecmp(hp, "cipher") != 0) {
		return r;
	}
	g_autoptr(MimeHeader) outer = mime_header_new();
	g_autoptr(MimeHeader) inside = mime_header_new();
	split_sets(ref, outer, inside);
	for (MimeRespond kind = first; kind <= last; kind++) {
		g_autoptr(MimeHeader) genprotected = mime_respond(kind, inside, own);
		g_autoptr(MimeHeader) genouter = mime_respond(kind, outer, own);
		add_pairs(r, genprotected, genouter);
	}
	note_subject(r, inside, outer);
	return r;
}

MimeResponse *
mime_response_new(const MimeHeader *ref, const char *own)
{
	return response_new(ref, own, MIME_RESPOND_REPLY, MIME_RESPOND_FORWARD);
}

MimeResponse *
mime_response_new_for(const MimeHeader *ref, const char *own, MimeRespond kind)
{
	return response_new(ref, own, kind, kind);
}

void
mime_response_free(MimeResponse *response)
{
	if (response != NULL) {
		g_hash_table_unref(response->map);
		g_free(response->hidden);
		g_free(response->placeholder);
		g_free(response);
	}
}

bool
mime_response_lookup(const MimeResponse *response, const char *name, const char *value,
		     const char **outer)
{
	g_autofree char *key = pair_key(name, value);
	gpointer found = NULL;
	if (g_hash_table_lookup_extended(response->map, key, NULL, &found)) {
		*outer = found;
		return true;
	}
	if (response->hidden != NULL && g_ascii_strcasecmp(name, "Subject") == 0 &&
	    mime_subject_hides(value, response->hidden)) {
		*outer = response->placeholder;
		return true;
	}
	return false;
}

guint
mime_response_length(const MimeResponse *response)
{
	return g_hash_table_size(response->map);
}
