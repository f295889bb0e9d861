/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_name.h"

#include "trust/lookalike_fold.h"
#include "trust/lookalike_inside.h"

#include <string.h>

#define WORDS_MAX    16
#define MIN_ONE_WORD 8 /* letters of a name of one word: "Anna" are many */
#define MIN_LETTERS  5

static int
by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of char *, sorted; NULL if it is too long. */
static GPtrArray *
words_of(const char *display, bool *unchecked)
{
	if (strlen(display) > TRUST_NAME_MAX) {
		return NULL;
	}
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *folded = trust_fold_strict(display, unchecked);
	g_autoptr(GString) word = g_string_new(NULL);
	for (const char *p = folded;; p = trust_fold_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if (c != 0 && g_unichar_isalnum(c)) {
			g_string_append_unichar(word, c);
		} else if (word->len > 0 && c != '\'') {
			g_ptr_array_add(words, g_strdup(word->str));
			g_string_truncate(word, 0);
		}
		if (c == 0) {
			break;
		}
	}
	g_ptr_array_sort(words, by_text);
	return words;
}

char *
trust_name_key(const char *display, bool *unchecked)
{
	g_autoptr(GPtrArray) words = words_of(display, unchecked);
	if (words == NULL || words->len == 0 || words->len > WORDS_MAX) {
		return NULL;
	}
	g_ptr_array_add(words, NULL);
	return g_strjoinv(" ", (char **)words->pdata);
}

bool
trust_name_carries(const char *key, const char *name)
{
	g_auto(GStrv) have = g_strsplit(key, " ", -1);
	g_auto(GStrv) want = g_strsplit(name, " ", -1);
	size_t found = 0; /* both are sorted */
	for (size_t i = 0; have[i] != NULL; i++) {
		if (want[found] != NULL && strcmp(have[i], want[found]) == 0) {
			found++;
		} else if (!trust_word_is_bait(have[i], strlen(have[i]))) {
			return false;
		}
	}
	return want[found] == NULL;
}

bool
trust_name_is_distinctive(const char *key)
{
	g_auto(GStrv) words = g_strsplit(key, " ", -1);
	size_t telling = 0;
	size_t letters = 0;
	for (size_t i = 0; words[i] != NULL; i++) {
		size_t n = strlen(words[i]);
		bool tells = n > 1 && !trust_word_is_bait(words[i], n);
		telling += tells ? 1 : 0;
		letters += tells ? (size_t)g_utf8_strlen(words[i], -1) : 0;
	}
	return telling > 1 ? letters >= MIN_LETTERS : letters >= MIN_ONE_WORD;
}

static bool
is_address_octet(char c)
{
	return g_ascii_isalnum(c) || (c & 0x80) != 0 || (c != '\0' && strchr("._+-", c) != NULL);
}

char *
trust_name_address(const char *display)
{
	for (const char *at = strchr(display, '@'); at != NULL; at = strchr(at + 1, '@')) {
		const char *from = at;
		const char *to = at + 1;
		while (from > display && is_address_octet(from[-1])) {
			from--;
		}
		while (is_address_octet(*to)) {
			to++;
		}
		while (to > at + 1 && to[-1] == '.') {
			to--;
		}
		if (from < at && memchr(at, '.', (size_t)(to - at)) != NULL) {
			return g_ascii_strdown(from, to - from);
		}
	}
	return NULL;
}
