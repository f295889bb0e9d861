/* SPDX-License-Identifier: MPL-2.0 */
/* Keys on their way to another device: a backup under a one-time code, in a message. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/secret.h"

#define SETUP_TRANSFER_FIELD "Postseal-Transfer"

/* 125 random bits as "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX" in Crockford's base 32. (transfer full) */
char *setup_code_new(void);
/* As it was meant: capitals, no blanks and hyphens, O and I and L read as digits; NULL if it is no
 * code. (transfer full) */
char *setup_code_normalise(const char *text);

/* The message that carries @backup. (transfer full), CRLF. */
GBytes *setup_transfer_write(const char *address, GBytes *backup);
/* The backup in such a message; NULL if it carries none for @address. (transfer full) */
GBytes *setup_transfer_read(BaseBytes message, const char *address);
