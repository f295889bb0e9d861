/* SPDX-License-Identifier: MPL-2.0 */
/* What needs no login: explanations, and what mail programs ask when they are set up. */
#include "web/handlers.h"
#include "web/json.h"

#include "howto/howto.h"
#include <string.h>

#define FILE_MAX (64U << 10) /* octets of a clientConfig */

JsonNode *
web_how_to(WebRequest *request, WebReply *reply)
{
	g_auto(HowtoAnswer) answer = {0};
	howto_respond(request->path, request->query_text, &answer);
	reply->status = answer.status;
	reply->policy = WEB_POLICY_PAGE;
	reply->location = g_strdup(answer.location);
	web_reply_take(reply, answer.type, g_bytes_ref(answer.body));
	return NULL;
}

/* The domain of one of our accounts, as it stands there: never a name from outside. */
static const char *
own_domain(House *house, const char *email)
{
	const char *at = email == NULL ? NULL : strrchr(email, '@');
	const GPtrArray *accounts = house_config(house)->accounts;
	for (guint i = 0; at != NULL && i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		const char *own = strrchr(account->address, '@');
		if (own != NULL && g_ascii_strcasecmp(own, at) == 0 && strchr(own, '/') == NULL) {
			return own + 1;
		}
	}
	return NULL;
}

JsonNode *
web_autoconfig(WebRequest *request, WebReply *reply)
{
	g_autofree char *xml = NULL;
	gsize n = 0;
	const char *domain =
		own_domain(request->site->house, web_request_query(request, "emailaddress"));
	g_autofree char *name = domain == NULL ? NULL : g_strconcat(domain, ".xml", NULL);
	g_autofree char *file =
		name == NULL ? NULL
			     : g_build_filename(request->site->home, "autoconfig", name, NULL);
	if (file == NULL || !g_file_get_contents(file, &xml, &n, NULL) || n > FILE_MAX) {
		web_reply_fail(reply, 404, "not-found", _("No account of this domain was set up."));
		return NULL;
	}
	web_reply_take(reply, "text/xml", g_bytes_new(xml, n));
	return NULL;
}
