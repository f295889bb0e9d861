/* SPDX-License-Identifier: MPL-2.0 */
/* What a page says about each state, and who does what. */
#include "howto/plan.h"

#include "howto/words.h"
#include <string.h>

#define RECIPIENT true
#define SENDER    false

#define TAKE_KEY                                                   \
	{                                                          \
		"trust-sender", "save-sender-key", "encrypt", NULL \
	}

const HowtoPlan HOWTO_PLANS[] = {
	{"none",
	 N_("no key yet"),
	 "plain",
	 N_("No key of the recipient is known yet. It comes by itself with any signed message from "
	    "the recipient; after that you can encrypt."),
	 {{RECIPIENT,
	   N_("gets a key of their own, unless there is one already, and sends you one signed message."),
	   N_("The recipient sends you one signed message. What it says does not matter: the "
	      "signature carries the key."),
	   N_("postseal signs all mail by itself, mostly out of sight. If you use postseal, "
	      "too, any message will do; if not, the recipient ticks “Send one visible "
	      "signature” on the page of postseal."),
	   {"get-own-key", "send-signed", NULL}},
	  {SENDER,
	   N_("keep the key of that message, and answer encrypted."),
	   N_("When that message is there, keep its key and answer encrypted. A key of your own lets "
	      "you read what you sent, and lets the recipient answer encrypted."),
	   N_("postseal keeps the key of each message that comes. Begin the Subject with `[seal]` "
	      "and send."),
	   {"get-own-key", "trust-sender", "save-sender-key", "encrypt", NULL}}}},
	{"changed",
	 N_("the key has changed"),
	 "warn",
	 N_("A key of the recipient was known, and another one has come. It may be a new device or "
	    "a new certificate. It may also be somebody who wants to read your mail. Ask before you "
	    "encrypt to the new key."),
	 {{SENDER,
	   N_("look at the fingerprint of the new key, and call the recipient."),
	   N_("Ask the recipient whether the key is new, and not by mail: by telephone, for example. "
	      "Have the fingerprint of the new key on the screen meanwhile."),
	   N_("`postseal peers ADDRESS` shows the fingerprints of both keys."),
	   {"compare-key", NULL}},
	  {RECIPIENT,
	   N_("reads the fingerprint of their own key to you."),
	   N_("The recipient opens the own certificate and reads the fingerprint (SHA-256) to you, "
	      "at least the first and the last eight digits."),
	   N_("`postseal account show ADDRESS` shows the fingerprint of the own key."),
	   {NULL}},
	  {SENDER, N_("take the new key, if both are the same."),
	   N_("Is it the same? Then take the new key and encrypt to it."),
	   N_("`postseal trust verify ADDRESS FINGERPRINT` says that you compared it."), TAKE_KEY},
	  {SENDER,
	   N_("remove the new key, if they are not."),
	   N_("Is it another? Then it is not the recipient's key. Do not encrypt to it, remove it, and "
	      "tell the recipient."),
	   N_("`postseal trust refuse ADDRESS FINGERPRINT` never uses it."),
	   {"forget-key", NULL}}}},
	{"expired",
	 N_("the key has expired"),
	 "warn",
	 N_("The last day of the recipient's certificate has passed, so that programs do not encrypt "
	    "to it any more. A new signed message brings a new one."),
	 {{RECIPIENT,
	   N_("gets a new certificate and sends you one signed message."),
	   N_("The recipient gets a new certificate and sends you one signed message."),
	   N_("`postseal account rotate ADDRESS` makes a new certificate under the same root: those "
	      "who know the root need no new trust."),
	   {"get-own-key", "send-signed", NULL}},
	  {SENDER, N_("keep the new key and encrypt to it."),
	   N_("Keep the new key and encrypt. If its root is the one you already trust, the step of "
	      "trusting it is done."),
	   N_("postseal takes a new key under a known root by itself. Begin the Subject with `[seal]` "
	      "and send."),
	   TAKE_KEY}}},
	{"conflict",
	 N_("two keys at once"),
	 "bad",
	 N_("Two different keys came for this address, and both seem genuine. Until it is clear which "
	    "one is right, an encrypted message might be readable by the wrong person, or not by the "
	    "right one."),
	 {{SENDER,
	   N_("look at both fingerprints, and call the recipient."),
	   N_("Ask the recipient which key is right, and not by mail: by telephone, for example. Have "
	      "both fingerprints on the screen meanwhile."),
	   N_("`postseal peers ADDRESS` shows both fingerprints."),
	   {"compare-key", NULL}},
	  {RECIPIENT,
	   N_("says which one is right, and brings two devices to one key."),
	   N_("If both keys are the recipient's own, two devices made one each. The recipient brings "
	      "them to one key: export it as a .p12 file where it is, import it on the other."),
	   N_("`postseal setup ADDRESS --share` on one device and `--join-code CODE` on the other "
	      "bring them to one key."),
	   {"get-own-key", NULL}},
	  {SENDER, N_("keep the right key and encrypt to it."),
	   N_("Keep the right key and encrypt to it."),
	   N_("`postseal trust verify ADDRESS FINGERPRINT` says which one is right."), TAKE_KEY},
	  {SENDER,
	   N_("remove the other one."),
	   N_("Remove the other one."),
	   N_("`postseal trust refuse ADDRESS FINGERPRINT` never uses it."),
	   {"forget-key", NULL}}}},
	{"recipient-cannot",
	 N_("the recipient's program cannot read it"),
	 "warn",
	 N_("The recipient's program does not read encrypted S/MIME mail, or not where the recipient uses it. Where its servers can be changed the recipient keeps it, with postseal's proxy between it and the mail server: then the program sees plain mail, and what travels is encrypted."),
	 {{RECIPIENT,
	   N_("puts postseal in front of the program, and sends you one message."),
	   N_("What the recipient can do about it:"),
	   N_("With the proxy or the page, the recipient's mail is signed and brings the key by itself, and sealed mail is readable."),
	   {"use-proxy", NULL}},
	  {SENDER, N_("keep the key of that message, and encrypt."),
	   N_("One message that the recipient sends through postseal brings you the key."),
	   N_("postseal keeps the key of each message that comes. Begin the Subject with `[seal]` "
	      "and send."),
	   TAKE_KEY}}},
	{"sender-cannot",
	 N_("your program cannot encrypt"),
	 "warn",
	 N_("Your program does not encrypt with S/MIME, or not where you use it. Where its servers can be changed you keep it, with postseal's proxy between it and your mail server: then the proxy encrypts what you send and opens what you get."),
	 {{SENDER,
	   N_("put postseal in front of the program, and send."),
	   N_("What you can do about it:"),
	   N_("Begin the Subject with `[seal]` and send. If a key is missing the message does not "
	      "leave, and you are told for whom."),
	   {"use-proxy", NULL}},
	  {RECIPIENT,
	   N_("sends you one signed message, unless you have the key already."),
	   N_("If no key of the recipient is known yet, the recipient sends you one signed message."),
	   N_("postseal signs all mail by itself, mostly out of sight. If you use postseal, "
	      "too, any message will do; if not, the recipient ticks “Send one visible "
	      "signature” on the page of postseal."),
	   {"get-own-key", "send-signed", NULL}}}},
	{"ready",
	 N_("ready"),
	 "good",
	 N_("The recipient's key is known, and nothing speaks against it. You can encrypt now."),
	 {{SENDER,
	   N_("switch encryption on, and send."),
	   N_("Write the message and encrypt it."),
	   N_("Begin the Subject with `[seal]` and send."),
	   {"encrypt", NULL}},
	  {RECIPIENT,
	   N_("opens the message; nothing has to be done before."),
	   N_("The recipient opens it like any other message."),
	   N_("Through the proxy it arrives opened; on postseal's page it opens by itself."),
	   {"read", NULL}}}},
	{"refused",
	 N_("you refused the key"),
	 "bad",
	 N_("A key came for this address, and you said no to it. Nothing is encrypted to it until you "
	    "take that back, or until the recipient has another key."),
	 {{SENDER,
	   N_("compare the fingerprint and take the key, if you said no by mistake."),
	   N_("If you said no by mistake: compare the fingerprint with the recipient, by telephone for "
	      "example, and take the key."),
	   N_("`postseal trust verify ADDRESS FINGERPRINT` takes a refused key back into use."),
	   {"compare-key", "trust-sender", "save-sender-key", "encrypt", NULL}},
	  {RECIPIENT,
	   N_("sends you a message signed with the right key, if it was the wrong one."),
	   N_("If it was the wrong key: the recipient sends you a message signed with the right one."),
	   N_("postseal signs all mail by itself, mostly out of sight. If you use postseal, "
	      "too, any message will do; if not, the recipient ticks “Send one visible "
	      "signature” on the page of postseal."),
	   {"get-own-key", "send-signed", NULL}}}},
};
const guint HOWTO_N_PLANS = G_N_ELEMENTS(HOWTO_PLANS);

typedef struct {
	const char *name;
	const char *text;
} Title;

static const Title TASKS[] = {
	{"get-own-key", N_("Get a key of your own into the program")},
	{"send-signed", N_("Send a signed message")},
	{"trust-sender", N_("Let the program trust the key")},
	{"save-sender-key", N_("Keep the key of the signed message")},
	{"compare-key", N_("See the fingerprint of the key")},
	{"forget-key", N_("Remove a key")},
	{"encrypt", N_("Encrypt the message")},
	{"read", N_("Read an encrypted message")},
	{"use-proxy", N_("Put postseal's proxy in front of the program")},
	{NULL, NULL},
};

static const Title FACTS[] = {
	{"smime", N_("Signs, encrypts and reads S/MIME")},
	{"own-keys", N_("Encrypts to keys that people made themselves")},
	{"needs-trust", N_("Must trust a key before it encrypts to it")},
	{"trust-scope", N_("Whom a trusted personal root may sign for")},
	{"proxy", N_("Can use postseal's proxy")},
	{"quiet", N_("Shows signatures that it cannot trust without alarm")},
	{"hidden-subject", N_("Hides the Subject of mail that it encrypts")},
	{"read-gcm", N_("Reads AES-GCM")},
	{"read-oaep", N_("Reads RSA-OAEP")},
	{"read-ec", N_("Reads mail encrypted to elliptic-curve keys")},
	{"read-pss", N_("Verifies RSA-PSS signatures")},
	{"modern-p12", N_("Imports .p12 files encrypted with AES")},
	{NULL, NULL},
};

static const Title VALUES[] = {
	{"yes", N_("yes")},
	{"no", N_("no")},
	{"unknown", N_("not known")},
	{"plug-in", N_("with a plug-in")},
	{"paid", N_("in paid plans")},
	{"managed", N_("where an organisation has set it up")},
	{"admin", N_("if an administrator allows them")},
	{"address", N_("their own address only")},
	{"anyone", N_("anyone")},
	{"closed", N_("no, and no other program can read the mailbox")},
	{NULL, NULL},
};

static const char *
title_of(const Title *titles, const char *name)
{
	while (titles->name != NULL && strcmp(titles->name, name) != 0) {
		titles++;
	}
	return titles->text == NULL ? NULL : _(titles->text);
}

const char *
howto_task_title(const char *task)
{
	return title_of(TASKS, task);
}

const char *
howto_fact_title(const char *fact)
{
	return title_of(FACTS, fact);
}

const char *
howto_fact_name(guint i)
{
	return FACTS[i].name;
}

const char *
howto_value_text(const char *value)
{
	return title_of(VALUES, value);
}

const HowtoPlan *
howto_plan(const char *state)
{
	for (guint i = 0; i < HOWTO_N_PLANS; i++) {
		if (strcmp(HOWTO_PLANS[i].state, state) == 0) {
			return &HOWTO_PLANS[i];
		}
	}
	return NULL;
}
