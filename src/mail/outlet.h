/* SPDX-License-Identifier: MPL-2.0 */
/* How letters leave: through an SMTP server, or straight into the Maildirs of neighbours. */
#pragma once

#include "base/error.h"
#include <gio/gio.h>

typedef enum {
	MAIL_FATE_TAKEN,   /* the server is responsible for it now, or it lies in the mailbox */
	MAIL_FATE_REFUSED, /* for good */
	MAIL_FATE_LATER,   /* not now; nothing was sent to this one */
	MAIL_FATE_SKIPPED, /* not tried, since another one was refused */
	MAIL_FATE_UNSURE,  /* the connection broke while the server had everything but had not said
			      yes */
} MailFate;

const char *mail_fate_name(MailFate fate); /* "taken", "refused", "later", "skipped", "unsure" */

typedef struct {
	char *address;
	MailFate fate;
	guint code;  /* SMTP reply code; 0: none */
	char *reply; /* the server's words, one line, fit to be shown; "" if there are none */
} MailDelivery;

void mail_delivery_free(MailDelivery *delivery);

typedef struct {
	const char *from;              /* addr-spec; "" is the null sender */
	const char *const *recipients; /* addr-specs, NULL-terminated, at least one */
	bool all;                      /* if one is refused, none gets it */
} MailEnvelope;

typedef struct MailOutlet MailOutlet;
void mail_outlet_free(MailOutlet *outlet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailOutlet, mail_outlet_free)

/*
 * What became of it for each recipient, in their order; of MailDelivery; (transfer full). NULL:
 * nobody has it, and nobody will (errors as in mail/store.h, PS_ERROR_ARGUMENT for an address with
 * blanks or control characters, PS_ERROR_UNSUPPORTED if the server cannot take UTF-8 addresses).
 * Any line ends; bare CR and LF become CRLF. May be called from any thread. Once the server has
 * said that it takes the message, @stop stops nothing.
 */
GPtrArray *mail_outlet_send(MailOutlet *outlet, const MailEnvelope *envelope, GBytes *octets,
			    GCancellable *stop, GError **error);

/* The local post: @boxes is a table of address -> path of a Maildir; (transfer full), addresses in
 * lower case. Others are refused: "nobody here by that name". */
MailOutlet *mail_outlet_new_local(GHashTable *boxes);
