/* SPDX-License-Identifier: MPL-2.0 */
/* The host of one URL, read as the WHATWG URL standard (section 4.4) reads it. */
#include "mime/links_url.h"

#include "mime/tokens.h"

#include <arpa/inet.h>

#define HOST_RAW_MAX 1024U /* octets of a host before it is decoded */
#define HOST_MAX     253U  /* RFC 1035 section 2.3.4, without the last dot */
#define LABEL_MAX    63U
#define REPLACEMENT  0xfffdU /* what browsers put for impossible characters */

/* ---- Hosts ---- */

static bool
is_name(const char *host)
{
	size_t label = 0;
	size_t n = 0;
	for (; host[n] != '\0'; n++) {
		bool dot = host[n] == '.';
		if ((dot && label == 0) || (!dot && ++label > LABEL_MAX) ||
		    (!dot && !g_ascii_isalnum(host[n]) && host[n] != '-' && host[n] != '_')) {
			return false;
		}
		label = dot ? 0 : label;
	}
	return label > 0 && n <= HOST_MAX;
}

/* IPv4 in each form that browsers take: "0x7f.1", "2130706433". */
static char *
dotted(const char *host)
{
	struct in_addr address;
	char text[INET_ADDRSTRLEN];
	if (inet_aton(host, &address) == 0 ||
	    inet_ntop(AF_INET, &address, text, sizeof text) == NULL) {
		return NULL;
	}
	return g_strdup(text);
}

/* @literal: what stands behind "[". */
static char *
ipv6(const char *literal)
{
	g_autofree char *name = g_strndup(literal, strcspn(literal, "]"));
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];
	if (inet_pton(AF_INET6, name, &address) != 1 ||
	    inet_ntop(AF_INET6, &address, text, sizeof text) == NULL) {
		return NULL;
	}
	return g_strdup(text);
}

/* @host: without userinfo and port. */
static char *
host_name(const char *host)
{
	if (strlen(host) > HOST_RAW_MAX) {
		return NULL;
	}
	g_autofree char *decoded = mime_percent_decode(host);
	if (!g_utf8_validate(decoded, -1, NULL)) {
		return NULL;
	}
	g_autofree char *mapped =
		g_str_is_ascii(decoded) ? g_strdup(decoded) : g_hostname_to_ascii(decoded);
	if (mapped == NULL) {
		return NULL;
	}
	g_autofree char *name = g_ascii_strdown(mapped, -1);
	size_t n = strlen(name);
	if (n > 0 && name[n - 1] == '.') {
		name[n - 1] = '\0';
	}
	if (!is_name(name)) {
		return NULL;
	}
	char *address = dotted(name);
	return address != NULL ? address : g_steal_pointer(&name);
}

/* authority = [ userinfo "@" ] host [ ":" port ], where the last "@" ends userinfo. */
static char *
host_of_authority(const char *authority)
{
	const char *at = strrchr(authority, '@');
	const char *host = at == NULL ? authority : at + 1;
	if (*host == '[') {
		return ipv6(host + 1);
	}
	g_autofree char *name = g_strndup(host, strcspn(host, ":"));
	return host_name(name);
}

/* ---- Plain text ---- */

bool
mime_url_ends_plain(uint8_t c)
{
	return c <= ' ' || c == 0x7f || strchr("/\\?#<>\"", c) != NULL;
}

static bool
may_be_in_host(gunichar c)
{
	return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == 0xad || c == 0x3002 ||
	       (c < 0x80 && strchr("-_.%:[]", (int)c) != NULL);
}

/* Cuts off what only follows the link: "https://example.org)," */
static void
cut_host(char *authority)
{
	char *at = strrchr(authority, '@');
	char *p = at == NULL ? authority : at + 1;
	while (*p != '\0' && may_be_in_host(g_utf8_get_char(p))) {
		p = g_utf8_next_char(p);
	}
	*p = '\0';
	while (p > authority && (p[-1] == '.' || p[-1] == ':')) {
		*--p = '\0';
	}
}

char *
mime_url_host_plain(BaseBytes rest)
{
	size_t n = 0;
	while (n < rest.n && !mime_url_ends_plain(rest.p[n])) {
		n++;
	}
	g_autofree char *raw = base_bytes_strdup(base_bytes_slice(rest, 0, n));
	g_autofree char *authority = g_utf8_make_valid(raw, -1);
	cut_host(authority);
	return host_of_authority(authority);
}

/* ---- HTML ---- */

/* Character references that can matter in a URL up to its path; HTML standard section 13.5. */
static const struct {
	const char *name;
	const char *text;
} references[] = {
	{"colon;", ":"},    {"sol;", "/"},    {"bsol;", "\\"},  {"period;", "."}, {"commat;", "@"},
	{"num;", "#"},      {"quest;", "?"},  {"percnt;", "%"}, {"lowbar;", "_"}, {"Tab;", "\t"},
	{"NewLine;", "\n"}, {"lbrack;", "["}, {"lsqb;", "["},   {"rbrack;", "]"}, {"rsqb;", "]"},
	{"shy;", "\u00ad"}, {"amp;", "&"},    {"amp", "&"},
};

/* "#" and what follows; the octets used, 0 if it is no reference. */
static size_t
decode_number(BaseBytes in, GString *out)
{
	bool hex = in.n > 1 && (in.p[1] == 'x' || in.p[1] == 'X');
	size_t at = hex ? 2 : 1;
	size_t from = at;
	gunichar c = 0;
	for (; at < in.n; at++) {
		int digit = hex ? g_ascii_xdigit_value((char)in.p[at])
				: g_ascii_digit_value((char)in.p[at]);
		if (digit < 0) {
			break;
		}
		c = MIN(c * (hex ? 16 : 10) + (gunichar)digit, 0x110000U);
	}
	if (at == from) {
		return 0;
	}
	g_string_append_unichar(out, c != 0 && g_unichar_validate(c) ? c : REPLACEMENT);
	return at + (at < in.n && in.p[at] == ';');
}

/* What follows "&"; the octets used, 0 if it is no reference. */
static size_t
decode_reference(BaseBytes in, GString *out)
{
	if (in.n > 0 && in.p[0] == '#') {
		return decode_number(in, out);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(references); i++) {
		if (in.n == 0 || in.p[0] != (uint8_t)references[i].name[0]) {
			continue;
		}
		BaseBytes name = base_bytes_str(references[i].name);
		if (base_bytes_equal(base_bytes_slice(in, 0, name.n), name)) {
			g_string_append(out, references[i].text);
			return name.n;
		}
	}
	return 0;
}

/* The value with its references decoded, as the URL parser takes it: without blanks in front and
 * without tabs and line ends anywhere. */
static GString *
decode_attribute(BaseBytes value)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (size_t i = 0; i < value.n;) {
		size_t used =
			value.p[i] != '&'
				? 0
				: decode_reference(base_bytes_slice(value, i + 1, SIZE_MAX), text);
		if (used == 0) {
			g_string_append_c(text, value.p[i] == 0 ? '?' : (char)value.p[i]);
		}
		i += 1 + used;
	}
	GString *out = g_string_new(NULL);
	for (size_t i = 0; i < text->len; i++) {
		char c = text->str[i];
		bool dropped =
			c == '\t' || c == '\r' || c == '\n' || (out->len == 0 && (guchar)c <= ' ');
		if (!dropped) {
			g_string_append_c(out, c);
		}
	}
	return out;
}

char *
mime_url_host_html(BaseBytes value, bool cut)
{
	g_autoptr(GString) url = decode_attribute(value);
	const char *p = url->str;
	size_t slashes = strspn(p, "/\\");
	if (g_ascii_strncasecmp(p, "http:", 5) == 0) {
		p += 5;
	} else if (g_ascii_strncasecmp(p, "https:", 6) == 0) {
		p += 6;
	} else if (slashes < 2) {
		return NULL;
	}
	p += strspn(p, "/\\"); /* none, one or many: browsers take them all for two */
	size_t n = strcspn(p, "/\\?#");
	if (cut && p[n] == '\0') {
		return NULL;
	}
	g_autofree char *authority = g_strndup(p, n);
	return host_of_authority(authority);
}
