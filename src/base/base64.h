/* SPDX-License-Identifier: MPL-2.0 */
/* Base64 of RFC 4648 section 4 and RFC 2045 section 6.8: AVX2 where the processor has it, a table
 * elsewhere. */
#pragma once

#include "base/sink.h"

/* Octets that encoding @n octets takes, without line ends. */
#define BASE64_LENGTH(n) ((((n) + 2) / 3) * 4)

/* One line without line ends; @out holds BASE64_LENGTH(n) octets, which is the return value. */
size_t base64_encode(BaseBytes data, char *out);
/* The same as a new NUL-terminated string; (transfer full). */
char *base64_encode_string(BaseBytes data);

/*
 * Decodes @text into @out (room for text.n / 4 * 3 + 3 octets); white space is skipped, padding
 * ends the data. With @strict anything else is an error (false); without, foreign octets are
 * skipped as RFC 2045 asks. Returns the count in *@n.
 */
bool base64_decode(BaseBytes text, bool strict, uint8_t *out, size_t *n);
/* NULL if it is not base64. */
GBytes *base64_decode_bytes(BaseBytes text, bool strict);

/* Lines of 64 characters with CRLF (@crlf) or LF, the last one ended too; nothing for no data. */
BaseSink *base64_new_encoder(BaseSink *next, bool crlf);
/* Skips foreign octets; stops at padding, ignoring what follows. Never fails by itself. */
BaseSink *base64_new_decoder(BaseSink *next);
