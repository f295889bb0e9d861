/* SPDX-License-Identifier: MPL-2.0 */
/* Mozilla's roots for mail, held against the trust objects themselves. */
#include "cert/mozilla.h"

#include "cert/mozilla_module.h"
#include "cert_t.h"
#include <openssl/evp.h>
#include <postseal/error.h>

/* Vendor numbers of NSS (pkcs11n.h). */
#define NSS_TRUST         0xce534353UL
#define SHA1_HASH         0xce5363b4UL
#define TRUST_SERVER      0xce536358UL
#define TRUST_MAIL        0xce53635bUL
#define TRUSTED_DELEGATOR 0xce534352UL
#define NOT_TRUSTED       0xce53435aUL

static GPtrArray *
roots_or_skip(void)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *roots = cert_mozilla_mail_roots(&error);
	if (roots == NULL) {
		g_assert_error(error, PS_ERROR, PS_ERROR_UNAVAILABLE);
		g_test_skip(error->message);
	}
	return roots;
}

static void
reads_authorities(void)
{
	g_autoptr(GPtrArray) roots = roots_or_skip();
	if (roots == NULL) {
		return;
	}
	g_test_message("%u roots", roots->len);
	g_assert_cmpuint(roots->len, >, 20);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < roots->len; i++) {
		const CertInfo *info = g_ptr_array_index(roots, i);
		/* Roots of version 1 cannot say that they are authorities. */
		g_assert_true(info->is_ca || cert_info_self_signed(info));
		g_assert_true(g_hash_table_add(seen, info->fingerprint));
	}
}

/* SHA-1 of every root -> itself. */
static GHashTable *
hash_roots(GPtrArray *roots)
{
	GHashTable *hashes =
		g_hash_table_new_full(g_bytes_hash, g_bytes_equal, cert_t_unref_bytes, NULL);
	for (guint i = 0; i < roots->len; i++) {
		const CertInfo *info = g_ptr_array_index(roots, i);
		BaseBytes der = base_bytes_of(info->der);
		uint8_t digest[EVP_MAX_MD_SIZE];
		size_t n = 0;
		g_assert_cmpint(EVP_Q_digest(NULL, "SHA1", NULL, der.p, der.n, digest, &n), ==, 1);
		g_hash_table_add(hashes, g_bytes_new(digest, n));
	}
	return hashes;
}

static unsigned long
verdict(const MozillaObject *object, unsigned long attribute)
{
	unsigned long value = 0;
	g_autoptr(GBytes) octets = mozilla_object_get(object, attribute);
	if (octets != NULL && g_bytes_get_size(octets) == sizeof(value)) {
		memcpy(&value, base_bytes_of(octets).p, sizeof(value));
	}
	return value;
}

typedef struct {
	GHashTable *roots;
	unsigned mail;
	unsigned tls_only;
	unsigned distrusted;
} Count;

static void
compare(const MozillaObject *object, void *data)
{
	Count *count = data;
	g_autoptr(GBytes) hash = mozilla_object_get(object, SHA1_HASH);
	unsigned long mail = verdict(object, TRUST_MAIL);
	bool listed = hash != NULL && g_hash_table_contains(count->roots, hash);
	g_assert_true(listed == (mail == TRUSTED_DELEGATOR));
	count->mail += listed ? 1 : 0;
	count->distrusted += mail == NOT_TRUSTED ? 1 : 0;
	count->tls_only += !listed && verdict(object, TRUST_SERVER) == TRUSTED_DELEGATOR ? 1 : 0;
}

/* Each trust object by itself: every one for mail is there, no other is. */
static void
leaves_out_those_for_tls_only(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) roots = roots_or_skip();
	if (roots == NULL) {
		return;
	}
	g_autoptr(GHashTable) hashes = hash_roots(roots);
	g_autoptr(MozillaModule) module = mozilla_module_open(&error);
	g_assert_no_error(error);
	Count count = {.roots = hashes};
	g_assert_true(mozilla_module_each(module, NSS_TRUST, compare, &count));
	g_test_message("%u for mail, %u for TLS only, %u distrusted", count.mail, count.tls_only,
		       count.distrusted);
	g_assert_cmpuint(count.mail, ==, roots->len);
	g_assert_cmpuint(count.tls_only, >, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/mozilla/reads_authorities", reads_authorities);
	g_test_add_func("/cert/mozilla/leaves_out_those_for_tls_only",
			leaves_out_those_for_tls_only);
	return g_test_run();
}
