/* SPDX-License-Identifier: MPL-2.0 */
/*
 * RETR and TOP. The header decides: ordinary messages stream through octet for octet, protected
 * ones are held and shown opened.
 */
#include "proxy/pop3_session.h"

#include "base/error.h"
#include "base/limits.h"
#include "pop3/dot.h"
#include "pop3/top.h"
#include "proxy/harvest.h"
#include "proxy/pop3_hold.h"
#include "proxy/views.h"

/* TOP with more lines than any message has is a RETR that leaves no mark on the message. */
#define ALL_LINES 99999999U

/* A message on its way from the provider. */
typedef struct {
	Pop3Undot undot;
	GByteArray *raw; /* its octets as they came, until it is decided what happens to them */
	Pop3Hold *hold;
	BaseSink *out; /* where its content goes: the hold, or nowhere */
	size_t header; /* octets of the header and the empty line; SIZE_MAX: no end was seen */
	bool end;
	bool guarded; /* a status in it that we did not write cannot be taken out */
	KindGuard guard;
} Passage;

static void
passage_clear(Passage *passage)
{
	g_byte_array_unref(passage->raw);
	pop3_hold_free(passage->hold);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Passage, passage_clear)

static Passage
passage_start(void)
{
	Pop3Hold *hold = pop3_hold_new();

	return (Passage){.raw = g_byte_array_new(),
			 .hold = hold,
			 .out = pop3_hold_sink(hold),
			 .header = SIZE_MAX};
}

/* Octets of the response to the mail program. */
static bool
tell_piece(Pop3Session *session, Passage *passage, BaseBytes data, GError **error)
{
	if (!passage->guarded) {
		return net_conn_write(session->client, data, error);
	}
	g_autoptr(GByteArray) octets = g_byte_array_new();

	g_byte_array_append(octets, data.p, (guint)data.n);
	kind_guard(&passage->guard, octets->data, octets->len);
	return net_conn_write(session->client, base_bytes_of_array(octets), error);
}

typedef enum {
	PIECE_KEEP,   /* its octets are kept as they came */
	PIECE_PASS,   /* they go to the mail program */
	PIECE_FORGET, /* only the content counts */
} Piece;

/* One piece of the response: its content to the passage's sink, its octets as @what says. */
static bool
take_piece(Pop3Session *session, Passage *passage, Piece what, GError **error)
{
	BaseBytes data;
	size_t used = 0;

	if (!net_conn_peek(session->server, &data, error)) {
		return false;
	}
	if (data.n == 0) {
		return base_fail(error, PS_ERROR_IO,
				 "the provider left in the middle of a message");
	}
	if (!pop3_undot(&passage->undot, data, passage->out, &used, &passage->end, error)) {
		return false;
	}
	data = base_bytes_slice(data, 0, used);
	if (what == PIECE_PASS && !tell_piece(session, passage, data, error)) {
		return false;
	}
	if (what == PIECE_KEEP && used > 0) {
		g_byte_array_append(passage->raw, data.p, (guint)used);
	}
	net_conn_consume(session->server, used);
	return true;
}

static bool
take_rest(Pop3Session *session, Passage *passage, Piece what, GError **error)
{
	while (!passage->end) {
		if (!take_piece(session, passage, what, error)) {
			return false;
		}
	}
	return true;
}

static bool
take_header(Pop3Session *session, Passage *passage, GError **error)
{
	size_t searched = 0;

	while (!passage->end && passage->header == SIZE_MAX && searched < BASE_LIMIT_HEADER) {
		if (!take_piece(session, passage, PIECE_KEEP, error)) {
			return false;
		}
		BaseBytes head = pop3_hold_head(passage->hold);
		passage->header = pop3_header_end(head, searched);
		searched = head.n;
	}
	if (passage->end && passage->header == SIZE_MAX) {
		passage->header = pop3_hold_head(passage->hold).n;
	}
	return true;
}

static BaseBytes
header_of(const Passage *passage)
{
	return passage->header == SIZE_MAX
		       ? base_bytes(NULL, 0)
		       : base_bytes_slice(pop3_hold_head(passage->hold), 0, passage->header);
}

/* What went by is learned from, whole or its header. */
static void
harvest(Pop3Session *session, Passage *passage, guint32 number, bool whole)
{
	Harvest *harvest = house_harvest(session->house);
	g_autofree char *place = views_place_in_session(session->login, session->serial, number);
	g_autoptr(GError) reason = NULL;
	PsMessage *message = NULL;

	if ((!whole && passage->header == SIZE_MAX) || !harvest_wants(harvest, place, !whole)) {
		return;
	}
	if (whole) {
		message = pop3_hold_take(passage->hold, &reason);
	} else {
		g_autoptr(GBytes) header = base_bytes_dup(header_of(passage));
		message = ps_message_new_from_bytes(header);
	}
	if (message != NULL) {
		harvest_add(harvest, session->login, place, message, !whole);
	} else {
		house_log(session->house, "pop3: nothing learned from a message: %s",
			  reason->message);
	}
}

/* A message that nothing is done to; the provider's status line is the last line read. */
static bool
pass_on(Pop3Session *session, Passage *passage, const Pop3Command *command, GError **error)
{
	bool whole = command->verb == POP3_RETR;

	passage->guarded = session->opens &&
			   (passage->header == SIZE_MAX || kind_of(header_of(passage)).forged);
	if (!pop3_tell_line(session, error) ||
	    !tell_piece(session, passage, base_bytes_of_array(passage->raw), error)) {
		return false;
	}
	g_byte_array_set_size(passage->raw, 0);
	if (!whole) {
		passage->out = base_sink_null();
	}
	if (!take_rest(session, passage, PIECE_PASS, error) ||
	    !net_conn_flush(session->client, error)) {
		return false;
	}
	harvest(session, passage, command->numbers[0], whole);
	return true;
}

typedef struct {
	GBytes *content; /* NULL: the message itself */
	bool later;      /* nothing now: what a program has got it may delete */
} Shown;

static void
shown_clear(Shown *shown)
{
	g_clear_pointer(&shown->content, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shown, shown_clear)

/* Reads the rest of message @number, and what is shown instead of it. Notes its size. */
static bool
take_view(Pop3Session *session, Passage *passage, guint32 number, Shown *shown, GError **error)
{
	g_autofree char *place = views_place_in_session(session->login, session->serial, number);
	g_autoptr(GError) reason = NULL;

	if (!take_rest(session, passage, PIECE_FORGET, error)) {
		return false;
	}
	g_autoptr(PsMessage) message = pop3_hold_take(passage->hold, &reason);
	if (message == NULL) {
		house_log(session->house, "pop3: a message cannot be opened: %s", reason->message);
		shown->later = !g_error_matches(reason, PS_ERROR, PS_ERROR_LIMIT);
		return true;
	}
	g_autoptr(View) view = views_make(house_views(session->house), session->house,
					  session->login, place, message, false);
	shown->content = view->content == NULL ? NULL : g_bytes_ref(view->content);
	shown->later = view->later;
	if (view->decided) {
		pop3_sizes_set(session->sizes, number,
			       view->content == NULL ? POP3_SIZE_AS_IS
						     : pop3_dot_size(base_bytes_of(view->content)));
	}
	return true;
}

/* The whole of message @number by TOP; nothing in @shown: it is shown as it is, or is gone. */
static bool
fetch_view(Pop3Session *session, guint32 number, Shown *shown, GError **error)
{
	g_autofree char *command = g_strdup_printf("TOP %u %u", number, ALL_LINES);
	g_auto(Passage) passage = passage_start();
	Pop3Status status;
	BaseBytes text;

	return pop3_ask(session, command, &status, &text, error) &&
	       (status != POP3_OK || take_view(session, &passage, number, shown, error));
}

bool
pop3_weigh(Pop3Session *session, guint32 number, GError **error)
{
	g_auto(Shown) shown = {0};

	return fetch_view(session, number, &shown, error);
}

static bool
show(Pop3Session *session, GBytes *content, const Pop3Command *command, GError **error)
{
	bool whole = command->verb == POP3_RETR;
	guint64 size = pop3_dot_size(base_bytes_of(content));
	g_autoptr(BaseSink) dot = pop3_new_dot(net_conn_sink(session->client));
	g_autoptr(BaseSink) top = pop3_new_top(dot, command->numbers[1]);

	return (whole ? net_conn_print(session->client, error,
				       "+OK %" G_GUINT64_FORMAT " octets\r\n", size)
		      : net_conn_write_str(session->client, "+OK\r\n", error)) &&
	       base_sink_write(whole ? dot : top, base_bytes_of(content), error) &&
	       base_sink_finish(dot, error);
}

/* Passes @command on and looks at the header that comes; *@here: the provider has the message. */
static bool
begin(Pop3Session *session, const Pop3Command *command, Passage *passage, bool *here,
      GError **error)
{
	g_autofree char *line =
		command->verb == POP3_RETR
			? g_strdup_printf("RETR %u", command->numbers[0])
			: g_strdup_printf("TOP %u %u", command->numbers[0], command->numbers[1]);
	Pop3Status status;
	BaseBytes text;

	if (!pop3_ask(session, line, &status, &text, error)) {
		return false;
	}
	*here = status == POP3_OK;
	return *here ? take_header(session, passage, error) : pop3_tell_line(session, error);
}

/* The message as it is, asked for anew since it was held and could not be opened. */
static bool
pass_again(Pop3Session *session, const Pop3Command *command, GError **error)
{
	g_auto(Passage) passage = passage_start();
	bool here = false;

	return begin(session, command, &passage, &here, error) &&
	       (!here || pass_on(session, &passage, command, error));
}

static bool
fetch_protected(Pop3Session *session, const Pop3Command *command, Passage *passage, GError **error)
{
	guint32 number = command->numbers[0];
	g_auto(Shown) shown = {0};
	bool taken;

	if (command->verb == POP3_RETR) {
		taken = take_view(session, passage, number, &shown, error);
	} else {
		passage->out = base_sink_null();
		taken = take_rest(session, passage, PIECE_FORGET, error) &&
			fetch_view(session, number, &shown, error);
	}
	if (taken && shown.later) {
		return pop3_refuse(session, "[SYS/TEMP]",
				   "This message cannot be opened now: try again", error);
	}
	return taken && (shown.content == NULL ? pass_again(session, command, error)
					       : show(session, shown.content, command, error));
}

bool
pop3_fetch(Pop3Session *session, const Pop3Command *command, GError **error)
{
	guint32 number = command->numbers[0];
	g_auto(Passage) passage = passage_start();
	bool here = false;

	if (!begin(session, command, &passage, &here, error)) {
		return false;
	}
	if (!here) {
		return true;
	}
	if (session->opens && pop3_sizes_get(session->sizes, number) != POP3_SIZE_AS_IS) {
		if (views_has(session->login, kind_of(header_of(&passage)))) {
			return fetch_protected(session, command, &passage, error);
		}
		pop3_sizes_set(session->sizes, number, POP3_SIZE_AS_IS);
	}
	return pass_on(session, &passage, command, error);
}
