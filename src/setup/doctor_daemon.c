/* SPDX-License-Identifier: MPL-2.0 */
/* Whether the daemon runs, and who answers where mail programs look for it. */
#include "setup/doctor.h"
#include "setup/mailbox.h"
#include "setup/unit.h"

#include <string.h>

#define SECONDS   2U
#define LINES_MAX 40U

typedef enum {
	NOBODY,
	OURSELVES,
	SOMEBODY, /* else */
} Who;

typedef struct {
	const char *check;
	const char *scheme; /* that NetServer knows, without "s" */
	bool asks;          /* who listens waits for a question */
} Listener;

/* As "imap://127.0.0.1:1143"; with @trust "imaps://", which is behind TLS at once. */
static NetConn *
dial(const Listener *listener, const char *address, NetTrust *trust)
{
	g_autofree char *url =
		g_strdup_printf("%s%s://%s", listener->scheme, trust != NULL ? "s" : "", address);
	g_autoptr(NetServer) server = net_server_parse(url, NULL);
	return server == NULL ? NULL : net_conn_dial(server, trust, SECONDS, NULL, NULL);
}

/* Our greetings, and the first lines of our pages, name us. */
static bool
says_postseal(NetConn *conn, const char *address, bool ask)
{
	guint lines = ask ? LINES_MAX : 1;
	net_conn_set_deadline(conn, SECONDS);
	if (ask &&
	    !net_conn_print(conn, NULL, "GET /login HTTP/1.1\r\nHost: %s\r\n\r\n", address)) {
		return false;
	}
	for (guint i = 0; i < lines; i++) {
		g_autoptr(GString) line = g_string_new(NULL);
		if (!mailbox_read_line(conn, line, NULL)) {
			return false;
		}
		g_autofree char *small = g_ascii_strdown(line->str, -1);
		if (strstr(small, "postseal") != NULL) {
			return true;
		}
	}
	return false;
}

static Who
who_answers(const Listener *listener, const char *address, NetTrust *trust)
{
	bool implicit = trust != NULL && !listener->asks;
	g_autoptr(NetConn) plain = dial(listener, address, NULL);
	if (plain == NULL) {
		return NOBODY;
	}
	g_autoptr(NetConn) inner = implicit ? dial(listener, address, trust) : NULL;
	NetConn *conn = implicit ? inner : plain;
	return conn != NULL && says_postseal(conn, address, listener->asks) ? OURSELVES : SOMEBODY;
}

static void
add_row(GPtrArray *checks, const SetupPlace *place, const char *check, const char *address, Who who)
{
	bool running = setup_daemon_runs(place->home);
	g_autofree char *start = setup_start_words(place);
	g_autofree char *begin = g_strconcat(running ? "restart it: " : "start it: ", start, NULL);
	g_autofree char *other = g_strdup_printf(
		"end that program and start the daemon again (%s), or name another port in %s and "
		"in your mail program",
		start, place->config);
	if (who == OURSELVES) {
		doctor_add(checks, check, address, SETUP_OK, "the daemon listens", NULL);
	} else if (who == SOMEBODY) {
		doctor_add(checks, check, address, SETUP_FAIL,
			   running ? "another program has this port, so the daemon took the next"
				   : "another program has this port",
			   other);
	} else {
		doctor_add(checks, check, address, SETUP_FAIL,
			   running ? "the daemon runs, but does not listen here"
				   : "the daemon does not run",
			   begin);
	}
}

void
doctor_listeners(GPtrArray *checks, const SetupPlace *place, const ProxyConfig *config)
{
	static const Listener LISTENERS[] = {
		{"smtp", "submission", false},
		{"imap", "imap", false},
		{"pop3", "pop3", false},
		{"http", "imap", true},
	};
	const char *const addresses[] = {config->smtp, config->imap, config->pop3, config->http};
	g_autofree char *pem = g_build_filename(place->home, "tls.pem", NULL);
	g_autoptr(NetTrust) trust =
		config->tls == PROXY_TLS_IMPLICIT ? net_trust_new(pem, NULL) : NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(LISTENERS); i++) {
		const char *address = addresses[i];
		if (address != NULL && address[0] != '\0') {
			add_row(checks, place, LISTENERS[i].check, address,
				who_answers(&LISTENERS[i], address, trust));
		}
	}
}
