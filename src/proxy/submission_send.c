/* SPDX-License-Identifier: MPL-2.0 */
/* Copies to the provider: the main one, whose answer is the mail program's, and the rest. */
#include "proxy/sent.h"
#include "proxy/submission_private.h"

#define UNWRITTEN_MAX (16U << 20) /* octets of copies for Sent that are in memory only */

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
		(void)provider_reset(provider, NULL);
		return g_steal_pointer(&no);
	}
	return provider_data(provider, copy->message, error);
}

/* --- What was left over ---------------------------------------------------------------------- */

/* Whether @field, a list of addresses, has this one. */
static bool
is_in_list(const char *field, const char *address)
{
	g_autofree char *lower = g_ascii_strdown(field, -1);
	g_autofree char *wanted = g_ascii_strdown(address, -1);
	size_t n = strlen(wanted);
	for (const char *p = strstr(lower, wanted); p != NULL; p = strstr(p + 1, wanted)) {
		bool begins = p == lower || strchr("<,:; \t\r\n", p[-1]) != NULL;
		if (begins && (p[n] == '\0' || strchr(">,; \t\r\n", p[n]) != NULL)) {
			return true;
		}
	}
	return false;
}

/* "<a@example.org>" if the copy itself names this recipient, else "somebody at example.org":
 * notices are read where a Bcc recipient should not stand. */
static char *
person(const QueueCopy *copy, const char *rcpt)
{
	static const char *const NAMES[] = {"To", "Cc"};
	g_autofree char *path = g_strndup(rcpt, strcspn(rcpt, " "));
	g_autofree char *address = g_strndup(path + 1, strcspn(path + 1, ">"));
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(copy->message);
	for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
		g_autofree char *field = ps_message_get_field(message, NAMES[i]);
		if (field != NULL && is_in_list(field, address)) {
			return g_steal_pointer(&path);
		}
	}
	const char *at = strrchr(address, '@');
	return g_strconcat("somebody at ", at == NULL ? "this domain" : at + 1, NULL);
}

/* Whom a copy is for. (transfer full) */
static char *
people(const QueueCopy *copy)
{
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < copy->rcpts->len; i++) {
		g_autofree char *one = person(copy, g_ptr_array_index(copy->rcpts, i));
		g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ", one);
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
			g_autofree char *one = person(copy, g_ptr_array_index(copy->rcpts, i - 1));
			queue_notice(session->login,
				     "A copy for %s could not be sent; your provider says: %s", one,
				     words);
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

/* Once: it is tried again at each login. */
static void
tell_unread(Submission *session, QueueEntry *entry, const char *number, const GError *error)
{
	if (queue_entry_note_unread(entry, number)) {
		queue_notice(session->login,
			     "A copy of a message that you sent waits and cannot be read, so that "
			     "its recipients do not get it: %s",
			     error->message);
	}
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
			tell_unread(session, entry, number, error);
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

/* What the Sent folder is to hold. */
static void
remember(Submission *session, GBytes *copy)
{
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(copy);
	g_autofree char *id = ps_message_get_field(message, "Message-ID");
	if (id != NULL) {
		sent_remember(session->login, id, copy);
		session->unwritten += g_bytes_get_size(copy);
	}
}

/* The main copy goes into the transaction that is open, if that is for the same people. */
static SmtpReply *
send_main(Submission *session, const QueueCopy *copy, bool begun, GError **error)
{
	if (begun) {
		return provider_data_end(session->provider, copy->message, error);
	}
	if (copy->rcpts->len == session->rcpts->len) {
		return provider_data(session->provider, copy->message, error);
	}
	return provider_reset(session->provider, error) ? send_copy(session->provider, copy, error)
							: NULL;
}

void
submission_catch_up(Submission *session)
{
	if (session->unwritten > 0) {
		sent_write(session->house, session->login);
		session->unwritten = 0;
	}
}

/*
 * What must not be lost is noted before the answer: that a message was sealed, since its text must
 * not be filed in the clear. That somebody was written to, which the trust in correspondents is
 * about, is true only now, and noted in its own time, before the next message. A kill in between
 * costs that note, and no mail. A report from nobody is no sign of whom the person writes to.
 */
static void
note_written(Submission *session, SubmissionPlan *plan)
{
	if (*session->mail->address == '\0') {
		return;
	}
	if (plan->writing != NULL) {
		submission_writing_sent(plan->writing);
		session->noting = g_steal_pointer(&plan->writing);
	} else if (plan->outcome != NULL) {
		PsEngine *engine = house_lend(session->house, session->login);
		submission_note_sent(engine, plan->outcome);
		house_give_back(session->house, session->login, engine);
	}
}

static bool
note_receipt(Submission *session, SubmissionPlan *plan, const char *name, const char *answer,
	     GError **error)
{
	if (plan->entry != NULL) {
		session->elsewhere = g_strdup(name);
		return queue_entry_commit(plan->entry, error);
	}
	if (session->receipts == NULL) {
		session->receipts = queue_receipts_new(session->login);
	}
	return queue_receipts_write(session->receipts, name, answer, error);
}

/* From here on the mail is on its way: first our notes of it, then the answer. */
static void
note_accepted(Submission *session, SubmissionPlan *plan, const char *name, const SmtpReply *reply)
{
	g_autofree char *wire = smtp_reply_to_string(reply);
	g_autoptr(GError) error = NULL;
	const QueueCopy *main = g_ptr_array_index(plan->copies, 0);
	if (plan->sealed && plan->writing != NULL) {
		submission_writing_settle(plan->writing);
	}
	if (plan->kept) {
		remember(session, plan->own != NULL ? plan->own : main->message);
	}
	bool noted = note_receipt(session, plan, name, wire, &error);
	if (!noted) {
		house_log(session->house, "submission: %s", error->message);
	}
	session->receipt = true;
	g_clear_pointer(&session->flight, queue_flight_end);
	submission_say_wire(session, wire);
	session->over = session->over || !net_conn_flush(session->client, NULL);
	note_written(session, plan);
	if (session->unwritten > UNWRITTEN_MAX) {
		submission_catch_up(session);
	}
}

/* Nothing leaves, though the provider waits for the message: only the end of the connection tells
 * it that there is none. */
static void
abandon(Submission *session, const char *answer)
{
	g_clear_pointer(&session->provider, provider_free);
	session->lost = true;
	submission_say_wire(session, answer);
}

/* Asks for the provider's 354, if it has one, while the only copy is being made; false if it ends
 * here. */
static bool
await_copy(Submission *session, SubmissionPlan *plan, bool *begun)
{
	g_autoptr(GError) error = NULL;
	if (plan->fits && !provider_takes_chunks(session->provider)) {
		g_autoptr(SmtpReply) reply = provider_data_begin(session->provider, &error);
		if (reply == NULL) {
			submission_lose(session, error);
			return false;
		}
		if (reply->code != 354) {
			submission_pass(session, reply);
			return false;
		}
		*begun = true;
	}
	submission_plan_finish(session, plan);
	if (plan->answer != NULL && *begun) {
		abandon(session, plan->answer);
	} else if (plan->answer != NULL) {
		submission_reject(session, plan->answer);
	}
	return plan->answer == NULL;
}

void
submission_send(Submission *session, SubmissionPlan *plan, const char *name)
{
	g_autoptr(GError) error = NULL;
	bool begun = false;
	if (plan->writing != NULL && !await_copy(session, plan, &begun)) {
		return;
	}
	g_autoptr(SmtpReply) reply =
		send_main(session, g_ptr_array_index(plan->copies, 0), begun, &error);
	if (reply == NULL) {
		submission_lose(session, error);
		return;
	}
	if (smtp_reply_class(reply) != 2) {
		submission_pass(session, reply);
		return;
	}
	note_accepted(session, plan, name, reply);
	for (guint i = 1; i < plan->copies->len && !session->lost; i++) {
		g_autofree char *number = queue_entry_number(i - 1);
		send_number(session, plan->entry, number, g_ptr_array_index(plan->copies, i));
	}
}
