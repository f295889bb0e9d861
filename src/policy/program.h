/* SPDX-License-Identifier: MPL-2.0 */
/* Which mail program wrote a message, and how it shows a signature it cannot trust. */
#pragma once

#include "base/bytes.h"

/* Header field values, unfolded; NULL where the field is missing. */
typedef struct {
	const char *user_agent;
	const char *x_mailer;
	const char *mime_version;
	const char *message_id;
	bool x_ms_exchange; /* any X-MS-Exchange-* field */
	bool x_gm_state;    /* X-Gm-Message-State */
	bool proton;        /* Feedback-ID ...:proton or X-Pm-Message-ID */
	bool spark;         /* X-Readdle-Message-ID */
} PolicyTells;

typedef struct {
	const char *id; /* static: "thunderbird", "apple-mail", ...; NULL if unknown */
	char *version;  /* NULL if it does not tell; (transfer full) */
	const char *by; /* static: the field that told */
} PolicyProgram;

/* Order of trust: User-Agent, X-Mailer, Mime-Version, fields of the service, the shape of
 * Message-ID, fields that servers add.
 */
PolicyProgram policy_program_recognise(const PolicyTells *tells);

/* True if this program was measured to show an untrusted signature without alarm (mail-programs.md
 * A3). */
bool policy_program_is_quiet(const char *id, const char *version);

/* The identifiers, in the order of the table; NULL-terminated, static. */
const char *const *policy_program_list(void);
