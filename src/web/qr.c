/* SPDX-License-Identifier: MPL-2.0 */
/* libqrencode says which squares are dark; one path draws them, on white in any colour scheme. */
#include "web/qr.h"

#include <qrencode.h>

#define QUIET 4 /* squares of light around it: ISO/IEC 18004 */

static void
draw(GString *path, const QRcode *code)
{
	for (int y = 0; y < code->width; y++) {
		for (int x = 0; x < code->width; x++) {
			if ((code->data[y * code->width + x] & 1) != 0) {
				g_string_append_printf(path, "M%d %dh1v1h-1z", x + QUIET,
						       y + QUIET);
			}
		}
	}
}

char *
web_qr_svg(const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (code == NULL) {
		return NULL;
	}
	int side = code->width + 2 * QUIET;
	GString *svg = g_string_new(NULL);
	g_string_append_printf(svg,
			       "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
			       "shape-rendering=\"crispEdges\"><path fill=\"#fff\" "
			       "d=\"M0 0h%dv%dh-%dz\"/><path d=\"",
			       side, side, side, side, side);
	draw(svg, code);
	g_string_append(svg, "\"/></svg>");
	QRcode_free(code);
	return g_string_free(svg, FALSE);
}
