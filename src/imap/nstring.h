/* SPDX-License-Identifier: MPL-2.0 */
/* Strings of responses (RFC 9051 section 4.3): quoted where that is allowed, else a literal. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A literal if there are 8-bit octets, CR, LF, or so many quotes that it is the shorter form. */
void imap_string_write(GString *out, const char *text);
/* NIL for NULL. */
void imap_string_write_nullable(GString *out, const char *text);
/* Line ends go: one that no blank follows becomes a blank. NIL for NULL. */
void imap_string_write_unfolded(GString *out, const char *text);
/* Text for people, each run of blanks and line ends as one blank, none at the ends. NIL for NULL */
void imap_string_write_text(GString *out, const char *text);
