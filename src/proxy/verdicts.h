/* SPDX-License-Identifier: MPL-2.0 */
/* Verdicts said lately, by account and Message-ID; in memory only, safe for threads. */
#pragma once

#include <glib.h>

typedef struct Verdicts Verdicts;

Verdicts *verdicts_new(void);
void verdicts_free(Verdicts *verdicts);
/* The newest of one id counts; the oldest of all is forgotten beyond a thousand. */
void verdicts_note(Verdicts *verdicts, const char *address, const char *message_id,
		   const char *json);
/* NULL if none is known; (transfer full). */
char *verdicts_find(Verdicts *verdicts, const char *address, const char *message_id);
