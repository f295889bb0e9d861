/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_inside.h"

#include "trust/lookalike_library.h"

#include <string.h>

#define MIN_INSIDE_ESTABLISHED 6 /* letters of the known label */
#define MIN_INSIDE_IMITATED    3
#define MIN_INSIDE_FREE        5 /* with anything beside it, or without hyphen */
#define MIN_DOTTED             3
#define WORD_MAX               16

/* What stands beside a name to make it look official. Sorted. */
static const char bait[][WORD_MAX] = {
	"ab",
	"abuse",
	"account",
	"accounts",
	"ag",
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

/* Is [text, text + n) a row of bait words (with hyphens or without)? */
static bool
is_all_bait(const char *text, size_t n)
{
	g_autofree bool *reached = g_new0(bool, n + 1);
	reached[0] = true;
	for (size_t from = 0; from < n; from++) {
		if (!reached[from]) {
			continue;
		}
		reached[from + 1] |= text[from] == '-';
		for (size_t to = from + 2; to <= n && to - from < WORD_MAX; to++) {
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
	return false;
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
	return is_hyphened(sender, name, free) || (free && is_joined(sender, name));
}

GPtrArray *
trust_domain_beginnings(const TrustDomain *sender)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	size_t before = (size_t)(sender->domain - sender->host);
	g_autofree char *text = g_strdup(sender->host);
	for (size_t at = 0; at < before && out->len < TRUST_INSIDE_MAX; at++) {
		/* Each dot and hyphen may end a known domain that has a dot itself. */
		size_t end = at + strcspn(text + at, ".-");
		bool whole = end < strlen(text);
		char stop = text[end];
		text[end] = '\0';
		const char *domain = whole && strchr(text, '.') != NULL && end > 0
					     ? trust_library_registrable(text)
					     : NULL;
		if (domain != NULL && strchr(domain, '.') != NULL) {
			g_ptr_array_add(out, g_strdup(domain));
		}
		text[end] = stop;
		at = end;
	}
	return out;
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
	return out;
}
