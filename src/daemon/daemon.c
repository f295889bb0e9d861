/* SPDX-License-Identifier: MPL-2.0 */
/* The life of the daemon: house, listeners, ready, the wait for a signal, the end. */
#include "daemon/daemon.h"

#include "base/error.h"
#include "net/listen.h"
#include "proxy/house.h"
#include "proxy/imap.h"
#include "proxy/pop3.h"
#include "proxy/submission.h"
#include "web/server.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#define DAEMON_TRIES        50U  /* ports that are tried, from the configured one on */
#define DAEMON_CLIENTS      500U /* of one listener, at once */
#define DAEMON_DESCRIPTORS  6U   /* of one client: two sockets, what TLS needs, files */
#define DAEMON_SIDE_CLIENTS 32U
#define DAEMON_GRACE        30 /* seconds that sessions have to end */

typedef struct {
	const char *name;
	size_t offset; /* of the address in ProxyConfig */
	NetServe serve;
} Door;

static const Door DOORS[] = {
	{"smtp", offsetof(ProxyConfig, smtp), submission_serve},
	{"imap", offsetof(ProxyConfig, imap), imap_serve},
	{"pop3", offsetof(ProxyConfig, pop3), pop3_serve},
};

typedef struct {
	House *house;
	NetListener *listeners[G_N_ELEMENTS(DOORS)]; /* NULL: off */
	WebServer *web;                              /* NULL: off */
	NetListener *socket;                         /* of the side channel; NULL: cannot be */
} Daemon;

/* Two daemons with one store would send what waits there twice. -1: PS_ERROR_BUSY,
 * PS_ERROR_CREATE. */
static int
lock_home(const char *home, GError **error)
{
	g_autofree char *path = g_build_filename(home, "postseald.lock", NULL);
	if (g_mkdir_with_parents(home, 0700) != 0) {
		base_fail(error, PS_ERROR_CREATE, "cannot make %s: %s", home, g_strerror(errno));
		return -1;
	}
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		base_fail(error, PS_ERROR_CREATE, "cannot open %s: %s", path, g_strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		base_fail(error, PS_ERROR_BUSY,
			  "another daemon has %s: stop it, or name another folder with --home",
			  home);
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* How many clients a listener may have, so that descriptors never run out: without any GLib ends
 * the process. A third of them is for the store, the page and all else. */
static guint
clients_at_once(void)
{
	struct rlimit files;
	rlim_t each = DAEMON_CLIENTS;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		each = files.rlim_cur / 3 * 2 / (G_N_ELEMENTS(DOORS) * DAEMON_DESCRIPTORS);
	}
	return (guint)CLAMP(each, 1, DAEMON_CLIENTS);
}

static bool
open_doors(Daemon *daemon, const ProxyConfig *config, guint login_seconds, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(DOORS); i++) {
		const char *address =
			*(char *const *)(const void *)((const char *)config + DOORS[i].offset);
		NetListenOptions options = {.address = address,
					    .tries = DAEMON_TRIES,
					    .max_clients = clients_at_once(),
					    .serve = DOORS[i].serve,
					    .user = daemon->house,
					    .deadline_ms = login_seconds * 1000};
		if (address[0] == '\0') {
			continue;
		}
		daemon->listeners[i] = net_listener_new(&options, error);
		if (daemon->listeners[i] == NULL) {
			g_prefix_error(error, "%s: ", DOORS[i].name);
			return false;
		}
	}
	return true;
}

/* The side channel. Without its socket the mail still passes. */
static bool
open_side(Daemon *daemon, const ProxyConfig *config, const char *home, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *path =
		config->socket != NULL
			? g_strdup(config->socket)
			: g_build_filename(g_get_user_runtime_dir(), "postseal", "socket", NULL);
	NetListenOptions options = {.path = path,
				    .max_clients = DAEMON_SIDE_CLIENTS,
				    .serve = web_lines_serve,
				    .user = daemon->house};
	daemon->socket = net_listener_new(&options, &reason);
	if (daemon->socket == NULL) {
		house_log(daemon->house, "%s", reason->message);
	}
	if (config->http[0] != '\0') {
		daemon->web = web_server_new(daemon->house, home, config->http, error);
	}
	return config->http[0] == '\0' || daemon->web != NULL;
}

static void
say_ready(const Daemon *daemon)
{
	g_autoptr(GString) line = g_string_new("ready");
	for (size_t i = 0; i < G_N_ELEMENTS(DOORS); i++) {
		const NetListener *listener = daemon->listeners[i];
		g_string_append_printf(line, " %s=%s", DOORS[i].name,
				       listener == NULL ? "off" : net_listener_address(listener));
	}
	(void)printf("%s http=%s\n", line->str,
		     daemon->web == NULL ? "off" : web_server_address(daemon->web));
	(void)fflush(stdout);
}

/* For who started it at a terminal or in a script; a journal is no place for such a link. */
static void
say_page(const Daemon *daemon)
{
	if (daemon->web != NULL && g_getenv("JOURNAL_STREAM") == NULL) {
		g_autofree char *link = web_server_login_link(daemon->web);
		(void)printf("page %s\n", link);
		(void)fflush(stdout);
	}
}

/* Blocked before any thread begins, so that only the wait takes them. */
static sigset_t
block_signals(void)
{
	sigset_t set;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	return set;
}

static void
wait_for_signal(const sigset_t *set)
{
	int signal_number = 0;
	while (sigwait(set, &signal_number) != 0) {
	}
}

/* Nobody new, then all good-byes at once; whether all sessions have ended. */
static bool
close_doors(Daemon *daemon)
{
	gint64 deadline = g_get_monotonic_time() + (gint64)DAEMON_GRACE * G_USEC_PER_SEC;
	bool all = true;
	for (size_t i = 0; i < G_N_ELEMENTS(DOORS); i++) {
		if (daemon->listeners[i] != NULL) {
			net_listener_stop(daemon->listeners[i]);
		}
	}
	if (daemon->socket != NULL) {
		net_listener_stop(daemon->socket);
	}
	g_cancellable_cancel(house_stop(daemon->house));
	g_clear_pointer(&daemon->web, web_server_free);
	for (size_t i = 0; i < G_N_ELEMENTS(DOORS); i++) {
		gint64 left = (deadline - g_get_monotonic_time()) / G_USEC_PER_SEC;
		if (daemon->listeners[i] != NULL) {
			all = net_listener_join(daemon->listeners[i], (guint)MAX(left, 0)) && all;
			g_clear_pointer(&daemon->listeners[i], net_listener_free);
		}
	}
	if (daemon->socket != NULL) {
		all = net_listener_join(daemon->socket, 1) && all;
		g_clear_pointer(&daemon->socket, net_listener_free);
	}
	return all;
}

bool
daemon_run(const ProxyConfig *config, const char *home, guint login_seconds, GError **error)
{
	sigset_t signals = block_signals();
	int lock = lock_home(home, error);
	Daemon daemon = {.house = NULL};
	if (lock < 0) {
		return false;
	}
	daemon.house = house_new(config, home, error);
	bool open = daemon.house != NULL && open_doors(&daemon, config, login_seconds, error) &&
		    open_side(&daemon, config, home, error);
	if (open) {
		say_ready(&daemon);
		say_page(&daemon);
		wait_for_signal(&signals);
		house_log(daemon.house, "stopping");
	}
	if (daemon.house != NULL && !close_doors(&daemon)) {
		/* Sessions that still run use the house: the end of the process ends them. */
		house_log(daemon.house, "sessions did not end in %d seconds and are cut",
			  DAEMON_GRACE);
		_exit(0);
	}
	house_free(daemon.house);
	(void)close(lock);
	return open;
}
