/* SPDX-License-Identifier: MPL-2.0 */
/* The parts of a message and what each of them is for. */
#pragma once

#include "base/error.h"
#include "letter/gmime_auto.h"

typedef enum {
	LETTER_ROLE_BODY, /* text/plain or text/html of the body */
	LETTER_ROLE_ATTACHMENT,
} LetterRole;

typedef struct {
	guint part;      /* 1 is the root, then in the order of the message, multiparts counted */
	GMimePart *leaf; /* borrowed */
	LetterRole role;
	bool html; /* of a body */
} LetterLeaf;

/* A place in the body: what is to be shown there, in one way or the other. */
typedef struct {
	GPtrArray
		*plain; /* of LetterLeaf, borrowed: what programs without HTML show; may be empty */
	GPtrArray *rich; /* the same with HTML */
} LetterPlace;

typedef struct LetterTree {
	GBytes *octets;
	GMimeObject *root;
	GMimePart *undivided; /* what a root multipart without parts says; else NULL */
	GPtrArray *leaves;    /* of LetterLeaf, owned */
	GPtrArray *places;    /* of LetterPlace, owned, in order */
	bool cut;             /* deeper or more than the limits allow */
} LetterTree;

/* @octets is referenced. PS_ERROR_LIMIT, PS_ERROR_MALFORMED. (transfer full) */
LetterTree *letter_tree_new(GBytes *octets, GError **error);
void letter_tree_free(LetterTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LetterTree, letter_tree_free)

/* The decoded content of a leaf; (transfer full). */
GBytes *letter_leaf_content(const LetterTree *tree, const LetterLeaf *leaf);
/* How many octets it has as it stands in the message. */
guint64 letter_leaf_raw_size(const LetterTree *tree, const LetterLeaf *leaf);
/* How many octets it has decoded. */
guint64 letter_leaf_size(const LetterTree *tree, const LetterLeaf *leaf);
/* "text/plain", lower case; (transfer full). */
char *letter_leaf_type(const LetterLeaf *leaf);
/* A parameter of its Content-Type; NULL if it is not there. */
const char *letter_leaf_parameter(const LetterLeaf *leaf, const char *name);
