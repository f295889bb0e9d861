/* SPDX-License-Identifier: MPL-2.0 */
/* The words of the public enumerations. */
#include "base/error.h"
#include "enums.h"

const char *
ps_enum_nick(GType type, int value)
{
	g_autoptr(GEnumClass) klass = g_type_class_ref(type);
	const GEnumValue *entry = g_enum_get_value(klass, value);
	return entry == NULL ? "unknown" : entry->value_nick;
}

gboolean
ps_enum_parse(GType type, const char *nick, int *value)
{
	g_autoptr(GEnumClass) klass = g_type_class_ref(type);
	const GEnumValue *entry = g_enum_get_value_by_nick(klass, nick);
	if (entry == NULL) {
		return FALSE;
	}
	*value = entry->value;
	return TRUE;
}
