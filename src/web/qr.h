/* SPDX-License-Identifier: MPL-2.0 */
/* QR codes as SVG. */
#pragma once

#include <glib.h>

/* A picture of @text; NULL if it is too long for one. (transfer full) */
char *web_qr_svg(const char *text);
