/* SPDX-License-Identifier: MPL-2.0 */
/* What the tests of answers share: a message from a string, and its answers as strings. */
#pragma once

#include "imap/message.h"
#include "t.h"

/* @text with CRLF for its LFs. */
static inline GBytes *
crlf(const char *text)
{
	GByteArray *out = g_byte_array_new();
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			g_byte_array_append(out, (const guint8 *)"\r", 1);
		}
		g_byte_array_append(out, (const guint8 *)text, 1);
	}
	return g_byte_array_free_to_bytes(out);
}

/* All answers to "FETCH 1 @items", one after the other; NULL if one is refused. */
static inline char *
answers_of(GBytes *octets, const char *items)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *args = g_strconcat("1 ", items, "\r\n", NULL);
	g_autoptr(ImapFetch) asked = imap_fetch_parse(base_bytes_str(args), &error);
	g_assert_no_error(error);
	g_autoptr(ImapMessage) message = imap_message_new(octets, &error);
	g_assert_no_error(error);
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	for (guint i = 0; i < asked->items->len; i++) {
		if (!imap_message_answer(message, asked->items->pdata[i], out, &error)) {
			g_assert_error(error, PS_ERROR, PS_ERROR_UNSUPPORTED);
			return NULL;
		}
	}
	return base_bytes_strdup(base_sink_peek_bytes(out));
}

static inline void
check_answer(const char *text, const char *items, const char *want)
{
	g_autoptr(GBytes) octets = crlf(text);
	g_autofree char *got = answers_of(octets, items);
	g_assert_cmpstr(got, ==, want);
}
