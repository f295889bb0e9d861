/* SPDX-License-Identifier: MPL-2.0 */
/* Sequence sets: sorted ranges, and what reaches to "*" apart. */
#include "imap/set.h"

#include "imap/token.h"

#define RANGES_MAX 100000U

typedef struct {
	guint32 from;
	guint32 to;
} Range;

/* Sorted, apart from each other, once `tidy` is set. */
typedef struct {
	GArray *ranges;
	bool tidy;
} Ranges;

/*
 * "n:*" is everything between n and the last number, whichever is larger; all of them together are
 * everything between the smallest n and the last, and between the last and the largest n. "*" alone
 * has no n: then `open_from` is the largest number and `open_to` 0.
 */
struct ImapSet {
	Ranges *fixed;
	bool open;
	guint32 open_from;
	guint32 open_to;
};

ImapSet *
imap_set_new(void)
{
	ImapSet *set = g_new0(ImapSet, 1);
	set->fixed = g_new0(Ranges, 1);
	set->fixed->ranges = g_array_new(FALSE, FALSE, sizeof(Range));
	set->fixed->tidy = true;
	set->open_from = G_MAXUINT32;
	return set;
}

void
imap_set_free(ImapSet *set)
{
	if (set == NULL) {
		return;
	}
	g_array_unref(set->fixed->ranges);
	g_free(set->fixed);
	g_free(set);
}

static Range *
last_of(const Ranges *ranges)
{
	guint n = ranges->ranges->len;
	return n == 0 ? NULL : &g_array_index(ranges->ranges, Range, n - 1);
}

/* Whether @b, which does not begin before @a, overlaps it or follows at once. */
static bool
touches(const Range *a, const Range *b)
{
	return b->from <= a->to || b->from - a->to == 1;
}

static void
add_range(Ranges *ranges, Range range)
{
	Range *last = last_of(ranges);

	if (last != NULL && range.from >= last->from && touches(last, &range)) {
		last->to = MAX(last->to, range.to);
		return;
	}
	ranges->tidy = ranges->tidy && (last == NULL || range.from > last->to);
	g_array_append_val(ranges->ranges, range);
}

static gint
by_from(gconstpointer a, gconstpointer b)
{
	guint32 x = ((const Range *)a)->from;
	guint32 y = ((const Range *)b)->from;
	return (x > y) - (x < y);
}

static const GArray *
tidied(const ImapSet *set)
{
	Ranges *ranges = set->fixed;

	if (!ranges->tidy) {
		GArray *untidy = ranges->ranges;
		g_array_sort(untidy, by_from);
		ranges->ranges = g_array_new(FALSE, FALSE, sizeof(Range));
		ranges->tidy = true;
		for (guint i = 0; i < untidy->len; i++) {
			add_range(ranges, g_array_index(untidy, Range, i));
		}
		g_array_unref(untidy);
	}
	return ranges->ranges;
}

void
imap_set_add(ImapSet *set, guint32 number)
{
	add_range(set->fixed, (Range){number, number});
}

/* seq-number = nz-number / "*"; 0 stands for "*" */
static bool
take_number(BaseBytes *rest, guint32 *out)
{
	uint64_t number = 0;

	if (!imap_take_octet(rest, '*') &&
	    (!imap_take_number(rest, G_MAXUINT32, &number) || number == 0)) {
		return false;
	}
	*out = (guint32)number;
	return true;
}

/* seq-number / seq-range = seq-number ":" seq-number, in any order */
static bool
take_range(BaseBytes *rest, ImapSet *set)
{
	guint32 a = 0;
	guint32 b = 0;

	if (!take_number(rest, &a)) {
		return false;
	}
	b = a;
	if (imap_take_octet(rest, ':') && !take_number(rest, &b)) {
		return false;
	}
	if (a != 0 && b != 0) {
		add_range(set->fixed, (Range){MIN(a, b), MAX(a, b)});
		return true;
	}
	guint32 n = MAX(a, b);
	set->open = true;
	set->open_from = n == 0 ? set->open_from : MIN(set->open_from, n);
	set->open_to = MAX(set->open_to, n);
	return true;
}

/* sequence-set = (seq-number / seq-range) *("," (seq-number / seq-range)) */
ImapSet *
imap_set_parse(BaseBytes text, GError **error)
{
	g_autoptr(ImapSet) set = imap_set_new();
	BaseBytes rest = text;

	do {
		if (!take_range(&rest, set)) {
			return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
					      "the set of numbers is broken");
		}
		if (set->fixed->ranges->len > RANGES_MAX) {
			return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "the set has over %u ranges",
					      RANGES_MAX);
		}
	} while (imap_take_octet(&rest, ','));
	if (rest.n > 0) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "the set of numbers is broken");
	}
	return g_steal_pointer(&set);
}

bool
imap_set_contains(const ImapSet *set, guint32 number, guint32 last)
{
	if (set->open && number >= MIN(set->open_from, last) && number <= MAX(set->open_to, last)) {
		return true;
	}
	const GArray *ranges = tidied(set);
	guint low = 0;
	guint high = ranges->len;
	while (low < high) {
		guint middle = low + (high - low) / 2;
		const Range *range = &g_array_index(ranges, Range, middle);
		if (number < range->from) {
			high = middle;
		} else if (number > range->to) {
			low = middle + 1;
		} else {
			return true;
		}
	}
	return false;
}

bool
imap_set_is_empty(const ImapSet *set)
{
	return !set->open && set->fixed->ranges->len == 0;
}

static void
append_open(const ImapSet *set, GString *out)
{
	const char *comma = out->len > 0 ? "," : "";

	if (set->open_to == 0) {
		g_string_append_printf(out, "%s*", comma);
		return;
	}
	g_string_append_printf(out, "%s%u:*", comma, set->open_from);
	if (set->open_to != set->open_from) {
		g_string_append_printf(out, ",%u:*", set->open_to);
	}
}

char *
imap_set_to_string(const ImapSet *set)
{
	GString *out = g_string_new(NULL);
	const GArray *ranges = tidied(set);

	for (guint i = 0; i < ranges->len; i++) {
		const Range *range = &g_array_index(ranges, Range, i);
		g_string_append_printf(out, "%s%u", i > 0 ? "," : "", range->from);
		if (range->to > range->from) {
			g_string_append_printf(out, ":%u", range->to);
		}
	}
	if (set->open) {
		append_open(set, out);
	}
	return g_string_free(out, FALSE);
}
