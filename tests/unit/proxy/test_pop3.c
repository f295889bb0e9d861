/* SPDX-License-Identifier: MPL-2.0 */
/* What a POP3 session remembers of sizes, and how it holds messages. */
#include "proxy/pop3_hold.h"
#include "proxy/pop3_sizes.h"
#include "t.h"

#include "base/limits.h"

static void
free_sizes(Pop3Sizes **sizes)
{
	pop3_sizes_free(*sizes);
}

static void
test_sizes(void)
{
	__attribute__((cleanup(free_sizes))) Pop3Sizes *sizes = pop3_sizes_new("one");

	g_assert_cmpuint(pop3_sizes_count(sizes), ==, 0);
	g_assert_cmpuint(pop3_sizes_get(sizes, 0), ==, POP3_SIZE_UNKNOWN);
	g_assert_cmpuint(pop3_sizes_get(sizes, 7), ==, POP3_SIZE_UNKNOWN);
	pop3_sizes_reserve(sizes, 3);
	g_assert_cmpuint(pop3_sizes_count(sizes), ==, 3);
	pop3_sizes_set(sizes, 2, POP3_SIZE_AS_IS);
	g_assert_false(pop3_sizes_differ(sizes));
	pop3_sizes_set(sizes, 3, 500);
	g_assert_true(pop3_sizes_differ(sizes));
	g_assert_cmpuint(pop3_sizes_get(sizes, 1), ==, POP3_SIZE_UNKNOWN);
	g_assert_cmpuint(pop3_sizes_get(sizes, 2), ==, POP3_SIZE_AS_IS);
	g_assert_cmpuint(pop3_sizes_get(sizes, 3), ==, 500);
	/* numbers that no mailbox has cost nothing */
	pop3_sizes_set(sizes, 0, 5);
	pop3_sizes_set(sizes, G_MAXUINT32, 5);
	pop3_sizes_name(sizes, G_MAXUINT32, BASE_LIT("a"));
	g_assert_cmpuint(pop3_sizes_count(sizes), ==, 3);
}

/* What one session found out by number, the next knows by unique-id; other mailboxes do not. */
static void
test_sizes_are_shared(void)
{
	__attribute__((cleanup(free_sizes))) Pop3Sizes *first = pop3_sizes_new("shared");
	__attribute__((cleanup(free_sizes))) Pop3Sizes *second = pop3_sizes_new("shared");
	__attribute__((cleanup(free_sizes))) Pop3Sizes *other = pop3_sizes_new("other");

	pop3_sizes_set(first, 1, 100); /* before its name is known */
	pop3_sizes_name(first, 1, BASE_LIT("id-1"));
	pop3_sizes_name(first, 2, BASE_LIT("id-2"));
	pop3_sizes_set(first, 2, POP3_SIZE_AS_IS);
	pop3_sizes_name(second, 5, BASE_LIT("id-1"));
	pop3_sizes_name(second, 6, BASE_LIT("id-2"));
	pop3_sizes_name(second, 7, BASE_LIT("id-3"));
	pop3_sizes_name(other, 1, BASE_LIT("id-1"));
	g_assert_cmpuint(pop3_sizes_get(second, 5), ==, 100);
	g_assert_cmpuint(pop3_sizes_get(second, 6), ==, POP3_SIZE_AS_IS);
	g_assert_cmpuint(pop3_sizes_get(second, 7), ==, POP3_SIZE_UNKNOWN);
	g_assert_cmpuint(pop3_sizes_get(other, 1), ==, POP3_SIZE_UNKNOWN);
	g_assert_true(pop3_sizes_differ(second));
	g_assert_false(pop3_sizes_differ(other));
}

/* In memory, just over it, and far over it. */
static void
test_hold(void)
{
	static const size_t lengths[] = {0, 1, BASE_LIMIT_SPOOL_MEMORY, BASE_LIMIT_SPOOL_MEMORY + 1,
					 3 * BASE_LIMIT_SPOOL_MEMORY + 17};

	for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
		g_autoptr(Pop3Hold) hold = pop3_hold_new();
		g_autoptr(GByteArray) want = g_byte_array_new();
		g_autoptr(GError) error = NULL;

		for (size_t at = 0; at < lengths[i]; at += 10007) {
			uint8_t piece[10007];

			memset(piece, (int)(at % 251), sizeof piece);
			BaseBytes part = base_bytes(piece, MIN(sizeof piece, lengths[i] - at));
			g_assert_true(base_sink_write(pop3_hold_sink(hold), part, NULL));
			g_byte_array_append(want, part.p, (guint)part.n);
		}
		g_assert_cmpuint(pop3_hold_head(hold).n, >=, MIN(lengths[i], BASE_LIMIT_HEADER));
		g_autoptr(PsMessage) message = pop3_hold_take(hold, &error);
		g_assert_no_error(error);
		g_assert_cmpuint(ps_message_get_size(message), ==, lengths[i]);
		g_autoptr(GBytes) got = ps_message_get_octets(message, &error);
		g_assert_no_error(error);
		g_assert_true(base_bytes_equal(base_bytes_of(got), base_bytes_of_array(want)));
	}
}

/* Given up half-way: nothing waits for ever. */
static void
test_hold_given_up(void)
{
	g_autofree uint8_t *octets = g_malloc0(2 * BASE_LIMIT_SPOOL_MEMORY);
	g_autoptr(Pop3Hold) hold = pop3_hold_new();

	g_assert_true(base_sink_write(pop3_hold_sink(hold),
				      base_bytes(octets, 2 * BASE_LIMIT_SPOOL_MEMORY), NULL));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/proxy/pop3/sizes", test_sizes);
	g_test_add_func("/proxy/pop3/sizes-are-shared", test_sizes_are_shared);
	g_test_add_func("/proxy/pop3/hold", test_hold);
	g_test_add_func("/proxy/pop3/hold-given-up", test_hold_given_up);
	return g_test_run();
}
