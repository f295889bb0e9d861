/* SPDX-License-Identifier: MPL-2.0 */
/* Postseal-Key: writer, strict reader, and the octets that its proof signs. */
#include "base/limits.h"
#include "mime/keyfield.h"
#include "mime_help.h"

/* "leaf", "root", "pop" in base64 */
#define L "leaf=bGVhZg=="
#define R "root=cm9vdA=="
#define P "pop=cG9w"
#define A "addr=alice@example.com"
#define T "time=1795255200"

static const struct {
	const char *value;
	MimeKeyfieldReason reason;
} rows[] = {
	{"v=1; " A "; " T "; " L "; " R "; " P, MIME_KEYFIELD_OK},
	{"v=1; " A "; " T "; " L "; " R "; " P ";", MIME_KEYFIELD_OK},
	{"v=1;" A ";" T ";" L ";" R ";" P, MIME_KEYFIELD_OK},
	{"v = 1 ; " A "; " T "; leaf=bG Vh\r\n Zg==; " R "; " P, MIME_KEYFIELD_OK},
	{"v=1; " A "; " T "; " L "; " R "; " P "; new=thing", MIME_KEYFIELD_OK},
	{P "; " R "; " L "; " T "; " A "; v=1", MIME_KEYFIELD_OK},
	{"", MIME_KEYFIELD_SYNTAX},
	{";", MIME_KEYFIELD_SYNTAX},
	{"v", MIME_KEYFIELD_SYNTAX},
	{"v=1;;" A "; " T "; " L "; " R "; " P, MIME_KEYFIELD_SYNTAX},
	{"v=1; " A "; " A "; " T "; " L "; " R "; " P, MIME_KEYFIELD_SYNTAX},
	{"v=1; " A "; " T "; " L "; " R "; " P "; x=1; x=1", MIME_KEYFIELD_SYNTAX},
	{"1v=1; " A "; " T "; " L "; " R "; " P, MIME_KEYFIELD_SYNTAX},
	{"v=1; a b=1; " A "; " T "; " L "; " R "; " P, MIME_KEYFIELD_SYNTAX},
	{A "; " T "; " L "; " R "; " P, MIME_KEYFIELD_VERSION},
	{"v=2; " A "; " T "; " L "; " R "; " P, MIME_KEYFIELD_VERSION},
	{"V=1; " A "; " T "; " L "; " R "; " P, MIME_KEYFIELD_VERSION},
	{"v=1; " T "; " L "; " R "; " P, MIME_KEYFIELD_MISSING},
	{"v=1; " A "; " L "; " R "; " P, MIME_KEYFIELD_MISSING},
	{"v=1; " A "; " T "; " R "; " P, MIME_KEYFIELD_MISSING},
	{"v=1; " A "; " T "; " L "; " P, MIME_KEYFIELD_MISSING},
	{"v=1; " A "; " T "; " L "; " R, MIME_KEYFIELD_MISSING},
	{"v=1; addr=; " T "; " L "; " R "; " P, MIME_KEYFIELD_ADDRESS},
	{"v=1; addr=alice; " T "; " L "; " R "; " P, MIME_KEYFIELD_ADDRESS},
	{"v=1; addr=@b; " T "; " L "; " R "; " P, MIME_KEYFIELD_ADDRESS},
	{"v=1; addr=a@b@c; " T "; " L "; " R "; " P, MIME_KEYFIELD_ADDRESS},
	{"v=1; addr=a b@c; " T "; " L "; " R "; " P, MIME_KEYFIELD_ADDRESS},
	{"v=1; " A "; time=; " L "; " R "; " P, MIME_KEYFIELD_TIME},
	{"v=1; " A "; time=-1; " L "; " R "; " P, MIME_KEYFIELD_TIME},
	{"v=1; " A "; time=1e3; " L "; " R "; " P, MIME_KEYFIELD_TIME},
	{"v=1; " A "; time=1234567890123; " L "; " R "; " P, MIME_KEYFIELD_TIME},
	{"v=1; " A "; " T "; leaf=; " R "; " P, MIME_KEYFIELD_BASE64},
	{"v=1; " A "; " T "; leaf=b*Vh; " R "; " P, MIME_KEYFIELD_BASE64},
	{"v=1; " A "; " T "; " L "; root=cm9vdA==x; " P, MIME_KEYFIELD_BASE64},
	{"v=1; " A "; " T "; " L "; " R "; pop=_-_-", MIME_KEYFIELD_BASE64},
};

static void
assert_fields(const MimeKeyfield *field)
{
	g_assert_cmpstr(field->addr, ==, "alice@example.com");
	g_assert_cmpint(field->time, ==, 1795255200);
	T_ASSERT_STR_BYTES(base_bytes_of(field->leaf), "leaf");
	T_ASSERT_STR_BYTES(base_bytes_of(field->root), "root");
	T_ASSERT_STR_BYTES(base_bytes_of(field->pop), "pop");
}

static void
test_rows(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		MimeKeyfieldReason reason = MIME_KEYFIELD_ABSENT;
		g_autoptr(MimeKeyfield) field =
			mime_keyfield_parse(base_bytes_str(rows[i].value), &reason);
		g_test_message("%s", rows[i].value);
		g_assert_cmpstr(mime_keyfield_reason_name(reason), ==,
				mime_keyfield_reason_name(rows[i].reason));
		g_assert_true((field != NULL) == (reason == MIME_KEYFIELD_OK));
		if (field != NULL) {
			assert_fields(field);
		}
	}
}

static void
test_header(void)
{
	static const struct {
		const char *header;
		MimeKeyfieldReason reason;
	} headers[] = {
		{"Subject: x\r\n\r\n", MIME_KEYFIELD_ABSENT},
		{"postseal-key: v=1; " A "; " T ";\r\n " L ";\r\n " R ";\r\n " P "\r\n\r\n",
		 MIME_KEYFIELD_OK},
		{"Postseal-Key: v=1; " A "; " T "; " L "; " R "; " P
		 "\r\nPostseal-Key: v=2\r\n\r\n",
		 MIME_KEYFIELD_SEVERAL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
		g_autoptr(MimeHeader) header = help_header(headers[i].header);
		MimeKeyfieldReason reason = MIME_KEYFIELD_BASE64;
		g_autoptr(MimeKeyfield) field = mime_keyfield_read(header, &reason);
		g_assert_cmpint(reason, ==, headers[i].reason);
		g_assert_true((field != NULL) == (reason == MIME_KEYFIELD_OK));
	}
}

static GBytes *
octets(size_t n)
{
	guint8 *data = g_malloc(n);
	for (size_t i = 0; i < n; i++) {
		data[i] = (guint8)(i * 7);
	}
	return g_bytes_new_take(data, n);
}

static void
assert_lines(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
	for (guint i = 0; lines[i] != NULL; i++) {
		g_assert_cmpuint(strlen(lines[i]), <=, 76);
		g_assert_true(i == 0 || lines[i + 1] == NULL || lines[i][0] == ' ');
	}
	g_assert_cmpstr(lines[g_strv_length(lines) - 1], ==, "");
}

static void
test_round(void)
{
	for (size_t n = 1; n < 1500; n += 37) {
		g_autoptr(MimeKeyfield) field = g_new0(MimeKeyfield, 1);
		field->addr = g_strdup("bob@example.net");
		field->time = 1795255200;
		field->leaf = octets(n);
		field->root = octets(n + 1);
		field->pop = octets(n + 2);
		g_autoptr(GError) error = NULL;
		g_autofree char *text = mime_keyfield_format(field, &error);
		g_assert_no_error(error);
		g_assert_true(g_str_has_prefix(
			text,
			"Postseal-Key: v=1;\r\n addr=bob@example.net;\r\n time=1795255200;\r\n leaf="));
		assert_lines(text);
		g_autoptr(MimeHeader) header = help_header(text);
		MimeKeyfieldReason reason = MIME_KEYFIELD_ABSENT;
		g_autoptr(MimeKeyfield) back = mime_keyfield_read(header, &reason);
		g_assert_cmpint(reason, ==, MIME_KEYFIELD_OK);
		g_assert_cmpstr(back->addr, ==, field->addr);
		g_assert_true(g_bytes_equal(back->leaf, field->leaf));
		g_assert_true(g_bytes_equal(back->root, field->root));
		g_assert_true(g_bytes_equal(back->pop, field->pop));
	}
}

static void
test_limits(void)
{
	g_autoptr(MimeKeyfield) field = g_new0(MimeKeyfield, 1);
	g_autoptr(GError) error = NULL;
	field->addr = g_strdup("bob@example.net");
	field->leaf = octets(BASE_LIMIT_KEY_FIELD);
	field->root = octets(10);
	field->pop = octets(10);
	g_assert_null(mime_keyfield_format(field, &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_LIMIT);
	g_clear_error(&error);
	static const char *const addresses[] = {"",
						"bob",
						"b ob@example.net",
						"b;ob@example.net",
						"bob@example.net\r\nX: y",
						"@example.net"};
	for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
		g_free(field->addr);
		field->addr = g_strdup(addresses[i]);
		g_assert_null(mime_keyfield_format(field, &error));
		g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
		g_clear_error(&error);
	}
	g_autofree char *long_value = g_strnfill(BASE_LIMIT_KEY_FIELD + 1, 'a');
	MimeKeyfieldReason reason = MIME_KEYFIELD_OK;
	g_assert_null(mime_keyfield_parse(base_bytes_str(long_value), &reason));
	g_assert_cmpint(reason, ==, MIME_KEYFIELD_OVERSIZE);
	g_autofree char *text = g_strconcat("Postseal-Key: ", long_value, "\r\n\r\n", NULL);
	g_autoptr(MimeHeader) header = help_header(text);
	g_assert_null(mime_keyfield_read(header, &reason));
	g_assert_cmpint(reason, ==, MIME_KEYFIELD_OVERSIZE);
}

static void
test_proof(void)
{
	uint8_t hash[32];
	memset(hash, 0xab, sizeof hash);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) proof =
		mime_keyfield_proof_input("alice@example.com", base_bytes(hash, 32), " <1@x> ",
					  "Sat, 21 Nov 2026 10:00:00 +0000", &error);
	g_assert_no_error(error);
	g_autoptr(GByteArray) want = g_byte_array_new();
	g_byte_array_append(want, (const guint8 *)"postseal-key-v1", 16);
	g_byte_array_append(want, (const guint8 *)"alice@example.com", 18);
	g_byte_array_append(want, hash, 32);
	g_byte_array_append(want, (const guint8 *)"<1@x>", 6);
	g_byte_array_append(want, (const guint8 *)"Sat, 21 Nov 2026 10:00:00 +0000", 32);
	BaseBytes got = base_bytes_of(proof);
	t_assert_bytes(got.p, got.n, want->data, want->len);
	g_assert_null(mime_keyfield_proof_input("a@b", base_bytes(hash, 31), "<1@x>", "d", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	g_assert_null(mime_keyfield_proof_input("a@b", base_bytes(hash, 32), NULL, "d", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
	g_clear_error(&error);
	g_assert_null(mime_keyfield_proof_input("a@b", base_bytes(hash, 32), "<1@x>", " ", &error));
	g_assert_error(error, PS_ERROR, PS_ERROR_ARGUMENT);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mime/keyfield/rows", test_rows);
	g_test_add_func("/mime/keyfield/header", test_header);
	g_test_add_func("/mime/keyfield/round", test_round);
	g_test_add_func("/mime/keyfield/limits", test_limits);
	g_test_add_func("/mime/keyfield/proof", test_proof);
	return g_test_run();
}
