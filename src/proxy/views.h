/* SPDX-License-Identifier: MPL-2.0 */
/* What is shown instead of sealed messages, for all sessions: a cache with a bound. The octets
 * never change (ps_engine_view()), so that whatever is forgotten can be made again. */
#pragma once

#include "proxy/house.h"

typedef struct Views Views;

/* A message as a mail program sees it. */
typedef struct {
	GBytes *content; /* NULL: as it lies at the provider */
	PsSummary summary;
	gatomicrefcount refs;
} View;

View *view_ref(View *view);
void view_unref(View *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(View, view_unref)

Views *views_new(void);
void views_free(Views *views);

/* Where a message lies: login, mailbox, UIDVALIDITY, UID; NULL if one of them is not known.
 * (transfer full) */
char *views_place(const Login *login, const char *mailbox, guint32 validity, guint32 uid);

/* Whether any view was made in this mailbox. */
bool views_any(Views *views, const Login *login, const char *mailbox, guint32 validity);

/* NULL if it is not known (any more), or @place is NULL. (transfer full) */
View *views_find(Views *views, const char *place);
/* Whether one was ever made at @place, and with which summary: kept longer than the octets. */
bool views_summary(Views *views, const char *place, PsSummary *out);

/*
 * Opens the message at @place (NULL: nowhere, it is not kept) with the keys of @login. Never fails:
 * what cannot be opened is shown as it is. (transfer full)
 */
View *views_make(Views *views, House *house, const Login *login, const char *place, GBytes *octets);

/* What was found of a message that is shown as it is; nothing for PS_SUMMARY_UNPROTECTED, or if
 * @place is NULL. */
void views_note(Views *views, const char *place, PsSummary summary);

/* The keyword for a summary, NULL for PS_SUMMARY_UNPROTECTED. */
const char *views_keyword(PsSummary summary);
