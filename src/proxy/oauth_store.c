/* SPDX-License-Identifier: MPL-2.0 */
/* Refresh tokens and local passwords on disk. */
#include "proxy/oauth_store.h"

#include "base/error.h"
#include "base/hex.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <postseal/keep.h>
#include <sys/file.h>
#include <sys/random.h>

#define SALT      16U
#define HASH      32U
#define PASSWORD  20U /* random octets */
#define TOKEN_MAX (16U << 10)

/* An escaped address has no comma, so no two addresses share a file. */
static char *
path_of(const char *home, const char *address, const char *suffix)
{
	g_autofree char *name = g_uri_escape_string(address, "@+", TRUE);
	g_autofree char *file = g_strconcat(name, suffix, NULL);
	return g_build_filename(home, "oauth", file, NULL);
}

static bool
make_folder(const char *home, GError **error)
{
	g_autofree char *folder = g_build_filename(home, "oauth", NULL);
	return g_mkdir_with_parents(folder, 0700) == 0 ||
	       base_fail(error, PS_ERROR_CREATE, "cannot make %s", folder);
}

bool
oauth_store_token(PsEngine *engine, const char *home, const char *address, const char *token,
		  GError **error)
{
	g_autofree char *path = path_of(home, address, ",token");
	g_autoptr(GBytes) octets = base_secret_bytes(base_bytes_str(token));
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	return make_folder(home, error) && ps_engine_keep(engine, address, message, path, error);
}

int
oauth_store_lock(const char *home, const char *address)
{
	g_autofree char *path = path_of(home, address, ",lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR) {
	}
	return fd;
}

static bool
is_there(const char *home, const char *address, const char *suffix)
{
	g_autofree char *path = path_of(home, address, suffix);
	return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

bool
oauth_has_token(const char *home, const char *address)
{
	return is_there(home, address, ",token");
}

BaseSecretString *
oauth_stored_token(PsEngine *engine, const char *home, const char *address, GError **error)
{
	g_autofree char *path = path_of(home, address, ",token");
	g_autoptr(PsMessage) message = ps_engine_kept(engine, address, path, error);
	if (message == NULL) {
		return NULL;
	}
	g_autoptr(GBytes) octets = ps_message_get_octets(message, error);
	if (octets == NULL) {
		return NULL;
	}
	BaseBytes token = base_bytes_of(octets);
	if (token.n == 0 || token.n > TOKEN_MAX || memchr(token.p, 0, token.n) != NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "%s holds no token", path);
	}
	return base_bytes_strdup(token);
}

static void
hash(BaseBytes salt, const char *password, uint8_t out[HASH])
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	gsize n = HASH;
	g_checksum_update(sum, salt.p, (gssize)salt.n);
	g_checksum_update(sum, (const guchar *)password, (gssize)strlen(password));
	g_checksum_get_digest(sum, out, &n);
}

/* Groups of five small letters and digits, none of which look alike. */
static BaseSecretString *
spell(const uint8_t random[PASSWORD])
{
	static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789x";
	char *text = g_new0(char, PASSWORD + PASSWORD / 5);
	size_t at = 0;
	for (size_t i = 0; i < PASSWORD; i++) {
		if (i > 0 && i % 5 == 0) {
			text[at++] = '-';
		}
		text[at++] = alphabet[random[i] % 32];
	}
	return text;
}

BaseSecretString *
oauth_store_password(const char *home, const char *address, GError **error)
{
	uint8_t random[SALT + PASSWORD];
	uint8_t digest[HASH];
	g_autofree char *path = path_of(home, address, ",local");
	g_autoptr(GError) reason = NULL;
	if (!make_folder(home, error)) {
		return NULL;
	}
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "no random numbers");
	}
	g_autoptr(BaseSecretString) password = spell(random + SALT);
	BaseBytes salt = base_bytes(random, SALT);
	hash(salt, password, digest);
	g_autofree char *salt_hex = base_hex(salt);
	g_autofree char *hash_hex = base_hex(base_bytes(digest, HASH));
	g_autofree char *text = g_strdup_printf("sha256 %s %s\n", salt_hex, hash_hex);
	base_wipe(random, sizeof random);
	if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_DURABLE, 0600, &reason)) {
		return BASE_FAIL_NULL(error, PS_ERROR_CREATE, "cannot write %s: %s", path,
				      reason->message);
	}
	return g_steal_pointer(&password);
}

bool
oauth_stored_password(const char *home, const char *address)
{
	return is_there(home, address, ",local");
}

bool
oauth_is_password(const char *home, const char *address, const char *password)
{
	g_autofree char *path = path_of(home, address, ",local");
	g_autofree char *text = NULL;
	uint8_t digest[HASH];
	if (!g_file_get_contents(path, &text, NULL, NULL)) {
		return false;
	}
	g_auto(GStrv) words = g_strsplit(g_strchomp(text), " ", 4);
	if (g_strv_length(words) != 3 || strcmp(words[0], "sha256") != 0) {
		return false;
	}
	g_autoptr(GBytes) salt = base_hex_parse(words[1]);
	g_autoptr(GBytes) want = base_hex_parse(words[2]);
	if (salt == NULL || want == NULL) {
		return false;
	}
	hash(base_bytes_of(salt), password, digest);
	return base_secret_equal(base_bytes(digest, HASH), base_bytes_of(want));
}
