/* SPDX-License-Identifier: MPL-2.0 */
/* The walk: a chain of entity and parts sinks, one node per open entity, all output in input order.
 */
#include "mime/walk.h"
#include "base/base64.h"
#include "base/limits.h"
#include "base/lines.h"
#include "mime/entity.h"
#include "mime/parts.h"
#include "mime/qp.h"

#define CHAIN_MAX 4 /* line ends, CTE decoder, filter, CTE encoder */

typedef struct Walk Walk;
typedef struct Node Node;

struct Node {
	MimeWalkNode pub;
	Walk *walk;
	Node *parent;
	Node *child;          /* the open part of this container */
	GByteArray *boundary; /* the line before this part, held until it is known whether the part
				 stays */
	MimeContentType *type;
	const char *type_name;
	MimeWalkAction action;
	BaseSink *entity;
	BaseSink *parts;
	BaseSink *tap;
	BaseSink *preamble;
	BaseSink *epilogue;
	BaseSink *chain[CHAIN_MAX]; /* from chain_from on, in the order the octets take */
	guint chain_from;
};

struct Walk {
	BaseSink base;
	BaseSink *out;
	const MimeWalkVisitor *visitor;
	void *user;
	Node *root;
	GPtrArray *structure;
};

static Node *node_new(Walk *walk, Node *parent, guint index);

static void
node_free(Node *n)
{
	/* a chain of parents and children, at most BASE_LIMIT_MIME_DEPTH long */
	while (n != NULL) {
		Node *child = n->child;
		base_sink_free(n->entity);
		base_sink_free(n->parts);
		base_sink_free(n->tap);
		base_sink_free(n->preamble);
		base_sink_free(n->epilogue);
		for (guint i = n->chain_from; i < CHAIN_MAX; i++) {
			base_sink_free(n->chain[i]);
		}
		g_byte_array_unref(n->boundary);
		mime_content_type_free(n->type);
		g_free(n);
		n = child;
	}
}

/* ---- what an entity is ---- */

static bool
is_multipart(const Node *n)
{
	return mime_content_type_is(n->type, "multipart", NULL);
}

static bool
is_message(const Node *n)
{
	return mime_content_type_is(n->type, "message", "rfc822") ||
	       mime_content_type_is(n->type, "message", "global");
}

static bool
is_container(const Node *n)
{
	bool identity = n->pub.cte != MIME_CTE_QP && n->pub.cte != MIME_CTE_BASE64;
	const char *boundary = mime_content_type_get(n->type, "boundary");
	return identity && (is_message(n) || (is_multipart(n) && mime_boundary_is_valid(boundary)));
}

static bool
is_main_body(const Node *n)
{
	if (n->parent == NULL) {
		return true;
	}
	bool chosen = n->pub.index == 0 ||
		      mime_content_type_is(n->parent->type, "multipart", "alternative");
	return n->parent->pub.is_main_body && is_multipart(n->parent) && chosen &&
	       !mime_is_attachment(n->pub.header);
}

static bool
is_sealed_inside(const Node *parent)
{
	return parent != NULL && (parent->pub.in_signed ||
				  mime_content_type_is(parent->type, "multipart", "signed") ||
				  mime_content_type_is(parent->type, "multipart", "encrypted"));
}

static void
describe(Node *n, MimeHeader *header)
{
	bool digest =
		n->parent != NULL && mime_content_type_is(n->parent->type, "multipart", "digest");
	n->type = mime_content_type_of(header, digest ? "message/rfc822" : NULL);
	n->pub.header = header;
	n->pub.type = n->type;
	n->pub.cte = mime_cte_of(header);
	n->pub.is_main_body = is_main_body(n);
	n->pub.is_container = is_container(n);
	n->pub.in_signed = is_sealed_inside(n->parent);
	n->pub.ordinal = n->walk->structure->len;
	char *name = mime_content_type_name(n->type);
	n->type_name = name;
	g_ptr_array_add(n->walk->structure, name);
}

/* ---- writing ---- */

/* A boundary line without the blanks between boundary and line end. */
static void
trim_boundary(GByteArray *line)
{
	guint end = line->len;
	while (end > 0 && (line->data[end - 1] == '\n' || line->data[end - 1] == '\r')) {
		end--;
	}
	guint keep = end;
	while (keep > 0 && (line->data[keep - 1] == ' ' || line->data[keep - 1] == '\t')) {
		keep--;
	}
	g_byte_array_remove_range(line, keep, end - keep);
}

/* A boundary line of the multipart @n. */
static bool
write_boundary(const Node *n, GByteArray *line, GError **error)
{
	const Walk *w = n->walk;
	if (w->visitor->trim_boundaries && !n->pub.in_signed) {
		trim_boundary(line);
	}
	return line->len == 0 || base_sink_write(w->out, base_bytes_of_array(line), error);
}

static bool
write_header(const Node *n, GError **error)
{
	g_autoptr(GByteArray) block = g_byte_array_new();
	mime_header_write(n->pub.header, mime_header_is_crlf(n->pub.header), block);
	return block->len == 0 || base_sink_write(n->walk->out, base_bytes_of_array(block), error);
}

/* ---- filtering ---- */

static BaseSink *
new_decoder(MimeCte cte, BaseSink *next)
{
	if (cte == MIME_CTE_QP) {
		return mime_qp_new_decoder(next);
	}
	return cte == MIME_CTE_BASE64 ? base64_new_decoder(next) : NULL;
}

static BaseSink *
new_encoder(const MimeWalkChoice *choice, bool crlf, BaseSink *next)
{
	if (choice->encode == MIME_CTE_QP) {
		MimeQpMode lines = choice->canonical ? MIME_QP_CRLF : MIME_QP_TEXT;
		return mime_qp_new_encoder(next, choice->binary ? MIME_QP_BINARY : lines);
	}
	return choice->encode == MIME_CTE_BASE64 ? base64_new_encoder(next, crlf) : NULL;
}

/* Puts @sink before what is there: the chain is built from its end. */
static BaseSink *
chain_put(Node *n, BaseSink *sink, BaseSink *next)
{
	if (sink == NULL) {
		return next;
	}
	n->chain[--n->chain_from] = sink;
	return sink;
}

static BaseSink *
build_chain(Node *n, const MimeWalkChoice *choice)
{
	const MimeWalkVisitor *v = n->walk->visitor;
	bool crlf = choice->canonical || mime_header_is_crlf(n->pub.header);
	BaseSink *out = n->walk->out;
	BaseSink *to = choice->raw ? out : chain_put(n, new_encoder(choice, crlf, out), out);
	if (v->filter != NULL) {
		to = chain_put(n, v->filter(n->walk->user, &n->pub, to), to);
	}
	to = choice->raw ? to : chain_put(n, new_decoder(n->pub.cte, to), to);
	return choice->canonical ? chain_put(n, base_lines_new_crlf(to), to) : to;
}

static bool
finish_chain(Node *n, GError **error)
{
	for (guint i = n->chain_from; i < CHAIN_MAX; i++) {
		if (!base_sink_finish(n->chain[i], error)) {
			return false;
		}
	}
	return true;
}

/* ---- descending ---- */

static bool node_complete(Node *n, GError **error);

static bool
finish_sink(BaseSink **sink, GError **error)
{
	bool ok = *sink == NULL || base_sink_finish(*sink, error);
	g_clear_pointer(sink, base_sink_free);
	return ok;
}

static bool
on_boundary(void *user, BaseBytes line, bool closing, GError **error)
{
	Node *n = user;
	if (!finish_sink(&n->preamble, error)) {
		return false;
	}
	g_byte_array_set_size(n->boundary, 0);
	g_byte_array_append(n->boundary, line.p, (guint)line.n);
	return !closing || write_boundary(n, n->boundary, error);
}

static bool
on_begin(void *user, guint index, BaseSink **part, GError **error)
{
	Node *n = user;
	(void)error;
	n->child = node_new(n->walk, n, index);
	g_byte_array_append(n->child->boundary, n->boundary->data, n->boundary->len);
	*part = n->child->entity;
	return true;
}

static bool
on_end(void *user, guint index, bool closed, GError **error)
{
	Node *n = user;
	(void)index;
	(void)closed;
	bool ok = node_complete(n->child, error);
	g_clear_pointer(&n->child, node_free);
	return ok;
}

static BaseSink *
new_between(Node *n, bool epilogue)
{
	const MimeWalkVisitor *v = n->walk->visitor;
	return v->between == NULL ? NULL
				  : v->between(n->walk->user, &n->pub, epilogue, n->walk->out);
}

static BaseSink *
descend(Node *n)
{
	if (is_message(n)) {
		n->child = node_new(n->walk, n, 0);
		return n->child->entity;
	}
	n->preamble = new_between(n, false);
	n->epilogue = new_between(n, true);
	MimePartsHooks hooks = {
		on_boundary,
		on_begin,
		on_end,
		n->preamble != NULL ? n->preamble : n->walk->out,
		n->epilogue != NULL ? n->epilogue : n->walk->out,
	};
	n->parts = mime_parts_new(mime_content_type_get(n->type, "boundary"), &hooks, n);
	return n->parts;
}

/* ---- one entity ---- */

static bool
check_limits(const Node *n, GError **error)
{
	if (n->pub.depth > BASE_LIMIT_MIME_DEPTH) {
		return base_fail(error, PS_ERROR_LIMIT,
				 "The message is nested more than %u levels deep",
				 BASE_LIMIT_MIME_DEPTH);
	}
	if (n->walk->structure->len >= BASE_LIMIT_MIME_PARTS) {
		return base_fail(error, PS_ERROR_LIMIT, "The message has more than %u parts",
				 BASE_LIMIT_MIME_PARTS);
	}
	return true;
}

static BaseSink *
start_body(Node *n, const MimeWalkChoice *choice)
{
	switch (n->action) {
	case MIME_WALK_FILTER:
		return build_chain(n, choice);
	case MIME_WALK_DESCEND:
		return descend(n);
	case MIME_WALK_DROP:
		return NULL;
	case MIME_WALK_PASS:
	default:
		n->tap = choice->tap == NULL ? NULL : base_sink_new_tee(choice->tap, n->walk->out);
		return n->tap != NULL ? n->tap : n->walk->out;
	}
}

static bool
on_header(void *user, MimeHeader *header, BaseSink **body, GError **error)
{
	Node *n = user;
	const Walk *w = n->walk;
	if (!check_limits(n, error)) {
		return false;
	}
	describe(n, header);
	MimeWalkChoice choice = {
		.action = n->pub.is_container ? MIME_WALK_DESCEND : MIME_WALK_PASS,
		.encode = n->pub.cte,
	};
	if (w->visitor->enter != NULL && !w->visitor->enter(w->user, &n->pub, &choice, error)) {
		return false;
	}
	bool wrong = choice.action == MIME_WALK_DESCEND && !n->pub.is_container;
	n->action = wrong ? MIME_WALK_PASS : choice.action;
	if (n->action == MIME_WALK_DROP) {
		return true;
	}
	if (n->action == MIME_WALK_FILTER && choice.encode != n->pub.cte) {
		mime_header_set(header, "Content-Transfer-Encoding", mime_cte_name(choice.encode));
	}
	if ((n->parent != NULL && !write_boundary(n->parent, n->boundary, error)) ||
	    !write_header(n, error)) {
		return false;
	}
	*body = start_body(n, &choice);
	return true;
}

/* The input of the entity has ended. Recursion: at most BASE_LIMIT_MIME_DEPTH levels. */
static bool
node_complete(Node *n, GError **error)
{
	const Walk *w = n->walk;
	if (!base_sink_finish(n->entity, error)) {
		return false;
	}
	if (n->parts != NULL && !base_sink_finish(n->parts, error)) {
		return false;
	}
	if (n->child != NULL && !node_complete(n->child, error)) {
		return false;
	}
	if (!finish_sink(&n->preamble, error) || !finish_sink(&n->epilogue, error) ||
	    !finish_chain(n, error)) {
		return false;
	}
	return w->visitor->leave == NULL || w->visitor->leave(w->user, &n->pub, error);
}

static Node *
node_new(Walk *walk, Node *parent, guint index)
{
	static const MimeEntityHooks hooks = {on_header};
	Node *n = g_new0(Node, 1);
	n->walk = walk;
	n->parent = parent;
	n->chain_from = CHAIN_MAX;
	n->boundary = g_byte_array_new();
	n->pub.index = index;
	n->pub.depth = parent == NULL ? 0 : parent->pub.depth + 1;
	n->pub.is_root = parent == NULL;
	n->pub.parent_type = parent == NULL ? NULL : parent->type_name;
	n->entity = mime_entity_new(&hooks, n);
	return n;
}

static bool
walk_write(BaseSink *sink, BaseBytes data, GError **error)
{
	Walk *w = (Walk *)sink;
	return base_sink_write(w->root->entity, data, error);
}

static bool
walk_finish(BaseSink *sink, GError **error)
{
	Walk *w = (Walk *)sink;
	return node_complete(w->root, error);
}

static void
walk_free(BaseSink *sink)
{
	Walk *w = (Walk *)sink;
	node_free(w->root);
	g_ptr_array_unref(w->structure);
	g_free(w);
}

BaseSink *
mime_walk_new(BaseSink *out, const MimeWalkVisitor *visitor, void *user)
{
	static const BaseSinkClass klass = {walk_write, walk_finish, walk_free};
	Walk *w = g_new0(Walk, 1);
	w->base.klass = &klass;
	w->out = out;
	w->visitor = visitor;
	w->user = user;
	w->structure = g_ptr_array_new_with_free_func(g_free);
	w->root = node_new(w, NULL, 0);
	return &w->base;
}

const GPtrArray *
mime_walk_structure(BaseSink *walk)
{
	return ((const Walk *)walk)->structure;
}
