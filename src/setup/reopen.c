/* SPDX-License-Identifier: MPL-2.0 */
/* Sealed messages that stayed closed, appended anew once their key is there. */
#include "setup/reopen.h"

#include "base/clock.h"
#include "imap/command.h"
#include "imap/fetched.h"
#include "imap/utf7.h"
#include "proxy/house.h"
#include "proxy/oauth.h"
#include "setup/mailbox.h"
#include "setup/run.h"
#include <string.h>

#define FIELD        "Postseal-Reopened"
#define FIELD_MAX    100U        /* octets of it, with its line end */
#define MESSAGES_MAX 100000U     /* the newest of a folder */
#define OCTETS_MAX   (64U << 20) /* larger ones are counted as errors */
#define ASKED_MAX    500U        /* messages in one command */
#define COPIES_MAX   20U         /* of one size, to compare */

/* One sealed message of the folder. */
typedef struct {
	guint uid;
	guint64 size;
	char *flags; /* as APPEND takes them: "(\Seen $Work)" */
	char *date;  /* quoted */
} Letter;

typedef struct {
	const SetupReopenWish *wish;
	ProxyConfig *config;
	House *house;
	Login *login;
	SetupMailbox *mailbox;
	char *folder; /* quoted */
	SetupReopened *out;
} Reopen;

static void
letter_free(gpointer data)
{
	Letter *letter = data;
	g_free(letter->flags);
	g_free(letter->date);
	g_free(letter);
}

static void
reopen_clear(Reopen *r)
{
	g_clear_pointer(&r->mailbox, setup_mailbox_close);
	g_clear_pointer(&r->login, login_free);
	g_clear_pointer(&r->house, house_free);
	g_clear_pointer(&r->config, proxy_config_free);
	g_clear_pointer(&r->folder, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reopen, reopen_clear)

void
setup_reopened_clear(SetupReopened *reopened)
{
	g_clear_pointer(&reopened->first_error, g_free);
}

/* ---- whose folder ---- */

static char *
addresses_of(const ProxyConfig *config)
{
	g_autoptr(GString) names = g_string_new(NULL);
	for (guint i = 0; i < config->accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(config->accounts, i);
		g_string_append_printf(names, "%s%s", i == 0 ? "" : ", ", account->address);
	}
	return g_string_free(g_steal_pointer(&names), FALSE);
}

char *
setup_reopen_account(const SetupPlace *place, const char *address, GError **error)
{
	g_autoptr(ProxyConfig) config = proxy_config_load(place->config, error);
	if (config == NULL) {
		return NULL;
	}
	g_autofree char *names = addresses_of(config);
	const ProxyAccount *account = NULL;
	if (address != NULL) {
		account = proxy_config_find(config, address);
	} else if (config->accounts->len == 1) {
		account = g_ptr_array_index(config->accounts, 0);
	}
	if (account != NULL) {
		return g_strdup(account->address);
	}
	return config->accounts->len == 0
		       ? BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
					"no account is set up: begin with `postseal setup`")
		       : BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT,
					"name the account with --account: there are %s", names);
}

/* Engines lent by a house see what those of the daemon see: the decision about a message is one of
 * a login. */
static Login *
find_login(Reopen *r, GError **error)
{
	const char *why = "no IMAP server is set up for this account";
	r->config = proxy_config_load(r->wish->place->config, error);
	r->house = r->config == NULL ? NULL : house_new(r->config, r->wish->place->home, error);
	if (r->house == NULL) {
		return NULL;
	}
	const ProxyAccount *account = proxy_config_find(r->config, r->wish->address);
	if (account != NULL && !account->opens) {
		return BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE,
				      "the mail program of %s opens its mail itself (opens=false)",
				      r->wish->address);
	}
	Login *login = house_login(r->house, NET_IMAP, r->wish->address, &why);
	return login != NULL ? login : BASE_FAIL_NULL(error, PS_ERROR_UNAVAILABLE, "%s", why);
}

static bool
log_in(Reopen *r, GError **error)
{
	const Login *login = r->login;
	g_autoptr(Credentials) credentials =
		oauth_upstream(r->house, login,
			       credentials_new(AUTH_PLAIN, login->user, r->wish->password), error);
	r->mailbox = credentials == NULL ? NULL
					 : mailbox_open(login->server, login->trust, login->user,
							credentials, error);
	return r->mailbox != NULL;
}

/* ---- the folder ---- */

typedef struct {
	const char *wanted;
	char *found; /* as the server names it */
} Folder;

static void
take_folder(const MailboxResponse *response, gpointer user)
{
	Folder *folder = user;
	g_auto(ImapListed) listed = {0};
	if (folder->found != NULL || !mailbox_listed(response, &listed)) {
		return;
	}
	g_autofree char *name = imap_utf7_decode(listed.mailbox);
	if (g_strcmp0(name, folder->wanted) == 0) {
		folder->found = g_strdup(listed.mailbox);
	}
}

/* Names beyond ASCII are looked up, since they are said in one of two ways (RFC 3501 section 5.1.3,
 * RFC 9051 section 5.1). */
static bool
name_folder(Reopen *r, GError **error)
{
	Folder folder = {.wanted = r->wish->folder};
	bool plain = g_str_is_ascii(folder.wanted) && strchr(folder.wanted, '&') == NULL;
	if (!plain &&
	    !mailbox_command(r->mailbox, "LIST \"\" \"*\"", take_folder, &folder, error)) {
		return false;
	}
	g_autofree char *found = folder.found;
	const char *name = plain ? folder.wanted : found;
	r->folder = name == NULL ? NULL : imap_quote(name);
	return r->folder != NULL ||
	       base_fail(error, PS_ERROR_UNAVAILABLE, "there is no such folder");
}

/* "* OK [PERMANENTFLAGS (\Deleted \*)] ...": without it all flags are (RFC 9051 section 7.1). */
static void
take_selected(const MailboxResponse *response, gpointer user)
{
	bool *can_delete = user;
	g_autofree char *line = g_ascii_strup(response->text->str, -1);
	const char *flags = strstr(line, "[PERMANENTFLAGS (");
	if (flags != NULL) {
		*can_delete = strstr(flags, "\\DELETED") != NULL;
	}
}

static bool
select_folder(Reopen *r, GError **error)
{
	bool can_delete = true;
	g_autoptr(GError) reason = NULL;
	if (!name_folder(r, error)) {
		return false;
	}
	g_autofree char *command = g_strconcat("SELECT ", r->folder, NULL);
	if (!mailbox_command(r->mailbox, command, take_selected, &can_delete, &reason)) {
		g_propagate_prefixed_error(error, g_steal_pointer(&reason),
					   "%s: ", r->wish->folder);
		return false;
	}
	return can_delete ||
	       base_fail(error, PS_ERROR_UNAVAILABLE, "%s: nothing may be changed in this folder",
			 r->wish->folder);
}

/* Those that a message can be appended with. */
static char *
appendable(BaseBytes value)
{
	g_autofree char *text = base_bytes_strdup(value);
	g_auto(GStrv) words = g_strsplit_set(text, "() ", -1);
	g_autoptr(GString) flags = g_string_new("(");
	for (char **word = words; *word != NULL; word++) {
		if (**word != '\0' && g_ascii_strcasecmp(*word, "\\Recent") != 0) {
			g_string_append_printf(flags, "%s%s", flags->len == 1 ? "" : " ", *word);
		}
	}
	g_string_append_c(flags, ')');
	return g_string_free(g_steal_pointer(&flags), FALSE);
}

static guint64
number_of(const ImapFetched *fetched, const char *name)
{
	const ImapFetchedItem *item = imap_fetched_find(fetched, name);
	g_autofree char *text = item == NULL ? NULL : base_bytes_strdup(item->value);
	return text == NULL ? 0 : g_ascii_strtoull(text, NULL, 10);
}

static void
take_letter(const MailboxResponse *response, gpointer user)
{
	GPtrArray *letters = user;
	g_auto(ImapFetched) fetched = {0};
	g_autofree char *line = g_strconcat(response->text->str, "\r\n", NULL);
	if (letters->len >= MESSAGES_MAX || response->literals->len > 0 ||
	    !imap_fetched_parse(base_bytes_str(line), &fetched)) {
		return;
	}
	const ImapFetchedItem *flags = imap_fetched_find(&fetched, "FLAGS");
	const ImapFetchedItem *date = imap_fetched_find(&fetched, "INTERNALDATE");
	guint64 uid = number_of(&fetched, "UID");
	if (flags == NULL || date == NULL || uid == 0 || uid > G_MAXUINT32) {
		return; /* somebody else changed a flag */
	}
	Letter *letter = g_new0(Letter, 1);
	letter->uid = (guint)uid;
	letter->size = number_of(&fetched, "RFC822.SIZE");
	letter->flags = appendable(flags->value);
	letter->date = base_bytes_strdup(date->value);
	g_ptr_array_add(letters, letter);
}

/* Oldest first, as they shall be appended. */
static GPtrArray *
list_letters(Reopen *r, GError **error)
{
	g_autoptr(GPtrArray) letters = g_ptr_array_new_with_free_func(letter_free);
	g_autoptr(GArray) uids = mailbox_search(
		r->mailbox, "UNDELETED HEADER Content-Type pkcs7-mime", MESSAGES_MAX, error);
	guint rest = uids == NULL ? 0 : uids->len;
	while (rest > 0) {
		g_autoptr(GString) command = g_string_new("UID FETCH ");
		for (guint n = 0; rest > 0 && n < ASKED_MAX; n++) {
			rest--;
			g_string_append_printf(command, "%s%u", n == 0 ? "" : ",",
					       g_array_index(uids, guint, rest));
		}
		g_string_append(command, " (UID FLAGS INTERNALDATE RFC822.SIZE)");
		if (!mailbox_command(r->mailbox, command->str, take_letter, letters, error)) {
			return NULL;
		}
	}
	return uids == NULL ? NULL : g_steal_pointer(&letters);
}

/* ---- one message ---- */

static GBytes *
with_field(GBytes *octets)
{
	g_autofree char *date = base_clock_format_mail(base_clock_now());
	g_autofree char *field = g_strdup_printf(FIELD ": %s\r\n", date);
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_byte_array_append(out, (const guint8 *)field, (guint)strlen(field));
	g_byte_array_append(out, g_bytes_get_data(octets, NULL), (guint)g_bytes_get_size(octets));
	return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

static bool
is_shown_opened(PsEngine *engine, GBytes *octets, bool *out, GError **error)
{
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	g_autoptr(PsView) view = ps_engine_view(engine, message, error);
	if (view == NULL) {
		return false;
	}
	*out = view->opened;
	return true;
}

static bool
can_be_opened(PsEngine *engine, GBytes *octets, bool *out, GError **error)
{
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	g_autoptr(PsVerdict) verdict = ps_engine_verify(engine, message, error);
	if (verdict == NULL) {
		return false;
	}
	*out = strcmp(ps_verdict_get_encryption_reason(verdict), "ok") == 0;
	return true;
}

/* *@anew: what to append; NULL if it is shown opened (then *@opened), or cannot be opened. The
 * decision about @anew is made here, so that it is certain before the old one goes. */
static bool
consider(PsEngine *engine, GBytes *octets, bool *opened, GBytes **anew, GError **error)
{
	bool possible = false;
	bool shown = false;
	if (!is_shown_opened(engine, octets, opened, error)) {
		return false;
	}
	if (*opened) {
		return true;
	}
	if (!can_be_opened(engine, octets, &possible, error)) {
		return false;
	}
	if (!possible) {
		return true;
	}
	g_autoptr(GBytes) made = with_field(octets);
	if (!is_shown_opened(engine, made, &shown, error)) {
		return false;
	}
	*anew = shown ? g_steal_pointer(&made) : NULL;
	return true;
}

/* Whether @octets follow the first line of @copy, which is ours. */
static bool
is_copy(GBytes *copy, GBytes *octets)
{
	BaseBytes all = base_bytes_of(copy);
	const uint8_t *end = all.n == 0 ? NULL : memchr(all.p, '\n', MIN(all.n, FIELD_MAX));
	return end != NULL &&
	       g_ascii_strncasecmp((const char *)all.p, FIELD ":", MIN(all.n, sizeof(FIELD))) ==
		       0 &&
	       base_bytes_equal(base_bytes_slice(all, (size_t)(end + 1 - all.p), SIZE_MAX),
				base_bytes_of(octets));
}

/* A call that was interrupted may have appended it without marking the old one. */
static bool
is_appended(Reopen *r, GBytes *octets, bool *out, GError **error)
{
	size_t n = g_bytes_get_size(octets);
	g_autofree char *criteria = g_strdup_printf("UNDELETED HEADER " FIELD " \"\" LARGER %zu "
						    "SMALLER %zu",
						    n, n + FIELD_MAX);
	g_autoptr(GArray) uids = mailbox_search(r->mailbox, criteria, COPIES_MAX, error);
	for (guint i = 0; uids != NULL && i < uids->len && !*out; i++) {
		g_autoptr(GBytes) copy = NULL;
		if (!mailbox_fetch(r->mailbox, g_array_index(uids, guint, i), &copy, error)) {
			return false;
		}
		*out = copy != NULL && is_copy(copy, octets);
	}
	return uids != NULL;
}

/* Never more than marked: the person's mail program expunges. */
static bool
replace(Reopen *r, const Letter *letter, GBytes *octets, GBytes *anew, GError **error)
{
	bool there = false;
	g_autofree char *append =
		g_strdup_printf("APPEND %s %s %s", r->folder, letter->flags, letter->date);
	g_autofree char *mark =
		g_strdup_printf("UID STORE %u +FLAGS.SILENT (\\Deleted)", letter->uid);
	return is_appended(r, octets, &there, error) &&
	       (there || mailbox_command_literal(r->mailbox, append, base_bytes_of(anew), error)) &&
	       mailbox_command(r->mailbox, mark, NULL, NULL, error);
}

static bool
deal_with(Reopen *r, const Letter *letter, GError **error)
{
	bool opened = false;
	g_autoptr(GBytes) octets = NULL;
	g_autoptr(GBytes) anew = NULL;
	g_autoptr(GError) reason = NULL;
	if (letter->size > OCTETS_MAX) {
		return base_fail(error, PS_ERROR_LIMIT, "it is too large");
	}
	if (!mailbox_fetch(r->mailbox, letter->uid, &octets, error)) {
		return false;
	}
	if (octets == NULL) {
		return true; /* deleted by now */
	}
	PsEngine *engine = house_lend(r->house, r->login);
	bool good = consider(engine, octets, &opened, &anew, &reason);
	house_give_back(r->house, r->login, engine);
	if (!good) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	if (anew != NULL && !replace(r, letter, octets, anew, error)) {
		return false;
	}
	r->out->reopened += anew != NULL;
	r->out->still_closed += !opened && anew == NULL;
	return true;
}

/* ---- all of them ---- */

/* Whether to go on: a lost connection will not come back, and a busy store says so again. */
static bool
note_error(Reopen *r, const Letter *letter, GError *reason, GError **error)
{
	if (g_error_matches(reason, PS_ERROR, PS_ERROR_IO) ||
	    g_error_matches(reason, PS_ERROR, PS_ERROR_BUSY)) {
		g_propagate_error(error, g_error_copy(reason));
		return false;
	}
	r->out->errors++;
	if (r->out->first_error == NULL) {
		r->out->first_error =
			g_strdup_printf("message with UID %u: %s", letter->uid, reason->message);
	}
	return true;
}

static bool
deal_with_all(Reopen *r, GError **error)
{
	g_autoptr(GPtrArray) letters = list_letters(r, error);
	for (guint i = 0; letters != NULL && i < letters->len; i++) {
		const Letter *letter = g_ptr_array_index(letters, i);
		g_autoptr(GError) reason = NULL;
		r->wish->progress(i, letters->len, r->wish->user);
		r->out->looked_at++;
		if (!deal_with(r, letter, &reason) && !note_error(r, letter, reason, error)) {
			return false;
		}
	}
	return letters != NULL;
}

bool
setup_reopen(const SetupReopenWish *wish, SetupReopened *out, GError **error)
{
	g_auto(Reopen) r = {.wish = wish, .out = out};
	*out = (SetupReopened){0};
	r.login = find_login(&r, error);
	return r.login != NULL && log_in(&r, error) && select_folder(&r, error) &&
	       deal_with_all(&r, error);
}
