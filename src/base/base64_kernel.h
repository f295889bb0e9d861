/* SPDX-License-Identifier: MPL-2.0 */
/* The inner loops of base64, one set per kind of processor; all of a set give the same octets. */
#pragma once

#include "base/bytes.h"

#define BASE64_LINE_IN  ((size_t)48) /* octets of one full line */
#define BASE64_LINE_OUT ((size_t)64) /* characters of one full line, without its end */

/* What an inner loop took and gave. */
typedef struct {
	size_t taken;
	size_t given;
} Base64Run;

typedef struct {
	/* Encodes as many whole groups of 3 octets as it likes, without line ends. */
	Base64Run (*groups)(BaseBytes in, uint8_t *out);
	/* Encodes @lines full lines, each ended by LF or CRLF; @out holds exactly these. */
	void (*lines)(const uint8_t *in, size_t lines, bool crlf, uint8_t *out);
	/*
	 * Decodes from the start of a group of 4 characters as many whole groups as it likes, and
	 * passes line ends after them if it likes; stops before anything else. @out has room for
	 * in.n / 4 * 3 + 3 octets, all of which may be overwritten.
	 */
	Base64Run (*decode)(BaseBytes in, uint8_t *out);
} Base64Kernel;

extern const Base64Kernel base64_kernel_table;

/* NULL if this build or this processor has none. */
const Base64Kernel *base64_kernel_avx2(void);

/* The one that the public functions use; tests set it, everybody else leaves it alone. */
const Base64Kernel *base64_kernel(void);
void base64_kernel_force(const Base64Kernel *kernel);

extern const char base64_alphabet[65];
/* Values of the 64 characters; of the others one of BASE64_IS_... */
extern const uint8_t base64_values[256];

#define BASE64_IS_BLANK   0x80U
#define BASE64_IS_PADDING 0x81U
#define BASE64_IS_FOREIGN 0xffU
