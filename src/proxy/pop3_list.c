/* SPDX-License-Identifier: MPL-2.0 */
/* LIST, STAT and UIDL: the provider's answers, with the sizes of what is shown opened. */
#include "proxy/pop3_session.h"

#include "base/error.h"
#include "pop3/line.h"

/* One line of a scan listing: as it is, or with our size. */
static bool
tell_size(BaseBytes line, gpointer user, GError **error)
{
	Pop3Session *session = user;
	guint32 number;
	guint64 octets;
	guint64 shown = POP3_SIZE_AS_IS;

	if (pop3_sizes_parse(line, &number, &octets)) {
		shown = pop3_sizes_get(session->sizes, number);
	}
	if (shown > POP3_SIZE_AS_IS) {
		return net_conn_print(session->client, error, "%u %" G_GUINT64_FORMAT "\r\n",
				      number, shown);
	}
	return net_conn_write(session->client, line, error) &&
	       net_conn_write_str(session->client, "\r\n", error);
}

static bool
list_all(Pop3Session *session, GError **error)
{
	Pop3Status status;
	BaseBytes text;
	bool differ;

	if (!pop3_look_at_all(session, error) ||
	    !pop3_ask(session, "LIST", &status, &text, error)) {
		return false;
	}
	differ = status == POP3_OK && pop3_sizes_differ(session->sizes);
	/* The provider's text often names a sum. */
	if (!(differ ? net_conn_write_str(session->client, "+OK\r\n", error)
		     : pop3_tell_line(session, error))) {
		return false;
	}
	if (status != POP3_OK) {
		return true;
	}
	if (!differ) {
		return pop3_pass_body(session, base_sink_null(), error);
	}
	g_autoptr(BaseSink) lines = pop3_new_lines(tell_size, session, POP3_RESPONSE_MAX);
	return pop3_read_body(session, lines, error) && base_sink_finish(lines, error) &&
	       net_conn_write_str(session->client, ".\r\n", error);
}

static bool
list_one(Pop3Session *session, guint32 number, GError **error)
{
	Pop3Status status;
	BaseBytes text;
	guint64 shown;

	if (!pop3_look_at(session, number, error) ||
	    !pop3_ask_number(session, "LIST", number, &status, &text, error)) {
		return false;
	}
	shown = pop3_sizes_get(session->sizes, number);
	if (status != POP3_OK || shown <= POP3_SIZE_AS_IS) {
		return pop3_tell_line(session, error);
	}
	return net_conn_print(session->client, error, "+OK %u %" G_GUINT64_FORMAT "\r\n", number,
			      shown);
}

/* By how much the messages that are there differ from what the provider says. */
typedef struct {
	const Pop3Session *session;
	guint64 less, more;
} Difference;

static bool
add_difference(BaseBytes line, gpointer user, GError **error G_GNUC_UNUSED)
{
	Difference *difference = user;
	guint32 number;
	guint64 octets, shown;

	if (pop3_sizes_parse(line, &number, &octets)) {
		shown = pop3_sizes_get(difference->session->sizes, number);
		if (shown > POP3_SIZE_AS_IS) {
			difference->less += octets;
			difference->more += shown;
		}
	}
	return true;
}

static bool
take_difference(Pop3Session *session, Difference *difference, GError **error)
{
	g_autoptr(BaseSink) lines = pop3_new_lines(add_difference, difference, POP3_RESPONSE_MAX);
	Pop3Status status;
	BaseBytes text;

	if (!pop3_sizes_differ(session->sizes)) {
		return true;
	}
	return pop3_ask(session, "LIST", &status, &text, error) &&
	       (status != POP3_OK || pop3_read_body(session, lines, error));
}

static bool
tell_sum(Pop3Session *session, GError **error)
{
	Difference difference = {.session = session};
	Pop3Status status;
	BaseBytes text;
	guint32 count;
	guint64 octets;

	if (!pop3_look_at_all(session, error) || !take_difference(session, &difference, error) ||
	    !pop3_ask(session, "STAT", &status, &text, error)) {
		return false;
	}
	if (difference.more == difference.less || status != POP3_OK ||
	    !pop3_sizes_parse(text, &count, &octets) ||
	    octets + difference.more < difference.less) {
		return pop3_tell_line(session, error);
	}
	return net_conn_print(session->client, error, "+OK %u %" G_GUINT64_FORMAT "\r\n", count,
			      octets + difference.more - difference.less);
}

/* Unique-ids stay the provider's: they are the same in every session. */
static bool
tell_ids(Pop3Session *session, GError **error)
{
	g_autoptr(BaseSink) reader = pop3_new_uidl_reader(session);
	Pop3Status status;
	BaseBytes text;

	return pop3_ask(session, "UIDL", &status, &text, error) && pop3_tell_line(session, error) &&
	       (status != POP3_OK || pop3_pass_body(session, reader, error));
}

bool
pop3_list(Pop3Session *session, const Pop3Command *command, GError **error)
{
	guint32 number = command->numbers[0];
	Pop3Status status;
	BaseBytes text;

	if (command->verb == POP3_STAT) {
		return tell_sum(session, error);
	}
	if (command->verb == POP3_LIST) {
		return command->n_numbers == 0 ? list_all(session, error)
					       : list_one(session, number, error);
	}
	if (command->n_numbers == 0) {
		return tell_ids(session, error);
	}
	return pop3_ask_number(session, "UIDL", number, &status, &text, error) &&
	       pop3_tell_line(session, error);
}
