/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SEARCH. The provider sees only what is outside of sealed messages. So it is asked as always, and
 * for the sealed messages alone the same question is asked of their views; what the provider said
 * of these does not count.
 */
#include "base/error.h"
#include "imap/search.h"
#include "proxy/imap_answer.h"
#include <stdio.h>

#define BATCH      20U      /* messages fetched at once */
#define FACTS      500U     /* messages whose flags are asked for at once */
#define NUMBERS    5000000U /* messages that a search finds */
#define CANDIDATES 50000U   /* sealed messages of a mailbox that are searched */
#define CMS_FIELD  "HEADER Content-Type pkcs7-mime"

/* One SEARCH command while it is answered. */
typedef struct {
	ImapSession *session;
	const ImapSearch *search;
	const char *tag;
	bool uid;
	GArray *found;      /* guint32: numbers that the provider found */
	GHashTable *ours;   /* number -> 1 + whether its view matches: what we found */
	GHashTable *sealed; /* number -> ImapSearchFacts, message NULL */
	char *suffix;       /* "(MODSEQ 5)" of its answer; NULL if none */
	guint32 last_uid;
	guint32 n_messages;
	GError *error;
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
	g_clear_error(&searching->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Searching, searching_clear)

/* "* SEARCH 2 5 9 (MODSEQ 917162500)" (RFC 7162 section 3.1.5); numbers that are none are left out.
 */
static void
read_numbers(BaseBytes rest, GArray *into, guint max, char **suffix)
{
	rest = base_bytes_trim(rest);
	while (rest.n > 0 && rest.p[0] != '(' && into->len <= max) {
		guint64 number = 0;
		size_t n = 0;
		for (; n < rest.n && g_ascii_isdigit(rest.p[n]); n++) {
			number = MIN(number * 10 + (guint64)(rest.p[n] - '0'), G_MAXUINT32 + 1ULL);
		}
		if (number > 0 && number <= G_MAXUINT32) {
			guint32 value = (guint32)number;
			g_array_append_val(into, value);
		}
		rest = base_bytes_slice(rest, MAX(n, 1), SIZE_MAX);
	}
	if (rest.n > 0 && rest.p[0] == '(' && suffix != NULL) {
		g_free(*suffix);
		*suffix = base_bytes_strdup(rest);
	}
}

static bool
take_numbers(void *user, BaseBytes octets, const ImapResponse *response)
{
	(void)octets;
	if (strcmp(response->name, "SEARCH") != 0) {
		return false;
	}
	read_numbers(response->rest, user, CANDIDATES, NULL);
	return true;
}

/* The sealed messages of the mailbox. Those known from an earlier SEARCH are not looked for again.
 */
static bool
find_sealed(Searching *searching, GArray *numbers, GError **error)
{
	ImapSession *session = searching->session;
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autofree char *command = searching->uid
					   ? g_strdup_printf("UID SEARCH UID %u:* " CMS_FIELD,
							     session->sealed_until + 1)
					   : g_strdup("SEARCH " CMS_FIELD);
	if (!imap_ask(session, command, take_numbers, numbers, line, error)) {
		return false;
	}
	if (!searching->uid || numbers->len > CANDIDATES) {
		return true;
	}
	for (guint i = 0; i < numbers->len; i++) {
		guint32 uid = g_array_index(numbers, guint32, i);
		g_hash_table_add(session->sealed, GUINT_TO_POINTER(uid));
		session->sealed_until = MAX(session->sealed_until, uid);
	}
	g_array_set_size(numbers, 0);
	GHashTableIter iter;
	gpointer key = NULL;
	for (g_hash_table_iter_init(&iter, session->sealed);
	     g_hash_table_iter_next(&iter, &key, NULL);) {
		guint32 uid = GPOINTER_TO_UINT(key);
		g_array_append_val(numbers, uid);
	}
	return true;
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

/* "17-Jul-1996 02:44:25 -0700" in quotes: the day as written, and the moment. */
static void
read_date(const char *text, ImapSearchFacts *facts)
{
	static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun",
					     "jul", "aug", "sep", "oct", "nov", "dec"};
	char name[4] = "";
	int day = 0;
	int year = 0;
	int hour = 0;
	int minute = 0;
	int second = 0;
	int zone = 0;
	if (text == NULL || sscanf(text, "\"%2d-%3[A-Za-z]-%4d %2d:%2d:%2d %5d", &day, name, &year,
				   &hour, &minute, &second, &zone) != 7) {
		return;
	}
	g_autofree char *lower = g_ascii_strdown(name, -1);
	GDateMonth month = G_DATE_BAD_MONTH;
	for (guint i = 0; i < G_N_ELEMENTS(months); i++) {
		month = strcmp(months[i], lower) == 0 ? (GDateMonth)(i + 1) : month;
	}
	if (!g_date_valid_dmy((GDateDay)day, month, (GDateYear)year)) {
		return;
	}
	g_autoptr(GDate) date = g_date_new_dmy((GDateDay)day, month, (GDateYear)year);
	g_autoptr(GDateTime) time =
		g_date_time_new_utc(year, (int)month, day, hour, minute, (double)second);
	int offset = (zone / 100) * 3600 + (zone % 100) * 60;
	facts->day = g_date_get_julian(date);
	facts->internal_date = time == NULL ? 0 : g_date_time_to_unix(time) - offset;
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
	g_autofree char *date = text_of(&fetched, "INTERNALDATE");
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
	read_date(date, facts);
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

/* Few enough for a command that any server reads (RFC 7162 section 4: 8192 octets). */
static bool
fetch_facts_of(Searching *searching, const GArray *numbers, guint from, GError **error)
{
	g_autoptr(ImapSet) set = imap_set_new();
	for (guint i = from; i < MIN(from + FACTS, numbers->len); i++) {
		imap_set_add(set, g_array_index(numbers, guint32, i));
	}
	g_autofree char *text = imap_set_to_string(set);
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autofree char *command = g_strdup_printf(
		"%sFETCH %s (UID FLAGS INTERNALDATE%s)", searching->uid ? "UID " : "", text,
		imap_offers(searching->session, "CONDSTORE") ? " MODSEQ" : "");
	return imap_ask(searching->session, command, take_facts, searching, line, error);
}

static bool
fetch_facts(Searching *searching, const GArray *numbers, GError **error)
{
	for (guint from = 0; from < numbers->len; from += FACTS) {
		if (!fetch_facts_of(searching, numbers, from, error)) {
			return false;
		}
	}
	g_autoptr(GByteArray) line = g_byte_array_new();
	const char *last = searching->uid ? "UID FETCH * (UID)" : "FETCH * (UID)";
	return imap_ask(searching->session, last, take_last, searching, line, error);
}

/* The provider's word about a message that is shown as it is stays; about others ours counts. */
static bool
decide(Searching *searching, ImapSearchFacts *facts, const View *view, GError **error)
{
	if (view->content == NULL) {
		return true;
	}
	g_autoptr(ImapMessage) message = imap_message_new(view->content, error);
	if (message == NULL) {
		return false;
	}
	gpointer number = GUINT_TO_POINTER(searching->uid ? facts->uid : facts->seq);
	const char *keyword = views_keyword(view->summary);
	if (keyword != NULL) {
		g_hash_table_add(facts->flags, g_ascii_strdown(keyword, -1));
	}
	facts->message = message;
	facts->n_messages = searching->n_messages;
	facts->last_uid = searching->last_uid;
	guint matches = imap_search_matches(searching->search, facts) ? 1 : 0;
	g_hash_table_insert(searching->ours, number, GUINT_TO_POINTER(matches + 1));
	facts->message = NULL;
	return true;
}

static bool
take_message(void *user, BaseBytes octets, const ImapResponse *response)
{
	Searching *searching = user;
	ImapSession *session = searching->session;
	g_auto(ImapFetched) fetched = {0};
	if (strcmp(response->name, "FETCH") != 0 || !imap_fetched_parse(octets, &fetched)) {
		return false;
	}
	const ImapFetchedItem *item = imap_fetched_find(&fetched, "BODY[]<0>");
	if (item == NULL) {
		return false;
	}
	guint32 uid = imap_uid_of(&fetched);
	guint32 number = searching->uid ? uid : fetched.seq;
	ImapSearchFacts *facts = g_hash_table_lookup(searching->sealed, GUINT_TO_POINTER(number));
	g_autoptr(GBytes) whole = imap_fetched_octets(item);
	if (facts == NULL || facts->uid != uid || whole == NULL) {
		return true;
	}
	if (g_bytes_get_size(whole) < IMAP_SEALED_MAX && searching->error == NULL) {
		g_autofree char *place = imap_place(session, facts->uid);
		g_autoptr(View) view = views_make(house_views(session->house), session->house,
						  session->login, place, whole);
		(void)decide(searching, facts, view, &searching->error);
	}
	return true;
}

static bool
fetch_and_decide(Searching *searching, const ImapSet *set, GError **error)
{
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autofree char *numbers = imap_set_to_string(set);
	g_autofree char *command =
		g_strdup_printf("%sFETCH %s (UID BODY.PEEK[]<0.%u>)", searching->uid ? "UID " : "",
				numbers, IMAP_SEALED_MAX);
	if (!imap_ask(searching->session, command, take_message, searching, line, error)) {
		return false;
	}
	if (searching->error != NULL) {
		g_propagate_error(error, g_steal_pointer(&searching->error));
		return false;
	}
	return true;
}

/* Asks the views of all sealed messages. */
static bool
ask_views(Searching *searching, GError **error)
{
	ImapSession *session = searching->session;
	g_autoptr(ImapSet) missing = imap_set_new();
	guint n_missing = 0;
	g_autoptr(GList) all = g_hash_table_get_values(searching->sealed);
	for (GList *link = all; link != NULL; link = link->next) {
		ImapSearchFacts *facts = link->data;
		g_autofree char *place = imap_place(session, facts->uid);
		g_autoptr(View) view = views_find(house_views(session->house), place);
		if (view != NULL) {
			if (!decide(searching, facts, view, error)) {
				return false;
			}
			continue;
		}
		imap_set_add(missing, searching->uid ? facts->uid : facts->seq);
		n_missing++;
		if (n_missing < BATCH && link->next != NULL) {
			continue;
		}
		if (!fetch_and_decide(searching, missing, error)) {
			return false;
		}
		imap_set_free(missing);
		missing = imap_set_new();
		n_missing = 0;
	}
	return n_missing == 0 || fetch_and_decide(searching, missing, error);
}

/* The mail program's own command, its tagged response in @line. */
static bool
ask_provider(Searching *searching, BaseBytes octets, GByteArray *line, GError **error)
{
	ImapSession *session = searching->session;
	bool refused = false;
	if (!imap_send(session, octets, &refused, error)) {
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
			read_numbers(response.rest, searching->found, NUMBERS, &searching->suffix);
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

static int
by_number(gconstpointer a, gconstpointer b)
{
	guint32 x = *(const guint32 *)a;
	guint32 y = *(const guint32 *)b;
	return x < y ? -1 : x > y;
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
	return ask_views(searching, error) && tell(searching, line, error);
}

bool
imap_search(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	g_autoptr(ImapSearch) search = imap_search_parse(command->args, NULL);
	bool plain = !session->opens || (search != NULL && !imap_search_asks_content(search) &&
					 base_bytes_find_nocase(octets, IMAP_KEYWORDS) == SIZE_MAX);
	if (plain) {
		return imap_forward(session, command, octets, error);
	}
	/* Only we know these keywords: the provider is asked for others, which nobody has. */
	bool keyword = base_bytes_find_nocase(octets, IMAP_KEYWORDS) != SIZE_MAX;
	g_auto(Searching) searching = {
		.session = session,
		.search = search,
		.tag = command->tag,
		.uid = command->uid,
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
	if (!imap_drain(session, error) || !find_sealed(&searching, numbers, error)) {
		return false;
	}
	if (numbers->len == 0) {
		return imap_forward(session, command, octets, error);
	}
	if (search == NULL || numbers->len > CANDIDATES || imap_search_is_extended(search)) {
		return imap_reply(session, command->tag,
				  "NO [CANNOT] This search does not see into sealed messages",
				  error);
	}
	return run(&searching, octets, numbers, error);
}
