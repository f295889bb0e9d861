/* SPDX-License-Identifier: MPL-2.0 */
/*
 * FETCH. What is asked about content is asked of the provider together with a witness, the
 * Content-Type field; so each response tells by itself whether its message is an ordinary one,
 * which passes as it streams in, or a sealed one, which is answered from its view. Where the
 * response does not hold the whole sealed message, it is fetched after the others; the tagged
 * response waits for that. Nothing but views is ever kept. Commands for one message each go to the
 * provider together.
 */
#include "proxy/imap_answer.h"

#include "base/error.h"
#include "imap/set.h"
#include "imap/token.h"

#define WITNESS_FIELDS  "BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE POSTSEAL-KEY POSTSEAL-STATUS)]"
#define WINDOW_COMMANDS 32U

/* All responses up to a tagged one, which is left in @line. */
static bool
take_responses(ImapFetching *fetching, GByteArray *line, ImapResponse *tagged, GError **error)
{
	ImapSession *session = fetching->session;
	for (;;) {
		g_byte_array_set_size(line, 0);
		if (!wire_line(session->server, line, WIRE_RESPONSE_MAX, error)) {
			return false;
		}
		imap_response_parse(base_bytes_of_array(line), tagged);
		if (tagged->kind == IMAP_TAGGED) {
			return true;
		}
		bool is_fetch = tagged->has_number && strcmp(tagged->name, "FETCH") == 0;
		if (is_fetch ? !imap_take_fetched(fetching, line, error)
			     : !imap_relay_response(session, line, tagged, error)) {
			return false;
		}
	}
}

static char *
items_of(const ImapFetch *fetch)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < fetch->items->len; i++) {
		const ImapItem *item = g_ptr_array_index(fetch->items, i);
		g_string_append_printf(text, "%s%s", i == 0 ? "" : " ", item->wire);
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* A command as the provider gets it: with the witness first, since servers answer in the order in
 * which they are asked, and with the UID. */
static char *
command_for_provider(const ImapFetching *fetching, const char *tag, const char *set)
{
	const ImapFetch *fetch = fetching->fetch;
	g_autoptr(GString) text = g_string_new(NULL);
	g_string_append_printf(text, "%s %sFETCH %s (", tag, fetching->uid ? "UID " : "", set);
	g_string_append(text, fetching->added_uid ? "UID " : "");
	g_string_append(text, fetching->witness ? WITNESS_FIELDS " " : "");
	g_autofree char *items = items_of(fetch);
	g_string_append_printf(text, "%s)%s%s\r\n", items, fetch->modifiers == NULL ? "" : " ",
			       fetch->modifiers == NULL ? "" : fetch->modifiers);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Whether some item shows by itself what kind of message it is. */
static bool
asks_for_header(const ImapFetch *fetch)
{
	for (guint i = 0; i < fetch->items->len; i++) {
		const ImapItem *item = g_ptr_array_index(fetch->items, i);
		bool whole = false;
		if (imap_holds_header(base_bytes_str(item->name), &whole)) {
			return true;
		}
	}
	return false;
}

/* Sealed messages that cannot be opened: what was dropped of them, as it lies at the provider. */
static bool
fetch_plain(ImapFetching *fetching, GError **error)
{
	ImapSession *session = fetching->session;
	if (imap_set_is_empty(fetching->again)) {
		return true;
	}
	g_autofree char *set = imap_set_to_string(fetching->again);
	g_autofree char *tag = g_strdup_printf("postseal%u", session->own_tags++);
	g_autofree char *items = items_of(fetching->fetch);
	g_autofree char *text = g_strdup_printf("%s %sFETCH %s (%s)\r\n", tag,
						fetching->uid ? "UID " : "", set, items);
	g_autoptr(GByteArray) line = g_byte_array_new();
	ImapResponse tagged;
	bool refused = false;
	fetching->plain = true;
	if (!imap_send_alone(session, tag, base_bytes_str(text), &refused, error)) {
		return false;
	}
	return refused ? base_fail(error, PS_ERROR_MALFORMED,
				   "the provider takes a literal once and then not")
		       : take_responses(fetching, line, &tagged, error) &&
				 imap_check_tag(&tagged, tag, error);
}

/* --- Several on their way ------------------------------------------------------------------- */

/* A command that the provider has and the mail program has no tagged response to. */
typedef struct {
	char *tag;
	guint32 number;   /* of the only message that it names; 0: it is no such command */
	size_t n;         /* octets that the provider got */
	GByteArray *line; /* his tagged response; NULL: it did not come yet */
} Asked;

/*
 * Commands that a mail program sends without waiting for answers, one for each message. They differ
 * in nothing but tag and number, and no two of them name the same message; so it does not matter to
 * which of them a response belongs (RFC 9051 section 5.5).
 */
typedef struct {
	ImapFetching *fetching;
	BaseBytes what; /* what follows the number in each */
	GQueue asked;   /* of Asked, as they came */
	guint open;     /* of these, what the provider has not answered */
	size_t sent;    /* octets of the open ones */
	size_t held;    /* octets of tagged responses that came */
} Window;

static void
asked_free(gpointer data)
{
	Asked *asked = data;
	g_free(asked->tag);
	g_clear_pointer(&asked->line, g_byte_array_unref);
	g_free(asked);
}

static void
window_clear(Window *window)
{
	g_queue_clear_full(&window->asked, asked_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Window, window_clear)

static void
note_asked(Window *window, const char *tag, guint32 number, size_t n)
{
	Asked *asked = g_new0(Asked, 1);
	asked->tag = g_strdup(tag);
	asked->number = number;
	asked->n = n;
	g_queue_push_tail(&window->asked, asked);
	window->open++;
	window->sent += n;
}

/* The number of the only message that a FETCH names, and what follows it; 0: there are others, or a
 * literal, after which the command goes on. */
static guint32
only_number(BaseBytes args, BaseBytes *what)
{
	uint64_t number = 0;
	*what = args;
	bool one = args.n > 0 && args.p[0] != '0' && imap_take_number(what, G_MAXUINT32, &number) &&
		   what->n > 0 && what->p[0] == ' ' &&
		   base_bytes_find(*what, BASE_LIT("\n")) == what->n - 1;
	return one ? (guint32)number : 0;
}

/* Something has to be done before the next tagged response. */
static bool
has_work(const ImapFetching *fetching)
{
	return fetching->waiting->len > 0 || fetching->signed_->len > 0 ||
	       !imap_set_is_empty(fetching->again) || !imap_set_is_empty(fetching->later);
}

static bool
is_asked(const Window *window, guint32 number)
{
	const GList *link = window->asked.head;
	while (link != NULL && ((const Asked *)link->data)->number != number) {
		link = link->next;
	}
	return link != NULL;
}

/* Sends the command @line of the mail program, too, if it is one more of these. */
static bool
send_next(Window *window, BaseBytes line, bool *sent, GError **error)
{
	const ImapFetching *fetching = window->fetching;
	g_autoptr(ImapCommand) command = NULL;
	BaseBytes what = {0};
	*sent = false;
	if (!imap_command_parse(line, &command, NULL) || strcmp(command->name, "FETCH") != 0 ||
	    command->uid != fetching->uid) {
		return true;
	}
	guint32 number = only_number(command->args, &what);
	if (number == 0 || !base_bytes_equal(what, window->what) || is_asked(window, number)) {
		return true;
	}
	g_autofree char *set = g_strdup_printf("%u", number);
	g_autofree char *text = fetching->witness || fetching->added_uid
					? command_for_provider(fetching, command->tag, set)
					: NULL;
	BaseBytes octets = text == NULL ? line : base_bytes_str(text);
	if (window->sent + octets.n > IMAP_WINDOW_OCTETS) {
		return true;
	}
	*sent = true;
	note_asked(window, command->tag, number, octets.n);
	return net_conn_write(fetching->session->server, octets, error);
}

/* Sends what the mail program has sent meanwhile, as long as that is more of the same. */
static bool
send_more(Window *window, GError **error)
{
	ImapSession *session = window->fetching->session;
	bool sent = window->what.n > 0;
	while (sent && window->open < WINDOW_COMMANDS && !has_work(window->fetching)) {
		NetReady ready = NET_READY_NONE;
		if (!net_wait(session->client, NULL, 0, house_stop(session->house), &ready,
			      error)) {
			return false;
		}
		BaseBytes data = net_conn_buffered(session->client);
		size_t end = base_bytes_find(data, BASE_LIT("\n"));
		if (ready != NET_READY_FIRST || end == SIZE_MAX) {
			break;
		}
		if (!send_next(window, base_bytes_slice(data, 0, end + 1), &sent, error)) {
			return false;
		}
		net_conn_consume(session->client, sent ? end + 1 : 0);
	}
	return true;
}

/* The provider may answer them in any order. */
static bool
take_answer(Window *window, GError **error)
{
	g_autoptr(GByteArray) line = g_byte_array_new();
	ImapResponse tagged;
	if (!take_responses(window->fetching, line, &tagged, error)) {
		return false;
	}
	window->held += line->len;
	if (window->held > WIRE_RESPONSE_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "the responses are too long");
	}
	for (GList *link = window->asked.head; link != NULL; link = link->next) {
		Asked *asked = link->data;
		if (asked->line == NULL &&
		    base_bytes_equal(tagged.tag, base_bytes_str(asked->tag))) {
			asked->line = g_steal_pointer(&line);
			window->open--;
			window->sent -= asked->n;
			return true;
		}
	}
	return base_fail(error, PS_ERROR_MALFORMED,
			 "the provider answers a command that was not given");
}

/* A response of which it is not known whose message it was about may be to any of them. */
static bool
has_later(const ImapFetching *fetching, const Asked *asked)
{
	return !imap_set_is_empty(fetching->later) &&
	       (asked->number == 0 || imap_set_contains(fetching->later, asked->number, 0) ||
		imap_set_contains(fetching->later, 0, 0));
}

/* The tagged responses to those that are done, in order. */
static bool
pass_tagged(Window *window, GError **error)
{
	ImapSession *session = window->fetching->session;
	const Asked *head = g_queue_peek_head(&window->asked);
	while (head != NULL && head->line != NULL) {
		ImapResponse response;
		window->held -= head->line->len;
		imap_response_parse(base_bytes_of_array(head->line), &response);
		if (has_later(window->fetching, head)
			    ? !imap_reply(session, head->tag, IMAP_LATER, error)
			    : !imap_relay_response(session, head->line, &response, error)) {
			return false;
		}
		asked_free(g_queue_pop_head(&window->asked));
		head = g_queue_peek_head(&window->asked);
	}
	return true;
}

static bool
run(ImapFetching *fetching, const ImapCommand *command, BaseBytes octets, GError **error)
{
	bool added = fetching->witness || fetching->added_uid;
	g_autofree char *text =
		added ? command_for_provider(fetching, command->tag, fetching->fetch->set_wire)
		      : NULL;
	BaseBytes sent = text == NULL ? octets : base_bytes_str(text);
	bool refused = false;
	g_auto(Window) window = {.fetching = fetching};
	guint32 number = only_number(command->args, &window.what);
	if (number == 0) {
		window.what.n = 0;
	}
	if (!imap_send_alone(fetching->session, command->tag, sent, &refused, error)) {
		return false;
	}
	if (refused) {
		return true;
	}
	note_asked(&window, command->tag, number, sent.n);
	while (window.open > 0) {
		if (!send_more(&window, error) || !take_answer(&window, error) ||
		    (!has_work(fetching) && !pass_tagged(&window, error))) {
			return false;
		}
	}
	return imap_fetching_finish(fetching, error) && fetch_plain(fetching, error) &&
	       pass_tagged(&window, error);
}

bool
imap_fetch(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error)
{
	g_autoptr(ImapFetch) fetch = imap_fetch_parse(command->args, NULL);
	/* Flags need the UID, by which it is known what was found of the message. */
	bool flags = fetch != NULL && !command->uid && session->opens &&
		     imap_fetch_find(fetch, IMAP_ITEM_FLAGS) != NULL &&
		     views_any(house_views(session->house), session->login, session->mailbox,
			       session->validity);
	if (fetch == NULL || (!flags && !imap_fetch_wants_content(fetch))) {
		return imap_forward(session, command, octets, error);
	}
	g_auto(ImapFetching) fetching = {.session = session, .fetch = fetch, .uid = command->uid};
	fetching.witness = session->opens && imap_fetch_wants_content(fetch) &&
			   !asks_for_header(fetch) && !views_marks(session->login);
	fetching.added_uid = !command->uid && imap_fetch_find(fetch, IMAP_ITEM_UID) == NULL;
	imap_fetching_init(&fetching);
	return imap_drain(session, error) && run(&fetching, command, octets, error);
}
