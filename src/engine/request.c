/* SPDX-License-Identifier: MPL-2.0 */
/* PsRequest: what is asked for an outgoing message beyond what it says itself. */
#include "engine/request.h"

#include "base/error.h"
#include "mime/rules.h"
#include <postseal/engine.h>

G_DEFINE_BOXED_TYPE(PsRequest, ps_request, ps_request_copy, ps_request_free)

PsRequest *
ps_request_new(void)
{
	PsRequest *request = g_new0(PsRequest, 1);
	request->recipients = g_ptr_array_new_with_free_func(g_free);
	return request;
}

PsRequest *
ps_request_copy(const PsRequest *request)
{
	PsRequest *copy = ps_request_new();
	copy->from = g_strdup(request->from);
	copy->program = g_strdup(request->program);
	copy->level = request->level;
	copy->form = request->form;
	copy->rules = request->rules;
	copy->override_author = request->override_author;
	for (guint i = 0; i < request->recipients->len; i++) {
		g_ptr_array_add(copy->recipients,
				g_strdup(g_ptr_array_index(request->recipients, i)));
	}
	return copy;
}

void
ps_request_free(PsRequest *request)
{
	if (request == NULL) {
		return;
	}
	g_free(request->from);
	g_free(request->program);
	g_ptr_array_unref(request->recipients);
	g_free(request);
}

void
ps_request_set_from(PsRequest *request, const char *address)
{
	g_free(request->from);
	request->from = g_strdup(address);
}

void
ps_request_set_level(PsRequest *request, PsLevel level)
{
	request->level = level;
}

void
ps_request_set_form(PsRequest *request, PsForm form)
{
	request->form = form;
}

void
ps_request_set_program(PsRequest *request, const char *program)
{
	g_free(request->program);
	/* It becomes part of an address: only what we know ourselves. */
	bool known = program != NULL && g_strv_contains(ps_howto_programs(), program);
	request->program = known ? g_strdup(program) : NULL;
}

void
ps_request_set_override_author(PsRequest *request, gboolean override)
{
	request->override_author = override;
}

void
ps_request_add_recipient(PsRequest *request, const char *address)
{
	g_ptr_array_add(request->recipients, g_strdup(address));
}

gboolean
ps_request_add_rule(PsRequest *request, const char *rule, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(rule, "=", 2);
	if (g_strv_length(parts) != 2) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "\"%s\" is no rule; write it as KEY=VALUE", rule);
	}
	return mime_rules_set(&request->rules, parts[0], parts[1], error);
}
