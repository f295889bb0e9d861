/* SPDX-License-Identifier: MPL-2.0 */
/* The readable message: layers removed, protected fields restored, decorations gone
 * (design.md 3.4). */
#pragma once

#include "engine/judge.h"

#define VIEW_STATUS_FIELD "Postseal-Status"

/* The line "Postseal-Status: ..." without its end; (transfer full). */
char *view_status(const PsVerdict *verdict);

typedef struct {
	const char *status; /* the first line; NULL: none */
	bool crlf;          /* line ends; of a message without layers those of its body stay */
} ViewForm;

/* The header of a view, the status first. */
bool view_write_header(const MimeHeader *header, const ViewForm *form, BaseSink *out,
		       GError **error);

/*
 * Writes the message that @judgement is about to @out, which is not finished. Only for a message
 * whose encryption was opened. What is written depends on octets, keys, @form and on what
 * judge_signature() found, outer_shown and draft; on nothing that was learned.
 */
bool view_write(const Judgement *judgement, const ViewForm *form, BaseSource *source, BaseSink *out,
		GError **error);
