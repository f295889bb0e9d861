/* SPDX-License-Identifier: MPL-2.0 */
/* Made once, private, compared in constant time. */
#include "web/token.h"

#include "base/hex.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN_OCTETS 32U
#define TOKEN_DIGITS (2 * TOKEN_OCTETS)

static BaseSecretString *
make(const char *path, GError **error)
{
	uint8_t random[TOKEN_OCTETS];
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		return BASE_FAIL_NULL(error, PS_ERROR_INTERNAL,
				      "the system gives no random numbers");
	}
	g_autoptr(BaseSecretString) token = base_hex(base_bytes(random, sizeof(random)));
	base_wipe(random, sizeof(random));
	g_autoptr(GError) reason = NULL;
	if (!g_file_set_contents_full(path, token, -1,
				      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
				      0600, &reason)) {
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "%s", reason->message);
	}
	return g_steal_pointer(&token);
}

BaseSecretString *
web_token(const char *home, GError **error)
{
	g_autofree char *path = g_build_filename(home, "token", NULL);
	g_autoptr(BaseSecretString) text = NULL;
	struct stat status;
	if (lstat(path, &status) != 0 && errno == ENOENT) {
		return make(path, error);
	}
	if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid() ||
	    (status.st_mode & 077) != 0 || status.st_size > 1024) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "%s is no private file: remove it, and a new one is made",
				      path);
	}
	if (!g_file_get_contents(path, &text, NULL, NULL)) {
		return BASE_FAIL_NULL(error, PS_ERROR_IO, "%s cannot be read", path);
	}
	g_strchomp(text);
	if (strspn(text, "0123456789abcdef") != TOKEN_DIGITS || strlen(text) != TOKEN_DIGITS) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED,
				      "%s holds no token: remove it, and a new one is made", path);
	}
	return g_steal_pointer(&text);
}

bool
web_token_matches(const char *token, const char *given)
{
	return given != NULL && strlen(given) == strlen(token) &&
	       base_secret_equal(base_bytes_str(token), base_bytes_str(given));
}
