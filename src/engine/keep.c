/* SPDX-License-Identifier: MPL-2.0 */
/* Messages that have to wait, kept in encrypted files. */
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "cert/local.h"
#include "cms/encrypt.h"
#include "cms/reader.h"
#include "engine/core.h"
#include "engine/message.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <postseal/keep.h>
#include <unistd.h>

#define PASSES_MAX 4 /* of reading: the first finds out how, one for each other way, the last */

static bool
fail_file(GError **error, PsError code, const char *path)
{
	return base_fail(error, code, "cannot write %s: %s", path, g_strerror(errno));
}

static bool
encrypt(const OwnAccount *own, BaseSource *source, BaseSink *out, GError **error)
{
	const CertInfo *leaf = own->identity->encrypt;
	bool rsa = leaf->key_kind == CERT_KEY_RSA;
	CmsEncryptOptions options = {.cipher = CMS_CIPHER_AES_256_GCM};
	g_autoptr(CmsRecipient) recipient =
		cms_recipient_new(base_bytes_of(leaf->der),
				  rsa ? CMS_KEY_TRANSPORT_OAEP : CMS_KEY_TRANSPORT_DEFAULT, error);
	if (recipient == NULL) {
		return false;
	}
	g_autoptr(GPtrArray) recipients = g_ptr_array_new();
	g_ptr_array_add(recipients, recipient);
	g_autoptr(BaseSink) cipher =
		cms_encrypt_new(out, recipients, &options, (gint64)base_source_size(source), error);
	return cipher != NULL && base_source_copy(source, 0, UINT64_MAX, cipher, error) &&
	       base_sink_finish(cipher, error);
}

static bool
write_file(const OwnAccount *own, BaseSource *source, const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		return fail_file(error, PS_ERROR_CREATE, path);
	}
	g_autoptr(BaseSink) out = base_sink_new_fd(fd);
	bool done = (fchmod(fd, 0600) == 0 || fail_file(error, PS_ERROR_CREATE, path)) &&
		    encrypt(own, source, out, error) && base_sink_finish(out, error) &&
		    (fsync(fd) == 0 || fail_file(error, PS_ERROR_IO, path));
	(void)close(fd);
	return done;
}

/* A new name is on the disk only when its folder is. */
static bool
sync_folder(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = fd >= 0 && fsync(fd) == 0;
	if (!done) {
		fail_file(error, PS_ERROR_IO, folder);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return done;
}

gboolean
ps_engine_keep(PsEngine *engine, const char *account, PsMessage *message, const char *path,
	       GError **error)
{
	g_autofree char *address = core_normalise(account, error);
	OwnAccount *own = address == NULL ? NULL : core_account(engine, address, error);
	if (own == NULL) {
		return FALSE;
	}
	g_autofree char *made = g_strconcat(path, ".tmp", NULL);
	if (!write_file(own, message_source(message), made, error)) {
		(void)g_unlink(made);
		return FALSE;
	}
	if (g_rename(made, path) != 0) {
		fail_file(error, PS_ERROR_IO, path);
		(void)g_unlink(made);
		return FALSE;
	}
	return sync_folder(path, error);
}

/* One file being read. */
typedef struct {
	PsEngine *engine;
	const char *account;
	BaseSink *content; /* NULL: nobody wants it */
} Opening;

static BaseSink *
content_begins(void *user, G_GNUC_UNUSED const CmsReaderInfo *info)
{
	return ((Opening *)user)->content;
}

static bool
find_key(void *user, const CmsRecipientId *rid, CmsPrivateKey *out)
{
	const Opening *opening = user;
	return core_key_of(opening->engine, opening->account, rid, out);
}

static bool
check_result(const Opening *opening, const CmsReaderResult *result, const char *path,
	     GError **error)
{
	const CmsReaderEncryption *encryption = &result->encryption;
	if (encryption->present && encryption->reason == CMS_ENCRYPTION_NO_KEY) {
		return core_keys_were_asked(opening->engine, error) &&
		       base_fail(error, PS_ERROR_UNAVAILABLE, "no key of %s opens %s",
				 opening->account, path);
	}
	return (!result->malformed && encryption->authenticated &&
		encryption->reason == CMS_ENCRYPTION_OK) ||
	       base_fail(error, PS_ERROR_MALFORMED, "%s is damaged", path);
}

/* What it gives is in memory and goes nowhere before its tag was looked at. */
static GBytes *
read_file(Opening *opening, BaseSource *source, const char *path, GError **error)
{
	static const CmsReaderHooks hooks = {content_begins, find_key};
	g_autoptr(CmsRecall) recall = cms_recall_new();
	for (guint pass = 0; pass < PASSES_MAX; pass++) {
		g_autoptr(BaseSink) memory = base_sink_new_memory(G_MAXUINT);
		opening->content = memory;
		g_autoptr(CmsReader) reader = cms_reader_new(recall, &hooks, opening);
		if (!base_source_copy(source, 0, UINT64_MAX, cms_reader_sink(reader), error) ||
		    !base_sink_finish(cms_reader_sink(reader), error)) {
			return NULL;
		}
		const CmsReaderResult *result = cms_reader_result(reader);
		if (!result->again) {
			return check_result(opening, result, path, error)
				       ? base_sink_take_bytes(memory)
				       : NULL;
		}
	}
	return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "%s is damaged", path);
}

PsMessage *
ps_engine_kept(PsEngine *engine, const char *account, const char *path, GError **error)
{
	g_autofree char *address = core_normalise(account, error);
	if (address == NULL) {
		return NULL;
	}
	if (!core_is_within(engine, address)) {
		own_account_fail(address, error);
		return NULL;
	}
	(void)core_keys_were_asked(engine, NULL); /* by others before */
	g_autoptr(BaseSource) source = base_source_new_path(path, error);
	Opening opening = {engine, address, NULL};
	g_autoptr(GBytes) octets = source == NULL ? NULL : read_file(&opening, source, path, error);
	return octets == NULL ? NULL : ps_message_new_from_bytes(octets);
}

GBytes *
ps_local_certificate(GError **error)
{
	return cert_local_new(base_clock_now(), error);
}
