/* SPDX-License-Identifier: MPL-2.0 */
/* One `postseal setup`, step by step. */
#include "setup/run.h"

#include "base/secret.h"
#include "setup/config.h"
#include "setup/programs.h"
#include "setup/unit.h"
#include <string.h>

void
setup_note(SetupReport *report, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_ptr_array_add(report->notes, g_strdup_vprintf(format, args));
	va_end(args);
}

/* ---- the provider's servers ---- */

static SetupServers *
servers_named(const SetupWish *wish, GError **error)
{
	g_autoptr(SetupServers) servers = g_new0(SetupServers, 1);
	for (size_t i = 0; i < G_N_ELEMENTS(wish->urls); i++) {
		NetServer *server =
			wish->urls[i] == NULL ? NULL : net_server_parse(wish->urls[i], error);
		if (wish->urls[i] != NULL && server == NULL) {
			return NULL;
		}
		servers->by[i] = server;
		if (server != NULL && server->protocol != (NetProtocol)i) {
			return BASE_FAIL_NULL(error, PS_ERROR_ARGUMENT, "%s is no %s server",
					      wish->urls[i], net_protocol_name((NetProtocol)i));
		}
	}
	servers->source = g_strdup("the command line");
	return g_steal_pointer(&servers);
}

static NetServer *
copy(const NetServer *server)
{
	g_autofree char *url = server == NULL ? NULL : net_server_to_string(server);
	return url == NULL ? NULL : net_server_parse(url, NULL);
}

/* What an earlier set-up found is not asked for again. */
static SetupServers *
servers_known(const ProxyAccount *account, const char *path)
{
	SetupServers *servers = g_new0(SetupServers, 1);
	servers->by[NET_IMAP] = copy(account->imap);
	servers->by[NET_POP3] = copy(account->pop3);
	servers->by[NET_SUBMISSION] = copy(account->submission);
	servers->source = g_strdup(path);
	return servers;
}

static SetupServers *
find_servers(SetupRun *run, const char *text, GError **error)
{
	const SetupWish *wish = run->wish;
	g_autoptr(ProxyConfig) before = text[0] == '\0' ? NULL : proxy_config_parse(text, error);
	if (text[0] != '\0' && before == NULL) {
		return NULL;
	}
	const ProxyAccount *account =
		before == NULL ? NULL : proxy_config_find(before, run->address.address);
	if (wish->urls[NET_IMAP] != NULL || wish->urls[NET_POP3] != NULL ||
	    wish->urls[NET_SUBMISSION] != NULL) {
		return servers_named(wish, error);
	}
	if (wish->servers != NULL) {
		return setup_servers_file(&run->address, wish->servers, error);
	}
	if (account != NULL && (account->imap != NULL || account->pop3 != NULL)) {
		return servers_known(account, run->place->config);
	}
	return setup_servers_find(&run->address, run->place->home, error);
}

/* "--imap imaps://HOST:993 --submission ...": what says the same in another run. */
static char *
words_for(const SetupRun *run)
{
	const SetupServers *servers = run->report->servers;
	g_autoptr(GString) words = g_string_new(NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(servers->by); i++) {
		if (servers->by[i] != NULL) {
			g_autofree char *url = net_server_to_string(servers->by[i]);
			g_string_append_printf(words, " --%s %s", net_protocol_name((NetProtocol)i),
					       url);
		}
	}
	if (servers->user != NULL && strcmp(servers->user, run->address.address) != 0) {
		g_autofree char *quoted = g_shell_quote(servers->user);
		g_string_append_printf(words, " --user %s", quoted);
	}
	g_string_append(words, servers->oauth2_only ? " --managed" : "");
	return g_string_free(g_steal_pointer(&words), FALSE);
}

/* Before anything is said to a server, or written that would have a mail program say it. */
static bool
are_trusted(const SetupRun *run, GError **error)
{
	const SetupWish *wish = run->wish;
	const SetupServers *servers = run->report->servers;
	if (!servers->foreign ||
	    (wish->confirm != NULL && wish->confirm(servers, wish->user_data))) {
		return true;
	}
	g_autofree char *words = words_for(run);
	return base_fail(
		error, PS_ERROR_UNAVAILABLE,
		"only DNS (%s) says that these servers are your provider's, so nothing was "
		"set up: if you know them, say so with%s",
		servers->source, words);
}

/* ---- the configuration ---- */

/* A clientConfig of our own, found again, would have us ask ourselves. */
static bool
is_ourselves(const ProxyConfig *config, const NetServer *server)
{
	const char *const listeners[] = {config->smtp, config->imap, config->pop3};
	g_autofree char *place =
		server == NULL ? NULL : g_strdup_printf("%s:%u", server->host, server->port);
	g_autofree char *local = server == NULL || strcmp(server->host, "localhost") != 0
					 ? NULL
					 : g_strdup_printf("127.0.0.1:%u", server->port);
	bool same = false;
	for (size_t i = 0; i < G_N_ELEMENTS(listeners) && place != NULL; i++) {
		same = same || g_strcmp0(listeners[i], place) == 0 ||
		       (local != NULL && g_strcmp0(listeners[i], local) == 0);
	}
	return same;
}

static bool
plan_config(SetupRun *run, const char *text, GError **error)
{
	g_autofree char *tls_ca =
		run->wish->tls_ca == NULL ? NULL : g_canonicalize_filename(run->wish->tls_ca, NULL);
	SetupConfigChange change = {.address = run->address.address,
				    .servers = run->report->servers,
				    .tls_ca = tls_ca,
				    .managed = run->wish->managed};
	g_autoptr(NetTrust) trust = tls_ca == NULL ? NULL : net_trust_new(tls_ca, error);
	if (tls_ca != NULL && trust == NULL) {
		return false;
	}
	run->text = setup_config_change(text, &change, setup_port_is_free, error);
	run->config = run->text == NULL ? NULL : proxy_config_parse(run->text, error);
	if (run->config == NULL) {
		return false;
	}
	run->account = proxy_config_find(run->config, run->address.address);
	for (size_t i = 0; i < G_N_ELEMENTS(run->report->servers->by); i++) {
		if (is_ourselves(run->config, run->report->servers->by[i])) {
			return base_fail(error, PS_ERROR_ARGUMENT,
					 "%s names postseal itself as the provider",
					 run->report->servers->source);
		}
	}
	return run->account != NULL ||
	       base_fail(error, PS_ERROR_INTERNAL, "the configuration lost the account");
}

/* ---- files ---- */

static char *
fingerprint(const char *pem, GError **error)
{
	g_autoptr(GByteArray) der = NULL;
	g_autoptr(GTlsCertificate) certificate = net_tls_certificate(pem, error);
	if (certificate == NULL) {
		return NULL;
	}
	g_object_get(certificate, "certificate", &der, NULL);
	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, der->data, der->len);
}

static bool
make_certificate(const char *path, GError **error)
{
	g_autoptr(GBytes) pem = ps_local_certificate(error);
	g_autoptr(BaseSecretString) text =
		pem == NULL ? NULL : base_bytes_strdup(base_bytes_of(pem));
	return text != NULL && setup_write_private(path, text, error);
}

static bool
write_certificate(SetupRun *run, GError **error)
{
	g_autoptr(BaseSecretString) pem = NULL;
	g_autofree char *path = g_build_filename(run->place->home, "tls.pem", NULL);
	if (!g_file_test(path, G_FILE_TEST_EXISTS) && !make_certificate(path, error)) {
		return false;
	}
	if (!g_file_get_contents(path, &pem, NULL, NULL)) {
		return base_fail(error, PS_ERROR_IO, "%s: cannot be read", path);
	}
	run->report->certificate_sha256 = fingerprint(pem, error);
	run->report->certificate = g_steal_pointer(&path);
	return run->report->certificate_sha256 != NULL;
}

/* No address can name a file elsewhere. */
static char *
file_name(const char *address, const char *suffix)
{
	g_autofree char *safe = g_strdelimit(g_strdup(address), "/\\", '_');
	return g_strconcat(safe[0] == '.' ? "_" : "", safe, suffix, NULL);
}

static bool
write_programs(SetupRun *run, GError **error)
{
	SetupReport *report = run->report;
	const char *home = run->place->home;
	g_autofree char *xml_name = file_name(run->address.domain, ".xml");
	g_autofree char *profile_name = file_name(run->address.address, ".mobileconfig");
	report->locals = setup_locals(run->config, run->account);
	if (run->config->http[0] != '\0') {
		report->autoconfig_url = g_strdup_printf(
			"http://%s/autoconfig/mail/config-v1.1.xml?emailaddress=me@{{domain}}",
			run->config->http);
	}
	report->autoconfig = g_build_filename(home, "autoconfig", xml_name, NULL);
	report->mobileconfig = g_build_filename(home, "autoconfig", profile_name, NULL);
	g_autofree char *xml = setup_clientconfig(run->address.domain, report->locals);
	g_autofree char *profile =
		setup_mobileconfig(run->address.address, report->name, report->locals);
	return setup_write_private(report->autoconfig, xml, error) &&
	       setup_write_private(report->mobileconfig, profile, error);
}

static bool
install_unit(SetupRun *run, GError **error)
{
	SetupReport *report = run->report;
	g_autofree char *program = setup_daemon_program();
	report->start = setup_start_words(run->place);
	report->running = setup_daemon_runs(run->place->home);
	if (program == NULL) {
		setup_note(report, "There is no postseald beside postseal, nor in the PATH: "
				   "install it first.");
	}
	if (!run->place->usual || program == NULL) {
		return true;
	}
	g_autoptr(GError) reason = NULL;
	report->unit = setup_unit_install(program, &reason);
	report->unit_path = setup_unit_path();
	if (reason != NULL) {
		g_propagate_error(error, g_steal_pointer(&reason));
		return false;
	}
	return true;
}

static bool
write_config(const SetupRun *run, const char *before, GError **error)
{
	return strcmp(before, run->text) == 0 ||
	       setup_write_private(run->place->config, run->text, error);
}

/* ---- what the person should know ---- */

static void
note_servers(SetupRun *run)
{
	SetupReport *report = run->report;
	const SetupServers *servers = report->servers;
	if (servers->foreign) {
		setup_note(report,
			   "The servers were named by DNS alone (%s), and you confirmed them.",
			   servers->source);
	}
	if (run->account->submission == NULL) {
		setup_note(report, "No server for sending was found: name it with --submission "
				   "submissions://HOST.");
	}
	if (report->managed) {
		setup_note(report,
			   "The provider takes no passwords but OAuth2. Add the oauth-* lines that "
			   "postseald(8) names to the configuration if they are not there; then "
			   "`postseal login %s` lets the daemon log in by your browser and prints "
			   "the password for your mail program.",
			   report->address);
	}
}

static bool
steps(SetupRun *run, GError **error)
{
	g_autofree char *before = setup_config_read(run->place->config, error);
	if (before == NULL) {
		return false;
	}
	run->report->servers = find_servers(run, before, error);
	if (run->report->servers != NULL && run->wish->user != NULL) {
		g_free(run->report->servers->user);
		run->report->servers->user = g_strdup(run->wish->user);
	}
	if (run->report->servers == NULL || !are_trusted(run, error) ||
	    !plan_config(run, before, error) || !setup_identity(run, error)) {
		return false;
	}
	run->report->address = g_strdup(run->address.address);
	run->report->user = g_strdup(run->account->address);
	run->report->managed = run->account->mode == PROXY_MANAGED;
	note_servers(run);
	return write_certificate(run, error) && write_config(run, before, error) &&
	       write_programs(run, error) && install_unit(run, error);
}

SetupReport *
setup_run(PsEngine *engine, const SetupPlace *place, const SetupWish *wish, GError **error)
{
	g_autoptr(SetupReport) report = g_new0(SetupReport, 1);
	SetupRun run = {.engine = engine, .place = place, .wish = wish, .report = report};
	report->notes = g_ptr_array_new_with_free_func(g_free);
	bool good = setup_address_parse(wish->address, &run.address, error) && steps(&run, error);
	setup_address_clear(&run.address);
	g_free(run.text);
	g_clear_pointer(&run.config, proxy_config_free);
	return good ? g_steal_pointer(&report) : NULL;
}
