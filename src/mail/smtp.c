/* SPDX-License-Identifier: MPL-2.0 */
/* Sending through an SMTP server (RFC 6409): libetpan's transactions over our connections. */
#include "mail/smtp.h"
#include "mail/outlet_private.h"

#include <libetpan/mailsmtp.h>

#define BUDGET (1U << 20) /* octets that a server may say in one call */

typedef struct {
	MailOutlet base;
	MailAccount account;
} Smtp;

/* One connection, for one message. */
typedef struct {
	MailWire *wire;
	mailsmtp *session;
	SmtpOffer offer;
} Dialogue;

static void
dialogue_clear(Dialogue *d)
{
	if (d->session != NULL) {
		mailsmtp_free(d->session); /* says QUIT and frees its stream */
	}
	mail_wire_free(d->wire);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Dialogue, dialogue_clear)

static bool
start_tls(const Smtp *smtp, Dialogue *d, GError **error)
{
	if (!d->offer.starttls) {
		return mail_wire_fail(d->wire, PS_ERROR_IO, "The server does not offer TLS", NULL,
				      error);
	}
	if (mailesmtp_starttls(d->session) != MAILSMTP_NO_ERROR) {
		return mail_wire_fail(d->wire, PS_ERROR_IO, "The server refuses TLS",
				      d->session->response, error);
	}
	return mail_wire_start_tls(d->wire, d->session->stream, &smtp->account, error) &&
	       mail_smtp_ehlo(d->session, d->wire, &d->offer, error);
}

static bool
open_dialogue(const Smtp *smtp, Dialogue *d, GCancellable *stop, GError **error)
{
	d->wire = mail_wire_dial(&smtp->account, stop, error);
	if (d->wire == NULL) {
		return false;
	}
	mail_wire_begin(d->wire, &smtp->account, stop, BUDGET, 0);
	d->session = mailsmtp_new(0, NULL);
	if (mailsmtp_connect(d->session, mail_wire_stream(d->wire)) != MAILSMTP_NO_ERROR) {
		return mail_wire_fail(d->wire, PS_ERROR_IO, "The server does not greet",
				      d->session->response, error);
	}
	if (!mail_smtp_ehlo(d->session, d->wire, &d->offer, error) ||
	    (!net_conn_is_tls(d->wire->conn) && !start_tls(smtp, d, error))) {
		return false;
	}
	return mail_smtp_login(d->session, d->wire, &smtp->account, &d->offer, error);
}

static guint
reply_code(const mailsmtp *session)
{
	return (guint)session->response_code & 0xfffU;
}

static MailFate
fate_of(guint code)
{
	return code >= 500 ? MAIL_FATE_REFUSED : MAIL_FATE_LATER;
}

static bool
needs_utf8(const MailEnvelope *envelope)
{
	bool needs = !g_str_is_ascii(envelope->from);
	for (guint i = 0; envelope->recipients[i] != NULL; i++) {
		needs = needs || !g_str_is_ascii(envelope->recipients[i]);
	}
	return needs;
}

/* MAIL; when it is refused, all recipients are. */
static bool
say_mail(Dialogue *d, const MailEnvelope *envelope, GBytes *octets, GError **error)
{
	bool utf8 = needs_utf8(envelope);
	if (utf8 && !d->offer.smtputf8) {
		return mail_wire_fail(d->wire, PS_ERROR_UNSUPPORTED,
				      "The server takes no addresses in other scripts than Latin",
				      NULL, error);
	}
	if (d->offer.size > 0 && g_bytes_get_size(octets) > d->offer.size) {
		return mail_wire_fail(d->wire, PS_ERROR_LIMIT,
				      "The message is larger than the server takes", NULL, error);
	}
	g_autofree char *command =
		g_strdup_printf("MAIL FROM:<%s>%s%s", envelope->from,
				d->offer.eightbit ? " BODY=8BITMIME" : "", utf8 ? " SMTPUTF8" : "");
	return mail_smtp_say(d->session, d->wire, command, error);
}

static void
set_all(GPtrArray *fates, MailFate from, MailFate to, const Dialogue *d)
{
	for (guint i = 0; i < fates->len; i++) {
		MailDelivery *delivery = g_ptr_array_index(fates, i);
		if (delivery->fate == from) {
			mail_delivery_set(delivery, to, reply_code(d->session),
					  d->session->response);
		}
	}
}

/* RCPT for each; *@accepted and *@refused count. False: the connection broke. */
static bool
say_recipients(Dialogue *d, GPtrArray *fates, guint *accepted, guint *refused, GError **error)
{
	for (guint i = 0; i < fates->len; i++) {
		MailDelivery *delivery = g_ptr_array_index(fates, i);
		int r = mailsmtp_rcpt(d->session, delivery->address);
		guint code = reply_code(d->session);
		if (code < 200 || d->wire->trouble != NULL) {
			return mail_wire_fail(d->wire, PS_ERROR_IO, "The server broke off", NULL,
					      error);
		}
		bool taken = r == MAILSMTP_NO_ERROR || code / 100 == 2;
		/* Provisional: it counts once the message itself is taken. */
		mail_delivery_set(delivery, taken ? MAIL_FATE_TAKEN : fate_of(code), code,
				  d->session->response);
		*accepted += taken;
		*refused += !taken;
	}
	return true;
}

/* libetpan ends the last line itself. */
static BaseBytes
without_last_end(BaseBytes message)
{
	size_t n = message.n;
	n -= n > 0 && message.p[n - 1] == '\n';
	n -= n < message.n && n > 0 && message.p[n - 1] == '\r';
	return base_bytes_slice(message, 0, n);
}

/* DATA and what follows; false: nobody has it. */
static bool
say_data(Dialogue *d, GBytes *octets, GPtrArray *fates, GError **error)
{
	BaseBytes message = without_last_end(base_bytes_of(octets));
	if (mailsmtp_data(d->session) != MAILSMTP_NO_ERROR) {
		if (d->wire->trouble != NULL) {
			return mail_wire_fail(d->wire, PS_ERROR_IO, "", NULL, error);
		}
		set_all(fates, MAIL_FATE_TAKEN, fate_of(reply_code(d->session)), d);
		return true;
	}
	/* Else nobody would know whether it left. */
	mail_wire_commit(d->wire);
	int r = mailsmtp_data_message(d->session, (const char *)message.p, message.n);
	guint code = reply_code(d->session);
	if (d->wire->trouble != NULL || code < 200) {
		if (!d->wire->reading) {
			/* The end was never said: the server has nothing. */
			return mail_wire_fail(d->wire, PS_ERROR_IO, "The server broke off", NULL,
					      error);
		}
		d->session->response = NULL;
		d->session->response_code = 0;
		set_all(fates, MAIL_FATE_TAKEN, MAIL_FATE_UNSURE, d);
		return true;
	}
	bool taken = r == MAILSMTP_NO_ERROR || code / 100 == 2;
	set_all(fates, MAIL_FATE_TAKEN, taken ? MAIL_FATE_TAKEN : fate_of(code), d);
	return true;
}

static bool
smtp_send(MailOutlet *outlet, const MailEnvelope *envelope, GBytes *octets, GPtrArray *fates,
	  GCancellable *stop, GError **error)
{
	Smtp *smtp = (Smtp *)outlet;
	g_auto(Dialogue) d = {0};
	guint accepted = 0;
	guint refused = 0;
	if (!open_dialogue(smtp, &d, stop, error)) {
		return false;
	}
	mail_wire_expect(d.wire, g_bytes_get_size(octets));
	if (!say_mail(&d, envelope, octets, error)) {
		return false;
	}
	if (reply_code(d.session) / 100 != 2) {
		set_all(fates, MAIL_FATE_LATER, fate_of(reply_code(d.session)), &d);
		return true;
	}
	if (!say_recipients(&d, fates, &accepted, &refused, error)) {
		return false;
	}
	if (accepted == 0 || (refused > 0 && envelope->all)) {
		for (guint i = 0; i < fates->len; i++) {
			MailDelivery *delivery = g_ptr_array_index(fates, i);
			if (delivery->fate == MAIL_FATE_TAKEN) {
				mail_delivery_set(delivery, MAIL_FATE_SKIPPED, 0, NULL);
			}
		}
		return true;
	}
	return say_data(&d, octets, fates, error);
}

static bool
smtp_check(MailOutlet *outlet, GCancellable *stop, GError **error)
{
	g_auto(Dialogue) d = {0};
	return open_dialogue((Smtp *)outlet, &d, stop, error);
}

static void
smtp_free(MailOutlet *outlet)
{
	Smtp *smtp = (Smtp *)outlet;
	mail_account_clear(&smtp->account);
	g_free(smtp);
}

MailOutlet *
mail_outlet_new_smtp(const MailLogin *login)
{
	static const MailOutletClass klass = {smtp_send, smtp_check, smtp_free};
	Smtp *smtp = g_new0(Smtp, 1);
	mail_outlet_init(&smtp->base, &klass);
	mail_account_init(&smtp->account, login);
	return &smtp->base;
}
