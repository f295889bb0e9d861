/* SPDX-License-Identifier: MPL-2.0 */
/* The submission proxy as a client of the provider (RFC 6409, 8314). */
#pragma once

#include "proxy/auth.h"
#include "proxy/house.h"
#include "smtp/ehlo.h"

typedef struct Provider Provider;

/*
 * Connects, greets as @helo and gets TLS, without which nothing else is said. PS_ERROR_BUSY,
 * PS_ERROR_IO; PS_ERROR_UNAVAILABLE with the provider's own words if it does not want us now. @stop
 * ends it, up to provider_login().
 */
Provider *provider_dial(const Login *login, const char *helo, guint seconds, GCancellable *stop,
			GError **error);
void provider_free(Provider *provider);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Provider, provider_free)

/* What it offers under TLS; borrowed. */
const SmtpOffer *provider_offer(const Provider *provider);
NetConn *provider_conn(Provider *provider);

/* Its final word on the login. PS_ERROR_UNSUPPORTED: it has no mechanism for these credentials. */
SmtpReply *provider_login(Provider *provider, const Login *login, const Credentials *credentials,
			  GError **error);

/* Sends one command, perhaps later with others (RFC 2920); each gets one reply. */
bool provider_send(Provider *provider, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
SmtpReply *provider_reply(Provider *provider, GError **error);

/* Whether it takes the message together with the command (RFC 3030), so that there is nothing to
 * begin. */
bool provider_takes_chunks(const Provider *provider);
/* DATA in the open transaction: 354, or why not, and then the transaction is over. */
SmtpReply *provider_data_begin(Provider *provider, GError **error);
/* After 354: the message, and the provider's final word. */
SmtpReply *provider_data_end(Provider *provider, GBytes *message, GError **error);
/* The whole message in the open transaction, and the provider's final word. */
SmtpReply *provider_data(Provider *provider, GBytes *message, GError **error);
/* Ends the open transaction; false if the provider is gone. */
bool provider_reset(Provider *provider, GError **error);
/* Says good-bye without waiting. */
void provider_quit(Provider *provider);
