/* SPDX-License-Identifier: MPL-2.0 */
/* Taking a host name apart. */
#include "trust/lookalike_compare.h"
#include "trust/lookalike_fold.h"
#include "trust/lookalike_library.h"

#include <string.h>

#define HOST_MAX    253 /* RFC 1035 section 2.3.4, without the dot at the end */
#define LITERAL_MAX 64  /* octets of an address in a link */

void
trust_domain_free(TrustDomain *domain)
{
	if (domain == NULL) {
		return;
	}
	g_free(domain->host);
	g_free(domain->label);
	g_free(domain->strict);
	g_free(domain->plain);
	g_free(domain->loose);
	g_free(domain->coarse);
	g_free(domain->contracted);
	g_free(domain);
}

const char *
trust_domain_host(const char *address)
{
	const char *at = strrchr(address, '@');
	return at == NULL ? "" : at + 1;
}

/* Lower case, without the dot at the end; NULL if it is no name. */
static char *
tidy(const char *host)
{
	size_t n = strlen(host);
	n -= n > 0 && host[n - 1] == '.' ? 1 : 0;
	if (n == 0 || n > HOST_MAX || host[0] == '.' || host[n - 1] == '.' ||
	    !g_utf8_validate(host, (gssize)n, NULL) ||
	    g_strstr_len(host, (gssize)n, "..") != NULL) {
		return NULL;
	}
	bool name = false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)host[i];
		if (c <= ' ' || (c < 0x80 && !g_ascii_isalnum(c) && strchr("-_.", c) == NULL)) {
			return NULL;
		}
		name = name || !(g_ascii_isdigit(c) || c == '.');
	}
	return name ? g_ascii_strdown(host, (gssize)n) : NULL;
}

char *
trust_domain_registrable(const char *host, bool *unchecked)
{
	g_autofree char *name = tidy(host);
	const char *domain = name == NULL ? NULL : trust_library_registrable(name);
	*unchecked = *unchecked || (name != NULL && domain == NULL);
	return g_strdup(domain);
}

char *
trust_link_target(const char *host)
{
	bool unchecked = false;
	char *domain = trust_domain_registrable(host, &unchecked);
	bool literal = strpbrk(host, "0123456789:") != NULL && strlen(host) <= LITERAL_MAX &&
		       strspn(host, "0123456789abcdefABCDEF.:[]") == strlen(host);
	return domain == NULL && literal && !unchecked ? g_ascii_strdown(host, -1) : domain;
}

/* Cyrillic only, and yet every letter reads as a Latin one. */
static bool
poses_as_ascii(const char *label, const char *strict)
{
	if (!g_str_is_ascii(strict)) {
		return false;
	}
	for (const char *p = label; *p != '\0'; p = trust_fold_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if (c >= 0x80 && g_unichar_get_script(c) != G_UNICODE_SCRIPT_LATIN) {
			return true;
		}
	}
	return false;
}

static bool
mixes(TrustDomain *domain, const char *host)
{
	g_auto(GStrv) labels = g_strsplit(host, ".", -1);
	for (size_t i = 0; labels[i] != NULL; i++) {
		if (g_str_is_ascii(labels[i])) {
			continue;
		}
		TrustScripts scripts = trust_library_scripts(labels[i]);
		g_autofree char *strict = trust_fold_strict(labels[i], &domain->unchecked);
		if (scripts == TRUST_SCRIPTS_MIXED || poses_as_ascii(labels[i], strict)) {
			return true;
		}
	}
	return false;
}

static char *
without_hyphens(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, "-", -1);
	return g_strjoinv("", parts);
}

static void
make_keys(TrustDomain *domain)
{
	domain->strict = trust_fold_strict(domain->label, &domain->unchecked);
	domain->plain = without_hyphens(domain->strict);
	domain->loose = trust_fold_loose(domain->strict);
	domain->coarse = trust_fold_coarse(domain->strict);
	g_autofree char *contracted = trust_fold_contract(domain->plain);
	domain->contracted = trust_fold_coarse(contracted);
}

/* U-labels, and what they tell. */
static void
read_label(TrustDomain *domain)
{
	bool coded = strstr(domain->host, "xn--") != NULL || !g_str_is_ascii(domain->host);
	g_autofree char *unicode = coded ? trust_library_unicode(domain->host) : NULL;
	g_autofree char *name = coded ? trust_library_unicode(domain->domain) : NULL;
	domain->unchecked = coded && unicode == NULL;
	const char *shown = name == NULL ? domain->domain : name;
	domain->label = g_strndup(shown, strcspn(shown, "."));
	domain->international = !g_str_is_ascii(domain->label);
	domain->mixed = unicode != NULL && mixes(domain, unicode);
}

TrustDomain *
trust_domain_new(const char *host)
{
	g_autofree char *name = tidy(host);
	const char *registrable = name == NULL ? NULL : trust_library_registrable(name);
	if (registrable == NULL) {
		return NULL;
	}
	TrustDomain *domain = g_new0(TrustDomain, 1);
	domain->domain = registrable;
	domain->host = g_steal_pointer(&name);
	const char *dot = strchr(domain->domain, '.');
	domain->suffix = dot == NULL ? "" : dot + 1;
	read_label(domain);
	make_keys(domain);
	return domain;
}
