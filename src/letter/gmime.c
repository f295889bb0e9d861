/* SPDX-License-Identifier: MPL-2.0 */
/* GMime, started. */
#include "letter/gmime_auto.h"

static GMimeParserOptions *shared_options;

/* LeakSanitizer's, where it is linked: GMime forgets what it had registered for a type that is
 * registered again. */
extern void __lsan_disable(void) __attribute__((weak));
extern void __lsan_enable(void) __attribute__((weak));

static void
register_messages(void)
{
	static const char *const messages[] = {"rfc822", "rfc2822", "global", "news"};
	for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
		g_mime_object_register_type("message", messages[i], GMIME_TYPE_PART);
	}
}

static gpointer
start(G_GNUC_UNUSED gpointer user)
{
	static const char *fallback[] = {"utf-8", "windows-1252", NULL};
	if (__lsan_disable != NULL) {
		__lsan_disable();
	}
	g_mime_init();
	register_messages();
	if (__lsan_enable != NULL) {
		__lsan_enable();
	}
	shared_options = g_mime_parser_options_new();
	g_mime_parser_options_set_fallback_charsets(shared_options, fallback);
	return NULL;
}

void
letter_gmime_start(void)
{
	static GOnce once = G_ONCE_INIT;
	(void)g_once(&once, start, NULL);
}

GMimeParserOptions *
letter_gmime_options(void)
{
	letter_gmime_start();
	return shared_options;
}

/* How long the line is that mailbox files have before a message: "From " and no colon next. */
static size_t
envelope_length(BaseBytes octets)
{
	static const char *const begins[] = {"From ", ">From "};
	for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
		size_t n = strlen(begins[i]);
		if (octets.n <= n || memcmp(octets.p, begins[i], n) != 0) {
			continue;
		}
		while (n < octets.n && (octets.p[n] == ' ' || octets.p[n] == '\t')) {
			n++;
		}
		const uint8_t *lf = memchr(octets.p, '\n', octets.n);
		bool field = n < octets.n && octets.p[n] == ':';
		return field || lf == NULL ? 0 : (size_t)(lf - octets.p) + 1;
	}
	return 0;
}

GMimeObject *
letter_gmime_parse(BaseBytes octets)
{
	letter_gmime_start();
	size_t from = envelope_length(octets);
	if (octets.n == from) {
		return NULL;
	}
	g_autoptr(GMimeStream) stream =
		g_mime_stream_mem_new_with_buffer((const char *)octets.p, octets.n);
	g_mime_stream_set_bounds(stream, (gint64)from, (gint64)octets.n);
	(void)g_mime_stream_seek(stream, (gint64)from, GMIME_STREAM_SEEK_SET);
	g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
	return g_mime_parser_construct_part(parser, shared_options);
}
