/* SPDX-License-Identifier: MPL-2.0 */
/* What the steps of one `postseal setup` share. */
#pragma once

#include "proxy/config.h"
#include "setup/look.h"
#include "setup/setup.h"

typedef struct {
	PsEngine *engine;
	const SetupPlace *place;
	const SetupWish *wish;
	SetupAddress address;
	SetupReport *report;
	char *text;            /* the configuration as it will be */
	ProxyConfig *config;   /* the same, read */
	ProxyAccount *account; /* ours in it */
} SetupRun;

void setup_note(SetupReport *report, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The account's keys: there, made, joined, or left to the person's choice. */
bool setup_identity(SetupRun *run, GError **error);

/* Opens the account's mailbox. PS_ERROR_UNAVAILABLE if it has none. */
SetupMailbox *setup_open_mailbox(const ProxyAccount *account, const char *password, GError **error);
