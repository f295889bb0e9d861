/* SPDX-License-Identifier: MPL-2.0 */
#include "engine/words.h"

#include <string.h>

char *
words_fill(const char *text, const WordsGap *gaps)
{
	GString *out = g_string_new(NULL);
	while (*text != '\0') {
		const WordsGap *gap = gaps;
		size_t n = 0;
		while (*text == '{' && gap->name != NULL) {
			n = strlen(gap->name);
			if (strncmp(text + 1, gap->name, n) == 0 && text[n + 1] == '}') {
				break;
			}
			gap++;
		}
		if (*text == '{' && gap->name != NULL) {
			g_string_append(out, gap->value);
			text += n + 2;
		} else {
			g_string_append_c(out, *text++);
		}
	}
	return g_string_free(out, FALSE);
}
