/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of PsVerdict; filled by incoming.c, immutable for everybody else. */
#pragma once

#include "base/bytes.h"
#include <postseal/verdict.h>

typedef struct {
	bool present;
	bool valid;
	const char *form;
	const char *reason;
	const char *digest;    /* NULL without a signature */
	const char *algorithm; /* NULL without a signature */
	int64_t signing_time;  /* INT64_MIN: none */
} VerdictSignature;

typedef struct {
	GPtrArray *addresses; /* char *; NULL without a signer */
	bool matches_from;
	char *fingerprint;
	char *root_fingerprint;
	char *subject;
	char *issuer;
	const char *chain;
	const char
		*proof; /* what a trusted issuer vouches for: none, mailbox, ... (cert/proof.h) */
	char *organization; /* proven; NULL if not */
	char *person;       /* proven; NULL if not */
	char *issuer_name;  /* of the anchor, for people; NULL without one */
	char *claimed_name; /* what the certificate says and nobody vouches for; NULL if nothing */
} VerdictSigner;

typedef struct {
	bool present;
	const char *kind;   /* NULL if not encrypted */
	const char *cipher; /* NULL if not encrypted */
	bool authenticated;
	const char *reason;
} VerdictEncryption;

typedef struct {
	const char *state;
	int64_t messages;
	int64_t days;
	int64_t first_seen; /* 0: none */
	int64_t last_seen;  /* 0: none */
	bool usually_signs;
	bool refused;         /* by the person */
	bool verified;        /* compared by the person */
	bool vouched;         /* by the key known before */
	int64_t org_messages; /* by all mailboxes of the proven organization */
	int64_t org_days;
	int64_t org_first_seen; /* 0: none */
} VerdictHistory;

struct _PsVerdict {
	gatomicrefcount refs;
	PsSummary summary;
	char *sentence;
	char *signer_phrase; /* NULL: nothing to say */
	char *from_address;  /* NULL if there is not exactly one */
	char *from_display;  /* NULL or "" if none */
	char *outer_address; /* of the outer From; NULL if there is not exactly one */
	char *from_shown;    /* the address as people should see it; NULL as above */
	char *alike;         /* the domain or address that it looks like; NULL: none */
	char *named_like;    /* whom its display name imitates; NULL: nobody */
	VerdictSignature signature;
	VerdictSigner signer;
	VerdictEncryption encryption;
	VerdictHistory history;
	GPtrArray *headers;   /* PsHeader */
	GPtrArray *warnings;  /* PsWarning */
	GPtrArray *structure; /* char * */
	GPtrArray *rules;     /* char *: key, value, key, value, ... */
};

/* Unprotected, everything absent. */
PsVerdict *verdict_new(void);
void verdict_add_header(PsVerdict *verdict, const char *name, const char *value,
			const char *protection);
/* Once per code; the text comes from the table of sentences, %s in it becomes @detail. */
void verdict_warn(PsVerdict *verdict, const char *code, const char *detail);
/* The same, but only worth knowing. */
void verdict_note(PsVerdict *verdict, const char *code, const char *detail);
bool verdict_has_warning(const PsVerdict *verdict, const char *code);
