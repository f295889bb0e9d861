/* SPDX-License-Identifier: MPL-2.0 */
/* Questions to the daemon and their answers, whatever they come by. */
#pragma once

#include "proxy/house.h"

#define WEB_MESSAGE_MAX    (32U << 20) /* octets of a message to explain */
#define WEB_RECIPIENTS_MAX 500U        /* of one question */

typedef struct {
	const char *method;     /* "status", "can-seal", "verdict", "explain" */
	const char *account;    /* NULL: the only one */
	GPtrArray *to;          /* of char *; may be empty */
	const char *message_id; /* NULL: none */
	GBytes *message;        /* NULL: none */
} WebQuestion;

typedef struct {
	guint status; /* as in HTTP: 200, 400, 404, 500, 503 */
	char *json;
} WebAnswer;

void web_answer_clear(WebAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WebAnswer, web_answer_clear)

void web_answer(House *house, const WebQuestion *question, WebAnswer *out);
/* {"error":{"code":CODE,"text":TEXT}} */
void web_answer_error(WebAnswer *out, guint status, const char *code, const char *text);
