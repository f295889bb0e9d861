/* SPDX-License-Identifier: MPL-2.0 */
/* What both ways of logging in share. */
#pragma once

#include "proxy/oauth.h"
#include "proxy/oauth_store.h"
#include "proxy/oauth_token.h"

/* PS_ERROR_ARGUMENT if the option is not set. */
bool oauth_need(const OauthLogin *login, const char *value, const char *option, GError **error);

/* Keeps the refresh token of a granted answer. */
bool oauth_keep_answer(const OauthLogin *login, const OauthAnswer *answer, GError **error);
