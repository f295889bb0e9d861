/* SPDX-License-Identifier: MPL-2.0 */
/* Command lines (RFC 5321 section 4.1.1). */
#pragma once

#include "base/bytes.h"

typedef enum {
	SMTP_VERB_EHLO,
	SMTP_VERB_HELO,
	SMTP_VERB_MAIL,
	SMTP_VERB_RCPT,
	SMTP_VERB_DATA,
	SMTP_VERB_RSET,
	SMTP_VERB_NOOP,
	SMTP_VERB_QUIT,
	SMTP_VERB_VRFY,
	SMTP_VERB_EXPN,
	SMTP_VERB_HELP,
	SMTP_VERB_STARTTLS,
	SMTP_VERB_AUTH,
	SMTP_VERB_FOREIGN, /* what follows is no command: BDAT, or a web browser's request */
	SMTP_VERB_HIDDEN,  /* a command of an extension that is not offered: BURL, ETRN ... */
	SMTP_VERB_UNKNOWN,
} SmtpVerb;

typedef struct {
	SmtpVerb verb;
	const char *argument; /* inside the line, "" if there is none */
} SmtpCommand;

/* Cuts blanks off the end of @line. */
SmtpCommand smtp_command_parse(char *line);

/* Whether @name may follow EHLO or HELO: a domain or an address literal (section 4.1.2). */
bool smtp_host_is_valid(const char *name);
