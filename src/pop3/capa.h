/* SPDX-License-Identifier: MPL-2.0 */
/* Capabilities (RFC 2449): what the provider has, and what of it a client is told. */
#pragma once

#include "base/bytes.h"

typedef struct {
	bool top;
	bool uidl;
	bool user;
	bool pipelining;
	bool stls;
	char *sasl;    /* "PLAIN XOAUTH2"; NULL: none */
	GString *pass; /* lines that go on to the client unchanged, with CRLF */
} Pop3Capa;

Pop3Capa *pop3_capa_new(void);
void pop3_capa_free(Pop3Capa *capa);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pop3Capa, pop3_capa_free)

/* One line of the provider's list; what is not in our table is hidden. */
void pop3_capa_read(Pop3Capa *capa, BaseBytes line);

/* Our answer to CAPA behind the status line, its end included. @upstream NULL: nobody has logged in
 * yet, so we tell what every provider has. @stls: TLS comes first, and no password is taken before
 * it (RFC 2595 section 2.1). @sasl: mechanisms to offer, "" for none. (transfer full) */
char *pop3_capa_answer(const Pop3Capa *upstream, bool stls, const char *sasl);
