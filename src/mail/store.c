/* SPDX-License-Identifier: MPL-2.0 */
/* Stores of any kind: whose turn it is, arguments checked. */
#include "mail/store_private.h"

#include "base/limits.h"
#include "mail/login.h"

void
mail_store_init(MailStore *store, const MailStoreClass *klass)
{
	store->klass = klass;
	mail_turn_init(&store->turn);
}

void
mail_store_free(MailStore *store)
{
	if (store != NULL) {
		mail_turn_clear(&store->turn);
		store->klass->free(store);
	}
}

bool
mail_is_clean(const char *text)
{
	if (text == NULL || *text == '\0' || !g_utf8_validate(text, -1, NULL)) {
		return false;
	}
	for (const char *p = text; *p != '\0'; p = mail_next(p)) {
		if (g_unichar_iscntrl(g_utf8_get_char(p))) {
			return false;
		}
	}
	return true;
}

static void
free_folder(gpointer folder)
{
	mail_folder_free(folder);
}

GPtrArray *
mail_folders_new(void)
{
	return g_ptr_array_new_with_free_func(free_folder);
}

void
mail_folder_free(MailFolder *folder)
{
	if (folder != NULL) {
		g_free(folder->id);
		g_free(folder->name);
		g_free(folder);
	}
}

static void
free_entry(gpointer data)
{
	MailEntry *entry = data;
	g_free(entry->id);
	g_bytes_unref(entry->header);
	g_free(entry);
}

MailEntry *
mail_entry_new(const char *id, MailFlags flags)
{
	MailEntry *entry = g_new0(MailEntry, 1);
	entry->id = g_strdup(id);
	entry->flags = flags;
	entry->header = g_bytes_new(NULL, 0);
	return entry;
}

MailPage *
mail_page_new(void)
{
	MailPage *page = g_new0(MailPage, 1);
	page->complete = true;
	page->entries = g_ptr_array_new_with_free_func(free_entry);
	return page;
}

void
mail_page_free(MailPage *page)
{
	if (page != NULL) {
		g_ptr_array_unref(page->entries);
		g_free(page);
	}
}

GBytes *
mail_header_of(BaseBytes octets)
{
	BaseBytes head = base_bytes_slice(octets, 0, BASE_LIMIT_HEADER);
	size_t lf = base_bytes_find(head, BASE_LIT("\n\n"));
	size_t crlf = base_bytes_find(base_bytes_slice(head, 0, lf), BASE_LIT("\n\r\n"));
	size_t end = MIN(lf, crlf);
	return base_bytes_dup(base_bytes_slice(head, 0, end == SIZE_MAX ? head.n : end + 1));
}

bool
mail_has_words(BaseBytes octets, const char *words)
{
	g_auto(GStrv) each = g_strsplit_set(words, " \t", -1);
	for (char **word = each; *word != NULL; word++) {
		if (base_bytes_find_nocase(octets, *word) == SIZE_MAX) {
			return false;
		}
	}
	return true;
}

/* False: it is somebody else's turn, for too long. */
static bool
take_for_reading(MailStore *store, MailTurn **turn, GCancellable *stop, GError **error)
{
	*turn = store->klass->reads_aside ? NULL : mail_turn_take(&store->turn, stop, error);
	return *turn != NULL || store->klass->reads_aside;
}

GPtrArray *
mail_store_folders(MailStore *store, GCancellable *stop, GError **error)
{
	g_autoptr(MailTurn) turn = NULL;
	GPtrArray *folders = take_for_reading(store, &turn, stop, error)
				     ? store->klass->folders(store, stop, error)
				     : NULL;
	if (folders != NULL) {
		mail_folders_sort(folders);
	}
	return folders;
}

char *
mail_store_folder_of(MailStore *store, MailRole role, GCancellable *stop, GError **error)
{
	g_autoptr(GPtrArray) folders = mail_store_folders(store, stop, error);
	for (guint i = 0; folders != NULL && i < folders->len; i++) {
		const MailFolder *folder = g_ptr_array_index(folders, i);
		if (folder->role == role) {
			return g_strdup(folder->id);
		}
	}
	return folders == NULL
		       ? NULL
		       : BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "There is no folder for “%s”",
					mail_role_name(role));
}

static bool
make_folder(MailStore *store, MailRole role, GCancellable *stop, GError **error)
{
	static const char *const names[] = {
		[MAIL_ROLE_SENT] = "Sent",       [MAIL_ROLE_DRAFTS] = "Drafts",
		[MAIL_ROLE_TRASH] = "Trash",     [MAIL_ROLE_JUNK] = "Junk",
		[MAIL_ROLE_ARCHIVE] = "Archive",
	};
	if ((size_t)role >= G_N_ELEMENTS(names) || names[role] == NULL) {
		return base_fail(error, PS_ERROR_ARGUMENT, "No such folder can be made");
	}
	g_autoptr(MailTurn) turn = mail_turn_take(&store->turn, stop, error);
	return turn != NULL && store->klass->make(store, names[role], stop, error);
}

char *
mail_store_make_folder(MailStore *store, MailRole role, GCancellable *stop, GError **error)
{
	g_autoptr(GError) trouble = NULL;
	char *there = mail_store_folder_of(store, role, stop, &trouble);
	if (there != NULL) {
		return there;
	}
	if (!g_error_matches(trouble, PS_ERROR, PS_ERROR_NOT_FOUND)) {
		g_propagate_error(error, g_steal_pointer(&trouble));
		return NULL;
	}
	return make_folder(store, role, stop, error)
		       ? mail_store_folder_of(store, role, stop, error)
		       : NULL;
}

static bool
check_names(const char *folder, const char *id, GError **error)
{
	if (!mail_is_clean(folder)) {
		return base_fail(error, PS_ERROR_NOT_FOUND, "There is no such folder");
	}
	return mail_is_clean(id) ||
	       base_fail(error, PS_ERROR_NOT_FOUND, "There is no such message");
}

MailPage *
mail_store_list(MailStore *store, const char *folder, const MailQuery *query, GCancellable *stop,
		GError **error)
{
	if (!check_names(folder, "-", error)) {
		return NULL;
	}
	MailQuery asked = *query;
	asked.limit = MIN(query->limit, MAIL_PAGE_MAX);
	if (asked.search != NULL) {
		return store->klass->search(store, folder, &asked, stop, error);
	}
	g_autoptr(MailTurn) turn = NULL;
	return take_for_reading(store, &turn, stop, error)
		       ? store->klass->list(store, folder, &asked, stop, error)
		       : NULL;
}

GBytes *
mail_store_read(MailStore *store, const char *folder, const char *id, MailFlags *flags,
		GCancellable *stop, GError **error)
{
	if (!check_names(folder, id, error)) {
		return NULL;
	}
	g_autoptr(MailTurn) turn = NULL;
	return take_for_reading(store, &turn, stop, error)
		       ? store->klass->read(store, folder, id, flags, stop, error)
		       : NULL;
}

bool
mail_store_flag(MailStore *store, const char *folder, const char *id, MailChange change,
		GCancellable *stop, GError **error)
{
	if (!check_names(folder, id, error)) {
		return false;
	}
	g_autoptr(MailTurn) turn = mail_turn_take(&store->turn, stop, error);
	return turn != NULL && store->klass->flag(store, folder, id, change, stop, error);
}

char *
mail_store_move(MailStore *store, const char *folder, const char *id, const char *to,
		GCancellable *stop, GError **error)
{
	if (!check_names(folder, id, error) || !check_names(to, id, error)) {
		return NULL;
	}
	if (g_str_equal(folder, to)) {
		return g_strdup(id);
	}
	g_autoptr(MailTurn) turn = mail_turn_take(&store->turn, stop, error);
	return turn == NULL ? NULL : store->klass->move(store, folder, id, to, stop, error);
}

bool
mail_store_remove(MailStore *store, const char *folder, const char *id, GCancellable *stop,
		  GError **error)
{
	if (!check_names(folder, id, error)) {
		return false;
	}
	g_autoptr(MailTurn) turn = mail_turn_take(&store->turn, stop, error);
	return turn != NULL && store->klass->remove(store, folder, id, stop, error);
}

char *
mail_store_append(MailStore *store, const char *folder, GBytes *octets, MailFlags flags,
		  GCancellable *stop, GError **error)
{
	if (!check_names(folder, "-", error)) {
		return NULL;
	}
	if (g_bytes_get_size(octets) > MAIL_MESSAGE_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "The message is too large");
	}
	g_autoptr(MailTurn) turn = mail_turn_take(&store->turn, stop, error);
	return turn == NULL ? NULL
			    : store->klass->append(store, folder, octets, flags, stop, error);
}

bool
mail_store_check(MailStore *store, GCancellable *stop, GError **error)
{
	g_autoptr(GPtrArray) folders = mail_store_folders(store, stop, error);
	return folders != NULL;
}
