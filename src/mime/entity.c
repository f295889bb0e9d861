/* SPDX-License-Identifier: MPL-2.0 */
/* Splits one pushed entity into header block and raw body. */
#include "mime/entity.h"
#include "base/limits.h"

typedef struct {
	BaseSink base;
	MimeEntityHooks hooks;
	void *user;
	GByteArray *block; /* the header block so far; unused when it comes in one piece */
	size_t from;       /* resume point of mime_header_find_end() */
	MimeHeader *header;
	BaseSink *body;
} Entity;

static bool
body_write(Entity *e, BaseBytes data, GError **error)
{
	return e->body == NULL || data.n == 0 || base_sink_write(e->body, data, error);
}

static bool
header_done(Entity *e, BaseBytes block, GError **error)
{
	if (!mime_header_parse(block, &e->header, error)) {
		return false;
	}
	return e->hooks.header(e->user, e->header, &e->body, error);
}

/* @all: everything seen so far; what lies beyond the header block is body. */
static bool
try_header(Entity *e, BaseBytes all, bool last, bool *done, GError **error)
{
	size_t n = 0;
	*done = mime_header_find_end(all, last, &e->from, &n);
	if (!*done) {
		return true;
	}
	return header_done(e, base_bytes_slice(all, 0, n), error) &&
	       body_write(e, base_bytes_slice(all, n, all.n), error);
}

/* The header comes in pieces. */
static bool
collect(Entity *e, BaseBytes data, GError **error)
{
	/* Never more than the limit and one octet is kept: enough to find it exceeded. */
	size_t room = BASE_LIMIT_HEADER + 1 - e->block->len;
	BaseBytes kept = base_bytes_slice(data, 0, room);
	g_byte_array_append(e->block, kept.p, (guint)kept.n);
	bool done = false;
	if (!try_header(e, base_bytes_of_array(e->block), e->block->len > BASE_LIMIT_HEADER, &done,
			error)) {
		return false;
	}
	if (done) {
		g_byte_array_set_size(e->block, 0);
		return body_write(e, base_bytes_slice(data, kept.n, data.n), error);
	}
	return true;
}

static bool
entity_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Entity *e = (Entity *)sink;
	if (e->header != NULL) {
		return body_write(e, data, error);
	}
	bool done = false;
	if (e->block->len == 0 && !try_header(e, data, false, &done, error)) {
		return false;
	}
	return done || collect(e, data, error);
}

static bool
entity_finish(BaseSink *sink, GError **error)
{
	Entity *e = (Entity *)sink;
	bool done = false;
	return e->header != NULL ||
	       try_header(e, base_bytes_of_array(e->block), true, &done, error);
}

static void
entity_free(BaseSink *sink)
{
	Entity *e = (Entity *)sink;
	g_byte_array_unref(e->block);
	mime_header_free(e->header);
	g_free(e);
}

BaseSink *
mime_entity_new(const MimeEntityHooks *hooks, void *user)
{
	static const BaseSinkClass klass = {entity_write, entity_finish, entity_free};
	Entity *e = g_new0(Entity, 1);
	e->base.klass = &klass;
	e->hooks = *hooks;
	e->user = user;
	e->block = g_byte_array_new();
	return &e->base;
}
