/* SPDX-License-Identifier: MPL-2.0 */
/* Certificate extensions (RFC 5280 section 4.2, RFC 9598 section 3). */
#include "base/error.h"
#include "cert/der.h"
#include "cert/info_private.h"

#define EXTENSIONS_MAX 64U

static const BaseBytes oid_email_protection = {(const uint8_t *)"\x2b\x06\x01\x05\x05\x07\x03\x04",
					       8};
static const BaseBytes oid_any_usage = {(const uint8_t *)"\x55\x1d\x25\x00", 4};
static const BaseBytes oid_smtp_utf8_mailbox = {(const uint8_t *)"\x2b\x06\x01\x05\x05\x07\x08\x09",
						8};

/* SubjectKeyIdentifier ::= OCTET STRING */
static bool
read_subject_key(CertInfo *info, BaseBytes value)
{
	return cert_der_take(&value, CERT_DER_OCTET_STRING, &info->ski) && value.n == 0;
}

static bool
read_authority_key(CertInfo *info, BaseBytes value)
{
	return cert_der_read_authority_key(value, &info->aki);
}

/* KeyUsage ::= BIT STRING, bit 0 first */
static bool
read_key_usage(CertInfo *info, BaseBytes value)
{
	BaseBytes bits;
	if (!cert_der_take(&value, CERT_DER_BIT_STRING, &bits) || value.n != 0 || bits.n < 1 ||
	    bits.n > 3) {
		return false;
	}
	info->has_usage = true;
	info->usage = 0;
	for (unsigned bit = 0; bit < 9 && 1 + bit / 8 < bits.n; bit++) {
		if ((bits.p[1 + bit / 8] & (0x80U >> bit % 8)) != 0) {
			info->usage |= 1U << bit;
		}
	}
	return true;
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
static bool
read_basic_constraints(CertInfo *info, BaseBytes value)
{
	BaseBytes fields;
	BaseBytes flag;
	if (!cert_der_take(&value, CERT_DER_SEQUENCE, &fields) || value.n != 0) {
		return false;
	}
	if (cert_der_take(&fields, CERT_DER_BOOLEAN, &flag)) {
		info->is_ca = flag.n == 1 && flag.p[0] != 0;
		return flag.n == 1;
	}
	return true;
}

/* ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER */
static bool
read_extended_usage(CertInfo *info, BaseBytes value)
{
	BaseBytes list;
	if (!cert_der_take(&value, CERT_DER_SEQUENCE, &list) || value.n != 0) {
		return false;
	}
	info->priv->eku_allows_mail = false;
	while (list.n > 0) {
		BaseBytes oid;
		if (!cert_der_take(&list, CERT_DER_OID, &oid)) {
			return false;
		}
		info->priv->eku_allows_mail = info->priv->eku_allows_mail ||
					      base_bytes_equal(oid, oid_email_protection) ||
					      base_bytes_equal(oid, oid_any_usage);
	}
	return true;
}

/* AnotherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }, as [0] IMPLICIT
 */
static void
read_other_name(CertInfo *info, BaseBytes other)
{
	BaseBytes oid;
	BaseBytes wrapped;
	BaseBytes text;
	if (cert_der_take(&other, CERT_DER_OID, &oid) &&
	    base_bytes_equal(oid, oid_smtp_utf8_mailbox) &&
	    cert_der_take(&other, CERT_DER_CONSTRUCTED(0), &wrapped) && other.n == 0 &&
	    cert_der_take(&wrapped, CERT_DER_UTF8_STRING, &text) && wrapped.n == 0) {
		cert_info_add_address(info, text, false);
	}
}

static bool
is_ascii(BaseBytes b)
{
	size_t i = 0;
	while (i < b.n && b.p[i] < 0x80) {
		i++;
	}
	return i == b.n;
}

/* GeneralNames ::= SEQUENCE OF GeneralName; rfc822Name [1] IA5String, otherName [0] */
static bool
read_alternative_names(CertInfo *info, BaseBytes value)
{
	BaseBytes names;
	if (!cert_der_take(&value, CERT_DER_SEQUENCE, &names) || value.n != 0) {
		return false;
	}
	while (names.n > 0) {
		unsigned tag = 0;
		BaseBytes name;
		BaseBytes whole;
		if (!cert_der_next(&names, &tag, &name, &whole)) {
			return false;
		}
		info->priv->names++;
		if (tag == CERT_DER_CONTEXT(1) && is_ascii(name)) {
			cert_info_add_address(info, name, true);
		} else if (tag == CERT_DER_CONSTRUCTED(0)) {
			read_other_name(info, name);
		}
	}
	return true;
}

/* certificatePolicies ::= SEQUENCE OF SEQUENCE { policyIdentifier OBJECT IDENTIFIER, ... } */
static bool
read_policies(CertInfo *info, BaseBytes value)
{
	BaseBytes list;
	if (!cert_der_take(&value, CERT_DER_SEQUENCE, &list) || value.n != 0) {
		return false;
	}
	while (list.n > 0) {
		BaseBytes policy;
		BaseBytes oid;
		if (!cert_der_take(&list, CERT_DER_SEQUENCE, &policy) ||
		    !cert_der_take(&policy, CERT_DER_OID, &oid)) {
			return false;
		}
		char *text = cert_der_oid_text(oid);
		if (text != NULL) {
			g_ptr_array_add(info->policies, text);
		}
	}
	return true;
}

static bool
read_name_constraints(CertInfo *info, BaseBytes value)
{
	info->priv->name_constraints = value;
	return value.n > 0;
}

/* Known, and nothing to remember: where CRLs are, names of the issuer. */
static bool
read_nothing(CertInfo *info, BaseBytes value)
{
	(void)info;
	(void)value;
	return true;
}

/* id-ce is 2.5.29; the last octet tells the extension. */
static const struct {
	uint8_t id;
	bool (*read)(CertInfo *info, BaseBytes value);
} extension_table[] = {
	{14, read_subject_key},    {15, read_key_usage},         {17, read_alternative_names},
	{18, read_nothing},        {19, read_basic_constraints}, {30, read_name_constraints},
	{31, read_nothing},        {32, read_policies},          {35, read_authority_key},
	{37, read_extended_usage},
};

static bool
read_one(CertInfo *info, BaseBytes oid, bool critical, BaseBytes value)
{
	bool id_ce = oid.n == 3 && oid.p[0] == 0x55 && oid.p[1] == 0x1d;
	for (size_t i = 0; i < G_N_ELEMENTS(extension_table) && id_ce; i++) {
		if (extension_table[i].id == oid.p[2]) {
			return extension_table[i].read(info, value);
		}
	}
	info->unknown_critical = info->unknown_critical || critical;
	return true;
}

static bool
already_seen(const BaseBytes *seen, unsigned n, BaseBytes oid)
{
	unsigned i = 0;
	while (i < n && !base_bytes_equal(seen[i], oid)) {
		i++;
	}
	return i < n;
}

/* Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue
 * OCTET STRING } */
static bool
split_extension(BaseBytes extension, BaseBytes *oid, bool *critical, BaseBytes *value)
{
	BaseBytes flag;
	*critical = false;
	if (!cert_der_take(&extension, CERT_DER_OID, oid)) {
		return false;
	}
	if (cert_der_take(&extension, CERT_DER_BOOLEAN, &flag)) {
		if (flag.n != 1) {
			return false;
		}
		*critical = flag.p[0] != 0;
	}
	return cert_der_take(&extension, CERT_DER_OCTET_STRING, value) && extension.n == 0;
}

bool
cert_info_read_extensions(CertInfo *info, BaseBytes extensions, GError **error)
{
	BaseBytes seen[EXTENSIONS_MAX];
	unsigned n = 0;
	while (extensions.n > 0) {
		BaseBytes extension;
		BaseBytes oid;
		BaseBytes value;
		bool critical = false;
		if (n == EXTENSIONS_MAX) {
			return base_fail(error, PS_ERROR_LIMIT,
					 "a certificate has too many extensions");
		}
		if (!cert_der_take(&extensions, CERT_DER_SEQUENCE, &extension) ||
		    !split_extension(extension, &oid, &critical, &value) ||
		    already_seen(seen, n, oid) || !read_one(info, oid, critical, value)) {
			return base_fail(error, PS_ERROR_MALFORMED,
					 "not a certificate: an extension is broken or repeated");
		}
		seen[n++] = oid;
	}
	return true;
}
