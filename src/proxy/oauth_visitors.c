/* SPDX-License-Identifier: MPL-2.0 */
/* Several connections in one thread, each with little time and few octets. */
#include "proxy/oauth_visitors.h"

#include <string.h>

#define VISITORS_MAX    32U /* at once */
#define REQUEST_MAX     (8U << 10)
#define REQUEST_SECONDS 10

struct OauthVisitor {
	GSocket *socket;
	gint64 end; /* monotonic */
	size_t n;
	char said[REQUEST_MAX + 1]; /* wiped: it holds the code */
};

void
oauth_visitor_free(OauthVisitor *visitor)
{
	base_wipe(visitor->said, sizeof visitor->said);
	g_object_unref(visitor->socket);
	g_free(visitor);
}

GSocket *
oauth_visitor_socket(OauthVisitor *visitor)
{
	return visitor->socket;
}

static void
let_in(GPtrArray *visitors, GSocket *listener)
{
	GSocket *socket = g_socket_accept(listener, NULL, NULL);
	if (socket == NULL) {
		return;
	}
	if (visitors->len == VISITORS_MAX) {
		g_ptr_array_remove_index(visitors, 0);
	}
	OauthVisitor *visitor = g_new0(OauthVisitor, 1);
	visitor->socket = socket;
	visitor->end = g_get_monotonic_time() + REQUEST_SECONDS * G_USEC_PER_SEC;
	g_ptr_array_add(visitors, visitor);
}

/* Milliseconds until @end or the first visitor's, whichever comes first. */
static gint
wait_ms(GPtrArray *visitors, gint64 end)
{
	for (guint i = 0; i < visitors->len; i++) {
		const OauthVisitor *visitor = g_ptr_array_index(visitors, i);
		end = MIN(end, visitor->end);
	}
	gint64 left = (end - g_get_monotonic_time() + 999) / 1000;
	return (gint)CLAMP(left, 0, G_MAXINT);
}

bool
oauth_visitors_wait(GPtrArray *visitors, GSocket *listener, gint64 end, GCancellable *stop)
{
	GPollFD fds[2 + VISITORS_MAX] = {{.fd = g_socket_get_fd(listener), .events = G_IO_IN},
					 {.fd = -1}};
	bool stoppable = g_cancellable_make_pollfd(stop, &fds[1]);
	guint n = 2;
	for (; n - 2 < visitors->len; n++) {
		OauthVisitor *visitor = g_ptr_array_index(visitors, n - 2);
		fds[n] = (GPollFD){.fd = g_socket_get_fd(visitor->socket), .events = G_IO_IN};
	}
	(void)g_poll(fds, n, wait_ms(visitors, end));
	if (stoppable) {
		g_cancellable_release_fd(stop);
	}
	if (fds[0].revents != 0) {
		let_in(visitors, listener);
	}
	return g_get_monotonic_time() < end && !g_cancellable_is_cancelled(stop);
}

OauthHeard
oauth_visitor_hear(OauthVisitor *visitor, BaseSecretString **line)
{
	g_autoptr(GError) reason = NULL;
	gssize came =
		g_socket_receive_with_blocking(visitor->socket, visitor->said + visitor->n,
					       REQUEST_MAX - visitor->n, FALSE, NULL, &reason);
	visitor->n += came > 0 ? (size_t)came : 0;
	const char *end = strstr(visitor->said, "\r\n");
	if (end != NULL) {
		*line = g_strndup(visitor->said, (size_t)(end - visitor->said));
		return OAUTH_HEARD_LINE;
	}
	bool waiting = came > 0 || g_error_matches(reason, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
	return waiting && visitor->n < REQUEST_MAX && g_get_monotonic_time() < visitor->end
		       ? OAUTH_HEARD_NOTHING
		       : OAUTH_HEARD_END;
}
