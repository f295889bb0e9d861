/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/imap_answer.h"

#include "base/error.h"
#include "imap/item.h"
#include "imap/message.h"
#include "imap/rewrite.h"
#include "imap/set.h"
#include "proxy/harvest.h"
#include "proxy/kind.h"

#define SIGNED_MAX   (256U << 10) /* of a signed message that nobody asked for */
#define SIGNED_COUNT 50U          /* of these for one command */

/* A response about a sealed message that is not there. */
typedef struct {
	guint32 number; /* UID or sequence number, as the command counts */
	guint32 uid;
	GByteArray *octets;
	bool dropped;
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
	fetching->later = imap_set_new();
}

void
imap_fetching_clear(ImapFetching *fetching)
{
	g_clear_pointer(&fetching->waiting, g_ptr_array_unref);
	g_clear_pointer(&fetching->signed_, g_array_unref);
	g_clear_pointer(&fetching->again, imap_set_free);
	g_clear_pointer(&fetching->later, imap_set_free);
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

char *
imap_place(const ImapSession *session, guint32 uid)
{
	return views_place(session->login, session->mailbox, session->validity, uid);
}

/* The header of the message may be in it, or a part of that. */
static bool
may_hold_fields(BaseBytes name)
{
	static const char *const names[] = {"BODY[]", "BODY[HEADER", "BINARY[]", "RFC822"};
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		if (base_bytes_starts_nocase(name, names[i])) {
			return true;
		}
	}
	return false;
}

bool
imap_write_octets(ImapFetching *fetching, BaseBytes name, KindGuard *guard, BaseBytes octets,
		  GError **error)
{
	NetConn *client = fetching->session->client;
	if (guard == NULL || !fetching->session->opens || !may_hold_fields(name)) {
		return net_conn_write(client, octets, error);
	}
	g_autoptr(GByteArray) guarded = g_byte_array_new();
	g_byte_array_append(guarded, octets.p, (guint)octets.n);
	kind_guard(guard, guarded->data, guarded->len);
	return net_conn_write(client, base_bytes_of_array(guarded), error);
}

/* Where the octets of a string begin: behind its quote, or the announcement of a literal. */
static size_t
begin_of(BaseBytes value)
{
	size_t line = base_bytes_find(value, BASE_LIT("\n"));
	return value.n > 0 && (value.p[0] == '{' || value.p[0] == '~') && line != SIZE_MAX
		       ? line + 1
		       : MIN(value.n, 1);
}

bool
imap_write_value(ImapFetching *fetching, const ImapFetched *fetched, const ImapFetchedItem *item,
		 KindGuard *guard, GError **error)
{
	NetConn *client = fetching->session->client;
	if (!base_bytes_equal_nocase(item->name, BASE_LIT("FLAGS"))) {
		size_t begin = begin_of(item->value);
		return net_conn_write(client, base_bytes_slice(item->value, 0, begin), error) &&
		       imap_write_octets(fetching, item->name, guard,
					 base_bytes_slice(item->value, begin, SIZE_MAX), error);
	}
	guint32 uid = imap_known_uid(fetching->session, fetched);
	g_autofree char *flags = imap_right_flags(fetching->session, uid, item->value);
	return net_conn_write_str(client, flags, error);
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
	KindGuard guard = {0};
	NetConn *client = answer->fetching->session->client;
	return separate(answer, error) && net_conn_write(client, item->name, error) &&
	       net_conn_write_str(client, " ", error) &&
	       imap_write_value(answer->fetching, answer->fetched, item, &guard, error);
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

/* What the provider told unasked, such as new flags. About content it told what we asked, perhaps
 * by another name: that is of the sealed message. */
static bool
is_unasked(const ImapFetching *fetching, const ImapFetchedItem *given)
{
	BaseBytes name = given->name;
	g_autoptr(ImapItem) known = imap_item_take(&name, false, NULL);
	if (known == NULL || imap_item_is_content(known->kind)) {
		return false;
	}
	for (guint i = 0; i < fetching->fetch->items->len; i++) {
		const ImapItem *item = g_ptr_array_index(fetching->fetch->items, i);
		if (imap_fetched_is(given->name, item->name)) {
			return false;
		}
	}
	return true;
}

static bool
write_unasked(Answer *answer, GError **error)
{
	const GArray *items = answer->fetched->items;
	for (guint i = 0; i < items->len; i++) {
		const ImapFetchedItem *item = &g_array_index(items, ImapFetchedItem, i);
		if (is_unasked(answer->fetching, item) &&
		    !imap_fetching_is_ours(answer->fetching, answer->fetched, item->name) &&
		    !write_given(answer, item, error)) {
			return false;
		}
	}
	return true;
}

/* Content from the view, the rest as the provider gave it; the UID of a UID FETCH first, as servers
 * do, since programs read it before they read a literal. */
static bool
write_view(Answer *answer, ImapMessage *message, GError **error)
{
	ImapFetching *fetching = answer->fetching;
	if (!write_unasked(answer, error)) {
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
	return true;
}

/* @shown NULL: as the provider gave it. */
static bool
answer_with(ImapFetching *fetching, const ImapFetched *fetched, ImapMessage *shown, guint32 seq,
	    GError **error)
{
	NetConn *client = fetching->session->client;
	Answer answer = {.fetching = fetching, .fetched = fetched};
	return net_conn_print(client, error, "* %u FETCH (", seq) &&
	       (shown == NULL ? write_all_given(&answer, error)
			      : write_view(&answer, shown, error)) &&
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

/* With its view; as the provider gave it, if it has none (NULL, or one without content, or one with
 * too large a header); or later, if something was dropped, or it cannot be opened now. */
static bool
answer(ImapFetching *fetching, const ImapHeld *held, const View *view, guint32 seq, GError **error)
{
	bool has_view = view != NULL && view->content != NULL;
	guint32 number = fetching->uid ? imap_uid_of(held->fetched) : seq;
	if (view != NULL && view->later) {
		imap_set_add(fetching->later, number);
		return true;
	}
	g_autoptr(ImapMessage) shown = has_view ? imap_message_new(view->content, NULL) : NULL;
	if (shown == NULL && held->dropped) {
		imap_set_add(fetching->again, number);
		return true;
	}
	return answer_with(fetching, held->fetched, shown, seq, error);
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
		ImapWhole one = {seq, uid, whole};
		view = imap_view_of(session, &one);
	}
	if (view != NULL || whole != NULL) {
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

/* Who knows all of it needs no header. */
void
imap_fetching_note_signed(ImapFetching *fetching, const ImapFetched *fetched)
{
	guint32 uid = imap_uid_of(fetched);
	guint32 number = fetching->uid ? uid : fetched->seq;
	Harvest *harvest = house_harvest(fetching->session->house);
	g_autofree char *place = imap_place(fetching->session, uid);
	if (fetching->signed_->len < SIGNED_COUNT && !fetching->session->junk &&
	    harvest_wants(harvest, place, true) && harvest_wants(harvest, place, false)) {
		g_array_append_val(fetching->signed_, number);
	}
}

/* --- What was missing ----------------------------------------------------------------------- */

/* The responses that wait, by the number of their message. */
typedef struct {
	ImapFetching *fetching;
	GHashTable *waiting; /* number -> Waiting */
} Missing;

/* Answers what waits for the message that came, under the number that it has now. */
static bool
answer_waiting(void *user, const ImapWhole *whole, GError **error)
{
	const Missing *missing = user;
	ImapFetching *fetching = missing->fetching;
	guint32 number = fetching->uid ? whole->uid : whole->seq;
	const Waiting *waiting = g_hash_table_lookup(missing->waiting, GUINT_TO_POINTER(number));
	g_auto(ImapFetched) fetched = {0};
	if (waiting == NULL || (waiting->uid != whole->uid && waiting->uid != 0) ||
	    !imap_fetched_parse(base_bytes_of_array(waiting->octets), &fetched)) {
		return true;
	}
	(void)g_hash_table_remove(missing->waiting, GUINT_TO_POINTER(number));
	g_autoptr(View) view = imap_view_of(fetching->session, whole);
	ImapHeld held = {waiting->octets, &fetched, waiting->dropped};
	return answer(fetching, &held, view, whole->seq, error);
}

/* What is not answered now was expunged meanwhile. */
static bool
answer_missing(ImapFetching *fetching, GError **error)
{
	g_autoptr(GHashTable) waiting = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
	Missing missing = {fetching, waiting};
	ImapWholes wholes = {fetching->session, fetching->uid, IMAP_SEALED_MAX, answer_waiting,
			     &missing};
	for (guint i = 0; i < fetching->waiting->len; i++) {
		Waiting *one = g_ptr_array_index(fetching->waiting, i);
		if (g_hash_table_insert(waiting, GUINT_TO_POINTER(one->number), one)) {
			g_array_append_val(numbers, one->number);
		}
	}
	return imap_fetch_wholes(&wholes, numbers, error);
}

static bool
take_signed(void *user, const ImapWhole *whole, G_GNUC_UNUSED GError **error)
{
	const ImapSession *session = user;
	size_t end = kind_header_end(base_bytes_of(whole->octets));
	bool complete = g_bytes_get_size(whole->octets) < SIGNED_MAX;
	if (complete || end != SIZE_MAX) {
		g_autoptr(GBytes) part = complete ? g_bytes_ref(whole->octets)
						  : g_bytes_new_from_bytes(whole->octets, 0, end);
		g_autofree char *place = imap_place(session, whole->uid);
		harvest_add(house_harvest(session->house), session->login, place,
			    ps_message_new_from_bytes(part), !complete);
	}
	return true;
}

/* Keys are collected also where only fields were asked for. */
bool
imap_fetching_finish(ImapFetching *fetching, GError **error)
{
	ImapWholes wholes = {fetching->session, fetching->uid, SIGNED_MAX, take_signed,
			     fetching->session};
	return answer_missing(fetching, error) &&
	       imap_fetch_wholes(&wholes, fetching->signed_, error);
}
