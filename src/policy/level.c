/* SPDX-License-Identifier: MPL-2.0 */
/* How strongly a message is to be protected. */
#include "policy/level.h"

static const struct {
	const char *name;
	PolicyLevel level;
} LEVEL_NAMES[] = {
	{"plain", POLICY_LEVEL_PLAIN},      {"signed", POLICY_LEVEL_SIGNED},
	{"sealed", POLICY_LEVEL_SEALED},    {"sign", POLICY_LEVEL_SIGNED},
	{"seal", POLICY_LEVEL_SEALED},      {"encrypt", POLICY_LEVEL_SEALED},
	{"encrypted", POLICY_LEVEL_SEALED},
};

static const char *const SUBJECT_TAGS[] = {"seal", "encrypt", "sign", "plain"};

static const struct {
	const char *text;
	bool forward;
} REPLY_PREFIXES[] = {
	{"re:", false},   {"aw:", false}, {"sv:", false}, {"vs:", false},
	{"antw:", false}, {"fwd:", true}, {"fw:", true},  {"wg:", true},
	{"tr:", true},    {"rv:", true},  {"enc:", true},
};

const char *
policy_level_name(PolicyLevel level)
{
	return level == POLICY_LEVEL_UNSET ? NULL : LEVEL_NAMES[level].name;
}

PolicyLevel
policy_level_parse(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(LEVEL_NAMES); i++) {
		if (g_ascii_strcasecmp(name, LEVEL_NAMES[i].name) == 0) {
			return LEVEL_NAMES[i].level;
		}
	}
	return POLICY_LEVEL_UNSET;
}

/* The strictest wish above the floors; the default is signed. */
static PolicyLevelDecision
strictest_wish(const PolicyWish *wish)
{
	const struct {
		PolicyLevel level;
		const char *reason;
	} wishes[] = {
		{wish->button, "button"},
		{wish->tag, "tag"},
		{wish->sensitivity, "sensitivity"},
		{wish->rule, "rule"},
	};

	PolicyLevelDecision best = {POLICY_LEVEL_UNSET, "default", false};
	for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++) {
		if (wishes[i].level > best.level) {
			best.level = wishes[i].level;
			best.reason = wishes[i].reason;
		}
	}
	if (best.level == POLICY_LEVEL_UNSET) {
		best.level = POLICY_LEVEL_SIGNED;
	}
	return best;
}

PolicyLevelDecision
policy_level_decide(const PolicyWish *wish)
{
	if (wish->author_demands) {
		return (PolicyLevelDecision){POLICY_LEVEL_SEALED, "author-rule", false};
	}
	bool floor = wish->rule == POLICY_LEVEL_SEALED || wish->answers_sealed;
	if (floor && wish->button == POLICY_LEVEL_UNSET) {
		const char *why = wish->answers_sealed ? "answers-sealed" : "rule";
		return (PolicyLevelDecision){POLICY_LEVEL_SEALED, why, false};
	}
	PolicyWish above = *wish;
	if (above.rule == POLICY_LEVEL_SEALED) {
		above.rule = POLICY_LEVEL_UNSET; /* the button was pressed knowing this floor */
	}
	PolicyLevelDecision decision = strictest_wish(&above);
	decision.lowered = floor && decision.level < POLICY_LEVEL_SEALED;
	return decision;
}

size_t
policy_subject_prefix(const char *subject)
{
	const char *p = subject;
	for (bool again = true; again;) {
		again = false;
		while (g_ascii_isspace(*p)) {
			p++;
		}
		for (size_t i = 0; i < G_N_ELEMENTS(REPLY_PREFIXES) && !again; i++) {
			size_t n = strlen(REPLY_PREFIXES[i].text);
			if (g_ascii_strncasecmp(p, REPLY_PREFIXES[i].text, n) == 0) {
				p += n;
				again = true;
			}
		}
	}
	return (size_t)(p - subject);
}

bool
policy_subject_is_forward(const char *subject)
{
	const char *p = subject + strspn(subject, " \t");
	for (size_t i = 0; i < G_N_ELEMENTS(REPLY_PREFIXES); i++) {
		if (g_ascii_strncasecmp(p, REPLY_PREFIXES[i].text,
					strlen(REPLY_PREFIXES[i].text)) == 0) {
			return REPLY_PREFIXES[i].forward;
		}
	}
	return false;
}

/* Octets of "[tag]" at @p, or 0; the level goes to @level. */
static size_t
tag_at(const char *p, PolicyLevel *level)
{
	for (size_t i = 0; i < G_N_ELEMENTS(SUBJECT_TAGS); i++) {
		size_t n = strlen(SUBJECT_TAGS[i]);
		if (p[0] == '[' && g_ascii_strncasecmp(p + 1, SUBJECT_TAGS[i], n) == 0 &&
		    p[n + 1] == ']') {
			*level = policy_level_parse(SUBJECT_TAGS[i]);
			return n + 2;
		}
	}
	return 0;
}

/* Takes one counting tag off the start or the end of @subject; false if there is none. */
static bool
take_tag(GString *subject, bool is_new, PolicyLevel *strictest)
{
	PolicyLevel level = POLICY_LEVEL_UNSET;
	size_t prefix = policy_subject_prefix(subject->str);
	size_t n = tag_at(subject->str + prefix, &level);
	size_t at = prefix;
	if (n == 0 || !(is_new || level == POLICY_LEVEL_SEALED)) {
		const char *last = strrchr(subject->str, '[');
		n = last == NULL ? 0 : tag_at(last, &level);
		at = n == 0 ? 0 : (size_t)(last - subject->str);
		if (n > 0 && last[n + strspn(last + n, " \t")] != '\0') {
			n = 0;
		}
	}
	if (n == 0 || !(is_new || level == POLICY_LEVEL_SEALED)) {
		return false;
	}
	g_string_erase(subject, (gssize)at, (gssize)n);
	while (at == prefix && g_ascii_isspace(subject->str[at])) {
		g_string_erase(subject, (gssize)at, 1);
	}
	*strictest = MAX(*strictest, level);
	return true;
}

PolicyLevel
policy_level_from_subject(const char *subject, bool is_new, char **stripped)
{
	PolicyLevel strictest = POLICY_LEVEL_UNSET;
	g_autoptr(GString) rest = g_string_new(subject);
	while (take_tag(rest, is_new, &strictest)) {
	}
	if (strictest != POLICY_LEVEL_UNSET) {
		*stripped = g_strchomp(g_string_free(g_steal_pointer(&rest), FALSE));
	}
	return strictest;
}
