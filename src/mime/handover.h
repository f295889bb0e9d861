/* SPDX-License-Identifier: MPL-2.0 */
/* The field that vouches for a new root: Postseal-Handover (design.md 3.3). */
#pragma once

#include "mime/header.h"

#define MIME_HANDOVER_NAME  "Postseal-Handover"
#define MIME_HANDOVER_MAX   4U         /* fields read of one header */
#define MIME_HANDOVER_LIMIT (6U << 10) /* octets of one field, name and folds included */

/*
 * postseal-handover = "Postseal-Handover:" tag-list CRLF     ; RFC 6376 section 3.2
 *   v         = "1"
 *   statement = base64 of the statement (cert/handover.h)
 *   signature = base64 of the old root's raw signature over it
 *   root      = base64 of the old root, one DER certificate
 * Unknown tags are ignored. It counts only in a protected header: the caller passes that.
 */
typedef struct {
	GBytes *statement;
	GBytes *signature;
	GBytes *root;
} MimeHandover;

void mime_handover_free(MimeHandover *handover);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeHandover, mime_handover_free)

/* The usable fields (MimeHandover, owned by the array) among the first MIME_HANDOVER_MAX of that
 * name, in their order; malformed and oversized ones are passed over. False if there is none, and
 * then *@out is not touched. Nothing inside is checked. */
bool mime_handover_read(const MimeHeader *header, GPtrArray **out);

/* Appends a field. PS_ERROR_ARGUMENT if one of the three is empty, PS_ERROR_LIMIT beyond
 * MIME_HANDOVER_LIMIT. */
bool mime_handover_write(MimeHeader *header, const MimeHandover *handover, GError **error);
