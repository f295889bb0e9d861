/* SPDX-License-Identifier: MPL-2.0 */
/* The old key's word for the new one: Postseal-Handover (design.md 3.3). */
#pragma once

#include "engine/core.h"
#include "mime/handover.h"
#include "trust/harvest.h"

/* Statements that hold: each signed by the old root, for one address. */
typedef struct Handovers Handovers;

/* Those in @header, which has to be protected, that speak of @address; never NULL. */
Handovers *handovers_read(const MimeHeader *header, const char *address);
void handovers_free(Handovers *handovers); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Handovers, handovers_free)

/* Borrowed; NULL is fine and has none. */
const TrustHandover *handovers_list(const Handovers *handovers);
size_t handovers_count(const Handovers *handovers);

/* An account changes its root: makes the statement and keeps it for a year, behind those before. */
bool handovers_make(PsEngine *engine, const CertIdentity *old, const CertIdentity *next,
		    GError **error);
/* Puts what @address still has to tell into the header of a message. */
bool handovers_write(PsEngine *engine, const char *address, MimeHeader *header, GError **error);
