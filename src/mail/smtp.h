/* SPDX-License-Identifier: MPL-2.0 */
/* What of SMTP libetpan does not do, or not as it should: EHLO without this machine's name, login,
 * UTF-8 addresses. */
#pragma once

#include "mail/wire.h"

#include <libetpan/mailsmtp.h>

/* What the server says to EHLO. */
typedef struct {
	bool starttls;
	bool smtputf8;
	bool eightbit;
	bool plain; /* AUTH PLAIN */
	bool login;
	bool xoauth2;
	guint64 size; /* octets that it takes; 0: it does not say */
} SmtpOffer;

/* One command without its line end, and the reply, in session->response and response_code. False:
 * the connection broke. */
bool mail_smtp_say(mailsmtp *session, MailWire *wire, const char *command, GError **error);

bool mail_smtp_ehlo(mailsmtp *session, MailWire *wire, SmtpOffer *out, GError **error);

/* Only over TLS. PS_ERROR_PASSPHRASE, PS_ERROR_UNSUPPORTED. */
bool mail_smtp_login(mailsmtp *session, MailWire *wire, const MailAccount *account,
		     const SmtpOffer *offer, GError **error);
