/* SPDX-License-Identifier: MPL-2.0 */
/* MAIL FROM and RCPT TO: paths and the parameters of the extensions that are offered. */
#pragma once

#include "smtp/ehlo.h"

typedef enum {
	SMTP_PATH_OK,
	SMTP_PATH_SYNTAX,    /* 501 5.1.7 or 5.1.3: no address in angle brackets */
	SMTP_PATH_PARAMETER, /* 501 5.5.4: a known parameter with a value that it cannot have */
	SMTP_PATH_UNKNOWN,   /* 555 5.5.4: a parameter that is not offered */
	SMTP_PATH_UTF8,      /* 553 5.6.7: not ASCII, but no SMTPUTF8 */
} SmtpPathState;

typedef struct {
	char *address; /* "" is the null reverse path; a source route is dropped (RFC 5321 F.2) */
	char *parameters; /* those to pass on, unchanged: "" or " RET=HDRS ENVID=x"; never SIZE */
	guint64 size;     /* SIZE, 0 if not given */
	bool eight_bit;   /* BODY=8BITMIME */
	bool utf8;        /* SMTPUTF8 */
} SmtpPath;

void smtp_path_free(SmtpPath *path);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpPath, smtp_path_free)

/* @argument: what follows MAIL or RCPT, "FROM:<...> ..." or "TO:<...> ...". @offer: what the client
 * was offered; @utf8: whether MAIL had SMTPUTF8 (for RCPT). */
SmtpPathState smtp_path_parse_mail(const char *argument, const SmtpOffer *offer, SmtpPath **out);
SmtpPathState smtp_path_parse_rcpt(const char *argument, const SmtpOffer *offer, bool utf8,
				   SmtpPath **out);
