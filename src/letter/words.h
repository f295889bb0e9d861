/* SPDX-License-Identifier: MPL-2.0 */
/* Encoded words (RFC 2047) as GMime can read them. */
#pragma once

/* Every encoded word as a quoted-printable one whose text is letters, digits and "=XX". Otherwise
 * GMime loses what follows padding ("w7w=") or what lacks it ("w7w"), and takes "=?utf-8?Q?:)?="
 * before an address for no word. (transfer full) */
char *letter_words_repair(const char *raw);
