/* SPDX-License-Identifier: MPL-2.0 */
/* The configuration as a key file, changed in place. */
#include "setup/config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define CONFIG_MAX (1U << 20) /* octets */
#define PORT_TRIES 30U        /* so that no two listeners meet */
#define ACCOUNT    "account "

static const struct {
	const char *key;
	guint16 port; /* the usual one */
} LISTENERS[] = {{"smtp", 1025}, {"imap", 1143}, {"pop3", 1110}, {"http", 8025}};

static const char *const PROTOCOL_KEYS[3] = {
	[NET_SUBMISSION] = "submission", [NET_IMAP] = "imap", [NET_POP3] = "pop3"};

static const char HEADING[] =
	"# The configuration of postseald, written by `postseal setup`. What you change here stays:\n"
	"# `postseal setup` only adds what is missing and the servers that it is told.\n";

bool
setup_port_is_free(guint16 port)
{
	g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
	g_autoptr(GSocketAddress) place = g_inet_socket_address_new(loopback, port);
	g_autoptr(GSocket) socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
						 G_SOCKET_PROTOCOL_TCP, NULL);
	return socket != NULL && g_socket_bind(socket, place, TRUE, NULL) &&
	       g_socket_listen(socket, NULL);
}

/* ---- lines: a key file is changed where it must, so that comments stay where they are ---- */

/* Whether both name the same account: as the daemon reads addresses, however they are written. */
static bool
is_account(const char *name, const char *group)
{
	if (!g_str_has_prefix(name, ACCOUNT) || !g_str_has_prefix(group, ACCOUNT)) {
		return false;
	}
	g_autofree char *trimmed = g_strstrip(g_strdup(name + strlen(ACCOUNT)));
	g_autofree char *address = proxy_address_normalise(trimmed);
	return g_strcmp0(address, group + strlen(ACCOUNT)) == 0;
}

static bool
is_group(const char *line, const char *group)
{
	g_autofree char *trimmed = g_strstrip(g_strdup(line));
	size_t n = strlen(trimmed);
	if (n < 2 || trimmed[0] != '[' || trimmed[n - 1] != ']') {
		return false;
	}
	trimmed[n - 1] = '\0';
	return strcmp(trimmed + 1, group) == 0 || is_account(trimmed + 1, group);
}

static bool
is_key(const char *line, const char *key)
{
	size_t n = strlen(key);
	while (g_ascii_isspace(*line)) {
		line++;
	}
	const char *rest = strncmp(line, key, n) == 0 ? line + n : "";
	while (*rest == ' ' || *rest == '\t') {
		rest++;
	}
	return *rest == '=';
}

static bool
is_pair(const char *line)
{
	const char *p = line + strspn(line, " \t");
	return *p != '#' && *p != '[' && strchr(p, '=') != NULL;
}

#define NOWHERE G_MAXUINT

typedef struct {
	guint key;  /* the line of the key; NOWHERE */
	guint last; /* the line that the group's last key is on, or its heading; NOWHERE */
} Place;

static Place
find(GPtrArray *lines, const char *group, const char *key)
{
	Place place = {NOWHERE, NOWHERE};
	bool inside = false;
	for (guint i = 0; i < lines->len; i++) {
		const char *line = g_ptr_array_index(lines, i);
		if (line[strspn(line, " \t")] == '[') {
			inside = is_group(line, group);
			place.last = inside ? i : place.last;
		} else if (inside && is_pair(line)) {
			place.last = i;
			place.key = is_key(line, key) ? i : place.key;
		}
	}
	return place;
}

static bool
has(GPtrArray *lines, const char *group, const char *key)
{
	return find(lines, group, key).key != NOWHERE;
}

/* @value as g_key_file_get_string() reads it: "\\" is a backslash; "\s" is a blank, where a real
 * one would go with the line's ends or begin a comment. */
static char *
escape(const char *value)
{
	GString *out = g_string_new(NULL);
	for (const char *p = value; *p != '\0'; p++) {
		bool odd = *p == ' ' && (p == value || strchr(";", p[1]) != NULL);
		g_string_append(out, *p == '\\' ? "\\" : "");
		g_string_append(out, odd ? "\\s" : (const char[]){*p, '\0'});
	}
	return g_string_free(out, FALSE);
}

/* Whether @old says the same as @line, with a comment behind it perhaps. */
static bool
is_same(const char *old, const char *line)
{
	const char *rest = g_str_has_prefix(old, line) ? old + strlen(line) : "?";
	const char *comment = rest + strspn(rest, " \t");
	return *comment == '\0' || (*comment == ';' && comment > rest);
}

static void
set(GPtrArray *lines, const char *group, const char *key, const char *value)
{
	g_autofree char *escaped = escape(value);
	g_autofree char *line = g_strdup_printf("%s=%s", key, escaped);
	Place place = find(lines, group, key);
	if (place.key != NOWHERE) {
		char **old = (char **)&g_ptr_array_index(lines, place.key);
		if (!is_same(*old, line)) {
			g_free(*old);
			*old = g_steal_pointer(&line);
		}
		return;
	}
	if (place.last == NOWHERE) {
		if (lines->len > 0) {
			g_ptr_array_add(lines, g_strdup(""));
		}
		g_ptr_array_add(lines, g_strdup_printf("[%s]", group));
		place.last = lines->len - 1;
	}
	g_ptr_array_insert(lines, (gint)place.last + 1, g_steal_pointer(&line));
}

static GPtrArray *
to_lines(const char *text)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) parts = g_strsplit(text, "\n", -1);
	for (char **part = parts; *part != NULL; part++) {
		g_ptr_array_add(lines, g_strdup(*part));
	}
	while (lines->len > 0 &&
	       ((const char *)g_ptr_array_index(lines, lines->len - 1))[0] == '\0') {
		g_ptr_array_set_size(lines, (gint)lines->len - 1);
	}
	return lines;
}

static char *
to_text(GPtrArray *lines)
{
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < lines->len; i++) {
		g_string_append(text, g_ptr_array_index(lines, i));
		g_string_append_c(text, '\n');
	}
	return g_string_free(text, FALSE);
}

/* ---- what is set ---- */

static void
set_listener(GPtrArray *lines, const char *key, guint16 usual, SetupPortFree is_free)
{
	for (guint i = 0; i < PORT_TRIES; i++) {
		guint16 port = (guint16)(usual + i);
		g_autofree char *value = g_strdup_printf("127.0.0.1:%u", port);
		if (is_free(port)) {
			set(lines, "daemon", key, value);
			return;
		}
	}
}

static void
set_account(GPtrArray *lines, const SetupConfigChange *change)
{
	const SetupServers *servers = change->servers;
	g_autofree char *group = g_strconcat(ACCOUNT, change->address, NULL);
	if (servers->user != NULL && strcmp(servers->user, change->address) != 0) {
		set(lines, group, "user", servers->user);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(PROTOCOL_KEYS); i++) {
		if (servers->by[i] != NULL) {
			g_autofree char *url = net_server_to_string(servers->by[i]);
			set(lines, group, PROTOCOL_KEYS[i], url);
		}
	}
	if (change->managed || (servers->oauth2_only && !has(lines, group, "mode"))) {
		set(lines, group, "mode", "managed");
	}
	if (change->tls_ca != NULL) {
		set(lines, group, "tls-ca", change->tls_ca);
	}
}

char *
setup_config_change(const char *text, const SetupConfigChange *change, SetupPortFree is_free,
		    GError **error)
{
	g_autoptr(ProxyConfig) before = proxy_config_parse(text, error);
	if (before == NULL) {
		return NULL;
	}
	g_autoptr(GPtrArray) lines = to_lines(text[0] == '\0' ? HEADING : text);
	for (size_t i = 0; i < G_N_ELEMENTS(LISTENERS); i++) {
		if (!has(lines, "daemon", LISTENERS[i].key)) {
			set_listener(lines, LISTENERS[i].key, LISTENERS[i].port, is_free);
		}
	}
	set_account(lines, change);
	g_autofree char *after = to_text(lines);
	g_autoptr(ProxyConfig) config = proxy_config_parse(after, error);
	return config == NULL ? NULL : g_steal_pointer(&after);
}

char *
setup_config_read(const char *path, GError **error)
{
	struct stat status;
	g_autofree char *text = NULL;
	g_autoptr(GError) reason = NULL;
	if (stat(path, &status) != 0 && errno == ENOENT) {
		return g_strdup("");
	}
	if (stat(path, &status) == 0 && status.st_size > (off_t)CONFIG_MAX) {
		return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "%s: the file is too large", path);
	}
	if (!g_file_get_contents(path, &text, NULL, &reason)) {
		return BASE_FAIL_NULL(error, PS_ERROR_IO, "%s", reason->message);
	}
	return g_steal_pointer(&text);
}

bool
setup_write_private(const char *path, const char *text, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autoptr(GError) reason = NULL;
	if (g_mkdir_with_parents(folder, 0700) != 0) {
		return base_fail(error, PS_ERROR_CREATE, "%s: %s", folder, g_strerror(errno));
	}
	if (!g_file_set_contents_full(path, text, -1,
				      G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
				      0600, &reason)) {
		return base_fail(error, PS_ERROR_CREATE, "%s", reason->message);
	}
	return true;
}
