/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
 * RFC 5321 section 4.2
 */
#include "smtp/reply.h"

#include "smtp/line.h"

#define MAX_OURS 500U /* octets of one line of ours; RFC 5321 4.5.3.1.5 allows 512 with CRLF */

struct SmtpReplyReader {
	SmtpLine *line;
	SmtpReply *reply;
};

static SmtpReply *
reply_new(guint code)
{
	SmtpReply *reply = g_new0(SmtpReply, 1);
	reply->code = code;
	reply->lines = g_ptr_array_new_with_free_func(g_free);
	return reply;
}

void
smtp_reply_free(SmtpReply *reply)
{
	if (reply != NULL) {
		g_ptr_array_unref(reply->lines);
		g_free(reply);
	}
}

SmtpReplyReader *
smtp_reply_reader_new(void)
{
	SmtpReplyReader *reader = g_new0(SmtpReplyReader, 1);
	reader->line = smtp_line_new(SMTP_LINE_REPLY);
	return reader;
}

void
smtp_reply_reader_free(SmtpReplyReader *reader)
{
	if (reader != NULL) {
		smtp_line_free(reader->line);
		smtp_reply_free(reader->reply);
		g_free(reader);
	}
}

/* Reply-code = %x32-35 %x30-35 %x30-39 ; 0 if it is none. The second digit is taken as it comes. */
static guint
code_of(const char *line)
{
	if (line[0] < '2' || line[0] > '5' || !g_ascii_isdigit(line[1]) ||
	    !g_ascii_isdigit(line[2])) {
		return 0;
	}
	return (guint)g_ascii_strtoull((char[]){line[0], line[1], line[2], '\0'}, NULL, 10);
}

/* Control characters could write on the person's screen or end our line. */
static char *
clean(const char *text)
{
	char *copy = g_strdup(text);
	for (char *at = copy; *at != '\0'; at++) {
		if ((guchar)*at < 0x20 || *at == 0x7f) {
			*at = ' ';
		}
	}
	return copy;
}

static SmtpReplyState
take_line(SmtpReplyReader *reader, const char *line)
{
	guint code = code_of(line);
	char after = code == 0 ? '\0' : line[3];
	if (code == 0 || (after != '\0' && after != ' ' && after != '-')) {
		return SMTP_REPLY_BROKEN;
	}
	if (reader->reply == NULL) {
		reader->reply = reply_new(code);
	}
	if (reader->reply->code != code || reader->reply->lines->len >= SMTP_REPLY_LINES) {
		return SMTP_REPLY_BROKEN;
	}
	g_ptr_array_add(reader->reply->lines, clean(after == '\0' ? "" : line + 4));
	return after == '-' ? SMTP_REPLY_MORE : SMTP_REPLY_READY;
}

SmtpReplyState
smtp_reply_feed(SmtpReplyReader *reader, BaseBytes data, size_t *used, SmtpReply **out)
{
	SmtpReplyState state = SMTP_REPLY_MORE;
	*used = 0;
	while (state == SMTP_REPLY_MORE && *used < data.n) {
		size_t n = 0;
		SmtpLineState line =
			smtp_line_feed(reader->line, base_bytes_slice(data, *used, SIZE_MAX), &n);
		*used += n;
		if (line == SMTP_LINE_READY) {
			state = take_line(reader, smtp_line_text(reader->line));
		} else if (line != SMTP_LINE_MORE) {
			state = SMTP_REPLY_BROKEN;
		}
	}
	if (state == SMTP_REPLY_READY) {
		*out = g_steal_pointer(&reader->reply);
	}
	return state;
}

guint
smtp_reply_class(const SmtpReply *reply)
{
	return reply->code / 100;
}

char *
smtp_reply_to_string(const SmtpReply *reply)
{
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < reply->lines->len; i++) {
		g_string_append_printf(text, "%u%c%s\r\n", reply->code,
				       i + 1 < reply->lines->len ? '-' : ' ',
				       (const char *)g_ptr_array_index(reply->lines, i));
	}
	return g_string_free(text, FALSE);
}

char *
smtp_reply_summary(const SmtpReply *reply)
{
	GString *text = g_string_new(NULL);
	g_string_printf(text, "%u", reply->code);
	for (guint i = 0; i < reply->lines->len && text->len < MAX_OURS; i++) {
		g_string_append_printf(text, " %s",
				       (const char *)g_ptr_array_index(reply->lines, i));
	}
	return g_string_free(text, FALSE);
}

/* How many octets of @text go into one line of at most @room: up to a blank if there is one, never
 * through a character. */
static size_t
fold(const char *text, size_t room)
{
	size_t n = strlen(text);
	if (n <= room) {
		return n;
	}
	for (n = room; n > 0 && text[n] != ' '; n--) {
	}
	if (n > 0) {
		return n;
	}
	for (n = room; n > 0 && ((guchar)text[n] & 0xc0) == 0x80; n--) {
	}
	return n > 0 ? n : room;
}

static char *
presentable(const char *text, bool utf8)
{
	g_autofree char *valid = utf8 ? g_utf8_make_valid(text, -1) : NULL;
	char *copy = clean(utf8 ? valid : text);
	for (char *at = copy; !utf8 && *at != '\0'; at++) {
		*at = (guchar)*at > 126 ? '?' : *at;
	}
	return copy;
}

char *
smtp_reply_format(guint code, const char *status, const char *text, bool utf8)
{
	g_autofree char *clean_text = presentable(text, utf8);
	const char *rest = clean_text;
	const char *gap = status == NULL ? "" : " ";
	size_t room = MAX_OURS - 4 - (status == NULL ? 0 : strlen(status) + 1);
	GString *reply = g_string_new(NULL);
	bool last = false;
	while (!last) {
		size_t n = fold(rest, room);
		const char *next = rest + n + strspn(rest + n, " ");
		last = *next == '\0';
		g_string_append_printf(reply, "%u%c%s%s%.*s\r\n", code, last ? ' ' : '-',
				       status == NULL ? "" : status, gap, (int)n, rest);
		rest = next;
	}
	return g_string_free(reply, FALSE);
}
