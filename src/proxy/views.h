/* SPDX-License-Identifier: MPL-2.0 */
/* What is shown instead of messages, for all sessions: a cache with a bound. The octets
 * never change (ps_engine_view()), so that whatever is forgotten can be made again. */
#pragma once

#include "proxy/house.h"
#include "proxy/kind.h"

typedef struct Views Views;

/* A message as a mail program sees it. */
typedef struct {
	GBytes *content; /* NULL: as it lies at the provider */
	bool decided;    /* it will never be anything else */
	bool later;      /* it is not: only our disk or another process is in the way */
	PsSummary summary;
	gatomicrefcount refs;
} View;

View *view_ref(View *view);
void view_unref(View *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(View, view_unref)

Views *views_new(void);
void views_free(Views *views);

/* Whether anything is shown opened to these accounts, and if so, whether a message is shown
 * otherwise than it lies at the provider: by its kind, or since all are marked. */
bool views_opens(const Login *login);
bool views_marks(const Login *login);
bool views_has(const Login *login, Kind kind);

/* Where a message lies: login, mailbox, UIDVALIDITY, UID; NULL if one of them is not known.
 * (transfer full) */
char *views_place(const Login *login, const char *mailbox, guint32 validity, guint32 uid);

/* The same for POP3, where a number names a message as long as a session lasts, and unique-ids are
 * unique with good servers only. (transfer full) */
char *views_place_in_session(const Login *login, guint session, guint32 number);

/* Whether any view was made in this mailbox. */
bool views_any(Views *views, const Login *login, const char *mailbox, guint32 validity);

/* NULL if it is not known (any more), or @place is NULL. (transfer full) */
View *views_find(Views *views, const char *place);
/* Whether anything was found of the message at @place, opened or signed, and what: kept longer than
 * the octets. Where this is known in a mailbox: UIDs (of guint32, transfer full). */
bool views_summary(Views *views, const char *place, PsSummary *out);
GArray *views_known(Views *views, const Login *login, const char *mailbox, guint32 validity);

/*
 * What is shown to @login of the message, opened with its keys and kept at @place (NULL: nowhere);
 * the one kept there, if there is one. Nothing is learned from @junk. Never fails: what cannot be
 * opened is shown as it is, and what cannot be opened now (later) not at all, since a mail program
 * keeps what it has seen. (transfer full)
 */
View *views_make(Views *views, House *house, const Login *login, const char *place,
		 PsMessage *message, bool junk);

/* What was found of a message that is shown as it is; nothing for PS_SUMMARY_UNPROTECTED, or if
 * @place is NULL. */
void views_note(Views *views, const char *place, PsSummary summary);

/* What was found of the messages of @login, to be kept, and brought back: lines of a place, escaped
 * and without its account, and a summary. Lines that are none are passed over. (transfer full) */
GBytes *views_export(Views *views, const Login *login);
void views_import(Views *views, const Login *login, BaseBytes text);

/* The keyword for a summary, NULL for PS_SUMMARY_UNPROTECTED. */
const char *views_keyword(PsSummary summary);
