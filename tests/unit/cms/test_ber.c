/* SPDX-License-Identifier: MPL-2.0 */
/* BER in memory and as it comes: the same outcome for every way of cutting it. */
#include "fixture.h"

#include "cms/ber.h"

static void
test_next(void)
{
	const struct {
		BaseBytes in;
		bool ok;
		uint8_t tag;
		size_t value;
		size_t whole;
	} table[] = {
		{BASE_LIT("\x04\x03"
			  "abcd"),
		 true, 0x04, 3, 5},
		{BASE_LIT("\x05\x00"), true, 0x05, 0, 2},
		{BASE_LIT("\x30\x80\x00\x00"), true, 0x30, 0, 4},
		{BASE_LIT("\x30\x80\x30\x80\x05\x00\x00\x00\x00\x00"), true, 0x30, 6, 10},
		{BASE_LIT("\x30\x80\x04\x02\x00\x00\x00\x00"), true, 0x30, 4, 8},
		{BASE_LIT("\x04\x82\x00\x01z"), true, 0x04, 1, 5},
		{BASE_LIT("\x04\x88\x00\x00\x00\x00\x00\x00\x00\x01z"), true, 0x04, 1, 11},
		{BASE_LIT(""), false, 0, 0, 0},
		{BASE_LIT("\x04"), false, 0, 0, 0},
		{BASE_LIT("\x04\x04"
			  "abc"),
		 false, 0, 0, 0},
		{BASE_LIT("\x04\x80\x00\x00"), false, 0, 0, 0},
		{BASE_LIT("\x30\x80\x00"), false, 0, 0, 0},
		{BASE_LIT("\x30\x80\x30\x80\x00\x00"), false, 0, 0, 0},
		{BASE_LIT("\x00\x00"), false, 0, 0, 0},
		{BASE_LIT("\x00\x01z"), false, 0, 0, 0},
		{BASE_LIT("\x1f\x21\x00"), false, 0, 0, 0},
		{BASE_LIT("\x04\x89\x00\x00\x00\x00\x00\x00\x00\x00\x01z"), false, 0, 0, 0},
		{BASE_LIT("\x04\xff"), false, 0, 0, 0},
		{BASE_LIT("\x04\x88\xff\xff\xff\xff\xff\xff\xff\xffz"), false, 0, 0, 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		BaseBytes in = table[i].in;
		CmsTlv tlv;
		g_assert_true(cms_ber_next(&in, &tlv) == table[i].ok);
		if (table[i].ok) {
			g_assert_cmpuint(tlv.tag, ==, table[i].tag);
			g_assert_cmpuint(tlv.value.n, ==, table[i].value);
			g_assert_cmpuint(tlv.whole.n, ==, table[i].whole);
			g_assert_cmpuint(in.n, ==, table[i].in.n - table[i].whole);
		} else {
			g_assert_true(in.p == table[i].in.p && in.n == table[i].in.n);
		}
	}
}

static void
test_uint(void)
{
	const struct {
		BaseBytes in;
		bool ok;
		uint64_t value;
	} table[] = {
		{BASE_LIT("\x02\x01\x00"), true, 0},
		{BASE_LIT("\x02\x02\x00\x80"), true, 128},
		{BASE_LIT("\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff"), true, UINT64_MAX},
		{BASE_LIT("\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00"), false, 0},
		{BASE_LIT("\x02\x01\x80"), false, 0},
		{BASE_LIT("\x02\x00"), false, 0},
		{BASE_LIT("\x04\x01\x00"), false, 0},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		BaseBytes in = table[i].in;
		uint64_t value = 0;
		g_assert_true(cms_ber_uint(&in, &value) == table[i].ok);
		g_assert_cmpuint(value, ==, table[i].value);
	}
}

static void
test_time(void)
{
	const struct {
		const char *text;
		int64_t time; /* INT64_MIN: refused */
	} table[] = {
		{"\x17\x0d"
		 "261121100000Z",
		 G_GINT64_CONSTANT(1795255200)},
		{"\x17\x0d"
		 "500101000000Z",
		 G_GINT64_CONSTANT(-631152000)},
		{"\x17\x0d"
		 "491231235959Z",
		 G_GINT64_CONSTANT(2524607999)},
		{"\x18\x0f"
		 "20500101000000Z",
		 G_GINT64_CONSTANT(2524608000)},
		{"\x18\x0f"
		 "20261121100000Z",
		 G_GINT64_CONSTANT(1795255200)},
		{"\x17\x0d"
		 "240229000000Z",
		 G_GINT64_CONSTANT(1709164800)},
		{"\x17\x0d"
		 "230229000000Z",
		 INT64_MIN},
		{"\x17\x0d"
		 "261321100000Z",
		 INT64_MIN},
		{"\x17\x0d"
		 "261121250000Z",
		 INT64_MIN},
		{"\x17\x0b"
		 "2611211000Z",
		 INT64_MIN},
		{"\x17\x0d"
		 "26112110000+0",
		 INT64_MIN},
		{"\x18\x11"
		 "20261121100000.5Z",
		 INT64_MIN},
		{"\x17\x0d"
		 "2611-1100000Z",
		 INT64_MIN},
		{"\x0c\x01z", INT64_MIN},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		BaseBytes in = base_bytes_str(table[i].text);
		int64_t time = INT64_MIN;
		g_assert_true(cms_ber_time(&in, &time) == (table[i].time != INT64_MIN));
		g_assert_cmpint(time, ==, table[i].time);
	}
}

static void
test_octets(void)
{
	const struct {
		BaseBytes in;
		uint8_t tag;
		const char *want;
	} table[] = {
		{BASE_LIT("\x04\x03"
			  "abc"),
		 0x04, "abc"},
		{BASE_LIT("\x80\x03"
			  "abc"),
		 0x80, "abc"},
		{BASE_LIT("\x24\x80\x04\x01"
			  "a\x04\x00\x04\x02"
			  "bc\x00\x00"),
		 0x04, "abc"},
		{BASE_LIT("\xa0\x07\x04\x01"
			  "a\x04\x02"
			  "bc"),
		 0x80, "abc"},
		{BASE_LIT("\x24\x09\x24\x05\x04\x03"
			  "abc\x04\x00"),
		 0x04, "abc"},
		{BASE_LIT("\x24\x00"), 0x04, ""},
		{BASE_LIT("\x24\x03\x80\x01"
			  "a"),
		 0x04, NULL},
		{BASE_LIT("\x24\x02\x04\x01"), 0x04, NULL},
		{BASE_LIT("\x05\x00"), 0x04, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		BaseBytes in = table[i].in;
		g_autoptr(GBytes) got = cms_ber_octets(&in, table[i].tag);
		g_assert_true((got != NULL) == (table[i].want != NULL));
		if (got != NULL) {
			T_ASSERT_STR_BYTES(base_bytes_of(got), table[i].want);
			g_assert_cmpuint(in.n, ==, 0);
		}
	}
	g_autoptr(GByteArray) deep = g_byte_array_new();
	for (guint i = 0; i < 200; i++) {
		cms_der_raw(deep, BASE_LIT("\x24\x80"));
	}
	for (guint i = 0; i < 200; i++) {
		cms_der_raw(deep, BASE_LIT("\0\0"));
	}
	BaseBytes in = base_bytes_of_array(deep);
	g_assert_null(cms_ber_octets(&in, 0x04));
}

/* ---- the tokenizer ---- */

/* Writes down what happens: "(" enters, ")" leaves, "[..]" is collected, "'..'" streamed. */
typedef struct {
	GString *log;
	bool in_string;

} Log;

static CmsBerAction
on_enter(void *user, uint8_t tag, uint64_t length)
{
	Log *log = user;
	(void)length;
	if ((tag & 0x1f) == CMS_TAG_OCTET_STRING) {
		g_string_append_c(log->log, '\'');
		log->in_string = true;
		return CMS_BER_STREAM;
	}
	if (tag == CMS_TAG_SEQUENCE) {
		g_string_append_c(log->log, '(');
		return CMS_BER_ENTER;
	}
	return tag == CMS_TAG_BOOLEAN ? CMS_BER_BAD : CMS_BER_COLLECT;
}

static bool
on_leave(void *user, GError **error)
{
	Log *log = user;
	(void)error;
	g_string_append_c(log->log, log->in_string ? '\'' : ')');
	log->in_string = false;
	return true;
}

static bool
on_collected(void *user, BaseBytes whole, GError **error)
{
	Log *log = user;
	(void)error;
	g_string_append_printf(log->log, "[%02x:%zu]", whole.p[0], whole.n);
	return true;
}

static bool
on_octets(void *user, BaseBytes data, GError **error)
{
	Log *log = user;
	(void)error;
	g_string_append_len(log->log, (const char *)data.p, (gssize)data.n);
	return true;
}

static const CmsBerHooks log_hooks = {on_enter, on_leave, on_collected, on_octets};

static const struct {
	BaseBytes in;
	CmsBerStatus status;
	const char *log;
} tokens[] = {
	{BASE_LIT("\x30\x00"), CMS_BER_DONE, "()"},
	{BASE_LIT("\x30\x80\x00\x00"), CMS_BER_DONE, "()"},
	{BASE_LIT("\x30\x05\x02\x01\x05\x30\x00"), CMS_BER_DONE, "([02:3]())"},
	{BASE_LIT("\x30\x80\x31\x80\x02\x01\x00\x31\x80\x00\x00\x00\x00\x00\x00"), CMS_BER_DONE,
	 "([31:11])"},
	{BASE_LIT("\x30\x06\x31\x80\x02\x00\x00\x00"), CMS_BER_DONE, "([31:6])"},
	{BASE_LIT("\x04\x03"
		  "abc"),
	 CMS_BER_DONE, "'abc'"},
	{BASE_LIT("\x04\x00trailing"), CMS_BER_DONE, "''"},
	{BASE_LIT("\x24\x80\x04\x01"
		  "a\x24\x04\x04\x02"
		  "bc\x04\x00\x00\x00"),
	 CMS_BER_DONE, "'abc'"},
	{BASE_LIT("\x30\x80\x24\x80\x24\x80\x04\x01x\x00\x00\x00\x00\x05\x00\x00\x00"),
	 CMS_BER_DONE, "('x'[05:2])"},
	/* cut off */
	{BASE_LIT("\x30\x05\x02\x01\x05"), CMS_BER_MORE, "([02:3]"},
	{BASE_LIT("\x30\x80\x02"), CMS_BER_MORE, "("},
	{BASE_LIT(""), CMS_BER_MORE, ""},
	/* broken */
	{BASE_LIT("\x00\x00"), CMS_BER_BROKEN, ""},
	{BASE_LIT("\x30\x02\x00\x00"), CMS_BER_BROKEN, "("},
	{BASE_LIT("\x30\x03\x02\x02\x05\x05"), CMS_BER_BROKEN, "("},
	{BASE_LIT("\x30\x03\x30\x80\x00\x00\x00\x00"), CMS_BER_BROKEN, "(("},
	{BASE_LIT("\x30\x01\x02\x01\x01"), CMS_BER_BROKEN, "("},
	{BASE_LIT("\x30\x03\x01\x01\xff"), CMS_BER_BROKEN, "("},
	{BASE_LIT("\x24\x02\x05\x00"), CMS_BER_BROKEN, "'"},
	{BASE_LIT("\x04\x80\x00\x00"), CMS_BER_BROKEN, ""},
	{BASE_LIT("\x3f\x21\x00"), CMS_BER_BROKEN, ""},
	{BASE_LIT("\x02\x20"), CMS_BER_BROKEN, ""}, /* over the limit of 30 octets */
	{BASE_LIT("\x31\x80\x04\x10"
		  "0123456789abcdef\x04\x10"
		  "0123456789abcdef"),
	 CMS_BER_BROKEN, ""},
};

static void
test_tokens(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
		for (size_t chunk = 1; chunk <= 40; chunk++) {
			Log log = {.log = g_string_new(NULL)};
			g_autoptr(CmsBerPush) push = cms_ber_push_new(&log_hooks, &log, 30);
			CmsBerStatus status = CMS_BER_MORE;
			BaseBytes in = tokens[i].in;
			for (size_t at = 0; at < in.n; at += chunk) {
				status = cms_ber_push(push, base_bytes_slice(in, at, chunk), NULL);
			}
			g_assert_cmpstr(log.log->str, ==, tokens[i].log);
			g_assert_cmpint(status, ==, tokens[i].status);
			g_string_free(log.log, TRUE);
		}
	}
}

static void
test_depth(void)
{
	const guint table[] = {63, 64, 65, 100000};
	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		Log log = {.log = g_string_new(NULL)};
		g_autoptr(CmsBerPush) push = cms_ber_push_new(&log_hooks, &log, 30);
		CmsBerStatus status = CMS_BER_MORE;
		for (guint k = 0; k < table[i]; k++) {
			status = cms_ber_push(push, BASE_LIT("\x30\x80"), NULL);
		}
		g_assert_cmpint(status, ==, table[i] <= 64 ? CMS_BER_MORE : CMS_BER_BROKEN);
		g_assert_true(cms_ber_push_over_limit(push) == (table[i] > 64));
		g_string_free(log.log, TRUE);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cms/ber/next", test_next);
	g_test_add_func("/cms/ber/uint", test_uint);
	g_test_add_func("/cms/ber/time", test_time);
	g_test_add_func("/cms/ber/octets", test_octets);
	g_test_add_func("/cms/ber/tokens", test_tokens);
	g_test_add_func("/cms/ber/depth", test_depth);
	return g_test_run();
}
