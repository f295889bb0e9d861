/* SPDX-License-Identifier: MPL-2.0 */
/* JSON objects on one line: snake_case keys, times in RFC 3339 UTC (cli.md). */
#pragma once

#include "base/bytes.h"

typedef struct Json Json;

/* An open object. */
Json *json_new(void);
/* Ends it; @json stays the caller's to free. (transfer full) */
char *json_end(Json *json);
void json_free(Json *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_free)

/* @name NULL inside arrays. A NULL @value is null; octets that are not UTF-8 are replaced. */
void json_string(Json *json, const char *name, const char *value);
void json_int(Json *json, const char *name, int64_t value);
void json_bool(Json *json, const char *name, bool value);
/* 0 and INT64_MIN are null. */
void json_time(Json *json, const char *name, int64_t value);
void json_strings(Json *json, const char *name, const char *const *values);
void json_string_array(Json *json, const char *name, const GPtrArray *values);

void json_open_object(Json *json, const char *name);
void json_close_object(Json *json);
void json_open_array(Json *json, const char *name);
void json_close_array(Json *json);
