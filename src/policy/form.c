/* SPDX-License-Identifier: MPL-2.0 */
/* The form of a signature. */
#include "policy/form.h"

static const char *const FORM_NAMES[] = {"none", "signature", "unobtrusive", "header"};
static const char *const MODE_NAMES[] = {"auto", "signature", "unobtrusive", "header"};

const char *
policy_form_name(PolicyForm form)
{
	return FORM_NAMES[form];
}

const char *
policy_mode_name(PolicyMode mode)
{
	return MODE_NAMES[mode];
}

bool
policy_mode_parse(const char *name, PolicyMode *out)
{
	for (size_t i = 0; i < G_N_ELEMENTS(MODE_NAMES); i++) {
		if (strcmp(name, MODE_NAMES[i]) == 0) {
			*out = (PolicyMode)i;
			return true;
		}
	}
	return false;
}

/* The word for why the key may only ride in the header, or NULL. */
static const char *
header_only_reason(const PolicyFormFacts *facts)
{
	if (facts->calendar) {
		return "calendar";
	}
	if (facts->patch) {
		return "patch";
	}
	if (facts->list_headers) {
		return "list";
	}
	for (size_t i = 0; i < facts->n_readers; i++) {
		if (facts->readers[i].list) {
			return "list";
		}
		if (facts->readers[i].automatic) {
			return "automatic";
		}
	}
	return NULL;
}

static bool
every_reader_copes(const PolicyFormFacts *facts)
{
	for (size_t i = 0; i < facts->n_readers; i++) {
		const PolicyReader *r = &facts->readers[i];
		if (!r->sealed_to_us && !r->runs_postseal && !r->quiet_program) {
			return false;
		}
	}
	return facts->n_readers > 0;
}

PolicyFormDecision
policy_form_decide(const PolicyFormFacts *facts)
{
	if (facts->mode != POLICY_MODE_AUTO) {
		return (PolicyFormDecision){(PolicyForm)facts->mode, "mode"};
	}
	const char *header_only = header_only_reason(facts);
	if (header_only != NULL) {
		return (PolicyFormDecision){POLICY_FORM_HEADER, header_only};
	}
	if (facts->public_chain) {
		return (PolicyFormDecision){POLICY_FORM_SIGNATURE, "public-chain"};
	}
	if (every_reader_copes(facts)) {
		return (PolicyFormDecision){POLICY_FORM_SIGNATURE, "known-readers"};
	}
	return (PolicyFormDecision){POLICY_FORM_UNOBTRUSIVE, "unknown-reader"};
}

G_STATIC_ASSERT((int)POLICY_MODE_SIGNATURE == (int)POLICY_FORM_SIGNATURE);
G_STATIC_ASSERT((int)POLICY_MODE_HEADER == (int)POLICY_FORM_HEADER);

static const char *const AUTOMATIC_NAMES[] = {
	"noreply",      "no-reply",      "no.reply",   "no_reply",  "donotreply",    "do-not-reply",
	"do_not_reply", "mailer-daemon", "listserv",   "majordomo", "unsubscribe",   "subscribe",
	"bounce",       "bounces",       "auto-reply", "autoreply", "notifications",
};
static const char *const AUTOMATIC_ENDINGS[] = {
	"-request",  "-subscribe", "-unsubscribe", "-bounces", "-noreply",
	"-no-reply", "-leave",     "-join",        "-confirm",
};
static const char *const AUTOMATIC_STARTS[] = {
	"noreply+",     "noreply-", "no-reply+", "no-reply-", "unsubscribe-",
	"unsubscribe+", "bounce+",  "bounces+",  "reply+",
};

bool
policy_address_is_automatic(const char *address)
{
	const char *at = strrchr(address, '@');
	g_autofree char *local = g_ascii_strdown(address, at == NULL ? -1 : at - address);
	for (size_t i = 0; i < G_N_ELEMENTS(AUTOMATIC_NAMES); i++) {
		if (strcmp(local, AUTOMATIC_NAMES[i]) == 0) {
			return true;
		}
	}
	for (size_t i = 0; i < G_N_ELEMENTS(AUTOMATIC_ENDINGS); i++) {
		if (g_str_has_suffix(local, AUTOMATIC_ENDINGS[i])) {
			return true;
		}
	}
	for (size_t i = 0; i < G_N_ELEMENTS(AUTOMATIC_STARTS); i++) {
		if (g_str_has_prefix(local, AUTOMATIC_STARTS[i])) {
			return true;
		}
	}
	return false;
}

static const char *const LIST_DOMAINS[] = {"googlegroups.com", "yahoogroups.com", "groups.io",
					   "freelists.org", "listserv.net"};
static const char *const LIST_LABELS[] = {"lists", "list", "listserv", "mailman", "ml"};

/* A host below somebody's domain: the last two labels are the domain itself ("ml.com" is a bank).
 */
static bool
has_list_label(const char *domain)
{
	g_auto(GStrv) labels = g_strsplit(domain, ".", -1);
	guint n = g_strv_length(labels);
	for (guint i = 0; i + 2 < n; i++) {
		for (size_t l = 0; l < G_N_ELEMENTS(LIST_LABELS); l++) {
			if (strcmp(labels[i], LIST_LABELS[l]) == 0) {
				return true;
			}
		}
	}
	return false;
}

bool
policy_address_is_list(const char *address)
{
	const char *at = strrchr(address, '@');
	if (at == NULL) {
		return false;
	}
	g_autofree char *domain = g_ascii_strdown(at + 1, -1);
	for (size_t i = 0; i < G_N_ELEMENTS(LIST_DOMAINS); i++) {
		if (strcmp(domain, LIST_DOMAINS[i]) == 0) {
			return true;
		}
	}
	return has_list_label(domain);
}
