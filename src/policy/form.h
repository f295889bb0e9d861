/* SPDX-License-Identifier: MPL-2.0 */
/* The form of a signature: the least intrusive that any recipient needs (design.md 3.2). */
#pragma once

#include "base/bytes.h"

typedef enum {
	POLICY_FORM_NONE,
	POLICY_FORM_SIGNATURE,   /* multipart/signed */
	POLICY_FORM_UNOBTRUSIVE, /* the Sig field of a part header */
	POLICY_FORM_HEADER,      /* Postseal-Key only */
} PolicyForm;

/* "none", "signature", "unobtrusive", "header". */
const char *policy_form_name(PolicyForm form);

typedef enum {
	POLICY_MODE_AUTO,
	POLICY_MODE_SIGNATURE,
	POLICY_MODE_UNOBTRUSIVE,
	POLICY_MODE_HEADER,
} PolicyMode;

const char *policy_mode_name(PolicyMode mode);
bool policy_mode_parse(const char *name, PolicyMode *out);

/* One recipient. */
typedef struct {
	bool sealed_to_us;  /* has sent us mail sealed to our current root */
	bool runs_postseal; /* said so in signed capabilities */
	bool quiet_program; /* last seen with a program measured as quiet */
	bool automatic;     /* noreply, -request, unsubscribe, ... */
	bool list;          /* a mailing list */
} PolicyReader;

typedef struct {
	PolicyMode mode;
	bool public_chain; /* our certificate chains to a public mail anchor */
	bool calendar;     /* an invitation */
	bool patch;        /* a patch for a mailing-list work flow */
	bool list_headers; /* the message itself is list mail */
	const PolicyReader *readers;
	size_t n_readers;
} PolicyFormFacts;

typedef struct {
	PolicyForm form;
	const char *reason; /* static word: mode, list, automatic, calendar, patch, public-chain,
			       known-readers, unknown-reader */
} PolicyFormDecision;

PolicyFormDecision policy_form_decide(const PolicyFormFacts *facts);

/* True for addresses that nobody reads or that obey commands: noreply, no-reply, donotreply,
 * mailer-daemon,
 * *-request, *-subscribe, unsubscribe, listserv, majordomo, ... (RFC 2142 section 6 and custom). */
bool policy_address_is_automatic(const char *address);
/* True for addresses that look like a mailing list's domain or name (lists.*, *@*.lists.*,
 * googlegroups.com). */
bool policy_address_is_list(const char *address);
