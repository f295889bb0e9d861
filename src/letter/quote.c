/* SPDX-License-Identifier: MPL-2.0 */
/* Text as it is quoted. */
#include "letter/quote.h"

#include "letter/text.h"

#define EMPTY_MAX 2U /* lines; what somebody hid far below should not look as if it ended */

char *
letter_quote(const char *text)
{
	g_autofree char *copy = g_strdup(text);
	char *rest = copy;
	g_autoptr(GString) out = g_string_new(NULL);
	guint empty = 0;
	for (char *line = letter_text_line(&rest); line != NULL; line = letter_text_line(&rest)) {
		if (g_str_equal(line, "-- ")) {
			break;
		}
		g_strchomp(line);
		if (*line == '\0') {
			empty++;
			continue;
		}
		for (guint i = 0; i < MIN(empty, EMPTY_MAX) && out->len > 0; i++) {
			g_string_append(out, ">\n");
		}
		empty = 0;
		g_string_append_printf(out, "%s%s\n", *line == '>' ? ">" : "> ", line);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}
