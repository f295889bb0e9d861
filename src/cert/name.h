/* SPDX-License-Identifier: MPL-2.0 */
/* X.501 names as text for people; private to this folder. */
#pragma once

#include "base/bytes.h"

/* The next character of valid UTF-8; GLib's macro drops the const. */
static inline const char *
cert_name_next(const char *p)
{
	return p + g_utf8_skip[(unsigned char)*p];
}

/* One attribute value as UTF-8, control characters as they are; NULL if its string type is broken.
 */
char *cert_name_value(unsigned tag, BaseBytes value);

/* RFC 4514 text of a Name (complete DER); NULL if it is not one. */
char *cert_name_text(BaseBytes name);

/* First value of the attribute type with this OID (contents), UTF-8 with control characters
 * escaped; NULL if there is none. */
char *cert_name_attribute(BaseBytes name, BaseBytes oid);

/* The value as it is if exactly one attribute has this type; NULL otherwise. */
char *cert_name_only(BaseBytes name, BaseBytes oid);

/* True for what people do not see: bidirectional controls, joiners, fillers, tags, private and
 * unassigned characters. */
bool cert_name_is_hidden(gunichar c);

/* @text without what people cannot see or what turns the text around it, blanks single and only
 * between words, at most @max characters; NULL if nothing is left. (transfer full) */
char *cert_name_clean(const char *text, unsigned max);

/* Both. */
char *cert_name_display(BaseBytes name, BaseBytes oid, unsigned max);

/* Names that RFC 5280 section 7.1 may call equal have the same key; others may too. */
char *cert_name_fold(const char *text);
