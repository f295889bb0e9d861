/* SPDX-License-Identifier: MPL-2.0 */
/* The DER writer and the table of object identifiers, against octets written by hand. */
#include "fixture.h"

#include "cms/der.h"
#include <openssl/objects.h>

#define WANT(array, lit) t_assert_bytes((array)->data, (array)->len, lit, sizeof(lit) - 1)

static void
test_lengths(void)
{
	const struct {
		size_t n;
		const char *octets;
		size_t size;
	} table[] = {
		{0, "\x00", 1},
		{1, "\x01", 1},
		{127, "\x7f", 1},
		{128, "\x81\x80", 2},
		{255, "\x81\xff", 2},
		{256, "\x82\x01\x00", 3},
		{65535, "\x82\xff\xff", 3},
		{65536, "\x83\x01\x00\x00", 4},
		{0x12345678, "\x84\x12\x34\x56\x78", 5},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		uint8_t out[9];
		size_t n = cms_der_put_length(out, table[i].n);
		t_assert_bytes(out, n, table[i].octets, table[i].size);
		g_assert_cmpuint(cms_der_length_size(table[i].n), ==, table[i].size);
		g_assert_cmpuint(cms_der_size(table[i].n), ==, 1 + table[i].size + table[i].n);
	}
}

/* Nested values whose lengths need one, two and three octets. */
static void
test_nested(void)
{
	const size_t sizes[] = {0, 10, 123, 124, 125, 126, 127, 128, 250, 300, 70000};
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GBytes) content = fx_content(sizes[i]);
		g_autoptr(GByteArray) nested = g_byte_array_new();
		guint a = cms_der_begin(nested, CMS_TAG_SEQUENCE);
		guint b = cms_der_begin(nested, CMS_TAG_CONTEXT_CONSTRUCTED(1));
		cms_der_octets(nested, base_bytes_of(content));
		cms_der_end(nested, b);
		cms_der_null(nested);
		cms_der_end(nested, a);
		g_autoptr(GByteArray) flat = g_byte_array_new();
		size_t inner = cms_der_size(sizes[i]);
		cms_der_header(flat, 0x30, cms_der_size(inner) + 2);
		cms_der_header(flat, 0xa1, inner);
		cms_der_tlv(flat, 0x04, base_bytes_of(content));
		cms_der_raw(flat, BASE_LIT("\x05\x00"));
		t_assert_bytes(nested->data, nested->len, flat->data, flat->len);
	}
}

static void
test_integers(void)
{
	const struct {
		uint64_t value;
		const char *octets;
		size_t n;
	} table[] = {
		{0, "\x02\x01\x00", 3},
		{1, "\x02\x01\x01", 3},
		{127, "\x02\x01\x7f", 3},
		{128, "\x02\x02\x00\x80", 4},
		{256, "\x02\x02\x01\x00", 4},
		{UINT64_MAX, "\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", 11},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		cms_der_uint(out, table[i].value);
		t_assert_bytes(out->data, out->len, table[i].octets, table[i].n);
	}
	g_autoptr(GByteArray) out = g_byte_array_new();
	cms_der_unsigned(out, BASE_LIT("\x00\x00\x80"));
	cms_der_unsigned(out, BASE_LIT("\x00\x00"));
	cms_der_bits(out, BASE_LIT("\xaa"));
	WANT(out, "\x02\x02\x00\x80\x02\x01\x00\x03\x02\x00\xaa");
}

static void
test_times(void)
{
	const struct {
		int64_t time;
		const char *octets;
	} table[] = {
		{0, "\x17\x0d"
		    "700101000000Z"},
		{G_GINT64_CONSTANT(1795255200), "\x17\x0d"
						"261121100000Z"},
		{G_GINT64_CONSTANT(2524607999), "\x17\x0d"
						"491231235959Z"},
		{G_GINT64_CONSTANT(2524608000), "\x18\x0f"
						"20500101000000Z"},
		{G_GINT64_CONSTANT(-631152000), "\x17\x0d"
						"500101000000Z"},
		{G_GINT64_CONSTANT(-631152001), "\x18\x0f"
						"19491231235959Z"},
		{G_GINT64_CONSTANT(951782400), "\x17\x0d"
					       "000229000000Z"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autoptr(GByteArray) out = g_byte_array_new();
		cms_der_time(out, table[i].time);
		t_assert_bytes(out->data, out->len, table[i].octets, strlen(table[i].octets));
	}
}

static void
test_set_of(void)
{
	BaseBytes list[] = {BASE_LIT("\x04\x02zz"), BASE_LIT("\x02\x01\x05"), BASE_LIT("\x04\x01z"),
			    BASE_LIT("\x04\x02za"), BASE_LIT("\x02\x01\x05")};
	g_autoptr(GByteArray) out = g_byte_array_new();
	cms_der_set_of(out, CMS_TAG_SET, list, G_N_ELEMENTS(list));
	WANT(out, "\x31\x11\x02\x01\x05\x02\x01\x05\x04\x01z\x04\x02za\x04\x02zz");
	g_autoptr(GByteArray) none = g_byte_array_new();
	cms_der_set_of(none, 0xa0, NULL, 0);
	WANT(none, "\xa0\x00");
}

/* Each identifier is found again, none twice; those that libcrypto knows are the same there. */
static void
test_oids(void)
{
	guint known = 0;
	for (unsigned i = 1; i < CMS_N_OIDS; i++) {
		BaseBytes octets = cms_oid_bytes((CmsOid)i);
		g_assert_cmpuint(octets.n, >, 0);
		g_assert_cmpint(cms_oid_find(octets), ==, i);
		g_autofree char *dotted = cms_oid_dotted(octets);
		g_assert_nonnull(dotted);
		ASN1_OBJECT *object = OBJ_txt2obj(dotted, 1);
		g_assert_nonnull(object);
		t_assert_bytes(OBJ_get0_data(object), OBJ_length(object), octets.p, octets.n);
		known += OBJ_obj2nid(object) != NID_undef;
		ASN1_OBJECT_free(object);
	}
	g_assert_cmpuint(known, >, 70);
	g_assert_cmpint(cms_oid_find(BASE_LIT("")), ==, CMS_OID_UNKNOWN);
	g_assert_cmpint(cms_oid_find(BASE_LIT("\x2a")), ==, CMS_OID_UNKNOWN);
	g_assert_cmpuint(cms_oid_bytes(CMS_OID_UNKNOWN).n, ==, 0);
}

static void
test_dotted(void)
{
	const struct {
		BaseBytes octets;
		const char *want;
	} table[] = {
		{BASE_LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"), "1.2.840.113549.1.7.1"},
		{BASE_LIT("\x55\x1d\x0e"), "2.5.29.14"},
		{BASE_LIT("\x00"), "0.0"},
		{BASE_LIT("\x27"), "0.39"},
		{BASE_LIT("\x4f"), "1.39"},
		{BASE_LIT("\x88\x37"), "2.999"},
		{BASE_LIT(""), NULL},
		{BASE_LIT("\x80\x01"), NULL},
		{BASE_LIT("\x2a\x86"), NULL},
		{BASE_LIT(
			 "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		 NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_autofree char *got = cms_oid_dotted(table[i].octets);
		g_assert_cmpstr(got, ==, table[i].want);
	}
	g_autofree char *ours = cms_oid_dotted(cms_oid_bytes(CMS_OID_POSTSEAL));
	g_assert_cmpstr(ours, ==, "2.25.39014844396612858129333055129227494128.1");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cms/der/lengths", test_lengths);
	g_test_add_func("/cms/der/nested", test_nested);
	g_test_add_func("/cms/der/integers", test_integers);
	g_test_add_func("/cms/der/times", test_times);
	g_test_add_func("/cms/der/set-of", test_set_of);
	g_test_add_func("/cms/oid/table", test_oids);
	g_test_add_func("/cms/oid/dotted", test_dotted);
	return g_test_run();
}
