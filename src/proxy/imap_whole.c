/* SPDX-License-Identifier: MPL-2.0 */
/* Whole messages, fetched some at a time behind the back of the mail program. */
#include "imap/fetched.h"
#include "proxy/imap_answer.h"

#define BATCH 20U /* messages fetched at once */

/* One batch on its way. */
typedef struct {
	const ImapWholes *wholes;
	GError *error;
} Taking;

static bool
take_whole(void *user, BaseBytes octets, const ImapResponse *response)
{
	Taking *taking = user;
	g_auto(ImapFetched) fetched = {0};
	if (strcmp(response->name, "FETCH") != 0 || !imap_fetched_parse(octets, &fetched)) {
		return false;
	}
	const ImapFetchedItem *item = imap_fetched_find(&fetched, "BODY[]<0>");
	item = item == NULL ? imap_fetched_find(&fetched, "BODY[]") : item;
	if (item == NULL) {
		return false;
	}
	g_autoptr(GBytes) whole = imap_fetched_octets(item);
	if (whole != NULL && taking->error == NULL) {
		ImapWhole one = {fetched.seq, imap_uid_of(&fetched), whole};
		(void)taking->wholes->take(taking->wholes->user, &one, &taking->error);
	}
	return true;
}

static bool
fetch_batch(const ImapWholes *wholes, const GArray *numbers, guint from, GError **error)
{
	Taking taking = {.wholes = wholes};
	g_autoptr(GByteArray) line = g_byte_array_new();
	g_autoptr(ImapSet) set = imap_set_new();
	for (guint i = from; i < MIN(from + BATCH, numbers->len); i++) {
		imap_set_add(set, g_array_index(numbers, guint32, i));
	}
	g_autofree char *text = imap_set_to_string(set);
	g_autofree char *command = g_strdup_printf("%sFETCH %s (UID BODY.PEEK[]<0.%u>)",
						   wholes->uid ? "UID " : "", text, wholes->max);
	if (!imap_ask(wholes->session, command, take_whole, &taking, line, error)) {
		g_clear_error(&taking.error);
		return false;
	}
	if (taking.error != NULL) {
		g_propagate_error(error, taking.error);
		return false;
	}
	return true;
}

bool
imap_fetch_wholes(const ImapWholes *wholes, const GArray *numbers, GError **error)
{
	for (guint from = 0; from < numbers->len; from += BATCH) {
		if (!fetch_batch(wholes, numbers, from, error)) {
			return false;
		}
	}
	return true;
}

View *
imap_view_of(ImapSession *session, const ImapWhole *whole)
{
	if (g_bytes_get_size(whole->octets) >= IMAP_SEALED_MAX) {
		return NULL;
	}
	g_autofree char *place = imap_place(session, whole->uid);
	g_autoptr(PsMessage) message = ps_message_new_from_bytes(whole->octets);
	return views_make(house_views(session->house), session->house, session->login, place,
			  message, session->junk);
}
