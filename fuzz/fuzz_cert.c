/* SPDX-License-Identifier: MPL-2.0 */
/* Fuzz target: certificates, revocation lists, and files of them, as anybody may send them. */
#include "cert/address.h"
#include "cert/crl.h"
#include "cert/file.h"
#include "cert/name.h"
#include "cert/path.h"
#include "cert/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW (INT64_C(1795255200))

/* Itself as its own anchor, so that a path can end in trust. */
static void
try_path(const CertInfo *info, GPtrArray *crls)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	g_autoptr(GPtrArray) others = g_ptr_array_new();
	g_ptr_array_add(list, cert_info_ref(info));
	g_ptr_array_add(others, info->der);
	g_autoptr(CertAnchors) anchors = cert_anchors_new(list);
	cert_info_unref(g_ptr_array_index(list, 0));
	g_auto(CertPath) path = {0};
	g_auto(CertProof) proof = {0};
	cert_path_check(info, others, anchors, crls, NOW, &path);
	g_assert_cmpuint(path.path->len, >=, 1);
	g_assert_cmpint(path.valid_until, >, NOW);
	cert_proof_of(&path, true, &proof);
	g_assert_true(proof.kind != CERT_PROOF_NONE || proof.person == NULL);
	g_assert_true(proof.organization == NULL ||
		      g_utf8_strlen(proof.organization, -1) <= CERT_PROOF_TEXT_MAX);
	CertChain personal = cert_personal_check(info, info, NOW);
	g_assert_nonnull(cert_chain_name(personal));
}

/* What a certificate vouches for is what it says it vouches for. */
static void
try_names(const CertInfo *info)
{
	g_assert_cmpuint(info->addresses->len, <=, CERT_ADDRESSES_MAX);
	for (guint i = 0; i < info->addresses->len; i++) {
		g_assert_true(cert_info_names(info, g_ptr_array_index(info->addresses, i)));
	}
	g_assert_true(g_utf8_validate(info->subject, -1, NULL));
	g_autofree char *clean = cert_name_clean(info->subject, CERT_PROOF_TEXT_MAX);
	g_assert_true(clean == NULL || g_utf8_validate(clean, -1, NULL));
}

static void
try_certificate(const CertInfo *info, GPtrArray *crls)
{
	try_names(info);
	g_assert_true(cert_info_is(info, info->issuer_name, info->serial));
	cert_info_self_signed(info);
	try_path(info, crls);
	g_autoptr(CertInfo) again = cert_info_new_bytes(info->der, NULL);
	g_assert_true(again != NULL && cert_info_equal(info, again));
}

static void
try_crl(BaseBytes der)
{
	CertCrlInfo info;
	if (!cert_crl_read(der, &info, NULL)) {
		return;
	}
	g_assert_cmpint(cert_crl_compare(&info, &info), ==, 0);
	g_autoptr(GBytes) slot = cert_crl_slot(der, NULL);
	g_assert_nonnull(slot);
	g_assert_true(!cert_crl_usable(der, NOW) || !info.unknown_critical);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BaseBytes octets = base_bytes(data, size);
	g_auto(CertFile) file = {0};
	try_crl(octets);
	if (!cert_read_file_bytes(octets, &file, NULL)) {
		return 0;
	}
	for (guint i = 0; i < file.certs->len && i < 4; i++) {
		try_certificate(g_ptr_array_index(file.certs, i), file.crls);
		for (guint k = 0; k < file.crls->len; k++) {
			cert_crl_issued_by(base_bytes_of(g_ptr_array_index(file.crls, k)),
					   g_ptr_array_index(file.certs, i));
		}
	}
	return 0;
}
