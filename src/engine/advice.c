/* SPDX-License-Identifier: MPL-2.0 */
/* Every text about recipients stands in this file, marked for xgettext. */
#include "engine/advice.h"

#include "engine/words.h"
#include <string.h>

/* By reason (trust/recipient.h): the first of a recipient decides, later ones add to it. */
static const struct {
	const char *reason;
	const char *text;
} REASONS[] = {
	{"own", N_("Ready: this is an account of your own.")},
	{"verified", N_("Ready: you compared this key with its owner.")},
	{"accepted", N_("Ready: you accepted this key.")},
	{"ca", N_("Ready: an issuer that you trust vouches for this key.")},
	{"handed-over", N_("Ready: the key known before vouches for this one.")},
	{"pinned",
	 N_("Ready: this key has proved itself, over time or in answer to mail of yours.")},
	{"import", N_("Ready: you imported this key.")},
	{"key-header",
	 N_("Ready: the key came in the header of a message; nothing was signed with it yet.")},
	{"first-contact",
	 N_("Ready: this key came with mail from this address; nothing speaks against it, and "
	    "nothing proves it yet.")},
	{"introduced",
	 N_("Ready within this conversation: somebody whose key you know introduced this one.")},
	{"expired-kept",
	 N_("Its certificate has expired and is used for one more year; ask for a new signed "
	    "message.")},
	{"candidate",
	 N_("Another key came for this address, too; it is used for nothing until you decide.")},
	{"no-key", N_("No key yet: ask for one signed message.")},
	{"cannot-encrypt",
	 N_("There is a key, but it is for signing only: ask for one that mail can be sealed to.")},
	{"revoked",
	 N_("Its owner or its issuer took this key back: ask for a new signed message.")},
	{"expired", N_("The key has expired: ask for a new signed message.")},
	{"refused", N_("You refused this key: accept it, or ask for another.")},
	{"conflict",
	 N_("Two keys came for this address, and both seem genuine: compare one with its owner, "
	    "then accept or refuse it.")},
	{"aligned",
	 N_("Another key came, with mail that answers mail of yours or that your mail server found "
	    "genuine: ask on another way which key is right, then accept or refuse it.")},
	{"three-days",
	 N_("Another key came, on three days or more: ask on another way which key is right, then "
	    "accept or refuse it.")},
	{"hand-over",
	 N_("Another key came, with the word of the old one for it, which is not enough here: "
	    "compare it with its owner, then accept or refuse it.")},
	{"changed-ca",
	 N_("Another key came, and an issuer that you trust vouches for it: accept or refuse it.")},
	{"changed",
	 N_("Another key came: ask on another way which key is right, then accept or refuse it.")},
};

static const char *
text_of(const char *reason)
{
	for (size_t i = 0; i < G_N_ELEMENTS(REASONS); i++) {
		if (strcmp(REASONS[i].reason, reason) == 0) {
			return _(REASONS[i].text);
		}
	}
	return NULL;
}

/* "changed" says no more than the reason behind it, and "ca" means something else there. */
static const char *
telling(const TrustRecipient *recipient, guint i)
{
	const char *reason = g_ptr_array_index(recipient->reasons, i);
	bool changed = recipient->state == TRUST_CHANGED;
	if (changed && strcmp(reason, "changed") == 0 && recipient->reasons->len > 1) {
		return NULL;
	}
	return changed && strcmp(reason, "ca") == 0 ? "changed-ca" : reason;
}

char *
advice_sentence(const TrustRecipient *recipient, const char *alike)
{
	g_autoptr(GString) text = g_string_new(NULL);
	if (alike != NULL) {
		g_string_append(text,
				_("Careful: this address looks like {alike}, but is another."));
		g_string_replace(text, "{alike}", alike, 1);
	}
	for (guint i = 0; i < recipient->reasons->len; i++) {
		const char *reason = telling(recipient, i);
		const char *sentence = reason == NULL ? NULL : text_of(reason);
		if (sentence != NULL) {
			g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", sentence);
		}
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static const char *const PHRASES[] = {
	[TRUST_READY] = N_("is ready"),
	[TRUST_NONE] = N_("has sent no key yet: ask for one signed message"),
	[TRUST_CHANGED] = N_("has another key now: accept or refuse it first"),
	[TRUST_EXPIRED] = N_("has an expired key: ask for a new signed message"),
	[TRUST_CONFLICT] = N_("has two keys that contradict each other: compare them first"),
	[TRUST_REFUSED] = N_("has a key that you refused: accept it or ask for another"),
};

const char *
advice_phrase(TrustState state)
{
	return _(PHRASES[state]);
}
