/* SPDX-License-Identifier: MPL-2.0 */
/* Header protection (RFC 9788): which field goes inside, which outside, and what a reader may
 * believe. */
#pragma once

#include "mime/content_type.h"
#include "mime/respond.h"

/* Structural: MIME-Version and Content-* (RFC 9787 section 1.1.1). */
bool mime_field_is_structural(const char *name);
/* Added on the way or by this machine, never known to the composer: Received, Return-Path,
 * Delivered-To, DKIM-Signature, ARC-*, Authentication-Results, X-Postseal-*, ...: outside only. */
bool mime_field_is_transport(const char *name);
/* Added by list managers: List-*, Archived-At (RFC 9788 section 7.1). */
bool mime_field_is_list(const char *name);
/* User-Facing (RFC 9787 section 1.1.2): Subject, From, To, Cc, Date, Reply-To, Sender, Resent-*,
 * ... */
bool mime_field_is_user_facing(const char *name);

/* Header Confidentiality Policies (RFC 9788 section 3.2). */
typedef enum {
	MIME_HCP_BASELINE,
	MIME_HCP_SHY,
	MIME_HCP_NONE,
} MimeHcp;

/*
 * hcp(name, value): the value to show outside, NULL to show nothing; (transfer full). Over the
 * registered policies, each of them removes Originator-Rules (design.md 3.5), Postseal-Handover and
 * Autocrypt-Gossip.
 */
char *mime_hcp_apply(MimeHcp policy, const char *name, const char *value);

typedef enum {
	MIME_PROTECT_CLEAR,  /* signed, not encrypted: hp=clear */
	MIME_PROTECT_CIPHER, /* signed and encrypted: hp=cipher */
} MimeProtectMode;

typedef struct {
	MimeProtectMode mode;
	MimeHcp policy;               /* CIPHER */
	const MimeResponse *response; /* CIPHER: of the message answered; NULL if it is no answer */
	bool legacy;                  /* CIPHER: a recipient may not know RFC 9788 */
} MimeProtectWish;

typedef struct {
	MimeHeader *inner;  /* of the payload root, complete with its empty line */
	MimeHeader *outer;  /* of the message, without Structural fields: the caller adds those of
			       the layer */
	GPtrArray *display; /* of char *: lines "Subject: ..." of the Legacy Display Element, UTF-8;
			       may be empty */
} MimeProtected;

void mime_protected_clear(MimeProtected *made);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MimeProtected, mime_protected_clear)

/*
 * Compose of RFC 9788 section 5.2.1, as far as it is about headers. @root is the header of the
 * message as the composer gave it. Bcc, Resent-Bcc, HP-Outer, mbox and junk lines go nowhere.
 * Fields keep their octets where these survive transport (CRLF, ASCII, no blanks before a line end,
 * at most 998 octets a line), else they are written anew with the same unfolded value, 8-bit as
 * encoded words. A second Content-Type field is dropped.
 */
MimeProtected mime_protect_compose(const MimeHeader *root, const MimeProtectWish *wish);

/* HeaderFieldProtection (RFC 9788 section 4.3); the greater the stronger. */
typedef enum {
	MIME_FIELD_UNPROTECTED,
	MIME_FIELD_SIGNED_ONLY,
	MIME_FIELD_ENCRYPTED_ONLY,
	MIME_FIELD_SIGNED_AND_ENCRYPTED,
} MimeFieldState;

/* "unprotected", "signed-only", "encrypted-only", "signed-and-encrypted" (cli.md). */
const char *mime_field_state_name(MimeFieldState state);

typedef enum {
	MIME_SCHEME_NONE,
	MIME_SCHEME_RFC9788, /* hp= at the payload root */
	MIME_SCHEME_RFC8551, /* the payload is one message/rfc822: unwrap it (RFC 9788 section 4.10)
			      */
	MIME_SCHEME_PARTIAL, /* protected-headers="v1": only the fields found inside are protected
			      */
} MimeScheme;

const char *
mime_scheme_name(MimeScheme scheme); /* "none", "rfc9788", "rfc8551", "protected-headers" */

typedef enum {
	MIME_HP_NONE,
	MIME_HP_CLEAR,
	MIME_HP_CIPHER
} MimeHp;

/* What the layers of the envelope at the MIME root turned out to be. */
typedef struct {
	bool is_signed;       /* a signing layer is there, whatever its signature is worth */
	bool encrypted;       /* an encrypting layer is there */
	bool signature_valid; /* ... and a signature holds */
} MimeProtectFacts;

typedef struct {
	const MimeField *field; /* of the display header */
	MimeFieldState state;
} MimeFieldProtection;

typedef struct {
	MimeScheme scheme;
	bool header_protected; /* scheme is not NONE */
	MimeHp hp;             /* the composer's word, or inferred for the older schemes */
	bool wrapped; /* hp=clear under encryption: somebody else encrypted; nothing was hidden */
	bool cipher_unmet;   /* hp=cipher without an encrypting layer: only signed */
	bool unwrap;         /* the message shown is the one embedded in the payload (RFC8551) */
	MimeHeader *display; /* header of the opened message: Structural fields of the payload,
				without hp */
	GArray *fields;      /* of MimeFieldProtection: the other fields of @display, in order */
	char *from;          /* addr-spec of the From inside, NULL if there is not exactly one */
	char *outer_from;    /* the same of the From that carriers saw */
	bool from_mismatch; /* protected, and @from is not @outer_from (RFC 9788 section 4.4.1.1) */
} MimeProtection;

void mime_protection_free(MimeProtection *protection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeProtection, mime_protection_free)

/*
 * @payload: root of the cryptographic payload. @outer: header of the message as it came. @embedded:
 * header of the message inside if @payload is message/rfc822, else NULL.
 *  - Protected fields win. Of the fields found only outside, those of transport and list managers
 * stay (unprotected), others are dropped; with MIME_SCHEME_PARTIAL all stay.
 *  - Transport fields found inside are dropped: nobody but carriers can know them.
 *  - Without header protection every field is from outside and unprotected.
 *  - RFC8551 wants the From inside and outside to be the same address: a signed forward is no
 * protection.
 */
MimeProtection *mime_protection_read(const MimeHeader *payload, const MimeHeader *outer,
				     const MimeHeader *embedded, MimeProtectFacts facts);

/* The strongest state of a displayed field called @name; UNPROTECTED if there is none. */
MimeFieldState mime_protection_state(const MimeProtection *protection, const char *name);

/* RFC 9788 section 4.4.3: shows the outer From (unprotected) instead of the inner one. For a
 * mismatch under a signature that is not bound to the inner From. @outer as given to read. */
void mime_protection_show_outer_from(MimeProtection *protection, const MimeHeader *outer);

/* 4.4.5: domains as A-labels and local parts without case. */
bool mime_addr_spec_equal(const char *a, const char *b);
