/* SPDX-License-Identifier: MPL-2.0 */
/* A letter while it is written, and the octets it becomes. */
#pragma once

#include "letter/address.h"

#define LETTER_FILES_MAX      200U        /* attachments of one letter */
#define LETTER_DRAFT_MAX      (64U << 20) /* octets of all of them */
#define LETTER_SUBJECT_MAX    2000U       /* characters */
#define LETTER_RECIPIENTS_MAX 1000U

typedef struct {
	char *name; /* made safe when it is written */
	char *type; /* NULL or not a media type: application/octet-stream */
	GBytes *content;
} LetterFile;

typedef struct {
	char *name;
	char *value;
} LetterField;

/* All strings are UTF-8, may be NULL or "" (not there), and belong to the draft. */
typedef struct {
	char *from; /* one mailbox; may have a name */
	char *to;   /* lists as letter_addresses_parse() takes them */
	char *cc;
	char *bcc; /* written as a field: the engine takes it out and makes the copies */
	char *reply_to;
	char *subject;
	char *text;        /* line ends CRLF or LF */
	char *level;       /* "plain", "signed", "sealed": X-Postseal-Level; "auto": none */
	char *rules;       /* the value of Originator-Rules, "forward=sealed, expires=@..." */
	char *in_reply_to; /* one Message-ID with its brackets */
	char *references;  /* Message-IDs with blanks between */
	char *message_id;  /* NULL: a new one is made */
	gint64 date;       /* 0: now */
	GPtrArray *files;  /* of LetterFile */
	GPtrArray *notes;  /* of LetterField: what a draft remembers for whoever goes on writing it;
			      not in what is sent */
	GPtrArray *fields; /* of LetterField: further ones; none of those above, nor Content-*,
			      MIME-Version, User-Agent, Received, Postseal-* */
} LetterDraft;

LetterDraft *letter_draft_new(void);
void letter_draft_free(LetterDraft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LetterDraft, letter_draft_free)
void letter_draft_add_file(LetterDraft *draft, const char *name, const char *type, GBytes *content);
/* @name: a few letters and "-"; not that of a list of addresses. */
void letter_draft_add_note(LetterDraft *draft, const char *name, const char *value);
/* NULL: there is none. */
const char *letter_draft_note(const LetterDraft *draft, const char *name);
void letter_draft_add_field(LetterDraft *draft, const char *name, const char *value);

typedef enum {
	LETTER_TO_SEND, /* needs From and at least one recipient */
	LETTER_TO_KEEP, /* a draft: From is enough; a list that is no list of addresses yet is kept
			   in X-Postseal-Draft-To (-Cc, -Bcc), which letter_draft_read() knows */
} LetterPurpose;

/*
 * The message, CRLF, 7-bit but for UTF-8 addresses (SMTPUTF8): text/plain; charset=utf-8;
 * format=flowed, in multipart/mixed with attachments if there are some; Date, Message-ID (domain of
 * From), MIME-Version, User-Agent: postseal/VERSION. PS_ERROR_ARGUMENT: an address that is none, a
 * line end or control character in a header field; PS_ERROR_LIMIT. (transfer full)
 */
GBytes *letter_draft_compose(const LetterDraft *draft, LetterPurpose purpose, GError **error);

/* The envelope's recipients: addr-specs of To, Cc and Bcc, each once, in order, NULL-terminated.
 * PS_ERROR_ARGUMENT (none, or no address), PS_ERROR_LIMIT. (transfer full) */
char **letter_draft_recipients(const LetterDraft *draft, GError **error);

/* A draft, opened, to be written on: the reverse of letter_draft_compose(), attachments included;
 * of further fields X-Forwarded-Message-Id. PS_ERROR_MALFORMED, PS_ERROR_LIMIT. (transfer full) */
LetterDraft *letter_draft_read(GBytes *octets, GError **error);

/* Whether an address needs SMTPUTF8: a local part that is not ASCII. */
bool letter_draft_needs_utf8(const LetterDraft *draft);
