/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/kind.h"

#include <postseal/message.h>

#define SEPARATORS " \t;("

size_t
kind_header_end(BaseBytes octets)
{
	if (base_bytes_starts_nocase(octets, "\r\n")) {
		return 2;
	}
	size_t end = base_bytes_find(octets, BASE_LIT("\r\n\r\n"));
	/* Not through the whole body of a message that has CRLF. */
	size_t bare = base_bytes_find(base_bytes_slice(octets, 0, end), BASE_LIT("\n\n"));
	end = end == SIZE_MAX ? end : end + 4;
	bare = bare == SIZE_MAX ? bare : bare + 2;
	return MIN(end, bare);
}

/* Whether the media type of @value is @type: "application/pkcs7-mime; name=..." */
static bool
has_type(const char *value, const char *type)
{
	while (*value == ' ' || *value == '\t') {
		value++;
	}
	size_t n = strlen(type);
	return g_ascii_strncasecmp(value, type, n) == 0 &&
	       (value[n] == '\0' || strchr(SEPARATORS, value[n]) != NULL);
}

/* Most mail has none of the words that matter, and looking for words is quick. */
static bool
may_matter(BaseBytes header)
{
	static const char *const words[] = {"pkcs7", "/signed", "postseal-"};
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (base_bytes_find_nocase(header, words[i]) != SIZE_MAX) {
			return true;
		}
	}
	return false;
}

Kind
kind_of(BaseBytes header)
{
	size_t end = kind_header_end(header);
	header = base_bytes_slice(header, 0, end);
	if (!may_matter(header)) {
		return (Kind){0};
	}
	g_autoptr(GBytes) octets = base_bytes_dup(header);
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	g_autofree char *type = ps_message_get_field(message, "Content-Type");
	g_autofree char *key = ps_message_get_field(message, "Postseal-Key");
	g_autofree char *status = ps_message_get_field(message, "Postseal-Status");
	Kind kind = {.signed_ = key != NULL, .forged = status != NULL};
	if (type != NULL) {
		kind.sealed = has_type(type, "application/pkcs7-mime") ||
			      has_type(type, "application/x-pkcs7-mime");
		kind.signed_ = kind.signed_ || has_type(type, "multipart/signed");
	}
	return kind;
}

static void
guard_octet(KindGuard *guard, uint8_t *octet)
{
	static const char name[] = "postseal-status";
	if (*octet == '\n') {
		guard->over = guard->at == 0;
		guard->at = 0;
	} else if (*octet != '\r' || guard->at != 0) {
		bool same = guard->at < strlen(name) &&
			    g_ascii_tolower((char)*octet) == name[guard->at];
		guard->at = same ? guard->at + 1 : SIZE_MAX;
	}
	if (guard->at == strlen(name)) {
		*octet = '_';
	}
}

void
kind_guard(KindGuard *guard, uint8_t *octets, size_t n)
{
	for (size_t i = 0; i < n && !guard->over; i++) {
		guard_octet(guard, octets + i);
	}
}
