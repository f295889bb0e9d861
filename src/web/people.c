/* SPDX-License-Identifier: MPL-2.0 */
/* Correspondents: what is known of each, and the person's decisions. */
#include "enums.h"
#include "web/handlers.h"
#include "web/letters.h"
#include "web/marks.h"
#include "web/peers.h"
#include "web/timeline.h"

#include <string.h>

char *
web_fingerprint_text(const char *fingerprint)
{
	GString *text = g_string_new(NULL);
	for (size_t i = 0; fingerprint != NULL && fingerprint[i] != '\0'; i++) {
		if (i > 0 && i % 4 == 0) {
			g_string_append_c(text, ' ');
		}
		g_string_append_c(text, fingerprint[i]);
	}
	return g_string_free(text, FALSE);
}

/* ---- one person ---- */

/* How it was learned, for people. */
static const char *
how_text(const char *how)
{
	static const struct {
		const char *how;
		const char *text;
	} ROWS[] = {
		{"signature", N_("It came with signed letters.")},
		{"key-header", N_("It came in the header of a letter.")},
		{"gossip", N_("Somebody else introduced it.")},
		{"import", N_("You imported it.")},
		{"accepted", N_("You accepted it.")},
		{"ca", N_("A trusted authority vouches for it.")},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
		if (g_strcmp0(ROWS[i].how, how) == 0) {
			return _(ROWS[i].text);
		}
	}
	return "";
}

static char *
about_text(const PsIdentity *identity)
{
	g_autofree char *messages = g_strdup_printf("%u", identity->messages);
	g_autofree char *days = g_strdup_printf("%u", identity->days);
	g_autofree char *since = web_date(identity->first_seen);
	return web_fill(base_language_plural(
				"{how} Signed letters: {messages}, on {days} day, since {since}.",
				"{how} Signed letters: {messages}, on {days} days, since {since}.",
				identity->days),
			"how", how_text(identity->how), "messages", messages, "days", days, "since",
			since, NULL);
}

static const char *
title_of(const PsIdentity *identity)
{
	return identity->refused    ? _("A key that you refused")
	       : !identity->pinned  ? _("Another key for this address")
	       : identity->verified ? _("The key in use; you compared it")
	       : identity->accepted ? _("The key in use; you accepted it")
				    : _("The key in use");
}

static void
add_identity(JsonObject *object, const PsPeer *peer, const PsIdentity *identity,
	     const char *decide_url)
{
	bool open = peer->state == PS_RECIPIENT_STATE_CHANGED ||
		    peer->state == PS_RECIPIENT_STATE_CONFLICT;
	bool accept = identity->refused || !identity->pinned || (open && !identity->accepted);
	web_json_set(object, "address", peer->address);
	web_json_set(object, "title", title_of(identity));
	web_json_take(object, "about", about_text(identity));
	web_json_take(object, "root_fingerprint_text",
		      web_fingerprint_text(identity->root_fingerprint));
	web_json_set(object, "decide_url", decide_url);
	json_object_set_boolean_member(object, "can_accept", accept);
	json_object_set_boolean_member(object, "can_refuse", !identity->refused);
	json_object_set_boolean_member(object, "can_verify", !identity->verified);
	json_object_set_boolean_member(object, "can_decide", TRUE);
}

/* Since when the key in use is there that the person decided for; G_MININT64: for none. */
static gint64
decided_since(const PsPeer *peer)
{
	for (guint i = 0; i < peer->identities->len; i++) {
		const PsIdentity *one = g_ptr_array_index(peer->identities, i);
		if (one->pinned && (one->accepted || one->verified)) {
			return one->first_seen;
		}
	}
	return G_MININT64;
}

/* A key that nobody decided about stands beside the one in use. One that was seen only before it
 * is what it replaced. */
static const PsIdentity *
candidate_of(const PsPeer *peer)
{
	gint64 since = decided_since(peer);
	for (guint i = 0; i < peer->identities->len; i++) {
		const PsIdentity *one = g_ptr_array_index(peer->identities, i);
		if (!one->pinned && !one->refused && one->last_seen > since) {
			return one;
		}
	}
	return NULL;
}

static bool
is_waiting(const PsPeer *peer)
{
	return peer->state == PS_RECIPIENT_STATE_CHANGED ||
	       peer->state == PS_RECIPIENT_STATE_CONFLICT || candidate_of(peer) != NULL;
}

bool
web_peer_waits(WebDesk *desk, const char *address)
{
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(web_desk_engine(desk), address, NULL);
	bool waits = peers != NULL && peers->len > 0 && is_waiting(g_ptr_array_index(peers, 0));
	web_desk_rest(desk);
	return waits;
}

static JsonObject *
peer_json(const WebDesk *desk, const PsPeer *peer)
{
	g_autofree char *text = ps_peer_to_json(peer);
	JsonObject *object = web_json_own(text);
	const char *id = web_desk_id(desk);
	const char *state = ps_enum_nick(PS_TYPE_RECIPIENT_STATE, (int)peer->state);
	g_autofree char *decide = web_path("people", id, peer->address, "decide", NULL);
	g_autofree char *write = web_path("mail", id, "write", NULL);
	g_autofree char *to = g_uri_escape_string(peer->address, "@", FALSE);
	JsonArray *identities = web_json_array(object, "identities");
	for (guint i = 0; identities != NULL && i < json_array_get_length(identities) &&
			  i < peer->identities->len;
	     i++) {
		add_identity(web_json_at(identities, i), peer,
			     g_ptr_array_index(peer->identities, i), decide);
	}
	web_json_set(object, "sentence", peer->sentence);
	web_json_set(object, "state_text", web_state_text(state));
	json_object_set_boolean_member(object, "waiting", is_waiting(peer));
	web_json_take(object, "url", web_path("people", id, peer->address, "", NULL));
	web_json_take(object, "write_url", g_strdup_printf("%s?to=%s", write, to));
	web_json_take(object, "how_to",
		      peer->state == PS_RECIPIENT_STATE_READY
			      ? NULL
			      : web_how_to_url(desk->site, peer->program, state));
	web_timeline_add(object, peer);
	return object;
}

/* NULL: @address, or all. */
static JsonArray *
peers_json(WebDesk *desk, const char *address, GError **error)
{
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(web_desk_engine(desk), address, error);
	if (peers == NULL) {
		return NULL;
	}
	JsonArray *array = json_array_new();
	for (guint i = 0; i < peers->len; i++) {
		json_array_add_object_element(array, peer_json(desk, g_ptr_array_index(peers, i)));
	}
	web_desk_rest(desk);
	return array;
}

static JsonNode *
people_node(WebRequest *request, WebReply *reply, const char *address)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	JsonArray *people = desk == NULL ? NULL : peers_json(desk, address, &error);
	if (desk == NULL) {
		return NULL;
	}
	if (people == NULL) {
		web_reply_error(reply, error);
		return NULL;
	}
	JsonObject *object = json_object_new();
	json_object_set_array_member(object, "people", people);
	json_object_set_object_member(object, "desk", web_desk_json(desk));
	web_json_set(object, "address", web_desk_id(desk));
	return web_json_node(object);
}

JsonNode *
web_people(WebRequest *request, WebReply *reply)
{
	return people_node(request, reply, web_request_query(request, "address"));
}

JsonNode *
web_people_page(WebRequest *request, WebReply *reply)
{
	return people_node(request, reply, NULL);
}

JsonNode *
web_person_page(WebRequest *request, WebReply *reply)
{
	JsonNode *node = people_node(request, reply, web_request_argument(request, 1));
	JsonObject *object = node == NULL ? NULL : json_node_get_object(node);
	if (object != NULL) {
		JsonObject *person = web_json_at(web_json_array(object, "people"), 0);
		json_object_set_object_member(object, "person", json_object_ref(person));
		json_object_remove_member(object, "people");
	}
	return node;
}

/* ---- decisions ---- */

static bool
decide(WebRequest *request, WebDesk *desk, GError **error)
{
	int decision = 0;
	const char *word = web_request_field(request, "decision");
	const char *address = web_request_field(request, "address");
	const char *fingerprint = web_request_field(request, "fingerprint");
	if (word == NULL || address == NULL || fingerprint == NULL ||
	    !ps_enum_parse(PS_TYPE_DECISION, word, &decision)) {
		return base_fail(error, PS_ERROR_ARGUMENT,
				 "say address, fingerprint and decision: accept, refuse or verify");
	}
	bool done = ps_engine_decide(web_desk_engine(desk), (PsDecision)decision, address,
				     fingerprint, error);
	web_desk_rest(desk);
	web_marks_forget(desk->site->marks);
	return done;
}

JsonNode *
web_people_do(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	JsonArray *people =
		decide(request, desk, &error)
			? peers_json(desk, web_request_field(request, "address"), &error)
			: NULL;
	if (people == NULL) {
		web_reply_error(reply, error);
		return NULL;
	}
	JsonObject *object = json_object_new();
	json_object_set_array_member(object, "people", people);
	return web_json_node(object);
}

JsonNode *
web_person_page_do(WebRequest *request, WebReply *reply)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	if (!decide(request, desk, &error)) {
		web_reply_error(reply, error);
		return NULL;
	}
	g_autofree char *url =
		web_path("people", web_desk_id(desk), web_request_argument(request, 1), "", NULL);
	web_reply_go(reply, url);
	return NULL;
}

/* ---- what waits ---- */

static JsonObject *
waiting_json(const WebDesk *desk, const PsPeer *peer)
{
	JsonObject *object = json_object_new();
	const PsIdentity *other = candidate_of(peer);
	const PsIdentity *first =
		peer->identities->len == 0 ? NULL : g_ptr_array_index(peer->identities, 0);
	const char *state = ps_enum_nick(PS_TYPE_RECIPIENT_STATE, (int)peer->state);
	const char *fingerprint = other != NULL   ? other->root_fingerprint
				  : first != NULL ? first->root_fingerprint
						  : NULL;
	bool settled = peer->state == PS_RECIPIENT_STATE_READY;
	web_json_set(object, "desk", web_desk_id(desk));
	web_json_set(object, "address", peer->address);
	web_json_set(object, "state", state);
	web_json_set(object, "state_text", web_state_text(state));
	web_json_set(object, "sentence",
		     settled ? _("Another key came beside the one in use; the one in use stays "
				 "until you decide.")
			     : peer->sentence);
	web_json_set(object, "fingerprint", fingerprint);
	web_json_take(object, "fingerprint_text", web_fingerprint_text(fingerprint));
	web_json_set(object, "known",
		     first != NULL && first->pinned ? first->root_fingerprint : NULL);
	web_json_take(object, "url",
		      web_path("people", web_desk_id(desk), peer->address, "", NULL));
	return object;
}

/* Accounts of one home know the same people: each is told once. */
static void
add_waiting(WebDesk *desk, JsonArray *array, GHashTable *told)
{
	g_autoptr(GPtrArray) peers = ps_engine_list_peers(web_desk_engine(desk), NULL, NULL);
	for (guint i = 0; peers != NULL && i < peers->len; i++) {
		const PsPeer *peer = g_ptr_array_index(peers, i);
		char *key = g_strjoin("\n", desk->login->home, peer->address, NULL);
		if (is_waiting(peer) && g_hash_table_add(told, key)) {
			json_array_add_object_element(array, waiting_json(desk, peer));
		} else if (!is_waiting(peer)) {
			g_free(key);
		}
	}
	web_desk_rest(desk);
}

JsonArray *
web_waiting_json(WebRequest *request, WebDesk *only)
{
	JsonArray *array = json_array_new();
	g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const GPtrArray *accounts = house_config(request->site->house)->accounts;
	for (guint i = 0; only == NULL && i < accounts->len; i++) {
		const ProxyAccount *account = g_ptr_array_index(accounts, i);
		g_autoptr(WebDesk) desk = web_desk_new(request->site, request->session, account);
		add_waiting(desk, array, told);
	}
	if (only != NULL) {
		add_waiting(only, array, told);
	}
	return array;
}

JsonNode *
web_waiting(WebRequest *request, WebReply *reply)
{
	g_autoptr(WebDesk) desk = web_request_desk(request, reply);
	if (desk == NULL) {
		return NULL;
	}
	JsonObject *object = json_object_new();
	json_object_set_array_member(object, "waiting", web_waiting_json(request, desk));
	return web_json_node(object);
}

JsonNode *
web_waiting_page(WebRequest *request, WebReply *reply G_GNUC_UNUSED)
{
	JsonObject *object = json_object_new();
	json_object_set_array_member(object, "waiting", web_waiting_json(request, NULL));
	return web_json_node(object);
}
