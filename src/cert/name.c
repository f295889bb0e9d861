/* SPDX-License-Identifier: MPL-2.0 */
/* X.501 names (RFC 5280 section 4.1.2.4) as RFC 4514 text. */
#include "cert/name.h"

#include "base/hex.h"
#include "cert/der.h"

/*
 * Name                      ::= SEQUENCE OF RelativeDistinguishedName
 * RelativeDistinguishedName ::= SET OF AttributeTypeAndValue
 * AttributeTypeAndValue     ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }
 */
typedef struct {
	BaseBytes type;
	unsigned tag;
	BaseBytes value;
	BaseBytes whole; /* of the value */
} Attribute;

#define ATTRIBUTES_MAX 256U

static const struct {
	BaseBytes oid;
	const char *label;
} type_labels[] = {
	{{(const uint8_t *)"\x55\x04\x03", 3}, "CN"},
	{{(const uint8_t *)"\x55\x04\x05", 3}, "serialNumber"},
	{{(const uint8_t *)"\x55\x04\x06", 3}, "C"},
	{{(const uint8_t *)"\x55\x04\x07", 3}, "L"},
	{{(const uint8_t *)"\x55\x04\x08", 3}, "ST"},
	{{(const uint8_t *)"\x55\x04\x09", 3}, "STREET"},
	{{(const uint8_t *)"\x55\x04\x0a", 3}, "O"},
	{{(const uint8_t *)"\x55\x04\x0b", 3}, "OU"},
	{{(const uint8_t *)"\x55\x04\x04", 3}, "SN"},
	{{(const uint8_t *)"\x55\x04\x2a", 3}, "GN"},
	{{(const uint8_t *)"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9}, "emailAddress"},
	{{(const uint8_t *)"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10}, "DC"},
	{{(const uint8_t *)"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10}, "UID"},
};

/* What is looked at as a C string must not end early at a NUL. */
static void
append_code(GString *text, gunichar c)
{
	g_string_append_unichar(text, c != 0 && g_unichar_validate(c) ? c : 0xfffd);
}

/* BMPString (2 octets a character) and UniversalString (4). */
static char *
read_wide(BaseBytes v, size_t width)
{
	if (v.n % width != 0) {
		return NULL;
	}
	g_autoptr(GString) text = g_string_new(NULL);
	for (size_t i = 0; i < v.n; i += width) {
		gunichar c = 0;
		for (size_t k = 0; k < width; k++) {
			c = c << 8 | v.p[i + k];
		}
		append_code(text, c);
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* One octet a character. Teletex is Latin 1 in practice; the others are ASCII. */
static char *
read_narrow(BaseBytes v)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (size_t i = 0; i < v.n; i++) {
		append_code(text, v.p[i]);
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* NUL becomes U+FFFD here too. */
static char *
read_utf8(BaseBytes v)
{
	g_autofree char *text = g_utf8_make_valid((const char *)v.p, (gssize)v.n);
	return g_steal_pointer(&text);
}

char *
cert_name_value(unsigned tag, BaseBytes value)
{
	if (value.n == 0) {
		return g_strdup("");
	}
	switch (tag) {
	case CERT_DER_UTF8_STRING:
		return read_utf8(value);
	case CERT_DER_BMP_STRING:
		return read_wide(value, 2);
	case CERT_DER_UNIVERSAL_STRING:
		return read_wide(value, 4);
	case CERT_DER_PRINTABLE_STRING:
	case CERT_DER_IA5_STRING:
	case CERT_DER_NUMERIC_STRING:
	case CERT_DER_VISIBLE_STRING:
	case CERT_DER_TELETEX_STRING:
		return read_narrow(value);
	default:
		return NULL;
	}
}

/* Control and invisible characters as \XX of their octets (RFC 4514 section 2.4). */
static void
append_character(GString *out, const char *p)
{
	gunichar c = g_utf8_get_char(p);
	GUnicodeType type = g_unichar_type(c);
	const char *next = cert_name_next(p);
	bool hidden = type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
		      type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
	if (!hidden) {
		g_string_append_len(out, p, next - p);
		return;
	}
	for (; p < next; p++) {
		g_string_append_printf(out, "\\%02X", (unsigned)(unsigned char)*p);
	}
}

static void
append_escaped(GString *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p = cert_name_next(p)) {
		bool edge_blank = *p == ' ' && (p == text || p[1] == '\0');
		if (edge_blank || (*p == '#' && p == text) || strchr(",+\"\\<>;", *p) != NULL) {
			g_string_append_c(out, '\\');
		}
		append_character(out, p);
	}
}

static void
append_attribute(GString *out, const Attribute *a)
{
	const char *label = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(type_labels) && label == NULL; i++) {
		label = base_bytes_equal(type_labels[i].oid, a->type) ? type_labels[i].label : NULL;
	}
	g_autofree char *oid = label == NULL ? cert_der_oid_text(a->type) : NULL;
	g_autofree char *text = cert_name_value(a->tag, a->value);
	g_string_append(out, label != NULL ? label : oid != NULL ? oid : "?");
	g_string_append_c(out, '=');
	if (text != NULL) {
		append_escaped(out, text);
	} else {
		g_autofree char *hex = base_hex(a->whole);
		g_string_append_printf(out, "#%s", hex);
	}
}

static bool
read_attribute(BaseBytes *set, Attribute *a)
{
	BaseBytes pair;
	return cert_der_take(set, CERT_DER_SEQUENCE, &pair) &&
	       cert_der_take(&pair, CERT_DER_OID, &a->type) &&
	       cert_der_next(&pair, &a->tag, &a->value, &a->whole) && pair.n == 0;
}

/* Calls @each for every attribute, @first telling whether it begins an RDN. */
static bool
walk_name(BaseBytes name, void (*each)(const Attribute *, bool first, void *), void *data)
{
	BaseBytes rdns;
	unsigned count = 0;
	if (!cert_der_take(&name, CERT_DER_SEQUENCE, &rdns) || name.n != 0) {
		return false;
	}
	while (rdns.n > 0) {
		BaseBytes set;
		bool first = true;
		if (!cert_der_take(&rdns, CERT_DER_SET, &set) || set.n == 0) {
			return false;
		}
		while (set.n > 0) {
			Attribute a;
			if (!read_attribute(&set, &a) || ++count > ATTRIBUTES_MAX) {
				return false;
			}
			each(&a, first, data);
			first = false;
		}
	}
	return true;
}

/* RFC 4514 section 2.1: the last RDN comes first. */
static void
collect_rdn(const Attribute *a, bool first, void *data)
{
	GPtrArray *rdns = data;
	if (first) {
		g_ptr_array_add(rdns, g_string_new(NULL));
	}
	GString *rdn = g_ptr_array_index(rdns, rdns->len - 1);
	if (!first) {
		g_string_append_c(rdn, '+');
	}
	append_attribute(rdn, a);
}

static void
free_string(void *s)
{
	g_string_free(s, TRUE);
}

char *
cert_name_text(BaseBytes name)
{
	g_autoptr(GPtrArray) rdns = g_ptr_array_new_with_free_func(free_string);
	if (!walk_name(name, collect_rdn, rdns)) {
		return NULL;
	}
	g_autoptr(GString) text = g_string_new(NULL);
	for (unsigned i = rdns->len; i > 0; i--) {
		const GString *rdn = g_ptr_array_index(rdns, i - 1);
		g_string_append(text, rdn->str);
		if (i > 1) {
			g_string_append_c(text, ',');
		}
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

typedef struct {
	BaseBytes oid;
	char *found;
	unsigned count;
} Search;

static void
search_attribute(const Attribute *a, bool first, void *data)
{
	(void)first;
	Search *s = data;
	if (s->found != NULL || !base_bytes_equal(a->type, s->oid)) {
		return;
	}
	g_autofree char *raw = cert_name_value(a->tag, a->value);
	if (raw == NULL) {
		return;
	}
	GString *text = g_string_new(NULL);
	for (const char *p = raw; *p != '\0'; p = cert_name_next(p)) {
		append_character(text, p);
	}
	s->found = g_string_free(text, FALSE);
}

char *
cert_name_attribute(BaseBytes name, BaseBytes oid)
{
	Search s = {.oid = oid};
	if (!walk_name(name, search_attribute, &s)) {
		g_clear_pointer(&s.found, g_free);
	}
	return s.found;
}

static void
search_only(const Attribute *a, bool first, void *data)
{
	(void)first;
	Search *s = data;
	if (base_bytes_equal(a->type, s->oid)) {
		s->count++;
		g_free(s->found);
		s->found = cert_name_value(a->tag, a->value);
	}
}

char *
cert_name_only(BaseBytes name, BaseBytes oid)
{
	Search s = {.oid = oid};
	if (!walk_name(name, search_only, &s) || s.count != 1) {
		g_clear_pointer(&s.found, g_free);
	}
	return s.found;
}

char *
cert_name_fold(const char *text)
{
	g_autofree char *folded = g_utf8_casefold(text, -1);
	GString *out = g_string_new(NULL);
	for (const char *p = folded; *p != '\0'; p = cert_name_next(p)) {
		if (*p != ' ' && *p != '\\') {
			append_character(out, p);
		}
	}
	return g_string_free(out, FALSE);
}
