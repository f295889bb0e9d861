/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_inside.h"

#include "trust/lookalike_fold.h"
#include "trust/lookalike_library.h"

#include <string.h>

#define MIN_INSIDE_ESTABLISHED 6 /* letters of the known label */
#define MIN_INSIDE_IMITATED    3
#define MIN_INSIDE_FREE        5 /* with anything beside it, or without hyphen */
#define MIN_INSIDE_JOINED      8 /* of an established one, without hyphen */
#define MIN_DOTTED             3
#define WORD_MAX               16

/* What stands beside a name to make it look official. Sorted. */
static const char bait[][WORD_MAX] = {
	"ab",
	"abuse",
	"account",
	"accounts",
	"ag",
	"aktualisierung",
	"alert",
	"alerts",
	"anmeldung",
	"app",
	"apps",
	"at",
	"auth",
	"authorize",
	"bank",
	"banking",
	"bestaetigung",
	"billing",
	"bonus",
	"business",
	"card",
	"cards",
	"care",
	"center",
	"centre",
	"ch",
	"client",
	"clients",
	"cloud",
	"co",
	"com",
	"confirm",
	"contact",
	"corp",
	"customer",
	"customers",
	"customs",
	"de",
	"delivery",
	"dienst",
	"docs",
	"drive",
	"email",
	"eu",
	"express",
	"fr",
	"freischaltung",
	"gift",
	"global",
	"gmbh",
	"group",
	"help",
	"helpdesk",
	"hilfe",
	"hotline",
	"hr",
	"id",
	"inc",
	"info",
	"international",
	"invoice",
	"invoices",
	"it",
	"konto",
	"kunde",
	"kunden",
	"kundendienst",
	"kundenservice",
	"limited",
	"live",
	"llc",
	"login",
	"logon",
	"ltd",
	"mail",
	"mailer",
	"mein",
	"meine",
	"message",
	"mobile",
	"my",
	"net",
	"news",
	"newsletter",
	"no",
	"noreply",
	"notice",
	"notification",
	"notify",
	"now",
	"office",
	"official",
	"online",
	"order",
	"orders",
	"org",
	"paket",
	"parcel",
	"password",
	"pay",
	"payment",
	"payments",
	"payroll",
	"plc",
	"portal",
	"post",
	"premium",
	"prime",
	"pushtan",
	"rechnung",
	"recovery",
	"refund",
	"renewal",
	"reply",
	"reset",
	"safe",
	"sales",
	"secure",
	"security",
	"server",
	"service",
	"services",
	"share",
	"shipping",
	"shop",
	"sicherheit",
	"signin",
	"sms",
	"sso",
	"status",
	"store",
	"support",
	"tan",
	"team",
	"tech",
	"the",
	"track",
	"tracking",
	"transfer",
	"uk",
	"unlock",
	"update",
	"updates",
	"us",
	"user",
	"validate",
	"verification",
	"verifizierung",
	"verify",
	"versand",
	"wallet",
	"web",
	"webmail",
	"www",
	"zahlung",
	"zoll",
};

bool
trust_word_is_bait(const char *word, size_t n)
{
	size_t low = 0;
	size_t high = G_N_ELEMENTS(bait);
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strncmp(bait[middle], word, n);
		order = order == 0 && strlen(bait[middle]) > n ? 1 : order;
		if (order == 0) {
			return true;
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return false;
}

/* Is [text, text + n) a row of bait words and numbers (with hyphens or without)? */
static bool
is_all_bait(const char *text, size_t n)
{
	g_autofree bool *reached = g_new0(bool, n + 1);
	reached[0] = true;
	for (size_t from = 0; from < n; from++) {
		if (!reached[from]) {
			continue;
		}
		bool filler = text[from] == '-' || g_ascii_isdigit(text[from]);
		reached[from + 1] |= filler;
		for (size_t to = from + 2; !filler && to <= n && to - from < WORD_MAX; to++) {
			reached[to] |= trust_word_is_bait(text + from, to - from);
		}
	}
	return reached[n];
}

/* The known domain, whole, before the sender's own one begins. */
static bool
is_dotted(const TrustDomain *sender, const TrustDomain *original)
{
	size_t n = strlen(original->domain);
	size_t before = (size_t)(sender->domain - sender->host);
	if (strcspn(original->domain, ".") < MIN_DOTTED) {
		return false;
	}
	for (size_t at = 0; at < before; at += strcspn(sender->host + at, ".") + 1) {
		const char *here = sender->host + at;
		if (strncmp(here, original->domain, n) == 0 && (here[n] == '.' || here[n] == '-')) {
			return true;
		}
	}
	/* example.com.de: sold by somebody who owns com.de, and no country's registry. */
	return strncmp(sender->domain, original->domain, n) == 0 && sender->domain[n] == '.' &&
	       !trust_library_registry(sender->suffix);
}

/* Houses that keep a name for each of their customers, who may well be the known one. */
static bool
is_service(const char *domain)
{
	static const char *const services[] = {
		"amazonses.com",    "atlassian.net",    "bitbucket.org",    "bounces.google.com",
		"exacttarget.com",  "freshdesk.com",    "github.com",       "gitlab.com",
		"googlegroups.com", "helpscoutapp.com", "hubspotemail.net", "intercom-mail.com",
		"mailchimpapp.net", "mandrillapp.com",  "mcsv.net",         "myshopify.com",
		"onmicrosoft.com",  "personio.de",      "rsgsv.net",        "salesforce.com",
		"sendgrid.net",     "sharepoint.com",   "slack.com",        "sourceforge.net",
		"workday.com",      "yahoogroups.com",  "zendesk.com",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
		if (strcmp(services[i], domain) == 0) {
			return true;
		}
	}
	return false;
}

GPtrArray *
trust_domain_labels(const TrustDomain *sender)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	if (is_service(sender->domain)) {
		return out;
	}
	const char *label = sender->host;
	while (label < sender->domain && out->len < TRUST_LABELS_MAX) {
		size_t n = strcspn(label, ".");
		if (n >= MIN_INSIDE_FREE) {
			bool unchecked = false;
			g_autofree char *text = g_strndup(label, n);
			g_ptr_array_add(out, trust_fold_strict(text, &unchecked));
		}
		label += n + 1;
	}
	return out;
}

/* The known label, whole, before the sender's own domain. */
static bool
is_label(const TrustDomain *sender, const TrustDomain *original)
{
	g_autoptr(GPtrArray) labels = trust_domain_labels(sender);
	return !trust_word_is_bait(original->strict, strlen(original->strict)) &&
	       g_ptr_array_find_with_equal_func(labels, original->strict, g_str_equal, NULL);
}

static bool
may_stand(const char *rest, size_t n, bool distinctive)
{
	return distinctive || is_all_bait(rest, n);
}

static bool
is_hyphened(const TrustDomain *sender, const char *name, bool distinctive)
{
	size_t n = strlen(name);
	const char *text = sender->strict;
	for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name)) {
		bool begins = at == text || at[-1] == '-';
		bool ends = at[n] == '\0' || at[n] == '-';
		if (begins && ends && may_stand(text, (size_t)(at - text), distinctive) &&
		    may_stand(at + n, strlen(at + n), distinctive)) {
			return true;
		}
	}
	return false;
}

static bool
is_joined(const TrustDomain *sender, const char *name)
{
	size_t n = strlen(name);
	const char *text = sender->strict;
	for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name)) {
		if (is_all_bait(text, (size_t)(at - text)) && is_all_bait(at + n, strlen(at + n))) {
			return true;
		}
	}
	return false;
}

bool
trust_domain_inside(const TrustDomain *sender, const TrustDomain *original, TrustStanding standing,
		    bool distinctive)
{
	const char *name = original->strict;
	size_t n = strlen(name);
	if (strcmp(sender->domain, original->domain) == 0) {
		return false;
	}
	if (standing >= TRUST_STANDING_SEEN && is_dotted(sender, original)) {
		return true;
	}
	if (strcmp(sender->strict, name) == 0) {
		return false;
	}
	bool imitated = standing == TRUST_STANDING_IMITATED;
	size_t least = imitated ? MIN_INSIDE_IMITATED : MIN_INSIDE_ESTABLISHED;
	if (standing < TRUST_STANDING_ESTABLISHED || n < least) {
		return false;
	}
	bool free = imitated && distinctive && n >= MIN_INSIDE_FREE;
	/* The own name stands with many that one's own house has services from. */
	bool label = free || standing == TRUST_STANDING_ESTABLISHED;
	return is_hyphened(sender, name, free) || (label && is_label(sender, original)) ||
	       ((free || (!imitated && n >= MIN_INSIDE_JOINED)) && is_joined(sender, name));
}

GPtrArray *
trust_domain_beginnings(const TrustDomain *sender)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	size_t before = (size_t)(sender->domain - sender->host);
	g_autofree char *text = g_strdup(sender->host);
	size_t n = strlen(text);
	/* Each dot and hyphen may end a known domain that has a dot itself, and begins before the
	 * sender's own does. */
	for (size_t end = strcspn(text, ".-"); end < n && out->len < TRUST_INSIDE_MAX;
	     end += 1 + strcspn(text + end + 1, ".-")) {
		char stop = text[end];
		text[end] = '\0';
		const char *domain =
			strchr(text, '.') != NULL ? trust_library_registrable(text) : NULL;
		if (domain != NULL && (size_t)(domain - text) < before &&
		    strchr(domain, '.') != NULL) {
			g_ptr_array_add(out, g_strdup(domain));
		}
		text[end] = stop;
	}
	return out;
}

/* nordbank of nordbank24 and mynordbank. */
static void
add_unjoined(const char *label, GPtrArray *out)
{
	size_t n = strlen(label);
	for (size_t at = 1; at < n; at++) {
		if (n - at >= MIN_INSIDE_JOINED && is_all_bait(label, at)) {
			g_ptr_array_add(out, g_strdup(label + at));
		}
		if (at >= MIN_INSIDE_JOINED && is_all_bait(label + at, n - at)) {
			g_ptr_array_add(out, g_strndup(label, at));
		}
	}
}

GPtrArray *
trust_domain_tokens(const TrustDomain *sender)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) tokens = g_strsplit(sender->strict, "-", TRUST_TOKENS_MAX);
	guint n = g_strv_length(tokens);
	for (guint from = 0; from < n; from++) {
		GString *text = g_string_new(NULL);
		for (guint to = from; to < n; to++) {
			g_string_append_printf(text, "%s%s", to == from ? "" : "-", tokens[to]);
			if (to - from + 1 < n) {
				g_ptr_array_add(out, g_strdup(text->str));
			}
		}
		g_string_free(text, TRUE);
	}
	add_unjoined(sender->strict, out);
	return out;
}
