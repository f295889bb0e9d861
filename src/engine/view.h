/* SPDX-License-Identifier: MPL-2.0 */
/* The readable message: layers removed, protected fields restored, decorations gone
 * (design.md 3.4). */
#pragma once

#include "engine/judge.h"

/*
 * Writes the message that @judgement is about to @out, which is not finished: "Postseal-Status:"
 * first. Line ends are those that the message came with. Only for a message whose encryption was
 * opened.
 */
bool view_write(const Judgement *judgement, const PsVerdict *verdict, BaseSource *source,
		BaseSink *out, GError **error);
