/* SPDX-License-Identifier: MPL-2.0 */
/* Which mail program wrote a message, against mail-programs.md A3 and B and
 * against values seen in mail. */
#include "policy/program.h"
#include "policy/program_table.h"
#include "t.h"

typedef struct {
	const char *user_agent;
	const char *x_mailer;
	const char *mime_version;
	const char *message_id;
	const char *flags; /* x X-MS-Exchange, g X-Gm-Message-State, p Proton, s Spark */
	const char *id;
	const char *version;
	const char *by;
} TellCase;

static const TellCase TELLS[] = {
	{NULL, "Microsoft Outlook 16.0", NULL, NULL, "", "outlook", "16.0", "X-Mailer"},
	{NULL, NULL, NULL, "<AM0PR0.eurprd06.prod.outlook.com>", "x", "outlook-web", NULL, NULL},
	{NULL, NULL, NULL, "<DB7@DB7PR06MB1.eurprd06.prod.outlook.com>", "", "outlook-web", NULL,
	 "Message-ID"},
	{NULL, NULL, NULL, "<opaque@example.org>", "x", "outlook-web", NULL, NULL},
	{NULL, "Apple Mail (2.3731.500.231)", "1.0 (Mac OS X Mail 16.0 \\(3731.500.231\\))", NULL,
	 "", "apple-mail", "2.3731.500.231", "X-Mailer"},
	{NULL, NULL, "1.0 (Mac OS X Mail 16.0 \\(3731.500.231\\))", NULL, "", "apple-mail", NULL,
	 NULL},
	{NULL, "iPhone Mail (21F90)", "1.0 (1.0)", NULL, "", "apple-mail-ios", "21F90", "X-Mailer"},
	{NULL, "iPad Mail (21F90)", "1.0 (1.0)", NULL, "", "apple-mail-ios", "21F90", "X-Mailer"},
	{NULL, NULL, NULL, "<CAF1bQ=abc@mail.gmail.com>", "", "gmail", NULL, "Message-ID"},
	{NULL, NULL, NULL, "<opaque@example.org>", "g", "gmail", NULL, NULL},
	{"Mozilla Thunderbird", NULL, NULL, NULL, "", "thunderbird", NULL, "User-Agent"},
	{"Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 "
	 "Thunderbird/102.13.0",
	 NULL, NULL, NULL, "", "thunderbird", "102.13.0", "User-Agent"},
	{"Thunderbird for Android", NULL, NULL, NULL, "", "thunderbird-android", NULL,
	 "User-Agent"},
	{"K-9 Mail for Android", NULL, NULL, NULL, "", "thunderbird-android", NULL, "User-Agent"},
	{NULL, NULL, NULL, "<abcd.1712345678901@email.android.com>", "", "samsung-email", NULL,
	 "Message-ID"},
	{NULL, NULL, NULL, "<123.456.789@mail.yahoo.com>", "", "yahoo", NULL, "Message-ID"},
	{NULL, NULL, NULL, NULL, "p", "proton", NULL, NULL},
	{NULL, NULL, NULL, "<abc@protonmail.com>", "", "proton", NULL, "Message-ID"},
	{NULL, NULL, NULL, "<abc@proton.me>", "", "proton", NULL, "Message-ID"},
	{NULL, NULL, NULL, "<abc@pm.me>", "", "proton", NULL, "Message-ID"},
	{"Evolution 3.56.2", NULL, NULL, NULL, "", "evolution", "3.56.2", "User-Agent"},
	{"KMail/4.14.1 (Linux/3.16; KDE/4.14.2)", NULL, NULL, NULL, "", "kmail", "4.14.1",
	 "User-Agent"},
	{NULL, "geary/46.0", NULL, NULL, "", "geary", "46.0", "X-Mailer"},
	{NULL, "Claws Mail 4.1.1 (GTK 3.24.38; x86_64-pc-linux-gnu)", NULL, NULL, "", "claws-mail",
	 "4.1.1", "X-Mailer"},
	{"Mutt/2.2.12 (2023-09-09)", NULL, NULL, NULL, "", "mutt", "2.2.12", "User-Agent"},
	{"NeoMutt/20180716", NULL, NULL, NULL, "", "neomutt", "20180716", "User-Agent"},
	{NULL, "aerc 0.18.2", NULL, NULL, "", "aerc", "0.18.2", "X-Mailer"},
	{"eM_Client/10.0.3530.0", NULL, NULL, NULL, "", "em-client", "10.0.3530.0", "User-Agent"},
	{NULL, "Mailspring", NULL, NULL, "", "mailspring", NULL, "X-Mailer"},
	{NULL, NULL, NULL, "<1B2C@getmailspring.com>", "", "mailspring", NULL, "Message-ID"},
	{NULL, NULL, NULL, "<uuid@Spark>", "s", "spark", NULL, NULL},
	{NULL, NULL, NULL, "<uuid@Spark>", "", "spark", NULL, "Message-ID"},
	{"Roundcube Webmail/1.6.11", NULL, NULL, NULL, "", "roundcube", "1.6.11", "User-Agent"},
	{"SOGoMail 5.12.3", NULL, NULL, NULL, "", "sogo", "5.12.3", "User-Agent"},
	{NULL, "Zimbra 8.8.15_GA_4581 (ZimbraWebClient - FF120 (Linux)/8.8.15_GA_4581)", NULL, NULL,
	 "", "zimbra", "8.8.15_GA_4581", "X-Mailer"},
	{"Zoho Mail", "Zoho Mail", NULL, NULL, "", "zoho", NULL, "User-Agent"},
	{"Cyrus-JMAP/3.11.0-alpha0-100-fm-1", "MessagingEngine.com Webmail Interface", NULL, NULL,
	 "", "fastmail", NULL, "User-Agent"},
	{NULL, NULL, NULL, "<abc@app.fastmail.com>", "", "fastmail", NULL, "Message-ID"},
	{NULL, NULL, NULL, "<abc@www.fastmail.com>", "", "fastmail", NULL, "Message-ID"},
	/* Yahoo's servers stamp X-Mailer on mail of other programs: it ranks below
	   User-Agent */
	{"Mutt/1.5.20 (2009-06-14)", "WebService/1.1.16072 YMailNorrin", NULL,
	 "<123@mail.yahoo.com>", "", "mutt", "1.5.20", "User-Agent"},
	{"Evolution 3.46.4-2", "WebService/1.1.14728 hermes_yahoo", NULL, NULL, "", "evolution",
	 "3.46.4-2", "User-Agent"},
	{NULL, "WebService/1.1.14728 hermes Apache-HttpAsyncClient/4.1.4", NULL, NULL, "", "yahoo",
	 NULL, "X-Mailer"},
	/* no tell, and lies that are none */
	{NULL, NULL, NULL, NULL, "", NULL, NULL, NULL},
	{NULL, NULL, "1.0", "<20021010@example.org>", "", NULL, NULL, NULL},
	{"", "", "", "", "", NULL, NULL, NULL},
	{NULL, NULL, NULL, "<x@mail.gmail.com.example.org>", "", NULL, NULL, NULL},
	{NULL, "Not Evolution", NULL, NULL, "", NULL, NULL, NULL},
};

/* Header field values, unfolded; NULL where the field is missing. */
typedef struct {
	const char *user_agent;
	const char *x_mailer;
	const char *mime_version;
	const char *message_id;
	bool x_ms_exchange;
	bool x_gm_state;
	bool proton;
	bool spark;
} Tells;

/* What is only known to be there stands for itself. */
static const char *
field_of(const void *header, const char *name)
{
	const Tells *tells = header;

	const struct {
		const char *name;
		const char *value;
	} fields[] = {
		{"User-Agent", tells->user_agent},
		{"X-Mailer", tells->x_mailer},
		{"MIME-Version", tells->mime_version},
		{"Message-ID", tells->message_id},
		{"X-MS-Exchange-MessageSentRepresentingType", tells->x_ms_exchange ? "" : NULL},
		{"X-Gm-Message-State", tells->x_gm_state ? "" : NULL},
		{"X-Pm-Message-ID", tells->proton ? "" : NULL},
		{"X-Readdle-Message-ID", tells->spark ? "" : NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
		if (strcmp(fields[i].name, name) == 0) {
			return fields[i].value;
		}
	}
	return NULL;
}

static bool
is_listed(const char *id)
{
	return g_strv_contains(policy_program_list(), id);
}

static void
test_tells(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(TELLS); i++) {
		const TellCase *c = &TELLS[i];
		Tells tells = {
			.user_agent = c->user_agent,
			.x_mailer = c->x_mailer,
			.mime_version = c->mime_version,
			.message_id = c->message_id,
			.x_ms_exchange = strchr(c->flags, 'x') != NULL,
			.x_gm_state = strchr(c->flags, 'g') != NULL,
			.proton = strchr(c->flags, 'p') != NULL,
			.spark = strchr(c->flags, 's') != NULL,
		};
		PolicyProgram got = policy_program_recognise(field_of, &tells);
		g_autofree char *version = got.version;
		g_test_message("%s / %s / %s / %s", c->user_agent, c->x_mailer, c->mime_version,
			       c->message_id);
		g_assert_cmpstr(got.id, ==, c->id);
		g_assert_cmpint(got.id == NULL, ==, got.by == NULL);
		if (c->version != NULL) {
			g_assert_cmpstr(version, ==, c->version);
		}
		if (c->by != NULL) {
			g_assert_cmpstr(got.by, ==, c->by);
		}
		g_assert_true(got.id == NULL || is_listed(got.id));
	}
}

static void
test_quiet(void)
{
	static const struct {
		const char *id;
		const char *version;
		bool quiet;
	} table[] = {
		{"thunderbird", "148.0", true},
		{"thunderbird", "153.7.0", true},
		{"thunderbird", "147.0.2", false},
		{"thunderbird", "102.13.0", false},
		{"thunderbird", "15", false},
		{"thunderbird", NULL,
		 false}, /* hides it since 115; 115 to 147 show a broken seal */
		{"claws-mail", NULL, true},
		{"claws-mail", "4.1.1", true},
		{"evolution", "3.46.4", false},
		{"mutt", NULL, false},
		{"neomutt", NULL, false},
		{"outlook", "16.0", false},
		{"apple-mail", NULL, false},
		{"apple-mail-ios", NULL, false},
		{NULL, NULL, false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s %s", table[i].id, table[i].version);
		g_assert_cmpint(policy_program_is_quiet(table[i].id, table[i].version), ==,
				table[i].quiet);
	}
}

/* The examples that stand beside the tells in howto/programs/. */
static void
test_examples(void)
{
	guint seen = 0;
	for (const PolicyExample *example = POLICY_EXAMPLES; example->id != NULL; example++) {
		Tells tells = {0};
		bool agent = strcmp(example->field, "User-Agent") == 0;
		bool mailer = strcmp(example->field, "X-Mailer") == 0;
		bool id = strcmp(example->field, "Message-ID") == 0;
		bool mime = strcmp(example->field, "MIME-Version") == 0;
		if (!agent && !mailer && !id && !mime) {
			continue;
		}
		tells.user_agent = agent ? example->value : NULL;
		tells.x_mailer = mailer ? example->value : NULL;
		tells.message_id = id ? example->value : NULL;
		tells.mime_version = mime ? example->value : NULL;
		PolicyProgram got = policy_program_recognise(field_of, &tells);
		g_autofree char *version = got.version;
		g_test_message("%s: %s", example->field, example->value);
		g_assert_cmpstr(got.id, ==, example->id);
		g_assert_cmpstr(got.by, ==, example->field);
		g_assert_cmpstr(version, ==, example->version);
		seen++;
	}
	g_assert_cmpuint(seen, >=, 25);
}

/* What programs call themselves in the IMAP command ID. */
static void
test_clients(void)
{
	static const struct {
		const char *name;
		const char *id;
	} table[] = {
		{"Thunderbird", "thunderbird"},
		{"thunderbird", "thunderbird"},
		{"Mac OS X Mail", "apple-mail"},
		{"iPhone Mail", "apple-mail-ios"},
		{"evolution-data-server", "evolution"},
		{"Kontact IMAP Resource", "kmail"},
		{"FairEmail", "fairemail"},
		{"NeoMutt", "neomutt"},
		{"Thunderbird for Android", "thunderbird-android"},
		{"K-9 Mail", "thunderbird-android"},
		{"Thunderbird and more", NULL},
		{"", NULL},
		{"Some program of our own", NULL},
		{"imapflow", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
		g_test_message("%s", table[i].name);
		g_assert_cmpstr(policy_program_of_client(table[i].name), ==, table[i].id);
	}
}

/*
 * Every value seen in mail: the first row whose text it begins with says what
 * it is. A value without a row is of no program that the table knows.
 */
static const struct {
	const char *start;
	const char *id;
} SEEN[] = {
	{"Apple Mail (", "apple-mail"},
	{"iPhone Mail (", "apple-mail-ios"},
	{"iCloud MailClient", "icloud-mail"},
	{"Evolution", "evolution"},
	{"Ximian Evolution", "evolution"},
	{"exmh version", "exmh"},
	{"nmh-1.0.4 exmh", "exmh"},
	{"Gnus/", "gnus"},
	{"K-9 Mail", "thunderbird-android"},
	{"KMail/", "kmail"},
	{"Microsoft Outlook Express", "outlook-express"},
	{"Microsoft Outlook", "outlook"},
	{"Microsoft Office Outlook", "outlook"},
	{"Microsoft-MacOutlook/", "outlook-mac"},
	{"Mozilla Thunderbird", "thunderbird"},
	{"Thunderbird", "thunderbird"},
	{"Mutt", "mutt"},
	{"mutt-nntp/", "mutt"},
	{"NeoMutt/", "neomutt"},
	{"Roundcube Webmail/", "roundcube"},
	{"Sylpheed", "sylpheed"},
	{"VM ", "vm"},
	{"WebService/", "yahoo"},
	{"YahooMailClassic/", "yahoo"},
	{"Zimbra ", "zimbra"},
	{"Zoho Mail", "zoho"},
};

static const char *
seen_id(const char *value)
{
	for (size_t i = 0; i < G_N_ELEMENTS(SEEN); i++) {
		if (g_str_has_prefix(value, SEEN[i].start)) {
			return SEEN[i].id;
		}
	}
	/* Shredder were its trial versions, Icedove was Debian's name for it. */
	static const char *const NAMES[] = {" Thunderbird/", " Icedove/", " Shredder/"};
	bool mozilla = g_str_has_prefix(value, "Mozilla/5.0");
	for (size_t i = 0; mozilla && i < G_N_ELEMENTS(NAMES); i++) {
		if (strstr(value, NAMES[i]) != NULL) {
			return "thunderbird";
		}
	}
	return NULL;
}

/* Text of a file; the odd NUL in it becomes a blank. NULL if it is not there.
 */
static char *
shared_file(const char *name)
{
	const char *shared = g_getenv("POSTSEAL_SHARED");
	g_autofree char *path = shared == NULL ? NULL : g_build_filename(shared, name, NULL);
	char *text = NULL;
	size_t n = 0;
	if (path == NULL || !g_file_get_contents(path, &text, &n, NULL)) {
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		text[i] = text[i] == '\0' ? ' ' : text[i];
	}
	return text;
}

static void
test_values_seen(void)
{
	g_autofree char *text = shared_file("vectors/mail-programs/USER_AGENTS.tsv");
	if (text == NULL) {
		g_test_skip("no USER_AGENTS.tsv in POSTSEAL_SHARED");
		return;
	}
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	guint seen = 0;
	for (size_t i = 0; lines[i] != NULL; i++) {
		g_auto(GStrv) row = g_strsplit(lines[i], "\t", 3);
		if (lines[i][0] == '#' || g_strv_length(row) != 3) {
			continue;
		}
		bool agent = strcmp(row[1], "User-Agent") == 0;
		if (!agent && strcmp(row[1], "X-Mailer") != 0) {
			continue; /* X-Newsreader and X-MimeOLE are no tells of mail programs */
		}
		Tells tells = {.user_agent = agent ? row[2] : NULL,
			       .x_mailer = agent ? NULL : row[2]};
		PolicyProgram got = policy_program_recognise(field_of, &tells);
		g_autofree char *version = got.version;
		g_test_message("%s: %s", row[1], row[2]);
		/* a value that begins with a colon is broken; either answer will do */
		if (row[2][0] != ':') {
			g_assert_cmpstr(got.id, ==, seen_id(row[2]));
		}
		g_assert_true(got.id == NULL || strcmp(got.by, row[1]) == 0);
		g_assert_true(version == NULL || g_ascii_isdigit(version[0]));
		seen++;
	}
	g_assert_cmpuint(seen, >, 300);
}

static void
test_list(void)
{
	const char *const *list = policy_program_list();
	for (size_t i = 0; list[i] != NULL; i++) {
		for (size_t k = 0; k < i; k++) {
			g_assert_cmpstr(list[i], !=, list[k]);
		}
		g_assert_cmpuint(strspn(list[i], "abcdefghijklmnopqrstuvwxyz-"), ==,
				 strlen(list[i]));
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_set_nonfatal_assertions();
	g_test_add_func("/policy/program/tells", test_tells);
	g_test_add_func("/policy/program/examples", test_examples);
	g_test_add_func("/policy/program/clients", test_clients);
	g_test_add_func("/policy/program/quiet", test_quiet);
	g_test_add_func("/policy/program/values-seen", test_values_seen);
	g_test_add_func("/policy/program/list", test_list);
	return g_test_run();
}
