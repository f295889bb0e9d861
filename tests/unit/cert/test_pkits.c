/* SPDX-License-Identifier: MPL-2.0 */
/* NIST's path validation suite (PKITS), all of it: initial policies too, which mail never sets. */
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

/* NIST-test-policy-1 to -6; dotted OIDs, NULL at the end. */
static char **
read_policies(JsonObject *info)
{
	const char *list =
		json_object_get_string_member_with_default(info, "SetInitialPolicySet", NULL);
	g_auto(GStrv) names = list == NULL ? NULL : g_strsplit_set(list, "\",", 0);
	GStrvBuilder *oids = g_strv_builder_new();
	for (char **name = names; name != NULL && *name != NULL; name++) {
		if (**name != '\0') {
			g_assert_true(g_str_has_prefix(*name, "NIST-test-policy-"));
			g_autofree char *oid = g_strconcat("2.16.840.1.101.3.2.1.48.",
							   strrchr(*name, '-') + 1, NULL);
			g_strv_builder_add(oids, oid);
		}
	}
	char **all = g_strv_builder_end(oids);
	g_strv_builder_unref(oids);
	return all;
}

static bool
is_set(JsonObject *info, const char *member)
{
	return g_strcmp0(json_object_get_string_member_with_default(info, member, NULL), "true") ==
	       0;
}

/* The list runs from the anchor to the leaf. A certificate that we cannot even read is no path. */
static bool
run(JsonObject *test)
{
	JsonObject *info = json_object_get_object_member(test, "info");
	g_auto(GStrv) policies = read_policies(info);
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
	CertPathQuery query = {
		.leaf = leaf,
		.others = certs,
		.anchors = anchors,
		.crls = crls,
		.at = CERT_T_NOW,
		.initial =
			{
				.policies =
					*policies == NULL ? NULL : (const char *const *)policies,
				.explicit_policy = is_set(info, "SetInitialExplicitPolicy"),
				.inhibit_mapping = is_set(info, "SetInitialPolicyMappingInhibit"),
				.inhibit_any = is_set(info, "SetInitialInhibitAnyPolicy"),
			},
	};
	cert_path_query(&query, &path);
	g_test_message("%s, %s%s", cert_chain_name(path.chain), path.reason,
		       path.revocation_unknown ? ", revocation unknown" : "");
	return path.chain == CERT_CHAIN_TRUSTED && !path.revocation_unknown;
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
	g_assert_cmpuint(right, ==, 249);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cert/pkits/judges_as_nist_does", judges_as_nist_does);
	return g_test_run();
}
