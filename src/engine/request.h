/* SPDX-License-Identifier: MPL-2.0 */
/* The inside of PsRequest. */
#pragma once

#include "mime/rules.h"
#include <postseal/outgoing.h>

struct _PsRequest {
	char *from;    /* NULL: the message's */
	char *program; /* NULL: unknown */
	PsLevel level;
	PsForm form;           /* PS_FORM_NONE: as the account and the readers want it */
	GPtrArray *recipients; /* char *, as given */
	MimeRules rules;
	bool override_author; /* the person read what the author of the message answered wants */
};
