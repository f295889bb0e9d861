/* SPDX-License-Identifier: MPL-2.0 */
/*
 * APPEND. What a mail program stores at the provider must not give away what was sealed: to Sent
 * goes the very copy that left, drafts are sealed to the author, and so is what was shown opened.
 * Everything else passes as it streams in.
 */
#include "base/error.h"
#include "imap/append.h"
#include "imap/envelope.h"
#include "proxy/imap_session.h"
#include "proxy/kind.h"
#include "proxy/sent.h"

#define HEADER_PEEK (256U << 10) /* octets of a header that decide what is done */
#define HELD_MAX    (256U << 20) /* octets of a message that has to be sealed */
#define AUTHORS     16U          /* of one message that are looked at */

/* One APPEND command. */
typedef struct {
	ImapSession *session;
	const ImapCommand *command;
	GByteArray *line;  /* the command up to the announcement of the message */
	ImapAppend append; /* its parts, borrowed from line */
	char *mailbox;
	GByteArray *octets; /* of the message, as far as they were read */
} Appending;

static void
appending_clear(Appending *appending)
{
	g_free(appending->mailbox);
	g_byte_array_unref(appending->octets);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Appending, appending_clear)

typedef enum {
	STORE_AS_IT_IS,
	STORE_SENT_COPY, /* the copy that left */
	STORE_DRAFT,     /* sealed to its author, if there are keys */
	STORE_SEALED,    /* sealed, or not at all */
	STORE_NOTHING,   /* the provider files what it sends by itself */
} Storing;

/* Reads until the header is there, or everything. */
static bool
read_header(Appending *appending, GError **error)
{
	NetConn *client = appending->session->client;
	uint64_t size = appending->append.literal.size;
	GByteArray *octets = appending->octets;
	while (octets->len < MIN(size, HEADER_PEEK) &&
	       kind_header_end(base_bytes_of_array(octets)) == SIZE_MAX) {
		BaseBytes data;
		if (!net_conn_peek(client, &data, error)) {
			return false;
		}
		if (data.n == 0) {
			return base_fail(error, PS_ERROR_IO, "the mail program is gone");
		}
		data.n = (size_t)MIN((uint64_t)data.n, size - octets->len);
		g_byte_array_append(octets, data.p, (guint)data.n);
		net_conn_consume(client, data.n);
	}
	return true;
}

static bool
read_rest(Appending *appending, GError **error)
{
	uint64_t left = appending->append.literal.size - appending->octets->len;
	return wire_octets(appending->session->client, left, appending->octets, HELD_MAX, error);
}

/* --- What is done with it ------------------------------------------------------------------- */

/* The plaintext of a message that was sealed when it was sent or came. */
static bool
was_sealed(ImapSession *session, PsMessage *header)
{
	g_autofree char *status = ps_message_get_field(header, "Postseal-Status");
	if (status != NULL && strstr(status, "encryption=ok") != NULL) {
		return true;
	}
	g_autofree char *id = ps_message_get_field(header, "Message-ID");
	gboolean sealed = FALSE;
	if (id != NULL) {
		PsEngine *engine = house_lend(session->house, session->login);
		/* If that cannot be found out, it was. */
		sealed = !ps_engine_was_sealed(engine, id, &sealed, NULL) || sealed;
		house_give_back(session->house, session->login, engine);
	}
	return sealed;
}

/* Whether the message as it stands would be sealed; @reader: to whom, NULL: as its header says. */
static bool
protects_sealed(PsEngine *engine, PsMessage *header, const char *reader, GError **error)
{
	g_autoptr(PsRequest) request = ps_request_new();
	if (reader != NULL) {
		ps_request_add_recipient(request, reader);
	}
	g_autoptr(PsOutcome) outcome = ps_engine_protect(engine, header, request, error);
	return outcome != NULL && (outcome->level == PS_LEVEL_SEALED || outcome->refused != NULL);
}

/*
 * Some programs upload before they send: what would leave sealed must not lie there in the clear.
 * The header may name nobody, since all its readers are hidden; what cannot be found out is sealed,
 * unless there is nothing to seal it with.
 */
static bool
will_be_sealed(ImapSession *session, PsMessage *header)
{
	g_autoptr(GError) reason = NULL;
	const char *self = imap_account(session)->address;
	PsEngine *engine = house_lend(session->house, session->login);
	bool sealed = protects_sealed(engine, header, NULL, &reason);
	if (reason != NULL) {
		g_clear_error(&reason);
		sealed = protects_sealed(engine, header, self, &reason);
	}
	house_give_back(session->house, session->login, engine);
	return reason == NULL ? sealed : !g_error_matches(reason, PS_ERROR, PS_ERROR_UNAVAILABLE);
}

static PsMessage *
recall_sent(ImapSession *session, PsMessage *header)
{
	g_autofree char *id = ps_message_get_field(header, "Message-ID");
	if (id == NULL) {
		return NULL;
	}
	PsEngine *engine = house_lend(session->house, session->login);
	PsMessage *copy = sent_recall(session->house, session->login, engine, id, NULL);
	house_give_back(session->house, session->login, engine);
	return copy;
}

static bool
says_draft(const ImapAppend *append)
{
	g_autofree char *flags = base_bytes_strdup(append->flags);
	g_autofree char *lower = g_ascii_strdown(flags, -1);
	return strstr(lower, "\\draft") != NULL;
}

static bool
take_found(void *user, G_GNUC_UNUSED BaseBytes octets, const ImapResponse *response)
{
	bool *found = user;
	*found = *found ||
		 (strcmp(response->name, "SEARCH") == 0 && base_bytes_trim(response->rest).n > 0);
	return true;
}

/*
 * Some providers file what is sent through them by themselves; a second copy would be a duplicate.
 * Looked up on a connection of its own, since this one has another mailbox open.
 */
static bool
is_filed(const ImapSession *session, const char *mailbox, PsMessage *copy)
{
	g_auto(ImapSession) twin = {0};
	g_autoptr(GError) reason = NULL;
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autofree char *id = ps_message_get_field(copy, "Message-ID");
	g_autofree char *box = imap_quote(mailbox);
	g_autofree char *quoted = imap_quote(id);
	bool found = false;
	imap_session_init(&twin);
	if (box == NULL || quoted == NULL) {
		return false;
	}
	g_autofree char *examine = g_strdup_printf("EXAMINE %s", box);
	g_autofree char *search = g_strdup_printf("UID SEARCH HEADER Message-ID %s", quoted);
	if (!imap_enter_again(session, &twin, &reason) ||
	    !imap_ask(&twin, examine, take_found, &(bool){false}, line, &reason) ||
	    !imap_ask(&twin, search, take_found, &found, line, &reason)) {
		house_log(session->house, "imap: cannot look for a sent copy: %s", reason->message);
	}
	return found;
}

/* Who wrote a message, as far as that is one of the login's accounts. */
typedef struct {
	const ImapSession *session;
	const ProxyAccount *account; /* NULL: somebody else */
	guint authors;
} Author;

static void
take_author(void *user, const ImapAddress *address)
{
	Author *author = user;
	g_autofree char *text = g_strdup_printf("%s@%s", address->mailbox, address->host);
	g_autofree char *normal = proxy_address_normalise(text);
	const GPtrArray *accounts = author->session->login->accounts;
	author->authors++;
	for (guint i = 0; i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		if (g_strcmp0(account->address, normal) == 0) {
			author->account = account;
		}
	}
}

/* NULL if there is more than one, or it is none of the login's accounts. */
static const ProxyAccount *
author_of(const ImapSession *session, PsMessage *header)
{
	guint budget = AUTHORS;
	Author author = {.session = session};
	g_autofree char *from = ps_message_get_field(header, "From");
	if (from != NULL) {
		imap_addresses_each(base_bytes_str(from), &budget, take_author, &author);
	}
	return author.authors == 1 ? author.account : NULL;
}

static Storing
decide(Appending *appending, PsMessage *header, PsMessage **copy)
{
	ImapSession *session = appending->session;
	if (!session->opens || kind_of(base_bytes_of_array(appending->octets)).sealed) {
		return STORE_AS_IT_IS;
	}
	if (appending->octets->len >= HEADER_PEEK) {
		return STORE_SEALED; /* nobody knows what is in such a header */
	}
	ImapUse use = imap_use_of_mailbox(session, appending->mailbox);
	if (use == IMAP_USE_SENT) {
		*copy = recall_sent(session, header);
	}
	if (*copy != NULL) {
		return is_filed(session, appending->mailbox, *copy) ? STORE_NOTHING
								    : STORE_SENT_COPY;
	}
	/* What he wrote himself is kept in many a folder: beside what it answers, for others. */
	bool own = use == IMAP_USE_SENT || author_of(session, header) != NULL;
	bool draft = use == IMAP_USE_DRAFTS || says_draft(&appending->append);
	if (was_sealed(session, header) || (own && !draft && will_be_sealed(session, header))) {
		return STORE_SEALED;
	}
	return draft ? STORE_DRAFT : STORE_AS_IT_IS;
}

/* NULL if it cannot be sealed. */
static GBytes *
seal(ImapSession *session, GByteArray *octets, GError **error)
{
	g_autoptr(GBytes) plain = g_bytes_new(octets->data, octets->len);
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(plain);
	g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable();
	const ProxyAccount *author = author_of(session, message);
	const char *address = (author == NULL ? imap_account(session) : author)->address;
	PsEngine *engine = house_lend(session->house, session->login);
	bool done = ps_engine_seal_draft(engine, address, message, out, error);
	house_give_back(session->house, session->login, engine);
	if (!done || !g_output_stream_close(out, NULL, error)) {
		return NULL;
	}
	return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(out));
}

/* --- Towards the provider ------------------------------------------------------------------- */

/* The command with the announcement of @size octets, up to where the provider wants them. */
static bool
announce(Appending *appending, uint64_t size, bool *refused, GError **error)
{
	const ImapAppend *append = &appending->append;
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autofree char *mark = g_strdup_printf("%s{%" G_GUINT64_FORMAT "}\r\n",
						append->literal.binary ? "~" : "", size);
	g_byte_array_append(line, appending->line->data, (guint)wire_announced(appending->line));
	if (append->flags.n > 0) {
		g_autoptr(GByteArray) flags = g_byte_array_new();
		g_byte_array_append(flags, append->flags.p, (guint)append->flags.n);
		imap_defuse(flags);
		memcpy(line->data + (append->flags.p - appending->line->data), flags->data,
		       flags->len);
	}
	g_byte_array_append(line, (const guint8 *)mark, (guint)strlen(mark));
	g_queue_push_tail(&appending->session->pending, g_strdup(appending->command->tag));
	return imap_send(appending->session, base_bytes_of_array(line), refused, error);
}

/* What follows the octets: CRLF, or ")" CRLF. A second message (MULTIAPPEND, which is not offered)
 * would be taken for a command. */
static bool
end_command(Appending *appending, bool refused, GError **error)
{
	ImapSession *session = appending->session;
	g_autoptr(GByteArray) line = g_byte_array_new();
	if (!wire_line(session->client, line, WIRE_COMMAND_MAX, error)) {
		return false;
	}
	ImapLiteral literal;
	if (imap_literal_at_end(base_bytes_of_array(line), &literal) ||
	    wire_is_ambiguous(base_bytes_of_array(line))) {
		return base_fail(error, PS_ERROR_UNSUPPORTED,
				 "several messages in one APPEND are not supported");
	}
	return refused || (net_conn_write(session->server, base_bytes_of_array(line), error) &&
			   net_conn_flush(session->server, error));
}

static bool
store_octets(Appending *appending, GBytes *octets, GError **error)
{
	bool refused = false;
	return announce(appending, g_bytes_get_size(octets), &refused, error) &&
	       (refused ||
		net_conn_write(appending->session->server, base_bytes_of(octets), error)) &&
	       end_command(appending, refused, error);
}

/* As it streams in. */
static bool
store_stream(Appending *appending, GError **error)
{
	ImapSession *session = appending->session;
	uint64_t size = appending->append.literal.size;
	uint64_t left = size - appending->octets->len;
	bool refused = false;
	if (!announce(appending, size, &refused, error)) {
		return false;
	}
	if (refused) {
		return wire_skip(session->client, left, error) &&
		       end_command(appending, refused, error);
	}
	return net_conn_write(session->server, base_bytes_of_array(appending->octets), error) &&
	       wire_pass(session->client, session->server, left, error) &&
	       end_command(appending, refused, error);
}

/* Reads what is still to come and answers ourselves. */
static bool
answer_instead(Appending *appending, const char *text, GError **error)
{
	ImapSession *session = appending->session;
	uint64_t left = appending->append.literal.size - appending->octets->len;
	return wire_skip(session->client, left, error) && end_command(appending, true, error) &&
	       imap_reply(session, appending->command->tag, text, error);
}

static bool
store_sealed(Appending *appending, Storing storing, GError **error)
{
	g_autoptr(GError) reason = NULL;
	if (appending->append.literal.size > HELD_MAX) {
		return answer_instead(appending, "NO [LIMIT] This is too large to be sealed",
				      error);
	}
	if (!read_rest(appending, error)) {
		return false;
	}
	g_autoptr(GBytes) sealed = seal(appending->session, appending->octets, &reason);
	if (sealed != NULL) {
		return store_octets(appending, sealed, error);
	}
	if (storing == STORE_DRAFT && g_error_matches(reason, PS_ERROR, PS_ERROR_UNAVAILABLE)) {
		return store_stream(appending, error);
	}
	house_log(appending->session->house, "a message is not stored: %s", reason->message);
	return answer_instead(appending, "NO This could not be sealed, so it was not stored",
			      error);
}

static bool
store_message(Appending *appending, GError **error)
{
	g_autoptr(GBytes) bytes = g_bytes_new(appending->octets->data, appending->octets->len);
	g_autoptr(PsMessage) header = ps_message_new_from_bytes(bytes);
	g_autoptr(PsMessage) copy = NULL;
	Storing storing = decide(appending, header, &copy);
	if (storing == STORE_DRAFT || storing == STORE_SEALED) {
		return store_sealed(appending, storing, error);
	}
	if (storing == STORE_AS_IT_IS) {
		return store_stream(appending, error);
	}
	if (storing == STORE_NOTHING) {
		return answer_instead(appending, "OK Your provider files what it sends", error);
	}
	uint64_t left = appending->append.literal.size - appending->octets->len;
	g_autoptr(GBytes) octets = ps_message_get_octets(copy, error);
	return octets != NULL && wire_skip(appending->session->client, left, error) &&
	       store_octets(appending, octets, error);
}

/* Where the name of the mailbox is a literal, it has to be asked for. */
static bool
read_mailbox(ImapSession *session, GByteArray *line, size_t args, GError **error)
{
	ImapLiteral literal;
	return line->data[args] != '{' ||
	       !imap_literal_at_end(base_bytes_of_array(line), &literal) ||
	       imap_take_literal(session, &literal, line, WIRE_COMMAND_MAX, error);
}

static bool
refuse_append(ImapSession *session, const ImapCommand *command, GByteArray *line, GError **error)
{
	return imap_take_literals(session, line, WIRE_COMMAND_MAX, error) &&
	       imap_reply(session, command->tag, "BAD This is no APPEND", error);
}

/* Where nothing is opened, nothing is looked at either: any number of messages, CATENATE. */
static bool
append_untouched(ImapSession *session, const ImapCommand *command, GByteArray *line, GError **error)
{
	g_queue_push_tail(&session->pending, g_strdup(command->tag));
	for (;;) {
		ImapLiteral literal = {0};
		bool refused = false;
		bool announced = imap_literal_at_end(base_bytes_of_array(line), &literal);
		if (!imap_send(session, base_bytes_of_array(line), &refused, error)) {
			return false;
		}
		if (!announced || refused) {
			return true;
		}
		g_byte_array_set_size(line, 0);
		if (!imap_want_literal(session, &literal, error) ||
		    !wire_pass(session->client, session->server, literal.size, error) ||
		    !wire_line(session->client, line, WIRE_COMMAND_MAX, error)) {
			return false;
		}
		if (wire_is_ambiguous(base_bytes_of_array(line))) {
			return base_fail(error, PS_ERROR_MALFORMED, "this is no literal");
		}
	}
}

bool
imap_append(ImapSession *session, const ImapCommand *command, GByteArray *line, GError **error)
{
	g_auto(Appending) appending = {
		.session = session, .command = command, .line = line, .octets = g_byte_array_new()};
	size_t args = (size_t)(command->args.p - line->data);
	if (!imap_drain(session, error)) {
		return false;
	}
	if (!session->opens) {
		return append_untouched(session, command, line, error);
	}
	if (!read_mailbox(session, line, args, error)) {
		return false;
	}
	BaseBytes rest = base_bytes_slice(base_bytes_of_array(line), args, SIZE_MAX);
	if (!imap_append_parse(rest, &appending.append)) {
		return refuse_append(session, command, line, error);
	}
	BaseBytes mailbox = appending.append.mailbox;
	appending.mailbox = imap_take_astring(&mailbox);
	if (appending.mailbox == NULL) {
		return refuse_append(session, command, line, error);
	}
	return imap_find_uses(session, error) &&
	       imap_want_literal(session, &appending.append.literal, error) &&
	       read_header(&appending, error) && store_message(&appending, error);
}
