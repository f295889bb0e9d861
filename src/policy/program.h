/* SPDX-License-Identifier: MPL-2.0 */
/* Which mail program wrote a message, and how it shows a signature it cannot trust. */
#pragma once

#include "base/bytes.h"

typedef struct {
	const char *id; /* static: "thunderbird", "apple-mail", ...; NULL if unknown */
	char *version;  /* NULL if it does not tell; (transfer full) */
	const char *by; /* static: the field that told */
} PolicyProgram;

/* The value of a header field, unfolded; NULL if the field is missing. */
typedef const char *(*PolicyField)(const void *header, const char *name);

/* Order of trust: User-Agent, X-Mailer, MIME-Version, fields of the service, the shape of
 * Message-ID, fields that servers add. howto/programs/ says what is looked for.
 */
PolicyProgram policy_program_recognise(PolicyField field, const void *header);

/* The program that calls itself @name in the IMAP command ID; NULL if we do not know it. Static. */
const char *policy_program_of_client(const char *name);

/* True if this program was measured to show an untrusted signature without alarm (howto/programs/,
 * "can quiet"). */
bool policy_program_is_quiet(const char *id, const char *version);

/* The identifiers; NULL-terminated, static. */
const char *const *policy_program_list(void);
