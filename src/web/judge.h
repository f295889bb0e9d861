/* SPDX-License-Identifier: MPL-2.0 */
/* One message, judged and opened by the engine of its desk. */
#pragma once

#include "letter/shown.h"
#include "web/json.h"
#include "web/site.h"

/* The one mark that people see, gravest first but for the last ones. */
typedef enum {
	WEB_MARK_CLOSED,  /* sealed, and it cannot be opened */
	WEB_MARK_WARNING, /* something is wrong */
	WEB_MARK_CHANGED, /* another key than before */
	WEB_MARK_CONFIDENTIAL,
	WEB_MARK_VERIFIED,
	WEB_MARK_SEALED, /* encrypted, by nobody proven; or sent so */
	WEB_MARK_FIRST,  /* signed, for the first time */
	WEB_MARK_NEW,    /* signed, not proven yet */
	WEB_MARK_SIGNED,
	WEB_MARK_NONE,
	WEB_MARK_REFUSED, /* signed with a key that the person refused */
	WEB_MARK_UNKNOWN, /* nobody looked: it is too large for a list */
} WebMark;

const char *web_mark_name(WebMark mark);
/* A few words in the language of the thread; static. */
const char *web_mark_text(WebMark mark, bool own);

typedef struct {
	PsVerdict *verdict; /* NULL: it could not be judged */
	JsonObject *json;   /* the verdict; empty without */
	GBytes *content;    /* readable; as it came, if it is closed */
	char *failure;      /* NULL; why it could not be judged */
	bool closed;
	bool encrypted;
	bool inert;   /* encrypted, and nobody vouches for it */
	bool own;     /* by the person, with a key of the account */
	bool refused; /* signed with a key that the person refused */
	bool draft;   /* sealed by the person to himself, to go on writing */
	WebMark mark;
} WebJudged;

void web_judged_clear(WebJudged *judged);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WebJudged, web_judged_clear)

/* Whether an own letter is meant: then nothing is learned. */
typedef enum {
	WEB_JUDGE_LEARN,
	WEB_JUDGE_ONLY,
} WebJudging;

/* @own: the desk's account. Never fails: what cannot be judged is closed, and says why. */
void web_judge(PsEngine *engine, const char *own, GBytes *octets, WebJudging how, WebJudged *out);
/* web_mark_text() of it; a draft is told as one. Static. */
const char *web_judged_mark_text(const WebJudged *judged);
/* One sentence for the reader; (transfer full). */
char *web_judged_sentence(const WebJudged *judged);
/* "signed and encrypted", ...; static. */
const char *web_protection_text(const char *protection);
