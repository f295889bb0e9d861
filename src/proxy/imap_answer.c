/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/imap_answer.h"

#include "base/error.h"
#include "imap/message.h"
#include "imap/rewrite.h"
#include "imap/set.h"
#include "proxy/harvest.h"
#include "proxy/kind.h"

#define SIGNED_MAX   (256U << 10) /* of a signed message that nobody asked for */
#define SIGNED_COUNT 50U          /* of these for one command */
#define BATCH        20U          /* messages fetched at once */

/* A response about a sealed message that is not there. */
typedef struct {
	guint32 number; /* UID or sequence number, as the command counts */
	guint32 uid;
	GByteArray *octets;
	bool dropped;
	bool answered;
} Waiting;

static void
waiting_free(gpointer data)
{
	Waiting *waiting = data;
	g_byte_array_unref(waiting->octets);
	g_free(waiting);
}

void
imap_fetching_init(ImapFetching *fetching)
{
	fetching->waiting = g_ptr_array_new_with_free_func(waiting_free);
	fetching->signed_ = g_array_new(FALSE, FALSE, sizeof(guint32));
	fetching->again = imap_set_new();
}

void
imap_fetching_clear(ImapFetching *fetching)
{
	g_clear_pointer(&fetching->waiting, g_ptr_array_unref);
	g_clear_pointer(&fetching->signed_, g_array_unref);
	g_clear_pointer(&fetching->again, imap_set_free);
}

bool
imap_fetching_is_ours(const ImapFetching *fetching, const ImapFetched *fetched, BaseBytes name)
{
	bool witnessed = imap_fetched_find(fetched, IMAP_WITNESS_NAME) != NULL;
	if (fetching->plain) {
		return false;
	}
	if (fetching->witness && imap_fetched_is(name, IMAP_WITNESS_NAME)) {
		return true;
	}
	return fetching->added_uid && base_bytes_equal_nocase(name, BASE_LIT("UID")) &&
	       (witnessed || !fetching->witness);
}

guint32
imap_uid_of(const ImapFetched *fetched)
{
	const ImapFetchedItem *item = imap_fetched_find(fetched, "UID");
	g_autofree char *text = item == NULL ? NULL : base_bytes_strdup(item->value);
	guint64 uid = 0;
	bool good =
		text != NULL && g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT32, &uid, NULL);
	return good ? (guint32)uid : 0;
}

char *
imap_place(const ImapSession *session, guint32 uid)
{
	return views_place(session->login, session->mailbox, session->validity, uid);
}

bool
imap_write_value(ImapFetching *fetching, const ImapFetched *fetched, const ImapFetchedItem *item,
		 GError **error)
{
	if (!base_bytes_equal_nocase(item->name, BASE_LIT("FLAGS"))) {
		return net_conn_write(fetching->session->client, item->value, error);
	}
	g_autofree char *flags =
		imap_right_flags(fetching->session, imap_uid_of(fetched), item->value);
	return net_conn_write_str(fetching->session->client, flags, error);
}

/* --- One answer ----------------------------------------------------------------------------- */

/* Writes items with blanks between. */
typedef struct {
	ImapFetching *fetching;
	const ImapFetched *fetched;
	guint written;
} Answer;

static bool
separate(Answer *answer, GError **error)
{
	return answer->written++ == 0 ||
	       net_conn_write_str(answer->fetching->session->client, " ", error);
}

/* An item as the provider gave it. */
static bool
write_given(Answer *answer, const ImapFetchedItem *item, GError **error)
{
	NetConn *client = answer->fetching->session->client;
	return separate(answer, error) && net_conn_write(client, item->name, error) &&
	       net_conn_write_str(client, " ", error) &&
	       imap_write_value(answer->fetching, answer->fetched, item, error);
}

static bool
write_all_given(Answer *answer, GError **error)
{
	const GArray *items = answer->fetched->items;
	for (guint i = 0; i < items->len; i++) {
		const ImapFetchedItem *item = &g_array_index(items, ImapFetchedItem, i);
		if (!imap_fetching_is_ours(answer->fetching, answer->fetched, item->name) &&
		    !write_given(answer, item, error)) {
			return false;
		}
	}
	return true;
}

static bool
was_asked(const ImapFetching *fetching, BaseBytes name)
{
	for (guint i = 0; i < fetching->fetch->items->len; i++) {
		const ImapItem *item = g_ptr_array_index(fetching->fetch->items, i);
		if (base_bytes_equal_nocase(name, base_bytes_str(item->name))) {
			return true;
		}
	}
	return false;
}

/* Content from the view, the rest as the provider gave it; at the end what it told unasked, such as
 * new flags. */
static bool
write_view(Answer *answer, const View *view, GError **error)
{
	ImapFetching *fetching = answer->fetching;
	g_autoptr(ImapMessage) message = imap_message_new(view->content, error);
	if (message == NULL) {
		return false;
	}
	for (guint i = 0; i < fetching->fetch->items->len; i++) {
		const ImapItem *item = g_ptr_array_index(fetching->fetch->items, i);
		bool content = imap_item_is_content(item->kind);
		const ImapFetchedItem *given = imap_fetched_find(answer->fetched, item->name);
		bool done =
			content ? separate(answer, error) &&
					  imap_message_answer(
						  message, item,
						  net_conn_sink(fetching->session->client), error)
				: given == NULL || write_given(answer, given, error);
		if (!done) {
			return false;
		}
	}
	for (guint i = 0; i < answer->fetched->items->len; i++) {
		const ImapFetchedItem *item =
			&g_array_index(answer->fetched->items, ImapFetchedItem, i);
		if (!was_asked(fetching, item->name) &&
		    !imap_fetching_is_ours(fetching, answer->fetched, item->name) &&
		    !write_given(answer, item, error)) {
			return false;
		}
	}
	return true;
}

static bool
answer_with(ImapFetching *fetching, const ImapFetched *fetched, const View *view, guint32 seq,
	    GError **error)
{
	NetConn *client = fetching->session->client;
	Answer answer = {.fetching = fetching, .fetched = fetched};
	return net_conn_print(client, error, "* %u FETCH (", seq) &&
	       (view->content == NULL ? write_all_given(&answer, error)
				      : write_view(&answer, view, error)) &&
	       net_conn_write_str(client, ")\r\n", error);
}

/* The whole message, if the response holds it. */
static GBytes *
whole_message(const ImapFetched *fetched)
{
	const ImapFetchedItem *item = imap_fetched_find(fetched, "BODY[]");
	item = item == NULL ? imap_fetched_find(fetched, "RFC822") : item;
	return item == NULL ? NULL : imap_fetched_octets(item);
}

/* With its view; as the provider gave it, if it has none; or later, if something was dropped. */
static bool
answer(ImapFetching *fetching, const ImapHeld *held, const View *view, guint32 seq, GError **error)
{
	if (view->content == NULL && held->dropped) {
		imap_set_add(fetching->again, fetching->uid ? imap_uid_of(held->fetched) : seq);
		return true;
	}
	return answer_with(fetching, held->fetched, view, seq, error);
}

bool
imap_fetching_take_sealed(ImapFetching *fetching, const ImapHeld *held, GError **error)
{
	ImapSession *session = fetching->session;
	guint32 uid = imap_uid_of(held->fetched);
	guint32 seq = held->fetched->seq;
	g_autofree char *place = imap_place(session, uid);
	g_autoptr(View) view = views_find(house_views(session->house), place);
	g_autoptr(GBytes) whole =
		view == NULL && !held->dropped ? whole_message(held->fetched) : NULL;
	if (whole != NULL) {
		view = views_make(house_views(session->house), session->house, session->login,
				  place, whole);
	}
	if (view != NULL) {
		return answer(fetching, held, view, seq, error);
	}
	Waiting *waiting = g_new0(Waiting, 1);
	waiting->number = fetching->uid ? uid : seq;
	waiting->uid = uid;
	waiting->dropped = held->dropped;
	waiting->octets = g_byte_array_sized_new(held->octets->len);
	g_byte_array_append(waiting->octets, held->octets->data, held->octets->len);
	g_ptr_array_add(fetching->waiting, waiting);
	return true;
}

void
imap_fetching_note_signed(ImapFetching *fetching, const ImapFetched *fetched)
{
	guint32 uid = imap_uid_of(fetched);
	guint32 number = fetching->uid ? uid : fetched->seq;
	g_autofree char *place = imap_place(fetching->session, uid);
	if (fetching->signed_->len < SIGNED_COUNT &&
	    harvest_wants(house_harvest(fetching->session->house), place, true)) {
		g_array_append_val(fetching->signed_, number);
	}
}

/* --- What was missing ----------------------------------------------------------------------- */

typedef struct {
	ImapFetching *fetching;
	guint from; /* of this batch */
	GError *error;
} Missing;

static Waiting *
find_waiting(const Missing *missing, guint32 number, guint32 uid)
{
	const GPtrArray *all = missing->fetching->waiting;
	for (guint i = missing->from; i < MIN(missing->from + BATCH, all->len); i++) {
		Waiting *waiting = g_ptr_array_index(all, i);
		bool same = waiting->uid == uid || waiting->uid == 0;
		if (waiting->number == number && same && !waiting->answered) {
			return waiting;
		}
	}
	return NULL;
}

/* Answers what waits for the message that came, under the number that it has now. */
static bool
answer_waiting(ImapFetching *fetching, Waiting *waiting, GBytes *whole, guint32 seq, GError **error)
{
	ImapSession *session = fetching->session;
	g_auto(ImapFetched) fetched = {0};
	waiting->answered = true;
	if (!imap_fetched_parse(base_bytes_of_array(waiting->octets), &fetched)) {
		return true;
	}
	g_autofree char *place = imap_place(session, waiting->uid);
	g_autoptr(View) view = NULL;
	if (g_bytes_get_size(whole) < IMAP_SEALED_MAX &&
	    kind_has_view(kind_of(base_bytes_of(whole)))) {
		view = views_make(house_views(session->house), session->house, session->login,
				  place, whole);
	}
	static const View untouched = {.content = NULL};
	ImapHeld held = {waiting->octets, &fetched, waiting->dropped};
	return answer(fetching, &held, view == NULL ? &untouched : view, seq, error);
}

static bool
take_missing(void *user, BaseBytes octets, const ImapResponse *response)
{
	Missing *missing = user;
	g_auto(ImapFetched) fetched = {0};
	if (strcmp(response->name, "FETCH") != 0 || !imap_fetched_parse(octets, &fetched)) {
		return false;
	}
	const ImapFetchedItem *item = imap_fetched_find(&fetched, "BODY[]<0>");
	if (item == NULL) {
		return false;
	}
	guint32 uid = imap_uid_of(&fetched);
	Waiting *waiting = find_waiting(missing, missing->fetching->uid ? uid : fetched.seq, uid);
	g_autoptr(GBytes) whole = waiting == NULL ? NULL : imap_fetched_octets(item);
	if (whole != NULL && missing->error == NULL) {
		(void)answer_waiting(missing->fetching, waiting, whole, fetched.seq,
				     &missing->error);
	}
	return true;
}

/* "UID FETCH 5,7:9 (UID BODY.PEEK[]<0.max>)" */
static char *
fetch_command(const ImapFetching *fetching, const ImapSet *set, guint max)
{
	g_autofree char *numbers = imap_set_to_string(set);
	return g_strdup_printf("%sFETCH %s (UID BODY.PEEK[]<0.%u>)", fetching->uid ? "UID " : "",
			       numbers, max);
}

static bool
ask_missing(ImapFetching *fetching, guint from, GError **error)
{
	Missing missing = {.fetching = fetching, .from = from};
	g_autoptr(ImapSet) set = imap_set_new();
	g_autoptr(GByteArray) line = g_byte_array_new();
	for (guint i = from; i < MIN(from + BATCH, fetching->waiting->len); i++) {
		imap_set_add(set, ((Waiting *)g_ptr_array_index(fetching->waiting, i))->number);
	}
	g_autofree char *command = fetch_command(fetching, set, IMAP_SEALED_MAX);
	if (!imap_ask(fetching->session, command, take_missing, &missing, line, error)) {
		g_clear_error(&missing.error);
		return false;
	}
	if (missing.error != NULL) {
		g_propagate_error(error, missing.error);
		return false;
	}
	return true;
}

static bool
take_signed(void *user, BaseBytes octets, const ImapResponse *response)
{
	ImapFetching *fetching = user;
	ImapSession *session = fetching->session;
	g_auto(ImapFetched) fetched = {0};
	if (strcmp(response->name, "FETCH") != 0 || !imap_fetched_parse(octets, &fetched)) {
		return false;
	}
	const ImapFetchedItem *item = imap_fetched_find(&fetched, "BODY[]<0>");
	if (item == NULL) {
		return false;
	}
	g_autoptr(GBytes) whole = imap_fetched_octets(item);
	if (whole == NULL) {
		return true;
	}
	size_t end = kind_header_end(base_bytes_of(whole));
	bool complete = g_bytes_get_size(whole) < SIGNED_MAX;
	if (complete || end != SIZE_MAX) {
		g_autoptr(GBytes) part =
			complete ? g_bytes_ref(whole) : g_bytes_new_from_bytes(whole, 0, end);
		g_autofree char *place = imap_place(session, imap_uid_of(&fetched));
		harvest_add(house_harvest(session->house), session->login, place, part, !complete);
	}
	return true;
}

/* Keys are collected also where only fields were asked for. */
static bool
learn_signed(ImapFetching *fetching, GError **error)
{
	if (fetching->signed_->len == 0) {
		return true;
	}
	g_autoptr(ImapSet) set = imap_set_new();
	g_autoptr(GByteArray) line = g_byte_array_new();
	for (guint i = 0; i < fetching->signed_->len; i++) {
		imap_set_add(set, g_array_index(fetching->signed_, guint32, i));
	}
	g_autofree char *command = fetch_command(fetching, set, SIGNED_MAX);
	return imap_ask(fetching->session, command, take_signed, fetching, line, error);
}

/* What is not answered now was expunged meanwhile. */
bool
imap_fetching_finish(ImapFetching *fetching, GError **error)
{
	for (guint from = 0; from < fetching->waiting->len; from += BATCH) {
		if (!ask_missing(fetching, from, error)) {
			return false;
		}
	}
	return learn_signed(fetching, error);
}
