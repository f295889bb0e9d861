/* SPDX-License-Identifier: MPL-2.0 */
/* What mail programs are given: Thunderbird's clientConfig, Apple's profile. */
#pragma once

#include "proxy/config.h"
#include "setup/setup.h"

/* The local servers that a mail program of @account uses; of SetupLocal. Listeners that are off and
 * protocols that the account has no server for are left out. */
GPtrArray *setup_locals(const ProxyConfig *config, const ProxyAccount *account);

/* A clientConfig for all addresses of @domain. (transfer full) */
char *setup_clientconfig(const char *domain, GPtrArray *locals);

/* A configuration profile (com.apple.mail.managed) as an XML property list. The same address gives
 * the same identifiers, so that a new profile replaces the old one. (transfer full) */
char *setup_mobileconfig(const char *address, const char *name, GPtrArray *locals);
