/* SPDX-License-Identifier: MPL-2.0 */
/* Asks a SEARCH program of one message. */
#include "imap/date.h"
#include "imap/fields.h"
#include "imap/message_private.h"
#include "imap/search_private.h"

static bool
has_flag(const ImapSearchFacts *facts, const char *name)
{
	return facts->flags != NULL && g_hash_table_contains(facts->flags, name);
}

/* The day of the first Date field; 0: there is none that can be read. */
static guint32
sent_day(const ImapMessage *message)
{
	BaseBytes header = imap_message_header(message);
	ImapField field;
	guint32 day = 0;
	while (imap_field_next(&header, &field)) {
		if (imap_field_is(&field, "Date")) {
			return imap_date_parse_field(field.value, &day) ? day : 0;
		}
	}
	return 0;
}

static bool
matches_sent(const SearchKey *key, const ImapSearchFacts *facts)
{
	guint32 day = sent_day(facts->message);
	if (day == 0) {
		return false;
	}
	return key->kind == SEARCH_SENTBEFORE ? day < key->number
	       : key->kind == SEARCH_SENTON   ? day == key->number
					      : day >= key->number;
}

static bool
matches_content(const SearchKey *key, const ImapSearchFacts *facts)
{
	if (facts->message == NULL) {
		return false;
	}
	switch ((guint)key->kind) {
	case SEARCH_LARGER:
		return imap_message_size(facts->message) > key->number;
	case SEARCH_SMALLER:
		return imap_message_size(facts->message) < key->number;
	case SEARCH_SENTBEFORE:
	case SEARCH_SENTON:
	case SEARCH_SENTSINCE:
		return matches_sent(key, facts);
	default:
		return imap_search_finds(key, facts->message);
	}
}

/* A key that holds no other keys. */
static bool
matches_leaf(const SearchKey *key, const ImapSearchFacts *facts)
{
	switch ((guint)key->kind) {
	case SEARCH_SEQUENCE:
		return imap_set_contains(key->set, facts->seq, facts->n_messages);
	case SEARCH_UID:
		return imap_set_contains(key->set, facts->uid, facts->last_uid);
	case SEARCH_SAVED:
		return true;
	case SEARCH_FLAG:
		return has_flag(facts, key->name);
	case SEARCH_BEFORE:
		return facts->day < key->number;
	case SEARCH_ON:
		return facts->day == key->number;
	case SEARCH_SINCE:
		return facts->day >= key->number;
	case SEARCH_OLDER:
		return (uint64_t)MAX(facts->now - facts->internal_date, 0) >= key->number;
	case SEARCH_YOUNGER:
		return facts->now - facts->internal_date <= (gint64)key->number;
	case SEARCH_MODSEQ:
		return facts->modseq >= key->number;
	default:
		return matches_content(key, facts);
	}
}

static bool matches(const ImapSearch *search, const SearchKey *key, const ImapSearchFacts *facts);

/* Whether a child is @value; those that look at the body are asked last. */
static bool
any_child_is(const ImapSearch *search, const SearchKey *key, const ImapSearchFacts *facts,
	     bool value)
{
	for (guint costly = 0; costly <= 1; costly++) {
		const SearchKey *child = search_key_at(search, key->child);
		for (; child != NULL; child = search_key_at(search, child->next)) {
			if (child->costly == (costly == 1) &&
			    matches(search, child, facts) == value) {
				return true;
			}
		}
	}
	return false;
}

/* As deep as the parser allowed. */
static bool
matches(const ImapSearch *search, const SearchKey *key, const ImapSearchFacts *facts)
{
	if (key->kind == SEARCH_OR) {
		return any_child_is(search, key, facts, true);
	}
	if (key->kind == SEARCH_AND) {
		return !any_child_is(search, key, facts, false);
	}
	if (key->kind == SEARCH_NOT) {
		return any_child_is(search, key, facts, false);
	}
	return matches_leaf(key, facts) != key->negated;
}

bool
imap_search_matches(const ImapSearch *search, const ImapSearchFacts *facts)
{
	return matches(search, search_key_at(search, 0), facts);
}
