/* SPDX-License-Identifier: MPL-2.0 */
/* Own messages that carry a key, and transfers of keys. */
#include "setup/look.h"

#include "imap/command.h"
#include "setup/mailbox.h"
#include "setup/transfer.h"
#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX   200U       /* newest ones of a folder whose header fields are read */
#define WHOLE_MAX      50U        /* of these, read as a whole */
#define WHOLE_OCTETS   (4U << 20) /* larger ones are passed over */
#define TRANSFERS_MAX  3U
#define TRANSFER_BYTES (96U << 20)

typedef struct {
	guint uid;
	bool carries; /* a signature or a key */
} Listed;

static guint64
number_behind(const char *text, const char *word)
{
	const char *at = strstr(text, word);
	return at == NULL ? 0 : g_ascii_strtoull(at + strlen(word), NULL, 10);
}

static bool
carries_key(GBytes *header)
{
	g_autofree char *text = base_bytes_strdup(base_bytes_of(header));
	g_autofree char *lower = g_ascii_strdown(text, -1);
	return strstr(lower, "postseal-key:") != NULL ||
	       strstr(lower, "multipart/signed") != NULL || strstr(lower, "pkcs7-mime") != NULL;
}

static void
take_header(const MailboxResponse *response, gpointer user)
{
	GArray *found = user;
	const char *text = response->text->str;
	guint uid = (guint)number_behind(text, "UID ");
	bool small = number_behind(text, "RFC822.SIZE ") <= WHOLE_OCTETS;
	if (strstr(text, " FETCH ") != NULL && uid != 0 && small && response->literals->len == 1 &&
	    carries_key(g_ptr_array_index(response->literals, 0)) && found->len < MESSAGES_MAX) {
		g_array_append_val(found, uid);
	}
}

/* The UIDs of those that carry a signature or a key, newest first. */
static GArray *
carriers(SetupMailbox *mailbox, GArray *uids, GError **error)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(guint));
	g_autoptr(GString) command = g_string_new("UID FETCH ");
	for (guint i = 0; i < uids->len; i++) {
		g_string_append_printf(command, "%s%u", i == 0 ? "" : ",",
				       g_array_index(uids, guint, i));
	}
	g_string_append(command, " (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE "
				 "POSTSEAL-KEY)])");
	if (uids->len > 0 && !mailbox_command(mailbox, command->str, take_header, found, error)) {
		return NULL;
	}
	mailbox_keep_newest(found, WHOLE_MAX);
	return g_steal_pointer(&found);
}

static bool
look_at(PsEngine *engine, const char *address, GBytes *octets, char **root)
{
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(octets);
	/* One that cannot be read shows nothing. */
	return ps_engine_own_identity_seen(engine, address, message, root, NULL) && *root != NULL;
}

/* In the folder that was opened. */
static bool
look_through(SetupMailbox *mailbox, PsEngine *engine, const char *address, char **root, guint *seen,
	     GError **error)
{
	g_autofree char *quoted = imap_quote(address);
	g_autofree char *criteria =
		quoted == NULL ? g_strdup("ALL") : g_strconcat("FROM ", quoted, NULL);
	g_autoptr(GArray) uids = mailbox_search(mailbox, criteria, MESSAGES_MAX, error);
	g_autoptr(GArray) found = uids == NULL ? NULL : carriers(mailbox, uids, error);
	for (guint i = 0; found != NULL && i < found->len; i++) {
		g_autoptr(GBytes) octets = NULL;
		if (!mailbox_fetch(mailbox, g_array_index(found, guint, i), &octets, error)) {
			return false;
		}
		*seen += octets != NULL;
		if (octets != NULL && look_at(engine, address, octets, root)) {
			return true;
		}
	}
	return found != NULL;
}

typedef struct {
	char *name;  /* NULL: none yet */
	bool marked; /* by the server (RFC 6154); else the name says it */
	size_t depth;
} SentFolder;

static bool
has_attribute(const ImapListed *listed, const char *attribute)
{
	bool has = false;
	for (char **p = listed->attributes; *p != NULL; p++) {
		has = has || g_ascii_strcasecmp(*p, attribute) == 0;
	}
	return has;
}

static size_t
depth_of(const ImapListed *listed)
{
	size_t depth = 0;
	for (const char *p = listed->mailbox; *p != '\0'; p++) {
		depth += *p == listed->delimiter;
	}
	return depth;
}

/* The marked one, else the one that stands highest, since archives have a Sent of their own. */
static void
take_folder(const MailboxResponse *response, gpointer user)
{
	SentFolder *sent = user;
	g_auto(ImapListed) listed = {0};
	if (!mailbox_listed(response, &listed) || has_attribute(&listed, "\\Noselect") ||
	    has_attribute(&listed, "\\NonExistent") ||
	    imap_use_of(listed.mailbox, listed.attributes) != IMAP_USE_SENT) {
		return;
	}
	bool marked = has_attribute(&listed, "\\Sent");
	size_t depth = depth_of(&listed);
	if (sent->name == NULL || (marked == sent->marked ? depth < sent->depth : marked)) {
		g_free(sent->name);
		*sent = (SentFolder){g_strdup(listed.mailbox), marked, depth};
	}
}

/* *@command: NULL if there is no such folder. */
static bool
find_sent(SetupMailbox *mailbox, char **command, GError **error)
{
	SentFolder sent = {0};
	bool good = mailbox_command(mailbox, "LIST \"\" \"*\"", take_folder, &sent, error);
	g_autofree char *name = sent.name;
	g_autofree char *quoted = name == NULL ? NULL : imap_quote(name);
	*command = quoted == NULL ? NULL : g_strconcat("EXAMINE ", quoted, NULL);
	return good;
}

bool
setup_mailbox_look(SetupMailbox *mailbox, PsEngine *engine, const char *address, char **root,
		   guint *seen, GError **error)
{
	g_autofree char *sent = NULL;
	if (!find_sent(mailbox, &sent, error)) {
		return false;
	}
	const char *const folders[] = {sent, "EXAMINE INBOX"};
	g_autofree char *found = NULL;
	guint count = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(folders) && found == NULL; i++) {
		if (folders[i] != NULL &&
		    (!mailbox_command(mailbox, folders[i], NULL, NULL, error) ||
		     !look_through(mailbox, engine, address, &found, &count, error))) {
			return false;
		}
	}
	*root = g_steal_pointer(&found);
	*seen = count;
	return true;
}

bool
setup_mailbox_append(SetupMailbox *mailbox, GBytes *message, GError **error)
{
	return mailbox_command_literal(mailbox, "APPEND INBOX (\\Seen)", base_bytes_of(message),
				       error);
}

void
setup_transfer_free(SetupTransfer *transfer)
{
	g_clear_pointer(&transfer->message, g_bytes_unref);
	g_free(transfer);
}

GPtrArray *
setup_mailbox_transfers(SetupMailbox *mailbox, GError **error)
{
	g_autoptr(GPtrArray) transfers =
		g_ptr_array_new_with_free_func((GDestroyNotify)setup_transfer_free);
	if (!mailbox_command(mailbox, "SELECT INBOX", NULL, NULL, error)) {
		return NULL;
	}
	g_autoptr(GArray) uids = mailbox_search(
		mailbox, "UNDELETED HEADER " SETUP_TRANSFER_FIELD " v=1", TRANSFERS_MAX, error);
	for (guint i = 0; uids != NULL && i < uids->len; i++) {
		g_autoptr(GBytes) message = NULL;
		guint uid = g_array_index(uids, guint, i);
		if (!mailbox_fetch(mailbox, uid, &message, error)) {
			return NULL;
		}
		if (message != NULL) {
			SetupTransfer *transfer = g_new0(SetupTransfer, 1);
			transfer->uid = uid;
			transfer->message = g_steal_pointer(&message);
			g_ptr_array_add(transfers, transfer);
		}
	}
	return uids == NULL ? NULL : g_steal_pointer(&transfers);
}

/* Without UIDPLUS only marked: EXPUNGE would take what others marked with it. */
bool
setup_mailbox_delete(SetupMailbox *mailbox, guint uid, GError **error)
{
	g_autofree char *mark = g_strdup_printf("UID STORE %u +FLAGS.SILENT (\\Deleted)", uid);
	g_autofree char *expunge = g_strdup_printf("UID EXPUNGE %u", uid);
	return mailbox_command(mailbox, mark, NULL, NULL, error) &&
	       (!mailbox_has(mailbox, "UIDPLUS") ||
		mailbox_command(mailbox, expunge, NULL, NULL, error));
}
