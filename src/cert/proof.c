/* SPDX-License-Identifier: MPL-2.0 */
/* From policies to names that may be shown (S/MIME Baseline Requirements, sections 7.1.4.2 and
 * 7.1.6.1). */
#include "cert/proof.h"

#include "cert/name.h"

/* CA/Browser Forum, smime-baseline-requirements: TYPE "." GENERATION follow. */
#define RESERVED      "2.23.140.1.5."

/* Between the name and the anchor in a key; no clean name contains it. */
#define KEY_SEPARATOR "\n"

static const BaseBytes oid_common_name = {(const uint8_t *)"\x55\x04\x03", 3};
static const BaseBytes oid_surname = {(const uint8_t *)"\x55\x04\x04", 3};
static const BaseBytes oid_organization = {(const uint8_t *)"\x55\x04\x0a", 3};
static const BaseBytes oid_given_name = {(const uint8_t *)"\x55\x04\x2a", 3};

const char *
cert_proof_kind_name(CertProofKind kind)
{
	static const char *const kind_names[] = {
		[CERT_PROOF_NONE] = "none",
		[CERT_PROOF_MAILBOX] = "mailbox",
		[CERT_PROOF_ORGANIZATION] = "organization",
		[CERT_PROOF_SPONSOR] = "sponsor",
		[CERT_PROOF_INDIVIDUAL] = "individual",
	};
	return (size_t)kind < G_N_ELEMENTS(kind_names) ? kind_names[kind] : "none";
}

void
cert_proof_clear(CertProof *proof)
{
	g_clear_pointer(&proof->organization, g_free);
	g_clear_pointer(&proof->key, g_free);
	g_clear_pointer(&proof->person, g_free);
	proof->kind = CERT_PROOF_NONE;
}

/* TYPE of a reserved policy: 1 mailbox, 2 organization, 3 sponsor, 4 individual; GENERATION 1
 * legacy, 2 multipurpose, 3 strict. */
static CertProofKind
read_type(const char *policy)
{
	static const CertProofKind types[] = {CERT_PROOF_MAILBOX, CERT_PROOF_ORGANIZATION,
					      CERT_PROOF_SPONSOR, CERT_PROOF_INDIVIDUAL};
	const char *p = policy + strlen(RESERVED);
	bool known = p[0] >= '1' && p[0] <= '4' && p[1] == '.' && p[2] >= '1' && p[2] <= '3' &&
		     p[3] == '\0';
	return known ? types[p[0] - '1'] : CERT_PROOF_NONE;
}

static bool
holds_for_path(const CertPath *path, const char *policy)
{
	unsigned i = 0;
	while (i < path->policies->len &&
	       strcmp(g_ptr_array_index(path->policies, i), policy) != 0 &&
	       strcmp(g_ptr_array_index(path->policies, i), "2.5.29.32.0") != 0) {
		i++;
	}
	return i < path->policies->len;
}

static CertProofKind
claimed_kind(const CertPath *path, const CertInfo *leaf, bool users_own)
{
	const char *only = NULL;
	for (unsigned i = 0; i < leaf->policies->len; i++) {
		const char *policy = g_ptr_array_index(leaf->policies, i);
		if (!g_str_has_prefix(policy, RESERVED)) {
			continue;
		}
		if (only != NULL) {
			return CERT_PROOF_NONE;
		}
		only = policy;
	}
	if (only == NULL) {
		return users_own ? CERT_PROOF_ORGANIZATION : CERT_PROOF_MAILBOX;
	}
	CertProofKind kind = read_type(only);
	return kind == CERT_PROOF_NONE || holds_for_path(path, only) ? kind : CERT_PROOF_MAILBOX;
}

/* givenName and surname, else the common name, which may also be the mailbox: that is no person. */
static char *
read_person(const CertInfo *leaf)
{
	BaseBytes subject = leaf->subject_name;
	g_autofree char *given = cert_name_display(subject, oid_given_name, CERT_PROOF_TEXT_MAX);
	g_autofree char *surname = cert_name_display(subject, oid_surname, CERT_PROOF_TEXT_MAX);
	if (given == NULL || surname == NULL) {
		g_autofree char *name =
			cert_name_display(subject, oid_common_name, CERT_PROOF_TEXT_MAX);
		return name == NULL || strchr(name, '@') != NULL ? NULL : g_steal_pointer(&name);
	}
	g_autofree char *both = g_strconcat(given, " ", surname, NULL);
	return cert_name_clean(both, CERT_PROOF_TEXT_MAX);
}

/* A name that is not there is not proven: SPONSOR without person is ORGANIZATION. */
static void
settle(CertProof *proof)
{
	static const CertProofKind kinds[2][2] = {
		/* [organization][person] */
		{CERT_PROOF_MAILBOX, CERT_PROOF_INDIVIDUAL},
		{CERT_PROOF_ORGANIZATION, CERT_PROOF_SPONSOR},
	};
	proof->kind = kinds[proof->organization != NULL][proof->person != NULL];
}

void
cert_proof_of(const CertPath *path, bool users_own, CertProof *out)
{
	*out = (CertProof){.kind = CERT_PROOF_NONE};
	if (path->chain != CERT_CHAIN_TRUSTED) {
		return;
	}
	const CertInfo *leaf = g_ptr_array_index(path->path, 0);
	CertProofKind kind = claimed_kind(path, leaf, users_own);
	if (kind == CERT_PROOF_NONE) {
		return;
	}
	if (kind == CERT_PROOF_ORGANIZATION || kind == CERT_PROOF_SPONSOR) {
		out->organization = cert_name_display(leaf->subject_name, oid_organization,
						      CERT_PROOF_TEXT_MAX);
	}
	if (kind == CERT_PROOF_SPONSOR || kind == CERT_PROOF_INDIVIDUAL) {
		out->person = read_person(leaf);
	}
	settle(out);
	if (out->organization != NULL) {
		out->key = users_own ? g_strconcat(out->organization, KEY_SEPARATOR,
						   path->root->fingerprint, NULL)
				     : g_strdup(out->organization);
	}
}

char *
cert_proof_key_name(const char *key)
{
	return g_strndup(key, strcspn(key, KEY_SEPARATOR));
}
