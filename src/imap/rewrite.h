/* SPDX-License-Identifier: MPL-2.0 */
/* Responses that a proxy has to change: capabilities and flags. */
#pragma once

#include "base/bytes.h"

/* What the proxy itself offers for a capability word of the provider. */
typedef struct {
	bool tls_done;      /* towards the client: hide STARTTLS and LOGINDISABLED */
	bool offer_tls;     /* add STARTTLS (the provider's own word is always removed) */
	bool login_allowed; /* false: add LOGINDISABLED */
	bool views;         /* messages are opened: hide what would show or search ciphertext */
	bool logged_in;     /* nothing about logging in is said any more */
} ImapCapabilityPolicy;

/* One table (doc in the .c): words passed, hidden, or hidden where messages are opened.
 * "* CAPABILITY ...", "* OK [CAPABILITY ...] text" and tagged ones; other lines: NULL, nothing to
 * change. AUTH= words become what auth_offer() allows: PLAIN, LOGIN, XOAUTH2, OAUTHBEARER; PLAIN
 * also where the provider has only the LOGIN command. None where login is not allowed.
 * (transfer full) */
GBytes *imap_rewrite_capabilities(BaseBytes line, const ImapCapabilityPolicy *policy);

/*
 * "(\Seen $Forwarded)" without any keyword that begins with @prefix (ASCII case ignored), and with
 * the words of @add (NULL: none); NULL if nothing changes. (transfer full)
 */
char *imap_rewrite_flags(BaseBytes list, const char *prefix, const char *const *add);
