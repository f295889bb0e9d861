/* SPDX-License-Identifier: MPL-2.0 */
/* Every text of a verdict stands in this file, marked for xgettext; {words} in braces are gaps. */
#include "engine/sentence.h"

#include "engine/words.h"
#include <string.h>

/* "2nd", "3rd", "11th". Other languages write an ordinal in their own way: translate "{n}th". */
static char *
ordinal(int64_t n)
{
	static const char *const FORMS[] = {N_("{n}th"), N_("{n}st"), N_("{n}nd"), N_("{n}rd")};
	int64_t last = n % 10;
	bool teen = n % 100 >= 11 && n % 100 <= 13;
	g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, n);
	return words_fill(_(FORMS[teen || last > 3 ? 0 : last]),
			  (const WordsGap[]){{"n", digits}, {NULL, NULL}});
}

/* "March 2026". */
static char *
month_of(int64_t time)
{
	static const char *const MONTHS[] = {N_("January"), N_("February"), N_("March"),
					     N_("April"),   N_("May"),      N_("June"),
					     N_("July"),    N_("August"),   N_("September"),
					     N_("October"), N_("November"), N_("December")};
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
	return date == NULL ? g_strdup(_("long ago"))
			    : g_strdup_printf("%s %d", _(MONTHS[g_date_time_get_month(date) - 1]),
					      g_date_time_get_year(date));
}

/* "the 10th time, over 7 days since March 2026"; @messages and @days before this one. */
static char *
times_text(int64_t messages, int64_t days, int64_t since)
{
	if (messages == 0) {
		return g_strdup(_("the first time"));
	}
	g_autofree char *nth = ordinal(messages + 1);
	g_autofree char *month = month_of(since);
	g_autofree char *digits = g_strdup_printf("%" G_GINT64_FORMAT, days);
	const WordsGap gaps[] = {{"nth", nth}, {"days", digits}, {"month", month}, {NULL, NULL}};
	return words_fill(base_language_plural("the {nth} time, over {days} day since {month}",
					       "the {nth} time, over {days} days since {month}",
					       (gulong)MAX(days, 0)),
			  gaps);
}

static bool
is_bound(const PsVerdict *v)
{
	return v->summary == PS_SUMMARY_VERIFIED || v->summary == PS_SUMMARY_CONFIDENTIAL;
}

static bool
is_unreadable(const PsVerdict *v, const char *reason)
{
	return v->encryption.present && strcmp(v->encryption.reason, reason) == 0;
}

static bool
is_without_key(const PsVerdict *v)
{
	return is_unreadable(v, "no-key");
}

static bool
is_altered(const PsVerdict *v)
{
	return is_unreadable(v, "not-authenticated");
}

static bool
is_broken(const PsVerdict *v)
{
	return is_unreadable(v, "malformed");
}

static bool
is_foreign(const PsVerdict *v)
{
	return is_unreadable(v, "unsupported-algorithm");
}

static bool
is_too_large(const PsVerdict *v)
{
	return is_unreadable(v, "too-large");
}

static bool
looks_like_another(const PsVerdict *v)
{
	return verdict_has_warning(v, "lookalike-domain");
}

static bool
is_called_like_another(const PsVerdict *v)
{
	return verdict_has_warning(v, "lookalike-name");
}

static bool
is_by_somebody_else(const PsVerdict *v)
{
	return v->signature.valid && !v->signer.matches_from;
}

static bool
is_revoked(const PsVerdict *v)
{
	return v->signature.valid && strcmp(v->signer.chain, "revoked") == 0;
}

static bool
is_refused(const PsVerdict *v)
{
	return v->signature.valid && v->history.refused;
}

static bool
is_changed(const PsVerdict *v)
{
	return v->signature.valid && verdict_has_warning(v, "key-changed");
}

static bool
is_conflict(const PsVerdict *v)
{
	return v->signature.valid && verdict_has_warning(v, "key-conflict");
}

static bool
is_candidate(const PsVerdict *v)
{
	return v->signature.valid && verdict_has_warning(v, "candidate-key");
}

static bool
is_trusted(const PsVerdict *v)
{
	return is_bound(v) && strcmp(v->signer.chain, "trusted") == 0;
}

static bool
is_trusted_member(const PsVerdict *v)
{
	return is_trusted(v) && v->signer.organization != NULL && v->signer.person != NULL;
}

static bool
is_trusted_organization(const PsVerdict *v)
{
	return is_trusted(v) && v->signer.organization != NULL;
}

static bool
is_trusted_person(const PsVerdict *v)
{
	return is_trusted(v) && v->signer.person != NULL;
}

static bool
is_compared(const PsVerdict *v)
{
	return is_bound(v) && v->history.verified;
}

static bool
is_handed_over(const PsVerdict *v)
{
	return is_bound(v) && v->history.vouched && v->history.messages == 0;
}

static bool
is_accepted_first(const PsVerdict *v)
{
	return is_bound(v) && v->history.messages == 0;
}

static bool
is_too_old(const PsVerdict *v)
{
	return v->signature.valid && strcmp(v->signer.chain, "expired") == 0;
}

static bool
is_unchecked(const PsVerdict *v)
{
	return v->signature.valid && !is_bound(v) &&
	       (strcmp(v->signer.chain, "invalid") == 0 ||
		strcmp(v->signer.chain, "not-yet-valid") == 0);
}

static bool
is_first(const PsVerdict *v)
{
	return v->signature.valid && strcmp(v->history.state, "first") == 0;
}

static bool
is_valid(const PsVerdict *v)
{
	return v->signature.valid;
}

static bool
is_missing_its_signature(const PsVerdict *v)
{
	return verdict_has_warning(v, "unsigned-but-usually-signed");
}

static bool
is_encrypted(const PsVerdict *v)
{
	return v->encryption.present;
}

static bool
has_failed(const PsVerdict *v)
{
	return v->signature.present;
}

static bool
is_anything(G_GNUC_UNUSED const PsVerdict *v)
{
	return true;
}

/* The first row that applies is what the reader is told; the second text is for sealed mail. */
static const struct {
	bool (*applies)(const PsVerdict *verdict);
	const char *text;
	const char *sealed; /* NULL: the same */
} SENTENCES[] = {
	{is_without_key,
	 N_("It is encrypted, but not for a key that is here; import the key that it was sent to."),
	 NULL},
	{is_altered,
	 N_("It is encrypted, but was damaged or altered on the journey; ask the sender to send it "
	    "again."),
	 NULL},
	{is_broken, N_("It is encrypted, but broken; ask the sender to send it again."), NULL},
	{is_foreign,
	 N_("It is encrypted in a way that cannot be read here; ask the sender for AES."), NULL},
	{is_too_large, N_("It is encrypted for more recipients than can be looked at."), NULL},
	{looks_like_another,
	 N_("Careful: {shown} looks like {alike}, but is somebody else; whatever it proves, it "
	    "proves for {shown} only."),
	 NULL},
	{is_called_like_another,
	 N_("Careful: the sender calls itself {named}, but the address {shown} is not theirs."),
	 NULL},
	{is_revoked, N_("It is signed with a key of {from} that was revoked: anybody may have it."),
	 NULL},
	{is_by_somebody_else, N_("Signed, but by somebody else than {from}."),
	 N_("Sealed, but by somebody else than {from}.")},
	{is_refused, N_("It carries a key of {from} that you refused."), NULL},
	{is_changed,
	 N_("It carries another key than {from} used before; ask {from} on another way which one "
	    "is right, then accept or refuse it."),
	 NULL},
	{is_conflict,
	 N_("Two different keys claim to belong to {from}; nothing can be sealed to either until "
	    "you compare one."),
	 NULL},
	{is_candidate,
	 N_("It carries another key than {from} used before; that proves nothing, and the known "
	    "key stays in use."),
	 NULL},
	{is_trusted_member,
	 N_("Signed by {person} of {organization} ({from}), as {issuer} vouches: {history}."),
	 N_("Sealed by {person} of {organization} ({from}), as {issuer} vouches: {history}.")},
	{is_trusted_organization,
	 N_("Signed by {organization} ({from}), as {issuer} vouches: {history}."),
	 N_("Sealed by {organization} ({from}), as {issuer} vouches: {history}.")},
	{is_trusted_person, N_("Signed by {person} ({from}), as {issuer} vouches: {history}."),
	 N_("Sealed by {person} ({from}), as {issuer} vouches: {history}.")},
	{is_trusted,
	 N_("Signed by {from}; {issuer} vouches for the address, not for a name: {history}."),
	 N_("Sealed by {from}; {issuer} vouches for the address, not for a name: {history}.")},
	{is_compared, N_("Signed by {from} with the key that you compared: {history}."),
	 N_("Sealed by {from} with the key that you compared: {history}.")},
	{is_handed_over,
	 N_("Signed by {from} with a new key; the key known before vouches for it."),
	 N_("Sealed by {from} with a new key; the key known before vouches for it.")},
	{is_accepted_first,
	 N_("Signed by {from} with the key that you accepted; no signed message was learned "
	    "before."),
	 N_("Sealed by {from} with the key that you accepted; no signed message was learned "
	    "before.")},
	{is_bound, N_("Signed by {from} with the same key as before: {history}."),
	 N_("Sealed by {from} with the same key as before: {history}.")},
	{is_too_old,
	 N_("It is signed with a certificate of {from} that had expired when it was first seen "
	    "here."),
	 NULL},
	{is_unchecked,
	 N_("It is signed with a certificate for {from} that breaks the rules of those who issued "
	    "it, so it proves nothing."),
	 NULL},
	{is_first,
	 N_("It carries a key for {from}, seen for the first time; that proves nothing yet."),
	 NULL},
	{is_valid,
	 N_("It carries the key of {from} that is being got to know: {history}; that proves little "
	    "yet."),
	 NULL},
	{is_missing_its_signature,
	 N_("Not signed, although {from} usually signs: anybody could have written it, so ask "
	    "before you trust it."),
	 N_("Encrypted on the journey, but not signed, although {from} usually signs: ask before "
	    "you trust it.")},
	{is_encrypted, N_("Encrypted on the journey, but nobody knows by whom."), NULL},
	{has_failed, N_("Its signature does not hold here, so it counts as unsigned."), NULL},
	{is_anything, N_("Not protected: anybody could have written or read it."), NULL},
};

/* An organization's mailboxes share their history: the longer one is told. */
static char *
history_text(const VerdictHistory *h)
{
	return h->org_messages > h->messages
		       ? times_text(h->org_messages, h->org_days, h->org_first_seen)
		       : times_text(h->messages, h->days, h->first_seen);
}

static const char *
or_else(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

char *
sentence_verdict(const PsVerdict *v)
{
	size_t i = 0;
	while (!SENTENCES[i].applies(v)) {
		i++;
	}
	bool sealed = v->encryption.present && SENTENCES[i].sealed != NULL;
	const char *from = or_else(v->from_address, _("the sender"));
	g_autofree char *history = history_text(&v->history);
	const WordsGap gaps[] = {
		{"from", from},
		{"shown", or_else(v->from_shown, from)},
		{"alike", or_else(v->alike, _("one that you know"))},
		{"named", or_else(v->named_like, _("somebody that you know"))},
		{"organization", or_else(v->signer.organization, "")},
		{"person", or_else(v->signer.person, "")},
		{"issuer", or_else(v->signer.issuer_name, _("an issuer that you trust"))},
		{"history", history},
		{NULL, NULL},
	};
	return words_fill(_(sealed ? SENTENCES[i].sealed : SENTENCES[i].text), gaps);
}

/* By what a trusted issuer proves (cert/proof.h); the last one is for a name that nobody proves. */
static const struct {
	const char *proof;
	const char *text;
} SIGNERS[] = {
	{"mailbox", N_("{issuer} vouches for the address only")},
	{"organization", N_("{organization}; {issuer} vouches for that")},
	{"sponsor", N_("{person} of {organization}; {issuer} vouches for that")},
	{"individual", N_("{person}; {issuer} vouches for that")},
	{"none", N_("calls itself {claim}; nobody that you trust vouches for that")},
};

char *
sentence_signer(const PsVerdict *v)
{
	size_t i = 0;
	while (i + 1 < G_N_ELEMENTS(SIGNERS) && strcmp(SIGNERS[i].proof, v->signer.proof) != 0) {
		i++;
	}
	if (i + 1 == G_N_ELEMENTS(SIGNERS) && v->signer.claimed_name == NULL) {
		return NULL;
	}
	const WordsGap gaps[] = {
		{"organization", or_else(v->signer.organization, "")},
		{"person", or_else(v->signer.person, "")},
		{"issuer", or_else(v->signer.issuer_name, _("an issuer that you trust"))},
		{"claim", or_else(v->signer.claimed_name, "")},
		{NULL, NULL},
	};
	return words_fill(_(SIGNERS[i].text), gaps);
}
