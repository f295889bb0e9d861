/* SPDX-License-Identifier: MPL-2.0 */
/* The folders of an IMAP account (RFC 9051 section 7.3.1, RFC 6154). */
#include "mail/imap_private.h"

#define COUNTED_MAX 60U /* folders that are counted: each costs a question */

typedef struct {
	const char *attribute; /* without its backslash */
	MailRole role;
} Use;

static MailRole
role_of_attribute(const char *attribute)
{
	static const Use uses[] = {
		{"Sent", MAIL_ROLE_SENT},   {"Drafts", MAIL_ROLE_DRAFTS},
		{"Trash", MAIL_ROLE_TRASH}, {"Junk", MAIL_ROLE_JUNK},
		{"Spam", MAIL_ROLE_JUNK},   {"Archive", MAIL_ROLE_ARCHIVE},
	};
	const char *word = attribute + (*attribute == '\\');
	for (size_t i = 0; i < G_N_ELEMENTS(uses); i++) {
		if (g_ascii_strcasecmp(word, uses[i].attribute) == 0) {
			return uses[i].role;
		}
	}
	return MAIL_ROLE_NONE;
}

static const char *
extension_of(const clistiter *at)
{
	const struct mailimap_mbx_list_oflag *flag = clist_content(at);
	return flag->of_type == MAILIMAP_MBX_LIST_OFLAG_FLAG_EXT && flag->of_flag_ext != NULL
		       ? flag->of_flag_ext
		       : "";
}

/* What the server says it is for; *@there: whether there can be messages in it. */
static MailRole
role_of_flags(const struct mailimap_mbx_list_flags *flags, bool *there)
{
	MailRole role = MAIL_ROLE_NONE;
	*there = true;
	if (flags == NULL) {
		return role;
	}
	*there = !(flags->mbf_type == MAILIMAP_MBX_LIST_FLAGS_SFLAG &&
		   flags->mbf_sflag == MAILIMAP_MBX_LIST_SFLAG_NOSELECT);
	const clist *list = flags->mbf_oflags;
	for (clistiter *at = list == NULL ? NULL : list->first; at != NULL; at = at->next) {
		const char *word = extension_of(at);
		role = role == MAIL_ROLE_NONE ? role_of_attribute(word) : role;
		word += *word == '\\';
		*there = *there && g_ascii_strcasecmp(word, "NonExistent") != 0 &&
			 g_ascii_strcasecmp(word, "Noselect") != 0;
	}
	return role;
}

/* "Entwürfe/2026" of "Entw&APw-rfe.2026". */
static char *
name_of(const char *id, char delimiter)
{
	gsize n = 0;
	g_autofree char *decoded =
		g_str_is_ascii(id) ? g_convert(id, -1, "UTF-8", "UTF-7-IMAP", NULL, &n, NULL)
				   : NULL;
	bool good = decoded != NULL && strlen(decoded) == n && mail_is_clean(decoded);
	char *name = good ? g_steal_pointer(&decoded) : g_strdup(id);
	char from[2] = {delimiter, '\0'};
	return delimiter == '\0' ? name : g_strdelimit(name, from, '/');
}

static MailFolder *
folder_of(const struct mailimap_mailbox_list *listed)
{
	bool there = true;
	MailRole role = role_of_flags(listed->mb_flag, &there);
	if (!there || !mail_is_clean(listed->mb_name)) {
		return NULL;
	}
	bool inbox = g_ascii_strcasecmp(listed->mb_name, "INBOX") == 0;
	MailFolder *folder = g_new0(MailFolder, 1);
	folder->id = g_strdup(inbox ? "INBOX" : listed->mb_name);
	folder->name = name_of(folder->id, listed->mb_delimiter);
	folder->role = inbox                    ? MAIL_ROLE_INBOX
		       : role != MAIL_ROLE_NONE ? role
						: mail_role_of(folder->name);
	return folder;
}

/* The numbers of a folder; what the server does not say stays 0. */
static bool
count(Imap *imap, MailFolder *folder)
{
	struct mailimap_status_att_list *wanted = mailimap_status_att_list_new_empty();
	struct mailimap_mailbox_data_status *status = NULL;
	(void)mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_MESSAGES);
	(void)mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_UNSEEN);
	int r = mailimap_status(imap->session, folder->id, wanted, &status);
	mailimap_status_att_list_free(wanted);
	if (r != MAILIMAP_NO_ERROR) {
		return imap->wire->trouble == NULL;
	}
	const clist *list = status->st_info_list;
	for (clistiter *at = list == NULL ? NULL : list->first; at != NULL; at = at->next) {
		const struct mailimap_status_info *info = clist_content(at);
		guint *to = info->st_att == MAILIMAP_STATUS_ATT_MESSAGES ? &folder->total
			    : info->st_att == MAILIMAP_STATUS_ATT_UNSEEN ? &folder->unread
									 : NULL;
		if (to != NULL) {
			*to = info->st_value;
		}
	}
	mailimap_mailbox_data_status_free(status);
	return true;
}

static bool
list_all(Imap *imap, GPtrArray *folders, GError **error)
{
	clist *list = NULL;
	int r = mailimap_list(imap->session, "", "*", &list);
	if (!mail_imap_check(imap, r, PS_ERROR_IO, error)) {
		return false;
	}
	for (clistiter *at = list->first; at != NULL; at = at->next) {
		MailFolder *folder =
			folders->len < MAIL_FOLDERS_MAX ? folder_of(clist_content(at)) : NULL;
		if (folder != NULL) {
			g_ptr_array_add(folders, folder);
		}
	}
	mailimap_list_result_free(list);
	return true;
}

GPtrArray *
mail_imap_folders(MailStore *store, GCancellable *stop, GError **error)
{
	Imap *imap = &((ImapStore *)store)->usual;
	g_autoptr(GPtrArray) folders = mail_folders_new();
	if (!mail_imap_begin(imap, stop, IMAP_LITERAL, error) || !list_all(imap, folders, error)) {
		return NULL;
	}
	mail_folders_sort(folders);
	for (guint i = 0; i < MIN(folders->len, COUNTED_MAX); i++) {
		if (!count(imap, g_ptr_array_index(folders, i))) {
			(void)mail_imap_check(imap, MAILIMAP_ERROR_STREAM, PS_ERROR_IO, error);
			return NULL;
		}
	}
	return g_steal_pointer(&folders);
}

bool
mail_imap_make(MailStore *store, const char *name, GCancellable *stop, GError **error)
{
	Imap *imap = &((ImapStore *)store)->usual;
	if (!mail_imap_begin(imap, stop, IMAP_LITERAL, error) ||
	    !mail_imap_check(imap, mailimap_create(imap->session, name), PS_ERROR_CREATE, error)) {
		return false;
	}
	/* Other programs show subscribed folders only; if it cannot be had, it is there anyway. */
	return mailimap_subscribe(imap->session, name) == MAILIMAP_NO_ERROR ||
	       imap->wire->trouble == NULL ||
	       mail_imap_check(imap, MAILIMAP_ERROR_STREAM, PS_ERROR_IO, error);
}
