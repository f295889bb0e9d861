/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The how-to pages: how two people with two mail programs get to mail that only they can read.
 * Composed from constant tables; no I/O but in howto_export(). Any thread may ask.
 *
 *	/how-to/                                the form, and all programs
 *	/how-to/find/?from=F&to=T&state=S       303 to the page (in an export a small script does
 *that) /how-to/encrypt/FROM/                   all pairs of a sender's program
 *	/how-to/encrypt/FROM/TO/                all states of a pair
 *	/how-to/encrypt/FROM/TO/STATE/          the page
 *	/how-to/de/...                          the same in German
 *	/how-to/style.css, /how-to/find.js
 *
 * FROM and TO are identifiers of howto_programs() or "any", with or without a version behind a
 * hyphen ("thunderbird-153"); other well-formed ones lead to "any". No page needs JavaScript, a
 * login or the network; style-src and script-src 'self' are enough for them.
 */
#pragma once

#include "base/error.h"

#define HOWTO_PREFIX "/how-to/" /* all paths begin with it */

typedef struct {
	guint status;     /* 200; 301 or 303 with location; 404 (with a page) */
	const char *type; /* static: Content-Type, with its charset */
	char *location;   /* "/how-to/...", a path on the same host; NULL but for 301 and 303 */
	GBytes *body;     /* never NULL; empty for 301 and 303 */
} HowtoAnswer;

void howto_answer_clear(HowtoAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HowtoAnswer, howto_answer_clear)

/*
 * Answers GET @path ("/how-to/..."; as it stands in the request: what is percent-encoded has no
 * page) with @query (what follows "?", encoded; NULL if there is none). Anything may come in; what
 * is not understood is 404. Fills @out in any case.
 */
void howto_respond(const char *path, const char *query, HowtoAnswer *out);

/* The states of a page, in their order: "none", "changed", "expired", "conflict",
 * "recipient-cannot", "sender-cannot", "ready", "refused"; NULL-terminated, static. */
const char *const *howto_states(void);

/* The identifiers of all programs, "any" not among them; NULL-terminated, static. */
const char *const *howto_programs(void);

/* As people know it ("Thunderbird"), in @language ("en", "de"; others are "en"); NULL if there is
 * no such program. Static. "any" is "another program". */
const char *howto_program_name(const char *id, const char *language);

/* What @id can: @fact is a NAME of doc/howto-format.md ("smime", "proxy"), the answer its value
 * ("yes", "no", "unknown", ...). "unknown" where nothing is known. Static. */
const char *howto_program_can(const char *id, const char *fact);

/*
 * The address of a page: @base (NULL: POLICY_HOWTO_BASE) and its path; @from and @to may be NULL
 * and may have a version; what is not well-formed becomes "any". NULL if @state is none of
 * howto_states(). (transfer full)
 */
char *howto_url(const char *base, const char *from, const char *to, const char *state);

typedef struct {
	guint pages;
	guint64 octets;
} HowtoExported;

/* After each file: @done of @total. */
typedef void (*HowtoProgressFunc)(guint64 done, guint64 total, gpointer watcher);

/*
 * Writes the whole site under @dir (made if it is not there): @dir/how-to/..., links relative and
 * to index.html, so that it works on any host, in any folder and from file://. @base ("https://
 * example.org/postseal", without a slash at its end; NULL: none) is for what needs a whole address:
 * canonical links, the page for addresses that are not there, the rules for web servers. @dir is
 * empty or has an earlier export, whose files are replaced. The ways in (index.html,
 * how-to/index.html, how-to/de/index.html) are removed first and written last: a site that was not
 * finished has none. @progress: NULL, or called with @watcher. PS_ERROR_CREATE, PS_ERROR_EXISTS
 * (@dir has other files), PS_ERROR_IO, PS_ERROR_ARGUMENT (@base is no http or https address).
 */
bool howto_export(const char *dir, const char *base, HowtoProgressFunc progress, gpointer watcher,
		  HowtoExported *out, GError **error);
