/* SPDX-License-Identifier: MPL-2.0 */
/* Questions to the daemon and their answers, whatever they come by. */
#pragma once

#include "web/router.h"

#define WEB_MESSAGE_MAX    (32U << 20) /* octets of a message to explain */
#define WEB_RECIPIENTS_MAX 500U        /* of one question */

typedef struct {
	const char *method;     /* "status", "can-seal", "verdict", "explain" */
	const char *account;    /* NULL: the only one */
	const GPtrArray *to;    /* of char *; may be empty */
	const char *message_id; /* NULL: none */
	GBytes *message;        /* NULL: none */
} WebQuestion;

/* Fills @reply: an object of JSON, or an error. */
void web_answer(House *house, const WebQuestion *question, WebReply *reply);
