/* SPDX-License-Identifier: MPL-2.0 */
/* Folders, lists and letters of a desk, as the interface and the pages show them. */
#pragma once

#include "web/desk.h"
#include "web/judge.h"
#include "web/router.h"

/* One message at its place, read and judged. */
typedef struct {
	WebDesk *desk;
	char *folder;
	char *id;
	MailRole role;
	MailFlags flags;
	GBytes *octets; /* as it lies there */
	WebJudged judged;
	LetterShown *shown;
} WebLetter;

void web_letter_free(WebLetter *letter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebLetter, web_letter_free)

/* [{"id","name","role","unread","total","url","here","empty"}]; *@role: of the folder @here (NULL:
 * none is). (transfer full) */
JsonArray *web_folders_json(WebDesk *desk, const char *here, MailRole *role, GCancellable *stop,
			    GError **error);
/* The folder's own object in that array; NULL: it is not there. Borrowed. */
JsonObject *web_folders_here(JsonArray *folders);

typedef struct {
	const char *folder;
	MailRole role;
	guint offset;
	guint limit;
	const char *search; /* NULL: all */
} WebListing;

/* {"total","offset","complete","messages":[...]} (transfer full) */
JsonObject *web_list_json(WebDesk *desk, const WebListing *listing, GCancellable *stop,
			  GError **error);

/* Learns from it, unless its folder says otherwise. (transfer full) */
WebLetter *web_letter_read(WebDesk *desk, const char *folder, const char *id, MailRole role,
			   GCancellable *stop, GError **error);
/* The same for octets that lie nowhere; nothing is learned. @octets is referenced. */
WebLetter *web_letter_of(WebDesk *desk, GBytes *octets, GError **error);
/* As in web/page.h; (transfer full). */
JsonObject *web_letter_json(const WebLetter *letter);
/* [{"name","value"}] for people, of a verdict as JSON. (transfer full) */
JsonArray *web_checked_json(JsonObject *verdict);
/* {"address","display"} (transfer full) */
JsonObject *web_mailbox_json(const LetterMailbox *mailbox);

/* The address of page @page of the list that @request is about ("do": where its form goes), with
 * what was searched; and the number of the page that it asks for. (transfer full) */
char *web_list_url(const WebRequest *request, const char *action, guint page);
guint web_list_number(const WebRequest *request);

/* The desk that the address names; NULL after @reply says why not. */
WebDesk *web_request_desk(WebRequest *request, WebReply *reply);
/* A failure on a desk: who has to type a password is led to where. NULL. */
JsonNode *web_desk_fail(WebRequest *request, WebReply *reply, const WebDesk *desk,
			const GError *error);
