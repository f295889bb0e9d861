/* SPDX-License-Identifier: MPL-2.0 */
/* The scans of line ends, for any processor and for AVX2; both give the same answers. */
#pragma once

#include "base/bytes.h"

typedef struct {
	/* Offset of the first LF that no CR precedes, or data.n; @after_cr: a CR precedes the data.
	 */
	size_t (*bare_lf)(BaseBytes data, bool after_cr);
	/* As base_lines_is_crlf(). */
	bool (*is_crlf)(BaseBytes data);
	/* As base_lines_find_dashes(). */
	size_t (*dashes)(BaseBytes data);
} LinesKernel;

extern const LinesKernel lines_kernel_plain;

/* NULL if this build or this processor has none. */
const LinesKernel *lines_kernel_avx2(void);
