/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What must survive a kill in the middle of a submission, under HOME/queue/LOGIN.
 *
 * A submission of several copies (all of them sealed: the main one, then further groups, then Bcc)
 * is nobody's duty but the mail program's, or ours to the end. Its states are names on the disk;
 * NAME is a hash of login, envelope and message, with something random behind it:
 *
 *   NAME.held/  the further copies lie there and the provider has nothing yet. If we die now, the
 *               mail program had no answer and sends again: the folder is thrown away.
 *   NAME.due/   the provider has accepted the main copy (one rename of the folder). The further
 *               copies are ours: sent now, or at the user's next login. Each is removed when the
 *               provider has accepted it, or refused it for good, which a notice tells.
 *
 * In it, 0002.mail is a copy as it leaves, and 0002.to its envelope, encrypted to the account,
 * since it may name a Bcc recipient. `unanswered` is there until the mail program has its answer,
 * which shows in that it goes on.
 *
 * A submission of one copy needs no folder: its receipt is written when the provider has accepted
 * it, and taken back when the mail program has its answer. A session has one file for its receipts,
 * RANDOM.sent, with one of them at a time: NAME in the first line, the answer behind it.
 *
 * A program that was cut off before its answer sends the very same submission again. If a receipt
 * or `unanswered` is there, it gets its answer and nothing leaves twice. If its first try is still
 * at the provider, which may think for minutes, the second waits for what becomes of it.
 *
 * Whoever works on a folder holds a flock() on it, so that two sessions of one user do not send the
 * same copy; the kernel ends it when we die. Between the provider's "250" and our note lies an
 * instant that no protocol closes (RFC 1047). If we die in it, that copy is sent again with the
 * same Message-ID: rather twice than never.
 */
#pragma once

#include "proxy/house.h"

/* One copy and its envelope. */
typedef struct {
	char *sender;     /* what follows MAIL FROM: "<alice@example.org> RET=HDRS" */
	GPtrArray *rcpts; /* of char *: what follows RCPT TO: */
	GBytes *message;  /* with CRLF, not stuffed */
} QueueCopy;

QueueCopy *queue_copy_new(const char *sender, GBytes *message);
void queue_copy_free(QueueCopy *copy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QueueCopy, queue_copy_free)

/* The NAME of a submission, without what is random. (transfer full) */
char *queue_name(const Login *login, const QueueCopy *submission);

typedef struct QueueEntry QueueEntry;

/* An empty entry, held. PS_ERROR_CREATE. */
QueueEntry *queue_entry_new(const Login *login, const char *name, GError **error);
/* Lets go of it; one that is held and not committed, or done, is removed. */
void queue_entry_free(QueueEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QueueEntry, queue_entry_free)

/* Adds a sealed copy; it is on the disk when this returns. @engine is lent to @login. */
bool queue_entry_add(QueueEntry *entry, const Login *login, PsEngine *engine, const QueueCopy *copy,
		     GError **error);
/* The number of the copy that was added as the first (0), second...; (transfer full). */
char *queue_entry_number(guint index);
/* The main copy was accepted: held becomes due, also if that cannot be written down (an error):
 * then this process knows it, and tries again. */
bool queue_entry_commit(QueueEntry *entry, GError **error);

/* Those of @login that are due and that nobody works on; what processes that died left held is
 * removed. (transfer full) */
GPtrArray *queue_due(const Login *login);
/* The numbers of its copies that are still to be sent, as strings. (transfer full) */
GPtrArray *queue_entry_copies(const QueueEntry *entry);
/* @engine is lent to @login. */
QueueCopy *queue_entry_read(const QueueEntry *entry, const char *number, const Login *login,
			    PsEngine *engine, GError **error);
/* Whether that failed for the first time, and nobody was told yet. */
bool queue_entry_note_unread(QueueEntry *entry, const char *number);
/* The provider has it, or has refused it for good. */
bool queue_entry_done(QueueEntry *entry, const char *number, GError **error);

/* A submission on its way, in this process: nobody else of @login sends one of this name. */
typedef struct QueueFlight QueueFlight;
/* Waits while another session has it. NULL: that takes too long, or the daemon ends. */
QueueFlight *queue_flight_begin(const Login *login, const char *name);
/* Its receipt is there, or it was not accepted. */
void queue_flight_end(QueueFlight *flight);

/* The answer that the mail program must get instead of sending again; NULL if there is none. */
char *queue_receipt_find(const Login *login, const char *name);
/* The mail program has that answer now. */
void queue_receipt_remove(const Login *login, const char *name);

/* The receipts of one session. */
typedef struct QueueReceipts QueueReceipts;
QueueReceipts *queue_receipts_new(const Login *login);
/* A receipt that was not taken back stays. */
void queue_receipts_free(QueueReceipts *receipts);
/* Instead of the one before, if there was one. PS_ERROR_CREATE, PS_ERROR_IO. */
bool queue_receipts_write(QueueReceipts *receipts, const char *name, const char *answer,
			  GError **error);
/* The mail program has its answer; @ends: and it will send nothing more. */
void queue_receipts_take_back(QueueReceipts *receipts, bool ends);

/* One line in HOME/queue/notices: what the person should know of copies that were left over. It is
 * in the clear, so no hidden recipient is named. The file does not grow for ever: the newest 32 KiB
 * at least are there. */
void queue_notice(const Login *login, const char *format, ...) G_GNUC_PRINTF(2, 3);
