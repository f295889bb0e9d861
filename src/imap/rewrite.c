/* SPDX-License-Identifier: MPL-2.0 */
/* Responses that a proxy has to change: capabilities and flags. */
#include "imap/rewrite.h"

#include "imap/command.h"
#include "imap/token.h"

typedef enum {
	PASS,  /* concerns flags, UIDs, mailboxes or the connection: true for the proxy as well */
	VIEWS, /* hidden where messages are opened: the answer would come from the ciphertext */
	NEVER, /* hidden always: between client and proxy it would be untrue */
} Fate;

/*
 * Every capability of the IANA registry, and what else is met. A word that ends in "=" stands for
 * all words that begin so; a word that is not here passes where messages are not opened.
 */
static const struct {
	const char *word;
	Fate fate;
} capabilities[] = {
	/* The protocol. RFC 9051 has ESEARCH, SEARCHRES and BINARY in it; RFC 1730 has PARTIAL. */
	{"IMAP4rev1", PASS},
	{"IMAP4rev2", VIEWS},
	{"IMAP4", VIEWS},

	/* The connection ends at the proxy, twice: each side has its own TLS and login. */
	{"STARTTLS", NEVER},
	{"LOGINDISABLED", NEVER},
	{"AUTH=", NEVER},           /* the allowed ones are added again */
	{"COMPRESS=", NEVER},       /* RFC 4978 */
	{"UNAUTHENTICATE", NEVER},  /* RFC 8437: keys belong to the login */
	{"SASL-IR", PASS},          /* RFC 4959 */
	{"LOGIN-REFERRALS", VIEWS}, /* RFC 2221: leads past the proxy */
	{"MAILBOX-REFERRALS", VIEWS},
	{"JMAPACCESS", VIEWS}, /* RFC 9698: likewise */
	{"IDLE", PASS},
	{"ID", PASS},
	{"ENABLE", PASS},
	{"LITERAL+", PASS},
	{"LITERAL-", PASS},
	{"LANGUAGE", PASS},
	{"INPROGRESS", PASS}, /* RFC 9585: a response code */

	/* Mailboxes. */
	{"NAMESPACE", PASS},
	{"CHILDREN", PASS},
	{"LIST-EXTENDED", PASS},
	{"LIST-STATUS", PASS},
	{"LIST-METADATA", PASS},
	{"LIST-MYRIGHTS", PASS},
	{"SPECIAL-USE", PASS},
	{"CREATE-SPECIAL-USE", PASS},
	{"XLIST", PASS},
	{"UNSELECT", PASS},
	{"ACL", PASS},
	{"ACL2=", PASS},
	{"RIGHTS=", PASS},
	{"QUOTA", PASS},
	{"QUOTA=", PASS},
	{"QUOTASET", PASS},
	{"METADATA", PASS},
	{"METADATA-SERVER", PASS},
	{"STATUS=SIZE", PASS}, /* RFC 8438: may exceed the sum of sizes, as ciphertext does */
	{"APPENDLIMIT", PASS},
	{"APPENDLIMIT=", PASS},
	{"IMAPSIEVE=", PASS},

	/* Messages by number: flags, UIDs, dates. */
	{"UIDPLUS", PASS},
	{"MOVE", PASS},
	{"CONDSTORE", PASS},
	{"QRESYNC", PASS},
	{"SAVEDATE", PASS},
	{"X-GM-EXT-1", PASS}, /* labels, numbers; the session refuses X-GM-RAW */
	{"UIDONLY", VIEWS},   /* RFC 9586: FETCH responses under another name */
	{"NOTIFY", VIEWS},    /* RFC 5465: FETCH responses that nobody asked for */
	{"OBJECTID", VIEWS},  /* RFC 8474: bound to the content */
	{"UTF8=", VIEWS},     /* RFC 6855: other headers than the view has */
	{"ANNOTATE-EXPERIMENT-1", VIEWS},

	/* Searching: the provider sees ciphertext, the session answers plain SEARCH itself. */
	{"WITHIN", PASS}, /* RFC 5032: by date */
	{"ESEARCH", VIEWS},
	{"SEARCHRES", VIEWS},
	{"MULTISEARCH", VIEWS},
	{"CONTEXT=", VIEWS},
	{"PARTIAL", VIEWS}, /* RFC 9394 */
	{"SEARCH=", VIEWS}, /* FUZZY */
	{"FILTERS", VIEWS},
	{"SORT", VIEWS},
	{"SORT=", VIEWS},
	{"ESORT", VIEWS},
	{"THREAD=", VIEWS},
	{"I18NLEVEL=", VIEWS},

	/* Content by other ways than FETCH BODY. */
	{"BINARY", VIEWS}, /* RFC 3516 */
	{"PREVIEW", VIEWS},
	{"PREVIEW=", VIEWS},
	{"SNIPPET=", VIEWS},
	{"CONVERT", VIEWS},
	{"URLAUTH", VIEWS},
	{"URLAUTH=", VIEWS},
	{"URL-PARTIAL", VIEWS},

	/* Storing by other ways than APPEND of one message: it is sealed first. */
	{"MULTIAPPEND", VIEWS},
	{"CATENATE", VIEWS},
	{"REPLACE", VIEWS},
};

/* Mechanisms that the proxy can speak; the others prove the channel or the password to the far
 * end. PLAIN and LOGIN carry the same password, one stands for the other (proxy/auth.h). */
enum {
	PLAIN,
	LOGIN,
	XOAUTH2,
	OAUTHBEARER,
	N_MECHANISMS
};

static const char *const mechanisms[N_MECHANISMS] = {"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"};

typedef struct {
	const ImapCapabilityPolicy *policy;
	GString *out;
	bool has[N_MECHANISMS]; /* of the provider */
	bool login_disabled;    /* by the provider */
} Rewrite;

static bool
is_named(BaseBytes word, const char *name)
{
	bool prefix = g_str_has_suffix(name, "=");
	return prefix ? base_bytes_starts_nocase(word, name)
		      : base_bytes_equal_nocase(word, base_bytes_str(name));
}

static Fate
fate_of(BaseBytes word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(capabilities); i++) {
		if (is_named(word, capabilities[i].word)) {
			return capabilities[i].fate;
		}
	}
	return VIEWS;
}

static void
append_word(GString *out, BaseBytes word)
{
	g_string_append_c(out, ' ');
	g_string_append_len(out, (const char *)word.p, (gssize)word.n);
}

/* Remembers what a word says about logging in. */
static void
note_login(Rewrite *rewrite, BaseBytes word)
{
	if (base_bytes_equal_nocase(word, BASE_LIT("LOGINDISABLED"))) {
		rewrite->login_disabled = true;
	}
	if (!base_bytes_starts_nocase(word, "AUTH=")) {
		return;
	}
	BaseBytes name = base_bytes_slice(word, strlen("AUTH="), SIZE_MAX);
	for (size_t i = 0; i < N_MECHANISMS; i++) {
		rewrite->has[i] = rewrite->has[i] ||
				  base_bytes_equal_nocase(name, base_bytes_str(mechanisms[i]));
	}
}

static void
append_login(const Rewrite *rewrite)
{
	const ImapCapabilityPolicy *policy = rewrite->policy;
	bool sasl_password = rewrite->has[PLAIN] || rewrite->has[LOGIN];
	bool password = sasl_password || !rewrite->login_disabled;
	bool offers[N_MECHANISMS] = {password, sasl_password, rewrite->has[XOAUTH2],
				     rewrite->has[OAUTHBEARER]};

	if (policy->offer_tls && !policy->tls_done) {
		g_string_append(rewrite->out, " STARTTLS");
	}
	if (!policy->login_allowed || !password) {
		g_string_append(rewrite->out, " LOGINDISABLED");
	}
	for (size_t i = 0; policy->login_allowed && i < N_MECHANISMS; i++) {
		if (offers[i]) {
			g_string_append_printf(rewrite->out, " AUTH=%s", mechanisms[i]);
		}
	}
}

static bool
is_word_char(uint8_t c)
{
	return c > ' ' && c != ']';
}

/* *(SP capability) */
static void
rewrite_words(Rewrite *rewrite, BaseBytes words)
{
	imap_take_blanks(&words);
	while (words.n > 0) {
		BaseBytes word = imap_take_while(&words, is_word_char);
		if (word.n == 0) {
			break; /* no word of any capability */
		}
		Fate fate = fate_of(word);
		note_login(rewrite, word);
		if (fate == PASS || (fate == VIEWS && !rewrite->policy->views)) {
			append_word(rewrite->out, word);
		}
		imap_take_blanks(&words);
	}
	if (!rewrite->policy->logged_in) {
		append_login(rewrite);
	}
}

/* Where the words stand: behind "CAPABILITY" of the response or of the response code. */
static bool
find_words(BaseBytes line, BaseBytes *words)
{
	ImapResponse response;
	size_t name = strlen("CAPABILITY");

	imap_response_parse(line, &response);
	if (response.kind == IMAP_UNTAGGED && !response.has_number &&
	    strcmp(response.name, "CAPABILITY") == 0) {
		*words = response.rest;
		return true;
	}
	if (!imap_response_has_code(&response, "CAPABILITY")) {
		return false;
	}
	*words = base_bytes_slice(response.code, name, SIZE_MAX);
	return true;
}

GBytes *
imap_rewrite_capabilities(BaseBytes line, const ImapCapabilityPolicy *policy)
{
	BaseBytes words = {NULL, 0};

	if (!find_words(line, &words)) {
		return NULL;
	}
	size_t before = (size_t)(words.p - line.p);
	before -= before > 0 && line.p[before - 1] == ' ';
	BaseBytes tail = base_bytes_slice(line, (size_t)(words.p - line.p) + words.n, SIZE_MAX);
	Rewrite rewrite = {.policy = policy, .out = g_string_new(NULL)};
	g_string_append_len(rewrite.out, (const char *)line.p, (gssize)before);
	rewrite_words(&rewrite, words);
	g_string_append_len(rewrite.out, (const char *)tail.p, (gssize)tail.n);
	return g_string_free_to_bytes(rewrite.out);
}

static bool
is_flag_char(uint8_t c)
{
	return c > ' ' && c != '(' && c != ')';
}

static bool
has_flag(const GPtrArray *flags, const char *flag)
{
	for (guint i = 0; i < flags->len; i++) {
		if (g_ascii_strcasecmp(g_ptr_array_index(flags, i), flag) == 0) {
			return true;
		}
	}
	return false;
}

/* Takes the flags that stay; whether one had to go. */
static bool
keep_flags(BaseBytes rest, const char *prefix, GPtrArray *flags)
{
	bool changed = false;

	imap_take_blanks(&rest);
	for (BaseBytes word = imap_take_while(&rest, is_flag_char); word.n > 0;
	     word = imap_take_while(&rest, is_flag_char)) {
		bool ours = prefix != NULL && base_bytes_starts_nocase(word, prefix);
		if (!ours) {
			g_ptr_array_add(flags, base_bytes_strdup(word));
		}
		changed = changed || ours;
		imap_take_blanks(&rest);
	}
	return changed;
}

/* flag-list = "(" [flag *(SP flag)] ")"; STORE also takes the flags without parentheses, and then
 * they come back in them. */
char *
imap_rewrite_flags(BaseBytes list, const char *prefix, const char *const *add)
{
	g_autoptr(GPtrArray) flags = g_ptr_array_new_with_free_func(g_free);
	BaseBytes rest = base_bytes_trim(list);

	imap_take_octet(&rest, '(');
	bool changed = keep_flags(rest, prefix, flags);
	for (size_t i = 0; add != NULL && add[i] != NULL; i++) {
		if (!has_flag(flags, add[i])) {
			g_ptr_array_add(flags, g_strdup(add[i]));
			changed = true;
		}
	}
	if (!changed) {
		return NULL;
	}
	g_ptr_array_add(flags, NULL);
	g_autofree char *joined = g_strjoinv(" ", (char **)flags->pdata);
	return g_strdup_printf("(%s)", joined);
}
