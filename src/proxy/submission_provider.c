/* SPDX-License-Identifier: MPL-2.0 */
#include "proxy/submission_provider.h"

#include "base/error.h"
#include "smtp/data.h"

#define GREETING_SECONDS 60U /* the rest of the times: RFC 5321 section 4.5.3.2 */
#define COMMAND_SECONDS  300U
#define FINAL_SECONDS    600U
#define COMMAND_MAX      512U /* octets of a command with its end, RFC 5321 section 4.5.3.1.4 */

struct Provider {
	NetConn *conn;
	SmtpReplyReader *reader;
	SmtpOffer *offer;
};

void
provider_free(Provider *provider)
{
	if (provider != NULL) {
		g_clear_pointer(&provider->conn, net_conn_free);
		smtp_reply_reader_free(provider->reader);
		smtp_offer_free(provider->offer);
		g_free(provider);
	}
}

const SmtpOffer *
provider_offer(const Provider *provider)
{
	return provider->offer;
}

NetConn *
provider_conn(Provider *provider)
{
	return provider->conn;
}

bool
provider_send(Provider *provider, GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autoptr(BaseSecretString) command = g_strdup_vprintf(format, args);
	va_end(args);
	return net_conn_write_str(provider->conn, command, error) &&
	       net_conn_write_str(provider->conn, "\r\n", error);
}

SmtpReply *
provider_reply(Provider *provider, GError **error)
{
	SmtpReply *reply = NULL;
	SmtpReplyState state = SMTP_REPLY_MORE;
	while (state == SMTP_REPLY_MORE) {
		BaseBytes octets;
		size_t used = 0;
		if (!net_conn_peek(provider->conn, &octets, error)) {
			return NULL;
		}
		if (octets.n == 0) {
			return BASE_FAIL_NULL(error, PS_ERROR_IO,
					      "the provider closed the connection");
		}
		state = smtp_reply_feed(provider->reader, octets, &used, &reply);
		net_conn_consume(provider->conn, used);
	}
	if (state == SMTP_REPLY_BROKEN) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "the provider does not speak SMTP as it should");
	}
	return reply;
}

/* One command and its reply, which must be of class 2. */
static SmtpReply *
expect(Provider *provider, const char *command, GError **error)
{
	if (command != NULL && !provider_send(provider, error, "%s", command)) {
		return NULL;
	}
	g_autoptr(SmtpReply) reply = provider_reply(provider, error);
	if (reply != NULL && smtp_reply_class(reply) != 2) {
		g_autofree char *words = smtp_reply_summary(reply);
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE, "the provider answers: %s",
				      words);
	}
	return g_steal_pointer(&reply);
}

static bool
greet(Provider *provider, const char *helo, GError **error)
{
	g_autofree char *command = g_strconcat("EHLO ", helo, NULL);
	g_autoptr(SmtpReply) reply = expect(provider, command, error);
	if (reply == NULL) {
		return false;
	}
	smtp_offer_free(provider->offer);
	provider->offer = smtp_offer_read(reply);
	return true;
}

static bool
start_tls(Provider *provider, const Login *login, const char *helo, GError **error)
{
	if (net_conn_is_tls(provider->conn)) {
		return true;
	}
	if ((provider->offer->keywords & SMTP_OFFER_STARTTLS) == 0) {
		return base_fail(error, PS_ERROR_UNAVAILABLE,
				 "the provider offers no TLS, and nothing is sent without");
	}
	g_autoptr(SmtpReply) reply = expect(provider, "STARTTLS", error);
	return reply != NULL &&
	       net_conn_start_client_tls(provider->conn, login->server->host, login->trust,
					 error) &&
	       greet(provider, helo, error);
}

Provider *
provider_dial(const Login *login, const char *helo, guint seconds, GCancellable *stop,
	      GError **error)
{
	g_autoptr(Provider) provider = g_new0(Provider, 1);
	provider->reader = smtp_reply_reader_new();
	provider->conn = net_conn_dial(login->server, login->trust, seconds, stop, error);
	if (provider->conn == NULL) {
		return NULL;
	}
	net_conn_set_timeout(provider->conn, MIN(seconds, GREETING_SECONDS));
	g_autoptr(SmtpReply) greeting = expect(provider, NULL, error);
	if (greeting == NULL || !greet(provider, helo, error) ||
	    !start_tls(provider, login, helo, error)) {
		return NULL;
	}
	net_conn_set_timeout(provider->conn, COMMAND_SECONDS);
	return g_steal_pointer(&provider);
}

/* The first response goes with the command if the line is short enough (RFC 4954 section 4: tokens
 * are long), except for LOGIN, which some servers know only in the long form. */
static guint
begin_auth(Provider *provider, const char *mechanism, const char *first, GError **error)
{
	bool with = strcmp(mechanism, "LOGIN") != 0 &&
		    strlen("AUTH ") + strlen(mechanism) + 1 + strlen(first) + 2 <= COMMAND_MAX;
	if (!provider_send(provider, error, "AUTH %s%s%s", mechanism, with ? " " : "",
			   with ? first : "")) {
		return G_MAXUINT;
	}
	return with ? 1 : 0;
}

SmtpReply *
provider_login(Provider *provider, const Login *login, const Credentials *credentials,
	       GError **error)
{
	const char *mechanism = auth_choose(credentials, provider->offer->auth);
	if (mechanism == NULL) {
		return BASE_FAIL_NULL(
			error, PS_ERROR_UNSUPPORTED,
			"the provider has no way to log in that your mail program uses");
	}
	g_autoptr(BaseSecretString) first = auth_response(credentials, login->user, mechanism, 0);
	guint number = begin_auth(provider, mechanism, first, error);
	if (number == G_MAXUINT) {
		return NULL;
	}
	g_autoptr(SmtpReply) reply = provider_reply(provider, error);
	while (reply != NULL && reply->code == 334) {
		g_autoptr(BaseSecretString) next =
			auth_response(credentials, login->user, mechanism, number++);
		g_clear_pointer(&reply, smtp_reply_free);
		if (provider_send(provider, error, "%s", next == NULL ? "*" : next)) {
			reply = provider_reply(provider, error);
		}
		if (number > 4 && reply != NULL && reply->code == 334) {
			return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
					      "the provider asks on and on");
		}
	}
	net_conn_set_stop(provider->conn, NULL); /* what is in flight gets to its end */
	return g_steal_pointer(&reply);
}

static bool
write_body(Provider *provider, GBytes *message, GError **error)
{
	g_autoptr(BaseSink) stuffer = smtp_data_new_stuffer(net_conn_sink(provider->conn));
	return base_sink_write(stuffer, base_bytes_of(message), error) &&
	       base_sink_finish(stuffer, error) && net_conn_flush(provider->conn, error);
}

SmtpReply *
provider_data_begin(Provider *provider, GError **error)
{
	if (!provider_send(provider, error, "DATA")) {
		return NULL;
	}
	g_autoptr(SmtpReply) reply = provider_reply(provider, error);
	if (reply == NULL || reply->code == 354) {
		return g_steal_pointer(&reply);
	}
	if (smtp_reply_class(reply) < 4) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "the provider does not speak SMTP as it should");
	}
	/* That it is gone meanwhile takes nothing from its word. */
	(void)provider_reset(provider, NULL);
	return g_steal_pointer(&reply);
}

/* What it says of the whole message. */
static SmtpReply *
final_reply(Provider *provider, GError **error)
{
	net_conn_set_timeout(provider->conn, FINAL_SECONDS);
	SmtpReply *final = provider_reply(provider, error);
	net_conn_set_timeout(provider->conn, COMMAND_SECONDS);
	if (final != NULL && smtp_reply_class(final) == 3) {
		smtp_reply_free(final);
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "the provider does not speak SMTP as it should");
	}
	return final;
}

SmtpReply *
provider_data_end(Provider *provider, GBytes *message, GError **error)
{
	return write_body(provider, message, error) ? final_reply(provider, error) : NULL;
}

bool
provider_takes_chunks(const Provider *provider)
{
	return (provider->offer->keywords & SMTP_OFFER_CHUNKING) != 0;
}

static bool
write_chunk(Provider *provider, GBytes *message, GError **error)
{
	BaseBytes octets = base_bytes_of(message);
	bool ends = octets.n >= 2 && memcmp(octets.p + octets.n - 2, "\r\n", 2) == 0;
	const char *end = ends ? "" : "\r\n";
	return provider_send(provider, error, "BDAT %zu LAST", octets.n + strlen(end)) &&
	       net_conn_write(provider->conn, octets, error) &&
	       net_conn_write_str(provider->conn, end, error) &&
	       net_conn_flush(provider->conn, error);
}

/* Whether there is a reply that nobody asked for: a good-bye, or one too many, which would be taken
 * for that to the message. */
static bool
speaks_early(Provider *provider, bool *early, GError **error)
{
	NetReady ready = NET_READY_NONE;
	bool alive = net_wait(provider->conn, NULL, 0, NULL, &ready, error);
	*early = (ready & NET_READY_FIRST) != 0;
	return alive;
}

/* The message is one chunk, and the only one: no "354" to wait for, and no dots. What becomes of
 * the transaction when it is refused only RSET makes sure. */
static SmtpReply *
send_chunk(Provider *provider, GBytes *message, GError **error)
{
	bool early = false;
	if (!speaks_early(provider, &early, error) ||
	    (!early && !write_chunk(provider, message, error))) {
		return NULL;
	}
	SmtpReply *final = final_reply(provider, error);
	if (early && final != NULL && smtp_reply_class(final) == 2) {
		smtp_reply_free(final);
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "the provider does not speak SMTP as it should");
	}
	if (final != NULL && smtp_reply_class(final) != 2) {
		(void)provider_reset(provider, NULL);
	}
	return final;
}

SmtpReply *
provider_data(Provider *provider, GBytes *message, GError **error)
{
	if (provider_takes_chunks(provider)) {
		return send_chunk(provider, message, error);
	}
	g_autoptr(SmtpReply) reply = provider_data_begin(provider, error);
	return reply != NULL && reply->code == 354 ? provider_data_end(provider, message, error)
						   : g_steal_pointer(&reply);
}

bool
provider_reset(Provider *provider, GError **error)
{
	g_autoptr(SmtpReply) reply = expect(provider, "RSET", error);
	return reply != NULL;
}

void
provider_quit(Provider *provider)
{
	if (provider_send(provider, NULL, "QUIT")) {
		net_conn_flush(provider->conn, NULL);
	}
}
