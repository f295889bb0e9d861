/* SPDX-License-Identifier: MPL-2.0 */
/* The life of one session: greet, log in (imap_login.c), relay (imap_relay.c). */
#include "proxy/imap.h"

#include "proxy/imap_session.h"

void
imap_session_init(ImapSession *session)
{
	g_queue_init(&session->pending);
	session->sealed = g_hash_table_new(NULL, NULL);
	session->uids = g_array_new(FALSE, TRUE, sizeof(guint32));
	session->uses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void
imap_session_clear(ImapSession *session)
{
	net_conn_free(session->client);
	net_conn_free(session->server);
	credentials_free(session->who);
	login_free(session->login);
	g_queue_clear_full(&session->pending, g_free);
	g_free(session->offers);
	g_free(session->id);
	g_free(session->mailbox);
	g_clear_pointer(&session->uses, g_hash_table_unref);
	g_clear_pointer(&session->sealed, g_hash_table_unref);
	g_clear_pointer(&session->uids, g_array_unref);
}

void
imap_serve(NetConn *client, gpointer house)
{
	g_auto(ImapSession) session = {.house = house, .client = client};
	g_autoptr(GError) error = NULL;
	imap_session_init(&session);
	bool served = imap_greet(&session, &error) &&
		      (session.server == NULL || imap_relay(&session, &error));
	/* That a mail program went away is nothing to tell. */
	if (!served && error != NULL && !net_conn_is_gone(client)) {
		house_log(house, "imap: %s", error->message);
	}
	(void)net_conn_flush(client, NULL);
}
