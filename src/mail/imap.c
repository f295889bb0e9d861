/* SPDX-License-Identifier: MPL-2.0 */
/* An account at an IMAP server: the connection and the login. */
#include "mail/imap_private.h"

#include "base/secret.h"

void
mail_imap_drop(Imap *imap)
{
	if (imap->session != NULL) {
		/* libetpan would say LOGOUT and wait for the answer. */
		mailstream *stream = imap->session->imap_stream;
		imap->session->imap_stream = NULL;
		if (stream != NULL) {
			(void)mailstream_close(stream);
		}
		mailimap_free(imap->session);
	}
	mail_wire_free(imap->wire);
	imap->session = NULL;
	imap->wire = NULL;
	g_clear_pointer(&imap->selected, g_free);
}

static bool
is_broken(const Imap *imap, int r)
{
	return imap->wire->trouble != NULL || r == MAILIMAP_ERROR_STREAM ||
	       r == MAILIMAP_ERROR_PARSE || r == MAILIMAP_ERROR_FATAL ||
	       r == MAILIMAP_ERROR_PROTOCOL || r == MAILIMAP_ERROR_MEMORY ||
	       r == MAILIMAP_ERROR_BAD_STATE;
}

bool
mail_imap_check(Imap *imap, int r, PsError refused, GError **error)
{
	if (r == MAILIMAP_NO_ERROR || r == MAILIMAP_NO_ERROR_AUTHENTICATED ||
	    r == MAILIMAP_NO_ERROR_NON_AUTHENTICATED) {
		return true;
	}
	if (is_broken(imap, r)) {
		(void)mail_wire_fail(imap->wire, PS_ERROR_MALFORMED,
				     "The server's answer is no IMAP", NULL, error);
		mail_imap_drop(imap);
		return false;
	}
	return mail_wire_fail(imap->wire, refused, "The server refuses",
			      imap->session->imap_response, error);
}

/* Passwords only under TLS: net made sure, this makes sure that it was asked. */
static bool
log_in(Imap *imap, GError **error)
{
	bool token = false;
	g_autoptr(BaseSecretString) secret = mail_account_secret(imap->account, &token, error);
	if (secret == NULL) {
		return false;
	}
	if (!net_conn_is_tls(imap->wire->conn)) {
		return base_fail(error, PS_ERROR_IO, "The connection has no TLS");
	}
	int r = token ? mailimap_oauth2_authenticate(imap->session, imap->account->name, secret)
		      : mailimap_login(imap->session, imap->account->name, secret);
	return mail_imap_check(imap, r, PS_ERROR_PASSPHRASE, error);
}

static bool
start_tls(Imap *imap, GError **error)
{
	return mail_imap_check(imap, mailimap_starttls(imap->session), PS_ERROR_IO, error) &&
	       mail_wire_start_tls(imap->wire, imap->session->imap_stream, imap->account, error);
}

static bool
connect(Imap *imap, GCancellable *stop, GError **error)
{
	imap->wire = mail_wire_dial(imap->account, stop, error);
	if (imap->wire == NULL) {
		return false;
	}
	mail_wire_begin(imap->wire, imap->account, stop, IMAP_BUDGET, IMAP_LITERAL);
	imap->session = mailimap_new(0, NULL);
	int r = mailimap_connect(imap->session, mail_wire_stream(imap->wire));
	if (!mail_imap_check(imap, r, PS_ERROR_IO, error)) {
		return false;
	}
	if (!net_conn_is_tls(imap->wire->conn) && !start_tls(imap, error)) {
		return false;
	}
	struct mailimap_capability_data *offer = NULL;
	if (!log_in(imap, error) ||
	    !mail_imap_check(imap, mailimap_capability(imap->session, &offer), PS_ERROR_IO,
			     error)) {
		return false;
	}
	mailimap_capability_data_free(offer);
	return true;
}

/* Whether the connection that is kept still lives. */
static bool
is_alive(Imap *imap, GCancellable *stop)
{
	if (imap->wire == NULL || net_conn_is_gone(imap->wire->conn)) {
		return false;
	}
	mail_wire_begin(imap->wire, imap->account, stop, IMAP_BUDGET, IMAP_LITERAL);
	return mailimap_noop(imap->session) == MAILIMAP_NO_ERROR;
}

bool
mail_imap_begin(Imap *imap, GCancellable *stop, guint64 literal, GError **error)
{
	if (!is_alive(imap, stop)) {
		mail_imap_drop(imap);
		if (!connect(imap, stop, error)) {
			mail_imap_drop(imap);
			return false;
		}
	}
	mail_wire_begin(imap->wire, imap->account, stop, IMAP_BUDGET + literal, literal);
	return true;
}

bool
mail_imap_select(Imap *imap, const char *folder, bool again, GError **error)
{
	if (!again && imap->selected != NULL && g_str_equal(imap->selected, folder)) {
		return true;
	}
	g_clear_pointer(&imap->selected, g_free);
	int r = mailimap_select(imap->session, folder);
	if (!mail_imap_check(imap, r, PS_ERROR_NOT_FOUND, error)) {
		return false;
	}
	if (imap->session->imap_selection_info == NULL) {
		return base_fail(error, PS_ERROR_MALFORMED, "The server's answer is no IMAP");
	}
	imap->selected = g_strdup(folder);
	return true;
}

char *
mail_imap_id_of(guint32 uidvalidity, guint32 uid)
{
	return g_strdup_printf("%u.%u", uidvalidity, uid);
}

bool
mail_imap_uid_of(const Imap *imap, const char *id, guint32 *uid, GError **error)
{
	guint64 validity = 0;
	guint64 number = 0;
	const char *dot = strchr(id, '.');
	g_autofree char *first = dot == NULL ? NULL : g_strndup(id, (gsize)(dot - id));
	bool good = first != NULL &&
		    g_ascii_string_to_unsigned(first, 10, 0, G_MAXUINT32, &validity, NULL) &&
		    g_ascii_string_to_unsigned(dot + 1, 10, 1, G_MAXUINT32, &number, NULL);
	if (!good || validity != imap->session->imap_selection_info->sel_uidvalidity) {
		return base_fail(error, PS_ERROR_NOT_FOUND, "There is no such message");
	}
	*uid = (guint32)number;
	return true;
}

static bool
is_there(Imap *imap, const ImapPlace *place, GCancellable *stop, GError **error)
{
	guint32 uid = 0;
	return mail_imap_begin(imap, stop, IMAP_LITERAL, error) &&
	       mail_imap_select(imap, place->folder, true, error) &&
	       (place->id == NULL || mail_imap_uid_of(imap, place->id, &uid, error));
}

void
mail_imap_explain(Imap *imap, const ImapPlace *place, GCancellable *stop, GError *trouble,
		  GError **error)
{
	g_autoptr(GError) now = NULL;
	if (g_error_matches(trouble, PS_ERROR, PS_ERROR_IO) && !is_there(imap, place, stop, &now) &&
	    g_error_matches(now, PS_ERROR, PS_ERROR_NOT_FOUND)) {
		g_error_free(trouble);
		trouble = g_steal_pointer(&now);
	}
	g_propagate_error(error, trouble);
}

static void
imap_free(MailStore *store)
{
	ImapStore *imap = (ImapStore *)store;
	mail_imap_drop(&imap->usual);
	mail_imap_drop(&imap->aside);
	mail_turn_clear(&imap->searching);
	mail_account_clear(&imap->account);
	g_free(imap);
}

MailStore *
mail_store_new_imap(const MailLogin *login)
{
	static const MailStoreClass klass = {
		.folders = mail_imap_folders,
		.make = mail_imap_make,
		.list = mail_imap_list,
		.search = mail_imap_search,
		.read = mail_imap_read,
		.flag = mail_imap_flag,
		.move = mail_imap_move,
		.remove = mail_imap_remove,
		.append = mail_imap_append,
		.free = imap_free,
	};
	ImapStore *imap = g_new0(ImapStore, 1);
	mail_store_init(&imap->base, &klass);
	mail_turn_init(&imap->searching);
	mail_account_init(&imap->account, login);
	imap->usual.account = &imap->account;
	imap->aside.account = &imap->account;
	return &imap->base;
}
