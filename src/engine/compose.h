/* SPDX-License-Identifier: MPL-2.0 */
/* Makes the octets of one outgoing copy: protected header, signature in its form, encryption. */
#pragma once

#include "engine/draft.h"
#include "mime/protect.h"
#include "policy/form.h"

/* The headers of opaque layers; the second with the smime-type. */
#define COMPOSE_SIGNED_HEADER                                                                  \
	"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=\"smime.p7m\"\r\n" \
	"Content-Transfer-Encoding: base64\r\n"                                                \
	"Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n"
#define COMPOSE_ENVELOPE_HEADER                                                           \
	"MIME-Version: 1.0\r\n"                                                           \
	"Content-Type: application/pkcs7-mime; smime-type=%s;\r\n name=\"smime.p7m\"\r\n" \
	"Content-Transfer-Encoding: base64\r\n"                                           \
	"Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n"

/* What all copies of one message share. */
typedef struct {
	PsEngine *engine;   /* borrowed */
	OwnAccount *own;    /* borrowed */
	const Draft *draft; /* borrowed */
	PolicyForm form;    /* of a message that is not sealed */
	bool shy;           /* sealed: answers mail whose Date and names were hidden, too */
	bool legacy;        /* sealed: some reader may not know RFC 9788 */
	MimeResponse
		*response; /* sealed: of the message answered; NULL if it is no answer. Borrowed */
	char *key_field;   /* the Postseal-Key field; NULL: not added. Borrowed */
} ComposePlan;

/* Whom one sealed copy is for, and how. */
typedef struct {
	GPtrArray *recipients; /* CmsRecipient */
	GPtrArray *introduced; /* GBytes: certificates of the named recipients, for their replies to
				  all */
	bool gcm;
	bool cek_hkdf;
} ComposeSeal;

/* The message with its wishes taken out, otherwise octet for octet. */
bool compose_untouched(const Draft *draft, BaseSink *out, GError **error);
/* Signed in the form of @plan. */
bool compose_signed(const ComposePlan *plan, BaseSink *out, GError **error);
/* Signed inside, encrypted outside. */
bool compose_sealed(const ComposePlan *plan, const ComposeSeal *seal, BaseSink *out,
		    GError **error);

/* The Postseal-Key field of a message with these fields, CRLF at its end; NULL if the account's
 * certificates cannot travel so (an imported chain, or a field over its limit). (transfer full) */
char *compose_key_field(const OwnAccount *own, const MimeHeader *header);
