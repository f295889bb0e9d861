/* SPDX-License-Identifier: MPL-2.0 */
#include "engine/words.h"

#include <postseal/types.h>
#include <string.h>

void
ps_language_use(const char *name)
{
	base_language_use(name);
}

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
