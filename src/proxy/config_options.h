/* SPDX-License-Identifier: MPL-2.0 */
/* The one table of options: what config.c parses and explains. */
#pragma once

#include "proxy/config.h"

typedef struct ConfigOption ConfigOption;

/* What an option's value may be. */
typedef struct {
	bool (*set)(const ConfigOption *option, void *field, const char *value);
	const char *placeholder;
	const char *want; /* what to write, when the value was none of these */
} ConfigKind;

struct ConfigOption {
	const char *name;
	const ConfigKind *kind;
	size_t offset;            /* of the field in ProxyConfig or ProxyAccount */
	const char *fallback;     /* NULL: the field stays NULL */
	const char *default_text; /* of what happens then, or NULL: @fallback says it */
	const char *help;
};

typedef enum {
	CONFIG_DAEMON,
	CONFIG_ACCOUNT,
	CONFIG_GROUP_COUNT,
} ConfigGroupIndex;

typedef struct {
	const char *name; /* as people are told: "account ADDRESS" */
	const ConfigOption *options;
	size_t n;
} ConfigGroup;

extern const ConfigGroup CONFIG_GROUPS[CONFIG_GROUP_COUNT];
