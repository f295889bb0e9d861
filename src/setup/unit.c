/* SPDX-License-Identifier: MPL-2.0 */
/* The daemon as a service of the person's own systemd. */
#include "setup/unit.h"

#include "setup/config.h"
#include "setup/unit_text.h"
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define UNIT    "postseald.service"

/* What stands for the program in data/postseald.service.in, which UNIT_TEXT is. */
#define PROGRAM "@bindir@/postseald"

/* As systemd.service(5) reads a command line: quoted, with "%" and "$" doubled. */
static char *
quote(const char *path)
{
	g_autoptr(GString) out = g_string_new("\"");
	for (const char *p = path; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\') {
			g_string_append_c(out, '\\');
		} else if (*p == '%' || *p == '$') {
			g_string_append_c(out, *p);
		}
		g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
	return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
setup_unit_text(const char *program)
{
	g_autofree char *command = quote(program);
	g_auto(GStrv) halves = g_strsplit(UNIT_TEXT, PROGRAM, 2);
	return g_strjoinv(command, halves);
}

char *
setup_daemon_program(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = self == NULL ? NULL : g_path_get_dirname(self);
	g_autofree char *beside =
		folder == NULL ? NULL : g_build_filename(folder, "postseald", NULL);
	bool there = beside != NULL && g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE);
	return there ? g_steal_pointer(&beside) : g_find_program_in_path("postseald");
}

char *
setup_unit_path(void)
{
	return g_build_filename(g_get_user_config_dir(), "systemd", "user", UNIT, NULL);
}

static bool
has_manager(void)
{
	g_autofree char *socket =
		g_build_filename(g_get_user_runtime_dir(), "systemd", "private", NULL);
	return g_file_test(socket, G_FILE_TEST_EXISTS);
}

static bool
systemctl(const char *verb, const char *unit)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_strv_builder_add_many(builder, "systemctl", "--user", "--quiet", verb, unit, NULL);
	g_auto(GStrv) argv = g_strv_builder_end(builder);
	int status = 0;
	return g_spawn_sync(NULL, argv, NULL,
			    G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL |
				    G_SPAWN_STDERR_TO_DEV_NULL,
			    NULL, NULL, NULL, NULL, &status, NULL) &&
	       g_spawn_check_wait_status(status, NULL);
}

SetupUnit
setup_unit_install(const char *program, GError **error)
{
	g_autofree char *path = setup_unit_path();
	g_autofree char *text = setup_unit_text(program);
	g_autofree char *before = NULL;
	bool same = g_file_get_contents(path, &before, NULL, NULL) && strcmp(before, text) == 0;
	if (!same && !setup_write_private(path, text, error)) {
		return SETUP_UNIT_NONE;
	}
	if (!has_manager()) {
		return SETUP_UNIT_WRITTEN;
	}
	return systemctl("daemon-reload", NULL) && systemctl("enable", UNIT) &&
			       systemctl("restart", UNIT)
		       ? SETUP_UNIT_STARTED
		       : SETUP_UNIT_FAILED;
}

/* The daemon holds this lock as long as it lives (src/daemon/daemon.c). */
bool
setup_daemon_runs(const char *home)
{
	g_autofree char *path = g_build_filename(home, "postseald.lock", NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool runs = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0;
	if (fd >= 0) {
		(void)close(fd);
	}
	return runs;
}

char *
setup_start_words(const SetupPlace *place)
{
	g_autofree char *unit = setup_unit_path();
	g_autofree char *quoted = g_shell_quote(place->home);
	if (place->usual && has_manager() && g_file_test(unit, G_FILE_TEST_EXISTS)) {
		return g_strdup("systemctl --user restart postseald");
	}
	return place->usual ? g_strdup("postseald")
			    : g_strconcat("postseald --home ", quoted, NULL);
}
