/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_name.h"

#include "trust/lookalike_fold.h"
#include "trust/lookalike_inside.h"

#include <string.h>

#define WORDS_MAX    16
#define MIN_ONE_WORD 8 /* letters of a name of one word: "Anna" are many */
#define MIN_LETTERS  5
#define MIN_FITTING  3 /* letters of a word that an address may have in it */
#define MARKS_MAX    2 /* on one letter: more of them hide what stands beside */

/* What people and houses put beside their names. Sorted. */
static const char *const additions[] = {
	"ag",
	"bsc",
	"care",
	"co",
	"company",
	"corp",
	"corporation",
	"customer",
	"desk",
	"dipl",
	"dr",
	"ev",
	"extern",
	"external",
	"frau",
	"gmbh",
	"handy",
	"help",
	"helpdesk",
	"herr",
	"hilfe",
	"home",
	"ihr",
	"ihre",
	"inc",
	"incorporated",
	"info",
	"ing",
	"ipad",
	"iphone",
	"jr",
	"kg",
	"kontakt",
	"konto",
	"kundendienst",
	"kundenservice",
	"legal",
	"limited",
	"llc",
	"ltd",
	"mail",
	"mba",
	"med",
	"miss",
	"mobil",
	"mobile",
	"mr",
	"mrs",
	"ms",
	"msc",
	"news",
	"newsletter",
	"noreply",
	"notification",
	"notifications",
	"office",
	"official",
	"ohg",
	"online",
	"our",
	"phd",
	"plc",
	"privat",
	"private",
	"prof",
	"professor",
	"reply",
	"sarl",
	"security",
	"service",
	"services",
	"sicherheit",
	"spa",
	"sr",
	"srl",
	"support",
	"team",
	"the",
	"ug",
	"unser",
	"unsere",
	"via",
	"work",
	"your",
};

static int
by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_addition(const char *word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(additions); i++) {
		if (strcmp(additions[i], word) == 0) {
			return true;
		}
	}
	return false;
}

static bool
is_gap(gunichar c)
{
	return g_unichar_isspace(c) || c == 0x2800; /* braille without dots */
}

static bool
is_silent(gunichar c)
{
	static const gunichar fillers[] = {0x115f, 0x1160, 0x3164, 0xffa0};
	GUnicodeType type = g_unichar_type(c);
	for (size_t i = 0; i < G_N_ELEMENTS(fillers); i++) {
		if (fillers[i] == c) {
			return true;
		}
	}
	return type == G_UNICODE_FORMAT || type == G_UNICODE_CONTROL ||
	       type == G_UNICODE_UNASSIGNED;
}

char *
trust_name_tidy(const char *display)
{
	g_autofree char *valid = g_utf8_make_valid(display, -1);
	GString *out = g_string_new(NULL);
	unsigned marks = 0;
	for (const char *p = valid; *p != '\0'; p = trust_fold_next(p)) {
		gunichar c = g_utf8_get_char(p);
		size_t n = (size_t)(trust_fold_next(p) - p);
		bool mark = g_unichar_ismark(c);
		bool gap = is_gap(c);
		if (out->len + n > TRUST_NAME_MAX) {
			break;
		}
		if ((!gap && is_silent(c)) || (mark && marks >= MARKS_MAX) ||
		    (gap && (out->len == 0 || out->str[out->len - 1] == ' '))) {
			continue;
		}
		marks = mark ? marks + 1 : 0;
		g_string_append_unichar(out, gap ? ' ' : c);
	}
	return g_strchomp(g_string_free(out, FALSE));
}

/* Of char *, sorted. */
static GPtrArray *
words_of(const char *tidy, bool *unchecked)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *folded = trust_fold_strict(tidy, unchecked);
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

static char *
join(const GPtrArray *words)
{
	if (words->len == 0 || words->len > WORDS_MAX) {
		return NULL;
	}
	GString *out = g_string_new(words->pdata[0]);
	for (guint i = 1; i < words->len; i++) {
		g_string_append_printf(out, " %s", (const char *)words->pdata[i]);
	}
	return g_string_free(out, FALSE);
}

static char *
key_of(const char *tidy, bool *unchecked)
{
	g_autoptr(GPtrArray) words = words_of(tidy, unchecked);
	return join(words);
}

char *
trust_name_key(const char *display, bool *unchecked)
{
	g_autofree char *tidy = trust_name_tidy(display);
	return key_of(tidy, unchecked);
}

/* Brackets that nobody closed end with the text. */
static char *
without_brackets(const char *text)
{
	GString *out = g_string_new(NULL);
	unsigned depth = 0;
	for (const char *p = text; *p != '\0'; p++) {
		depth += strchr("([{", *p) != NULL ? 1 : 0;
		if (depth == 0) {
			g_string_append_c(out, *p);
		}
		depth -= depth > 0 && strchr(")]}", *p) != NULL ? 1 : 0;
	}
	return g_string_free(out, FALSE);
}

static char *
core_of(const char *tidy, bool *unchecked)
{
	g_autofree char *bare = without_brackets(tidy);
	g_autoptr(GPtrArray) words = words_of(bare, unchecked);
	for (guint i = words->len; i > 0; i--) {
		const char *word = words->pdata[i - 1];
		if (g_utf8_strlen(word, -1) == 1 || is_addition(word)) {
			g_ptr_array_remove_index(words, i - 1);
		}
	}
	char *core = join(words);
	if (core == NULL || !trust_name_is_distinctive(core)) {
		g_free(core);
		return key_of(tidy, unchecked);
	}
	return core;
}

char *
trust_name_core(const char *display, bool *unchecked)
{
	g_autofree char *tidy = trust_name_tidy(display);
	return core_of(tidy, unchecked);
}

/* JohnDoe as John Doe. */
static char *
split_words(const char *text)
{
	GString *out = g_string_new(NULL);
	bool lower = false;
	for (const char *p = text; *p != '\0'; p = trust_fold_next(p)) {
		gunichar c = g_utf8_get_char(p);
		if (lower && g_unichar_isupper(c)) {
			g_string_append_c(out, ' ');
		}
		lower = g_unichar_islower(c);
		g_string_append_unichar(out, c);
	}
	return g_string_free(out, FALSE);
}

GPtrArray *
trust_name_readings(const char *display, bool *unchecked)
{
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *tidy = trust_name_tidy(display);
	g_autofree char *turned = g_utf8_strreverse(tidy, -1);
	g_autofree char *split = split_words(tidy);
	const char *const texts[] = {tidy, turned, split};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		char *core = core_of(texts[i], unchecked);
		if (core != NULL && trust_name_is_distinctive(core) &&
		    !g_ptr_array_find_with_equal_func(out, core, g_str_equal, NULL)) {
			g_ptr_array_add(out, g_steal_pointer(&core));
		}
		g_free(core);
	}
	return out;
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
		} else if (!trust_word_is_bait(have[i], strlen(have[i])) && !is_addition(have[i])) {
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

bool
trust_name_fits(const char *key, const char *address)
{
	/* As addresses spell letters with marks, of which a key has the bare ones. */
	static const char *const spellings[][2] = {
		{"ae", "a"}, {"oe", "o"}, {"ue", "u"}, {"aa", "a"}};
	bool unchecked = false;
	g_autofree char *folded = trust_fold_strict(address, &unchecked);
	g_autoptr(GString) bare = g_string_new(folded);
	g_auto(GStrv) words = g_strsplit(key, " ", -1);
	for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++) {
		g_string_replace(bare, spellings[i][0], spellings[i][1], 0);
	}
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strlen(words[i]) >= MIN_FITTING &&
		    (strstr(folded, words[i]) != NULL || strstr(bare->str, words[i]) != NULL)) {
			return true;
		}
	}
	return false;
}

static bool
is_address_octet(char c)
{
	return g_ascii_isalnum(c) || (c & 0x80) != 0 || (c != '\0' && strchr("._+-", c) != NULL);
}

static char *
find_address(const char *text)
{
	for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@')) {
		const char *from = at;
		const char *to = at + 1;
		while (from > text && is_address_octet(from[-1])) {
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

/* "[at]", "(dot)" and the like as the character, without the blanks around. */
static char *
read_loose(const char *text)
{
	static const struct {
		const char *from;
		const char *to;
	} spellings[] = {
		{"(at)", "@"},  {"[at]", "@"},  {"{at}", "@"},   {"(dot)", "."},
		{"[dot]", "."}, {"{dot}", "."}, {"( at )", "@"}, {"[ at ]", "@"},
		{" @", "@"},    {"@ ", "@"},    {" . ", "."},
	};

	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *lower = g_ascii_strdown(text, -1);
	g_string_assign(out, lower);
	for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++) {
		g_string_replace(out, spellings[i].from, spellings[i].to, 0);
	}
	return g_strdup(out->str);
}

char *
trust_name_address(const char *display, TrustNotation notation)
{
	g_autofree char *tidy = trust_name_tidy(display);
	/* U+FF20 and U+FE6B are signs of address, too. */
	g_autofree char *flat = g_utf8_normalize(tidy, -1, G_NORMALIZE_NFKC);
	const char *text = flat == NULL ? tidy : flat;
	g_autofree char *loose = notation == TRUST_NOTATION_LOOSE ? read_loose(text) : NULL;
	return find_address(loose == NULL ? text : loose);
}
