/* SPDX-License-Identifier: MPL-2.0 */
/* The message: held until all of it is here. */
#include "proxy/submission_private.h"
#include "smtp/data.h"

/* Reads up to the end; false if the mail program is gone, and with it the message. */
static bool
receive(Submission *session, SmtpData *data)
{
	SmtpDataState state = SMTP_DATA_MORE;
	while (state == SMTP_DATA_MORE) {
		BaseBytes octets;
		size_t used = 0;
		if (!net_conn_peek(session->client, &octets, NULL) || octets.n == 0 ||
		    !smtp_data_feed(data, octets, &used, &state, NULL)) {
			return false;
		}
		net_conn_consume(session->client, used);
	}
	return true;
}

static void
refuse(Submission *session, SmtpDataFault fault)
{
	submission_reset(session);
	if (session->lost) {
		return;
	}
	if (fault == SMTP_DATA_BARE) {
		submission_say(session, 554, "5.6.0",
			       "A line ends with CR and LF, and holds none of them");
	} else {
		submission_say(session, 552, "5.3.4", "The message is too big");
	}
}

/* A message without Message-ID may well be meant to leave twice; then nothing is the same again. */
static char *
name_of(const Submission *session, GBytes *message)
{
	g_autoptr(QueueCopy) envelope = submission_envelope(session, message);
	g_autoptr(PsMessage) mail = ps_message_new_from_bytes(message);
	g_autofree char *id = ps_message_get_field(mail, "Message-ID");
	return id != NULL ? queue_name(session->login, envelope) : g_uuid_string_random();
}

void
submission_reject(Submission *session, const char *answer)
{
	submission_reset(session);
	if (!session->lost) {
		submission_say_wire(session, answer);
	}
}

static void
deliver(Submission *session, GBytes *message)
{
	g_clear_pointer(&session->noting, submission_writing_free);
	g_autofree char *name = name_of(session, message);
	session->flight = queue_flight_begin(session->login, name);
	if (session->flight == NULL) {
		submission_reject(session, "451 4.3.0 The same message is on its way already\r\n");
		return;
	}
	g_autofree char *answer = queue_receipt_find(session->login, name);
	if (answer != NULL) {
		/* The provider has it, but the answer got lost on the way to the program. */
		submission_reject(session, answer);
		if (!session->lost) {
			session->elsewhere = g_steal_pointer(&name);
			session->receipt = true;
		}
		return;
	}
	g_autoptr(SubmissionPlan) plan = submission_plan(session, message, name);
	if (plan->answer == NULL) {
		submission_send(session, plan, name);
		return;
	}
	submission_reject(session, plan->answer);
}

void
submission_data(Submission *session)
{
	if (session->mail == NULL || session->rcpts->len == 0) {
		bool mail = session->mail != NULL;
		submission_say(session, mail ? 554 : 503, "5.5.1",
			       mail ? "No valid recipients" : "MAIL comes first");
		return;
	}
	guint64 max = session->offer->size > 0 ? session->offer->size : SUBMISSION_MAX_MESSAGE;
	g_autoptr(BaseSink) spool = base_sink_new_memory(SUBMISSION_MAX_MESSAGE);
	g_autoptr(SmtpData) data = smtp_data_new(spool, MIN(max, SUBMISSION_MAX_MESSAGE));
	submission_say_wire(session, "354 End with a dot on a line of its own\r\n");
	if (session->over || !receive(session, data)) {
		session->over = true;
		return;
	}
	if (smtp_data_fault(data) != SMTP_DATA_GOOD) {
		refuse(session, smtp_data_fault(data));
		return;
	}
	g_autoptr(GBytes) message = base_sink_take_bytes(spool);
	deliver(session, message);
	g_clear_pointer(&session->flight, queue_flight_end);
	submission_forget(session);
}
