/* SPDX-License-Identifier: MPL-2.0 */
/* Addresses of accounts, and the account of an address. */
#include "proxy/config.h"

#include <string.h>

#define ADDRESS_MAX 254U /* octets of a mail address: RFC 5321 section 4.5.3.1.3, erratum 1690 */
#define DOMAIN_MAX  253U
#define LABEL_MAX   63U

/* Dot-string without its rule about dots, which real addresses break: atext of RFC 5322 section
 * 3.2.3, UTF8-non-ascii of RFC 6532 section 3.2 as far as people see it. */
static bool
is_local(const char *local)
{
	for (const char *p = local; *p != '\0'; p += g_utf8_skip[(guchar)*p]) {
		gunichar c = g_utf8_get_char(p);
		bool atext = c < 0x80 && (g_ascii_isalnum((char)c) ||
					  strchr(".!#$%&'*+-/=?^_`{|}~", (char)c) != NULL);
		if (!atext && (c < 0x80 || g_unichar_isspace(c) || g_unichar_iscntrl(c))) {
			return false;
		}
	}
	return local[0] != '\0';
}

/* Letters, digits, hyphens and the underscore of some hosts, in labels of 1 to 63. */
static bool
is_domain(const char *domain)
{
	size_t label = 0;
	const char *p = domain;
	for (; *p != '\0'; p++) {
		bool dot = *p == '.';
		bool letter = g_ascii_isalnum(*p) || *p == '-' || *p == '_';
		if (dot ? label == 0 : !letter || label == LABEL_MAX) {
			return false;
		}
		label = dot ? 0 : label + 1;
	}
	return label > 0 && (size_t)(p - domain) <= DOMAIN_MAX && domain[0] != '-';
}

/* IDNA 2003 (GLib) maps these to another name than IDNA 2008 does (RFC 5894 section 7.2), and the
 * engine takes neither. */
static bool
has_deviation(const char *domain)
{
	static const gunichar DEVIATIONS[] = {0x00df, 0x03c2, 0x1e9e, 0x200c, 0x200d};
	bool has = false;
	for (size_t i = 0; i < G_N_ELEMENTS(DEVIATIONS); i++) {
		has = has || g_utf8_strchr(domain, -1, DEVIATIONS[i]) != NULL;
	}
	return has;
}

char *
proxy_address_normalise(const char *text)
{
	const char *at = strrchr(text, '@');
	if (at == NULL || strlen(text) > ADDRESS_MAX || !g_utf8_validate(text, -1, NULL) ||
	    has_deviation(at)) {
		return NULL;
	}
	g_autofree char *local = g_strndup(text, (size_t)(at - text));
	g_autofree char *ascii = g_hostname_to_ascii(at + 1);
	if (ascii == NULL || !is_local(local) || !is_domain(ascii)) {
		return NULL;
	}
	g_autofree char *small = g_str_is_ascii(local) ? g_ascii_strdown(local, -1) : NULL;
	g_autofree char *domain = g_ascii_strdown(ascii, -1);
	return g_strconcat(small != NULL ? small : local, "@", domain, NULL);
}

ProxyAccount *
proxy_config_find(const ProxyConfig *config, const char *address)
{
	g_autofree char *wanted = proxy_address_normalise(address);
	for (guint i = 0; wanted != NULL && i < config->accounts->len; i++) {
		ProxyAccount *account = g_ptr_array_index(config->accounts, i);
		if (strcmp(account->address, wanted) == 0) {
			return account;
		}
	}
	return NULL;
}
