/* SPDX-License-Identifier: MPL-2.0 */
/* What happened with the keys of an address, in order. */
#include "web/timeline.h"

#define LEFT  10.0 /* of the line that the page draws */
#define WIDTH 580.0

typedef struct {
	gint64 at; /* 0: not known when */
	const char *what;
	const char *text;
	const PsIdentity *identity;
} Event;

static void
add(GArray *events, gint64 at, const char *what, const char *text, const PsIdentity *identity)
{
	Event event = {at, what, text, identity};
	g_array_append_val(events, event);
}

static GArray *
events_of(const PsPeer *peer)
{
	GArray *events = g_array_new(FALSE, FALSE, sizeof(Event));
	for (guint i = 0; i < peer->identities->len; i++) {
		const PsIdentity *one = g_ptr_array_index(peer->identities, i);
		add(events, one->first_seen, i == 0 ? "first" : "changed",
		    N_("The key {key} came for the first time."), one);
		if (one->last_seen > one->first_seen) {
			add(events, one->last_seen, "last",
			    N_("The latest letter with the key {key}."), one);
		}
		if (one->accepted) {
			add(events, 0, "accepted", N_("You accepted the key {key}."), one);
		}
		if (one->verified) {
			add(events, 0, "verified", N_("You compared the key {key}."), one);
		}
		if (one->refused) {
			add(events, 0, "refused", N_("You refused the key {key}."), one);
		}
	}
	return events;
}

/* What nobody noted the time of comes last. */
static gint
compare(gconstpointer a, gconstpointer b)
{
	const Event *one = a;
	const Event *other = b;
	if ((one->at == 0) != (other->at == 0)) {
		return one->at == 0 ? 1 : -1;
	}
	return one->at < other->at ? -1 : one->at > other->at ? 1 : 0;
}

static char *
text_of(const Event *event)
{
	g_autofree char *key = g_strndup(event->identity->root_fingerprint, 8);
	return web_fill(_(event->text), "key", key, NULL);
}

static JsonArray *
timeline_json(const GArray *events)
{
	JsonArray *array = json_array_new();
	for (guint i = 0; i < events->len; i++) {
		const Event *event = &g_array_index(events, Event, i);
		JsonObject *object = json_object_new();
		web_json_time(object, "at", event->at);
		web_json_take(object, "at_text", web_date(event->at));
		web_json_set(object, "what", event->what);
		web_json_take(object, "text", text_of(event));
		json_array_add_object_element(array, object);
	}
	return array;
}

static JsonArray *
marks_json(const GArray *events)
{
	JsonArray *array = json_array_new();
	gint64 first = 0;
	gint64 last = 0;
	for (guint i = 0; i < events->len; i++) {
		gint64 at = g_array_index(events, Event, i).at;
		first = at != 0 && (first == 0 || at < first) ? at : first;
		last = MAX(last, at);
	}
	for (guint i = 0; i < events->len; i++) {
		const Event *event = &g_array_index(events, Event, i);
		double part =
			last > first ? (double)(event->at - first) / (double)(last - first) : 0.5;
		if (event->at != 0) {
			JsonObject *object = json_object_new();
			web_json_set(object, "what", event->what);
			web_json_take(object, "x",
				      g_strdup_printf("%d", (int)(LEFT + WIDTH * part)));
			web_json_take(object, "text", text_of(event));
			json_array_add_object_element(array, object);
		}
	}
	return array;
}

void
web_timeline_add(JsonObject *object, const PsPeer *peer)
{
	g_autoptr(GArray) events = events_of(peer);
	g_array_sort(events, compare);
	json_object_set_array_member(object, "timeline", timeline_json(events));
	JsonObject *chart = json_object_new();
	json_object_set_array_member(chart, "marks", marks_json(events));
	json_object_set_object_member(object, "chart", chart);
}
