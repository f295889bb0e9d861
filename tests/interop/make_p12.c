/* SPDX-License-Identifier: MPL-2.0 */
/* make_p12 FOLDER: for every profile PROFILE.old.p12, PROFILE.modern.p12, PROFILE.root.pem,
 * PROFILE.sign.pem, PROFILE.encrypt.pem of alice@example.org, passphrase "interop"; for p12.sh. */
#include "base/clock.h"
#include "cert/keyfile.h"
#include "cert/p12.h"

static bool
save(const char *folder, const char *profile, const char *suffix, BaseBytes data, GError **error)
{
	g_autofree char *name = g_strdup_printf("%s.%s", profile, suffix);
	g_autofree char *path = g_build_filename(folder, name, NULL);
	return g_file_set_contents(path, (const char *)data.p, (gssize)data.n, error);
}

static bool
save_cert(const char *folder, const char *profile, const char *suffix, const CertInfo *cert,
	  GError **error)
{
	g_autofree char *pem = cert_to_pem(cert);
	return save(folder, profile, suffix, base_bytes_str(pem), error);
}

static bool
save_profile(const char *folder, CertProfile profile, GError **error)
{
	const char *name = cert_profile_name(profile);
	g_autoptr(CertIdentity) id =
		cert_identity_new("alice@example.org", "Alice A", profile, base_clock_now(), error);
	g_autoptr(GBytes) old =
		id == NULL ? NULL : cert_p12_write(id, "interop", false, NULL, error);
	g_autoptr(GBytes) modern =
		old == NULL ? NULL : cert_p12_write(id, "interop", true, NULL, error);
	return modern != NULL && save(folder, name, "old.p12", base_bytes_of(old), error) &&
	       save(folder, name, "modern.p12", base_bytes_of(modern), error) &&
	       save_cert(folder, name, "root.pem", id->root, error) &&
	       save_cert(folder, name, "sign.pem", id->sign, error) &&
	       save_cert(folder, name, "encrypt.pem", id->encrypt, error);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	if (argc != 2) {
		g_printerr("usage: make_p12 FOLDER\n");
		return 64;
	}
	for (CertProfile profile = CERT_PROFILE_COMPATIBLE; profile < CERT_PROFILE_IMPORTED;
	     profile++) {
		if (!save_profile(argv[1], profile, &error)) {
			g_printerr("make_p12: %s\n", error->message);
			return 70;
		}
	}
	return 0;
}
