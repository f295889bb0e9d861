/* SPDX-License-Identifier: MPL-2.0 */
/* Helpers of the certificate tests: shared vectors, and libcrypto as the judge. */
#pragma once

#include "base/bytes.h"
#include "cert/identity.h"
#include "cert/keyfile.h"
#include "t.h"

/* 2026-11-21T10:00:00Z */
#define CERT_T_NOW (INT64_C(1795255200))

static inline void
cert_t_unref(void *info)
{
	cert_info_unref(info);
}

static inline void
cert_t_unref_bytes(void *bytes)
{
	g_bytes_unref(bytes);
}

/* A path below the shared vectors. */
static inline char *
cert_t_path(const char *name)
{
	const char *env = g_getenv("POSTSEAL_SHARED");
	const char *source = g_getenv("G_TEST_SRCDIR");
	g_autofree char *beside =
		g_build_filename(source == NULL ? "." : source, "../../../../shared", NULL);
	return g_build_filename(env != NULL ? env : beside, "vectors", name, NULL);
}

/* The contents, or NULL after g_test_skip(). */
static inline GBytes *
cert_t_read(const char *name)
{
	g_autofree char *path = cert_t_path(name);
	char *data = NULL;
	size_t n = 0;
	if (!g_file_get_contents(path, &data, &n, NULL)) {
		g_test_skip("the shared vectors are not here");
		return NULL;
	}
	return g_bytes_new_take(data, n);
}

/* The first certificate of a file, or NULL after g_test_skip(). */
static inline CertInfo *
cert_t_cert(const char *name)
{
	g_autoptr(GBytes) data = cert_t_read(name);
	g_autoptr(GError) error = NULL;
	if (data == NULL) {
		return NULL;
	}
	g_autoptr(GPtrArray) certs = cert_from_pem_or_der(base_bytes_of(data), &error);
	g_assert_no_error(error);
	return cert_info_ref(g_ptr_array_index(certs, 0));
}

/* A new identity that must come out. */
static inline CertIdentity *
cert_t_identity(const char *address, CertProfile profile)
{
	g_autoptr(GError) error = NULL;
	CertIdentity *identity = cert_identity_new(address, NULL, profile, CERT_T_NOW, &error);
	g_assert_no_error(error);
	g_assert_nonnull(identity);
	return identity;
}
