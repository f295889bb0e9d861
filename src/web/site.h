/* SPDX-License-Identifier: MPL-2.0 */
/* What all requests share. */
#pragma once

#include "proxy/house.h"
#include "web/session.h"

typedef struct WebMarks WebMarks; /* web/marks.h */

typedef struct {
	House *house;
	char *home;
	BaseSecretString *token; /* of HOME/token */
	char *address;           /* "127.0.0.1:8025" as it became */
	guint16 port;
	WebSessions *sessions;
	WebMarks *marks;
	GCancellable *stop;
} WebSite;
