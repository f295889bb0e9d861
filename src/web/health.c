/* SPDX-License-Identifier: MPL-2.0 */
/* What `postseal doctor` finds, and a few figures. */
#include "web/desk.h"
#include "web/handlers.h"
#include "web/json.h"

#include "setup/setup.h"
#include <string.h>

static void
add_finding(JsonArray *array, const char *code, SetupGrade grade, const char *text,
	    const char *mend)
{
	JsonObject *object = json_object_new();
	web_json_set(object, "code", code);
	web_json_set(object, "level", setup_grade_name(grade));
	web_json_set(object, "text", text);
	web_json_set(object, "do", mend);
	json_array_add_object_element(array, object);
}

/* Does any account keep its keys in the daemon's own home? */
static bool
uses_own_home(const ProxyConfig *config)
{
	for (guint i = 0; i < config->accounts->len; i++) {
		if (((const ProxyAccount *)g_ptr_array_index(config->accounts, i))->home == NULL) {
			return true;
		}
	}
	return false;
}

/* The daemon listens, or nobody would ask; a Maildir needs no server for sending; the other homes
 * are looked at below. */
static bool
is_moot(const ProxyConfig *config, const SetupCheck *check)
{
	static const char *const LISTENERS[] = {"smtp", "imap", "pop3", "http", NULL};
	static const char *const OF_HOME[] = {"store", "account", NULL};
	const ProxyAccount *account = proxy_config_find(config, check->subject);
	bool local = account != NULL && account->maildir != NULL;
	return g_strv_contains(LISTENERS, check->check) ||
	       (g_strcmp0(check->check, "server") == 0 && local && account->submission == NULL) ||
	       (g_strv_contains(OF_HOME, check->check) && !uses_own_home(config));
}

/* Accounts with a home of their own. */
static void
add_other_homes(WebSite *site, JsonArray *array)
{
	const GPtrArray *accounts = house_config(site->house)->accounts;
	for (guint i = 0; i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		if (account->home == NULL) {
			continue;
		}
		g_autoptr(WebDesk) desk = web_desk_new(site, NULL, account);
		g_autoptr(PsAccount) own =
			ps_engine_get_account(web_desk_engine(desk), account->address, NULL);
		g_autofree char *end = own == NULL ? NULL : web_date(own->expires);
		g_autofree char *text =
			web_fill(own == NULL ? _("{address}: has no keys yet")
					     : _("{address}: has keys, good until "
						 "{end}"),
				 "address", account->address, "end", end == NULL ? "" : end, NULL);
		add_finding(array, "account", own == NULL ? SETUP_WARN : SETUP_OK, text,
			    own == NULL ? _("Make them under Own keys.") : NULL);
	}
}

static JsonArray *
findings_json(WebSite *site, const GPtrArray *checks)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < checks->len; i++) {
		const SetupCheck *check = g_ptr_array_index(checks, i);
		bool named = check->subject[0] != '\0';
		g_autofree char *text = g_strdup_printf("%s%s%s", named ? check->subject : "",
							named ? ": " : "", check->text);
		if (!is_moot(house_config(site->house), check)) {
			add_finding(array, check->check, check->grade, text,
				    check->mend[0] == '\0' ? NULL : check->mend);
		}
	}
	add_other_homes(site, array);
	return array;
}

static void
add_figure(JsonArray *array, const char *name, const char *value)
{
	JsonObject *object = json_object_new();
	web_json_set(object, "name", name);
	web_json_set(object, "value", value);
	json_array_add_object_element(array, object);
}

/* The daemon's own places, wherever the command would look: a systemd unit is there for the usual
 * ones only. */
static void
find_place(const WebSite *site, SetupPlace *place)
{
	const char *config = house_config(site->house)->path;
	setup_place_init(place, NULL);
	place->usual = place->usual && strcmp(place->home, site->home) == 0 &&
		       g_strcmp0(place->config, config) == 0;
	g_free(place->home);
	g_free(place->config);
	place->home = g_strdup(site->home);
	place->config = g_strdup(config);
}

JsonNode *
web_health(WebRequest *request, WebReply *reply G_GNUC_UNUSED)
{
	WebSite *site = request->site;
	g_auto(SetupPlace) place = {0};
	g_autoptr(PsEngine) engine = ps_engine_new(site->home);
	find_place(site, &place);
	g_autoptr(GPtrArray) checks = setup_doctor(engine, &place);
	g_autofree char *accounts = g_strdup_printf("%u", house_config(site->house)->accounts->len);
	JsonObject *object = json_object_new();
	JsonArray *figures = json_array_new();
	add_figure(figures, _("Version"), PS_VERSION);
	add_figure(figures, _("Address of this page"), site->address);
	add_figure(figures, _("Accounts"), accounts);
	add_figure(figures, _("Keys and settings"), site->home);
	web_json_set(object, "version", PS_VERSION);
	json_object_set_array_member(object, "findings", findings_json(site, checks));
	json_object_set_array_member(object, "figures", figures);
	return web_json_node(object);
}
