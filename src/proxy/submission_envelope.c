/* SPDX-License-Identifier: MPL-2.0 */
/* MAIL and RCPT go on at once, so that the provider's word on a recipient comes when it is named.
 */
#include "proxy/submission_private.h"

#define MAX_PENDING 50U /* replies that the provider may hold for us */

typedef struct {
	SmtpPath *path;
	bool is_mail;
} Pending;

static void
pending_free(gpointer data)
{
	Pending *pending = data;
	smtp_path_free(pending->path);
	g_free(pending);
}

void
submission_forget(Submission *session)
{
	g_clear_pointer(&session->mail, smtp_path_free);
	g_ptr_array_set_size(session->rcpts, 0);
	g_queue_clear_full(&session->pending, pending_free);
}

void
submission_reset(Submission *session)
{
	g_autoptr(GError) error = NULL;
	bool is_open = session->mail != NULL;
	submission_forget(session);
	if (is_open && !session->lost && !provider_reset(session->provider, &error)) {
		submission_lose(session, error);
	}
}

static void
accept_path(Submission *session, Pending *pending)
{
	if (pending->is_mail) {
		session->mail = g_steal_pointer(&pending->path);
	} else if (session->mail != NULL) { /* else it would belong to the next message */
		g_ptr_array_add(session->rcpts, g_steal_pointer(&pending->path));
	}
}

void
submission_settle(Submission *session)
{
	while (!g_queue_is_empty(&session->pending)) {
		g_autoptr(GError) error = NULL;
		Pending *pending = g_queue_pop_head(&session->pending);
		g_autoptr(SmtpReply) reply =
			session->lost ? NULL : provider_reply(session->provider, &error);
		if (reply != NULL) {
			if (smtp_reply_class(reply) == 2) {
				accept_path(session, pending);
			}
			submission_pass(session, reply);
		} else if (!session->lost) {
			submission_lose(session, error);
		} else {
			submission_say(session, 451, "4.4.1", "The provider is gone");
		}
		pending_free(pending);
	}
}

static void
relay(Submission *session, bool is_mail, SmtpPath *path)
{
	guint theirs = provider_offer(session->provider)->keywords;
	const char *body =
		path->eight_bit && (theirs & SMTP_OFFER_8BITMIME) != 0 ? " BODY=8BITMIME" : "";
	g_autoptr(GError) error = NULL;
	Pending *pending = g_new0(Pending, 1);
	pending->path = path;
	pending->is_mail = is_mail;
	g_queue_push_tail(&session->pending, pending);
	if (!provider_send(session->provider, &error, "%s:<%s>%s%s",
			   is_mail ? "MAIL FROM" : "RCPT TO", path->address, body,
			   path->parameters)) {
		g_queue_pop_tail(&session->pending);
		pending_free(pending);
		submission_settle(session);
		submission_lose(session, error);
	} else if ((theirs & SMTP_OFFER_PIPELINING) == 0 ||
		   session->pending.length >= MAX_PENDING) {
		submission_settle(session);
	}
}

static bool
mail_is_pending(Submission *session)
{
	const Pending *first = g_queue_peek_head(&session->pending);
	return first != NULL && first->is_mail;
}

/* One of our own replies, behind those that are still to come. */
static void
refuse(Submission *session, guint code, const char *status, const char *text)
{
	submission_settle(session);
	submission_say(session, code, status, text);
}

static void
refuse_path(Submission *session, SmtpPathState state, bool is_mail)
{
	static const struct {
		guint code;
		const char *status;
		const char *text;
	} faults[] = {
		[SMTP_PATH_PARAMETER] = {501, "5.5.4", "A parameter has a value it cannot have"},
		[SMTP_PATH_UNKNOWN] = {555, "5.5.4", "A parameter is not known"},
		[SMTP_PATH_UTF8] = {553, "5.6.7", "The address is not ASCII"},
	};

	if (state == SMTP_PATH_SYNTAX) {
		refuse(session, 501, is_mail ? "5.1.7" : "5.1.3",
		       "This is no address in angle brackets");
	} else {
		refuse(session, faults[state].code, faults[state].status, faults[state].text);
	}
}

void
submission_mail(Submission *session, const char *argument)
{
	g_autoptr(SmtpPath) path = NULL;
	guint64 max = session->offer->size;
	if (session->mail != NULL || mail_is_pending(session)) {
		refuse(session, 503, "5.5.1", "A message is under way already");
		return;
	}
	SmtpPathState state = smtp_path_parse_mail(argument, session->offer, &path);
	if (state != SMTP_PATH_OK) {
		refuse_path(session, state, true);
	} else if (path->size > (max > 0 ? max : SUBMISSION_MAX_MESSAGE)) {
		refuse(session, 552, "5.3.4", "The message is too big");
	} else {
		relay(session, true, g_steal_pointer(&path));
	}
}

void
submission_rcpt(Submission *session, const char *argument)
{
	g_autoptr(SmtpPath) path = NULL;
	bool is_pending = mail_is_pending(session);
	const Pending *mail = is_pending ? g_queue_peek_head(&session->pending) : NULL;
	if (session->mail == NULL && !is_pending) {
		refuse(session, 503, "5.5.1", "MAIL comes first");
		return;
	}
	if (session->rcpts->len + session->pending.length >= SUBMISSION_MAX_RCPTS) {
		refuse(session, 452, "4.5.3", "Too many recipients");
		return;
	}
	bool utf8 = mail != NULL ? mail->path->utf8 : session->mail->utf8;
	SmtpPathState state = smtp_path_parse_rcpt(argument, session->offer, utf8, &path);
	if (state != SMTP_PATH_OK) {
		refuse_path(session, state, false);
	} else {
		relay(session, false, g_steal_pointer(&path));
	}
}
