/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The push tokenizer. Positions are absolute octet counts: an open value ends at `end`, which for
 * one of indefinite length is where its parent ends at the latest.
 */
#include "cms/ber.h"

typedef struct {
	uint64_t end;
	bool indefinite;
	bool string; /* a constructed string that is being streamed */
	bool silent; /* a string within a string: no leave() of its own */
} Frame;

typedef enum {
	MODE_HEADER,
	MODE_OCTETS,  /* content of a primitive string */
	MODE_COLLECT, /* content of a value that is kept */
} Mode;

struct CmsBerPush {
	const CmsBerHooks *hooks;
	void *user;
	size_t max;
	CmsBerStatus status;
	bool over_limit;
	Mode mode;
	uint64_t at; /* octets consumed */
	uint64_t
		until; /* end of the octets, or of the collected piece, that come without headers */
	bool leave_after; /* the primitive string is itself the streamed value */
	unsigned open;    /* indefinite values open inside the collected one */
	uint8_t head[CMS_BER_HEADER_MAX];
	size_t head_n;
	unsigned depth;
	Frame frames[BASE_LIMIT_BER_DEPTH];
	GByteArray *collected;
};

CmsBerPush *
cms_ber_push_new(const CmsBerHooks *hooks, void *user, size_t max)
{
	CmsBerPush *p = g_new0(CmsBerPush, 1);
	p->hooks = hooks;
	p->user = user;
	p->max = max;
	p->collected = g_byte_array_new();
	return p;
}

void
cms_ber_push_free(CmsBerPush *p)
{
	if (p != NULL) {
		g_byte_array_unref(p->collected);
		g_free(p);
	}
}

bool
cms_ber_push_over_limit(const CmsBerPush *p)
{
	return p->over_limit;
}

static bool
broken(CmsBerPush *p)
{
	p->status = CMS_BER_BROKEN;
	return false;
}

static bool
over_limit(CmsBerPush *p)
{
	p->over_limit = true;
	return broken(p);
}

/* What a hook said: true goes on. */
static bool
heard(CmsBerPush *p, bool ok, GError *failure, GError **error)
{
	if (ok) {
		return true;
	}
	if (failure == NULL) {
		return broken(p);
	}
	g_propagate_error(error, failure);
	p->status = CMS_BER_FAILED;
	return false;
}

static bool
leave(CmsBerPush *p, GError **error)
{
	GError *failure = NULL;
	bool ok = p->hooks->leave(p->user, &failure);
	return heard(p, ok, failure, error);
}

static uint64_t
limit(const CmsBerPush *p)
{
	return p->depth == 0 ? INT64_MAX : p->frames[p->depth - 1].end;
}

/* A value has just ended: so may those around it. */
static bool
settle(CmsBerPush *p, GError **error)
{
	while (p->depth > 0) {
		const Frame *f = &p->frames[p->depth - 1];
		if (f->indefinite || p->at < f->end) {
			return true;
		}
		bool silent = f->silent;
		p->depth--;
		if (!silent && !leave(p, error)) {
			return false;
		}
	}
	p->status = CMS_BER_DONE;
	return false;
}

static bool
end_of_contents(CmsBerPush *p, GError **error)
{
	if (p->depth == 0 || !p->frames[p->depth - 1].indefinite) {
		return broken(p);
	}
	bool silent = p->frames[--p->depth].silent;
	return (silent || leave(p, error)) && settle(p, error);
}

static bool
open_frame(CmsBerPush *p, const CmsBerHeader *h, bool string, bool silent)
{
	if (p->depth == BASE_LIMIT_BER_DEPTH) {
		return over_limit(p);
	}
	uint64_t end = h->indefinite ? limit(p) : p->at + h->length;
	p->frames[p->depth++] = (Frame){end, h->indefinite, string, silent};
	return true;
}

static bool
begin_string(CmsBerPush *p, const CmsBerHeader *h, bool inner, GError **error)
{
	if ((h->tag & CMS_TAG_CONSTRUCTED) != 0) {
		return open_frame(p, h, true, inner) && settle(p, error);
	}
	p->mode = MODE_OCTETS;
	p->until = p->at + h->length;
	p->leave_after = !inner;
	return true;
}

static bool
begin_collect(CmsBerPush *p, const CmsBerHeader *h)
{
	if (h->length > p->max - MIN(p->max, h->size)) {
		return over_limit(p);
	}
	g_byte_array_set_size(p->collected, 0);
	g_byte_array_append(p->collected, p->head, (guint)h->size);
	p->mode = MODE_COLLECT;
	p->until = p->at + h->length;
	p->open = h->indefinite;
	return true;
}

/* A header of a value outside collected ones is complete. */
static bool
begin_value(CmsBerPush *p, const CmsBerHeader *h, GError **error)
{
	if (h->tag == 0) {
		return end_of_contents(p, error);
	}
	if (h->length > limit(p) - p->at) {
		return broken(p);
	}
	if (p->depth > 0 && p->frames[p->depth - 1].string) {
		return (h->tag & ~CMS_TAG_CONSTRUCTED) == CMS_TAG_OCTET_STRING
			       ? begin_string(p, h, true, error)
			       : broken(p);
	}
	switch (p->hooks->enter(p->user, h->tag, h->indefinite ? UINT64_MAX : h->length)) {
	case CMS_BER_ENTER:
		return (h->tag & CMS_TAG_CONSTRUCTED) != 0
			       ? open_frame(p, h, false, false) && settle(p, error)
			       : broken(p);
	case CMS_BER_STREAM:
		return begin_string(p, h, false, error);
	case CMS_BER_COLLECT:
		return begin_collect(p, h);
	case CMS_BER_BAD:
	default:
		return broken(p);
	}
}

/* A header within a collected value of indefinite length is complete. */
static bool
collect_header(CmsBerPush *p, const CmsBerHeader *h)
{
	if (h->length > limit(p) - p->at) {
		return broken(p);
	}
	if (h->size > p->max - p->collected->len ||
	    h->length > p->max - p->collected->len - h->size) {
		return over_limit(p);
	}
	g_byte_array_append(p->collected, p->head, (guint)h->size);
	p->until = p->at + h->length;
	if (h->tag == 0) {
		p->open--;
	} else if (h->indefinite && ++p->open > BASE_LIMIT_BER_DEPTH) {
		return over_limit(p);
	}
	return true;
}

/* Takes octets of a header; true when it is complete. */
static bool
read_header(CmsBerPush *p, BaseBytes *data, CmsBerHeader *h)
{
	while (data->n > 0) {
		if (p->at == limit(p)) {
			return broken(p);
		}
		p->head[p->head_n++] = data->p[0];
		*data = base_bytes(data->p + 1, data->n - 1);
		p->at++;
		switch (cms_ber_header(base_bytes(p->head, p->head_n), h)) {
		case CMS_BER_HEADER_READ:
			p->head_n = 0;
			return true;
		case CMS_BER_HEADER_BAD:
			return broken(p);
		case CMS_BER_HEADER_SHORT:
		default:
			break;
		}
	}
	return false;
}

/* Octets up to `until`, as far as they are there. */
static BaseBytes
take(CmsBerPush *p, BaseBytes *data)
{
	uint64_t want = p->until - p->at;
	size_t n = want < data->n ? (size_t)want : data->n;
	BaseBytes piece = base_bytes(data->p, n);
	*data = base_bytes(data->p + n, data->n - n);
	p->at += n;
	return piece;
}

static bool
step_octets(CmsBerPush *p, BaseBytes *data, GError **error)
{
	BaseBytes piece = take(p, data);
	GError *failure = NULL;
	bool ok = piece.n == 0 || p->hooks->octets(p->user, piece, &failure);
	if (!heard(p, ok, failure, error)) {
		return false;
	}
	if (p->at < p->until) {
		return false;
	}
	p->mode = MODE_HEADER;
	return (!p->leave_after || leave(p, error)) && settle(p, error);
}

static bool
step_collect(CmsBerPush *p, BaseBytes *data, GError **error)
{
	if (p->head_n == 0) {
		cms_der_raw(p->collected, take(p, data));
		if (p->at < p->until) {
			return false;
		}
	}
	if (p->open > 0) {
		CmsBerHeader h;
		return read_header(p, data, &h) && collect_header(p, &h);
	}
	p->mode = MODE_HEADER;
	GError *failure = NULL;
	bool ok = p->hooks->collected(p->user, base_bytes_of_array(p->collected), &failure);
	return heard(p, ok, failure, error) && settle(p, error);
}

static bool
step_header(CmsBerPush *p, BaseBytes *data, GError **error)
{
	CmsBerHeader h;
	return read_header(p, data, &h) && begin_value(p, &h, error);
}

CmsBerStatus
cms_ber_push(CmsBerPush *p, BaseBytes data, GError **error)
{
	static bool (*const steps[])(CmsBerPush *, BaseBytes *, GError **) = {
		[MODE_HEADER] = step_header,
		[MODE_OCTETS] = step_octets,
		[MODE_COLLECT] = step_collect,
	};
	if (p->status != CMS_BER_MORE) {
		return p->status;
	}
	while (steps[p->mode](p, &data, error)) {
	}
	return p->status;
}
