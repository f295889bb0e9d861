/* SPDX-License-Identifier: MPL-2.0 */
/* Copies to the provider: the main one, whose answer is the mail program's, and the rest. */
#include "proxy/submission_private.h"

/* What became of one copy. */
typedef enum {
	SENT_ACCEPTED,
	SENT_REFUSED, /* for good */
	SENT_LATER,   /* not now */
	SENT_LOST,    /* the provider is gone */
} Sent;

static Sent
judge(const SmtpReply *reply)
{
	if (reply == NULL) {
		return SENT_LOST;
	}
	return smtp_reply_class(reply) == 2   ? SENT_ACCEPTED
	       : smtp_reply_class(reply) == 5 ? SENT_REFUSED
					      : SENT_LATER;
}

/* The envelope of @copy as one group of commands if the provider takes groups; its replies in
 * order. False if the provider is gone. */
static bool
send_envelope(Provider *provider, const QueueCopy *copy, GPtrArray *replies, GError **error)
{
	bool groups = (provider_offer(provider)->keywords & SMTP_OFFER_PIPELINING) != 0;
	guint commands = copy->rcpts->len + 1;
	for (guint i = 0; i < commands; i++) {
		const char *word = i == 0 ? "MAIL FROM:" : "RCPT TO:";
		const char *path = i == 0 ? copy->sender : g_ptr_array_index(copy->rcpts, i - 1);
		if (!provider_send(provider, error, "%s%s", word, path)) {
			return false;
		}
		while (replies->len < (groups && i + 1 < commands ? 0 : i + 1)) {
			SmtpReply *reply = provider_reply(provider, error);
			if (reply == NULL) {
				return false;
			}
			g_ptr_array_add(replies, reply);
		}
	}
	return true;
}

/* The first reply that is no yes; NULL if all are. (transfer full) */
static SmtpReply *
first_no(GPtrArray *replies)
{
	for (guint i = 0; i < replies->len; i++) {
		SmtpReply *reply = g_ptr_array_index(replies, i);
		if (smtp_reply_class(reply) != 2) {
			return g_ptr_array_steal_index(replies, i);
		}
	}
	return NULL;
}

/* A whole transaction: all recipients or none. */
static SmtpReply *
send_copy(Provider *provider, const QueueCopy *copy, GError **error)
{
	g_autoptr(GPtrArray) replies =
		g_ptr_array_new_with_free_func((GDestroyNotify)smtp_reply_free);
	if (!send_envelope(provider, copy, replies, error)) {
		return NULL;
	}
	g_autoptr(SmtpReply) no = first_no(replies);
	if (no != NULL) {
		return provider_reset(provider, error) ? g_steal_pointer(&no) : NULL;
	}
	return provider_data(provider, copy->message, error);
}

/* --- What was left over ---------------------------------------------------------------------- */

/* "<a@example.org>, <b@example.org>": whom a copy is for. (transfer full) */
static char *
people(const QueueCopy *copy)
{
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < copy->rcpts->len; i++) {
		const char *rcpt = g_ptr_array_index(copy->rcpts, i);
		g_string_append_printf(text, "%s%.*s", i == 0 ? "" : ", ", (int)strcspn(rcpt, " "),
				       rcpt);
	}
	return g_string_free(text, FALSE);
}

/* One of several recipients may be refused for good: the others get theirs. */
static void
drop_refused(Submission *session, QueueCopy *copy, const GPtrArray *replies)
{
	for (guint i = replies->len; i-- > 1;) {
		const SmtpReply *reply = g_ptr_array_index(replies, i);
		if (smtp_reply_class(reply) == 5) {
			g_autofree char *words = smtp_reply_summary(reply);
			queue_notice(session->login,
				     "A copy for %s could not be sent; your provider says: %s",
				     (const char *)g_ptr_array_index(copy->rcpts, i - 1), words);
			g_ptr_array_remove_index(copy->rcpts, i - 1);
		}
	}
}

/* The first reply of class 4; NULL if there is none. Borrowed. */
static const SmtpReply *
first_later(const GPtrArray *replies)
{
	for (guint i = 0; i < replies->len; i++) {
		const SmtpReply *reply = g_ptr_array_index(replies, i);
		if (smtp_reply_class(reply) != 2 && smtp_reply_class(reply) != 5) {
			return reply;
		}
	}
	return NULL;
}

/* Ends the transaction without the message. */
static Sent
give_up(Submission *session, Sent sent, GError **error)
{
	return provider_reset(session->provider, error) ? sent : SENT_LOST;
}

static Sent
send_further(Submission *session, QueueCopy *copy, char **words, GError **error)
{
	g_autoptr(GPtrArray) replies =
		g_ptr_array_new_with_free_func((GDestroyNotify)smtp_reply_free);
	if (!send_envelope(session->provider, copy, replies, error)) {
		return SENT_LOST;
	}
	const SmtpReply *mail = g_ptr_array_index(replies, 0);
	const SmtpReply *no = smtp_reply_class(mail) == 5 ? mail : first_later(replies);
	if (no != NULL) {
		*words = smtp_reply_summary(no);
		return give_up(session, judge(no), error);
	}
	drop_refused(session, copy, replies);
	if (copy->rcpts->len == 0) {
		return give_up(session, SENT_ACCEPTED, error);
	}
	g_autoptr(SmtpReply) final = provider_data(session->provider, copy->message, error);
	*words = final == NULL ? NULL : smtp_reply_summary(final);
	return judge(final);
}

/* Sends one copy of @entry, and notes what became of it; false if the provider is gone. */
static bool
send_number(Submission *session, QueueEntry *entry, const char *number, QueueCopy *copy)
{
	g_autofree char *words = NULL;
	g_autoptr(GError) error = NULL;
	Sent sent = send_further(session, copy, &words, &error);
	g_autofree char *to = people(copy);
	switch (sent) {
	case SENT_ACCEPTED:
		break;
	case SENT_REFUSED:
		queue_notice(session->login,
			     "A copy for %s could not be sent; your provider says: %s", to, words);
		break;
	case SENT_LATER:
	case SENT_LOST:
		queue_notice(session->login,
			     "A copy for %s waits until you next log in to send mail: %s", to,
			     error == NULL ? words : error->message);
		house_log(session->house, "submission: a copy waits in the queue");
		session->lost = sent == SENT_LOST || session->lost;
		return !session->lost;
	}
	if (!queue_entry_done(entry, number, &error)) {
		house_log(session->house, "submission: %s", error->message);
	}
	return true;
}

static void
send_entry(Submission *session, QueueEntry *entry)
{
	g_autoptr(GPtrArray) numbers = queue_entry_copies(entry);
	for (guint i = 0; i < numbers->len && !session->lost; i++) {
		const char *number = g_ptr_array_index(numbers, i);
		g_autoptr(GError) error = NULL;
		PsEngine *engine = house_lend(session->house, session->login);
		g_autoptr(QueueCopy) copy =
			queue_entry_read(entry, number, session->login, engine, &error);
		house_give_back(session->house, session->login, engine);
		if (copy == NULL) {
			house_log(session->house, "submission: a copy cannot be read: %s",
				  error->message);
		} else {
			send_number(session, entry, number, copy);
		}
	}
}

void
submission_send_due(Submission *session)
{
	g_autoptr(GPtrArray) due = queue_due(session->login);
	for (guint i = 0; i < due->len && !session->lost; i++) {
		send_entry(session, g_ptr_array_index(due, i));
	}
}

/* --- The submission -------------------------------------------------------------------------- */

/* The main copy goes into the transaction that is open, if that is for the same people. */
static SmtpReply *
send_main(Submission *session, const QueueCopy *copy, GError **error)
{
	if (copy->rcpts->len == session->rcpts->len) {
		return provider_data(session->provider, copy->message, error);
	}
	return provider_reset(session->provider, error) ? send_copy(session->provider, copy, error)
							: NULL;
}

/* From here on the mail is on its way: first our note of it, then the answer. */
static void
note_accepted(Submission *session, SubmissionPlan *plan, const char *name, const SmtpReply *reply)
{
	g_autofree char *wire = smtp_reply_to_string(reply);
	g_autoptr(GError) error = NULL;
	bool noted = plan->entry != NULL ? queue_entry_commit(plan->entry, &error)
					 : queue_receipt_write(session->login, name, wire, &error);
	if (!noted) {
		house_log(session->house, "submission: %s", error->message);
	}
	session->receipt = g_strdup(name);
	submission_say_wire(session, wire);
	session->over = session->over || !net_conn_flush(session->client, NULL);
}

void
submission_send(Submission *session, SubmissionPlan *plan, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(SmtpReply) reply = send_main(session, g_ptr_array_index(plan->copies, 0), &error);
	if (reply == NULL) {
		submission_lose(session, error);
		return;
	}
	if (smtp_reply_class(reply) != 2) {
		submission_pass(session, reply);
		return;
	}
	note_accepted(session, plan, name, reply);
	g_autoptr(GPtrArray) numbers = plan->entry == NULL ? NULL : queue_entry_copies(plan->entry);
	for (guint i = 1; i < plan->copies->len && numbers != NULL && !session->lost; i++) {
		send_number(session, plan->entry, g_ptr_array_index(numbers, i - 1),
			    g_ptr_array_index(plan->copies, i));
	}
}
