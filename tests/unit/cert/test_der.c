/* SPDX-License-Identifier: MPL-2.0 */
/* The DER reader and names made with it; expected values by hand from X.690 and RFC 4514. */
#include "cert/der.h"

#include "base/hex.h"
#include "cert/name.h"
#include "t.h"

/* Elements in hex: whether they are DER, and how many octets of content they have. */
static const struct {
	const char *hex;
	bool good;
	size_t n;
} ELEMENTS[] = {
	{"0500", true, 0},          {"04020102", true, 2},
	{"0402010203", true, 2}, /* one octet is left */
	{"04", false, 0},           {"0402", false, 0},
	{"040201", false, 0},       {"0480", false, 0},         /* indefinite */
	{"04800000", false, 0},     {"0481020102", false, 0},   /* not minimal */
	{"0482000101", false, 0},   {"1f8101020304", false, 0}, /* high tag number */
	{"0484ffffffff", false, 0}, {"04850000000001ff", false, 0},
	{"04ff", false, 0},
};

static void
reads_elements(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ELEMENTS); i++) {
		g_autoptr(GBytes) data = base_hex_parse(ELEMENTS[i].hex);
		BaseBytes in = base_bytes_of(data);
		BaseBytes value = {0};
		BaseBytes whole = {0};
		unsigned tag = 0;
		g_assert_true(cert_der_next(&in, &tag, &value, &whole) == ELEMENTS[i].good);
		g_assert_cmpuint(value.n, ==, ELEMENTS[i].n);
	}
}

static void
reads_long_lengths(void)
{
	g_autofree uint8_t *data = g_malloc0(70000);

	static const struct {
		uint8_t head[5];
		size_t head_n;
		size_t n;
	} LONG[] = {
		{{0x04, 0x7f}, 2, 127},
		{{0x04, 0x81, 0x80}, 3, 128},
		{{0x04, 0x82, 0x01, 0x00}, 4, 256},
		{{0x04, 0x83, 0x01, 0x00, 0x00}, 5, 65536},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(LONG); i++) {
		memcpy(data, LONG[i].head, LONG[i].head_n);
		BaseBytes in = base_bytes(data, LONG[i].head_n + LONG[i].n);
		BaseBytes value = {0};
		g_assert_true(cert_der_take(&in, CERT_DER_OCTET_STRING, &value));
		g_assert_cmpuint(value.n, ==, LONG[i].n);
		g_assert_cmpuint(in.n, ==, 0);
		BaseBytes cut = base_bytes(data, LONG[i].head_n + LONG[i].n - 1);
		g_assert_false(cert_der_take(&cut, CERT_DER_OCTET_STRING, &value));
	}
}

static void
leaves_what_it_does_not_take(void)
{
	BaseBytes in = BASE_LIT("\x05\x00");
	BaseBytes value = {0};
	g_assert_false(cert_der_take(&in, CERT_DER_INTEGER, &value));
	g_assert_cmpuint(in.n, ==, 2);
	g_assert_true(cert_der_take(&in, CERT_DER_NULL, &value));
	g_assert_cmpuint(in.n, ==, 0);
}

static const struct {
	const char *text;
	unsigned tag;
	bool good;
	int64_t time;
} TIMES[] = {
	{"700101000000Z", CERT_DER_UTC_TIME, true, 0},
	{"491231235959Z", CERT_DER_UTC_TIME, true, INT64_C(2524607999)},
	{"500101000000Z", CERT_DER_UTC_TIME, true, INT64_C(-631152000)},
	{"20500101000000Z", CERT_DER_GENERALIZED_TIME, true, INT64_C(2524608000)},
	{"99991231235959Z", CERT_DER_GENERALIZED_TIME, true, INT64_C(253402300799)},
	{"7001010000Z", CERT_DER_UTC_TIME, false, 0},
	{"700101000000+0100", CERT_DER_UTC_TIME, false, 0},
	{"701301000000Z", CERT_DER_UTC_TIME, false, 0},
	{"700230000000Z", CERT_DER_UTC_TIME, false, 0},
	{"700101250000Z", CERT_DER_UTC_TIME, false, 0},
	{"7001010000 0Z", CERT_DER_UTC_TIME, false, 0},
	{"20500101000000.5Z", CERT_DER_GENERALIZED_TIME, false, 0},
	{"00000101000000Z", CERT_DER_GENERALIZED_TIME, false, 0},
	{"", CERT_DER_UTC_TIME, false, 0},
};

static void
reads_times(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(TIMES); i++) {
		g_autoptr(GByteArray) der = g_byte_array_new();
		uint8_t head[2] = {(uint8_t)TIMES[i].tag, (uint8_t)strlen(TIMES[i].text)};
		g_byte_array_append(der, head, 2);
		g_byte_array_append(der, (const guint8 *)TIMES[i].text,
				    (guint)strlen(TIMES[i].text));
		BaseBytes in = base_bytes_of_array(der);
		int64_t time = 0;
		g_assert_true(cert_der_take_time(&in, &time) == TIMES[i].good);
		g_assert_cmpint(time, ==, TIMES[i].time);
	}
}

static const struct {
	const char *hex;
	const char *text;
} OIDS[] = {
	{"2a864886f70d010101", "1.2.840.113549.1.1.1"},
	{"551d11", "2.5.29.17"},
	{"60", "2.16"},
	{"8837", "2.999"},
	{"2a", "1.2"},
	{"00", "0.0"},
	{"", NULL},
	{"2a86", NULL},                     /* ends inside an arc */
	{"2a8001", NULL},                   /* padded arc */
	{"2affffffffffffffffffff7f", NULL}, /* beyond 64 bits */
};

static void
writes_oids(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(OIDS); i++) {
		g_autoptr(GBytes) oid = base_hex_parse(OIDS[i].hex);
		g_autofree char *text = cert_der_oid_text(base_bytes_of(oid));
		g_assert_cmpstr(text, ==, OIDS[i].text);
	}
}

/* Names in hex; RFC 4514 section 4 has the first shapes. */
static const struct {
	const char *hex;
	const char *text;
} NAMES[] = {
	{"3000", ""},
	{"300c310a300806035504030c0141", "CN=A"},
	{"3018310a300806035504060c0158310a300806035504030c0141", "CN=A,C=X"},
	/* two attributes in one RDN */
	{"301631143008060355040a0c014f300806035504030c0141", "O=O+CN=A"},
	/* BMPString, TeletexString, UniversalString */
	{"300d310b300906035504031e0200e9", "CN=\xc3\xa9"},
	{"300c310a300806035504031401e9", "CN=\xc3\xa9"},
	{"300f310d300b06035504031c04000000e9", "CN=\xc3\xa9"},
	/* NUL within: shown, not an end */
	{"300e310c300a06035504030c03610062", "CN=a\xef\xbf\xbd"
					     "b"},
	{"300e310c300a06035504031303610062", "CN=a\xef\xbf\xbd"
					     "b"},
	{"3011310f300d06035504031e06006100000062", "CN=a\xef\xbf\xbd"
						   "b"},
	/* unknown type and a value that is no string */
	{"300b3109300706022a030c0141", "1.2.3=A"},
	{"300c310a30080603550403020141", "CN=#020141"},
	/* broken */
	{"300c310a300806035504030c0241", NULL},
	{"30023100", NULL},
	{"300c310a300806035504030c014100", NULL},
	{"", NULL},
};

static void
writes_names(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		g_autoptr(GBytes) name = base_hex_parse(NAMES[i].hex);
		g_autofree char *text = cert_name_text(base_bytes_of(name));
		g_assert_cmpstr(text, ==, NAMES[i].text);
	}
}

static void
folds_names(void)
{
	g_autofree char *a = cert_name_fold("CN=Good  CA,O=Test");
	g_autofree char *b = cert_name_fold("CN=\\ good ca,O=TEST");
	g_autofree char *c = cert_name_fold("CN=Bad CA,O=Test");
	g_assert_cmpstr(a, ==, b);
	g_assert_cmpstr(a, !=, c);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/der/reads_elements", reads_elements);
	g_test_add_func("/cert/der/reads_long_lengths", reads_long_lengths);
	g_test_add_func("/cert/der/leaves_what_it_does_not_take", leaves_what_it_does_not_take);
	g_test_add_func("/cert/der/reads_times", reads_times);
	g_test_add_func("/cert/der/writes_oids", writes_oids);
	g_test_add_func("/cert/der/writes_names", writes_names);
	g_test_add_func("/cert/der/folds_names", folds_names);
	return g_test_run();
}
