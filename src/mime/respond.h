/* SPDX-License-Identifier: MPL-2.0 */
/* Replies and forwards of sealed mail must not say outside what was hidden (RFC 9788 section 6.1).
 */
#pragma once

#include "mime/header.h"

typedef enum {
	MIME_RESPOND_REPLY,     /* To: Reply-To or From */
	MIME_RESPOND_REPLY_ALL, /* the other To and Cc too */
	MIME_RESPOND_FORWARD,   /* Subject only */
} MimeRespond;

/*
 * The Respond Function of RFC 9788 section 6.1.1: what a mail program fills into a new message that
 * answers one with the fields @ref: From, To, Cc, Subject ("Re: ", "Fwd: " unless it is there),
 * In-Reply-To, References.
 * @own is the address of the person who answers (may be NULL): it becomes From with the name that
 * @ref gives it, and is left out of To and Cc. (transfer full)
 */
MimeHeader *mime_respond(MimeRespond kind, const MimeHeader *ref, const char *own);

/* ReferenceHCP of RFC 9788 section 6.1.2: (name, value) -> what may be said outside. */
typedef struct MimeResponse MimeResponse;

/*
 * For an answer to a message with the payload root @ref, whatever kind of answer it is: the maps of
 * all three are joined, since a proxy does not see which button was used. @own as above. The caller
 * knows that the message was encrypted; without hp=cipher in @ref the map is empty.
 */
MimeResponse *mime_response_new(const MimeHeader *ref, const char *own);
/* For one kind of answer. */
MimeResponse *mime_response_new_for(const MimeHeader *ref, const char *own, MimeRespond kind);
void mime_response_free(MimeResponse *response);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeResponse, mime_response_free)

/*
 * True if field @name with @value was hidden: *@outer is what may stand outside (borrowed), NULL if
 * nothing. Encoded words, spacing and the spelling of mailboxes do not matter; a Subject also
 * counts as hidden if mime_subject_hides() says so.
 */
bool mime_response_lookup(const MimeResponse *response, const char *name, const char *value,
			  const char **outer);
/* Pairs in the map. */
guint mime_response_length(const MimeResponse *response);

/* The words of @subject alone: decoded, in lower case, without reply prefixes and [tags] at both
 * ends; (transfer full). */
char *mime_subject_bare(const char *subject);

/*
 * True if @new_subject gives @hidden_subject away: equal or contained, after encoded words, Re:,
 * Fwd:, AW: and their like in other languages, and [tags] at both ends are gone; case does not
 * matter. A hidden subject of less than 5 characters must be equal; one of nothing but tags hides
 * nothing.
 */
bool mime_subject_hides(const char *new_subject, const char *hidden_subject);
