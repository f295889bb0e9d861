/* SPDX-License-Identifier: MPL-2.0 */
#include "trust/lookalike_compare.h"

#include <string.h>

/*
 * Below these lengths ordinary names come too close to each other (cnn and cnet, modem and modern).
 * Letters of the shorter label, hyphens not counted.
 */
#define MIN_CONFUSABLE_UNICODE 3 /* a letter that only looks Latin is no accident */
#define MIN_CONFUSABLE_DIGIT   4
#define MIN_OTHER_SUFFIX       5 /* confusable, and the suffix is another as well */
#define MIN_LOOSE              6
#define MIN_HYPHEN             7
#define MIN_COARSE             8
#define MIN_COARSE_UNICODE     4
#define MIN_COARSE_SHARE       3 /* one letter in so many may differ */
#define MIN_TOKEN              4 /* an edit in tu-berlin is hu-berlin */
#define MIN_SUFFIX             6

#define LABEL_MAX              255

/* Everybody's choice, and often owned by somebody else in good faith. */
static const char *const generic_suffixes[] = {"com", "net", "org", "edu", "gov", "int", "mil"};
/* Two letters, but sold as anything but a country. */
static const char *const sold_suffixes[] = {"ac", "ai", "cc", "cf", "cm", "co", "fm", "ga",
					    "gg", "gq", "io", "la", "me", "ml", "om", "pw",
					    "sh", "st", "tk", "to", "tv", "vc", "ws"};

static bool
is_one_of(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], text) == 0) {
			return true;
		}
	}
	return false;
}

static const char *
top(const TrustDomain *domain)
{
	const char *dot = strrchr(domain->suffix, '.');
	return dot == NULL ? domain->suffix : dot + 1;
}

/* Given to schools only; their names are short and alike. */
static bool
is_academic(const TrustDomain *domain)
{
	return g_str_has_prefix(domain->suffix, "ac.") ||
	       g_str_has_prefix(domain->suffix, "edu.") || strcmp(domain->suffix, "edu") == 0;
}

static bool
is_country(const TrustDomain *domain)
{
	const char *last = top(domain);
	const char *dot = strchr(domain->suffix, '.');
	bool second = dot == NULL || (strchr(dot + 1, '.') == NULL && dot - domain->suffix <= 3);
	return second && strlen(last) == 2 &&
	       (dot != NULL || !is_one_of(last, sold_suffixes, G_N_ELEMENTS(sold_suffixes)));
}

bool
trust_domain_family(const TrustDomain *a, const TrustDomain *b)
{
	bool one = is_country(a) || strcmp(a->suffix, "com") == 0;
	return one && (is_country(b) || strcmp(b->suffix, "com") == 0);
}

unsigned
trust_edits(const char *a, const char *b, unsigned limit)
{
	size_t n = strlen(a);
	size_t m = strlen(b);
	unsigned rows[3][LABEL_MAX + 1];
	if (MAX(n, m) > LABEL_MAX || MAX(n, m) - MIN(n, m) > limit) {
		return limit + 1;
	}
	for (unsigned j = 0; j <= m; j++) {
		rows[0][j] = j;
	}
	for (size_t i = 1; i <= n; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *before = rows[(i + 2) % 3];
		const unsigned *second = rows[(i + 1) % 3];
		unsigned least = row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = before[j - 1] + (a[i - 1] != b[j - 1]);
			best = MIN(best, MIN(before[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
				best = MIN(best, second[j - 2] + 1);
			}
			row[j] = best;
			least = MIN(least, best);
		}
		if (least > limit) {
			return limit + 1;
		}
	}
	return MIN(rows[n % 3][m], limit + 1);
}

/* Two texts that are one edit apart. */
typedef struct {
	size_t at; /* octets that begin both */
	bool swap;
	bool repetition;
	bool digits; /* one number in place of another */
} Edit;

static Edit
find_edit(const char *a, const char *b)
{
	Edit edit = {0};
	while (a[edit.at] != '\0' && a[edit.at] == b[edit.at]) {
		edit.at++;
	}
	size_t n = strlen(a);
	size_t m = strlen(b);
	const char *longer = n > m ? a : b;
	char added = longer[edit.at];
	char previous = longer[edit.at - MIN(edit.at, 1)]; /* itself if it is the first */
	edit.swap = n == m && a[edit.at + 1] != '\0' && a[edit.at] == b[edit.at + 1] &&
		    a[edit.at + 1] == b[edit.at];
	edit.repetition = n != m && edit.at > 0 && added == previous;
	edit.digits = g_ascii_isdigit(added) && (n == m ? g_ascii_isdigit(a[edit.at])
							: edit.at > 0 && g_ascii_isdigit(previous));
	return edit;
}

/* Letters of the part between hyphens that holds octet @at. */
static size_t
token_at(const char *label, size_t at)
{
	size_t from = MIN(at, strlen(label));
	while (from > 0 && label[from - 1] != '-') {
		from--;
	}
	return strcspn(label + from, "-");
}

typedef struct {
	const TrustDomain *sender;
	const TrustDomain *original;
	TrustStanding standing;
	bool same_suffix;
	size_t n; /* letters of the shorter label */
} Pair;

static const char *
confusable(const Pair *pair)
{
	return pair->sender->mixed ? "mixed-script" : "confusable";
}

static const char *
check_confusable(const Pair *pair)
{
	bool unicode = pair->sender->international || pair->original->international;
	if (strcmp(pair->sender->label, pair->original->label) == 0) {
		return NULL;
	}
	if (strcmp(pair->sender->strict, pair->original->strict) == 0) {
		size_t least = unicode ? MIN_CONFUSABLE_UNICODE : MIN_CONFUSABLE_DIGIT;
		least = pair->same_suffix ? least : MIN_OTHER_SUFFIX;
		return pair->n >= least ? confusable(pair) : NULL;
	}
	bool loose = strcmp(pair->sender->loose, pair->original->loose) == 0;
	return loose && pair->same_suffix && pair->n >= MIN_LOOSE ? confusable(pair) : NULL;
}

static const char *
check_hyphen(const Pair *pair)
{
	return pair->same_suffix && pair->n >= MIN_HYPHEN &&
			       strcmp(pair->sender->strict, pair->original->strict) != 0 &&
			       strcmp(pair->sender->plain, pair->original->plain) == 0
		       ? "hyphen"
		       : NULL;
}

static const char *
check_edit(const Pair *pair)
{
	const char *sender = pair->sender->strict;
	const char *original = pair->original->strict;
	bool strong = pair->standing >= TRUST_STANDING_ESTABLISHED;
	bool near = pair->same_suffix ||
		    (pair->standing == TRUST_STANDING_IMITATED && pair->n >= MIN_HYPHEN);
	if (!near || is_academic(pair->sender) || trust_edits(sender, original, 1) != 1) {
		return NULL;
	}
	Edit edit = find_edit(sender, original);
	size_t least = (strong ? 6U : 7U) - (edit.swap ? 1U : 0U);
	if (pair->n < least || edit.digits || token_at(original, edit.at) < MIN_TOKEN) {
		return NULL;
	}
	return edit.swap ? "swap" : edit.repetition ? "repetition" : "edit";
}

static const char *
check_coarse(const Pair *pair)
{
	bool same = strcmp(pair->sender->coarse, pair->original->coarse) == 0 ||
		    strcmp(pair->sender->contracted, pair->original->contracted) == 0;
	size_t least = pair->sender->international ? MIN_COARSE_UNICODE : MIN_COARSE;
	/* Two letters for one count as two edits; that a mark is on one of them tells enough. */
	bool marked = pair->sender->international && pair->n > MIN_COARSE_UNICODE;
	unsigned limit = (unsigned)pair->n / MIN_COARSE_SHARE + (marked ? 1 : 0);
	if (!same || !pair->same_suffix || pair->n < least || is_academic(pair->sender)) {
		return NULL;
	}
	return trust_edits(pair->sender->strict, pair->original->strict, limit) <= limit
		       ? confusable(pair)
		       : NULL;
}

/* RFC 2606 section 3: example.com, .net and .org belong to nobody, so they imitate nobody. */
static bool
is_reserved(const Pair *pair)
{
	return strcmp(pair->sender->label, "example") == 0 &&
	       is_one_of(pair->sender->suffix, generic_suffixes, 3);
}

static const char *
check_suffix(const Pair *pair)
{
	size_t least = pair->standing == TRUST_STANDING_OWN ? MIN_SUFFIX - 1 : MIN_SUFFIX;
	bool generic =
		is_one_of(pair->sender->suffix, generic_suffixes, G_N_ELEMENTS(generic_suffixes)) &&
		is_one_of(pair->original->suffix, generic_suffixes, G_N_ELEMENTS(generic_suffixes));
	if (generic && pair->standing == TRUST_STANDING_ESTABLISHED) {
		return NULL;
	}
	bool strong = pair->standing >= TRUST_STANDING_ESTABLISHED &&
		      !trust_domain_family(pair->sender, pair->original) &&
		      !is_academic(pair->sender) && !is_reserved(pair);
	return strong && !pair->same_suffix && pair->n >= least &&
			       strcmp(pair->sender->label, pair->original->label) == 0
		       ? "suffix"
		       : NULL;
}

/* mueller.de and müller.de are spellings of one name. */
static bool
is_transcription(const TrustDomain *a, const TrustDomain *b)
{
	static const struct {
		const char *letter;
		const char *pair;
	} spellings[] = {{"\xc3\xa4", "ae"}, {"\xc3\xb6", "oe"}, {"\xc3\xbc", "ue"},
			 {"\xc3\xa5", "aa"}, {"\xc3\xb8", "oe"}, {"\xc3\xa6", "ae"},
			 {"\xc3\x9f", "ss"}};

	if (a->international == b->international) {
		return false;
	}
	g_autoptr(GString) text = g_string_new(a->international ? a->label : b->label);
	for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++) {
		g_string_replace(text, spellings[i].letter, spellings[i].pair, 0);
	}
	return strcmp(text->str, a->international ? b->label : a->label) == 0;
}

const char *
trust_domain_resembles(const TrustDomain *sender, const TrustDomain *original,
		       TrustStanding standing)
{
	static const char *(*const checks[])(const Pair *) = {
		check_confusable, check_hyphen, check_edit, check_coarse, check_suffix,
	};
	const Pair pair = {
		.sender = sender,
		.original = original,
		.standing = standing,
		.same_suffix = strcmp(sender->suffix, original->suffix) == 0,
		.n = MIN(strlen(sender->plain), strlen(original->plain)),
	};
	const char *trick = NULL;
	if (standing == TRUST_STANDING_NONE || strcmp(sender->domain, original->domain) == 0 ||
	    is_transcription(sender, original)) {
		return NULL;
	}
	for (size_t i = 0; trick == NULL && i < G_N_ELEMENTS(checks); i++) {
		trick = checks[i](&pair);
	}
	return trick;
}
