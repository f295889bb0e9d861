/* SPDX-License-Identifier: MPL-2.0 */
/* Forms for token endpoints. */
#include "proxy/oauth_http.h"

#include "net/http.h"

#define SECONDS_MAX 20U

BaseSecretString *
oauth_form(const char *const *pairs)
{
	GString *form = g_string_new(NULL);
	for (; pairs[0] != NULL; pairs += 2) {
		if (pairs[1] == NULL) {
			continue;
		}
		g_autoptr(BaseSecretString) value = g_uri_escape_string(pairs[1], NULL, FALSE);
		g_string_append_printf(form, "%s%s=%s", form->len == 0 ? "" : "&", pairs[0], value);
	}
	return g_string_free(form, FALSE);
}

bool
oauth_post(const char *url, const char *form, NetTrust *trust, guint *status, GBytes **body,
	   GError **error)
{
	NetHttpRequest request = {
		.url = url, .accept = "application/json", .form = form, .seconds = SECONDS_MAX};
	g_auto(NetHttpAnswer) answer = {0};
	if (!net_http_ask(&request, trust, &answer, error)) {
		return false;
	}
	*status = answer.status;
	*body = g_steal_pointer(&answer.body);
	return true;
}
