/* SPDX-License-Identifier: MPL-2.0 */
/* Queries, forms and bodies, as browsers and programs send them. */
#pragma once

#include "web/router.h"

#define WEB_FIELDS_MAX 2000U
#define WEB_FILES_MAX  200U

/* With empty fields. @path and @query as they stand in the request. */
WebRequest *web_request_new(WebSite *site, const char *path, const char *query);
/* A table of lists for "a=1&a=2"; what cannot be read is not there. (transfer full) */
GHashTable *web_request_read_query(const char *text);
/* Fields, files and JSON of the body, by @request->type. PS_ERROR_MALFORMED, PS_ERROR_LIMIT. */
bool web_request_read_body(WebRequest *request, GError **error);
void web_request_free(WebRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebRequest, web_request_free)
