/* SPDX-License-Identifier: MPL-2.0 */
/* What a judged message teaches: its sender's key, the keys of co-recipients, or that it was
 * unsigned. */
#pragma once

#include "engine/judge.h"
#include "trust/harvest.h"

typedef struct {
	bool is_signed;       /* a valid signature or key field of its sender */
	bool is_counted;      /* its sender was noted at all */
	TrustHarvest outcome; /* valid if is_signed */
} HarvestResult;

/* Of a sealed message that was opened, only what binds an answer to it. Nothing is told if it
 * cannot be written. */
void harvest_binding_only(const Judgement *judgement);

/* Writes to the store. Reports, automatic answers and mail from own addresses teach nothing. */
bool harvest(const Judgement *judgement, HarvestResult *out, GError **error);

/* Only a key in the header, of a message of which only the header is known. */
bool harvest_header(const Judgement *judgement, HarvestResult *out, GError **error);
