/* SPDX-License-Identifier: MPL-2.0 */
/* Small steps in making and reading JSON, and addresses of pages. */
#pragma once

#include "base/bytes.h"
#include "base/language.h"
#include <json-glib/json-glib.h>

#define N_(text)             text
#define _(text)              base_language_text(text)

#define WEB_JSON_MAX         (64U << 20) /* octets */
#define WEB_JSON_DEPTH       8U          /* the parser recurses */
#define WEB_REFERENCE_LENGTH 4000U

/* Takes the object. */
JsonNode *web_json_node(JsonObject *object);
/* Of our own library: always an object. (transfer full) */
JsonObject *web_json_own(const char *text);
/* Of somebody: NULL if it is no JSON, has a NUL in a text, or is too deep. (transfer full) */
JsonNode *web_json_parse(BaseBytes text);

/* NULL: not there, or no string. */
const char *web_json_text(JsonObject *object, const char *name);
bool web_json_true(JsonObject *object, const char *name);
/* NULL: not there, or none. Borrowed. */
JsonObject *web_json_object(JsonObject *object, const char *name);
JsonArray *web_json_array(JsonObject *object, const char *name);
JsonObject *web_json_at(JsonArray *array, guint i);

void web_json_set(JsonObject *object, const char *name, const char *value);
/* Takes @value. */
void web_json_take(JsonObject *object, const char *name, char *value);
/* RFC 3339 in UTC; null for 0 and INT64_MIN. */
void web_json_time(JsonObject *object, const char *name, gint64 time);
void web_json_copy(JsonObject *to, JsonObject *from, const char *name);

/* "/" and each of the segments, percent-encoded; a NULL ends them; a trailing "" gives a slash at
 * the end. (transfer full) */
char *web_path(const char *first, ...) G_GNUC_NULL_TERMINATED;
/* "FOLDER/ID", both percent-encoded: how a message is named in one word. (transfer full) */
char *web_reference(const char *folder, const char *id);
/* The reverse; with @n words: "FOLDER/ID/PART" has three. NULL if it is none. (transfer full) */
char **web_reference_split(const char *reference, guint n);

/* @text with each {name} filled by the value behind it: name, value, ..., NULL. (transfer full) */
char *web_fill(const char *text, ...) G_GNUC_NULL_TERMINATED;
/* For people: "21 November 2026, 10:00" in local time; "" for 0. (transfer full) */
char *web_date(gint64 time);
/* "12 kB". (transfer full) */
char *web_size(guint64 octets);
