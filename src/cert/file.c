/* SPDX-License-Identifier: MPL-2.0 */
/* Mixtures of certificates and revocation lists: PEM of RFC 7468, or one object in DER. */
#include "cert/file.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/limits.h"
#include "cert/crl.h"

#define DASHES    "-----"
#define BEGIN     DASHES "BEGIN "
#define END       DASHES "END "
#define LABEL_MAX 64U

static void
unref_info(void *info)
{
	cert_info_unref(info);
}

static void
unref_bytes(void *bytes)
{
	g_bytes_unref(bytes);
}

void
cert_file_clear(CertFile *file)
{
	g_clear_pointer(&file->certs, g_ptr_array_unref);
	g_clear_pointer(&file->crls, g_ptr_array_unref);
}

static bool
add_cert(CertFile *file, GBytes *der, GError **error)
{
	if (file->certs->len == CERT_FILE_CERTS_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "more than %u certificates in one file",
				 CERT_FILE_CERTS_MAX);
	}
	CertInfo *info = cert_info_new_bytes(der, error);
	if (info != NULL) {
		g_ptr_array_add(file->certs, info);
	}
	return info != NULL;
}

static bool
add_crl(CertFile *file, GBytes *der, GError **error)
{
	CertCrlInfo head;
	if (file->crls->len == CERT_FILE_CRLS_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "more than %u revocation lists in one file",
				 CERT_FILE_CRLS_MAX);
	}
	if (!cert_crl_read(base_bytes_of(der), &head, error)) {
		return false;
	}
	g_ptr_array_add(file->crls, g_bytes_ref(der));
	return true;
}

static const struct {
	const char *label;
	unsigned octets_max;
	bool (*add)(CertFile *file, GBytes *der, GError **error);
} kinds[] = {
	{"CERTIFICATE", BASE_LIMIT_CERT, add_cert},
	{"X509 CERTIFICATE", BASE_LIMIT_CERT, add_cert},
	{"X509 CRL", BASE_LIMIT_CRL, add_crl},
};

/* One armoured object; another kind is not for us. */
static bool
add_armoured(CertFile *file, BaseBytes label, BaseBytes text, GError **error)
{
	size_t i = 0;
	while (i < G_N_ELEMENTS(kinds) &&
	       !base_bytes_equal(base_bytes_str(kinds[i].label), label)) {
		i++;
	}
	if (i == G_N_ELEMENTS(kinds)) {
		return true;
	}
	/* Line ends and generous blanks are no reason to allocate for more than twice the octets.
	 */
	if (text.n / 4 > kinds[i].octets_max) {
		return base_fail(error, PS_ERROR_LIMIT, "an object of the file is too large");
	}
	g_autoptr(GBytes) der = base64_decode_bytes(text, true);
	if (der == NULL) {
		return base_fail(error, PS_ERROR_MALFORMED, "an object's PEM text is broken");
	}
	return kinds[i].add(file, der, error);
}

static bool
ends_with_label(BaseBytes rest, BaseBytes label)
{
	BaseBytes found = base_bytes_slice(rest, strlen(END), label.n);
	BaseBytes dashes = base_bytes_slice(rest, strlen(END) + label.n, strlen(DASHES));
	return base_bytes_equal(base_bytes_slice(rest, 0, strlen(END)), BASE_LIT(END)) &&
	       base_bytes_equal(found, label) && base_bytes_equal(dashes, BASE_LIT(DASHES));
}

/* The next "-----BEGIN label-----" text "-----END label-----"; false if there is none. */
static bool
next_armour(BaseBytes *rest, BaseBytes *label, BaseBytes *text)
{
	size_t begin = base_bytes_find(*rest, BASE_LIT(BEGIN));
	if (begin == SIZE_MAX) {
		return false;
	}
	BaseBytes after = base_bytes_slice(*rest, begin + strlen(BEGIN), rest->n);
	size_t n = base_bytes_find(base_bytes_slice(after, 0, LABEL_MAX), BASE_LIT(DASHES));
	if (n == SIZE_MAX) {
		*rest = after;
		*label = base_bytes(NULL, 0);
		*text = *label;
		return true;
	}
	*label = base_bytes_slice(after, 0, n);
	BaseBytes body = base_bytes_slice(after, n + strlen(DASHES), after.n);
	size_t end = base_bytes_find(body, BASE_LIT(DASHES));
	*rest = base_bytes_slice(body, end, body.n);
	/* Without its own end it is cut, and nothing in it is read. */
	bool whole = end != SIZE_MAX && ends_with_label(*rest, *label);
	*text = base_bytes_slice(body, 0, whole ? end : 0);
	return true;
}

static bool
add_all_armoured(CertFile *file, BaseBytes data, GError **error)
{
	BaseBytes label;
	BaseBytes text;
	while (next_armour(&data, &label, &text)) {
		if (!add_armoured(file, label, text, error)) {
			return false;
		}
	}
	return file->certs->len + file->crls->len > 0 ||
	       base_fail(error, PS_ERROR_MALFORMED, "no certificate and no revocation list in it");
}

/* What is neither is called no certificate. */
static bool
add_der(CertFile *file, BaseBytes data, GError **error)
{
	CertCrlInfo head;
	if (data.n > BASE_LIMIT_CRL) {
		return base_fail(error, PS_ERROR_LIMIT, "the file is too large");
	}
	g_autoptr(GBytes) der = base_bytes_dup(data);
	return cert_crl_read(data, &head, NULL) ? add_crl(file, der, error)
						: add_cert(file, der, error);
}

bool
cert_read_file_bytes(BaseBytes data, CertFile *out, GError **error)
{
	g_auto(CertFile) file = {
		.certs = g_ptr_array_new_with_free_func(unref_info),
		.crls = g_ptr_array_new_with_free_func(unref_bytes),
	};
	bool der = data.n > 0 && data.p[0] == 0x30;
	if (!(der ? add_der(&file, data, error) : add_all_armoured(&file, data, error))) {
		return false;
	}
	*out = file;
	file = (CertFile){0};
	return true;
}
