/* SPDX-License-Identifier: MPL-2.0 */
/* HTTP requests: who may ask, what is asked. */
#pragma once

#include "proxy/house.h"
#include <libsoup/soup.h>

typedef struct {
	House *house;
	char *home;
	char *token;
	guint16 port;
} WebPages;

/* Adds what answers to @server; @pages outlives it. */
void web_pages_add(SoupServer *server, WebPages *pages);
