/* SPDX-License-Identifier: MPL-2.0 */
/* The page's files, which are part of the program. */
#pragma once

/*
 * Differs when any of them does: browsers keep /static/NAME?VERSION and never ask again; other
 * names they keep, too, but ask each time whether it is still so.
 */
const char *web_files_version(void);
