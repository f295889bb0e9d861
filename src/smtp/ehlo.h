/* SPDX-License-Identifier: MPL-2.0 */
/* What EHLO offers: the provider's keywords, and which of them the mail program gets to see. */
#pragma once

#include "smtp/reply.h"

typedef enum {
	SMTP_OFFER_PIPELINING = 1 << 0,
	SMTP_OFFER_ENHANCED = 1 << 1, /* ENHANCEDSTATUSCODES */
	SMTP_OFFER_8BITMIME = 1 << 2,
	SMTP_OFFER_DSN = 1 << 3,
	SMTP_OFFER_SMTPUTF8 = 1 << 4,
	SMTP_OFFER_STARTTLS = 1 << 5,
	SMTP_OFFER_SIZE = 1 << 6, /* the keyword, with or without a number */
	SMTP_OFFER_CHUNKING = 1 << 7,
} SmtpOfferKeyword;

typedef struct {
	guint keywords; /* of SmtpOfferKeyword */
	guint64 size;   /* 0: no limit is known */
	char *auth;     /* mechanisms, upper case, a blank between; "" if none */
} SmtpOffer;

void smtp_offer_free(SmtpOffer *offer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpOffer, smtp_offer_free)

/* Reads the provider's reply to EHLO. */
SmtpOffer *smtp_offer_read(const SmtpReply *reply);

/* What the mail program may be offered by a proxy before this provider: DSN and SMTPUTF8 only if
 * the provider has them, SIZE reduced by what protection adds, 8BITMIME always; nothing else
 * passes. AUTH and STARTTLS are the caller's to set. @upstream NULL: nothing is known of the
 * provider. */
SmtpOffer *smtp_offer_filter(const SmtpOffer *upstream);
/* What all of several providers can: in @offer what @other has too. */
void smtp_offer_meet(SmtpOffer *offer, const SmtpOffer *other);

/* The reply to EHLO, on the wire. (transfer full) */
char *smtp_offer_to_string(const SmtpOffer *offer, const char *host);
