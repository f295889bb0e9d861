/* SPDX-License-Identifier: MPL-2.0 */
/* Canonical mail addresses: RFC 5321 section 4.1.2 with RFC 6531, domains by IDNA. */
#include "cert/address.h"

#include "cert/name.h"

#define ADDRESS_MAX 254U /* octets, RFC 5321 section 4.5.3.1.3 without the brackets */
#define LABEL_MAX   63U
#define DOMAIN_MAX  253U

static const char atext_specials[] = "!#$%&'*+-/=?^_`{|}~";

/* atext of RFC 5322, UTF8-non-ascii of RFC 6532, and dots, which obsolete addresses have anywhere.
 */
static bool
is_plain(unsigned char c)
{
	return c >= 0x80 || c == '.' || g_ascii_isalnum(c) ||
	       (c != 0 && strchr(atext_specials, c) != NULL);
}

/* No blanks, no control characters, of any script, and nothing that people do not see. RFC 6532
 * section 3.2 lets any character beyond ASCII into a local part, and RFC 8398 section 3 into a
 * certificate; but a key is bound to what people read, and no two readings may look the same. */
static bool
is_clean(const char *address)
{
	for (const char *p = address; *p != '\0'; p = cert_name_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if (g_unichar_iscntrl(c) || g_unichar_isspace(c) || cert_name_is_hidden(c)) {
			return false;
		}
	}
	return true;
}

/* Quoted-string = DQUOTE *( qtext / quoted-pair ) DQUOTE; @text begins with the quote. Appends the
 * content and returns what follows, or NULL. */
static const char *
unquote(const char *text, GString *content)
{
	const char *p = text + 1;
	while (*p != '\0' && *p != '"') {
		if (*p == '\\' && *++p == '\0') {
			return NULL;
		}
		g_string_append_c(content, *p++);
	}
	return *p == '"' ? p + 1 : NULL;
}

/* Dot-string: what needs no quotes. */
static bool
is_dot_string(const char *text)
{
	size_t n = strlen(text);
	for (size_t i = 0; i < n; i++) {
		if (!is_plain((unsigned char)text[i]) || (text[i] == '.' && text[i + 1] == '.')) {
			return false;
		}
	}
	return n > 0 && text[0] != '.' && text[n - 1] != '.';
}

static void
append_quoted(GString *out, const char *content)
{
	g_string_append_c(out, '"');
	for (const char *p = content; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\') {
			g_string_append_c(out, '\\');
		}
		g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}

static void
lower_if_ascii(GString *text)
{
	bool ascii = true;
	for (size_t i = 0; i < text->len; i++) {
		ascii = ascii && (unsigned char)text->str[i] < 0x80;
	}
	if (ascii) {
		g_string_ascii_down(text);
	}
}

/* Appends the canonical local part and returns the domain, or NULL. */
static const char *
read_local(const char *address, GString *out)
{
	const char *end = address;
	if (*address == '"') {
		g_autoptr(GString) content = g_string_new(NULL);
		end = unquote(address, content);
		if (end == NULL) {
			return NULL;
		}
		if (is_dot_string(content->str)) {
			g_string_append(out, content->str);
		} else {
			append_quoted(out, content->str);
		}
	} else {
		while (is_plain((unsigned char)*end)) {
			end++;
		}
		g_string_append_len(out, address, end - address);
	}
	lower_if_ascii(out);
	return out->len > 0 && *end == '@' ? end + 1 : NULL;
}

/* address-literal of RFC 5321 section 4.1.3, not looked into */
static char *
read_literal(const char *domain)
{
	size_t n = strlen(domain);
	if (n < 3 || domain[n - 1] != ']') {
		return NULL;
	}
	for (size_t i = 1; i < n - 1; i++) {
		if (!g_ascii_isalnum(domain[i]) && strchr(".:-", domain[i]) == NULL) {
			return NULL;
		}
	}
	return g_ascii_strdown(domain, -1);
}

/* Letters, digits, hyphens and the underscore of some hosts, in labels of 1 to 63. */
static bool
is_host(const char *domain)
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
	return label > 0 && (size_t)(p - domain) <= DOMAIN_MAX;
}

/* Characters of RFC 5894 section 7.2 that IDNA 2003 (GLib) maps away and IDNA 2008 keeps: another
 * name. */
static bool
has_deviation(const char *domain)
{
	static const gunichar deviations[] = {0x00df, 0x03c2, 0x1e9e, 0x200c, 0x200d};
	for (size_t i = 0; i < G_N_ELEMENTS(deviations); i++) {
		if (g_utf8_strchr(domain, -1, deviations[i]) != NULL) {
			return true;
		}
	}
	return false;
}

static char *
read_domain(const char *domain)
{
	if (*domain == '[') {
		return read_literal(domain);
	}
	if (has_deviation(domain)) {
		return NULL;
	}
	g_autofree char *ascii = g_hostname_to_ascii(domain);
	if (ascii == NULL || !is_host(ascii)) {
		return NULL;
	}
	return g_ascii_strdown(ascii, -1);
}

char *
cert_address_normalise(const char *address)
{
	return cert_address_normalise_bytes(base_bytes_str(address));
}

char *
cert_address_normalise_bytes(BaseBytes address)
{
	if (address.n == 0 || address.n > ADDRESS_MAX ||
	    !g_utf8_validate((const char *)address.p, (gssize)address.n, NULL)) {
		return NULL;
	}
	g_autofree char *text = g_strndup((const char *)address.p, address.n);
	g_autoptr(GString) out = g_string_new(NULL);
	const char *at = is_clean(text) ? read_local(text, out) : NULL;
	g_autofree char *domain = at == NULL ? NULL : read_domain(at);
	if (domain == NULL) {
		return NULL;
	}
	g_string_append_printf(out, "@%s", domain);
	return out->len > ADDRESS_MAX ? NULL : g_string_free(g_steal_pointer(&out), FALSE);
}

bool
cert_address_equal(const char *a, const char *b)
{
	g_autofree char *key_a = cert_address_normalise(a);
	g_autofree char *key_b = cert_address_normalise(b);
	return key_a != NULL && g_strcmp0(key_a, key_b) == 0;
}
