/* SPDX-License-Identifier: MPL-2.0 */
/* GMime for this folder: started once, with our options, and with the autoptrs it lacks. */
#pragma once

#include "base/bytes.h"
#include <gmime/gmime.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeObject, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimePart, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMultipart, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeContentType, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeDataWrapper, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeFormatOptions, g_mime_format_options_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InternetAddressList, g_object_unref)

/* Before anything else of GMime, from any thread. A message within a message is a leaf from then
 * on: its octets stay as they are, and what is in it costs nothing until it is opened. */
void letter_gmime_start(void);

/* Headers with raw 8-bit are UTF-8, else windows-1252. Shared, never freed. */
GMimeParserOptions *letter_gmime_options(void);

/* The message or header @octets, copied: streams of its parts have their bounds in @octets, too.
 * All fields of the header are the root part's, raw: a GMimeMessage would take apart its address
 * fields at once, and groups in groups by recursion without bound. NULL if there is nothing. */
GMimeObject *letter_gmime_parse(BaseBytes octets);
