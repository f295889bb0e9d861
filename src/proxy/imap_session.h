/* SPDX-License-Identifier: MPL-2.0 */
/* One mail program's IMAP connection and the one to its provider, inside. */
#pragma once

#include "imap/command.h"
#include "imap/fetched.h"
#include "imap/list.h"
#include "imap/literal.h"
#include "proxy/auth.h"
#include "proxy/house.h"
#include "proxy/imap_wire.h"

#define IMAP_KEYWORDS "$Postseal" /* keywords that begin so are made here and nowhere else */

typedef enum {
	IMAP_FINDS_UNKNOWN,
	IMAP_FINDS_FIELDS,
	IMAP_FINDS_NO_FIELDS,
} ImapFinds;

typedef struct {
	House *house;
	NetConn *client;
	NetConn *server;  /* NULL until logged in */
	Login *login;     /* NULL until logged in */
	Credentials *who; /* for a second connection; wiped with the session */
	char *offers;     /* what the provider can do, as it said last; words with blanks between */
	char *id;         /* what the program says of itself: the arguments of ID, or NULL */
	bool opens;       /* sealed messages are shown opened */
	GQueue pending;   /* of char *: tags of commands that were passed on and not answered */
	size_t in_flight; /* their octets, so that neither side blocks the other */
	bool idle;        /* IDLE: the next line is DONE */
	bool leaving;     /* LOGOUT was said */
	char *mailbox;    /* selected, as the mail program named it; NULL: none */
	guint32 validity; /* its UIDVALIDITY; 0 unknown */
	bool junk;        /* it is for junk or trash: nothing is learned from what is in it */
	GArray *uids;     /* guint32, of its messages by their number; 0: not known */
	GHashTable *sealed;   /* UIDs of sealed messages of the mailbox, as SEARCH found them */
	guint32 sealed_until; /* the highest of them */
	guint32 exists;       /* messages in the mailbox; 0: none, or not known */
	ImapFinds finds;      /* whether the provider's SEARCH knows all header fields */
	GHashTable *uses;     /* mailboxes with a special use -> ImapUse, as LIST told */
	gint64 uses_asked;    /* when; 0: not yet */
	bool uses_refused;    /* they cannot be asked for alone */
	guint own_tags;
} ImapSession;

void imap_session_init(ImapSession *session);
void imap_session_clear(ImapSession *session);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImapSession, imap_session_clear)

/* Before login; false: the connection is over (@error may be unset: it said good-bye). */
bool imap_greet(ImapSession *session, GError **error);

/* Connects to the provider of the session's login and says who it is; *@ok: its decision, with its
 * last words in @line. */
bool imap_enter(ImapSession *session, const Credentials *given, GByteArray *line, bool *ok,
		GError **error);

/* Whether some provider may let in with a token instead of a password, as far as is known before
 * the login. Programs that see it offered use it, even where it leads nowhere. */
bool imap_tokens_are_taken(House *house);
/* Finds that out, after a program had to give up. */
void imap_ask_for_tokens(House *house);

/* A second connection of the same login to the provider, without a mail program: for what would
 * disturb the first. @twin: empty; free with imap_session_clear(). */
bool imap_enter_again(const ImapSession *session, ImapSession *twin, GError **error);

/* After login, until one side is gone. */
bool imap_relay(ImapSession *session, GError **error);

/* Whether the provider offered @word, ASCII case ignored. */
bool imap_offers(const ImapSession *session, const char *word);

/* One response whose first line is @line (removed from the connection already): changed where it
 * must be and passed on, literals streamed. */
bool imap_relay_response(ImapSession *session, GByteArray *line, const ImapResponse *response,
			 GError **error);

/* So little fits into the buffers of any socket, so that writing a command never waits for a
 * provider who waits for us to read. */
#define IMAP_WINDOW_OCTETS (16U << 10)

/* A tagged response came; PS_ERROR_MALFORMED if nobody asked. */
bool imap_note_answered(ImapSession *session, BaseBytes tag, GError **error);

/* Waits until everything passed on was answered. */
bool imap_drain(ImapSession *session, GError **error);

/* Passes a complete command (literals inline) on; answers come through imap_relay(). */
bool imap_forward(ImapSession *session, const ImapCommand *command, BaseBytes octets,
		  GError **error);

/* Sends a complete command, piece by piece where the provider has to ask for literals; *@refused:
 * it did not, and its tagged response was passed on. */
bool imap_send(ImapSession *session, BaseBytes octets, bool *refused, GError **error);
/* The same while nothing else is in flight, for a command whose answer the caller reads. */
bool imap_send_alone(ImapSession *session, const char *tag, BaseBytes octets, bool *refused,
		     GError **error);

/*
 * A command of our own, while nothing else is in flight. @take gets every untagged response
 * (complete, literals inline); true from it: taken; false: passed on to the mail program. *@done is
 * the tagged response line.
 */
typedef bool (*ImapTake)(void *user, BaseBytes octets, const ImapResponse *response);
bool imap_ask(ImapSession *session, const char *command, ImapTake take, void *user,
	      GByteArray *done, GError **error);

/* Says that the octets of a literal may come, if the mail program waits for that. */
bool imap_want_literal(ImapSession *session, const ImapLiteral *literal, GError **error);
/* Appends to @octets, which announce it, one literal and the line after it; PS_ERROR_LIMIT. */
bool imap_take_literal(ImapSession *session, const ImapLiteral *literal, GByteArray *octets,
		       size_t max, GError **error);
/* The same with all literals of a command, so that the whole can be looked at; one beyond @max
 * octets is refused. */
bool imap_take_literals(ImapSession *session, GByteArray *octets, size_t max, GError **error);

/* "TAG OK|NO|BAD text" to the mail program. */
bool imap_reply(ImapSession *session, const char *tag, const char *text, GError **error);

/* Keeps the arguments of an ID command; and once there is a login, notes the program's name. */
void imap_keep_id(ImapSession *session, BaseBytes args);
void imap_note_program(const ImapSession *session);

/* What is done about a command; @octets: all of it, literals inline. */
typedef bool (*ImapHandler)(ImapSession *session, const ImapCommand *command, BaseBytes octets,
			    GError **error);

typedef struct {
	const char *name;
	ImapHandler handler;
} ImapVerb;

/* The row of @verbs that names @command; NULL if none does. */
ImapHandler imap_handler_of(const ImapVerb *verbs, size_t n, const ImapCommand *command);

/* Does what has to be done about a command that is no APPEND; most are passed on. */
bool imap_dispatch(ImapSession *session, const ImapCommand *command, BaseBytes octets,
		   GError **error);

/* The commands that need more than passing on; @octets whole, literals inline. */
bool imap_fetch(ImapSession *session, const ImapCommand *command, BaseBytes octets, GError **error);
bool imap_search(ImapSession *session, const ImapCommand *command, BaseBytes octets,
		 GError **error);

#define IMAP_CANDIDATES 50000U /* sealed messages of a mailbox that are searched */
#define IMAP_SOME       500U   /* numbers in one command */

/* Adds to @numbers (of guint32, as a command counts) the sealed messages of the mailbox, or all;
 * those known from an earlier search are not looked for again. While nothing else is in flight. */
bool imap_find_candidates(ImapSession *session, bool uid, bool all, GArray *numbers,
			  GError **error);
/* The messages of which is known what was found. */
bool imap_find_known(ImapSession *session, bool uid, GArray *numbers, GError **error);
/* IMAP_SOME of them from @from on, as a set; (transfer full). */
char *imap_some_of(const GArray *numbers, guint from);
/* "* SEARCH 2 5 9 (MODSEQ 917162500)": numbers that are none are left out, and those beyond @max;
 * what follows them replaces *@suffix, unless that is NULL. */
void imap_read_numbers(BaseBytes rest, GArray *into, guint max, char **suffix);

/* APPEND: @line is the command up to its first literal, whose octets are still to come. */
bool imap_append(ImapSession *session, const ImapCommand *command, GByteArray *line,
		 GError **error);

/* The account whose settings count. */
const ProxyAccount *imap_account(const ImapSession *session);

/* Asks the provider what his mailboxes are for, if he knows; anew after a minute, since they are
 * made and renamed. While nothing else is in flight. */
bool imap_find_uses(ImapSession *session, GError **error);
/* As far as that is known, or the name tells. */
ImapUse imap_use_of_mailbox(const ImapSession *session, const char *mailbox);
/* The mailbox that SELECT or EXAMINE names at the beginning of @name will be the selected one. */
bool imap_enter_mailbox(ImapSession *session, BaseBytes name, GError **error);

/* The UID that a response names; 0 if it does not. */
guint32 imap_uid_of(const ImapFetched *fetched);
/* The same; where it names none, what an earlier response did for the same number. */
guint32 imap_known_uid(ImapSession *session, const ImapFetched *fetched);
/* How many messages there are, if @response says so. */
void imap_note_count(ImapSession *session, const ImapResponse *response);
/* Messages that are gone, if @response says so: the others have new numbers. */
void imap_note_gone(ImapSession *session, const ImapResponse *response);

/* Where the message @uid of the selected mailbox lies, NULL for 0; (transfer full). */
char *imap_place(const ImapSession *session, guint32 uid);

/* A list of flags as the mail program may see it: with the keyword for what is known of the message
 * @uid (0: nothing), and without any that somebody else made. (transfer full) */
char *imap_right_flags(const ImapSession *session, guint32 uid, BaseBytes flags);

/* A line of a FETCH, FLAGS or PERMANENTFLAGS response with the right flags, in place. */
void imap_right_line(ImapSession *session, GByteArray *line, const ImapResponse *response);
/* Makes keywords in @text that only we make into others. */
void imap_defuse(GByteArray *text);

/* Whether a tagged response is the one to @tag; PS_ERROR_MALFORMED, since a provider that answers
 * something else cannot be followed. */
bool imap_check_tag(const ImapResponse *response, const char *tag, GError **error);
