/* SPDX-License-Identifier: MPL-2.0 */
/* What is signed. */
#include "engine/payload.h"

#include "base/limits.h"
#include "mime/legacy.h"
#include "mime/sevenbit.h"

struct Payload {
	const Draft *draft;
	GByteArray *header; /* of the payload root */
	const GPtrArray *display;
	MimeSevenbitPlan *plan;
	gint64 length;
};

/* The author's octets under the new header, Legacy Display inserted, before anything is made 7-bit.
 */
static bool
push_author(const Payload *payload, BaseSink *next, GError **error)
{
	g_autoptr(BaseSink) legacy = NULL;
	if (payload->display->len > 0) {
		void *lines = (void *)(guintptr)payload->display;
		legacy = mime_walk_new(next, &mime_legacy_insert_visitor, lines);
	}
	BaseSink *first = legacy != NULL ? legacy : next;
	return base_sink_write(first, base_bytes_of_array(payload->header), error) &&
	       base_source_copy(payload->draft->source, payload->draft->body, UINT64_MAX, first,
				error) &&
	       (legacy == NULL || base_sink_finish(legacy, error));
}

static bool
make_plan(Payload *payload, GError **error)
{
	g_autoptr(BaseSink) scan = mime_sevenbit_scan_new();
	if (!push_author(payload, scan, error) || !base_sink_finish(scan, error)) {
		return false;
	}
	payload->plan = mime_sevenbit_scan_take(scan);
	return true;
}

static bool
count_octets(Payload *payload, GError **error)
{
	if (base_source_size(payload->draft->source) > BASE_LIMIT_SPOOL_MEMORY) {
		return true;
	}
	g_autoptr(BaseSink) count = base_sink_new_count(NULL);
	if (!payload_write(payload, count, error)) {
		return false;
	}
	payload->length = (gint64)base_sink_count(count);
	return true;
}

Payload *
payload_new(const Draft *draft, const MimeHeader *inner, const GPtrArray *display, GError **error)
{
	g_autoptr(Payload) payload = g_new0(Payload, 1);
	payload->draft = draft;
	payload->display = display;
	payload->length = -1;
	payload->header = g_byte_array_new();
	mime_header_write(inner, true, payload->header);
	bool ready = make_plan(payload, error) && count_octets(payload, error);
	return ready ? g_steal_pointer(&payload) : NULL;
}

void
payload_free(Payload *payload)
{
	g_byte_array_unref(payload->header);
	mime_sevenbit_plan_free(payload->plan);
	g_free(payload);
}

gint64
payload_length(const Payload *payload)
{
	return payload->length;
}

bool
payload_write(Payload *payload, BaseSink *out, GError **error)
{
	g_autoptr(BaseSink) sevenbit = mime_sevenbit_new(payload->plan, out);
	return push_author(payload, sevenbit, error) && base_sink_finish(sevenbit, error);
}
