/* SPDX-License-Identifier: MPL-2.0 */
/* The old key's word for the new one. */
#include "engine/handovers.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/hex.h"
#include "cert/address.h"
#include "cert/handover.h"
#include "store/setting.h"

struct Handovers {
	GArray *list;     /* TrustHandover */
	GPtrArray *texts; /* the fingerprints in it */
};

void
handovers_free(Handovers *handovers)
{
	if (handovers != NULL) {
		g_array_unref(handovers->list);
		g_ptr_array_unref(handovers->texts);
		g_free(handovers);
	}
}

const TrustHandover *
handovers_list(const Handovers *handovers)
{
	return handovers == NULL || handovers->list->len == 0
		       ? NULL
		       : &g_array_index(handovers->list, TrustHandover, 0);
}

size_t
handovers_count(const Handovers *handovers)
{
	return handovers == NULL ? 0 : handovers->list->len;
}

/* The old root itself signed the statement. */
static bool
holds(const MimeHandover *field, const CertInfo *old_root)
{
	g_autoptr(GBytes) input = cert_handover_signed_input(base_bytes_of(field->statement));
	g_autoptr(CmsKey) key = cms_key_new_certificate(base_bytes_of(old_root->der), NULL);
	return input != NULL && key != NULL &&
	       cms_raw_verify(key, base_bytes_of(input), base_bytes_of(field->signature));
}

static const char *
keep_hex(Handovers *handovers, const uint8_t *hash)
{
	char *hex = base_hex(base_bytes(hash, CERT_HANDOVER_HASH));
	g_ptr_array_add(handovers->texts, hex);
	return hex;
}

static void
add_statement(Handovers *handovers, const MimeHandover *field, const char *address)
{
	g_auto(CertHandover) statement = {0};
	g_autoptr(CertInfo) old_root = cert_info_new_bytes(field->root, NULL);
	if (old_root == NULL || !cert_handover_read(base_bytes_of(field->statement), &statement) ||
	    !cert_address_equal(statement.address, address)) {
		return;
	}
	g_autofree char *old = base_hex(base_bytes(statement.old_root, CERT_HANDOVER_HASH));
	if (strcmp(old, old_root->fingerprint) != 0 || !holds(field, old_root)) {
		return;
	}
	TrustHandover handover = {
		.old_root = keep_hex(handovers, statement.old_root),
		.new_root = keep_hex(handovers, statement.new_root),
		.time = statement.time,
	};
	g_array_append_val(handovers->list, handover);
}

static Handovers *
handovers_new(void)
{
	Handovers *handovers = g_new0(Handovers, 1);
	handovers->list = g_array_new(FALSE, FALSE, sizeof(TrustHandover));
	handovers->texts = g_ptr_array_new_with_free_func(g_free);
	return handovers;
}

Handovers *
handovers_read(const MimeHeader *header, const char *address)
{
	Handovers *handovers = handovers_new();
	g_autoptr(GPtrArray) fields = NULL;
	if (!mime_handover_read(header, &fields)) {
		return handovers;
	}
	for (guint i = 0; i < fields->len; i++) {
		add_statement(handovers, g_ptr_array_index(fields, i), address);
	}
	return handovers;
}

/* What is kept of a statement of ours: one line "TIME STATEMENT SIGNATURE ROOT", the last in
 * base64; the newest line first. */
static char *
setting_of(const char *address)
{
	return g_strdup_printf("handovers:%s", address);
}

static bool
read_kept(Store *store, const char *address, char ***lines, GError **error)
{
	g_autofree char *key = setting_of(address);
	g_autofree char *text = NULL;
	if (!store_setting_get(store, key, &text, error)) {
		return false;
	}
	*lines = g_strsplit(text == NULL ? "" : text, "\n", MIME_HANDOVER_MAX);
	return true;
}

static char *
line_of(const CertIdentity *old, BaseBytes statement, int64_t now, GError **error)
{
	g_autoptr(GBytes) input = cert_handover_signed_input(statement);
	g_autoptr(GBytes) signature = NULL;
	if (!cms_raw_sign(old->root_key, base_bytes_of(input), &signature, error)) {
		return NULL;
	}
	g_autofree char *a = base64_encode_string(statement);
	g_autofree char *b = base64_encode_string(base_bytes_of(signature));
	g_autofree char *c = base64_encode_string(base_bytes_of(old->root->der));
	return g_strdup_printf("%" G_GINT64_FORMAT " %s %s %s", now, a, b, c);
}

bool
handovers_make(PsEngine *engine, const CertIdentity *old, const CertIdentity *next, GError **error)
{
	int64_t now = core_now(engine);
	Store *store = core_store_write(engine, error);
	if (store == NULL || old->root == NULL || old->root_key == NULL || next->root == NULL) {
		return store != NULL; /* what was imported has no root of ours to speak for it */
	}
	g_autoptr(GBytes) statement =
		cert_handover_new(old->address, old->root, next->root, now, error);
	g_autofree char *line =
		statement == NULL ? NULL : line_of(old, base_bytes_of(statement), now, error);
	g_auto(GStrv) before = NULL;
	if (line == NULL || !read_kept(store, old->address, &before, error)) {
		return false;
	}
	g_autoptr(GString) text = g_string_new(line);
	for (guint i = 0; before[i] != NULL && i + 1 < MIME_HANDOVER_MAX; i++) {
		g_string_append_printf(text, "\n%s", before[i]);
	}
	g_autofree char *key = setting_of(old->address);
	return store_setting_set(store, key, text->str, error);
}

static bool
write_line(const char *line, int64_t now, MimeHeader *header, GError **error)
{
	g_auto(GStrv) words = g_strsplit(line, " ", 5);
	if (g_strv_length(words) != 4 || g_ascii_strtoll(words[0], NULL, 10) + BASE_YEAR < now) {
		return true; /* told for a year, which is enough */
	}
	g_autoptr(GBytes) statement = base64_decode_bytes(base_bytes_str(words[1]), true);
	g_autoptr(GBytes) signature = base64_decode_bytes(base_bytes_str(words[2]), true);
	g_autoptr(GBytes) root = base64_decode_bytes(base_bytes_str(words[3]), true);
	if (statement == NULL || signature == NULL || root == NULL) {
		return base_fail(error, PS_ERROR_MALFORMED, "a kept hand-over is damaged");
	}
	MimeHandover field = {statement, signature, root};
	return mime_handover_write(header, &field, error);
}

bool
handovers_write(PsEngine *engine, const char *address, MimeHeader *header, GError **error)
{
	Store *store = core_store(engine, error);
	g_auto(GStrv) lines = NULL;
	if (store == NULL || !read_kept(store, address, &lines, error)) {
		return false;
	}
	for (guint i = 0; lines[i] != NULL; i++) {
		if (lines[i][0] != '\0' && !write_line(lines[i], core_now(engine), header, error)) {
			return false;
		}
	}
	return true;
}
