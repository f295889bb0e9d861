/* SPDX-License-Identifier: MPL-2.0 */
/*
 * ehlo-ok-rsp: the keywords of the provider, and those that a proxy before it may offer. Whatever
 * is not in the table is hidden: BINARYMIME would go around the line discipline, as CHUNKING would,
 * which is for our own use, BURL (RFC 4468) makes the provider fetch text behind our back, and
 * ETRN, XCLIENT, FUTURERELEASE, MT-PRIORITY, DELIVERBY, REQUIRETLS and LIMITS are promises that we
 * cannot keep for it.
 */
#include "smtp/ehlo.h"

#define GROWTH_FIXED 32768U /* certificates, header fields */

typedef enum {
	RULE_OURS,     /* offered whatever the provider has */
	RULE_UPSTREAM, /* offered if the provider has it */
	RULE_OWN,      /* a matter of each of the two connections */
} Rule;

static const struct {
	const char *name;
	SmtpOfferKeyword keyword;
	Rule rule;
} KEYWORDS[] = {
	{"PIPELINING", SMTP_OFFER_PIPELINING, RULE_OURS},
	{"ENHANCEDSTATUSCODES", SMTP_OFFER_ENHANCED, RULE_OURS},
	{"8BITMIME", SMTP_OFFER_8BITMIME, RULE_OURS},
	{"SIZE", SMTP_OFFER_SIZE, RULE_OURS},
	{"DSN", SMTP_OFFER_DSN, RULE_UPSTREAM},
	{"SMTPUTF8", SMTP_OFFER_SMTPUTF8, RULE_UPSTREAM},
	{"STARTTLS", SMTP_OFFER_STARTTLS, RULE_OWN},
	{"CHUNKING", SMTP_OFFER_CHUNKING, RULE_OWN},
};

void
smtp_offer_free(SmtpOffer *offer)
{
	if (offer != NULL) {
		g_free(offer->auth);
		g_free(offer);
	}
}

static void
read_auth(SmtpOffer *offer, const char *words)
{
	g_autofree char *upper = g_ascii_strup(words, -1);
	g_autofree char *before = offer->auth;
	offer->auth =
		*before == '\0' ? g_steal_pointer(&upper) : g_strconcat(before, " ", upper, NULL);
}

/* ehlo-line = ehlo-keyword *( SP ehlo-param ) ; some servers write "AUTH=PLAIN LOGIN" too */
static void
read_line(SmtpOffer *offer, const char *line)
{
	size_t n = strcspn(line, " \t=");
	const char *rest = line + n + strspn(line + n, " \t=");
	if (n == 4 && g_ascii_strncasecmp(line, "AUTH", 4) == 0) {
		read_auth(offer, rest);
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(KEYWORDS); i++) {
		if (strlen(KEYWORDS[i].name) == n &&
		    g_ascii_strncasecmp(KEYWORDS[i].name, line, n) == 0) {
			offer->keywords |= (guint)KEYWORDS[i].keyword;
			if (KEYWORDS[i].keyword == SMTP_OFFER_SIZE) {
				offer->size = g_ascii_strtoull(rest, NULL, 10);
			}
		}
	}
}

SmtpOffer *
smtp_offer_read(const SmtpReply *reply)
{
	SmtpOffer *offer = g_new0(SmtpOffer, 1);
	offer->auth = g_strdup("");
	for (guint i = 1; i < reply->lines->len; i++) {
		read_line(offer, g_ptr_array_index(reply->lines, i));
	}
	return offer;
}

/* Base64 of CMS makes four octets and line ends of three, twice when a signature is inside: what is
 * left of the provider's limit for what the person writes. */
static guint64
reduced(guint64 size)
{
	guint64 rest = size > GROWTH_FIXED ? size - GROWTH_FIXED : 0;
	return size == 0 ? 0 : MAX(rest / 4 * 3 / 135 * 100, 1);
}

SmtpOffer *
smtp_offer_filter(const SmtpOffer *upstream)
{
	SmtpOffer *offer = g_new0(SmtpOffer, 1);
	offer->auth = g_strdup("");
	for (size_t i = 0; i < G_N_ELEMENTS(KEYWORDS); i++) {
		guint theirs = upstream == NULL ? 0 : upstream->keywords;
		if (KEYWORDS[i].rule == RULE_OURS || (KEYWORDS[i].rule == RULE_UPSTREAM &&
						      (theirs & (guint)KEYWORDS[i].keyword) != 0)) {
			offer->keywords |= (guint)KEYWORDS[i].keyword;
		}
	}
	offer->size = upstream == NULL ? 0 : reduced(upstream->size);
	return offer;
}

void
smtp_offer_meet(SmtpOffer *offer, const SmtpOffer *other)
{
	offer->keywords &= other->keywords;
	if (offer->size == 0 || (other->size != 0 && other->size < offer->size)) {
		offer->size = other->size;
	}
}

char *
smtp_offer_to_string(const SmtpOffer *offer, const char *host)
{
	GString *text = g_string_new(NULL);
	g_string_append_printf(text, "250-%s\r\n", host);
	for (size_t i = 0; i < G_N_ELEMENTS(KEYWORDS); i++) {
		if ((offer->keywords & (guint)KEYWORDS[i].keyword) == 0) {
			continue;
		}
		g_string_append_printf(text, "250-%s", KEYWORDS[i].name);
		if (KEYWORDS[i].keyword == SMTP_OFFER_SIZE && offer->size > 0) {
			g_string_append_printf(text, " %" G_GUINT64_FORMAT, offer->size);
		}
		g_string_append(text, "\r\n");
	}
	if (*offer->auth != '\0') {
		g_string_append_printf(text, "250-AUTH %s\r\n", offer->auth);
	}
	g_string_append(text, "250 HELP\r\n");
	return g_string_free(text, FALSE);
}
