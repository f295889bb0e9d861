/* SPDX-License-Identifier: MPL-2.0 */
/* The header of a letter. No value has line ends or other control characters in it: nothing that
 * somebody typed can become a field of its own. */
#include "base/clock.h"
#include "letter/compose.h"
#include "letter/text.h"

#define FOLD_AT   76U /* octets; what has no blanks stays longer */
#define ID_LENGTH 998U

void
letter_compose_field(GString *out, const char *name, const char *value)
{
	g_string_append_printf(out, "%s:", name);
	size_t used = strlen(name) + 1;
	g_auto(GStrv) words = g_strsplit(value, " ", -1);
	bool first = true;
	for (char **word = words; *word != NULL; word++) {
		size_t n = strlen(*word);
		bool fold = !first && n > 0 && used + 1 + n > FOLD_AT;
		g_string_append_printf(out, "%s %s", fold ? "\r\n" : "", *word);
		used = (fold ? 0 : used) + 1 + n;
		first = first && n == 0;
	}
	g_string_append(out, "\r\n");
}

static bool
check_value(const char *name, const char *value, GError **error)
{
	if (!g_utf8_validate(value, -1, NULL)) {
		return base_fail(error, PS_ERROR_ARGUMENT, "%s is not in UTF-8", name);
	}
	for (const char *p = value; *p != '\0'; p = letter_text_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if ((g_unichar_iscntrl(c) && c != '\t') || c == 0x2028 || c == 0x2029) {
			return base_fail(error, PS_ERROR_ARGUMENT,
					 "%s holds a line end or control character", name);
		}
	}
	return true;
}

static bool
is_set(const char *value)
{
	return value != NULL && *value != '\0';
}

/* Unstructured text, in encoded words where it is not ASCII. */
static bool
add_text(GString *out, const char *name, const char *value, GError **error)
{
	if (!is_set(value)) {
		return true;
	}
	if (!check_value(name, value, error)) {
		return false;
	}
	g_autofree char *encoded = g_mime_utils_header_encode_text(NULL, value, "utf-8");
	letter_compose_field(out, name, encoded);
	return true;
}

static char *
mailbox_text(const LetterMailbox *box)
{
	if (*box->name == '\0') {
		return g_strdup(box->address);
	}
	g_autofree char *phrase = g_mime_utils_header_encode_phrase(NULL, box->name, "utf-8");
	return g_strconcat(phrase, " <", box->address, ">", NULL);
}

static bool
add_addresses(GString *out, const char *name, const char *list, GError **error)
{
	g_autoptr(GPtrArray) boxes = letter_draft_wire(list, error);
	if (boxes == NULL) {
		return false;
	}
	g_autoptr(GString) value = g_string_new(NULL);
	for (guint i = 0; i < boxes->len; i++) {
		g_autofree char *text = mailbox_text(g_ptr_array_index(boxes, i));
		g_string_append_printf(value, "%s%s", i == 0 ? "" : ", ", text);
	}
	if (value->len > 0) {
		letter_compose_field(out, name, value->str);
	}
	return true;
}

/* In a draft a list need not be one yet. */
static bool
add_list(GString *out, const char *name, const char *list, LetterPurpose purpose, GError **error)
{
	g_autoptr(GError) trouble = NULL;
	if (add_addresses(out, name, list, &trouble)) {
		return true;
	}
	if (purpose == LETTER_TO_SEND) {
		g_propagate_error(error, g_steal_pointer(&trouble));
		return false;
	}
	g_autofree char *kept = g_strconcat(LETTER_DRAFT_FIELD, name, NULL);
	return add_text(out, kept, list, error);
}

/* 1*("<" id-left "@" id-right ">") of RFC 5322 section 3.6.4, what is no such thing left out. */
static void
add_ids(GString *out, const char *name, const char *ids, guint max)
{
	g_autoptr(GString) value = g_string_new(NULL);
	g_auto(GStrv) words = g_strsplit_set(ids == NULL ? "" : ids, " \t\r\n,", -1);
	guint n = g_strv_length(words);
	for (guint i = n > max ? n - max : 0; i < n; i++) {
		size_t length = strlen(words[i]);
		bool good = length > 2 && length < ID_LENGTH && words[i][0] == '<' &&
			    words[i][length - 1] == '>' && g_str_is_ascii(words[i]) &&
			    strcspn(words[i] + 1, "<>\"\\") == length - 2;
		for (size_t c = 0; good && c < length; c++) {
			good = g_ascii_isgraph(words[i][c]);
		}
		if (good) {
			g_string_append_printf(value, "%s%s", value->len > 0 ? " " : "", words[i]);
		}
	}
	if (value->len > 0) {
		letter_compose_field(out, name, value->str);
	}
}

static void
add_message_id(GString *out, const LetterDraft *draft, const char *from)
{
	if (is_set(draft->message_id)) {
		add_ids(out, "Message-ID", draft->message_id, 1);
		return;
	}
	const char *at = strrchr(from, '@');
	g_autofree char *domain = at == NULL ? NULL : g_hostname_to_ascii(at + 1);
	bool plain = domain != NULL && strspn(domain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
						      "STUVWXYZ0123456789-.") == strlen(domain);
	g_autofree char *unique = g_uuid_string_random();
	g_autofree char *id =
		g_strconcat("<", unique, "@", plain ? domain : "localhost", ">", NULL);
	letter_compose_field(out, "Message-ID", id);
}

static bool
add_level(GString *out, const char *level, GError **error)
{
	static const char *const words[] = {"plain", "signed", "sealed"};
	if (!is_set(level) || g_str_equal(level, "auto")) {
		return true;
	}
	if (!g_strv_contains((const char *const[]){"plain", "signed", "sealed", NULL}, level)) {
		return base_fail(error, PS_ERROR_ARGUMENT, "The level is auto, %s, %s or %s",
				 words[0], words[1], words[2]);
	}
	letter_compose_field(out, "X-Postseal-Level", level);
	return true;
}

/* What this file writes itself, and what only servers or the engine write. */
static bool
is_reserved(const char *name)
{
	static const char *const names[] = {
		"From",       "To",          "Cc",         "Bcc",          "Reply-To",
		"Subject",    "Date",        "Message-ID", "In-Reply-To",  "References",
		"User-Agent", "X-Mailer",    "Sender",     "MIME-Version", "Originator-Rules",
		"Received",   "Return-Path", "HP-Outer",   "Sig",
	};
	static const char *const prefixes[] = {"Content-", "Postseal-",       "X-Postseal-",
					       "Resent-",  "Authentication-", "DKIM-",
					       "ARC-"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (g_ascii_strcasecmp(name, names[i]) == 0) {
			return true;
		}
	}
	for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		if (g_ascii_strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
			return true;
		}
	}
	return false;
}

static bool
is_field_name(const char *name)
{
	size_t n = 0;
	while (g_ascii_isgraph(name[n]) && name[n] != ':') {
		n++;
	}
	return n > 0 && n <= 70 && name[n] == '\0';
}

static bool
add_further(GString *out, const LetterDraft *draft, GError **error)
{
	for (guint i = 0; i < draft->fields->len; i++) {
		const LetterField *field = g_ptr_array_index(draft->fields, i);
		if (!is_field_name(field->name) || is_reserved(field->name)) {
			return base_fail(error, PS_ERROR_ARGUMENT,
					 "A letter cannot have such a further header field");
		}
		if (!add_text(out, field->name, field->value, error)) {
			return false;
		}
	}
	return true;
}

static bool
add_notes(GString *out, const LetterDraft *draft, GError **error)
{
	for (guint i = 0; i < draft->notes->len; i++) {
		const LetterField *note = g_ptr_array_index(draft->notes, i);
		g_autofree char *name = g_strconcat(LETTER_DRAFT_FIELD, note->name, NULL);
		if (!is_field_name(name)) {
			return base_fail(error, PS_ERROR_ARGUMENT,
					 "A draft cannot have such a note");
		}
		if (!add_text(out, name, note->value, error)) {
			return false;
		}
	}
	return true;
}

/* The only mailbox of From; (transfer full). */
static char *
read_from(const LetterDraft *draft, GError **error)
{
	g_autoptr(GPtrArray) boxes = letter_draft_wire(draft->from, error);
	if (boxes == NULL) {
		return NULL;
	}
	if (boxes->len != 1) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "From is one address");
	}
	const LetterMailbox *box = g_ptr_array_index(boxes, 0);
	return g_strdup(box->address);
}

static bool
check_plain(const LetterDraft *draft, GError **error)
{
	if (is_set(draft->subject) && g_utf8_validate(draft->subject, -1, NULL) &&
	    g_utf8_strlen(draft->subject, -1) > (glong)LETTER_SUBJECT_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "The subject is longer than %u characters",
				 LETTER_SUBJECT_MAX);
	}
	return !is_set(draft->rules) || g_str_is_ascii(draft->rules) ||
	       base_fail(error, PS_ERROR_ARGUMENT, "The rules are not in ASCII");
}

bool
letter_compose_header(const LetterDraft *draft, LetterPurpose purpose, GString *out, GError **error)
{
	g_autofree char *from = read_from(draft, error);
	g_auto(GStrv) everybody = NULL;
	if (from == NULL || !check_plain(draft, error)) {
		return false;
	}
	if (purpose == LETTER_TO_SEND) {
		everybody = letter_draft_recipients(draft, error);
		if (everybody == NULL) {
			return false;
		}
	}
	g_autofree char *date =
		base_clock_format_mail(draft->date == 0 ? base_clock_now() : draft->date);
	letter_compose_field(out, "Date", date);
	if (!add_addresses(out, "From", draft->from, error) ||
	    !add_list(out, "To", draft->to, purpose, error) ||
	    !add_list(out, "Cc", draft->cc, purpose, error) ||
	    !add_list(out, "Bcc", draft->bcc, purpose, error) ||
	    !add_list(out, "Reply-To", draft->reply_to, purpose, error) ||
	    !add_text(out, "Subject", draft->subject, error)) {
		return false;
	}
	add_message_id(out, draft, from);
	add_ids(out, "In-Reply-To", draft->in_reply_to, 1);
	add_ids(out, "References", draft->references, 50);
	if (!add_level(out, draft->level, error) ||
	    !add_text(out, "Originator-Rules", draft->rules, error) ||
	    !add_further(out, draft, error) ||
	    (purpose == LETTER_TO_KEEP && !add_notes(out, draft, error))) {
		return false;
	}
	letter_compose_field(out, "User-Agent", "postseal/" PS_VERSION);
	letter_compose_field(out, "MIME-Version", "1.0");
	return true;
}
