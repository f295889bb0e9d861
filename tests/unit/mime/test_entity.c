/* SPDX-License-Identifier: MPL-2.0 */
#include "base/limits.h"
#include "feed.h"
#include "mime/entity.h"

typedef struct {
	guint calls;
	guint fields;
	BaseSink *body;
	bool swallow;
} Seen;

static bool
on_header(void *user, MimeHeader *header, BaseSink **body, GError **error)
{
	Seen *seen = user;
	(void)error;
	seen->calls++;
	seen->fields = mime_header_length(header);
	g_assert_null(*body);
	*body = seen->swallow ? NULL : seen->body;
	return true;
}

static const MimeEntityHooks hooks = {on_header};

static const struct {
	const char *data;
	guint fields;
	const char *body;
} cases[] = {
	{"A: b\r\n\r\nbody\r\n", 1, "body\r\n"},
	{"A: b\n\n", 1, ""},
	{"A: b\nC: d", 2, ""},
	{"\r\nbody", 0, "body"},
	{"only body", 0, "only body"},
	{"", 0, ""},
	{"A: b\n--x\n\ny", 1, "--x\n\ny"},
	{"junk first\nA: b\n\nx", 0, "junk first\nA: b\n\nx"},
	{"A: b\r\n\r\n\r\n\r\nx", 1, "\r\n\r\nx"},
};

static void
test_cases(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (guint k = 0; k < G_N_ELEMENTS(feed_chunks); k++) {
			g_autoptr(GByteArray) got = g_byte_array_new();
			g_autoptr(BaseSink) body = base_sink_new_array(got, SIZE_MAX);
			Seen seen = {.body = body};
			g_autoptr(BaseSink) entity = mime_entity_new(&hooks, &seen);
			feed(entity, base_bytes_str(cases[i].data), feed_chunks[k]);
			g_assert_cmpuint(seen.calls, ==, 1);
			g_assert_cmpuint(seen.fields, ==, cases[i].fields);
			t_assert_bytes(got->data, got->len, cases[i].body, strlen(cases[i].body));
		}
	}
}

static void
test_swallow(void)
{
	Seen seen = {.swallow = true};
	g_autoptr(BaseSink) entity = mime_entity_new(&hooks, &seen);
	feed(entity, BASE_LIT("A: b\n\nbody"), 1);
	g_assert_cmpuint(seen.calls, ==, 1);
}

/* Too long a header fails as soon as the limit is passed, without reading the rest. */
static void
test_limit(void)
{
	g_autofree char *line = g_strnfill(65536, 'x');
	memcpy(line, "A: b\n ", 6);
	Seen seen = {.swallow = true};
	g_autoptr(BaseSink) entity = mime_entity_new(&hooks, &seen);
	g_autoptr(GError) error = NULL;
	guint writes = 0;
	while (writes < 1000 && base_sink_write(entity, base_bytes(line, 65536), &error)) {
		writes++;
	}
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	g_assert_cmpuint(writes, ==, BASE_LIMIT_HEADER / 65536);
	g_assert_cmpuint(seen.calls, ==, 0);
}

/* A body of one endless line without any header is no header. */
static void
test_long_body(void)
{
	g_autofree char *line = g_strnfill(2 * BASE_LIMIT_HEADER, 'x');
	for (guint k = 0; k < 2; k++) {
		BaseSink *body = base_sink_new_count(NULL);
		Seen seen = {.body = body};
		g_autoptr(BaseSink) entity = mime_entity_new(&hooks, &seen);
		feed(entity, base_bytes_str(line), k == 0 ? SIZE_MAX : 1000);
		g_assert_cmpuint(base_sink_count(body), ==, 2 * BASE_LIMIT_HEADER);
		base_sink_free(body);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/entity/cases", test_cases);
	g_test_add_func("/mime/entity/swallow", test_swallow);
	g_test_add_func("/mime/entity/limit", test_limit);
	g_test_add_func("/mime/entity/long-body", test_long_body);
	return g_test_run();
}
