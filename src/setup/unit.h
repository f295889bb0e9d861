/* SPDX-License-Identifier: MPL-2.0 */
/* The systemd user unit of the daemon. */
#pragma once

#include "setup/setup.h"

/* The unit's text for the program at @path. (transfer full) */
char *setup_unit_text(const char *program);

/* postseald beside the running command, else in $PATH; NULL: neither. (transfer full) */
char *setup_daemon_program(void);

/* Where the unit is: $XDG_CONFIG_HOME/systemd/user/postseald.service. (transfer full) */
char *setup_unit_path(void);

/* Writes it and, where a user manager runs, enables and starts it. */
SetupUnit setup_unit_install(const char *program, GError **error);

/* Whether a daemon has this home now. */
bool setup_daemon_runs(const char *home);
/* What starts the daemon, or starts it anew; (transfer full). */
char *setup_start_words(const SetupPlace *place);
