/* SPDX-License-Identifier: MPL-2.0 */
/* Two connected ends for the tests of net. */
#pragma once

#include "net/conn_private.h"
#include "pki.h"
#include "t.h"

#include <glib/gstdio.h>
#include <sys/socket.h>

#define PAIR_MS   60U /* what a test waits for a time to be over */
#define PAIR_USEC (PAIR_MS * 1000)

typedef struct {
	NetConn *here;
	NetConn *there;
} Pair;

static inline NetConn *
pair_end(int fd)
{
	g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, NULL);
	g_assert_nonnull(socket);
	return net_conn_new(g_socket_connection_factory_create_connection(socket));
}

static inline Pair
pair_new(void)
{
	int fds[2];
	g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
	Pair pair = {pair_end(fds[0]), pair_end(fds[1])};
	return pair;
}

static inline void
pair_clear(Pair *pair)
{
	g_clear_pointer(&pair->here, net_conn_free);
	g_clear_pointer(&pair->there, net_conn_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pair, pair_clear)

/* Reads until @n octets came, or the end; @n 0: until the end. */
static inline GBytes *
pair_read(NetConn *conn, size_t n)
{
	GByteArray *all = g_byte_array_new();
	BaseBytes data = {NULL, 0};
	g_autoptr(GError) error = NULL;
	while (n == 0 || all->len < n) {
		(void)net_conn_peek(conn, &data, &error);
		g_assert_no_error(error);
		if (data.n == 0) {
			break;
		}
		g_byte_array_append(all, data.p, (guint)data.n);
		net_conn_consume(conn, data.n);
	}
	return g_byte_array_free_to_bytes(all);
}

static inline void
pair_expect(NetConn *conn, const char *text)
{
	g_autoptr(GBytes) got = pair_read(conn, strlen(text));
	T_ASSERT_STR_BYTES(base_bytes_of(got), text);
}

static inline NetTrust *
pair_trust(const char *pem)
{
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;
	int fd = g_file_open_tmp("postseal-net-XXXXXX", &path, NULL);
	g_assert_cmpint(fd, >=, 0);
	g_assert_true(g_close(fd, NULL));
	g_assert_true(g_file_set_contents(path, pem, -1, NULL));
	NetTrust *trust = net_trust_new(path, &error);
	g_assert_no_error(error);
	g_assert_cmpint(g_unlink(path), ==, 0);
	return trust;
}
