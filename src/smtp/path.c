/* SPDX-License-Identifier: MPL-2.0 */
/*
 * mail = "FROM:" Reverse-path [ SP Mail-parameters ] ; RFC 5321 section 4.1.2
 * rcpt = "TO:" Forward-path [ SP Rcpt-parameters ]
 * Path = "<" [ A-d-l ":" ] Mailbox ">"
 */
#include "smtp/path.h"

#define MAX_ADDRESS    320U /* 64, "@", 255: RFC 5321 section 4.5.3.1 */
#define MAX_PARAMETERS 16U

typedef bool (*CheckFunc)(const char *value, SmtpPath *path);

static bool
check_size(const char *value, SmtpPath *path)
{
	return g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT64, &path->size, NULL);
}

static bool
check_body(const char *value, SmtpPath *path)
{
	path->eight_bit = g_ascii_strcasecmp(value, "8BITMIME") == 0;
	return path->eight_bit || g_ascii_strcasecmp(value, "7BIT") == 0;
}

static bool
check_utf8(const char *value, SmtpPath *path)
{
	path->utf8 = true;
	return *value == '\0';
}

static bool
check_ret(const char *value, SmtpPath *path G_GNUC_UNUSED)
{
	return g_ascii_strcasecmp(value, "FULL") == 0 || g_ascii_strcasecmp(value, "HDRS") == 0;
}

/* xtext (RFC 3461 section 4); a reader that decodes more than we do must not find a line end. */
static bool
check_xtext(const char *value, SmtpPath *path G_GNUC_UNUSED)
{
	return *value != '\0' && strchr(value, '=') == NULL;
}

/* NOTIFY=NEVER or a list of SUCCESS, FAILURE, DELAY (RFC 3461 section 4.1) */
static bool
check_notify(const char *value, SmtpPath *path G_GNUC_UNUSED)
{
	static const char *const words[] = {"SUCCESS", "FAILURE", "DELAY", NULL};
	g_autofree char *upper = g_ascii_strup(value, -1);
	g_auto(GStrv) list = g_strsplit(upper, ",", -1);
	if (strcmp(upper, "NEVER") == 0) {
		return true;
	}
	for (char **at = list; *at != NULL; at++) {
		if (!g_strv_contains(words, *at)) {
			return false;
		}
	}
	return list[0] != NULL;
}

/* AUTH=<> or an address (RFC 4954 section 5): the provider knows who logged in. */
static bool
check_auth(const char *value, SmtpPath *path G_GNUC_UNUSED)
{
	return *value != '\0';
}

typedef struct {
	const char *name;
	guint keyword; /* SmtpOfferKeyword that must have been offered; 0: always */
	CheckFunc check;
	bool passes; /* on to the provider; SIZE does not, since the size changes */
} Parameter;

static const Parameter MAIL_PARAMETERS[] = {
	{"SIZE", SMTP_OFFER_SIZE, check_size, false},
	{"BODY", SMTP_OFFER_8BITMIME, check_body, false},
	{"SMTPUTF8", SMTP_OFFER_SMTPUTF8, check_utf8, true},
	{"RET", SMTP_OFFER_DSN, check_ret, true},
	{"ENVID", SMTP_OFFER_DSN, check_xtext, true},
	{"AUTH", 0, check_auth, false},
	{NULL, 0, NULL, false},
};

static const Parameter RCPT_PARAMETERS[] = {
	{"NOTIFY", SMTP_OFFER_DSN, check_notify, true},
	{"ORCPT", SMTP_OFFER_DSN, check_xtext, true},
	{NULL, 0, NULL, false},
};

void
smtp_path_free(SmtpPath *path)
{
	if (path != NULL) {
		g_free(path->address);
		g_free(path->parameters);
		g_free(path);
	}
}

/* The length of a path with its angle brackets; 0 if it is none. A quoted local part may hold
 * brackets and blanks. */
static size_t
path_length(const char *text)
{
	bool quoted = false;
	for (size_t i = 1; text[0] == '<' && text[i] != '\0'; i++) {
		if ((guchar)text[i] < 0x20 || text[i] == 0x7f) {
			return 0;
		}
		if (quoted && text[i] == '\\' && text[i + 1] != '\0') {
			i++;
		} else if (text[i] == '"') {
			quoted = !quoted;
		} else if (!quoted && text[i] == '>') {
			return i + 1;
		} else if (!quoted && (text[i] == '<' || text[i] == ' ')) {
			return 0;
		}
	}
	return 0;
}

/* The mailbox without the source route "@a,@b:" (RFC 5321 appendix C: to be ignored). */
static const char *
skip_route(const char *mailbox)
{
	const char *colon = mailbox[0] == '@' ? strchr(mailbox, ':') : NULL;
	return colon == NULL ? mailbox : colon + 1;
}

/* Local-part "@" Domain, "Postmaster" or nothing: in the form that @may_be_empty says. */
static bool
is_mailbox(const char *address, bool is_sender)
{
	const char *at = strrchr(address, '@');
	if (*address == '\0') {
		return is_sender;
	}
	if (at == NULL) {
		return !is_sender && g_ascii_strcasecmp(address, "postmaster") == 0;
	}
	return at > address && at[1] != '\0' && strlen(address) <= MAX_ADDRESS &&
	       strpbrk(at, " \"<>") == NULL;
}

static SmtpPathState
read_parameter(SmtpPath *path, const char *word, const Parameter *table, const SmtpOffer *offer)
{
	size_t n = strcspn(word, "=");
	for (; table->name != NULL; table++) {
		if (strlen(table->name) == n && g_ascii_strncasecmp(table->name, word, n) == 0) {
			break;
		}
	}
	if (table->name == NULL ||
	    (table->keyword != 0 && (offer->keywords & table->keyword) == 0)) {
		return SMTP_PATH_UNKNOWN;
	}
	if (!table->check(word[n] == '=' ? word + n + 1 : "", path)) {
		return SMTP_PATH_PARAMETER;
	}
	if (table->passes) {
		g_autofree char *before = path->parameters;
		path->parameters = g_strconcat(before, " ", word, NULL);
	}
	return SMTP_PATH_OK;
}

static SmtpPathState
read_parameters(SmtpPath *path, const char *text, const Parameter *table, const SmtpOffer *offer)
{
	g_auto(GStrv) words = g_strsplit(text, " ", MAX_PARAMETERS + 1);
	SmtpPathState state =
		g_strv_length(words) > MAX_PARAMETERS ? SMTP_PATH_PARAMETER : SMTP_PATH_OK;
	for (char **at = words; *at != NULL && state == SMTP_PATH_OK; at++) {
		if (**at != '\0') {
			state = read_parameter(path, *at, table, offer);
		}
	}
	return state;
}

/* What follows the keyword @prefix; some programs write a blank after the colon. */
static const char *
after_prefix(const char *argument, const char *prefix)
{
	size_t n = strlen(prefix);
	if (g_ascii_strncasecmp(argument, prefix, n) != 0) {
		return NULL;
	}
	return argument + n + strspn(argument + n, " ");
}

static SmtpPathState
parse(const char *text, const Parameter *table, const SmtpOffer *offer, SmtpPath *path)
{
	size_t n = text == NULL ? 0 : path_length(text);
	if (n == 0 || (text[n] != '\0' && text[n] != ' ')) {
		return SMTP_PATH_SYNTAX;
	}
	g_autofree char *mailbox = g_strndup(text + 1, n - 2);
	path->address = g_strdup(skip_route(mailbox));
	path->parameters = g_strdup("");
	if (!is_mailbox(path->address, table == MAIL_PARAMETERS) ||
	    !g_utf8_validate(path->address, -1, NULL)) {
		return SMTP_PATH_SYNTAX;
	}
	for (const char *at = text + n; *at != '\0'; at++) {
		if ((guchar)*at < 0x20 || (guchar)*at == 0x7f) {
			return SMTP_PATH_PARAMETER;
		}
	}
	SmtpPathState state = read_parameters(path, text + n, table, offer);
	if (state == SMTP_PATH_OK && !path->utf8 && !g_str_is_ascii(text)) {
		return SMTP_PATH_UTF8;
	}
	return state;
}

SmtpPathState
smtp_path_parse_mail(const char *argument, const SmtpOffer *offer, SmtpPath **out)
{
	g_autoptr(SmtpPath) path = g_new0(SmtpPath, 1);
	SmtpPathState state = parse(after_prefix(argument, "FROM:"), MAIL_PARAMETERS, offer, path);
	if (state == SMTP_PATH_OK) {
		*out = g_steal_pointer(&path);
	}
	return state;
}

SmtpPathState
smtp_path_parse_rcpt(const char *argument, const SmtpOffer *offer, bool utf8, SmtpPath **out)
{
	g_autoptr(SmtpPath) path = g_new0(SmtpPath, 1);
	path->utf8 = utf8;
	SmtpPathState state = parse(after_prefix(argument, "TO:"), RCPT_PARAMETERS, offer, path);
	if (state == SMTP_PATH_OK) {
		*out = g_steal_pointer(&path);
	}
	return state;
}
