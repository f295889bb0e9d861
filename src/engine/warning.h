/* SPDX-License-Identifier: MPL-2.0 */
/* What is said to people about each warning of a verdict. */
#pragma once

#include <glib.h>

/* The levels: what should make a reader careful, and what is only worth knowing. */
#define WARNING_GRAVE "warning"
#define WARNING_NOTE  "note"

/* Of a warning's code; @detail fills the gap in it and may be NULL. (transfer full) */
char *warning_text(const char *code, const char *detail);
/* Its usual level; static. */
const char *warning_level(const char *code);
