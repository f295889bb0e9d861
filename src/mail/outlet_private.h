/* SPDX-License-Identifier: MPL-2.0 */
/* What every kind of outlet brings along. */
#pragma once

#include "mail/outlet.h"
#include "mail/turn.h"

typedef struct {
	/* @fates: of MailDelivery, one for each recipient, MAIL_FATE_LATER so far; the outlet is
	 * locked. */
	bool (*send)(MailOutlet *outlet, const MailEnvelope *envelope, GBytes *octets,
		     GPtrArray *fates, GCancellable *stop, GError **error);
	/* Logs in and no more; NULL: there is no login. */
	bool (*check)(MailOutlet *outlet, GCancellable *stop, GError **error);
	void (*free)(MailOutlet *outlet);
} MailOutletClass;

struct MailOutlet {
	const MailOutletClass *klass;
	MailTurn turn;
};

void mail_outlet_init(MailOutlet *outlet, const MailOutletClass *klass);

/* @reply: the server's words, made fit to be shown. */
void mail_delivery_set(MailDelivery *delivery, MailFate fate, guint code, const char *reply);
