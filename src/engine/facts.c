/* SPDX-License-Identifier: MPL-2.0 */
/* What a header says about a message. */
#include "engine/facts.h"

#include "base/clock.h"

#define ANSWERED_MAX 100U /* Message-IDs of References that are looked at */

int64_t
facts_received(const MimeHeader *header, int64_t now)
{
	const char *value = mime_header_value(header, "Received");
	const char *date = value == NULL ? NULL : strrchr(value, ';');
	int64_t time = 0;
	if (date == NULL || !base_clock_parse_mail(base_bytes_str(date + 1), &time) || time <= 0) {
		return now;
	}
	return MIN(time, now);
}

static bool
value_is(const MimeHeader *header, const char *name, const char *value)
{
	const char *have = mime_header_value(header, name);
	return have != NULL && g_ascii_strcasecmp(have, value) == 0;
}

bool
facts_is_list_mail(const MimeHeader *header)
{
	return mime_header_count(header, "List-Id") > 0 ||
	       mime_header_count(header, "List-Post") > 0 || value_is(header, "Precedence", "list");
}

/* RFC 3834 section 5: "no" as a whole token, comments and parameters after it. */
static bool
is_auto_submitted(const MimeHeader *header)
{
	const char *value = mime_header_value(header, "Auto-Submitted");
	return value != NULL &&
	       !(g_ascii_strncasecmp(value, "no", 2) == 0 && strchr(" \t;(", value[2]) != NULL);
}

bool
facts_is_junk(const MimeHeader *header)
{
	if (value_is(header, "X-Spam-Flag", "YES")) {
		return true;
	}
	for (guint i = 0; i < mime_header_length(header); i++) {
		const MimeField *field = mime_header_at(header, i);
		if (g_ascii_strcasecmp(field->name, "Authentication-Results") == 0) {
			g_autofree char *lower = g_ascii_strdown(field->value, -1);
			if (strstr(lower, "dmarc=fail") != NULL) {
				return true;
			}
		}
	}
	return false;
}

static bool
is_report(const MimeContentType *type)
{
	return mime_content_type_is(type, "multipart", "report");
}

bool
facts_is_automatic(const MimeHeader *header)
{
	g_autoptr(MimeContentType) type = mime_content_type_of(header, NULL);
	return is_report(type) || is_auto_submitted(header) ||
	       mime_content_type_is(type, "message", "disposition-notification");
}

FactsProtection
facts_protection(const MimeHeader *header)
{
	g_autoptr(MimeContentType) type = mime_content_type_of(header, NULL);
	g_autofree char *filename = mime_filename_of(header);
	const char *hint = mime_content_type_get(type, "smime-type");
	MimeSmimeKind kind = mime_type_is_smime(type, filename);
	bool opaque_signed = hint != NULL && (g_ascii_strcasecmp(hint, "signed-data") == 0 ||
					      g_ascii_strcasecmp(hint, "certs-only") == 0);
	if (kind == MIME_SMIME_PKCS7_MIME && !opaque_signed) {
		return FACTS_ENCRYPTED;
	}
	if (kind != MIME_SMIME_NONE) {
		return FACTS_SIGNED_SMIME;
	}
	if (mime_content_type_is(type, "multipart", "encrypted")) {
		return FACTS_ENCRYPTED;
	}
	return mime_content_type_is(type, "multipart", "signed") ? FACTS_SIGNED_OTHER : FACTS_OPEN;
}

static bool
is_mdn(const MimeContentType *type)
{
	const char *kind = mime_content_type_get(type, "report-type");
	return mime_content_type_is(type, "message", "disposition-notification") ||
	       (is_report(type) && kind != NULL &&
		g_ascii_strcasecmp(kind, "disposition-notification") == 0);
}

/* RFC 8823 section 3.2: the answer keeps the Subject of the challenge, which begins with "ACME:".
 */
static bool
is_acme(const MimeHeader *header)
{
	const char *subject = mime_header_value(header, "Subject");
	if (subject == NULL || g_ascii_strncasecmp(subject, "Re:", 3) != 0) {
		return false;
	}
	subject += 3;
	subject += strspn(subject, " \t");
	return g_ascii_strncasecmp(subject, "ACME:", 5) == 0;
}

static bool
is_resent(const MimeHeader *header)
{
	return mime_header_count(header, "Resent-From") > 0 ||
	       mime_header_count(header, "Resent-To") > 0;
}

PolicyPassFacts
facts_pass(const MimeHeader *header)
{
	g_autoptr(MimeContentType) type = mime_content_type_of(header, NULL);
	return (PolicyPassFacts){
		.is_protected = facts_protection(header) != FACTS_OPEN,
		.null_sender = value_is(header, "Return-Path", "<>"),
		.report = is_report(type) && !is_mdn(type),
		.mdn = is_mdn(type),
		.auto_reply = is_auto_submitted(header),
		.acme = is_acme(header),
		.resent = is_resent(header),
	};
}

bool
facts_is_calendar(const MimeHeader *header)
{
	g_autoptr(MimeContentType) type = mime_content_type_of(header, NULL);
	const char *klass = mime_header_value(header, "Content-Class");
	return mime_content_type_is(type, "text", "calendar") ||
	       (klass != NULL &&
		g_ascii_strncasecmp(klass, "urn:content-classes:calendarmessage", 35) == 0);
}

bool
facts_is_patch(const MimeHeader *header)
{
	const char *subject = mime_header_value(header, "Subject");
	const char *tag = subject == NULL ? NULL : strchr(subject, '[');
	return tag != NULL && (size_t)(tag - subject) <= 4 &&
	       (strncmp(tag, "[PATCH", 6) == 0 || strncmp(tag, "[RFC PATCH", 10) == 0);
}

static const char *
field_of(const void *header, const char *name)
{
	return mime_header_value(header, name);
}

PolicyProgram
facts_program(const MimeHeader *header)
{
	return policy_program_recognise(field_of, header);
}

/* From the end of @value, where the newest ones stand. */
static void
add_message_ids(GPtrArray *ids, const char *value)
{
	const char *end = value == NULL ? NULL : value + strlen(value);
	while (end != NULL && end > value && ids->len < ANSWERED_MAX) {
		const char *close = g_strrstr_len(value, end - value, ">");
		const char *open = close == NULL ? NULL : g_strrstr_len(value, close - value, "<");
		if (open == NULL) {
			return;
		}
		g_ptr_array_add(ids, g_strndup(open, (size_t)(close - open) + 1));
		end = open;
	}
}

GPtrArray *
facts_answered(const MimeHeader *header)
{
	static const char *const FIELDS[] = {"In-Reply-To", "X-Forwarded-Message-Id", "References"};
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
		add_message_ids(ids, mime_header_value(header, FIELDS[i]));
	}
	return ids;
}

GPtrArray *
facts_in_reply_to(const MimeHeader *header)
{
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	add_message_ids(ids, mime_header_value(header, "In-Reply-To"));
	return ids;
}

GPtrArray *
facts_forwarded(const MimeHeader *header)
{
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	add_message_ids(ids, mime_header_value(header, "X-Forwarded-Message-Id"));
	if (is_resent(header)) {
		add_message_ids(ids, mime_header_value(header, "Message-ID"));
	}
	return ids;
}
