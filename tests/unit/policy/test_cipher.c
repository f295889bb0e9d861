/* SPDX-License-Identifier: MPL-2.0 */
/* Which recipients share a sealed copy, against design.md 3.2 "Sealed" and "Copies". */
#include "policy/cipher.h"
#include "t.h"

/*
 * One recipient a word: its key (R RSA, E EC, X X25519), then what it announced or is:
 * g AES-GCM, o OAEP, a key agreement, h CEK-HKDF, b Bcc, s self.
 */
static PolicyRecipient
recipient(const char *word)
{
	return (PolicyRecipient){
		.key = word[0] == 'R'   ? POLICY_KEY_RSA
		       : word[0] == 'E' ? POLICY_KEY_EC
					: POLICY_KEY_X25519,
		.gcm = strchr(word, 'g') != NULL,
		.oaep = strchr(word, 'o') != NULL,
		.ecdh = strchr(word, 'a') != NULL,
		.cek_hkdf = strchr(word, 'h') != NULL,
		.bcc = strchr(word, 'b') != NULL,
	};
}

/* "gcm,hkdf 0 2 | cbc 1 | bcc,cbc 3" */
static char *
describe(const GPtrArray *groups)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < groups->len; i++) {
		const PolicyGroup *group = g_ptr_array_index(groups, i);
		g_string_append_printf(text, "%s%s%s%s", i > 0 ? " | " : "",
				       group->bcc ? "bcc," : "", group->gcm ? "gcm" : "cbc",
				       group->cek_hkdf ? ",hkdf" : "");
		for (guint m = 0; m < group->members->len; m++) {
			g_string_append_printf(text, " %u",
					       g_array_index(group->members, guint, m));
		}
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static const struct {
	const char *recipients;
	const char *groups;
} GROUPS[] = {
	/* programs we know nothing about: CBC */
	{"R", "cbc 0"},
	{"R R Rs", "cbc 0 1 2"},
	{"E", "cbc 0"},
	/* GCM and CEK-HKDF where every recipient announced it */
	{"Rg", "gcm 0"},
	{"Rg Rg Rgs", "gcm 0 1 2"},
	{"Rg R Rgs", "cbc 0 1 2"},
	{"Rg Rg Rs", "cbc 0 1 2"},
	{"Rgh Rgh", "gcm,hkdf 0 1"},
	{"Rgh Rg", "gcm 0 1"},
	{"Rgah Egah Xgah Rgahs", "gcm,hkdf 0 1 2 3"},
	/* RSA and EC never share one unless all are known to cope */
	{"R E", "cbc 0 | cbc 1"},
	{"R E Rs", "cbc 0 2 | cbc 1"},
	{"Ra E", "cbc 0 1"},
	{"Ra E R", "cbc 0 2 | cbc 1"},
	{"R Eg", "cbc 0 | gcm 1"},
	{"Rg Ega Rgas", "gcm 0 2 | gcm 1"},
	{"E R E", "cbc 1 | cbc 0 2"},
	{"R X", "cbc 0 | cbc 1"},
	{"Ra Xa", "cbc 0 1"},
	{"E E", "cbc 0 1"},
	{"R Es", "cbc 0 | cbc 1"},
	{"R E Es", "cbc 0 | cbc 1 2"},
	{"E Ras", "cbc 0 1"},
	{"E Rs", "cbc 1 | cbc 0"},
	/* an own copy per Bcc recipient, in its own best cipher, never changing the others' */
	{"R Rb", "cbc 0 | bcc,cbc 1"},
	{"Rg Rb Rgs", "gcm 0 2 | bcc,cbc 1"},
	{"R Rgb Rs", "cbc 0 2 | bcc,gcm 1"},
	{"R Rb Rb Rs", "cbc 0 3 | bcc,cbc 1 | bcc,cbc 2"},
	{"Ega Rb Egas", "gcm 0 2 | bcc,cbc 1"},
	{"R Eb Rs", "cbc 0 2 | bcc,cbc 1"},
	{"Rb", "bcc,cbc 0"},
};

static void
test_groups(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(GROUPS); i++) {
		g_auto(GStrv) words = g_strsplit(GROUPS[i].recipients, " ", -1);
		size_t n = g_strv_length(words);
		g_autofree PolicyRecipient *recipients = g_new(PolicyRecipient, n);
		for (size_t r = 0; r < n; r++) {
			recipients[r] = recipient(words[r]);
		}
		g_autoptr(GPtrArray) groups = policy_cipher_groups(recipients, n);
		g_autofree char *got = describe(groups);
		g_test_message("%s", GROUPS[i].recipients);
		g_assert_cmpstr(got, ==, GROUPS[i].groups);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/policy/cipher/groups", test_groups);
	return g_test_run();
}
