/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The POP3 parsers over arbitrary input, whole and in pieces (the first octet says how large): the
 * outcome must be the same, and what is written as a multi-line response must read back.
 */
#include "pop3/capa.h"
#include "pop3/command.h"
#include "pop3/dot.h"
#include "pop3/line.h"
#include "pop3/response.h"
#include "pop3/top.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OCTETS_MAX (1U << 20)

static void
assert_same(BaseSink *a, BaseSink *b)
{
	g_assert_true(base_bytes_equal(base_sink_peek_bytes(a), base_sink_peek_bytes(b)));
}

static void
write_all(BaseSink *sink, BaseBytes data, size_t chunk)
{
	for (size_t at = 0; at < data.n; at += chunk) {
		g_assert_true(base_sink_write(sink, base_bytes_slice(data, at, chunk), NULL));
	}
	g_assert_true(base_sink_finish(sink, NULL));
}

/* How many octets were the response's. */
static size_t
undot(BaseBytes wire, size_t chunk, BaseSink *out, bool *end)
{
	Pop3Undot state = {0};
	size_t at = 0;

	*end = false;
	while (at < wire.n && !*end) {
		size_t used = 0;

		g_assert_true(pop3_undot(&state, base_bytes_slice(wire, at, chunk), out, &used, end,
					 NULL));
		at += used;
	}
	return at;
}

static void
check_undot(BaseBytes data, size_t chunk)
{
	g_autoptr(BaseSink) whole = base_sink_new_memory(OCTETS_MAX);
	g_autoptr(BaseSink) pieces = base_sink_new_memory(OCTETS_MAX);
	bool end, end_too;

	g_assert_cmpuint(undot(data, SIZE_MAX, whole, &end), ==,
			 undot(data, chunk, pieces, &end_too));
	g_assert_true(end == end_too);
	assert_same(whole, pieces);
}

/* A message goes out and comes back, its last line ended. */
static void
check_round_trip(BaseBytes data, size_t chunk)
{
	g_autoptr(BaseSink) wire = base_sink_new_memory(4 * OCTETS_MAX);
	g_autoptr(BaseSink) dot = pop3_new_dot(wire);
	g_autoptr(BaseSink) back = base_sink_new_memory(OCTETS_MAX);
	BaseBytes sent, came;
	bool end;

	write_all(dot, data, chunk);
	sent = base_sink_peek_bytes(wire);
	g_assert_cmpuint(undot(sent, chunk, back, &end), ==, sent.n);
	g_assert_true(end);
	came = base_sink_peek_bytes(back);
	g_assert_cmpuint(came.n, ==, pop3_dot_size(data));
	g_assert_true(base_bytes_equal(base_bytes_slice(came, 0, data.n), data));
}

static void
check_top(BaseBytes data, size_t chunk)
{
	g_autoptr(BaseSink) whole = base_sink_new_memory(OCTETS_MAX);
	g_autoptr(BaseSink) pieces = base_sink_new_memory(OCTETS_MAX);
	g_autoptr(BaseSink) top = pop3_new_top(whole, (guint32)chunk - 1);
	g_autoptr(BaseSink) top_too = pop3_new_top(pieces, (guint32)chunk - 1);
	size_t end = pop3_header_end(data, 0);

	write_all(top, data, SIZE_MAX);
	write_all(top_too, data, chunk);
	assert_same(whole, pieces);
	if (chunk == 1) {
		g_assert_cmpuint(base_sink_peek_bytes(whole).n, ==, MIN(end, data.n));
	}
}

static bool
on_line(BaseBytes line, gpointer user, GError **error G_GNUC_UNUSED)
{
	Pop3Command command;
	Pop3Status status;
	BaseBytes text;
	guint32 number;
	guint64 octets;

	if (pop3_command_parse(line, &command, NULL)) {
		g_assert_cmpuint(command.n_numbers, <=, 2);
		g_assert_cmpuint(command.text.n + command.initial.n, <=, line.n);
	}
	if (pop3_response_parse(line, &status, &text)) {
		(void)pop3_sizes_parse(text, &number, &octets);
	}
	if (pop3_uidl_parse(line, &number, &text)) {
		g_assert_cmpuint(text.n, <=, 70);
	}
	pop3_capa_read(user, line);
	return true;
}

static void
check_lines(BaseBytes data, size_t chunk)
{
	g_autoptr(Pop3Capa) capa = pop3_capa_new();
	g_autoptr(Pop3Capa) capa_too = pop3_capa_new();
	g_autoptr(BaseSink) lines = pop3_new_lines(on_line, capa, 512);
	g_autoptr(BaseSink) lines_too = pop3_new_lines(on_line, capa_too, 512);

	write_all(lines, data, SIZE_MAX);
	write_all(lines_too, data, chunk);
	g_autofree char *answer = pop3_capa_answer(capa, true, "PLAIN");
	g_autofree char *answer_too = pop3_capa_answer(capa_too, true, "PLAIN");
	g_assert_cmpstr(answer, ==, answer_too);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BaseBytes input = base_bytes(data, size);
	size_t chunk = size == 0 ? 1 : (size_t)data[0] % 16 + 1;

	if (size > OCTETS_MAX / 4) {
		return 0;
	}
	input = base_bytes_slice(input, 1, SIZE_MAX);
	check_undot(input, chunk);
	check_round_trip(input, chunk);
	check_top(input, chunk);
	check_lines(input, chunk);
	return 0;
}
