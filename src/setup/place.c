/* SPDX-License-Identifier: MPL-2.0 */
/* Where things are, words for what happened, and what is freed. */
#include "proxy/config.h"
#include "setup/setup.h"

void
setup_place_init(SetupPlace *place, const char *home)
{
	const char *from_environment = g_getenv("POSTSEAL_HOME");
	const char *named = home != NULL ? home
			    : from_environment != NULL && from_environment[0] != '\0'
				    ? from_environment
				    : NULL;
	place->usual = named == NULL;
	place->home = named != NULL ? g_canonicalize_filename(named, NULL)
				    : g_build_filename(g_get_user_data_dir(), "postseal", NULL);
	place->config = named != NULL ? g_build_filename(place->home, "postseald.conf", NULL)
				      : g_build_filename(g_get_user_config_dir(), "postseal",
							 "postseald.conf", NULL);
}

void
setup_place_clear(SetupPlace *place)
{
	g_clear_pointer(&place->home, g_free);
	g_clear_pointer(&place->config, g_free);
}

char *
setup_howto_base(const SetupPlace *place)
{
	g_autoptr(ProxyConfig) config = proxy_config_load(place->config, NULL);
	return config == NULL ? NULL : g_steal_pointer(&config->how_to_base);
}

const char *
setup_own_name(SetupOwn own)
{
	static const char *const NAMES[] = {[SETUP_OWN_MADE] = "made",
					    [SETUP_OWN_THERE] = "there",
					    [SETUP_OWN_JOINED] = "joined",
					    [SETUP_OWN_WAITING] = "waiting"};
	return NAMES[own];
}

const char *
setup_unit_name(SetupUnit unit)
{
	static const char *const NAMES[] = {[SETUP_UNIT_NONE] = "none",
					    [SETUP_UNIT_WRITTEN] = "written",
					    [SETUP_UNIT_STARTED] = "started",
					    [SETUP_UNIT_FAILED] = "failed"};
	return NAMES[unit];
}

const char *
setup_grade_name(SetupGrade grade)
{
	static const char *const NAMES[] = {
		[SETUP_OK] = "ok", [SETUP_WARN] = "warn", [SETUP_FAIL] = "fail"};
	return NAMES[grade];
}

void
setup_report_free(SetupReport *report)
{
	if (report == NULL) {
		return;
	}
	g_clear_pointer(&report->servers, setup_servers_free);
	g_clear_pointer(&report->locals, g_ptr_array_unref);
	g_clear_pointer(&report->notes, g_ptr_array_unref);
	char **const strings[] = {&report->address,
				  &report->name,
				  &report->root,
				  &report->found_root,
				  &report->user,
				  &report->certificate,
				  &report->certificate_sha256,
				  &report->autoconfig,
				  &report->autoconfig_url,
				  &report->mobileconfig,
				  &report->unit_path,
				  &report->start};
	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++) {
		g_clear_pointer(strings[i], g_free);
	}
	g_free(report);
}

void
setup_check_free(SetupCheck *check)
{
	g_free(check->subject);
	g_free(check->text);
	g_free(check->mend);
	g_free(check);
}
