/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The scanner against hostile mail. What must hold for any octets:
 *  - a walk that changes nothing gives back its input, in one piece and in small ones;
 *  - the seven-bit form does not depend on the chunks either;
 *  - addresses, types, file names and encoded words of every header are read without a fault.
 */
#include "mime/address.h"
#include "mime/rfc2047.h"
#include "mime/sevenbit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
enter(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, GError **error)
{
	(void)user;
	(void)choice;
	(void)error;
	g_auto(MimeFrom) from = mime_from_read(node->header);
	g_assert_true((from.state == MIME_FROM_OK) == (from.mailbox != NULL));
	g_autofree char *filename = mime_filename_of(node->header);
	g_autofree char *type = mime_content_type_to_string(node->type);
	g_autoptr(MimeContentType) back = mime_content_type_parse(type);
	mime_smime_kind_name(mime_type_is_smime(back, filename));
	for (guint i = 0; i < mime_header_length(node->header); i++) {
		const char *value = mime_header_at(node->header, i)->value;
		g_autoptr(GPtrArray) list = mime_addresses_parse(value, NULL);
		g_autofree char *text = mime_rfc2047_decode(value);
		g_autofree char *encoded = mime_rfc2047_encode_addresses(value);
		g_assert_true(list != NULL && encoded != NULL);
		g_assert_true(g_utf8_validate(text, -1, NULL) && strpbrk(text, "\r\n") == NULL);
	}
	return true;
}

static bool
push(BaseSink *sink, BaseBytes data, size_t chunk)
{
	for (size_t at = 0; at < data.n; at += chunk) {
		if (!base_sink_write(sink, base_bytes_slice(data, at, chunk), NULL)) {
			return false;
		}
	}
	return base_sink_finish(sink, NULL);
}

static bool
check_walk(BaseBytes data, size_t chunk)
{
	static const MimeWalkVisitor visitor = {.enter = enter};
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) walk = mime_walk_new(out, &visitor, NULL);
	if (!push(walk, data, chunk)) {
		return false;
	}
	g_assert_true(base_bytes_equal(base_sink_peek_bytes(out), data));
	return true;
}

static GBytes *
seven(BaseBytes data, size_t chunk)
{
	g_autoptr(BaseSink) scan = mime_sevenbit_scan_new();
	if (!push(scan, data, chunk)) {
		return NULL;
	}
	g_autoptr(MimeSevenbitPlan) plan = mime_sevenbit_scan_take(scan);
	g_autoptr(BaseSink) out = base_sink_new_memory(SIZE_MAX);
	g_autoptr(BaseSink) apply = mime_sevenbit_new(plan, out);
	return push(apply, data, chunk) ? base_sink_take_bytes(out) : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BaseBytes all = base_bytes(data, size);
	bool whole = check_walk(all, size + 1);
	g_assert_true(whole == check_walk(all, 3));
	g_autoptr(GBytes) once = seven(all, size + 1);
	g_autoptr(GBytes) pieces = seven(all, 5);
	g_assert_true((once == NULL) == (pieces == NULL));
	if (once != NULL) {
		g_assert_true(g_bytes_equal(once, pieces));
	}
	return 0;
}
