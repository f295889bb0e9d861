/* SPDX-License-Identifier: MPL-2.0 */
/* Before the transactions: what is offered, and who it is. */
#include "base/base64.h"
#include "base/error.h"
#include "proxy/oauth.h"
#include "proxy/submission_private.h"

#define DIAL_SECONDS 30U

/* False: the provider was lost, which is the answer. */
static bool
set_helo(Submission *session, const char *name)
{
	submission_reset(session);
	g_free(session->helo);
	session->helo = g_strdup(name);
	return !session->lost;
}

/* A name that the provider cannot read would end the login before it began. */
static const char *
presentable(const char *helo)
{
	return smtp_host_is_valid(helo) ? helo : "[127.0.0.1]";
}

static bool
may_start_tls(const Submission *session)
{
	return house_config(session->house)->tls == PROXY_TLS_STARTTLS &&
	       !net_conn_is_tls(session->client) && session->login == NULL;
}

/* After the login: what this provider can. */
static SmtpOffer *
offer_of_provider(Submission *session)
{
	return smtp_offer_filter(provider_offer(session->provider));
}

void
submission_ehlo(Submission *session, const char *argument)
{
	g_autofree char *mechanisms = NULL;
	if (*argument == '\0') {
		submission_say(session, 501, "5.5.4", "EHLO wants a name");
		return;
	}
	if (!set_helo(session, argument)) {
		return;
	}
	g_autoptr(SmtpOffer) offer =
		session->login != NULL
			? offer_of_provider(session)
			: submission_offer(session->house, presentable(argument), &mechanisms);
	offer->keywords |= may_start_tls(session) ? SMTP_OFFER_STARTTLS : 0;
	if (mechanisms != NULL && !may_start_tls(session)) {
		g_free(offer->auth);
		offer->auth = g_steal_pointer(&mechanisms);
	}
	g_autofree char *wire = smtp_offer_to_string(offer, "localhost");
	submission_say_wire(session, wire);
	smtp_offer_free(session->offer);
	session->offer = g_steal_pointer(&offer);
}

void
submission_helo(Submission *session, const char *argument)
{
	if (*argument == '\0') {
		submission_say(session, 501, "5.5.4", "HELO wants a name");
		return;
	}
	if (!set_helo(session, argument)) {
		return;
	}
	if (session->offer == NULL) {
		session->offer = smtp_offer_filter(NULL);
	}
	submission_say_wire(session, "250 localhost\r\n");
}

/* The next response of the mail program; NULL: it was told why not, or is gone. */
static GBytes *
ask(Submission *session, const char *challenge)
{
	g_autofree char *text = base64_encode_string(base_bytes_str(challenge));
	g_autofree char *wire = g_strdup_printf("334 %s\r\n", text);
	SmtpLineState state = SMTP_LINE_MORE;
	submission_say_wire(session, wire);
	const char *line = session->over ? NULL : submission_read_line(session, &state);
	if (line == NULL) {
		return NULL;
	}
	if (state != SMTP_LINE_READY) {
		submission_say(session, 500, "5.5.6", "The response is too long or broken");
		return NULL;
	}
	if (strcmp(line, "*") == 0) {
		submission_say(session, 501, "5.7.0", "Cancelled");
		return NULL;
	}
	GBytes *response = auth_decode(line);
	if (response == NULL) {
		submission_say(session, 501, "5.5.2", "The response is not base64");
	}
	return response;
}

static Credentials *
converse(Submission *session, AuthConversation *auth, const char *initial)
{
	g_autoptr(GBytes) response = *initial == '\0' ? NULL : auth_decode(initial);
	Credentials *credentials = NULL;
	AuthStep step = AUTH_MORE;
	if (*initial != '\0' && response == NULL) {
		submission_say(session, 501, "5.5.2", "The response is not base64");
		return NULL;
	}
	while (step == AUTH_MORE) {
		const char *challenge = "";
		BaseBytes octets = base_bytes_of(response);
		step = auth_step(auth, response == NULL ? NULL : &octets, &challenge, &credentials);
		if (step == AUTH_MORE) {
			g_clear_pointer(&response, g_bytes_unref);
			response = ask(session, challenge);
			if (response == NULL) {
				return NULL;
			}
		}
	}
	if (step == AUTH_BROKEN) {
		submission_say(session, 501, "5.5.2", "The response is not as it should be");
	}
	return credentials;
}

static void
refuse_login(Submission *session, const GError *error)
{
	static const struct {
		PsError code;
		guint reply;
		const char *status;
	} replies[] = {
		{PS_ERROR_UNAVAILABLE, 535, "5.7.8"},
		{PS_ERROR_PASSPHRASE, 535, "5.7.8"},
		{PS_ERROR_UNSUPPORTED, 504, "5.5.4"},
	};

	guint reply = 454;
	const char *status = "4.7.0";
	for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
		if (g_error_matches(error, PS_ERROR, (gint)replies[i].code)) {
			reply = replies[i].reply;
			status = replies[i].status;
		}
	}
	house_log(session->house, "submission: no login: %s", error->message);
	submission_say(session, reply, status, error->message);
}

/* Only the provider's yes makes the login ours. */
static void
accept(Submission *session, Login **login, Provider **provider, const SmtpReply *reply)
{
	net_conn_set_deadline(session->client, 0);
	session->login = g_steal_pointer(login);
	session->provider = g_steal_pointer(provider);
	smtp_offer_free(session->offer);
	session->offer = offer_of_provider(session);
	submission_pass(session, reply);
	if (net_conn_flush(session->client, NULL)) {
		submission_send_due(session);
	} else {
		session->over = true;
	}
}

/* One login at the provider, and its word on it; NULL: the mail program was told why not. */
static SmtpReply *
ask_provider(Submission *session, const Login *login, const Credentials *given, Provider **out)
{
	g_autoptr(GError) error = NULL;
	Credentials *copy = credentials_new(given->kind, given->user, given->secret);
	g_autoptr(Credentials) credentials = oauth_upstream(session->house, login, copy, &error);
	if (credentials == NULL) {
		refuse_login(session, error);
		return NULL;
	}
	g_autoptr(Provider) provider =
		provider_dial(login, presentable(session->helo), DIAL_SECONDS,
			      house_stop(session->house), &error);
	if (provider == NULL) {
		error->code = PS_ERROR_IO; /* its "not now" is no word on the login */
		refuse_login(session, error);
		return NULL;
	}
	submission_offer_note(login->server, provider_offer(provider));
	SmtpReply *reply = provider_login(provider, login, credentials, &error);
	if (reply == NULL) {
		refuse_login(session, error);
	} else {
		*out = g_steal_pointer(&provider);
	}
	return reply;
}

static void
log_in(Submission *session, Login **login, const Credentials *given)
{
	g_autoptr(Provider) provider = NULL;
	g_autoptr(SmtpReply) reply = ask_provider(session, *login, given, &provider);
	if (reply != NULL && smtp_reply_class(reply) != 2 && oauth_is_managed(*login)) {
		/* The token that we had is no longer good; the mail program has no part in it. */
		oauth_refused(*login);
		g_clear_pointer(&provider, provider_free);
		g_clear_pointer(&reply, smtp_reply_free);
		reply = ask_provider(session, *login, given, &provider);
	}
	if (reply == NULL) {
		return;
	}
	if (smtp_reply_class(reply) == 2) {
		accept(session, login, &provider, reply);
	} else {
		session->errors++;
		submission_pass(session, reply);
	}
}

void
submission_auth(Submission *session, const char *argument)
{
	g_auto(GStrv) words = g_strsplit(argument, " ", 2);
	const char *why = NULL;
	if (session->helo == NULL || session->login != NULL || words[0] == NULL) {
		bool early = session->helo == NULL || session->login != NULL;
		submission_say(session, early ? 503 : 501, early ? "5.5.1" : "5.5.4",
			       early ? "AUTH is not possible now" : "AUTH wants a mechanism");
		return;
	}
	if (may_start_tls(session)) {
		submission_say(session, 530, "5.7.0", "STARTTLS first");
		return;
	}
	g_autoptr(AuthConversation) auth = auth_begin(words[0]);
	if (auth == NULL) {
		submission_say(session, 504, "5.5.4", "This mechanism is not known");
		return;
	}
	g_autoptr(Credentials) given = converse(session, auth, words[1] == NULL ? "" : words[1]);
	if (words[1] != NULL) {
		base_wipe(words[1], strlen(words[1]));
	}
	if (given == NULL) {
		return;
	}
	g_autoptr(Login) login = house_login(session->house, NET_SUBMISSION, given->user, &why);
	if (login == NULL) {
		submission_say(session, 535, "5.7.8", why);
	} else {
		log_in(session, &login, given);
	}
}
