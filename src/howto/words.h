/* SPDX-License-Identifier: MPL-2.0 */
/* Marks for xgettext, and the look-up of a translation. */
#pragma once

#include "base/language.h"

#define N_(text) text
#define _(text)  base_language_text(text)
