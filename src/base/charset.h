/* SPDX-License-Identifier: MPL-2.0 */
/* The names of character sets in mail. */
#pragma once

/* What to ask iconv for when mail says @name: itself, or a name that iconv knows, or the wider set
 * that programs mean by it, as browsers read it. */
const char *base_charset_iconv(const char *name);
