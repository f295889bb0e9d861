/* SPDX-License-Identifier: MPL-2.0 */
/* Which mail program wrote a message. */
#include "policy/program.h"

typedef struct {
	const char *id;
	const char
		*needle; /* at the start of User-Agent or X-Mailer, no case; after "*": anywhere */
	const char *version_after; /* the version follows this text; NULL: it follows the needle */
} ProgramTell;

/* More specific needles first. Source: mail-programs.md B, USER_AGENTS.tsv. */
static const ProgramTell FIELD_TELLS[] = {
	{"thunderbird-android", "Thunderbird for Android", NULL},
	{"thunderbird-android", "K-9 Mail", NULL},
	{"betterbird", "*Betterbird", "Betterbird/"},
	{"thunderbird", "*Thunderbird", "Thunderbird/"},
	{"outlook-express", "Microsoft Outlook Express", "Express "},
	{"outlook", "Microsoft Outlook", "Outlook "},
	{"outlook", "Microsoft Office Outlook", "Outlook "},
	{"outlook-mac", "Microsoft-MacOutlook", "MacOutlook/"},
	{"apple-mail-ios", "iPhone Mail", "Mail ("},
	{"apple-mail-ios", "iPad Mail", "Mail ("},
	{"apple-mail", "Apple Mail", "Mail ("},
	{"evolution", "Evolution", "Evolution "},
	{"evolution", "Ximian Evolution", "Evolution "},
	{"kmail", "KMail", "KMail/"},
	{"claws-mail", "Claws Mail", "Mail "},
	{"sylpheed", "Sylpheed", "Sylpheed "},
	{"geary", "geary", "geary/"},
	{"neomutt", "NeoMutt", "NeoMutt/"},
	{"mutt", "Mutt", "Mutt/"},
	{"aerc", "aerc", "aerc "},
	{"em-client", "eM_Client", "eM_Client/"},
	{"mailspring", "Mailspring", NULL},
	{"roundcube", "Roundcube", "Webmail/"},
	{"sogo", "SOGoMail", "SOGoMail "},
	{"zimbra", "Zimbra", "Zimbra "},
	{"zoho", "Zoho Mail", NULL},
	{"fastmail", "Cyrus-JMAP", NULL},
	{"fastmail", "MessagingEngine.com", NULL},
	{"gnus", "Gnus", "Gnus/"},
	{"vm", "VM ", "VM "},
	{"exmh", "*exmh", NULL},
	{"pine", "Alpine", "Alpine "},
	{"pine", "Pine", "Pine "},
	{"postseal", "postseal", "postseal/"},
	{"yahoo", "*YMailNorrin", NULL},
	{"yahoo", "YahooMail", NULL},
	{"yahoo", "WebService/", NULL}, /* last: Yahoo's servers stamp it on other programs' mail */
};

static const struct {
	const char *id;
	const char *suffix;
} MESSAGE_ID_TELLS[] = {
	{"gmail", "@mail.gmail.com>"},
	{"outlook-web", ".prod.outlook.com>"},
	{"samsung-email", "@email.android.com>"},
	{"yahoo", "@mail.yahoo.com>"},
	{"proton", "@protonmail.com>"},
	{"proton", "@proton.me>"},
	{"proton", "@pm.me>"},
	{"spark", "@Spark>"},
	{"mailspring", "@getmailspring.com>"},
	{"fastmail", "@app.fastmail.com>"},
	{"fastmail", "@www.fastmail.com>"},
	{"pine", NULL},
};

static const char *const PROGRAM_IDS[] = {
	"thunderbird",
	"thunderbird-android",
	"betterbird",
	"outlook",
	"outlook-web",
	"outlook-mac",
	"outlook-express",
	"apple-mail",
	"apple-mail-ios",
	"gmail",
	"yahoo",
	"proton",
	"evolution",
	"kmail",
	"claws-mail",
	"sylpheed",
	"geary",
	"mutt",
	"neomutt",
	"aerc",
	"em-client",
	"mailspring",
	"roundcube",
	"sogo",
	"zimbra",
	"zoho",
	"fastmail",
	"samsung-email",
	"spark",
	"gnus",
	"vm",
	"exmh",
	"pine",
	"postseal",
	NULL,
};

const char *const *
policy_program_list(void)
{
	return PROGRAM_IDS;
}

static const char *
find_nocase(const char *text, const char *needle)
{
	size_t n = strlen(needle);
	for (const char *p = text; *p != '\0'; p++) {
		if (g_ascii_strncasecmp(p, needle, n) == 0) {
			return p;
		}
	}
	return NULL;
}

/* Digits, dots and letters of a build number, or NULL. */
static char *
version_at(const char *p)
{
	size_t n = strspn(p, "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");
	return n == 0 || !g_ascii_isdigit(p[0]) ? NULL : g_strndup(p, MIN(n, 32));
}

static bool
holds_needle(const char *value, const char *needle)
{
	return needle[0] == '*' ? find_nocase(value, needle + 1) != NULL
				: g_ascii_strncasecmp(value, needle, strlen(needle)) == 0;
}

static bool
recognise_field(const char *value, const char *by, PolicyProgram *out)
{
	if (value == NULL) {
		return false;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(FIELD_TELLS); i++) {
		const ProgramTell *tell = &FIELD_TELLS[i];
		if (holds_needle(value, tell->needle)) {
			const char *after = tell->version_after == NULL
						    ? NULL
						    : find_nocase(value, tell->version_after);
			out->id = tell->id;
			out->by = by;
			out->version = after == NULL
					       ? NULL
					       : version_at(after + strlen(tell->version_after));
			return true;
		}
	}
	return false;
}

static const char *
program_of_message_id(const char *message_id)
{
	for (size_t i = 0; i < G_N_ELEMENTS(MESSAGE_ID_TELLS) && MESSAGE_ID_TELLS[i].suffix != NULL;
	     i++) {
		if (g_str_has_suffix(message_id, MESSAGE_ID_TELLS[i].suffix)) {
			return MESSAGE_ID_TELLS[i].id;
		}
	}
	return g_str_has_prefix(message_id, "<Pine.") ? "pine" : NULL;
}

PolicyProgram
policy_program_recognise(const PolicyTells *tells)
{
	PolicyProgram program = {NULL, NULL, NULL};
	if (recognise_field(tells->user_agent, "User-Agent", &program) ||
	    recognise_field(tells->x_mailer, "X-Mailer", &program)) {
		return program;
	}
	if (tells->mime_version != NULL &&
	    find_nocase(tells->mime_version, "Mac OS X Mail") != NULL) {
		return (PolicyProgram){"apple-mail", NULL, "Mime-Version"};
	}
	if (tells->proton) {
		return (PolicyProgram){"proton", NULL, "Feedback-ID"};
	}
	if (tells->spark) {
		return (PolicyProgram){"spark", NULL, "X-Readdle-Message-ID"};
	}
	if (tells->message_id != NULL &&
	    (program.id = program_of_message_id(tells->message_id)) != NULL) {
		program.by = "Message-ID";
		return program;
	}
	if (tells->x_gm_state) {
		return (PolicyProgram){"gmail", NULL, "X-Gm-Message-State"};
	}
	if (tells->x_ms_exchange) {
		return (PolicyProgram){"outlook-web", NULL, "X-MS-Exchange"};
	}
	return program;
}

bool
policy_program_is_quiet(const char *id, const char *version)
{
	if (id == NULL) {
		return false;
	}
	if (strcmp(id, "claws-mail") == 0 || strcmp(id, "postseal") == 0) {
		return true;
	}
	/* Hidden since 148 (bug 1836262); a Thunderbird that does not tell its version may be
	 * older. */
	return strcmp(id, "thunderbird") == 0 && version != NULL &&
	       g_ascii_strtoull(version, NULL, 10) >= 148;
}
