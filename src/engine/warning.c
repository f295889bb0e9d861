/* SPDX-License-Identifier: MPL-2.0 */
/* Every text of a warning stands in this file, marked for xgettext. */
#include "engine/warning.h"

#include "engine/words.h"
#include <string.h>

/* {detail} is left out in the second text; NULL: the first one has no gap. */
static const struct {
	const char *code;
	const char *level;
	const char *text;
	const char *without_detail;
} WARNINGS[] = {
	{"several-from", WARNING_GRAVE,
	 N_("The message names more than one sender, so nobody's signature can stand for it."),
	 NULL},
	{"from-mismatch", WARNING_GRAVE,
	 N_("Inside it names another sender ({detail}), which nothing proves; the one on the "
	    "envelope is shown."),
	 N_("The sender shown is not the one who signed.")},
	{"lookalike-domain", WARNING_GRAVE,
	 N_("The sender's address looks like {detail}, but is another."),
	 N_("The sender's address looks like one that you know, but is another.")},
	{"lookalike-name", WARNING_GRAVE,
	 N_("The sender's name says {detail}, but the address is not theirs."),
	 N_("The sender's name says somebody that you know, but the address is not theirs.")},
	{"key-changed", WARNING_GRAVE,
	 N_("This is not the key that {detail} used before; ask on another way which one is right."),
	 N_("This is not the key that the sender used before; ask on another way which one is "
	    "right.")},
	{"key-conflict", WARNING_GRAVE,
	 N_("Two keys claim to belong to {detail}; compare one of them with its owner."),
	 N_("Two keys claim to belong to the sender; compare one of them with its owner.")},
	{"unsigned-but-usually-signed", WARNING_GRAVE,
	 N_("{detail} usually signs, but this message is not signed."),
	 N_("The sender usually signs, but this message is not signed.")},
	{"candidate-key", WARNING_GRAVE,
	 N_("{detail} was known with another key; that one stays in use until you decide."),
	 N_("The sender was known with another key; that one stays in use until you decide.")},
	{"untrusted-issuer", WARNING_NOTE,
	 N_("Whoever issued the signer's certificate ({detail}) is nobody you trust; names in it "
	    "are claims."),
	 N_("Nobody you trust vouches for the signer's certificate; names in it are claims.")},
	{"expired", WARNING_GRAVE, N_("The signer's certificate had expired."), NULL},
	{"weak-algorithm", WARNING_GRAVE,
	 N_("It is protected with an algorithm that is no longer safe ({detail})."),
	 N_("It is protected with an algorithm that is no longer safe.")},
	{"legacy-cbc", WARNING_GRAVE,
	 N_("It is encrypted in an old way that does not notice changes made on the journey."),
	 NULL},
	{"errant-layer", WARNING_GRAVE,
	 N_("A signed or encrypted part lies inside the message; it says nothing about the whole."),
	 NULL},
	{"first-time-link", WARNING_NOTE,
	 N_("A link in it leads to {detail}, where no mail of this sender ever led."),
	 N_("A link in it leads where no mail of this sender ever led.")},
	{"list-footer", WARNING_NOTE,
	 N_("A mailing list added text around a signed message; the signature was not used."),
	 NULL},
	{"not-addressed-to-you", WARNING_GRAVE,
	 N_("Your address is not among the protected recipients."), NULL},
	{"remote-content", WARNING_NOTE,
	 N_("It would load content from the network; that was not checked."), NULL},
};

char *
warning_text(const char *code, const char *detail)
{
	for (size_t i = 0; i < G_N_ELEMENTS(WARNINGS); i++) {
		if (strcmp(WARNINGS[i].code, code) != 0) {
			continue;
		}
		if (detail == NULL && WARNINGS[i].without_detail != NULL) {
			return g_strdup(_(WARNINGS[i].without_detail));
		}
		return words_fill(_(WARNINGS[i].text),
				  (const WordsGap[]){{"detail", detail}, {NULL, NULL}});
	}
	return g_strdup(code);
}

const char *
warning_level(const char *code)
{
	for (size_t i = 0; i < G_N_ELEMENTS(WARNINGS); i++) {
		if (strcmp(WARNINGS[i].code, code) == 0) {
			return WARNINGS[i].level;
		}
	}
	return WARNING_GRAVE;
}
