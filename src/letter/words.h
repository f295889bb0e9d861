/* SPDX-License-Identifier: MPL-2.0 */
/* Encoded words (RFC 2047) as GMime can read them. */
#pragma once

/* GMime joins the base64 of neighbouring words and stops at the first padding: what follows "w7w="
 * would be lost. Such words become quoted-printable ones. (transfer full) */
char *letter_words_repair(const char *raw);
