/* SPDX-License-Identifier: MPL-2.0 */
/* Header fields of what GMime read. */
#pragma once

#include "letter/gmime_auto.h"
#include "letter/summary.h"

/* The header of @octets, with the line end of its last field; at most BASE_LIMIT_HEADER. */
BaseBytes letter_header_of(BaseBytes octets);

/* The first field called @name, raw but for the white space around it; NULL if there is none. */
char *letter_field_first(GMimeObject *object, const char *name);
/* The mailboxes of all fields called @name, of LetterMailbox. */
GPtrArray *letter_field_addresses(GMimeObject *object, const char *name);

LetterSummary *letter_summary_of(GMimeObject *root);
