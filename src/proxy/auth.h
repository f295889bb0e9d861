/* SPDX-License-Identifier: MPL-2.0 */
/* Who the mail program says it is, and how that is said to the provider (RFC 4616, 7628; LOGIN). */
#pragma once

#include "base/error.h"
#include "base/secret.h"

typedef enum {
	AUTH_PLAIN,       /* also LOGIN, USER/PASS and IMAP LOGIN: a password */
	AUTH_XOAUTH2,     /* a bearer token */
	AUTH_OAUTHBEARER, /* RFC 7628 */
} AuthKind;

typedef struct {
	AuthKind kind;
	char *user;
	BaseSecretString *secret; /* password or token */
} Credentials;

void credentials_free(Credentials *credentials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Credentials, credentials_free)

Credentials *credentials_new(AuthKind kind, const char *user, const char *secret);

/* The mechanisms that the mail program is offered, of those that the provider has: PLAIN and LOGIN
 * stand for each other, since both carry the password. @upstream and the result are words with
 * blanks between: "PLAIN LOGIN XOAUTH2". (transfer full) */
char *auth_offer(const char *upstream);

/*
 * The conversation with the mail program. auth_begin(): NULL if @mechanism is not one of ours.
 * auth_step(): @response is one decoded client response (the initial one included; NULL: none came,
 * and the mechanism's first challenge is due). The outcome: AUTH_MORE with *@challenge (octets
 * before base64, "" or "Username:"), AUTH_DONE with *@credentials, AUTH_BROKEN.
 */
typedef struct AuthConversation AuthConversation;

typedef enum {
	AUTH_MORE,
	AUTH_DONE,
	AUTH_BROKEN
} AuthStep;

AuthConversation *auth_begin(const char *mechanism);
AuthStep auth_step(AuthConversation *auth, const BaseBytes *response, const char **challenge,
		   Credentials **credentials);
void auth_conversation_free(AuthConversation *auth);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AuthConversation, auth_conversation_free)

/* Base64 on the wire: "=" stands for an empty initial response (RFC 4954). NULL if it is no base64
 * or over 16 KiB. Wiped when freed. */
GBytes *auth_decode(const char *text);

/*
 * Towards the provider, as @user with these credentials: the mechanism to use of those it @offers
 * ("PLAIN LOGIN ..."; XOAUTH2 and OAUTHBEARER stand for each other, since both carry the token;
 * NULL: none fits), and each response in turn (base64, no line end): number 0 is the initial
 * one; LOGIN has two, and to a token that was refused with a challenge the second one gives up (RFC
 * 7628 section 3.2.3). NULL when there are no more.
 */
const char *auth_choose(const Credentials *credentials, const char *offers);
BaseSecretString *auth_response(const Credentials *credentials, const char *user,
				const char *mechanism, guint number);
