/* SPDX-License-Identifier: MPL-2.0 */
/* What was checked about a letter, in words instead of codes. */
#include "web/letters.h"

#include <string.h>

typedef struct {
	const char *code;
	const char *text;
} Word;

static const Word SUMMARIES[] = {
	{"confidential", N_("Sealed, and the sender is proven")},
	{"verified", N_("The sender is proven")},
	{"encrypted-only", N_("Sealed, but nobody is proven to have written it")},
	{"unprotected", N_("Nobody is proven to have written it, and it could be read on its way")},
	{NULL, NULL}};

static const Word SIGNATURES[] = {
	{"ok", N_("Good")},
	{"none", N_("There is none.")},
	{"digest-mismatch", N_("The letter was changed after it was signed.")},
	{"bad-signature", N_("It was not made with this key.")},
	{"no-signer-certificate", N_("The key that it was made with is not in the letter.")},
	{"malformed", N_("It cannot be read.")},
	{"weak-algorithm", N_("It was made in a way that can be forged.")},
	{"several-signers", N_("Several have signed, so that nobody is the author.")},
	{"content-conflict", N_("It contradicts itself.")},
	{"not-at-root", N_("Only a part of the letter is signed.")},
	{"wrong-usage", N_("The certificate is not for signing letters.")},
	{"signing-time-mismatch", N_("It was signed at another time than the letter says.")},
	{"unsupported-algorithm", N_("It was made in a way that postseal does not know.")},
	{NULL, NULL}};

static const Word FORMS[] = {
	{"none", N_("There is none.")},
	{"opaque", N_("Around the letter")},
	{"multipart", N_("As an attachment beside the letter")},
	{"unobtrusive", N_("In the header, where other programs do not show it")},
	{NULL, NULL}};

static const Word CHAINS[] = {{"unknown", N_("Not looked at")},
			      {"trusted", N_("Leads to an authority that is trusted here")},
			      {"pinned", N_("Leads to the key that belongs to this address here")},
			      {"untrusted", N_("Leads to nobody who is trusted here")},
			      {"expired", N_("A certificate has expired")},
			      {"not-yet-valid", N_("A certificate is not valid yet")},
			      {"revoked", N_("A certificate was taken back")},
			      {"invalid", N_("The certificates do not belong together")},
			      {NULL, NULL}};

static const Word ENCRYPTIONS[] = {
	{"ok", N_("Opened")},
	{"none", N_("There is none.")},
	{"no-key", N_("It is for keys that are not here.")},
	{"not-authenticated", N_("It was changed on its way.")},
	{"malformed", N_("It cannot be read.")},
	{"weak-algorithm", N_("It was made in a way that can be broken.")},
	{"unsupported-algorithm", N_("It was made in a way that postseal does not know.")},
	{"not-at-root", N_("Only a part of the letter is encrypted.")},
	{"too-large", N_("It is too large.")},
	{NULL, NULL}};

static const Word HISTORIES[] = {{"none", N_("There is no key to compare.")},
				 {"first", N_("The first key of this address")},
				 {"new", N_("The same as before, but only for a few days")},
				 {"same", N_("The same as before")},
				 {"changed", N_("Another one than before")},
				 {"conflict", N_("Two keys claim this address")},
				 {NULL, NULL}};

/* A code that has no words is told as it is. */
static const char *
word_of(const Word *words, const char *code)
{
	for (size_t i = 0; words[i].code != NULL; i++) {
		if (g_strcmp0(words[i].code, code) == 0) {
			return _(words[i].text);
		}
	}
	return code;
}

/* (transfer full) */
static char *
date_of(const char *text)
{
	g_autoptr(GDateTime) date = text == NULL ? NULL : g_date_time_new_from_iso8601(text, NULL);
	return date == NULL ? NULL : web_date(g_date_time_to_unix(date));
}

static void
add_row(JsonArray *rows, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0') {
		JsonObject *row = json_object_new();
		web_json_set(row, "name", name);
		web_json_set(row, "value", value);
		json_array_add_object_element(rows, row);
	}
}

typedef struct {
	const char *group; /* NULL: of the verdict itself */
	const char *member;
	const char *name;
	const Word *words; /* NULL: it is no code */
	bool date;
} Row;

static const Row ROWS[] = {
	{NULL, "summary", N_("Result"), SUMMARIES, false},
	{"signature", "reason", N_("Signature"), SIGNATURES, false},
	{"signature", "form", N_("Form of the signature"), FORMS, false},
	{"signature", "algorithm", N_("Kind of key"), NULL, false},
	{"signature", "signing_time", N_("Signed at"), NULL, true},
	{"signer", "subject", N_("Certificate of"), NULL, false},
	{"signer", "issuer", N_("Issued by"), NULL, false},
	{"signer", "chain", N_("Chain"), CHAINS, false},
	{"signer", "organization", N_("Organization"), NULL, false},
	{"signer", "vouched_by", N_("Vouched for by"), NULL, false},
	{"signer", "root_fingerprint", N_("Fingerprint"), NULL, false},
	{"encryption", "reason", N_("Encryption"), ENCRYPTIONS, false},
	{"encryption", "cipher", N_("Cipher"), NULL, false},
	{"history", "state", N_("Key compared with before"), HISTORIES, false},
	{"history", "first_seen", N_("First seen"), NULL, true},
};

JsonArray *
web_checked_json(JsonObject *verdict)
{
	JsonArray *rows = json_array_new();
	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		const Row *row = &ROWS[i];
		JsonObject *group =
			row->group == NULL ? verdict : web_json_object(verdict, row->group);
		const char *value = web_json_text(group, row->member);
		g_autofree char *date = row->date ? date_of(value) : NULL;
		add_row(rows, _(row->name),
			row->words != NULL ? word_of(row->words, value)
			: date != NULL     ? date
					   : value);
	}
	return rows;
}
