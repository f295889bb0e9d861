/* SPDX-License-Identifier: MPL-2.0 */
/* What folders are for. */
#include "mail/store_private.h"

const char *
mail_role_name(MailRole role)
{
	static const char *const names[] = {
		[MAIL_ROLE_NONE] = "none",       [MAIL_ROLE_INBOX] = "inbox",
		[MAIL_ROLE_SENT] = "sent",       [MAIL_ROLE_DRAFTS] = "drafts",
		[MAIL_ROLE_TRASH] = "trash",     [MAIL_ROLE_JUNK] = "junk",
		[MAIL_ROLE_ARCHIVE] = "archive",
	};
	return (size_t)role < G_N_ELEMENTS(names) ? names[role] : "none";
}

typedef struct {
	MailRole role;
	const char *names[16];
} Names;

/* As mail programs and providers call them; the last part of a path counts. */
static const Names known[] = {
	{MAIL_ROLE_SENT,
	 {"Sent", "Sent Items", "Sent Messages", "Sent Mail", "Gesendet", "Gesendete Elemente",
	  "Gesendete Objekte", "Envoyés", "Éléments envoyés", "Enviados", "Elementos enviados",
	  "Inviata", "Posta inviata", "Verzonden", "Отправленные"}},
	{MAIL_ROLE_DRAFTS,
	 {"Drafts", "Draft", "Entwürfe", "Brouillons", "Borradores", "Bozze", "Concepten",
	  "Rascunhos", "Черновики"}},
	{MAIL_ROLE_TRASH,
	 {"Trash", "Deleted Items", "Deleted Messages", "Deleted", "Bin", "Papierkorb",
	  "Gelöschte Elemente", "Corbeille", "Éléments supprimés", "Papelera", "Cestino",
	  "Prullenbak", "Lixeira", "Корзина"}},
	{MAIL_ROLE_JUNK,
	 {"Junk", "Spam", "Junk E-mail", "Junk Email", "Junk Mail", "Bulk Mail", "Spamverdacht",
	  "Indésirables", "Correo no deseado", "Posta indesiderata", "Спам"}},
	{MAIL_ROLE_ARCHIVE, {"Archive", "Archives", "Archiv", "All Mail", "Archivo", "Archivio"}},
};

static bool
is_same(const char *a, const char *b)
{
	g_autofree char *x = g_utf8_casefold(a, -1);
	g_autofree char *y = g_utf8_casefold(b, -1);
	return g_str_equal(x, y);
}

MailRole
mail_role_of(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash == NULL ? name : slash + 1;
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		for (size_t n = 0; n < G_N_ELEMENTS(known[i].names); n++) {
			const char *one = known[i].names[n];
			if (one != NULL && is_same(last, one)) {
				return known[i].role;
			}
		}
	}
	return MAIL_ROLE_NONE;
}

static gint
compare_folders(gconstpointer a, gconstpointer b)
{
	const MailFolder *x = *(const MailFolder *const *)a;
	const MailFolder *y = *(const MailFolder *const *)b;
	int rank_x = x->role == MAIL_ROLE_NONE ? G_MAXINT : (int)x->role;
	int rank_y = y->role == MAIL_ROLE_NONE ? G_MAXINT : (int)y->role;
	return rank_x != rank_y ? (rank_x > rank_y) - (rank_x < rank_y)
				: g_utf8_collate(x->name, y->name);
}

void
mail_folders_sort(GPtrArray *folders)
{
	g_ptr_array_sort(folders, compare_folders);
	MailRole last = MAIL_ROLE_NONE;
	for (guint i = 0; i < folders->len; i++) {
		MailFolder *folder = g_ptr_array_index(folders, i);
		bool again = folder->role != MAIL_ROLE_NONE && folder->role == last;
		last = folder->role;
		folder->role = again ? MAIL_ROLE_NONE : folder->role;
	}
}
