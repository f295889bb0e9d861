/* SPDX-License-Identifier: MPL-2.0 */
/* NIST's path validation suite (PKITS), but for the tests that choose initial policies, which we
 * never do. */
#include "cert/path.h"
#include "cert_t.h"
#include <json-glib/json-glib.h>

#define FOLDER "pkits/"

/* What we judge otherwise, on purpose or with libcrypto. */
static const struct {
	const char *number;
	const char *why;
} DEVIATIONS[] = {
	{"4.1.4", "a DSA key of 1024 bits is weak"},
	{"4.1.5", "DSA keys that inherit parameters are not handled"},
	{"4.14.30", "libcrypto does not follow this cRLIssuer"},
};

static bool
deviates(const char *number)
{
	for (size_t i = 0; i < G_N_ELEMENTS(DEVIATIONS); i++) {
		if (strcmp(DEVIATIONS[i].number, number) == 0) {
			g_test_message("%s: %s", number, DEVIATIONS[i].why);
			return true;
		}
	}
	return false;
}

/* The files named in member @list, as GBytes. */
static GPtrArray *
read_files(JsonObject *test, const char *list, const char *suffix)
{
	GPtrArray *files = g_ptr_array_new_with_free_func(cert_t_unref_bytes);
	JsonArray *names = json_object_get_array_member(test, list);
	for (guint i = 0; i < json_array_get_length(names); i++) {
		g_autofree char *name = g_strdup_printf(
			FOLDER "%s/%s.%s", list, json_array_get_string_element(names, i), suffix);
		GBytes *data = cert_t_read(name);
		g_assert_nonnull(data);
		g_ptr_array_add(files, data);
	}
	return files;
}

static CertInfo *
take_cert(GPtrArray *files, guint index)
{
	CertInfo *info = cert_info_new_bytes(g_ptr_array_index(files, index), NULL);
	g_ptr_array_remove_index(files, index);
	return info;
}

/* The list runs from the anchor to the leaf. A certificate that we cannot even read is no path. */
static bool
run(JsonObject *test)
{
	g_autoptr(GPtrArray) certs = read_files(test, "certs", "crt");
	g_autoptr(GPtrArray) crls = read_files(test, "crls", "crl");
	g_autoptr(CertInfo) leaf = take_cert(certs, certs->len - 1);
	g_autoptr(CertInfo) root = take_cert(certs, 0);
	g_autoptr(GPtrArray) roots = g_ptr_array_new();
	g_auto(CertPath) path = {0};
	if (leaf == NULL || root == NULL) {
		return false;
	}
	g_ptr_array_add(roots, root);
	g_autoptr(CertAnchors) anchors = cert_anchors_new(roots);
	cert_path_check(leaf, certs, anchors, crls, CERT_T_NOW, &path);
	g_test_message("%s, %s%s", cert_chain_name(path.chain), path.reason,
		       path.revocation_unknown ? ", revocation unknown" : "");
	return path.chain == CERT_CHAIN_TRUSTED && !path.revocation_unknown;
}

static bool
chooses_policies(JsonObject *test)
{
	JsonObject *info = json_object_get_object_member(test, "info");
	return json_object_has_member(info, "SetInitialPolicySet") ||
	       json_object_has_member(info, "SetInitialExplicitPolicy") ||
	       json_object_has_member(info, "SetInitialPolicyMappingInhibit") ||
	       json_object_has_member(info, "SetInitialInhibitAnyPolicy");
}

static void
judges_as_nist_does(void)
{
	g_autofree char *path = cert_t_path(FOLDER "PKITS_EXPECTED.json");
	g_autoptr(JsonParser) parser = json_parser_new();
	unsigned wrong = 0;
	unsigned right = 0;
	if (!json_parser_load_from_file(parser, path, NULL)) {
		g_test_skip("the shared vectors are not here");
		return;
	}
	JsonArray *tests = json_node_get_array(json_parser_get_root(parser));
	for (guint i = 0; i < json_array_get_length(tests); i++) {
		JsonObject *test = json_array_get_object_element(tests, i);
		const char *number = json_object_get_string_member(test, "number");
		if (chooses_policies(test)) {
			continue;
		}
		bool want = json_object_get_boolean_member(test, "should_validate") &&
			    !deviates(number);
		bool same = run(test) == want;
		wrong += same ? 0 : 1;
		right += same ? 1 : 0;
		if (!same) {
			g_test_message("WRONG: %s %s should%s validate", number,
				       json_object_get_string_member(test, "name"),
				       want ? "" : " not");
		}
	}
	g_test_message("%u right, %u wrong", right, wrong);
	g_assert_cmpuint(wrong, ==, 0);
	g_assert_cmpuint(right, >, 200);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/pkits/judges_as_nist_does", judges_as_nist_does);
	return g_test_run();
}
