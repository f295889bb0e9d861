/* SPDX-License-Identifier: MPL-2.0 */
/* The live part of writing: who is ready, and the page with the steps for those who are not. */
#include "web/recipients.h"
#include "enums.h"

#include "howto/howto.h"
#include "web/draft.h"
#include "web/peers.h"
#include <string.h>

#define ADDRESSES_MAX 500U /* of one question */

/* False: there are more, and whether they are ready would stay unsaid. */
static bool
add_list(GPtrArray *to, const char *list)
{
	g_autoptr(GPtrArray) boxes = letter_addresses_read(list == NULL ? "" : list);
	for (guint i = 0; i < boxes->len && to->len <= ADDRESSES_MAX; i++) {
		const LetterMailbox *one = g_ptr_array_index(boxes, i);
		g_autoptr(GPtrArray) parsed = letter_addresses_parse(one->address, NULL);
		if (parsed != NULL && parsed->len == 1) {
			g_ptr_array_add(to, letter_mailbox_new(one->name, one->address));
		}
	}
	return to->len <= ADDRESSES_MAX;
}

static GPtrArray *
mailboxes_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)letter_mailbox_free);
}

GPtrArray *
web_names_of(const LetterDraft *letter)
{
	GPtrArray *names = mailboxes_new();
	bool all = add_list(names, letter->to) && add_list(names, letter->cc) &&
		   add_list(names, letter->bcc);
	g_ptr_array_set_size(names, (gint)(all ? names->len : ADDRESSES_MAX));
	return names;
}

static const char *
name_of(const GPtrArray *names, const char *address)
{
	for (guint i = 0; i < names->len; i++) {
		const LetterMailbox *one = g_ptr_array_index(names, i);
		if (letter_address_equal(one->address, address)) {
			return one->name;
		}
	}
	return "";
}

char *
web_how_to_url(const WebSite *site, const char *program, const char *state)
{
	g_autofree char *base = house_how_to_base(site->house);
	bool cannot = strcmp(state, "none") == 0 && program != NULL &&
		      strcmp(howto_program_can(program, "smime"), "no") == 0;
	return howto_url(base, "postseal", program, cannot ? "recipient-cannot" : state);
}

const char *
web_state_text(const char *state)
{
	static const struct {
		const char *state;
		const char *text;
	} ROWS[] = {
		{"ready", N_("Ready")},
		{"none", N_("No key yet")},
		{"changed", N_("The key has changed")},
		{"expired", N_("The key has expired")},
		{"conflict", N_("Two keys claim the address")},
		{"refused", N_("You refused the key")},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		if (strcmp(ROWS[i].state, state) == 0) {
			return _(ROWS[i].text);
		}
	}
	return state;
}

static JsonArray *
words_json(char *const *words)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; words != NULL && words[i] != NULL; i++) {
		json_array_add_string_element(array, words[i]);
	}
	return array;
}

JsonObject *
web_recipient_json(const WebSite *site, const PsRecipient *recipient, const GPtrArray *names)
{
	JsonObject *object = json_object_new();
	const char *state = ps_enum_nick(PS_TYPE_RECIPIENT_STATE, (int)recipient->state);
	web_json_set(object, "address", recipient->address);
	web_json_set(object, "name", name_of(names, recipient->address));
	web_json_set(object, "state", state);
	web_json_set(object, "state_text", web_state_text(state));
	json_object_set_boolean_member(object, "ready",
				       recipient->state == PS_RECIPIENT_STATE_READY);
	json_object_set_array_member(object, "reasons", words_json(recipient->reasons));
	web_json_set(object, "sentence", recipient->sentence);
	web_json_set(object, "fingerprint", recipient->fingerprint);
	web_json_set(object, "program", recipient->program);
	web_json_set(object, "looks_like", recipient->looks_like);
	web_json_take(object, "how_to", web_how_to_url(site, recipient->program, state));
	return object;
}

static const char **
addresses_of(const GPtrArray *names)
{
	const char **addresses = g_new0(const char *, names->len + 1);
	for (guint i = 0; i < names->len; i++) {
		addresses[i] = ((const LetterMailbox *)g_ptr_array_index(names, i))->address;
	}
	return addresses;
}

/* The first that is not ready says where to look. */
static void
add_recipients(JsonObject *object, const WebDesk *desk, const PsSealCheck *check,
	       const GPtrArray *names)
{
	JsonArray *array = json_array_new();
	const char *how_to = NULL;
	for (guint i = 0; check != NULL && i < check->recipients->len; i++) {
		JsonObject *one = web_recipient_json(
			desk->site, g_ptr_array_index(check->recipients, i), names);
		json_array_add_object_element(array, one);
		if (how_to == NULL && !web_json_true(one, "ready")) {
			how_to = web_json_text(one, "how_to");
		}
	}
	json_object_set_array_member(object, "recipients", array);
	web_json_set(object, "how_to", how_to);
}

JsonObject *
web_seal_json(WebDesk *desk, const char *const *lists, GError **error)
{
	g_autoptr(GPtrArray) names = mailboxes_new();
	for (guint i = 0; lists[i] != NULL; i++) {
		if (!add_list(names, lists[i])) {
			return BASE_FAIL_NULL(error, PS_ERROR_LIMIT, "more than %u recipients",
					      ADDRESSES_MAX);
		}
	}
	g_autofree const char **addresses = addresses_of(names);
	g_autoptr(PsSealCheck) check =
		names->len == 0 ? NULL
				: ps_engine_can_seal(web_desk_engine(desk), web_desk_id(desk),
						     addresses, error);
	web_desk_rest(desk);
	if (check == NULL && names->len > 0) {
		return NULL;
	}
	JsonObject *object = json_object_new();
	bool own = check == NULL || strcmp(check->own, "ready") == 0;
	json_object_set_boolean_member(object, "ready", check != NULL && check->ready && own);
	web_json_set(object, "own", check == NULL ? NULL : check->own);
	web_json_set(object, "refused",
		     own ? NULL : _("This account has no keys yet: make them under Own keys."));
	add_recipients(object, desk, check, names);
	return object;
}
