/* SPDX-License-Identifier: MPL-2.0 */
/* The statement with which an old personal root hands over to a new one (design.md 3.3). */
#include "cert/handover.h"

#include "base/hex.h"
#include "cert/address.h"
#include "cert/der.h"

#define PREFIX        "postseal-handover-v1"
#define STATEMENT_MAX 512U /* octets: an address of 254, two hashes, a time */

void
cert_handover_clear(CertHandover *handover)
{
	g_clear_pointer(&handover->address, g_free);
	*handover = (CertHandover){0};
}

/* Tag, minimal length below 65536, contents. */
static void
put(GByteArray *out, uint8_t tag, BaseBytes value)
{
	uint8_t head[4] = {tag};
	guint n = 1;
	if (value.n >= 0x100) {
		head[n++] = 0x82;
		head[n++] = (uint8_t)(value.n >> 8);
	} else if (value.n >= 0x80) {
		head[n++] = 0x81;
	}
	head[n++] = (uint8_t)(value.n & 0xff);
	g_byte_array_append(out, head, n);
	g_byte_array_append(out, value.p, (guint)value.n);
}

/* YYYYMMDDHHMMSSZ, or NULL beyond the years 1 to 9999. */
static char *
time_text(int64_t time)
{
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(time);
	if (t == NULL) {
		return NULL;
	}
	return g_strdup_printf("%04d%02d%02d%02d%02d%02dZ", g_date_time_get_year(t),
			       g_date_time_get_month(t), g_date_time_get_day_of_month(t),
			       g_date_time_get_hour(t), g_date_time_get_minute(t),
			       g_date_time_get_second(t));
}

GBytes *
cert_handover_new(const char *address, const CertInfo *old_root, const CertInfo *new_root,
		  int64_t time, GError **error)
{
	g_autofree char *canonical = cert_address_normalise(address);
	g_autofree char *text = time_text(time);
	if (canonical == NULL || text == NULL || cert_info_equal(old_root, new_root)) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "a hand-over needs an address, a time and two roots");
	}
	g_autoptr(GBytes) old_hash = base_hex_parse(old_root->fingerprint);
	g_autoptr(GBytes) new_hash = base_hex_parse(new_root->fingerprint);
	g_autoptr(GByteArray) fields = g_byte_array_new();
	put(fields, CERT_DER_INTEGER, BASE_LIT("\x01"));
	put(fields, CERT_DER_UTF8_STRING, base_bytes_str(canonical));
	put(fields, CERT_DER_OCTET_STRING, base_bytes_of(old_hash));
	put(fields, CERT_DER_OCTET_STRING, base_bytes_of(new_hash));
	put(fields, CERT_DER_GENERALIZED_TIME, base_bytes_str(text));
	g_autoptr(GByteArray) out = g_byte_array_new();
	put(out, CERT_DER_SEQUENCE, base_bytes_of_array(fields));
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

GBytes *
cert_handover_signed_input(BaseBytes statement)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_byte_array_append(out, (const guint8 *)PREFIX, (guint)strlen(PREFIX));
	if (statement.n > 0) {
		g_byte_array_append(out, statement.p, (guint)statement.n);
	}
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

static bool
take_hash(BaseBytes *in, uint8_t *hash)
{
	BaseBytes value;
	if (!cert_der_take(in, CERT_DER_OCTET_STRING, &value) || value.n != CERT_HANDOVER_HASH) {
		return false;
	}
	memcpy(hash, value.p, CERT_HANDOVER_HASH);
	return true;
}

/* cert_der_take_time() knows UTCTime, too, which has no place here. */
static bool
take_time(BaseBytes *in, int64_t *time)
{
	return in->n > 0 && in->p[0] == CERT_DER_GENERALIZED_TIME && cert_der_take_time(in, time);
}

/* The address as it must be written; NULL if it is written in another way. */
static char *
take_address(BaseBytes *in)
{
	BaseBytes value;
	if (!cert_der_take(in, CERT_DER_UTF8_STRING, &value)) {
		return NULL;
	}
	g_autofree char *canonical = cert_address_normalise_bytes(value);
	if (canonical == NULL || !base_bytes_equal(base_bytes_str(canonical), value)) {
		return NULL;
	}
	return g_steal_pointer(&canonical);
}

bool
cert_handover_read(BaseBytes der, CertHandover *out)
{
	BaseBytes in;
	BaseBytes version;
	CertHandover read = {0};
	if (der.n > STATEMENT_MAX || !cert_der_take(&der, CERT_DER_SEQUENCE, &in) || der.n != 0 ||
	    !cert_der_take(&in, CERT_DER_INTEGER, &version) ||
	    !base_bytes_equal(version, BASE_LIT("\x01"))) {
		return false;
	}
	g_autofree char *address = take_address(&in);
	if (address == NULL || !take_hash(&in, read.old_root) || !take_hash(&in, read.new_root) ||
	    !take_time(&in, &read.time) || in.n != 0 ||
	    memcmp(read.old_root, read.new_root, CERT_HANDOVER_HASH) == 0) {
		return false;
	}
	read.address = g_steal_pointer(&address);
	*out = read;
	return true;
}
