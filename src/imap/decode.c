/* SPDX-License-Identifier: MPL-2.0 */
/* Decodes parts twice, once to learn the size that a literal announces, so that nothing has to be
 * kept. */
#include "imap/decode.h"
#include "base/base64.h"
#include "imap/section.h"
#include "mime/content_type.h"
#include "mime/qp.h"

/* Counts, notices NULs, and passes on the octets from @from to @to. */
typedef struct {
	BaseSink base;
	BaseSink *out; /* NULL: count only */
	uint64_t n;
	uint64_t from;
	uint64_t to;
	bool nul; /* one of those in the window */
} Window;

static bool
window_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Window *w = (Window *)sink;
	uint64_t before = w->n;
	w->n += data.n;
	if (w->n <= w->from || before >= w->to) {
		return true;
	}
	size_t skip = (size_t)(w->from > before ? w->from - before : 0);
	size_t end = (size_t)MIN((uint64_t)data.n, w->to - before);
	BaseBytes inside = base_bytes_slice(data, skip, end - skip);
	w->nul = w->nul || memchr(inside.p, '\0', inside.n) != NULL;
	return w->out == NULL || base_sink_write(w->out, inside, error);
}

static const BaseSinkClass window_class = {window_write, NULL, NULL};

static MimeCte
encoding_of(const ImapPart *part)
{
	return part->kind == IMAP_PART_LEAF ? mime_cte_parse(part->content->encoding)
					    : MIME_CTE_BINARY;
}

bool
imap_decode_is_known(const ImapPart *part)
{
	return encoding_of(part) != MIME_CTE_OTHER;
}

static bool
decode_through(BaseSink *decoder, BaseBytes body, GError **error)
{
	return base_sink_write(decoder, body, error) && base_sink_finish(decoder, error);
}

bool
imap_decode_body(BaseBytes message, const ImapPart *part, BaseSink *out, GError **error)
{
	BaseBytes body = base_bytes_slice(message, part->at + part->header_n, part->body_n);
	MimeCte cte = encoding_of(part);
	if (cte != MIME_CTE_QP && cte != MIME_CTE_BASE64) {
		return base_sink_write(out, body, error);
	}
	g_autoptr(BaseSink) decoder =
		cte == MIME_CTE_QP ? mime_qp_new_decoder(out) : base64_new_decoder(out);
	return decode_through(decoder, body, error);
}

/* First pass: the size and, of the window that @item asks for, whether it holds a NUL. */
static bool
measure(BaseBytes message, const ImapPart *part, Window *w, GError **error)
{
	*w = (Window){.base = {&window_class}, .to = UINT64_MAX};
	return imap_decode_body(message, part, &w->base, error);
}

bool
imap_decode_size(BaseBytes message, const ImapPart *part, uint64_t *n, GError **error)
{
	Window w;
	if (!measure(message, part, &w, error)) {
		return false;
	}
	*n = w.n;
	return true;
}

bool
imap_decode_write(BaseBytes message, const ImapPart *part, const ImapItem *item, BaseSink *out,
		  GError **error)
{
	Window w;
	if (!measure(message, part, &w, error)) {
		return false;
	}
	uint64_t from = 0;
	uint64_t length = 0;
	imap_section_window(item, w.n, &from, &length);
	g_autofree char *announced =
		g_strdup_printf("%s{%" G_GUINT64_FORMAT "}\r\n", w.nul ? "~" : "", length);
	w = (Window){.base = {&window_class}, .out = out, .from = from, .to = from + length};
	return base_sink_write_str(out, announced, error) &&
	       imap_decode_body(message, part, &w.base, error);
}
