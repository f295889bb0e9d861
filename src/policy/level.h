/* SPDX-License-Identifier: MPL-2.0 */
/* How strongly a message is to be protected: wishes and floors -> level and reason (design.md 3.2).
 */
#pragma once

#include "base/bytes.h"

typedef enum {
	POLICY_LEVEL_UNSET = -1, /* nobody asked */
	POLICY_LEVEL_PLAIN = 0,
	POLICY_LEVEL_SIGNED = 1,
	POLICY_LEVEL_SEALED = 2,
} PolicyLevel;

/* "plain", "signed", "sealed"; NULL for POLICY_LEVEL_UNSET. */
const char *policy_level_name(PolicyLevel level);
/* Also "seal", "encrypt", "encrypted", "sign"; no case. POLICY_LEVEL_UNSET if unknown. */
PolicyLevel policy_level_parse(const char *name);

typedef struct {
	PolicyLevel button;      /* the API, --level or X-Postseal-Level: may lower a floor */
	PolicyLevel tag;         /* of the Subject */
	PolicyLevel sensitivity; /* of the Sensitivity field, if the account listens to it */
	PolicyLevel rule;        /* the strictest per-recipient rule */
	bool answers_sealed;     /* a reply or forward of sealed mail */
	bool author_demands;     /* the author's rule of the message answered or forwarded wants it
				    sealed */
	bool is_new;             /* no Re:/Fwd:, no In-Reply-To */
} PolicyWish;

typedef struct {
	PolicyLevel level;  /* never POLICY_LEVEL_UNSET */
	const char *reason; /* static word: button, tag, sensitivity, rule, answers-sealed,
			       author-rule, default */
	bool lowered;       /* a button went below a floor: say so */
} PolicyLevelDecision;

PolicyLevelDecision policy_level_decide(const PolicyWish *wish);

/*
 * Reads and strips tags ([seal] [encrypt] [sign] [plain], no case) at the start of @subject, after
 * reply prefixes, or at its end. @is_new false: [sign] and [plain] do not count and stay. Returns
 * the level, and in @stripped the Subject without the tag ((transfer full)) if one counted.
 */
PolicyLevel policy_level_from_subject(const char *subject, bool is_new, char **stripped);

/* Octets of @subject that are reply or forward prefixes (Re:, Fwd:, Fw:, AW:, WG:, SV:, VS:,
 * Antw:). */
size_t policy_subject_prefix(const char *subject);
/* The first prefix is that of a forward: Fwd:, Fw:, WG:, TR:, RV:, ENC:. */
bool policy_subject_is_forward(const char *subject);
