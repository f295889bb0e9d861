/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SEARCH. The provider sees only what is outside of sealed messages. So it is asked as always, and
 * for the sealed messages alone the same question is asked of their views; what the provider said
 * of these does not count.
 */
#include "base/error.h"
#include "imap/date.h"
#include "imap/search.h"
#include "proxy/imap_answer.h"

#define NUMBERS 5000000U /* messages that a search finds */
#define STATUS  "Postseal-Status"

/* One SEARCH command while it is answered. */
typedef struct {
	ImapSession *session;
	const ImapSearch *search;
	const char *tag;
	bool uid;
	bool keyword;       /* it asks for one that only we know */
	GArray *found;      /* guint32: numbers that the provider found */
	GHashTable *ours;   /* number -> 1 + whether its view matches: what we found */
	GHashTable *sealed; /* number -> ImapSearchFacts, message NULL */
	bool later;         /* a message cannot be opened now */
	char *suffix;       /* "(MODSEQ 5)" of its answer; NULL if none */
	guint32 last_uid;
	guint32 n_messages;
} Searching;

static void
facts_free(gpointer data)
{
	ImapSearchFacts *facts = data;
	g_hash_table_unref(facts->flags);
	g_free(facts);
}

static void
searching_clear(Searching *searching)
{
	g_array_unref(searching->found);
	g_hash_table_unref(searching->ours);
	g_hash_table_unref(searching->sealed);
	g_free(searching->suffix);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Searching, searching_clear)

/* Where all messages are marked, a search that sees the mark is about the views of all. */
static bool
sees_marks(const Searching *searching)
{
	return views_marks(searching->session->login) &&
	       (searching->search == NULL || imap_search_asks_field(searching->search, STATUS));
}

/* Whose views are to be asked. */
static bool
find_candidates(const Searching *searching, GArray *numbers, GError **error)
{
	ImapSession *session = searching->session;
	bool all = sees_marks(searching);
	/* Signed messages have keywords, too, and are not found by their type alone. */
	return imap_find_candidates(session, searching->uid, all, numbers, error) &&
	       (!searching->keyword || imap_find_known(session, searching->uid, numbers, error));
}

static char *
text_of(const ImapFetched *fetched, const char *name)
{
	const ImapFetchedItem *item = imap_fetched_find(fetched, name);
	return item == NULL ? NULL : base_bytes_strdup(item->value);
}

static guint64
number_of(const char *text)
{
	while (text != NULL && *text != '\0' && !g_ascii_isdigit(*text)) {
		text++;
	}
	return text == NULL ? 0 : g_ascii_strtoull(text, NULL, 10);
}

static GHashTable *
flags_of(const char *list)
{
	GHashTable *flags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *lower = g_ascii_strdown(list == NULL ? "" : list, -1);
	g_auto(GStrv) words = g_strsplit_set(lower, "() ", -1);
	for (guint i = 0; words[i] != NULL; i++) {
		if (words[i][0] != '\0') {
			g_hash_table_add(flags, g_strdup(words[i]));
		}
	}
	return flags;
}

static bool
take_facts(void *user, BaseBytes octets, const ImapResponse *response)
{
	Searching *searching = user;
	g_auto(ImapFetched) fetched = {0};
	if (strcmp(response->name, "FETCH") != 0 || !imap_fetched_parse(octets, &fetched)) {
		return false;
	}
	g_autofree char *flags = text_of(&fetched, "FLAGS");
	const ImapFetchedItem *date = imap_fetched_find(&fetched, "INTERNALDATE");
	g_autofree char *modseq = text_of(&fetched, "MODSEQ");
	guint32 uid = imap_uid_of(&fetched);
	if (uid == 0 || date == NULL) {
		return date != NULL;
	}
	ImapSearchFacts *facts = g_new0(ImapSearchFacts, 1);
	facts->seq = fetched.seq;
	facts->uid = uid;
	facts->flags = flags_of(flags);
	facts->modseq = number_of(modseq);
	facts->now = g_get_real_time() / G_USEC_PER_SEC;
	BaseBytes text = base_bytes_slice(date->value, 1, date->value.n - MIN(date->value.n, 2));
	(void)imap_date_parse_internal(text, &facts->day, &facts->internal_date);
	guint32 number = searching->uid ? facts->uid : facts->seq;
	g_hash_table_replace(searching->sealed, GUINT_TO_POINTER(number), facts);
	return true;
}

/* "*" of sequence sets. */
static bool
take_last(void *user, BaseBytes octets, const ImapResponse *response)
{
	Searching *searching = user;
	g_auto(ImapFetched) fetched = {0};
	if (strcmp(response->name, "FETCH") != 0 || !imap_fetched_parse(octets, &fetched)) {
		return false;
	}
	searching->n_messages = fetched.seq;
	searching->last_uid = imap_uid_of(&fetched);
	return true;
}

static bool
fetch_facts_of(Searching *searching, const GArray *numbers, guint from, GError **error)
{
	g_autofree char *text = imap_some_of(numbers, from);
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autofree char *command = g_strdup_printf(
		"%sFETCH %s (UID FLAGS INTERNALDATE%s)", searching->uid ? "UID " : "", text,
		imap_offers(searching->session, "CONDSTORE") ? " MODSEQ" : "");
	return imap_ask(searching->session, command, take_facts, searching, line, error);
}

static bool
fetch_facts(Searching *searching, const GArray *numbers, GError **error)
{
	for (guint from = 0; from < numbers->len; from += IMAP_SOME) {
		if (!fetch_facts_of(searching, numbers, from, error)) {
			return false;
		}
	}
	g_autoptr(GByteArray) line = g_byte_array_new();
	const char *last = searching->uid ? "UID FETCH * (UID)" : "FETCH * (UID)";
	return imap_ask(searching->session, last, take_last, searching, line, error);
}

/* By what is shown of the message; @shown NULL: its content is not asked about. What was found of
 * it is known since the view was made, or it was learned from. What cannot be read stays with the
 * provider's word. */
static void
decide(Searching *searching, ImapSearchFacts *facts, GBytes *shown)
{
	ImapSession *session = searching->session;
	g_autoptr(ImapMessage) message = shown == NULL ? NULL : imap_message_new(shown, NULL);
	if (shown != NULL && message == NULL) {
		return;
	}
	g_autofree char *place = imap_place(session, facts->uid);
	PsSummary summary = PS_SUMMARY_UNPROTECTED;
	if (views_summary(house_views(session->house), place, &summary)) {
		g_hash_table_add(facts->flags, g_ascii_strdown(views_keyword(summary), -1));
	}
	facts->message = message;
	facts->n_messages = searching->n_messages;
	facts->last_uid = searching->last_uid;
	gpointer number = GUINT_TO_POINTER(searching->uid ? facts->uid : facts->seq);
	guint matches = imap_search_matches(searching->search, facts) ? 1 : 0;
	g_hash_table_insert(searching->ours, number, GUINT_TO_POINTER(matches + 1));
	facts->message = NULL;
}

static int
by_number(gconstpointer a, gconstpointer b)
{
	guint32 x = *(const guint32 *)a;
	guint32 y = *(const guint32 *)b;
	return x < y ? -1 : x > y;
}

static bool
take_message(void *user, const ImapWhole *whole, G_GNUC_UNUSED GError **error)
{
	Searching *searching = user;
	guint32 number = searching->uid ? whole->uid : whole->seq;
	ImapSearchFacts *facts = g_hash_table_lookup(searching->sealed, GUINT_TO_POINTER(number));
	if (facts == NULL || facts->uid != whole->uid) {
		return true;
	}
	g_autoptr(View) view = imap_view_of(searching->session, whole);
	GBytes *shown = view == NULL ? NULL : view->content;
	searching->later = searching->later || (view != NULL && view->later);
	shown = shown == NULL && searching->keyword ? whole->octets : shown;
	if (shown != NULL) {
		decide(searching, facts, shown);
	}
	return true;
}

/*
 * The provider's word about a message that is shown as it is stays, unless the search is about a
 * keyword; about others ours counts. What is needed and not here is left in @missing.
 */
static void
ask_view(Searching *searching, ImapSearchFacts *facts, GArray *missing)
{
	Views *views = house_views(searching->session->house);
	g_autofree char *place = imap_place(searching->session, facts->uid);
	g_autoptr(View) view = views_find(views, place);
	PsSummary summary;
	if (!imap_search_asks_content(searching->search) && views_summary(views, place, &summary)) {
		decide(searching, facts, NULL);
	} else if (view != NULL && view->content != NULL) {
		decide(searching, facts, view->content);
	} else if (view == NULL || searching->keyword) {
		guint32 number = searching->uid ? facts->uid : facts->seq;
		g_array_append_val(missing, number);
	}
}

static bool
ask_views(Searching *searching, GError **error)
{
	g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(guint32));
	GHashTableIter iter;
	gpointer facts = NULL;
	for (g_hash_table_iter_init(&iter, searching->sealed);
	     g_hash_table_iter_next(&iter, NULL, &facts);) {
		ask_view(searching, facts, missing);
	}
	g_array_sort(missing, by_number);
	ImapWholes wholes = {searching->session, searching->uid, IMAP_SEALED_MAX, take_message,
			     searching};
	return imap_fetch_wholes(&wholes, missing, error);
}

/* The mail program's own command, its tagged response in @line. */
static bool
ask_provider(Searching *searching, BaseBytes octets, GByteArray *line, GError **error)
{
	ImapSession *session = searching->session;
	bool refused = false;
	if (!imap_send_alone(session, searching->tag, octets, &refused, error)) {
		return false;
	}
	while (!refused) {
		ImapResponse response;
		g_byte_array_set_size(line, 0);
		if (!wire_line(session->server, line, WIRE_RESPONSE_MAX, error)) {
			return false;
		}
		imap_response_parse(base_bytes_of_array(line), &response);
		if (response.kind == IMAP_TAGGED) {
			return imap_check_tag(&response, searching->tag, error);
		}
		if (strcmp(response.name, "SEARCH") == 0) {
			imap_read_numbers(response.rest, searching->found, NUMBERS,
					  &searching->suffix);
			if (searching->found->len > NUMBERS) {
				return base_fail(error, PS_ERROR_LIMIT,
						 "a search finds too many messages");
			}
		} else if (!imap_relay_response(session, line, &response, error)) {
			return false;
		}
	}
	g_byte_array_set_size(line, 0);
	return true;
}

/* What the provider found without the messages that we looked at, and of these what we found. */
static GArray *
merged(const Searching *searching)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(guint32));
	for (guint i = 0; i < searching->found->len; i++) {
		guint32 number = g_array_index(searching->found, guint32, i);
		if (!g_hash_table_contains(searching->ours, GUINT_TO_POINTER(number))) {
			g_array_append_val(all, number);
		}
	}
	GHashTableIter iter;
	gpointer key = NULL;
	gpointer value = NULL;
	for (g_hash_table_iter_init(&iter, searching->ours);
	     g_hash_table_iter_next(&iter, &key, &value);) {
		guint32 number = GPOINTER_TO_UINT(key);
		if (GPOINTER_TO_UINT(value) == 2) {
			g_array_append_val(all, number);
		}
	}
	g_array_sort(all, by_number);
	return all;
}

static bool
tell(Searching *searching, const GByteArray *line, GError **error)
{
	NetConn *client = searching->session->client;
	g_autoptr(GArray) numbers = merged(searching);
	bool done = net_conn_write_str(client, "* SEARCH", error);
	for (guint i = 0; done && i < numbers->len; i++) {
		done = net_conn_print(client, error, " %u", g_array_index(numbers, guint32, i));
	}
	const char *suffix = searching->suffix;
	return done && (suffix == NULL || net_conn_print(client, error, " %s", suffix)) &&
	       net_conn_write_str(client, "\r\n", error) &&
	       net_conn_write(client, base_bytes_of_array(line), error);
}

static bool
run(Searching *searching, BaseBytes octets, const GArray *numbers, GError **error)
{
	ImapResponse response;
	g_autoptr(GByteArray) line = g_byte_array_new();
	if (!fetch_facts(searching, numbers, error) ||
	    !ask_provider(searching, octets, line, error)) {
		return false;
	}
	if (line->len == 0) {
		return true;
	}
	imap_response_parse(base_bytes_of_array(line), &response);
	if (strcmp(response.name, "OK") != 0) {
		return net_conn_write(searching->session->client, base_bytes_of_array(line), error);
	}
	if (!ask_views(searching, error)) {
		return false;
	}
	return searching->later ? imap_reply(searching->session, searching->tag, IMAP_LATER, error)
				: tell(searching, line, error);
}

bool
imap_search(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	g_autoptr(ImapSearch) search = imap_search_parse(command->args, NULL);
	/* Only we know these keywords: the provider is asked for others, which nobody has. */
	bool keyword = base_bytes_find_nocase(octets, IMAP_KEYWORDS) != SIZE_MAX;
	if (!session->opens || (search != NULL && !imap_search_asks_content(search) && !keyword)) {
		return imap_forward(session, command, octets, error);
	}
	g_auto(Searching) searching = {
		.session = session,
		.search = search,
		.tag = command->tag,
		.uid = command->uid,
		.keyword = keyword,
		.found = g_array_new(FALSE, FALSE, sizeof(guint32)),
		.ours = g_hash_table_new(NULL, NULL),
		.sealed = g_hash_table_new_full(NULL, NULL, NULL, facts_free),
	};
	g_autoptr(GByteArray) asked = g_byte_array_new();
	g_byte_array_append(asked, octets.p, (guint)octets.n);
	if (keyword) {
		imap_defuse(asked);
	}
	octets = base_bytes_of_array(asked);
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
	if (!imap_drain(session, error) || !find_candidates(&searching, numbers, error)) {
		return false;
	}
	if (numbers->len == 0) {
		return imap_forward(session, command, octets, error);
	}
	if (search == NULL || numbers->len > IMAP_CANDIDATES || imap_search_is_extended(search)) {
		return imap_reply(session, command->tag,
				  "NO [CANNOT] This search does not see into sealed messages",
				  error);
	}
	return run(&searching, octets, numbers, error);
}
