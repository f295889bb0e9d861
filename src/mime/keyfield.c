/* SPDX-License-Identifier: MPL-2.0 */
/* The field that carries a key where no signature may be seen: Postseal-Key (design.md 3.2). */
#include "mime/keyfield.h"

#include "base/base64.h"
#include "base/limits.h"
#include "mime/taglist.h"

#define PROOF_PREFIX    "postseal-key-v1"
#define SHA256_SIZE     32U
#define TIME_DIGITS_MAX 12U
#define ADDRESS_MAX     320U /* RFC 5321 section 4.5.3.1: 64 + "@" + 255 */

static const char *const reason_names[] = {
	[MIME_KEYFIELD_OK] = "ok",           [MIME_KEYFIELD_ABSENT] = "absent",
	[MIME_KEYFIELD_SEVERAL] = "several", [MIME_KEYFIELD_OVERSIZE] = "oversize",
	[MIME_KEYFIELD_SYNTAX] = "syntax",   [MIME_KEYFIELD_VERSION] = "version",
	[MIME_KEYFIELD_MISSING] = "missing", [MIME_KEYFIELD_ADDRESS] = "address",
	[MIME_KEYFIELD_TIME] = "time",       [MIME_KEYFIELD_BASE64] = "base64",
};

const char *
mime_keyfield_reason_name(MimeKeyfieldReason reason)
{
	return reason_names[reason];
}

void
mime_keyfield_free(MimeKeyfield *field)
{
	if (field == NULL) {
		return;
	}
	g_free(field->addr);
	g_clear_pointer(&field->leaf, g_bytes_unref);
	g_clear_pointer(&field->root, g_bytes_unref);
	g_clear_pointer(&field->pop, g_bytes_unref);
	g_free(field);
}

/* One "@" with something on both sides, and nothing that would end the tag or the line. */
static bool
is_address(BaseBytes addr)
{
	size_t ats = 0;
	for (size_t i = 0; i < addr.n; i++) {
		if (addr.p[i] <= ' ' || addr.p[i] == 0x7f || addr.p[i] == ';') {
			return false;
		}
		ats += addr.p[i] == '@';
	}
	return ats == 1 && addr.n <= ADDRESS_MAX && addr.p[0] != '@' && addr.p[addr.n - 1] != '@';
}

static bool
parse_time(BaseBytes digits, int64_t *time)
{
	if (digits.n == 0 || digits.n > TIME_DIGITS_MAX) {
		return false;
	}
	int64_t value = 0;
	for (size_t i = 0; i < digits.n; i++) {
		if (!g_ascii_isdigit((char)digits.p[i])) {
			return false;
		}
		value = value * 10 + (digits.p[i] - '0');
	}
	*time = value;
	return true;
}

static GBytes *
decode(BaseBytes base64)
{
	g_autoptr(GBytes) bytes = base64_decode_bytes(base64, true);
	if (bytes == NULL || g_bytes_get_size(bytes) == 0) {
		return NULL;
	}
	return g_steal_pointer(&bytes);
}

static MimeKeyfieldReason
check_tags(const MimeTag *tags, size_t n)
{
	static const char *const wanted[] = {"addr", "time", "leaf", "root", "pop"};
	if (!base_bytes_equal(mime_taglist_get(tags, n, "v"), BASE_LIT("1"))) {
		return MIME_KEYFIELD_VERSION;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
		if (mime_taglist_get(tags, n, wanted[i]).p == NULL) {
			return MIME_KEYFIELD_MISSING;
		}
	}
	return MIME_KEYFIELD_OK;
}

static MimeKeyfieldReason
fill(MimeKeyfield *field, const MimeTag *tags, size_t n)
{
	BaseBytes addr = mime_taglist_get(tags, n, "addr");
	if (!is_address(addr)) {
		return MIME_KEYFIELD_ADDRESS;
	}
	if (!parse_time(mime_taglist_get(tags, n, "time"), &field->time)) {
		return MIME_KEYFIELD_TIME;
	}
	field->addr = base_bytes_strdup(addr);
	field->leaf = decode(mime_taglist_get(tags, n, "leaf"));
	field->root = decode(mime_taglist_get(tags, n, "root"));
	field->pop = decode(mime_taglist_get(tags, n, "pop"));
	bool all = field->leaf != NULL && field->root != NULL && field->pop != NULL;
	return all ? MIME_KEYFIELD_OK : MIME_KEYFIELD_BASE64;
}

MimeKeyfield *
mime_keyfield_parse(BaseBytes value, MimeKeyfieldReason *reason)
{
	MimeTag tags[MIME_TAGLIST_MAX];
	size_t n = 0;
	if (value.n > BASE_LIMIT_KEY_FIELD) {
		*reason = MIME_KEYFIELD_OVERSIZE;
		return NULL;
	}
	if (!mime_taglist_parse(value, tags, &n)) {
		*reason = MIME_KEYFIELD_SYNTAX;
		return NULL;
	}
	*reason = check_tags(tags, n);
	if (*reason != MIME_KEYFIELD_OK) {
		return NULL;
	}
	MimeKeyfield *field = g_new0(MimeKeyfield, 1);
	*reason = fill(field, tags, n);
	if (*reason != MIME_KEYFIELD_OK) {
		g_clear_pointer(&field, mime_keyfield_free);
	}
	return field;
}

static void
append_blob(GString *out, const char *tag, GBytes *bytes)
{
	g_autofree char *base64 = base64_encode_string(base_bytes_of(bytes));
	g_string_append_printf(out, ";\r\n %s=", tag);
	mime_taglist_fold(out, base64);
}

char *
mime_keyfield_format(const MimeKeyfield *field, GError **error)
{
	if (!is_address(base_bytes_str(field->addr)) || field->time < 0 ||
	    field->time >= INT64_C(1000000000000)) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "the address or time cannot be put into a key field");
	}
	g_autoptr(GString) out = g_string_new(MIME_KEYFIELD_NAME ": v=1");
	g_string_append_printf(out, ";\r\n addr=%s;\r\n time=%" G_GINT64_FORMAT, field->addr,
			       field->time);
	append_blob(out, "leaf", field->leaf);
	append_blob(out, "root", field->root);
	append_blob(out, "pop", field->pop);
	g_string_append(out, "\r\n");
	if (out->len > BASE_LIMIT_KEY_FIELD) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT,
				      "the key field would have %" G_GSIZE_FORMAT
				      " octets, at most %u are allowed",
				      out->len, BASE_LIMIT_KEY_FIELD);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
append_string(GByteArray *out, const char *s)
{
	g_autofree char *copy = g_strstrip(g_strdup(s));
	g_byte_array_append(out, (const guint8 *)copy, (guint)strlen(copy) + 1);
}

static bool
is_blank(const char *s)
{
	return s == NULL || base_bytes_trim(base_bytes_str(s)).n == 0;
}

GBytes *
mime_keyfield_proof_input(const char *addr, BaseBytes root_sha256, const char *message_id,
			  const char *date, GError **error)
{
	if (root_sha256.n != SHA256_SIZE || is_blank(addr) || is_blank(message_id) ||
	    is_blank(date)) {
		return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
				      "a key field needs From, Message-ID and Date");
	}
	g_autoptr(GByteArray) out = g_byte_array_new();
	append_string(out, PROOF_PREFIX);
	append_string(out, addr);
	g_byte_array_append(out, root_sha256.p, SHA256_SIZE);
	append_string(out, message_id);
	append_string(out, date);
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

MimeKeyfield *
mime_keyfield_read(const MimeHeader *header, MimeKeyfieldReason *reason)
{
	guint n = mime_header_count(header, MIME_KEYFIELD_NAME);
	if (n != 1) {
		*reason = n == 0 ? MIME_KEYFIELD_ABSENT : MIME_KEYFIELD_SEVERAL;
		return NULL;
	}
	const MimeField *field = mime_header_find(header, MIME_KEYFIELD_NAME);
	if (field->raw.n > BASE_LIMIT_KEY_FIELD) {
		*reason = MIME_KEYFIELD_OVERSIZE;
		return NULL;
	}
	return mime_keyfield_parse(base_bytes_str(field->value), reason);
}
