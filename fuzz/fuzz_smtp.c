/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What mail programs and providers say, as lines, commands, replies and messages. What must hold
 * for any octets: nothing depends on the pieces in which they come; a message that is passed on has
 * no bare CR or LF and comes back from stuffing as it was; no reply of ours has a line end too
 * many.
 */
#include "base/lines.h"
#include "smtp/command.h"
#include "smtp/data.h"
#include "smtp/line.h"
#include "smtp/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_command(const char *line)
{
	SmtpOffer offer = {.keywords = SMTP_OFFER_SIZE | SMTP_OFFER_DSN | SMTP_OFFER_SMTPUTF8};
	g_autofree char *text = g_strdup(line);
	SmtpCommand command = smtp_command_parse(text);
	g_autoptr(SmtpPath) mail = NULL;
	g_autoptr(SmtpPath) rcpt = NULL;
	smtp_path_parse_mail(command.argument, &offer, &mail);
	smtp_path_parse_rcpt(command.argument, &offer, true, &rcpt);
	for (const SmtpPath *path = mail;; path = rcpt) {
		if (path != NULL) {
			g_assert_null(strpbrk(path->address, "\r\n"));
			g_assert_null(strpbrk(path->parameters, "\r\n"));
		}
		if (path == rcpt) {
			break;
		}
	}
	g_autofree char *wire = smtp_reply_format(550, "5.7.1", line, false);
	g_assert_true(base_lines_is_crlf(base_bytes_str(wire)) && g_str_is_ascii(wire));
	smtp_host_is_valid(command.argument);
}

/* The states and texts of all lines. */
static char *
read_lines(BaseBytes data, size_t chunk)
{
	g_autoptr(SmtpLine) line = smtp_line_new(256);
	GString *seen = g_string_new(NULL);
	for (size_t at = 0; at < data.n;) {
		size_t used = 0;
		SmtpLineState state =
			smtp_line_feed(line, base_bytes_slice(data, at, chunk), &used);
		g_assert_true(used > 0);
		at += used;
		if (state == SMTP_LINE_READY) {
			g_string_append_printf(seen, "%s\n", smtp_line_text(line));
			check_command(smtp_line_text(line));
		} else if (state != SMTP_LINE_MORE) {
			g_string_append_printf(seen, "%d\n", (int)state);
		}
	}
	return g_string_free(seen, FALSE);
}

static char *
read_reply(BaseBytes data, size_t chunk)
{
	g_autoptr(SmtpReplyReader) reader = smtp_reply_reader_new();
	g_autoptr(SmtpReply) reply = NULL;
	SmtpReplyState state = SMTP_REPLY_MORE;
	for (size_t at = 0; at < data.n && state == SMTP_REPLY_MORE;) {
		size_t used = 0;
		state = smtp_reply_feed(reader, base_bytes_slice(data, at, chunk), &used, &reply);
		at += used;
	}
	if (reply == NULL) {
		return g_strdup_printf("%d", (int)state);
	}
	g_autoptr(SmtpOffer) theirs = smtp_offer_read(reply);
	g_autoptr(SmtpOffer) ours = smtp_offer_filter(theirs);
	g_autofree char *wire = smtp_offer_to_string(ours, "localhost");
	g_assert_true(base_lines_is_crlf(base_bytes_str(wire)));
	return smtp_reply_to_string(reply);
}

/* The message; NULL if it does not end or is not good. */
static GBytes *
read_data(BaseBytes data, size_t chunk)
{
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	g_autoptr(SmtpData) reader = smtp_data_new(out, 4096);
	SmtpDataState state = SMTP_DATA_MORE;
	for (size_t at = 0; at < data.n && state == SMTP_DATA_MORE;) {
		size_t used = 0;
		BaseBytes piece = base_bytes_slice(data, at, chunk);
		g_assert_true(smtp_data_feed(reader, piece, &used, &state, NULL));
		at += used;
	}
	bool good = state == SMTP_DATA_END && smtp_data_fault(reader) == SMTP_DATA_GOOD;
	return good ? base_sink_take_bytes(out) : NULL;
}

static void
check_back(GBytes *message)
{
	g_autoptr(BaseSink) wire = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) stuffer = smtp_data_new_stuffer(wire);
	g_assert_true(base_lines_is_crlf(base_bytes_of(message)));
	g_assert_true(base_sink_write(stuffer, base_bytes_of(message), NULL));
	g_assert_true(base_sink_finish(stuffer, NULL));
	g_autoptr(GBytes) back = read_data(base_sink_peek_bytes(wire), 7);
	g_assert_true(back != NULL && g_bytes_equal(back, message));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BaseBytes all = base_bytes(data, size);
	g_autofree char *lines = read_lines(all, size + 1);
	g_autofree char *octets = read_lines(all, 1);
	g_assert_cmpstr(lines, ==, octets);
	g_autofree char *reply = read_reply(all, size + 1);
	g_autofree char *pieces = read_reply(all, 3);
	g_assert_cmpstr(reply, ==, pieces);
	g_autoptr(GBytes) message = read_data(all, size + 1);
	g_autoptr(GBytes) again = read_data(all, 2);
	g_assert_true((message == NULL) == (again == NULL));
	if (message != NULL) {
		g_assert_true(g_bytes_equal(message, again));
		check_back(message);
	}
	return 0;
}
