/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The one way to look at or change a MIME tree: octets are pushed in, a visitor decides per entity,
 * octets come out; whatever the visitor leaves alone comes out octet for octet. To inspect only,
 * write to base_sink_null().
 */
#pragma once

#include "base/sink.h"
#include "mime/content_type.h"

typedef struct {
	/* 0 for the root, then in the order of the octets: a key for two-pass work */
	guint ordinal;
	guint depth;             /* 0 for the root */
	guint index;             /* among its siblings */
	const char *parent_type; /* "multipart/mixed", "message/rfc822"; NULL for the root */
	bool is_root;
	/* RFC 9787 section 7.1: the root; the first child of mixed, related or signed and each
	 * child of alternative while their parent is one; never an attachment or inside
	 * message/rfc822. Containers on the way have it too: test that the type is no multipart. */
	bool is_main_body;
	/* a multipart with boundary or message/rfc822, identity-encoded: can be descended */
	bool is_container;
	bool in_signed;     /* below a multipart/signed or multipart/encrypted, itself excluded */
	MimeHeader *header; /* may be edited in enter() */
	const MimeContentType *type; /* as it was read, defaults applied */
	MimeCte cte;                 /* as it was read */
} MimeWalkNode;

typedef enum {
	/* header, then the raw body as it is */
	MIME_WALK_PASS,
	/* decode the CTE -> the visitor's filter -> encode with MimeWalkChoice.encode */
	MIME_WALK_FILTER,
	/* containers only: its parts become nodes */
	MIME_WALK_DESCEND,
	/* gone, with the boundary line before it; at the root: nothing comes out */
	MIME_WALK_DROP,
} MimeWalkAction;

typedef struct {
	/* preset: DESCEND for containers, PASS for leaves */
	MimeWalkAction action;
	/* FILTER: preset to node->cte; Content-Transfer-Encoding is set if it differs */
	MimeCte encode;
	/* FILTER: bare LF of the raw body becomes CRLF before decoding; a bare LF that comes out of
	 * the decoder is data */
	bool canonical;
	bool raw;      /* FILTER: neither decoded nor encoded */
	bool binary;   /* FILTER to QP: line ends are data (=0D=0A) */
	BaseSink *tap; /* PASS: also gets the raw body octets; borrowed, never finished */
} MimeWalkChoice;

/* Every function may be NULL. */
typedef struct {
	bool (*enter)(void *user, const MimeWalkNode *node, MimeWalkChoice *choice, GError **error);
	/* FILTER: a new sink that writes to @next; the walk finishes and frees it. NULL, or no
	 * function: decoded octets are encoded again as they are. */
	BaseSink *(*filter)(void *user, const MimeWalkNode *node, BaseSink *next);
	/* The entity and all below it are complete. */
	bool (*leave)(void *user, const MimeWalkNode *node, GError **error);
	/* A new sink to @next for the preamble, or with @epilogue the epilogue, of a descended
	 * multipart; finished and freed by the walk. No function: exact. */
	BaseSink *(*between)(void *user, const MimeWalkNode *node, bool epilogue, BaseSink *next);
	/* Blanks after boundaries are left out, but not below a multipart/signed. */
	bool trim_boundaries;
} MimeWalkVisitor;

/*
 * @out is borrowed, as a filter's next sink; @visitor and @user must live as long as the walk. A
 * changed header is written with the line ends that it had. PS_ERROR_LIMIT beyond
 * BASE_LIMIT_MIME_DEPTH levels, BASE_LIMIT_MIME_PARTS entities or the limits of
 * mime_header_parse(). What a filter writes through an identity encoding must not look like an
 * enclosing boundary line: choose QP or base64 when in doubt (both never do).
 */
BaseSink *mime_walk_new(BaseSink *out, const MimeWalkVisitor *visitor, void *user);

/* Types met so far in the order of the octets, "multipart/mixed", "text/plain", ...: borrowed
 * strings in a borrowed array. */
const GPtrArray *mime_walk_structure(BaseSink *walk);
