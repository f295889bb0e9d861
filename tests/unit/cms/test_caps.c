/* SPDX-License-Identifier: MPL-2.0 */
/* Capabilities: what we announce, octet for octet, and what others do. */
#include "fixture.h"

#include "cms/caps.h"

#define AES256_GCM "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e"
#define AES128_GCM "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x06"
#define AES256_CBC "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a"
#define AES128_CBC "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x02"
#define CEK_HKDF   "\x30\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1f"
#define CHACHA20   "\x30\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x12"
#define ECDH_128 \
	"\x30\x15\x06\x06\x2b\x81\x04\x01\x0b\x01\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x05"
#define X25519_256                                                                                         \
	"\x30\x1a\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x13\x30\x0b\x06\x09\x60\x86\x48\x01\x65" \
	"\x03\x04\x01\x2d"
#define OAEP       "\x30\x38\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07\x30\x2b\x30\x0d\x06\x09\x60"
#define TRIPLE_DES "\x30\x0a\x06\x08\x2a\x86\x48\x86\xf7\x0d\x03\x07"
#define RC2_40     "\x30\x0d\x06\x08\x2a\x86\x48\x86\xf7\x0d\x03\x02\x02\x01\x28"

static size_t
find(GBytes *caps, BaseBytes entry)
{
	return base_bytes_find(base_bytes_of(caps), entry);
}

/* Octets of RFC 8551, 8418, 9709 and 3560 (notes of the standards, 3.2). */
static void
test_build(void)
{
	const BaseBytes modern_only[] = {BASE_LIT(AES256_GCM), BASE_LIT(AES128_GCM),
					 BASE_LIT(CEK_HKDF),   BASE_LIT(ECDH_128),
					 BASE_LIT(X25519_256), BASE_LIT(OAEP)};
	g_autoptr(GBytes) modern = cms_caps_build(true);
	g_autoptr(GBytes) compatible = cms_caps_build(false);
	for (size_t i = 0; i < G_N_ELEMENTS(modern_only); i++) {
		g_assert_cmpuint(find(modern, modern_only[i]), !=, SIZE_MAX);
		g_assert_cmpuint(find(compatible, modern_only[i]), ==, SIZE_MAX);
	}
	g_assert_cmpuint(find(modern, BASE_LIT(AES256_GCM)), <, find(modern, BASE_LIT(AES256_CBC)));
	g_assert_cmpuint(find(modern, BASE_LIT(CHACHA20)), ==, SIZE_MAX);
	g_assert_cmpuint(cms_caps_parse(base_bytes_of(compatible)), ==,
			 CMS_CAP_AES128_CBC | CMS_CAP_AES256_CBC | CMS_CAP_POSTSEAL);
	g_assert_cmpuint(cms_caps_parse(base_bytes_of(modern)), ==,
			 CMS_CAP_AES128_CBC | CMS_CAP_AES256_CBC | CMS_CAP_AES128_GCM |
				 CMS_CAP_AES256_GCM | CMS_CAP_CEK_HKDF | CMS_CAP_RSA_OAEP |
				 CMS_CAP_ECDH_SHA256 | CMS_CAP_X25519 | CMS_CAP_POSTSEAL);
}

static void
test_parse(void)
{
	const struct {
		BaseBytes in;
		guint want;
	} table[] = {
		{BASE_LIT("\x30\x00"), 0},
		{BASE_LIT(""), 0},
		{BASE_LIT("junk"), 0},
		{BASE_LIT("\x30\x1a" AES128_CBC AES256_GCM),
		 CMS_CAP_AES128_CBC | CMS_CAP_AES256_GCM},
		{BASE_LIT("\x30\x1b" TRIPLE_DES RC2_40), CMS_CAP_DES_EDE3},
		{BASE_LIT("\x30\x80" CHACHA20 "\x00\x00"), CMS_CAP_CHACHA20},
		{BASE_LIT("\x30\x0f" AES128_CBC "\x05\x00"), CMS_CAP_AES128_CBC},
		{BASE_LIT("\x30\x0f\x05\x00" AES128_CBC), 0},
		{BASE_LIT("\x30\x14\x30\x05\x06\x03\x2a\x03\x04" AES128_CBC), CMS_CAP_AES128_CBC},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_assert_cmpuint(cms_caps_parse(table[i].in), ==, table[i].want);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cms/caps/build", test_build);
	g_test_add_func("/cms/caps/parse", test_parse);
	return g_test_run();
}
