/* SPDX-License-Identifier: MPL-2.0 */
/* libsoup copies each piece; the copy is wiped as soon as we have ours. */
#include "web/body.h"

#include "base/secret.h"
#include "web/answer.h"
#include <string.h>

#define NAME        "postseal-body"
#define STACK_DEPTH ((size_t)32 << 10) /* octets: a few frames and libsoup's buffer of 8 KiB */

typedef struct {
	gsize n;
	gsize room;
	guint8 octets[];
} Body;

static void
body_free(gpointer data)
{
	Body *body = data;
	base_wipe(body->octets, body->n);
	g_free(body);
}

static void
on_piece(SoupServerMessage *message G_GNUC_UNUSED, GBytes *piece, gpointer user)
{
	Body *body = user;
	gsize n = 0;
	gconstpointer octets = g_bytes_get_data(piece, &n);
	gsize taken = MIN(n, body->room - body->n);
	memcpy(body->octets + body->n, octets, taken);
	body->n += taken;
	base_wipe((gpointer)(guintptr)octets, n); /* nobody else has it: it is not accumulated */
}

void
web_body_expect(SoupServerMessage *message, gsize length)
{
	Body *body = g_malloc(sizeof *body + MIN(length, WEB_MESSAGE_MAX));
	body->n = 0;
	body->room = MIN(length, WEB_MESSAGE_MAX);
	soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
	g_object_set_data_full(G_OBJECT(message), NAME, body, body_free);
	g_signal_connect(message, "got-chunk", G_CALLBACK(on_piece), body);
}

GBytes *
web_body_take(SoupServerMessage *message)
{
	Body *body = g_object_steal_data(G_OBJECT(message), NAME);
	if (body == NULL) {
		return g_bytes_new_static(NULL, 0);
	}
	g_signal_handlers_disconnect_by_data(message, body);
	return g_bytes_new_with_free_func(body->octets, body->n, body_free, body);
}

void
web_body_wipe_stack(void)
{
	char below[STACK_DEPTH];
	base_wipe(below, sizeof below);
}
