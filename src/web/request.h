/* SPDX-License-Identifier: MPL-2.0 */
/* Queries, forms and bodies, as browsers and programs send them. */
#pragma once

#include "web/router.h"

#define WEB_FIELDS_MAX 2000U
#define WEB_FILES_MAX  200U

/* With empty fields. @path and @query as they stand in the request. */
WebRequest *web_request_new(WebSite *site, const char *path, const char *query);
/* Fields, files and JSON of the body, by @request->type. What is typed in secret is taken out of a
 * body of JSON (web/discreet.h). PS_ERROR_MALFORMED, PS_ERROR_LIMIT. */
bool web_request_read_body(WebRequest *request, GError **error);
void web_request_free(WebRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebRequest, web_request_free)
