/* SPDX-License-Identifier: MPL-2.0 */
/* SASL, both ways: PLAIN (RFC 4616), LOGIN, XOAUTH2 and OAUTHBEARER (RFC 7628). */
#include "proxy/auth.h"

#include "base/base64.h"

#define MAX_WIRE (16U << 10) /* RFC 4954 section 4 asks for 12288 at least; tokens are long */

typedef enum {
	MECHANISM_PLAIN,
	MECHANISM_LOGIN,
	MECHANISM_XOAUTH2,
	MECHANISM_OAUTHBEARER,
} Mechanism;

/* In the order in which they are offered and tried. */
static const struct {
	const char *name;
	AuthKind kind;
} MECHANISMS[] = {
	[MECHANISM_PLAIN] = {"PLAIN", AUTH_PLAIN},
	[MECHANISM_LOGIN] = {"LOGIN", AUTH_PLAIN},
	[MECHANISM_XOAUTH2] = {"XOAUTH2", AUTH_XOAUTH2},
	[MECHANISM_OAUTHBEARER] = {"OAUTHBEARER", AUTH_OAUTHBEARER},
};

struct AuthConversation {
	Mechanism mechanism;
	char *user; /* LOGIN: the first response */
};

Credentials *
credentials_new(AuthKind kind, const char *user, const char *secret)
{
	Credentials *credentials = g_new0(Credentials, 1);
	credentials->kind = kind;
	credentials->user = g_strdup(user);
	credentials->secret = g_strdup(secret);
	return credentials;
}

void
credentials_free(Credentials *credentials)
{
	if (credentials != NULL) {
		g_free(credentials->user);
		base_secret_free(credentials->secret);
		g_free(credentials);
	}
}

static bool
has_word(const char *words, const char *word)
{
	g_auto(GStrv) list = g_strsplit_set(words == NULL ? "" : words, " \t", -1);
	for (char **at = list; *at != NULL; at++) {
		if (g_ascii_strcasecmp(*at, word) == 0) {
			return true;
		}
	}
	return false;
}

char *
auth_offer(const char *upstream)
{
	bool password = has_word(upstream, "PLAIN") || has_word(upstream, "LOGIN");
	GString *offer = g_string_new(NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(MECHANISMS); i++) {
		if (MECHANISMS[i].kind == AUTH_PLAIN ? password
						     : has_word(upstream, MECHANISMS[i].name)) {
			g_string_append_printf(offer, "%s%s", offer->len > 0 ? " " : "",
					       MECHANISMS[i].name);
		}
	}
	return g_string_free(offer, FALSE);
}

AuthConversation *
auth_begin(const char *mechanism)
{
	for (size_t i = 0; i < G_N_ELEMENTS(MECHANISMS); i++) {
		if (g_ascii_strcasecmp(MECHANISMS[i].name, mechanism) == 0) {
			AuthConversation *auth = g_new0(AuthConversation, 1);
			auth->mechanism = (Mechanism)i;
			return auth;
		}
	}
	return NULL;
}

void
auth_conversation_free(AuthConversation *auth)
{
	if (auth != NULL) {
		g_free(auth->user);
		g_free(auth);
	}
}

/* A user name or secret: text without control characters, which would be commands elsewhere. */
static char *
word_dup(BaseBytes word)
{
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < 0x20 || word.p[i] == 0x7f) {
			return NULL;
		}
	}
	return g_strndup((const char *)word.p, word.n);
}

static BaseBytes
cut(BaseBytes *rest, char separator)
{
	const uint8_t *end = rest->n == 0 ? NULL : memchr(rest->p, separator, rest->n);
	size_t n = end == NULL ? rest->n : (size_t)(end - rest->p);
	BaseBytes head = base_bytes_slice(*rest, 0, n);
	*rest = base_bytes_slice(*rest, end == NULL ? n : n + 1, SIZE_MAX);
	return head;
}

static AuthStep
finish(AuthKind kind, BaseBytes user, BaseBytes secret, Credentials **credentials)
{
	g_autofree char *name = word_dup(user);
	g_autoptr(BaseSecretString) word = word_dup(secret);
	if (name == NULL || word == NULL || *name == '\0' || *word == '\0' ||
	    !g_utf8_validate(name, -1, NULL)) {
		return AUTH_BROKEN;
	}
	*credentials = credentials_new(kind, name, word);
	return AUTH_DONE;
}

/* message = [authzid] NUL authcid NUL passwd ; acting for somebody else is not ours to relay */
static AuthStep
step_plain(BaseBytes response, Credentials **credentials)
{
	BaseBytes rest = response;
	BaseBytes actor = cut(&rest, '\0');
	BaseBytes user = cut(&rest, '\0');
	if (actor.n > 0 && !base_bytes_equal(actor, user)) {
		return AUTH_BROKEN;
	}
	return finish(AUTH_PLAIN, user, rest, credentials);
}

static AuthStep
step_login(AuthConversation *auth, BaseBytes response, const char **challenge,
	   Credentials **credentials)
{
	if (auth->user != NULL) {
		return finish(AUTH_PLAIN, base_bytes_str(auth->user), response, credentials);
	}
	auth->user = word_dup(response);
	*challenge = "Password:";
	return auth->user == NULL ? AUTH_BROKEN : AUTH_MORE;
}

/* Key-value pairs, each ended by ^A (RFC 7628 section 3.1): the value of @key. */
static BaseBytes
pair(BaseBytes pairs, const char *key)
{
	while (pairs.n > 0) {
		BaseBytes one = cut(&pairs, '\1');
		if (base_bytes_starts_nocase(one, key)) {
			return base_bytes_slice(one, strlen(key), SIZE_MAX);
		}
	}
	return (BaseBytes){NULL, 0};
}

static AuthStep
step_token(AuthKind kind, BaseBytes user, BaseBytes pairs, Credentials **credentials)
{
	BaseBytes value = pair(pairs, "auth=");
	if (!base_bytes_starts_nocase(value, "Bearer ")) {
		return AUTH_BROKEN;
	}
	return finish(kind, user, base_bytes_trim(base_bytes_slice(value, 7, SIZE_MAX)),
		      credentials);
}

/* "n,a=" authzid "," ^A pairs ; "=2C" and "=3D" stand for a comma and an equals sign */
static AuthStep
step_oauthbearer(BaseBytes response, Credentials **credentials)
{
	BaseBytes rest = response;
	BaseBytes head = cut(&rest, '\1');
	if (!base_bytes_starts_nocase(head, "n,a=") || head.p[head.n - 1] != ',') {
		return AUTH_BROKEN;
	}
	g_autofree char *saslname = base_bytes_strdup(base_bytes_slice(head, 4, head.n - 5));
	g_autoptr(GString) user = g_string_new(saslname);
	g_string_replace(user, "=2C", ",", 0);
	g_string_replace(user, "=3D", "=", 0);
	return step_token(AUTH_OAUTHBEARER, base_bytes(user->str, user->len), rest, credentials);
}

AuthStep
auth_step(AuthConversation *auth, const BaseBytes *response, const char **challenge,
	  Credentials **credentials)
{
	if (response == NULL) {
		*challenge = auth->mechanism == MECHANISM_LOGIN ? "Username:" : "";
		return AUTH_MORE;
	}
	switch (auth->mechanism) {
	case MECHANISM_PLAIN:
		return step_plain(*response, credentials);
	case MECHANISM_LOGIN:
		return step_login(auth, *response, challenge, credentials);
	case MECHANISM_XOAUTH2:
		return step_token(AUTH_XOAUTH2, pair(*response, "user="), *response, credentials);
	case MECHANISM_OAUTHBEARER:
		return step_oauthbearer(*response, credentials);
	}
	return AUTH_BROKEN;
}

GBytes *
auth_decode(const char *text)
{
	size_t n = strlen(text);
	if (n > MAX_WIRE) {
		return NULL;
	}
	if (strcmp(text, "=") == 0) {
		return base_secret_bytes((BaseBytes){NULL, 0});
	}
	size_t room = n / 4 * 3 + 3;
	g_autofree uint8_t *out = g_malloc(room);
	size_t length = 0;
	bool good = n % 4 == 0 && strpbrk(text, " \t\r\n") == NULL &&
		    base64_decode(base_bytes(text, n), true, out, &length);
	GBytes *bytes = good ? base_secret_bytes(base_bytes(out, length)) : NULL;
	base_wipe(out, room);
	return bytes;
}

static const char *
choose(AuthKind kind, const char *offers)
{
	for (size_t i = 0; i < G_N_ELEMENTS(MECHANISMS); i++) {
		if (MECHANISMS[i].kind == kind && has_word(offers, MECHANISMS[i].name)) {
			return MECHANISMS[i].name;
		}
	}
	return NULL;
}

const char *
auth_choose(const Credentials *credentials, const char *offers)
{
	static const AuthKind others[] = {[AUTH_PLAIN] = AUTH_PLAIN,
					  [AUTH_XOAUTH2] = AUTH_OAUTHBEARER,
					  [AUTH_OAUTHBEARER] = AUTH_XOAUTH2};

	const char *same = choose(credentials->kind, offers);
	return same != NULL ? same : choose(others[credentials->kind], offers);
}

static BaseSecretString *
encode(const char *p, size_t n)
{
	return base64_encode_string(base_bytes(p, n));
}

static BaseSecretString *
first_plain(const char *user, const char *secret)
{
	size_t user_n = strlen(user);
	size_t n = user_n + strlen(secret) + 2;
	g_autofree char *message = g_malloc0(n + 1);
	memcpy(message + 1, user, user_n);
	memcpy(message + user_n + 2, secret, n - user_n - 2);
	BaseSecretString *text = encode(message, n);
	base_wipe(message, n);
	return text;
}

static BaseSecretString *
first_xoauth2(const char *user, const char *secret)
{
	g_autoptr(BaseSecretString) message =
		g_strconcat("user=", user, "\1auth=Bearer ", secret, "\1\1", NULL);
	return encode(message, strlen(message));
}

static BaseSecretString *
first_oauthbearer(const char *user, const char *secret)
{
	g_autoptr(GString) name = g_string_new(user);
	g_string_replace(name, "=", "=3D", 0);
	g_string_replace(name, ",", "=2C", 0);
	g_autoptr(BaseSecretString) message =
		g_strconcat("n,a=", name->str, ",\1auth=Bearer ", secret, "\1\1", NULL);
	return encode(message, strlen(message));
}

static BaseSecretString *
first_login(const char *user, const char *secret G_GNUC_UNUSED)
{
	return encode(user, strlen(user));
}

BaseSecretString *
auth_response(const Credentials *credentials, const char *user, const char *mechanism, guint number)
{
	/* The second response to a refused token is only "I have seen why" (RFC 7628 3.2.3). */
	static const struct {
		BaseSecretString *(*first)(const char *user, const char *secret);
		const char *second;
	} responses[] = {
		[MECHANISM_PLAIN] = {first_plain, NULL},
		[MECHANISM_LOGIN] = {first_login, NULL},
		[MECHANISM_XOAUTH2] = {first_xoauth2, ""},
		[MECHANISM_OAUTHBEARER] = {first_oauthbearer, "AQ=="},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(MECHANISMS) && number < 2; i++) {
		if (g_ascii_strcasecmp(MECHANISMS[i].name, mechanism) != 0) {
			continue;
		}
		if (number == 0) {
			return responses[i].first(user, credentials->secret);
		}
		return i == MECHANISM_LOGIN
			       ? encode(credentials->secret, strlen(credentials->secret))
			       : g_strdup(responses[i].second);
	}
	return NULL;
}
