/* SPDX-License-Identifier: MPL-2.0 */
/* Where a server is and how its connection is protected: "imaps://mail.example.org:993". */
#pragma once

#include "base/error.h"
#include <gio/gio.h>

typedef enum {
	NET_SUBMISSION,
	NET_IMAP,
	NET_POP3,
} NetProtocol;

const char *net_protocol_name(NetProtocol protocol); /* "submission", "imap", "pop3" */

typedef struct {
	NetProtocol protocol;
	bool implicit_tls; /* imaps, pop3s, submissions (RFC 8314); else STARTTLS is required */
	char *host;        /* a name or an address without brackets */
	guint16 port;      /* the protocol's own if the text names none */
} NetServer;

/* imap, imaps, pop3, pop3s, submission, submissions, smtp (= submission) "://" host [":" port];
 * PS_ERROR_ARGUMENT. */
NetServer *net_server_parse(const char *text, GError **error);
char *net_server_to_string(const NetServer *server);
bool net_server_equal(const NetServer *a, const NetServer *b);
void net_server_free(NetServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetServer, net_server_free)
