/* SPDX-License-Identifier: MPL-2.0 */
/* What lists show of messages that were looked into; in memory only, for all sessions. */
#pragma once

#include "web/judge.h"

/* What a list shows. */
typedef struct {
	WebMark mark;
	bool own;
	const char *summary; /* static; NULL: nobody looked */
	char *text;          /* of the mark */
	char *subject;
	char *address; /* of the author, as people should see it */
	char *display;
	bool attachments;
} WebGlance;

void web_glance_free(WebGlance *glance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebGlance, web_glance_free)

WebMarks *web_marks_new(void);
void web_marks_free(WebMarks *marks);
/* A copy of what is known of the message that @key names; NULL: nothing. */
WebGlance *web_marks_find(WebMarks *marks, const char *key);
void web_marks_note(WebMarks *marks, const char *key, const WebGlance *glance);
/* After a decision, or with other keys, messages may look otherwise. */
void web_marks_forget(WebMarks *marks);
