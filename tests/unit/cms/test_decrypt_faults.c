/* SPDX-License-Identifier: MPL-2.0 */
/* Sealed mail that must not open, and that must not tell why. */
#include "cms/decrypt.h"

#include "base/limits.h"
#include "sealed.h"

static void
refuses_ciphers_of_the_wrong_kind(void)
{
	g_autoptr(GBytes) gcm_p = NULL;
	g_autoptr(GBytes) cbc_p = NULL;
	Recipe gcm = gcm_recipe(&gcm_p);
	Recipe cbc = cbc_recipe(&cbc_p);
	g_autoptr(GBytes) gcm_info = ktri(&rsa, gcm.cek, false);
	g_autoptr(GBytes) cbc_info = ktri(&rsa, cbc.cek, false);
	gcm.infos = base_bytes_of(gcm_info);
	gcm.kind = CMS_KIND_ENVELOPED;
	cbc.infos = base_bytes_of(cbc_info);
	cbc.kind = CMS_KIND_AUTH_ENVELOPED;
	cbc.tag_n = 0;
	for (int hkdf = 0; hkdf < 2; hkdf++) {
		gcm.cek_hkdf = cbc.cek_hkdf = hkdf == 1;
		g_autoptr(GBytes) one = build(&gcm, HELLO);
		g_autoptr(GBytes) other = build(&cbc, HELLO);
		assert_refused(one, CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM);
		assert_refused(other, CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM);
	}
}

static void
refuses_odd_parameters(void)
{
	static const struct {
		size_t nonce_n;
		unsigned icv;
		int tag_n;
		CmsEncryptionReason reason;
	} rows[] = {
		{12, 4, 4, CMS_ENCRYPTION_MALFORMED},
		{12, 8, 8, CMS_ENCRYPTION_MALFORMED},
		{12, 11, 11, CMS_ENCRYPTION_MALFORMED},
		{12, 17, 16, CMS_ENCRYPTION_MALFORMED},
		{12, 16, 1, CMS_ENCRYPTION_NOT_AUTHENTICATED},
		{12, 16, 12, CMS_ENCRYPTION_NOT_AUTHENTICATED},
		{12, 12, 16, CMS_ENCRYPTION_NOT_AUTHENTICATED},
		{12, 0, 16, CMS_ENCRYPTION_NOT_AUTHENTICATED},
		{65, 16, 16, CMS_ENCRYPTION_MALFORMED},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GBytes) unused = NULL;
		Recipe recipe = gcm_recipe(&unused);
		recipe.iv = base_bytes(some_iv, rows[i].nonce_n);
		recipe.tag_n = rows[i].tag_n;
		g_autoptr(GBytes) parameters = gcm_parameters(recipe.iv, rows[i].icv);
		recipe.parameters = base_bytes_of(parameters);
		g_autoptr(GBytes) info = ktri(&rsa, recipe.cek, false);
		recipe.infos = base_bytes_of(info);
		g_autoptr(GBytes) sealed = build(&recipe, HELLO);
		assert_refused(sealed, rows[i].reason);
	}
}

static void
refuses_what_it_cannot_do(void)
{
	static const CmsOid oids[] = {CMS_OID_RC2_CBC, CMS_OID_DES_CBC, CMS_OID_AES256_CCM,
				      CMS_OID_SHA256};
	for (size_t i = 0; i < G_N_ELEMENTS(oids); i++) {
		g_autoptr(GBytes) parameters = NULL;
		Recipe recipe = cbc_recipe(&parameters);
		g_autoptr(GBytes) info = ktri(&rsa, recipe.cek, false);
		recipe.infos = base_bytes_of(info);
		recipe.oid = oids[i];
		g_autoptr(GBytes) sealed = build(&recipe, HELLO);
		assert_refused(sealed, CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM);
	}
}

/* A flipped bit anywhere in a message for one recipient gives no plaintext. */
static void
refuses_every_flipped_bit(void)
{
	static const struct {
		Person *person;
		CmsKeyTransport how;
		gsize step; /* RSA is slow: some of its bits will do */
	} ways[] = {{&p256, CMS_KEY_TRANSPORT_DEFAULT, 1},
		    {&x25519, CMS_KEY_TRANSPORT_DEFAULT, 1},
		    {&rsa, CMS_KEY_TRANSPORT_DEFAULT, 3},
		    {&rsa, CMS_KEY_TRANSPORT_OAEP, 5}};

	for (size_t w = 0; w < G_N_ELEMENTS(ways); w++) {
		g_autoptr(GPtrArray) to =
			g_ptr_array_new_with_free_func((GDestroyNotify)cms_recipient_unref);
		CmsEncryptOptions options = {.cipher = CMS_CIPHER_AES_128_GCM,
					     .cek_hkdf = w % 2 == 1};
		g_ptr_array_add(to, cms_recipient_new(base_bytes_of(ways[w].person->der),
						      ways[w].how, NULL));
		g_autoptr(GBytes) sealed = cms_encrypt(HELLO, to, &options, NULL);
		gsize n = g_bytes_get_size(sealed);
		g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(sealed, NULL), n);
		for (gsize bit = 0; bit < 8 * n; bit += ways[w].step) {
			g_autoptr(GBytes) plain = NULL;
			copy[bit / 8] ^= (guint8)(1U << (bit % 8));
			CmsEncryptionReason reason =
				envelope_open(base_bytes(copy, n), everybody, SIZE_MAX / 2, &plain);
			if (reason == CMS_ENCRYPTION_OK) {
				g_error("way %zu: bit %zu of octet %zu goes unnoticed", w, bit % 8,
					bit / 8);
			}
			g_assert_null(plain);
			copy[bit / 8] ^= (guint8)(1U << (bit % 8));
		}
	}
}

/* Every last block: right, wrong in the count, wrong in one octet, cut off. */
static void
checks_padding(void)
{
	static const struct {
		const char *block; /* 16 octets; NULL: none */
		size_t n;
		bool ok;
	} rows[] = {
		{"fifteen octets.\x01", 16, true},
		{"fourteen octet\x02\x02", 16, true},
		{"a\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f", 16, true},
		{"\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10", 16, true},
		{"\x11\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10", 16, false},
		{"\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11", 16, false},
		{"fourteen octet\x01\x02", 16, false},
		{"a\x0e\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f\x0f", 16, false},
		{"fifteen octets.\x00", 16, false},
		{"fifteen octets.\xff", 16, false},
		{"fifteen octets.\x80", 16, false},
		{"", 0, false},
	};

	for (size_t i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
		size_t r = i / 2;
		size_t before = i % 2 == 0 ? 0 : 32;
		uint8_t plain[48] = "two blocks in front, thirty-two.";
		g_autoptr(GBytes) parameters = NULL;
		Recipe recipe = cbc_recipe(&parameters);
		g_autoptr(GBytes) info = ktri(&rsa, recipe.cek, false);
		recipe.infos = base_bytes_of(info);
		recipe.raw = true;
		memcpy(plain + before, rows[r].block, rows[r].n);
		g_autoptr(GBytes) sealed = build(&recipe, base_bytes(plain, before + rows[r].n));
		if (rows[r].ok) {
			size_t pad = plain[before + 15];
			assert_opens(sealed, base_bytes(plain, before + 16 - pad));
		} else if (rows[r].n > 0 || before == 0) {
			assert_refused(sealed, CMS_ENCRYPTION_NOT_AUTHENTICATED);
		}
	}
}

static void
refuses_part_of_a_block(void)
{
	g_autoptr(GBytes) parameters = NULL;
	Recipe recipe = cbc_recipe(&parameters);
	g_autoptr(GBytes) info = ktri(&rsa, recipe.cek, false);
	recipe.infos = base_bytes_of(info);
	g_autoptr(GBytes) sealed = build(&recipe, HELLO);
	Envelope envelope;
	g_assert_true(envelope_split(base_bytes_of(sealed), &envelope));
	GBytes *whole = envelope.content;
	for (gsize n = 0; n < g_bytes_get_size(whole); n++) {
		g_autoptr(CmsRecall) recall = cms_recall_new();
		bool again = false;
		envelope.content = g_bytes_new_from_bytes(whole, 0, n);
		g_assert_cmpint(envelope_pass(&envelope, recall, everybody, 5, NULL, &again), ==,
				CMS_ENCRYPTION_NOT_AUTHENTICATED);
		g_bytes_unref(envelope.content);
	}
	envelope.content = whole;
	envelope_clear(&envelope);
}

/* RFC 3218: nothing tells a fault of the key from any other, in either kind of content. */
static void
broken_keys_look_like_other_faults(void)
{
	uint8_t block[256] = {0, 2};
	memset(block + 2, 0x55, sizeof(block) - 2);
	memcpy(block + 256 - 16, some_key, 16);
	block[256 - 17] = 0;
	for (int fault = 0; fault < 9; fault++) {
		uint8_t em[256];
		memcpy(em, block, sizeof(em));

		const struct {
			size_t at;
			uint8_t value;
		} changes[] = {{0, 0},   {1, 1},        {2, 0},       {9, 0},
			       {100, 0}, {256 - 17, 1}, {256 - 18, 0}};

		if (fault < 7) {
			em[changes[fault].at] = changes[fault].value;
		}
		g_autoptr(GBytes) info = fault < 7    ? ktri(&rsa, base_bytes(em, sizeof(em)), true)
					 : fault == 7 ? ktri_around(&rsa, base_bytes(some_iv, 1))
						      : ktri(&rsa, base_bytes(some_key, 15), false);
		g_autoptr(GBytes) cbc_p = NULL;
		g_autoptr(GBytes) gcm_p = NULL;
		Recipe cbc = cbc_recipe(&cbc_p);
		Recipe gcm = gcm_recipe(&gcm_p);
		gcm.evp = "AES-128-GCM";
		gcm.oid = CMS_OID_AES128_GCM;
		gcm.cek = cbc.cek;
		cbc.infos = gcm.infos = base_bytes_of(info);
		g_autoptr(GBytes) authenticated = build(&gcm, HELLO);
		if (fault == 0) {
			assert_opens(authenticated, HELLO);
			continue;
		}
		assert_refused(authenticated, CMS_ENCRYPTION_NOT_AUTHENTICATED);
		/* A random key leaves right padding in one of 256 cases, with garbage before it. */
		g_autoptr(GBytes) sealed = build(&cbc, HELLO);
		g_autoptr(GBytes) plain = NULL;
		CmsEncryptionReason reason =
			envelope_open(base_bytes_of(sealed), everybody, SIZE_MAX / 2, &plain);
		g_assert_true(reason == CMS_ENCRYPTION_NOT_AUTHENTICATED ||
			      reason == CMS_ENCRYPTION_OK);
		g_assert_true(plain == NULL || !base_bytes_equal(base_bytes_of(plain), HELLO));
	}
}

/* Keys, points and lengths that no sender makes. */
static void
broken_agreements_look_like_other_faults(void)
{
	static const Agreement usual = {"2b8104010b01",      "X963KDF", "SHA256",
					CMS_OID_AES256_WRAP, 32,        .ukm = NULL};
	static const Agreement modern = {"2a864886f70d0109100313", "HKDF", "SHA256",
					 CMS_OID_AES256_WRAP,      32,     .ukm = NULL};
	for (int i = 0; i < 6; i++) {
		g_autoptr(GBytes) parameters = NULL;
		Recipe recipe = gcm_recipe(&parameters);
		g_autoptr(GBytes) info =
			i < 4 ? kari(&p256, &usual, base_bytes(some_key, i == 0 ? 16 : 32))
			      : kari(&x25519, &modern, recipe.cek);
		gsize n = 0;
		g_autofree guint8 *copy =
			g_memdup2(g_bytes_get_data(info, &n), g_bytes_get_size(info));
		size_t point = base_bytes_find(
			base_bytes(copy, n), base_bytes(i < 4 ? "\x00\x04" : "\x21", 1 + (i < 4)));
		g_assert_cmpuint(point, !=, SIZE_MAX);
		if (i == 1) {
			copy[point + 20] ^= 1; /* off the curve */
		} else if (i == 2) {
			copy[point + 1] = 6; /* hybrid, whether the parity fits or not */
		} else if (i == 3) {
			copy[point + 1] = 7;
		} else if (i == 4) {
			memset(copy + point + 2, 0, 32); /* of small order: the secret is zero */
		} else if (i == 5) {
			copy[point + 33] |= 0x80; /* a second spelling of the same key */
		}
		recipe.infos = base_bytes(copy, n);
		g_autoptr(GBytes) sealed = build(&recipe, HELLO);
		assert_refused(sealed, CMS_ENCRYPTION_NOT_AUTHENTICATED);
	}
}

static void
refuses_too_many_recipients(void)
{
	g_autoptr(GBytes) parameters = NULL;
	g_autoptr(GByteArray) infos = g_byte_array_new();
	Recipe recipe = gcm_recipe(&parameters);
	g_autoptr(GBytes) mine = ktri(&rsa, recipe.cek, false);
	cms_der_raw(infos, base_bytes_of(mine));
	for (guint i = 1; i < BASE_LIMIT_RECIPIENTS; i++) {
		cms_der_raw(infos, BASE_LIT("\xa3\x03\x02\x01\x00"));
	}
	recipe.infos = base_bytes_of_array(infos);
	g_autoptr(GBytes) most = build(&recipe, HELLO);
	assert_opens(most, HELLO);
	cms_der_raw(infos, BASE_LIT("\xa3\x03\x02\x01\x00"));
	recipe.infos = base_bytes_of_array(infos);
	g_autoptr(GBytes) more = build(&recipe, HELLO);
	assert_refused(more, CMS_ENCRYPTION_TOO_LARGE);
}

/* The hook is asked for an RSA key and has another. */
static void
refuses_keys_that_do_not_fit(void)
{
	g_autoptr(GBytes) parameters = NULL;
	Recipe recipe = gcm_recipe(&parameters);
	Person odd = {p256.key, rsa.cert, rsa.der};
	Person *people[] = {&odd, NULL};
	g_autoptr(GBytes) info = ktri(&rsa, recipe.cek, false);
	recipe.infos = base_bytes_of(info);
	g_autoptr(GBytes) sealed = build(&recipe, HELLO);
	g_autoptr(GBytes) plain = NULL;
	g_assert_cmpint(envelope_open(base_bytes_of(sealed), people, 100, &plain), ==,
			CMS_ENCRYPTION_UNSUPPORTED_ALGORITHM);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	make_everybody();
	g_test_add_func("/decrypt-faults/wrong-kind", refuses_ciphers_of_the_wrong_kind);
	g_test_add_func("/decrypt-faults/odd-parameters", refuses_odd_parameters);
	g_test_add_func("/decrypt-faults/unsupported", refuses_what_it_cannot_do);
	g_test_add_func("/decrypt-faults/flipped", refuses_every_flipped_bit);
	g_test_add_func("/decrypt-faults/padding", checks_padding);
	g_test_add_func("/decrypt-faults/part-of-a-block", refuses_part_of_a_block);
	g_test_add_func("/decrypt-faults/broken-keys", broken_keys_look_like_other_faults);
	g_test_add_func("/decrypt-faults/broken-agreements",
			broken_agreements_look_like_other_faults);
	g_test_add_func("/decrypt-faults/too-many", refuses_too_many_recipients);
	g_test_add_func("/decrypt-faults/wrong-key-type", refuses_keys_that_do_not_fit);
	int status = g_test_run();
	clear_everybody();
	return status;
}
