/* SPDX-License-Identifier: MPL-2.0 */
/* The configuration: a key file, each option one row of the table in config_options.c. */
#include "proxy/config_options.h"

#include <string.h>

#define CONFIG_MAX   (1U << 20) /* octets of the file */
#define ACCOUNT      "account "
#define ACCOUNTS_MAX 1000U

static void
set_defaults(const ConfigGroup *group, void *target)
{
	for (size_t i = 0; i < group->n; i++) {
		const ConfigOption *option = &group->options[i];
		if (option->fallback != NULL) {
			(void)option->kind->set(option, (char *)target + option->offset,
						option->fallback);
		}
	}
}

/* "name=value   ; comment" without the comment; g_key_file_new() knows none behind values. */
static char *
cut_comments(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		char *value = strchr(*line, '=');
		for (char *p = value; p != NULL && (p = strchr(p, ';')) != NULL; p++) {
			if (p[-1] == ' ' || p[-1] == '\t') {
				*p = '\0';
				break;
			}
		}
		if (value != NULL && (*line)[0] != '#') {
			g_strchomp(*line);
		}
	}
	return g_strjoinv("\n", lines);
}

static bool
is_heading(const char *line, const char *group)
{
	size_t n = strlen(group);
	return line[0] == '[' && strncmp(line + 1, group, n) == 0 && line[n + 1] == ']';
}

/* The line, from 1 on, where @key of @group stands last, as the last one counts; @key NULL: where
 * the group begins. */
static guint
line_of(const char *text, const char *group, const char *key)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	bool inside = false;
	guint found = 0;
	for (guint i = 0; lines[i] != NULL; i++) {
		char *line = g_strstrip(lines[i]);
		size_t n = key == NULL ? 0 : strlen(key);
		inside = line[0] == '[' ? is_heading(line, group) : inside;
		bool here = key == NULL ? inside && line[0] == '['
					: inside && strncmp(line, key, n) == 0 &&
						  strchr("= \t", line[n]) != NULL;
		found = here ? i + 1 : found;
	}
	return found;
}

typedef struct {
	const char *text;
	GKeyFile *file;
	GError **error;
} Parse;

static bool
read_option(const Parse *parse, const char *group, const char *key, const ConfigOption *option,
	    void *field)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *value = g_key_file_get_string(parse->file, group, key, &reason);
	if (value != NULL && reason == NULL && option->kind->set(option, field, value)) {
		return true;
	}
	return base_fail(parse->error, PS_ERROR_MALFORMED, "line %u: %s: %s",
			 line_of(parse->text, group, key), key, option->kind->want);
}

static bool
read_group(const Parse *parse, const char *group, ConfigGroupIndex index, void *target)
{
	g_auto(GStrv) keys = g_key_file_get_keys(parse->file, group, NULL, NULL);
	const ConfigGroup *row = &CONFIG_GROUPS[index];
	for (char **key = keys; *key != NULL; key++) {
		size_t i = 0;
		while (i < row->n && strcmp(row->options[i].name, *key) != 0) {
			i++;
		}
		if (i == row->n) {
			return base_fail(parse->error, PS_ERROR_MALFORMED,
					 "line %u: [%s] has no option %s: see postseald(8)",
					 line_of(parse->text, group, *key), row->name, *key);
		}
		if (!read_option(parse, group, *key, &row->options[i],
				 (char *)target + row->options[i].offset)) {
			return false;
		}
	}
	return true;
}

static void
account_free(gpointer data)
{
	ProxyAccount *account = data;
	g_free(account->address);
	g_free(account->user);
	net_server_free(account->imap);
	net_server_free(account->pop3);
	net_server_free(account->submission);
	g_free(account->tls_ca);
	g_free(account->authserv_id);
	g_free(account->home);
	g_free(account->maildir);
	g_free(account->oauth_client_id);
	g_free(account->oauth_client_secret);
	g_free(account->oauth_token_url);
	g_free(account->oauth_auth_url);
	g_free(account->oauth_device_url);
	g_free(account->oauth_scope);
	g_free(account);
}

static bool
read_account(const Parse *parse, const char *group, ProxyConfig *config)
{
	const char *text = group + strlen(ACCOUNT);
	g_autofree char *trimmed = g_strstrip(g_strdup(text));
	g_autofree char *address = proxy_address_normalise(trimmed);
	if (address == NULL) {
		return base_fail(parse->error, PS_ERROR_MALFORMED,
				 "line %u: [%s]: write [account ALICE@EXAMPLE.ORG]",
				 line_of(parse->text, group, NULL), group);
	}
	if (proxy_config_find(config, address) != NULL || config->accounts->len == ACCOUNTS_MAX) {
		return base_fail(parse->error, PS_ERROR_MALFORMED,
				 "line %u: [%s]: the account is there already",
				 line_of(parse->text, group, NULL), group);
	}
	ProxyAccount *account = g_new0(ProxyAccount, 1);
	g_ptr_array_add(config->accounts, account);
	account->address = g_steal_pointer(&address);
	set_defaults(&CONFIG_GROUPS[CONFIG_ACCOUNT], account);
	bool done = read_group(parse, group, CONFIG_ACCOUNT, account);
	if (account->user == NULL) {
		account->user = g_strdup(account->address);
	}
	return done;
}

static bool
read_groups(const Parse *parse, ProxyConfig *config)
{
	g_auto(GStrv) groups = g_key_file_get_groups(parse->file, NULL);
	for (char **group = groups; *group != NULL; group++) {
		bool account = g_str_has_prefix(*group, ACCOUNT);
		if (!account && strcmp(*group, CONFIG_GROUPS[CONFIG_DAEMON].name) != 0) {
			return base_fail(parse->error, PS_ERROR_MALFORMED,
					 "line %u: there is no group [%s]: write [daemon] or "
					 "[account ADDRESS]",
					 line_of(parse->text, *group, NULL), *group);
		}
		if (!(account ? read_account(parse, *group, config)
			      : read_group(parse, *group, CONFIG_DAEMON, config))) {
			return false;
		}
	}
	return true;
}

/* The page of this daemon explains, unless its port is not known yet. */
static void
default_how_to_base(ProxyConfig *config)
{
	if (config->how_to_base == NULL && config->http != NULL && config->http[0] != '\0' &&
	    !g_str_has_suffix(config->http, ":0")) {
		config->how_to_base = g_strconcat("http://", config->http, NULL);
	}
}

ProxyConfig *
proxy_config_parse(const char *text, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) reason = NULL;
	g_autofree char *plain = cut_comments(text);
	if (!g_key_file_load_from_data(file, plain, strlen(plain), G_KEY_FILE_KEEP_TRANSLATIONS,
				       &reason) &&
	    !g_error_matches(reason, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_NOT_FOUND)) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "%s", reason->message);
	}
	g_autoptr(ProxyConfig) config = g_new0(ProxyConfig, 1);
	config->accounts = g_ptr_array_new_with_free_func(account_free);
	set_defaults(&CONFIG_GROUPS[CONFIG_DAEMON], config);
	Parse parse = {plain, file, error};
	if (!read_groups(&parse, config)) {
		return NULL;
	}
	default_how_to_base(config);
	return g_steal_pointer(&config);
}

ProxyConfig *
proxy_config_load(const char *path, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) reason = NULL;
	g_autoptr(GError) fault = NULL;
	gsize n = 0;
	if (!g_file_get_contents(path, &text, &n, &reason)) {
		return BASE_FAIL_NULL(error, PS_ERROR_NOT_FOUND, "%s", reason->message);
	}
	if (n > CONFIG_MAX || strlen(text) != n) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "%s is no configuration", path);
	}
	ProxyConfig *config = proxy_config_parse(text, &fault);
	if (config == NULL) {
		return BASE_FAIL_NULL(error, PS_ERROR_MALFORMED, "%s: %s", path, fault->message);
	}
	config->path = g_canonicalize_filename(path, NULL);
	return config;
}

void
proxy_config_free(ProxyConfig *config)
{
	if (config != NULL) {
		g_free(config->smtp);
		g_free(config->imap);
		g_free(config->pop3);
		g_free(config->http);
		g_free(config->socket);
		g_free(config->how_to_base);
		g_free(config->language);
		g_free(config->path);
		g_ptr_array_unref(config->accounts);
		g_free(config);
	}
}

char *
proxy_config_help(void)
{
	g_autoptr(GString) help = g_string_new(NULL);
	for (size_t g = 0; g < CONFIG_GROUP_COUNT; g++) {
		g_string_append_printf(help, "%s[%s]\n", g == 0 ? "" : "\n", CONFIG_GROUPS[g].name);
		for (size_t i = 0; i < CONFIG_GROUPS[g].n; i++) {
			const ConfigOption *option = &CONFIG_GROUPS[g].options[i];
			g_string_append_printf(help, "  %s=%s\n      %s (%s)\n", option->name,
					       option->kind->placeholder, option->help,
					       option->default_text != NULL ? option->default_text
									    : option->fallback);
		}
	}
	return g_string_free(g_steal_pointer(&help), FALSE);
}
