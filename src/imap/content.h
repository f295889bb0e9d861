/* SPDX-License-Identifier: MPL-2.0 */
/* The Content-* fields of a part as BODYSTRUCTURE shows them. */
#pragma once

#include "base/bytes.h"

#define IMAP_PARAMS_MAX   100U /* parameters of one field */
#define IMAP_LANGUAGE_MAX 100U /* tags of one Content-Language */

/* Each of its own array: name, value, name, value, ..., as written, but RFC 2231 continuations
 * joined under one name, which RFC 2231 section 7 asks of servers. */
typedef struct {
	char *type;    /* as written; NULL: no field, "": it cannot be read */
	char *subtype; /* "" if there is none */
	GPtrArray *params;
	char *encoding; /* NULL: none that can be read */
	char *id;
	char *description;
	char *md5;
	char *disposition;
	GPtrArray *disposition_params;
	GPtrArray *languages; /* NULL: none */
	char *location;
	bool mime_version; /* the field MIME-Version is there */
} ImapContent;

/* Of fields that come twice the first counts. */
ImapContent *imap_content_new(BaseBytes header);
void imap_content_free(ImapContent *content);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImapContent, imap_content_free)

bool imap_content_is(const ImapContent *content, const char *type, const char *subtype);
/* A parameter of Content-Type or NULL. */
const char *imap_content_param(const ImapContent *content, const char *name);

/* Parameters at @value's "; name=value"; see above. */
GPtrArray *imap_params_parse(BaseBytes value);
