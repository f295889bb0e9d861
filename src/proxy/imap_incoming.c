/* SPDX-License-Identifier: MPL-2.0 */
/* One FETCH response, as it comes in: an ordinary message passes, a sealed one is held. */
#include "proxy/imap_answer.h"

#include "base/error.h"
#include "imap/literal.h"
#include "proxy/harvest.h"
#include "proxy/kind.h"

#define HEADER_PEEK   (256U << 10) /* octets of a header that are read to know a message */
#define COPY_PLAIN    (4U << 20)   /* octets of a message without signature that are learned from */
#define COPY_SIGNED   (64U << 20)
#define COPY_AT_FIRST (64U << 10) /* octets that are believed before they come */
#define HELD_MAX      (16U << 20) /* octets of a literal before it is known of what message */
#define WORK_MAX      (32U << 20) /* octets looked at for one response, literals apart */

typedef enum {
	KIND_UNKNOWN,
	KIND_ORDINARY,
	KIND_SEALED,
} MessageKind;

/* One response while it comes in. */
typedef struct {
	ImapFetching *fetching;
	GByteArray
		*octets; /* so far; of a literal that was passed on or dropped only "{0}" is left */
	MessageKind kind;
	bool dropped;  /* a literal */
	bool guarded;  /* a status in it that we did not write cannot be taken out */
	size_t held;   /* octets of literals in it */
	size_t work;   /* octets looked at, these apart */
	guint emitted; /* items that went to the mail program */
	bool begun;    /* "* n FETCH (" went there */
} Incoming;

/* Whether an item's octets begin with the header of the message. */
bool
imap_holds_header(BaseBytes name, bool *whole)
{
	static const struct {
		const char *name;
		bool whole;
	} items[] = {{"BODY[]", true},
		     {"RFC822", true},
		     {"BODY[HEADER]", false},
		     {"RFC822.HEADER", false}};

	for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
		if (base_bytes_equal_nocase(name, base_bytes_str(items[i].name))) {
			*whole = items[i].whole;
			return true;
		}
	}
	return false;
}

static bool
is_witness(const ImapFetching *fetching, BaseBytes name)
{
	return fetching->witness && imap_fetched_is(name, IMAP_WITNESS_NAME);
}

/* A sealed message is held to be answered from its view, unless it is known that it has none. */
static void
settle(Incoming *in, const ImapFetched *fetched, bool sealed)
{
	const ImapFetching *fetching = in->fetching;
	ImapSession *session = fetching->session;
	in->kind = KIND_ORDINARY;
	if (sealed && session->opens && !fetching->plain) {
		g_autofree char *place = imap_place(session, imap_uid_of(fetched));
		g_autoptr(View) view = views_find(house_views(session->house), place);
		in->guarded = view != NULL && view->content == NULL;
		in->kind = in->guarded ? KIND_ORDINARY : KIND_SEALED;
	}
}

/* What the complete items say about the message. */
static void
look_at_items(Incoming *in, const ImapFetched *fetched)
{
	for (guint i = 0; i < fetched->items->len && in->kind == KIND_UNKNOWN; i++) {
		const ImapFetchedItem *item = &g_array_index(fetched->items, ImapFetchedItem, i);
		bool whole = false;
		if (is_witness(in->fetching, item->name) || imap_holds_header(item->name, &whole)) {
			g_autoptr(GBytes) octets = imap_fetched_octets(item);
			Kind kind = kind_of(base_bytes_of(octets));
			bool has_view = views_has(in->fetching->session->login, kind);
			settle(in, fetched, has_view);
			if (is_witness(in->fetching, item->name) && kind.signed_ && !has_view) {
				imap_fetching_note_signed(in->fetching, fetched);
			}
		}
	}
}

static bool
begin_item(Incoming *in, const ImapFetched *fetched, BaseBytes name, GError **error)
{
	NetConn *client = in->fetching->session->client;
	bool done = in->begun ? net_conn_write_str(client, " ", error)
			      : net_conn_print(client, error, "* %u FETCH (", fetched->seq);
	in->begun = true;
	return done && net_conn_write(client, name, error) &&
	       net_conn_write_str(client, " ", error);
}

/* The complete items that were not emitted yet. */
static bool
emit_items(Incoming *in, const ImapFetched *fetched, GError **error)
{
	for (; in->emitted < fetched->items->len; in->emitted++) {
		const ImapFetchedItem *item =
			&g_array_index(fetched->items, ImapFetchedItem, in->emitted);
		if (imap_fetching_is_ours(in->fetching, fetched, item->name)) {
			continue;
		}
		KindGuard guard = {0};
		bool guarded = in->guarded || in->fetching->plain;
		if (!begin_item(in, fetched, item->name, error) ||
		    !imap_write_value(in->fetching, fetched, item, guarded ? &guard : NULL,
				      error)) {
			return false;
		}
	}
	return true;
}

/* Reads the header of a message whose octets are announced; at most @size octets. */
static bool
read_header(Incoming *in, uint64_t size, GByteArray *header, GError **error)
{
	NetConn *server = in->fetching->session->server;
	while (header->len < MIN(size, HEADER_PEEK) &&
	       kind_header_end(base_bytes_of_array(header)) == SIZE_MAX) {
		BaseBytes data;
		if (!net_conn_peek(server, &data, error)) {
			return false;
		}
		if (data.n == 0) {
			return base_fail(error, PS_ERROR_IO, "the provider closed the connection");
		}
		data.n = (size_t)MIN((uint64_t)data.n, size - header->len);
		g_byte_array_append(header, data.p, (guint)data.n);
		net_conn_consume(server, data.n);
	}
	return true;
}

/* What is worth learning from, as octets that grow while they pass. */
static GByteArray *
copy_for_harvest(const Incoming *in, const ImapFetched *fetched, uint64_t size,
		 const GByteArray *header)
{
	bool whole = false;
	ImapSession *session = in->fetching->session;
	if (header == NULL || session->junk || !imap_holds_header(fetched->pending_name, &whole)) {
		return NULL;
	}
	Kind kind = kind_of(base_bytes_of_array(header));
	uint64_t max = !whole ? HEADER_PEEK : kind.signed_ ? COPY_SIGNED : COPY_PLAIN;
	bool wanted = size <= max && (whole || kind.signed_);
	g_autofree char *place = imap_place(session, imap_uid_of(fetched));
	if (!wanted || !harvest_wants(house_harvest(session->house), place, !whole)) {
		return NULL;
	}
	GByteArray *copy = g_byte_array_sized_new((guint)MIN(size, COPY_AT_FIRST));
	g_byte_array_append(copy, header->data, header->len);
	return copy;
}

/* Where a literal was announced, an empty one stays. */
static void
leave_empty(Incoming *in, size_t at)
{
	g_byte_array_set_size(in->octets, (guint)at);
	g_byte_array_append(in->octets, (const guint8 *)"{0}\r\n", strlen("{0}\r\n"));
}

/* A header that was not read to its end may hold anything. */
static bool
is_guarded(const Incoming *in, const GByteArray *header)
{
	bool cut = header != NULL && header->len >= HEADER_PEEK &&
		   kind_header_end(base_bytes_of_array(header)) == SIZE_MAX;
	return in->guarded || in->fetching->plain || cut;
}

/* The octets of a literal, @header the first of them; @copy (or NULL) gets all as they came. */
static bool
pass_octets(const Incoming *in, BaseBytes name, uint64_t size, const GByteArray *header,
	    GByteArray *copy, GError **error)
{
	KindGuard begun = {0};
	KindGuard *guard = is_guarded(in, header) ? &begun : NULL;
	NetConn *server = in->fetching->session->server;
	BaseBytes data = header == NULL ? (BaseBytes){0} : base_bytes_of_array(header);
	bool passed = imap_write_octets(in->fetching, name, guard, data, error);
	for (uint64_t left = size - data.n; passed && left > 0; left -= data.n) {
		if (!net_conn_peek(server, &data, error)) {
			return false;
		}
		if (data.n == 0) {
			return base_fail(error, PS_ERROR_IO, "the provider closed the connection");
		}
		data.n = (size_t)MIN((uint64_t)data.n, left);
		passed = imap_write_octets(in->fetching, name, guard, data, error);
		if (copy != NULL) {
			g_byte_array_append(copy, data.p, (guint)data.n);
		}
		net_conn_consume(server, data.n);
	}
	return passed;
}

/* A literal of an ordinary message: on to the mail program, however large. */
static bool
pass_literal(Incoming *in, const ImapFetched *fetched, uint64_t size, const GByteArray *header,
	     GError **error)
{
	ImapSession *session = in->fetching->session;
	size_t at = wire_announced(in->octets);
	BaseBytes mark = base_bytes(in->octets->data + at, in->octets->len - at);
	bool whole = false;
	g_autoptr(GByteArray) copy = copy_for_harvest(in, fetched, size, header);
	if (!emit_items(in, fetched, error) ||
	    !begin_item(in, fetched, fetched->pending_name, error) ||
	    !net_conn_write(session->client, mark, error) ||
	    !pass_octets(in, fetched->pending_name, size, header, copy, error)) {
		return false;
	}
	if (copy != NULL) {
		(void)imap_holds_header(fetched->pending_name, &whole);
		g_autoptr(GBytes) octets = g_byte_array_free_to_bytes(g_steal_pointer(&copy));
		g_autofree char *place = imap_place(session, imap_uid_of(fetched));
		harvest_add(house_harvest(session->house), session->login, place,
			    ps_message_new_from_bytes(octets), !whole);
	}
	in->emitted++;
	leave_empty(in, at);
	return true;
}

/* Of a sealed message, or too much of one that is not known: fetched again if it is needed. */
static bool
drop_literal(Incoming *in, uint64_t size, const GByteArray *header, GError **error)
{
	size_t known = header == NULL ? 0 : header->len;
	in->dropped = true;
	leave_empty(in, wire_announced(in->octets));
	return wire_skip(in->fetching->session->server, size - known, error);
}

/* Its octets join the response, to be looked at when it is complete. */
static bool
hold_literal(Incoming *in, uint64_t size, const GByteArray *header, GError **error)
{
	size_t known = header == NULL ? 0 : header->len;
	if (header != NULL) {
		g_byte_array_append(in->octets, header->data, header->len);
	}
	in->held += (size_t)size;
	return wire_octets(in->fetching->session->server, size - known, in->octets,
			   IMAP_SEALED_MAX * 2, error);
}

/* The response so far ends in the announcement of a literal. */
static bool
take_literal(Incoming *in, const ImapFetched *fetched, const ImapLiteral *literal, GError **error)
{
	bool whole = false;
	bool is_value =
		fetched->pending_is_value && !is_witness(in->fetching, fetched->pending_name);
	bool shows = is_value && imap_holds_header(fetched->pending_name, &whole);
	const Login *login = in->fetching->session->login;
	if (is_value && in->kind == KIND_UNKNOWN && views_marks(login)) {
		settle(in, fetched, true);
	}
	g_autoptr(GByteArray) header = shows ? g_byte_array_new() : NULL;
	if (shows && in->kind != KIND_SEALED) {
		if (!read_header(in, literal->size, header, error)) {
			return false;
		}
		settle(in, fetched, views_has(login, kind_of(base_bytes_of_array(header))));
	}
	if (in->kind == KIND_ORDINARY && is_value && !in->dropped) {
		return pass_literal(in, fetched, literal->size, header, error);
	}
	bool needed = !is_value || (in->kind == KIND_SEALED && whole);
	uint64_t max = needed && whole ? IMAP_SEALED_MAX : HELD_MAX;
	return (needed || in->kind == KIND_UNKNOWN) && literal->size <= max
		       ? hold_literal(in, literal->size, header, error)
		       : drop_literal(in, literal->size, header, error);
}

static bool
finish_ordinary(Incoming *in, const ImapFetched *fetched, GError **error)
{
	NetConn *client = in->fetching->session->client;
	if (!emit_items(in, fetched, error)) {
		return false;
	}
	if (!in->begun) {
		return net_conn_write(client, base_bytes_of_array(in->octets), error);
	}
	return net_conn_write_str(client, ")\r\n", error);
}

static bool
holds_content(const Incoming *in, const ImapFetched *fetched)
{
	const ImapFetch *fetch = in->fetching->fetch;
	for (guint i = 0; i < fetch->items->len; i++) {
		const ImapItem *item = g_ptr_array_index(fetch->items, i);
		if (imap_item_is_content(item->kind) &&
		    imap_fetched_find(fetched, item->name) != NULL) {
			return true;
		}
	}
	return false;
}

/* Too much of it came before it was known that it is an ordinary message. */
static void
fetch_again(Incoming *in, const ImapFetched *fetched)
{
	ImapFetching *fetching = in->fetching;
	imap_set_add(fetching->again, fetching->uid ? imap_uid_of(fetched) : fetched->seq);
}

/* Content without a witness: a provider may answer in several responses. */
static bool
finish(Incoming *in, const ImapFetched *fetched, GError **error)
{
	bool unknown = in->kind == KIND_UNKNOWN && in->fetching->session->opens &&
		       !in->fetching->plain && !in->begun && holds_content(in, fetched);
	if (in->kind == KIND_ORDINARY && in->dropped && !in->begun && !in->fetching->plain) {
		fetch_again(in, fetched);
		return true;
	}
	if (in->kind == KIND_SEALED || unknown) {
		ImapHeld held = {.octets = in->octets, .fetched = fetched, .dropped = in->dropped};
		return imap_fetching_take_sealed(in->fetching, &held, error);
	}
	return finish_ordinary(in, fetched, error);
}

/* It is no FETCH response that we can read: as it is. */
static bool
pass_broken(Incoming *in, GError **error)
{
	ImapSession *session = in->fetching->session;
	ImapResponse response;
	imap_response_parse(base_bytes_of_array(in->octets), &response);
	return imap_relay_response(session, in->octets, &response, error);
}

/* One FETCH response whose first line is in @octets. */
bool
imap_take_fetched(ImapFetching *fetching, GByteArray *octets, GError **error)
{
	bool opens = fetching->session->opens && !fetching->plain;
	Incoming in = {.fetching = fetching,
		       .octets = octets,
		       .kind = opens ? KIND_UNKNOWN : KIND_ORDINARY};
	for (;;) {
		g_auto(ImapFetched) fetched = {0};
		if (!imap_fetched_parse(base_bytes_of_array(octets), &fetched)) {
			return pass_broken(&in, error);
		}
		in.work += octets->len - in.held;
		if (in.work > WORK_MAX) {
			return base_fail(error, PS_ERROR_LIMIT, "a response has too many parts");
		}
		look_at_items(&in, &fetched);
		if (fetched.complete) {
			(void)imap_known_uid(fetching->session, &fetched);
			return finish(&in, &fetched, error);
		}
		ImapLiteral literal;
		if (!imap_literal_at_end(base_bytes_of_array(octets), &literal)) {
			return pass_broken(&in, error);
		}
		if (!take_literal(&in, &fetched, &literal, error) ||
		    !wire_line(fetching->session->server, octets, IMAP_SEALED_MAX * 2, error)) {
			return false;
		}
	}
}
