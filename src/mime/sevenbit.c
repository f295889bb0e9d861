/* SPDX-License-Identifier: MPL-2.0 */
/* Two walks over the same octets: one that only looks, one that applies what was decided. */
#include "mime/sevenbit.h"

#include "base/lines.h"
#include "mime/qp.h"
#include "mime/scan.h"
#include "mime/sevenbit_header.h"

/* What is decided per entity, found again by its ordinal. */
enum {
	DO_QP = 1 << 0,
	DO_BASE64 = 1 << 1,
	DO_DROP_PREAMBLE = 1 << 2,
	DO_DROP_EPILOGUE = 1 << 3,
	DO_HEADER = 1 << 4,
	DO_CTE = 1 << 5,
	DO_HARD_PREAMBLE = 1 << 6, /* it cannot be transported at all */
};

struct MimeSevenbitPlan {
	GByteArray *todo;
};

void
mime_sevenbit_plan_free(MimeSevenbitPlan *plan)
{
	if (plan != NULL) {
		g_byte_array_unref(plan->todo);
		g_free(plan);
	}
}

bool
mime_sevenbit_plan_is_clean(const MimeSevenbitPlan *plan)
{
	for (guint i = 0; i < plan->todo->len; i++) {
		if (plan->todo->data[i] != 0) {
			return false;
		}
	}
	return true;
}

/* ---- first pass ---- */

typedef struct {
	BaseSink base;
	BaseSink *walk;
	MimeSevenbitPlan *plan;
	MimeScan leaf; /* one leaf at a time is open */
} Scan;

static guint
mask_of(const MimeWalkNode *node)
{
	return node->in_signed ? MIME_SCAN_HARD : MIME_SCAN_HARD | MIME_SCAN_SOFT;
}

static bool
is_eight(MimeCte cte)
{
	return cte == MIME_CTE_8BIT || cte == MIME_CTE_BINARY;
}

/* Line-based content, for which RFC 2045 section 6 gives quoted-printable; message types must not
 * get base64 (RFC 2046 section 5.2). */
static bool
is_lines(const MimeContentType *type)
{
	return mime_content_type_is(type, "text", NULL) ||
	       mime_content_type_is(type, "message", NULL) ||
	       mime_content_type_is(type, "multipart", NULL);
}

static guint
decide(const MimeWalkNode *node, const MimeScan *leaf)
{
	guint needed = leaf->facts & mask_of(node);
	bool exact = node->cte == MIME_CTE_BINARY && !is_lines(node->type);
	if (exact && (leaf->facts & MIME_SCAN_BARE_LF) != 0) {
		needed |= MIME_SCAN_BARE_LF; /* octets, not lines: a CRLF would change them */
	}
	if (needed == 0) {
		return 0;
	}
	if (node->cte == MIME_CTE_BASE64 || node->cte == MIME_CTE_QP) {
		return node->cte == MIME_CTE_QP ? DO_QP : DO_BASE64;
	}
	return is_lines(node->type) ? DO_QP : DO_BASE64;
}

static void
note(Scan *s, guint ordinal, guint what)
{
	s->plan->todo->data[ordinal] |= (uint8_t)what;
}

static bool
scan_enter(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, GError **error)
{
	Scan *s = user;
	(void)error;
	g_byte_array_append(s->plan->todo, (const guint8[]){0}, 1);
	if (mime_sevenbit_header_needs(node->header, mask_of(node))) {
		note(s, node->ordinal, DO_HEADER);
	}
	if (is_eight(node->cte)) {
		note(s, node->ordinal, DO_CTE);
	}
	if (!node->is_container) {
		mime_scan_init(&s->leaf);
		choice->tap = &s->leaf.base;
	}
	return true;
}

/* Where no part follows, a "preamble" is all there is, and programs show it: blanks at line ends
 * and "From " must bear transport then. */
static void
keep_undivided(GByteArray *todo, guint ordinal)
{
	bool divided = todo->len > ordinal + 1;
	if (!divided && (todo->data[ordinal] & DO_HARD_PREAMBLE) == 0) {
		todo->data[ordinal] &= (uint8_t)~DO_DROP_PREAMBLE;
	}
}

static bool
scan_leave(void *user, const MimeWalkNode *node, GError **error)
{
	Scan *s = user;
	if (node->is_container) {
		keep_undivided(s->plan->todo, node->ordinal);
		return true;
	}
	if (!base_sink_finish(&s->leaf.base, error)) {
		return false;
	}
	note(s, node->ordinal, decide(node, &s->leaf));
	return true;
}

/* A preamble or epilogue under inspection. */
typedef struct {
	BaseSink base;
	MimeScan scan;
	Scan *owner;
	guint ordinal;
	guint mask;
	guint what;
} Between;

static bool
between_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Between *b = (Between *)sink;
	return base_sink_write(&b->scan.base, data, error);
}

static bool
between_finish(BaseSink *sink, GError **error)
{
	Between *b = (Between *)sink;
	if (!base_sink_finish(&b->scan.base, error)) {
		return false;
	}
	if ((b->scan.facts & b->mask) != 0) {
		note(b->owner, b->ordinal, b->what);
	}
	if ((b->scan.facts & MIME_SCAN_HARD) != 0 && b->what == DO_DROP_PREAMBLE) {
		note(b->owner, b->ordinal, DO_HARD_PREAMBLE);
	}
	return true;
}

static void
between_free(BaseSink *sink)
{
	g_free(sink);
}

static BaseSink *
scan_between(void *user, const MimeWalkNode *node, bool epilogue, BaseSink *next)
{
	static const BaseSinkClass klass = {between_write, between_finish, between_free};
	(void)next; /* looking only: nothing is written */
	Between *b = g_new0(Between, 1);
	b->base.klass = &klass;
	mime_scan_init(&b->scan);
	b->owner = user;
	b->ordinal = node->ordinal;
	b->mask = mask_of(node);
	b->what = epilogue ? DO_DROP_EPILOGUE : DO_DROP_PREAMBLE;
	return &b->base;
}

static bool
scan_write(BaseSink *sink, BaseBytes data, GError **error)
{
	return base_sink_write(((Scan *)sink)->walk, data, error);
}

static bool
scan_finish(BaseSink *sink, GError **error)
{
	return base_sink_finish(((Scan *)sink)->walk, error);
}

static void
scan_free(BaseSink *sink)
{
	Scan *s = (Scan *)sink;
	base_sink_free(s->walk);
	mime_sevenbit_plan_free(s->plan);
	g_free(s);
}

BaseSink *
mime_sevenbit_scan_new(void)
{
	static const BaseSinkClass klass = {scan_write, scan_finish, scan_free};
	static const MimeWalkVisitor visitor = {
		.enter = scan_enter,
		.leave = scan_leave,
		.between = scan_between,
	};
	Scan *s = g_new0(Scan, 1);
	s->base.klass = &klass;
	s->plan = g_new0(MimeSevenbitPlan, 1);
	s->plan->todo = g_byte_array_new();
	s->walk = mime_walk_new(base_sink_null(), &visitor, s);
	return &s->base;
}

MimeSevenbitPlan *
mime_sevenbit_scan_take(BaseSink *scan)
{
	return g_steal_pointer(&((Scan *)scan)->plan);
}

MimeSevenbitPlan *
mime_sevenbit_plan(BaseSource *source, uint64_t offset, GError **error)
{
	g_autoptr(BaseSink) scan = mime_sevenbit_scan_new();
	if (!base_source_copy(source, offset, UINT64_MAX, scan, error) ||
	    !base_sink_finish(scan, error)) {
		return NULL;
	}
	return mime_sevenbit_scan_take(scan);
}

/* ---- second pass ---- */

typedef struct {
	BaseSink base;
	const MimeSevenbitPlan *plan;
	BaseSink *walk;
	BaseSink *lines;
} Apply;

static guint
todo(const Apply *a, const MimeWalkNode *node)
{
	return node->ordinal < a->plan->todo->len ? a->plan->todo->data[node->ordinal] : 0U;
}

/* A Content-Transfer-Encoding means nothing without it (RFC 2045 section 4). */
static void
add_mime_version(const MimeWalkNode *node)
{
	bool message = node->is_root || g_str_has_prefix(node->parent_type, "message/");
	if (message && mime_header_find(node->header, "MIME-Version") == NULL) {
		mime_header_append(node->header, "MIME-Version", "1.0");
	}
}

static bool
apply_enter(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, GError **error)
{
	const Apply *a = user;
	guint what = todo(a, node);
	(void)error;
	if ((what & DO_HEADER) != 0) {
		mime_sevenbit_header_fix(node->header, mask_of(node));
	}
	if ((what & (DO_QP | DO_BASE64)) != 0) {
		add_mime_version(node);
		choice->action = MIME_WALK_FILTER;
		choice->encode = (what & DO_QP) != 0 ? MIME_CTE_QP : MIME_CTE_BASE64;
		choice->canonical = (what & DO_QP) != 0;
		choice->raw = (what & DO_QP) != 0 && node->cte == MIME_CTE_QP;
	} else if ((what & DO_CTE) != 0) {
		mime_header_set(node->header, "Content-Transfer-Encoding", "7bit");
	}
	return true;
}

/* Quoted-printable is repaired as it stands: a second opinion on wrong escapes helps nobody. */
static BaseSink *
apply_filter(void *user, const MimeWalkNode *node, BaseSink *next)
{
	(void)user;
	return node->cte == MIME_CTE_QP ? mime_qp_new_encoder(next, MIME_QP_REPAIR) : NULL;
}

static BaseSink *
apply_between(void *user, const MimeWalkNode *node, bool epilogue, BaseSink *next)
{
	guint drop = epilogue ? DO_DROP_EPILOGUE : DO_DROP_PREAMBLE;
	/* nobody reads what stands there (RFC 2046 section 5.1.1) */
	return base_sink_new_count((todo(user, node) & drop) != 0 ? NULL : next);
}

static bool
apply_write(BaseSink *sink, BaseBytes data, GError **error)
{
	return base_sink_write(((Apply *)sink)->walk, data, error);
}

static bool
apply_finish(BaseSink *sink, GError **error)
{
	Apply *a = (Apply *)sink;
	return base_sink_finish(a->walk, error) && base_sink_finish(a->lines, error);
}

static void
apply_free(BaseSink *sink)
{
	Apply *a = (Apply *)sink;
	base_sink_free(a->walk);
	base_sink_free(a->lines);
	g_free(a);
}

BaseSink *
mime_sevenbit_new(const MimeSevenbitPlan *plan, BaseSink *out)
{
	static const BaseSinkClass klass = {apply_write, apply_finish, apply_free};
	static const MimeWalkVisitor visitor = {
		.enter = apply_enter,
		.filter = apply_filter,
		.between = apply_between,
		.trim_boundaries = true,
	};
	Apply *a = g_new0(Apply, 1);
	a->base.klass = &klass;
	a->plan = plan;
	a->lines = base_lines_new_crlf(out);
	a->walk = mime_walk_new(a->lines, &visitor, a);
	return &a->base;
}
