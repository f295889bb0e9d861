/* SPDX-License-Identifier: MPL-2.0 */
/* SMTP commands of our own. */
#include "mail/smtp.h"

#include "base/base64.h"
#include "base/secret.h"

#define LINES_MAX 200U /* of one reply */

/* One line of a reply, without its end, added to the session's; the code, 0: broken. */
static guint
read_line(mailsmtp *session, bool *last)
{
	const char *line = mailstream_read_line_remove_eol(session->stream, session->line_buffer);
	size_t n = line == NULL ? 0 : strlen(line);
	if (n < 3 || !g_ascii_isdigit(line[0]) || !g_ascii_isdigit(line[1]) ||
	    !g_ascii_isdigit(line[2]) || (n > 3 && line[3] != ' ' && line[3] != '-')) {
		return 0;
	}
	*last = n == 3 || line[3] == ' ';
	(void)mmap_string_append(session->response_buffer, n > 4 ? line + 4 : "");
	(void)mmap_string_append_c(session->response_buffer, '\n');
	return (guint)(line[0] - '0') * 100 + (guint)(line[1] - '0') * 10 + (guint)(line[2] - '0');
}

static bool
read_reply(mailsmtp *session, MailWire *wire, GError **error)
{
	bool last = false;
	guint code = 0;
	(void)mmap_string_assign(session->response_buffer, "");
	for (guint i = 0; i < LINES_MAX && !last; i++) {
		code = read_line(session, &last);
		if (code == 0) {
			break;
		}
	}
	session->response = session->response_buffer->str;
	session->response_code = (int)code;
	return (code != 0 && last) || mail_wire_fail(wire, PS_ERROR_MALFORMED,
						     "The server does not speak SMTP", NULL, error);
}

bool
mail_smtp_say(mailsmtp *session, MailWire *wire, const char *command, GError **error)
{
	if (mailstream_write(session->stream, command, strlen(command)) < 0 ||
	    mailstream_write(session->stream, "\r\n", 2) < 0 ||
	    mailstream_flush(session->stream) < 0) {
		return mail_wire_fail(wire, PS_ERROR_IO, "The server broke off", NULL, error);
	}
	return read_reply(session, wire, error);
}

static void
note_keyword(SmtpOffer *out, char *line)
{
	g_auto(GStrv) words = g_strsplit_set(line, " =", -1);
	const char *name = words[0] == NULL ? "" : words[0];
	out->starttls = out->starttls || g_ascii_strcasecmp(name, "STARTTLS") == 0;
	out->smtputf8 = out->smtputf8 || g_ascii_strcasecmp(name, "SMTPUTF8") == 0;
	out->eightbit = out->eightbit || g_ascii_strcasecmp(name, "8BITMIME") == 0;
	if (g_ascii_strcasecmp(name, "SIZE") == 0 && words[1] != NULL) {
		out->size = g_ascii_strtoull(words[1], NULL, 10);
	}
	bool auth = g_ascii_strcasecmp(name, "AUTH") == 0;
	for (char **word = words; auth && *word != NULL; word++) {
		out->plain = out->plain || g_ascii_strcasecmp(*word, "PLAIN") == 0;
		out->login = out->login || g_ascii_strcasecmp(*word, "LOGIN") == 0;
		out->xoauth2 = out->xoauth2 || g_ascii_strcasecmp(*word, "XOAUTH2") == 0;
	}
}

bool
mail_smtp_ehlo(mailsmtp *session, MailWire *wire, SmtpOffer *out, GError **error)
{
	if (!mail_smtp_say(session, wire, "EHLO [127.0.0.1]", error)) {
		return false;
	}
	if (session->response_code != 250) {
		return mail_wire_fail(wire, PS_ERROR_UNSUPPORTED, "The server has no ESMTP",
				      session->response, error);
	}
	*out = (SmtpOffer){0};
	g_auto(GStrv) lines = g_strsplit(session->response, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		note_keyword(out, *line);
	}
	session->esmtp = MAILSMTP_ESMTP | (out->starttls ? MAILSMTP_ESMTP_STARTTLS : 0);
	return true;
}

/* Says an answer to a challenge, which is wiped. */
static bool
say_secret(mailsmtp *session, MailWire *wire, char *command, GError **error)
{
	bool said = mail_smtp_say(session, wire, command, error);
	base_secret_free(command);
	return said;
}

/* "\0NAME\0PASSWORD" (RFC 4616) in base64. */
static bool
login_plain(mailsmtp *session, MailWire *wire, const char *name, const char *secret, GError **error)
{
	g_autoptr(GByteArray) words = g_byte_array_new();
	g_byte_array_append(words, (const guint8 *)"", 1);
	g_byte_array_append(words, (const guint8 *)name, (guint)strlen(name) + 1);
	g_byte_array_append(words, (const guint8 *)secret, (guint)strlen(secret));
	g_autoptr(BaseSecretString) encoded = base64_encode_string(base_bytes_of_array(words));
	base_wipe(words->data, words->len);
	return say_secret(session, wire, g_strconcat("AUTH PLAIN ", encoded, NULL), error);
}

static bool
login_login(mailsmtp *session, MailWire *wire, const char *name, const char *secret, GError **error)
{
	g_autofree char *who = base64_encode_string(base_bytes_str(name));
	return mail_smtp_say(session, wire, "AUTH LOGIN", error) &&
	       (session->response_code != 334 || mail_smtp_say(session, wire, who, error)) &&
	       (session->response_code != 334 ||
		say_secret(session, wire, base64_encode_string(base_bytes_str(secret)), error));
}

/* "user=NAME^Aauth=Bearer TOKEN^A^A" */
static bool
login_xoauth2(mailsmtp *session, MailWire *wire, const char *name, const char *token,
	      GError **error)
{
	g_autoptr(BaseSecretString) words =
		g_strconcat("user=", name, "\001auth=Bearer ", token, "\001\001", NULL);
	g_autoptr(BaseSecretString) encoded = base64_encode_string(base_bytes_str(words));
	if (!say_secret(session, wire, g_strconcat("AUTH XOAUTH2 ", encoded, NULL), error)) {
		return false;
	}
	/* A refusal comes as a challenge that wants an empty answer. */
	return session->response_code != 334 || mail_smtp_say(session, wire, "", error);
}

typedef bool (*Way)(mailsmtp *session, MailWire *wire, const char *name, const char *secret,
		    GError **error);

static Way
way_of(const SmtpOffer *offer, bool token)
{
	if (token) {
		return offer->xoauth2 ? login_xoauth2 : NULL;
	}
	return offer->plain ? login_plain : offer->login ? login_login : NULL;
}

bool
mail_smtp_login(mailsmtp *session, MailWire *wire, const MailAccount *account,
		const SmtpOffer *offer, GError **error)
{
	bool token = false;
	g_autoptr(BaseSecretString) secret = mail_account_secret(account, &token, error);
	if (secret == NULL) {
		return false;
	}
	Way way = way_of(offer, token);
	if (way == NULL || !net_conn_is_tls(wire->conn)) {
		return mail_wire_fail(wire, PS_ERROR_UNSUPPORTED,
				      "The server offers no way to log in", NULL, error);
	}
	if (!way(session, wire, account->name, secret, error)) {
		return false;
	}
	return session->response_code == 235 ||
	       mail_wire_fail(wire, PS_ERROR_PASSPHRASE, "The server refuses the login",
			      session->response, error);
}
