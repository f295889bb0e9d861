/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of a submission session. */
#pragma once

#include "proxy/queue.h"
#include "proxy/submission_provider.h"
#include "smtp/command.h"
#include "smtp/line.h"
#include "smtp/path.h"

#define SUBMISSION_MAX_MESSAGE (G_GUINT64_CONSTANT(512) << 20) /* octets; held in memory */
#define SUBMISSION_MAX_RCPTS   1000U

typedef struct {
	House *house;
	NetConn *client;
	SmtpLine *line;
	char *helo;       /* what the mail program calls itself; NULL: it has not yet */
	SmtpOffer *offer; /* what it may use; NULL before EHLO */
	guint errors;     /* commands that went wrong */
	bool over;        /* nothing more is read */
	bool lost;        /* the provider is gone: the next command ends the session */
	Login *login;     /* NULL before the provider accepted it */
	Provider *provider;
	bool receipt; /* the mail program may not have seen its last answer yet: there is a receipt
		       */
	QueueReceipts *receipts;          /* NULL before the first submission */
	char *elsewhere;                  /* NAME, if the receipt is not in ours */
	SmtpPath *mail;                   /* of the open transaction; NULL: none is open */
	GPtrArray *rcpts;                 /* SmtpPath: those that the provider accepted */
	GQueue pending;                   /* commands whose replies are still to come */
	size_t unwritten;                 /* octets of copies for Sent that are in memory only */
	struct SubmissionWriting *noting; /* the last copy, while the store notes it; or NULL */
	QueueFlight *flight;              /* of the message that is being sent; or NULL */
} Submission;

/* --- submission.c: talking to the mail program. After a failure session->over is set. */

/* A reply of ours. Codes from 500 on count as errors. */
void submission_say(Submission *session, guint code, const char *status, const char *text);
/* On the wire already. */
void submission_say_wire(Submission *session, const char *wire);
/* The provider's own words. */
void submission_pass(Submission *session, const SmtpReply *reply);
/* The mail program has its answer; @ends: and says good-bye. */
void submission_forget_receipt(Submission *session, bool ends);
/* The provider is gone, in the middle of a command. */
void submission_lose(Submission *session, const GError *error);
/* The next line; NULL: the session is over. The state may be LONG or BROKEN. */
const char *submission_read_line(Submission *session, SmtpLineState *state);

/* --- submission_login.c */

void submission_ehlo(Submission *session, const char *argument);
void submission_helo(Submission *session, const char *argument);
void submission_auth(Submission *session, const char *argument);
/* What the mail program is offered before it says who it is: what all providers of the
 * configuration can, as far as they were seen lately. @mechanisms: (transfer full). */
SmtpOffer *submission_offer(House *house, const char *helo, char **mechanisms);
/* The provider of @login was seen. */
void submission_offer_note(const NetServer *server, const SmtpOffer *offer);

/* --- submission_envelope.c */

void submission_mail(Submission *session, const char *argument);
void submission_rcpt(Submission *session, const char *argument);
/* Waits for the replies that are still to come and passes them on. */
void submission_settle(Submission *session);
/* Forgets the transaction on our side. */
void submission_forget(Submission *session);
/* Ends it at the provider too. */
void submission_reset(Submission *session);

/* --- submission_data.c */

void submission_data(Submission *session);
/* @answer, on the wire, instead of the message. */
void submission_reject(Submission *session, const char *answer);

/* --- submission_write.c */

/* The only copy of a message while it is made, in a thread of its own. */
typedef struct SubmissionWriting SubmissionWriting;
/* Takes over @engine, which is given back when the copy is written, and @outcome. @beside: there is
 * something to do meanwhile. */
SubmissionWriting *submission_writing_begin(const Submission *session, PsEngine *engine,
					    PsOutcome *outcome, bool beside);
/* Waits for its octets. (transfer full) */
GBytes *submission_writing_octets(SubmissionWriting *writing, GError **error);
/* Waits until the store has what must not be lost: that a message was sealed. */
void submission_writing_settle(SubmissionWriting *writing);
/* The provider has accepted it: to whom it was sent is noted, which may take until _free(). */
void submission_writing_sent(SubmissionWriting *writing);
void submission_writing_free(SubmissionWriting *writing);
/* The same at once, for all copies of @outcome. */
void submission_note_sent(PsEngine *engine, const PsOutcome *outcome);

/* --- submission_plan.c */

typedef struct {
	GPtrArray *copies;          /* of QueueCopy: the main one first; empty if nothing leaves */
	GBytes *own;                /* the one that its author can read; NULL: the main one */
	PsOutcome *outcome;         /* of several copies, to note them when they left; or NULL */
	QueueEntry *entry;          /* the further ones on the disk; NULL if there are none */
	char *answer;               /* why nothing leaves, on the wire; NULL if it does */
	SubmissionWriting *writing; /* the only copy is being made, and copies is empty until
				       submission_plan_finish() */
	bool fits;                  /* the provider can take it, whatever comes of it */
	bool kept;   /* what leaves is not what the mail program has, and kept for Sent */
	bool sealed; /* and it is sealed */
} SubmissionPlan;

void submission_plan_free(SubmissionPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SubmissionPlan, submission_plan_free)

/* What leaves for the message of the open transaction; @name: its queue_name(). */
SubmissionPlan *submission_plan(Submission *session, GBytes *message, const char *name);
/* Waits for the copy that is being made; then copies or answer is there. */
void submission_plan_finish(Submission *session, SubmissionPlan *plan);
/* The sender and the recipients of the open transaction as they are told the provider. */
QueueCopy *submission_envelope(const Submission *session, GBytes *message);

/* --- submission_send.c */

/* Sends what is planned and answers the mail program. */
void submission_send(Submission *session, SubmissionPlan *plan, const char *name);
/* Writes the copies for Sent that are in memory only. */
void submission_catch_up(Submission *session);
/* Sends what was left over by sessions before. */
void submission_send_due(Submission *session);
