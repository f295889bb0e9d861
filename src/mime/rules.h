/* SPDX-License-Identifier: MPL-2.0 */
/* The author's rules for a message: Originator-Rules (design.md 3.5). */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "mime/header.h"

#define MIME_RULES_NAME "Originator-Rules"
#define MIME_RULES_MAX  4096U /* octets of all field bodies together */
#define MIME_RULES_KEYS 64U   /* members of the dictionary */

/* In each enum the stricter value is the greater one; UNSET is as open. */
typedef enum {
	MIME_RULE_LISTS_UNSET,
	MIME_RULE_LISTS_OPEN,
	MIME_RULE_LISTS_RESEAL, /* a list may pass it on only sealed to each member */
	MIME_RULE_LISTS_NO,     /* no list may pass it on */
} MimeRuleLists;

typedef enum {
	MIME_RULE_FORWARD_UNSET,
	MIME_RULE_FORWARD_OPEN,
	MIME_RULE_FORWARD_SEALED,
	MIME_RULE_FORWARD_NO,
} MimeRuleForward;

typedef enum {
	MIME_RULE_REPLY_UNSET,
	MIME_RULE_REPLY_OPEN,
	MIME_RULE_REPLY_SEALED,
} MimeRuleReply;

typedef struct {
	MimeRuleLists lists;
	MimeRuleForward forward;
	MimeRuleReply reply;
	int64_t expires; /* seconds since 1970; 0: unset. Shown, never deletes */
} MimeRules;

/*
 * A dictionary of RFC 8941 section 3.2 (a date is "@" integer, RFC 9651 section 3.3.7), e.g.
 * "lists=reseal, forward=sealed, reply=sealed, expires=@1801353600". Of a key that is there twice
 * the last counts; unknown keys, unknown values of known keys and all parameters are ignored. False
 * if it is not a dictionary or over the limits above: as RFC 8941 section 4.2 asks, nothing of it
 * counts then.
 */
bool mime_rules_parse(BaseBytes value, MimeRules *out);

/* All Originator-Rules fields of @payload_root joined as RFC 8941 section 4.2 says. False as above;
 * no field is true with nothing set. */
bool mime_rules_read(const MimeHeader *payload_root, MimeRules *out);

/* The dictionary in the order of the struct; NULL if nothing is set; (transfer full). */
char *mime_rules_format(const MimeRules *rules);

/* Sets one rule from words of a person: "lists" "reseal", "expires" "2027-01-31T00:00:00Z" (or
 * "@seconds"). PS_ERROR_ARGUMENT names what would be right. */
bool mime_rules_set(MimeRules *rules, const char *key, const char *value, GError **error);

/* The stricter of each; the earlier of two expiries. */
MimeRules mime_rules_merge(const MimeRules *a, const MimeRules *b);

bool mime_rules_is_empty(const MimeRules *rules);

/* The words of the dictionary: "open", "reseal", ...; NULL for UNSET. */
const char *mime_rule_lists_name(MimeRuleLists lists);
const char *mime_rule_forward_name(MimeRuleForward forward);
const char *mime_rule_reply_name(MimeRuleReply reply);
