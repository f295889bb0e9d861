/* SPDX-License-Identifier: MPL-2.0 */
/* command = verb [ SP argument ] ; RFC 5321 section 4.1.1 */
#include "smtp/command.h"

static const struct {
	const char *name;
	SmtpVerb verb;
} VERBS[] = {
	{"EHLO", SMTP_VERB_EHLO},       {"HELO", SMTP_VERB_HELO},
	{"MAIL", SMTP_VERB_MAIL},       {"RCPT", SMTP_VERB_RCPT},
	{"DATA", SMTP_VERB_DATA},       {"RSET", SMTP_VERB_RSET},
	{"NOOP", SMTP_VERB_NOOP},       {"QUIT", SMTP_VERB_QUIT},
	{"VRFY", SMTP_VERB_VRFY},       {"EXPN", SMTP_VERB_EXPN},
	{"HELP", SMTP_VERB_HELP},       {"STARTTLS", SMTP_VERB_STARTTLS},
	{"AUTH", SMTP_VERB_AUTH},       {"BDAT", SMTP_VERB_FOREIGN},
	{"BURL", SMTP_VERB_HIDDEN},     {"ETRN", SMTP_VERB_HIDDEN},
	{"XCLIENT", SMTP_VERB_HIDDEN},  {"XFORWARD", SMTP_VERB_HIDDEN},
	{"TURN", SMTP_VERB_HIDDEN},     {"SEND", SMTP_VERB_HIDDEN},
	{"SOML", SMTP_VERB_HIDDEN},     {"SAML", SMTP_VERB_HIDDEN},
	{"ATRN", SMTP_VERB_HIDDEN},     {"GET", SMTP_VERB_FOREIGN},
	{"POST", SMTP_VERB_FOREIGN},    {"PUT", SMTP_VERB_FOREIGN},
	{"OPTIONS", SMTP_VERB_FOREIGN}, {"CONNECT", SMTP_VERB_FOREIGN},
};

static SmtpVerb
verb_of(const char *name, size_t n)
{
	for (size_t i = 0; i < G_N_ELEMENTS(VERBS); i++) {
		if (strlen(VERBS[i].name) == n &&
		    g_ascii_strncasecmp(VERBS[i].name, name, n) == 0) {
			return VERBS[i].verb;
		}
	}
	return SMTP_VERB_UNKNOWN;
}

SmtpCommand
smtp_command_parse(char *line)
{
	size_t n = strlen(line);
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t')) {
		line[--n] = '\0';
	}
	size_t verb = strcspn(line, " \t");
	return (SmtpCommand){verb_of(line, verb), line + verb + strspn(line + verb, " \t")};
}

/* Wider than the grammar in that underscores and any order of letters, digits, hyphens and dots
 * pass, and in what an address literal holds: what matters is that it stays one word. */
bool
smtp_host_is_valid(const char *name)
{
	static const char other[] = ".-_";
	static const char literal[] = ".-_:%[]";
	const char *allowed = name[0] == '[' ? literal : other;
	size_t n = 0;
	for (; name[n] != '\0'; n++) {
		if (!g_ascii_isalnum(name[n]) && strchr(allowed, name[n]) == NULL) {
			return false;
		}
	}
	return n > 0 && n <= 255;
}
