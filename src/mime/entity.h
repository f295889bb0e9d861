/* SPDX-License-Identifier: MPL-2.0 */
/* One MIME entity, pushed in: header block first, then the raw octets of its body. */
#pragma once

#include "base/sink.h"
#include "mime/header.h"

typedef struct {
	/*
	 * Called exactly once, when the header block is complete (at finish() at the latest, also
	 * when it is empty). @header stays the entity's and lives until it is freed; the hook may
	 * edit it. *@body is NULL at the call; a sink left there (borrowed, not finished by the
	 * entity) gets the raw body octets.
	 */
	bool (*header)(void *user, MimeHeader *header, BaseSink **body, GError **error);
} MimeEntityHooks;

/* Header block as mime_header_find_end() has it; PS_ERROR_LIMIT as mime_header_parse(). A body that
 * comes in one piece with the header is passed on where it lies. */
BaseSink *mime_entity_new(const MimeEntityHooks *hooks, void *user);
