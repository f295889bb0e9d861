/* SPDX-License-Identifier: MPL-2.0 */
/*
 * FETCH. What is asked about content is asked of the provider together with a witness, the
 * Content-Type field; so each response tells by itself whether its message is an ordinary one,
 * which passes as it streams in, or a sealed one, which is answered from its view. Where the
 * response does not hold the whole sealed message, it is fetched after the others; the tagged
 * response waits for that. Nothing but views is ever kept.
 */
#include "proxy/imap_answer.h"

#include "base/error.h"
#include "imap/set.h"

#define WITNESS_FIELDS "BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE POSTSEAL-KEY POSTSEAL-STATUS)]"

/* All responses up to the tagged one, which is left in @line. */
static bool
take_responses(ImapFetching *fetching, const char *tag, GByteArray *line, GError **error)
{
	ImapSession *session = fetching->session;
	for (;;) {
		ImapResponse response;
		g_byte_array_set_size(line, 0);
		if (!wire_line(session->server, line, WIRE_RESPONSE_MAX, error)) {
			return false;
		}
		imap_response_parse(base_bytes_of_array(line), &response);
		if (response.kind == IMAP_TAGGED) {
			return imap_check_tag(&response, tag, error);
		}
		bool is_fetch = response.has_number && strcmp(response.name, "FETCH") == 0;
		if (is_fetch ? !imap_take_fetched(fetching, line, error)
			     : !imap_relay_response(session, line, &response, error)) {
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

/* The command as the provider gets it: with the witness first, since servers answer in the order in
 * which they are asked, and with the UID. */
static char *
command_for_provider(ImapFetching *fetching, const ImapCommand *command)
{
	const ImapFetch *fetch = fetching->fetch;
	g_autoptr(GString) text = g_string_new(NULL);
	g_string_append_printf(text, "%s %sFETCH %s (", command->tag, command->uid ? "UID " : "",
			       fetch->set_wire);
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
	bool refused = false;
	fetching->plain = true;
	if (!imap_send_alone(session, tag, base_bytes_str(text), &refused, error)) {
		return false;
	}
	return refused ? base_fail(error, PS_ERROR_MALFORMED,
				   "the provider takes a literal once and then not")
		       : take_responses(fetching, tag, line, error);
}

static bool
run(ImapFetching *fetching, const ImapCommand *command, BaseBytes octets, GError **error)
{
	ImapSession *session = fetching->session;
	g_autoptr(GByteArray) line = g_byte_array_new();
	bool added = fetching->witness || fetching->added_uid;
	g_autofree char *text = added ? command_for_provider(fetching, command) : NULL;
	BaseBytes sent = text == NULL ? octets : base_bytes_str(text);
	bool refused = false;
	if (!imap_send_alone(session, command->tag, sent, &refused, error)) {
		return false;
	}
	if (refused) {
		return true;
	}
	if (!take_responses(fetching, command->tag, line, error) ||
	    !imap_fetching_finish(fetching, error) || !fetch_plain(fetching, error)) {
		return false;
	}
	ImapResponse response;
	imap_response_parse(base_bytes_of_array(line), &response);
	return imap_relay_response(session, line, &response, error);
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
