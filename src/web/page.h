/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a template gets: the answer of the interface (web/openapi.json says what is in it), and
 * around it what every page shows.
 *
 * Every page:
 *
 *	page       {"name","token","path","language","version","files","login"}; token null without
 *a login; files is the version of those under /static desks      as Desk, with "here" languages
 *[{"code","name","here"}] desk       the Desk that the page is about, where there is one
 *
 * By template:
 *
 *	start      desks with "unread"; waiting
 *	login      used (true: the code is not good any more)
 *	list       folders, folder (the one here), messages, total, offset, search, range
 *	           {"from","to"}, previous_url, next_url (null: none)
 *	message    folders, folder, message
 *	write      draft (with "levels", "lists", "forward_rules", "reply_rules": choices),
 *	           check (null, a SealCheck or an Outcome, with "encrypt": the button is pressed),
 *	           known (addresses), error (null or text), action_url
 *	seal       check, as above: a part of that page
 *	people     people
 *	person     person
 *	keys       keys, made, error (null or text)
 *	waiting    waiting
 *	check      result (null or a Message), error
 *	health     version, findings, figures
 *	unlock     address, error
 *	error      error {"status","code","text"}
 */
#pragma once

#include "web/router.h"

/* @answer with what every page shows; a copy. (transfer full) */
JsonNode *web_page_data(WebRequest *request, const char *name, JsonNode *answer);
/* The page in the language of the request. PS_ERROR_INTERNAL. (transfer full) */
char *web_page_render(WebRequest *request, const char *name, JsonNode *answer, GError **error);
